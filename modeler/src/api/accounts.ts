/** Accounts and their API tokens (/auth/accounts); for administrators. */
import { request } from "./client.ts";

export type AccountKind = "human" | "service" | "agent";

export interface Account {
  readonly accountId: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly kind: AccountKind;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  readonly tenants: readonly string[];
  readonly disabled: boolean;
}

export interface AccountContent {
  readonly displayName: string | null;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  readonly tenants: readonly string[];
  /** Absent: stays as it is; null (or absent for a new account): cannot sign in by password. */
  readonly password?: string | null;
}

export interface ApiToken {
  readonly tokenId: string;
  readonly name: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
}

const place = (accountId: string, rest = "") => `/auth/accounts/${encodeURIComponent(accountId)}${rest}`;

export async function listAccounts(signal?: AbortSignal): Promise<readonly Account[]> {
  return (await request<{ items: readonly Account[] }>("/auth/accounts", signal ? { signal } : {})).items;
}

export function createAccount(accountId: string, kind: AccountKind, content: AccountContent): Promise<Account> {
  return request("/auth/accounts", { method: "POST", json: { accountId, kind, ...content } });
}

export function changeAccount(
  accountId: string,
  change: Partial<AccountContent> & { readonly disabled?: boolean },
): Promise<Account> {
  return request(place(accountId), { method: "PATCH", json: change });
}

export async function listTokens(accountId: string, signal?: AbortSignal): Promise<readonly ApiToken[]> {
  return (await request<{ items: readonly ApiToken[] }>(place(accountId, "/tokens"), signal ? { signal } : {})).items;
}

/** The secret stands in this answer and nowhere else. */
export function createToken(
  accountId: string,
  name: string,
  expiresAt: string | null,
): Promise<ApiToken & { readonly secret: string }> {
  return request(place(accountId, "/tokens"), { method: "POST", json: { name, expiresAt } });
}

export function revokeToken(accountId: string, tokenId: string): Promise<void> {
  return request(place(accountId, `/tokens/${encodeURIComponent(tokenId)}`), { method: "DELETE" });
}

/** With its tokens, sessions and permissions. */
export function deleteAccount(accountId: string): Promise<void> {
  return request(place(accountId), { method: "DELETE" });
}
