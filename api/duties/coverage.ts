/** Do approved changes cover what a deployment is about to change? Pure: the gate asks within the deployment's transaction. */
import type { GatedResource } from "../../engine/index.ts";
import type { Change } from "../../store/changes.ts";
import type { Caller } from "../auth/caller.ts";
import { type DutyMode, whyNotDeploy } from "./rules.ts";

export interface CoverageProblem {
  readonly code: "NOT_APPROVED" | "SEPARATION_OF_DUTIES" | "OUTDATED";
  readonly resourceName: string;
  readonly message: string;
}

export interface Coverage {
  readonly problems: readonly CoverageProblem[];
  /** Approvals that the deployment uses up: file names by change. */
  readonly uses: ReadonlyMap<Change, readonly string[]>;
}

/** @param changes Approved ones of the deployment's tenant, as they are now. */
export function coverageOf(
  resources: readonly GatedResource[],
  changes: readonly Change[],
  caller: Caller,
  mode: DutyMode,
): Coverage {
  const problems: CoverageProblem[] = [];
  const uses = new Map<Change, string[]>();
  for (const resource of resources) {
    const found = approvalOf(resource, changes, caller, mode);
    if ("change" in found) uses.set(found.change, [...(uses.get(found.change) ?? []), resource.name]);
    // What is deployed already, byte for byte, needs nobody.
    else if (resource.isChanged) problems.push({ resourceName: resource.name, ...found });
  }
  return { problems, uses };
}

function approvalOf(
  resource: GatedResource,
  changes: readonly Change[],
  caller: Caller,
  mode: DutyMode,
): { readonly change: Change } | Omit<CoverageProblem, "resourceName"> {
  const holding = changes.filter((change) => holds(change, resource));
  if (holding.length === 0) return { code: "NOT_APPROVED", message: whyNotApproved(resource, changes) };
  const own = holding.map((change) => whyNotDeploy(caller, change, mode));
  const others = holding.filter((_, index) => own[index] === undefined);
  if (others.length === 0) return { code: "SEPARATION_OF_DUTIES", message: own[0]! };
  const current = others.find((change) => baseOf(change, resource) === resource.replaces);
  if (current !== undefined) return { change: current };
  return {
    code: "OUTDATED",
    message: "another version has been deployed since it was handed in: hand it in again, on top of that one",
  };
}

function holds({ resources }: Change, { name, checksum }: GatedResource): boolean {
  return resources.some((file) => file.name === name && file.sha256 === checksum && file.deploymentKey === null);
}

function baseOf({ resources }: Change, { name }: GatedResource): string | null {
  return resources.find((file) => file.name === name)?.replaces ?? null;
}

function whyNotApproved({ name, checksum }: GatedResource, changes: readonly Change[]): string {
  const bytes = `these bytes (sha-256 ${checksum.slice(0, 12)}…)`;
  const files = changes.flatMap(({ resources }) => resources);
  const renamed = files.find((file) => file.sha256 === checksum && file.name !== name && file.deploymentKey === null);
  if (renamed !== undefined) return `${bytes} are approved under the name ${renamed.name} only`;
  if (files.some((file) => file.name === name && file.sha256 === checksum))
    return `the approval of ${bytes} has been used: an approval is for one deployment`;
  if (files.some((file) => file.name === name)) return `${bytes} are not those that were approved`;
  return `no approved change request of this tenant holds ${bytes}`;
}
