/**
 * The last word on a deployment, inside its transaction: the changes that it rests on are locked, judged as they are at
 * that moment, and used up. So two deployers cannot use one approval, and one that is withdrawn meanwhile is none.
 */
import type { DeploymentGate, GatedDeployment, TellInTransaction } from "../../engine/index.ts";
import { insertEvent, markDeployed } from "../../store/change-writes.ts";
import { type Change, lockApprovedChanges, lockChange } from "../../store/changes.ts";
import type { Queryable } from "../../store/index.ts";
import type { Caller } from "../auth/caller.ts";
import { Problem } from "../http/problem.ts";
import { type CoverageProblem, coverageOf } from "./coverage.ts";
import { changeActor, type DutyMode, whyNotDeploy } from "./rules.ts";

export interface GateOptions {
  readonly caller: Caller;
  readonly mode: DutyMode;
  readonly tell: TellInTransaction;
  readonly now: () => number;
}

/** Lets pass what any approved changes of the tenant cover. */
export function gateOfApprovals(options: GateOptions): DeploymentGate {
  return async (tx, deployment) => {
    const changes = await lockApprovedChanges(tx, deployment.tenantId, deployment.resources);
    await use(tx, deployment, changes, options);
  };
}

/** Lets pass the files of one change, at the revision that the deployer has seen. */
export function gateOfChange(
  { changeId, revision }: Pick<Change, "changeId" | "revision">,
  options: GateOptions,
): DeploymentGate {
  return async (tx, deployment) => {
    const change = await lockChange(tx, [deployment.tenantId], changeId);
    if (change?.state !== "approved" || change.revision !== revision)
      throw new Problem(
        "INVALID_STATE",
        `Expected revision ${revision} of the change to be approved, but it is ${change === undefined ? "gone" : `revision ${change.revision}, ${change.state}`}.`,
      );
    const reason = whyNotDeploy(options.caller, change, options.mode);
    if (reason !== undefined)
      throw refusal([{ code: "SEPARATION_OF_DUTIES", resourceName: change.title, message: reason }]);
    await use(tx, deployment, [change], options);
  };
}

async function use(
  tx: Queryable,
  { resources, tenantId, deploymentKey }: GatedDeployment,
  changes: readonly Change[],
  { caller, mode, tell, now }: GateOptions,
): Promise<void> {
  const { problems, uses } = coverageOf(resources, changes, caller, mode);
  if (problems.length > 0) throw refusal(problems);
  for (const [change, names] of uses) {
    await markDeployed(tx, change, names, deploymentKey);
    const { changeId, revision, title } = change;
    const event = { revision, deed: "deployed" as const, actor: changeActor(caller), deploymentKey, atMs: now() };
    await insertEvent(tx, changeId, { ...event, comment: names.join(", ") });
    await tell(tx, {
      command: "deployChange",
      operation: "UPDATE",
      entityType: "RESOURCE",
      entityKey: changeId,
      description: `${title}: ${names.join(", ")}`.slice(0, 500),
      tenantId,
    });
  }
}

/** 403 where only the person is wrong, 409 where something has to happen first. */
function refusal(problems: readonly CoverageProblem[]): Problem {
  const isPersonal = problems.every(({ code }) => code === "SEPARATION_OF_DUTIES");
  const said = problems.slice(0, 5).map(({ resourceName, message }) => `${resourceName}: ${message}`);
  const more = problems.length > said.length ? `; and ${problems.length - said.length} more` : "";
  return new Problem(
    isPersonal ? "FORBIDDEN" : "INVALID_STATE",
    `Expected a change that others have written and approved, but ${said.join("; ")}${more}.`,
    {},
    problems.slice(0, 100),
  );
}
