/** What the routes may use: the engine, the decision plane, and what the server itself keeps. */

import type { DecisionPlane } from "../decisions/index.ts";
import type { Engine } from "../engine/index.ts";
import type { AccountStore } from "../store/accounts.ts";
import type { DocumentStore } from "../store/documents.ts";
import type { Caller } from "./auth/caller.ts";
import type { Directory } from "./auth/directory.ts";
import type { FailureCount } from "./auth/failure-count.ts";
import type { OidcLogin } from "./auth/oidc-login.ts";
import type { Permission } from "./auth/permissions.ts";
import type { ChangeRequests } from "./duties/change-requests.ts";
import type { LiveNotices } from "./governance/live-notices.ts";

export interface Services {
  readonly engine: Engine;
  readonly plane: DecisionPlane;
  /** What is handed in for approval, and whether deployments need one. */
  readonly changes: ChangeRequests;
  readonly documents: DocumentStore;
  /** Of one document. */
  readonly documentBytesMax: number;
  readonly accounts: AccountStore;
  /** Groups, roles, tenants and what belonging to them gives; authorizations. */
  readonly directory: Directory;
  /** What roles permit, and what authorizations stand for at some operation, if only for single resources. */
  permissionsWithin(caller: Caller): ReadonlySet<Permission>;
  readonly signInFailures: FailureCount;
  /** False where nobody signs in with a password. */
  readonly passwordSignIn: boolean;
  /** True where everybody is the administrator. */
  readonly signInIsOff: boolean;
  /** True where an identity provider knows people and groups that are not stored here. */
  readonly trustsProvider: boolean;
  /** Undefined where nobody signs in with an identity provider in the browser. */
  readonly oidcLogin: OidcLogin | undefined;
  /** Where browsers reach the server, when configured. */
  readonly publicUrl: string | undefined;
  readonly live: LiveNotices;
  /** Aborted when the server begins to drain: event streams end. */
  readonly drain: AbortController;
  isReady(): Promise<boolean>;
  readonly version: string;
}
