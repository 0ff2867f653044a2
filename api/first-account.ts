/** The first start with authentication on: an administrator is made, whose password is shown once. */
import { randomBytes } from "node:crypto";
import type { AccountStore } from "../store/accounts.ts";

/** The password to show; undefined when there are accounts already. Two nodes that start at once make one. */
export async function createFirstAccount(accounts: AccountStore): Promise<string | undefined> {
  if ((await accounts.count()) > 0) return undefined;
  const password = randomBytes(18).toString("base64url");
  const administrator = {
    accountId: "admin",
    displayName: "Administrator",
    email: null,
    kind: "human",
    roles: ["administrator"],
    groups: [],
    tenants: ["<default>"],
    password,
  } as const;
  return accounts.create(administrator).then(
    () => password,
    (error: unknown) => {
      if (error instanceof Error && error.name === "AccountExistsError") return undefined;
      throw error;
    },
  );
}
