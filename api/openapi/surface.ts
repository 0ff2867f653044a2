/** The surface as one list: each operation with the base path under which it is mounted. */

import { accountOperations } from "../auth/operations.ts";
import { governanceOperations } from "../governance/index.ts";
import { runplaneOperations } from "../governance/runplane.ts";
import type { Operation } from "../http/operation.ts";
import { v2Operations } from "../v2/index.ts";

export interface DocumentedOperation {
  readonly base: string;
  readonly operation: Operation;
}

export function documentedOperations(): readonly DocumentedOperation[] {
  const under = (base: string, operations: readonly Operation[]): DocumentedOperation[] =>
    operations.map((operation) => ({ base, operation }));
  return [
    ...under("/v2", v2Operations),
    ...under("/governance/v1", governanceOperations),
    ...under("/auth", accountOperations),
    ...under("/api", runplaneOperations),
  ];
}
