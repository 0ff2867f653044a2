/** Who calls, and what of the installation they may see. Every call of the engine takes one. */
import type { Actor } from "../../core/command.ts";

export interface CallContext {
  readonly actor: Actor;
  /** Tenants whose things exist for this caller; undefined = all of them. */
  readonly tenantIds?: readonly string[];
  /** What of these tenants' things a permission on single resources leaves to the caller; undefined = everything. */
  readonly scope?: CallScope;
}

/**
 * The single resources that a caller may make this call for. What no member names is out of reach: a search leaves it
 * out, a call that names it is refused as `forbidden`. An absent member names nothing.
 *
 * A thing belongs to the process of the instance that it lies in, not of the root. The record of an instance (history,
 * trajectory, replay, trail, wallet, and its deletion) is that of its whole aggregate: all processes that take part must
 * be named. What no member can name is refused under any scope: signals, expressions, the clock, cluster variables, task listeners,
 * control of batch operations, tenants' wallets, usage; the audit log and batch operations are empty.
 */
export interface CallScope {
  /** What the caller lacks for everything else, for the refusal: "CANCEL_PROCESS_INSTANCE". */
  readonly permission: string;
  /** Ids of process definitions: these and all that belongs to them (instances, jobs, tasks, incidents, variables). */
  readonly processIds?: readonly string[];
  /** Ids of decision definitions: these and their evaluations. */
  readonly decisionIds?: readonly string[];
  readonly decisionRequirementsIds?: readonly string[];
  /** What can be deployed: ids of processes, decision requirements and forms, names of other resources. */
  readonly resourceIds?: readonly string[];
  readonly messageNames?: readonly string[];
  readonly userTasks?: UserTaskScope;
}

/** User tasks by what they say of the caller, whatever process they belong to. */
export interface UserTaskScope {
  readonly keys: readonly string[];
  /** The caller's id, where its own tasks are meant. */
  readonly assignee?: string;
  readonly candidateUser?: string;
  readonly candidateGroups?: readonly string[];
}

/** The tenant of installations without tenants. */
export const DEFAULT_TENANT = "<default>";
