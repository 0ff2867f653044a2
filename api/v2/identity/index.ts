/** Identity: people, groups, roles, tenants, mapping rules and authorizations, under the contract's names. */
import type { Operation } from "../../http/operation.ts";
import { authorizationOperations } from "./authorizations.ts";
import { entryOperations } from "./entries.ts";
import { memberOperations } from "./members.ts";
import { userOperations } from "./users.ts";

export const identityOperations: readonly Operation[] = [
  ...userOperations,
  ...entryOperations,
  ...memberOperations,
  ...authorizationOperations,
];
