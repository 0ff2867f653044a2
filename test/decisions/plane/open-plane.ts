/** A plane on an embedded store in memory, a clock that tests move, and the shipped packages. */
import { readFile } from "node:fs/promises";
import {
  createDecisionPlane,
  type DecisionPlane,
  generateSigner,
  type PolicyPackage,
} from "../../../decisions/index.ts";
import type { PlaneOptions } from "../../../decisions/plane/plane.ts";
import type { Caller, JsonRecord } from "../../../decisions/plane/types.ts";
import { createGroupCommit, type Database, type GroupCommit, migrate, openDatabase } from "../../../store/index.ts";
import { emptyStore } from "../../empty-store.ts";

export interface TestPlane {
  readonly plane: DecisionPlane;
  readonly database: Database;
  readonly groupCommit: GroupCommit;
  readonly clock: { now(): number; advance(ms: number): void };
  /** Another node on the same database. */
  another(options?: Partial<PlaneOptions>): Promise<DecisionPlane>;
  close(): Promise<void>;
}

export const alice: Caller = { id: "alice", type: "human", groups: ["policy-owners"], authenticated: true };
export const bob: Caller = {
  id: "bob",
  type: "human",
  groups: ["policy-approvers", "refund-approvers"],
  authenticated: true,
};
export const carol: Caller = { id: "carol", type: "human", groups: ["refund-approvers"], authenticated: true };
export const service: Caller = { id: "shop", type: "service", authenticated: true };

export async function openTestPlane(options: Partial<PlaneOptions> = {}): Promise<TestPlane> {
  const database = await openDatabase({ dataDir: emptyStore() });
  await migrate(database);
  const groupCommit = await createGroupCommit(database);
  const errors: unknown[] = [];
  let now = Date.UTC(2026, 10, 21, 12);
  const clock = {
    now: () => now,
    advance: (ms: number) => {
      now += ms;
    },
  };
  const signer = generateSigner();
  const commits: GroupCommit[] = [groupCommit];
  const open = async (more: Partial<PlaneOptions> = {}): Promise<DecisionPlane> => {
    const own = more.groupCommit ?? (await createGroupCommit(database));
    commits.push(own);
    return createDecisionPlane({
      database,
      groupCommit: own,
      clock,
      signer,
      onError: (_where, error) => void errors.push(error),
      ...options,
      ...more,
    });
  };
  const plane = await open({ groupCommit });
  const others: DecisionPlane[] = [];
  return {
    plane,
    database,
    groupCommit,
    clock,
    async another(more = {}) {
      const other = await open(more);
      others.push(other);
      return other;
    },
    async close() {
      for (const other of others) await other.stop();
      await plane.stop();
      for (const commit of new Set(commits)) await commit.close();
      await database.close();
      // What failed in the background would otherwise be seen by nobody.
      if (errors.length > 0) throw errors[0];
    },
  };
}

export interface ReadPackage extends PolicyPackage {
  readonly manifest: JsonRecord & { readonly facts?: JsonRecord };
  readonly tests: JsonRecord & { readonly defaults: JsonRecord };
}

/** A shipped package from its folder; `change` edits the DMN text. */
export async function readPackage(name: string, change: (dmn: string) => string = (dmn) => dmn): Promise<ReadPackage> {
  const folder = new URL(`../../../decisions/policies/${name}/`, import.meta.url);
  const [manifest, dmn, tests] = await Promise.all(
    ["policy.json", "policy.dmn", "tests.json"].map((file) => readFile(new URL(file, folder), "utf8")),
  );
  return { manifest: JSON.parse(manifest as string), dmn: change(dmn as string), tests: JSON.parse(tests as string) };
}

export const refundFacts = {
  "subject.accountTenureDays": 812,
  "subject.refundsLast12Months": 0,
  "subject.standing": "good",
} as const;

/** A question about a refund. */
export function refundQuestion(amount: number, more: Record<string, unknown> = {}) {
  return {
    action: {
      type: "issue_refund",
      target: "payments",
      operation: "pay",
      reversible: true,
      riskClass: "high" as const,
      toolRef: "payments.refund@1",
    },
    args: { orderId: "ORD-1", amount, method: "cash", reason: "damaged", customerId: "C-17" },
    facts: refundFacts,
    agent: { id: "refund-agent", version: "1" },
    actor: { id: "refund-agent", type: "agent" },
    policies: [{ policyId: "refund" }],
    ...more,
  };
}
