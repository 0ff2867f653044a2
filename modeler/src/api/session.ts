/** Who is signed in (/v2/authentication/me), signing in and out (/auth). */
import { request } from "./client.ts";

export interface Session {
  readonly username: string;
  readonly displayName: string | null;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  /** What they may do, for everything or for something. */
  readonly permissions: readonly string[];
  /** Those of the permissions that no role gives: they hold as far as what was given on single resources. */
  readonly limitedPermissions: readonly string[];
  readonly authorizations: readonly {
    readonly resourceType: string;
    readonly resourceId: string | null;
    readonly permissionTypes: readonly string[];
  }[];
  /** True when there is a session to end; false without authentication. */
  readonly canLogout: boolean;
}

/** The signed-in person; without authentication the server still names who it records. */
export function getSession(signal?: AbortSignal): Promise<Session> {
  return request("/v2/authentication/me", signal ? { signal } : {});
}

export function signIn(username: string, password: string): Promise<void> {
  return request("/auth/login", { method: "POST", json: { username, password } });
}

export function signOut(): Promise<void> {
  return request("/auth/logout", { method: "POST" });
}
