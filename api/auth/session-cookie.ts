/** The session cookie: `__Host-` binds it to this host over TLS (RFC 6265bis §4.1.3.2); browsers take it on localhost too. */
const name = "__Host-interlock";

export function sessionOf(header: string | undefined): string | undefined {
  for (const part of (header ?? "").split(";")) {
    const [key, value] = part.trim().split("=", 2);
    if (key === name && value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value)) return value;
  }
  return undefined;
}

export function sessionCookie(secret: string, livesMs: number): string {
  return `${name}=${secret}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${Math.floor(livesMs / 1000)}`;
}

export const endedSessionCookie = `${name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0`;
