/** Who is signed in (/v2/authentication/me). */
import { request } from "./client.ts";

export interface Session {
  readonly username: string;
  readonly displayName: string | null;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
}

/** The signed-in person; without authentication the server still names who it records. */
export function getSession(signal?: AbortSignal): Promise<Session> {
  return request("/v2/authentication/me", signal ? { signal } : {});
}
