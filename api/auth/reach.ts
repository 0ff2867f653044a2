/**
 * How far a caller reaches with its authorizations: where its roles do not give an operation's permission, what it has
 * been given on single resources may stand for it. Everything adds up; nothing is ever taken away. Pure.
 */
import type { UserTaskScope } from "../../engine/index.ts";
import type { Authorization } from "../../store/authorizations.ts";
import type { Caller, CallerScope } from "./caller.ts";
import type { Permission } from "./permissions.ts";
import type { Grant } from "./resource-permissions.ts";

/** What of the things that an operation is about the caller may reach. */
export type Reach = "everything" | "nothing" | CallerScope;

/** A call that says who may make it. */
export interface Governed {
  readonly access: Permission | "public" | "any";
  readonly grants?: readonly Grant[];
}

/** Whether a role gives the permission: then nothing is limited. */
export function holdsPermission({ access }: Governed, caller: Caller): boolean {
  return access === "public" || access === "any" || caller.permissions.has(access);
}

/** Whether the authorizations may suffice, before it is known what the request asks for. */
export function mayReach(governed: Governed, caller: Caller): boolean {
  return isWithinToken(governed, caller) && (governed.grants ?? []).some((grant) => given(grant, caller).length > 0);
}

/**
 * @param grants Those that stand for this very request: any one of them will do.
 * @param input Params and body of the request, checked.
 */
export function reachOf(governed: Governed, grants: readonly Grant[], caller: Caller, input: unknown): Reach {
  if (!isWithinToken(governed, caller)) return "nothing";
  const scope = new ScopeParts(grants[0]?.permission ?? governed.access);
  for (const grant of grants) {
    for (const authorization of given(grant, caller)) {
      const { resourceId } = authorization;
      if (resourceId === "*") return "everything";
      if (grant.by !== undefined && resourceId === textAt(input, grant.by)) return "everything";
      if (grant.single === true) scope.add(grant, authorization, caller);
    }
  }
  return scope.isEmpty ? "nothing" : scope.made();
}

/** The permission words that a role gives, and those that an authorization could stand for at some operation. */
export function permissionsWithin(caller: Caller, governed: readonly Governed[]): ReadonlySet<Permission> {
  const words = new Set(caller.permissions);
  if ((caller.authorizations ?? []).length === 0) return words;
  for (const one of governed)
    if (one.access !== "public" && one.access !== "any" && !words.has(one.access) && mayReach(one, caller))
      words.add(one.access);
  return words;
}

/** A token that was made with some of the permissions is never more than these, whatever its account is given. */
function isWithinToken({ access }: Governed, { narrowedTo }: Caller): boolean {
  return narrowedTo === undefined || narrowedTo.includes(access);
}

/** The caller's authorizations that count for this grant: where others are needed besides, only if they are there. */
function given(grant: Grant, caller: Caller): readonly Authorization[] {
  const found = (caller.authorizations ?? []).filter(
    ({ resourceType, permissionTypes, resourceId }) =>
      resourceType === grant.resource &&
      permissionTypes.includes(grant.permission) &&
      (resourceId === "*" || grant.single === true || (grant.by !== undefined && resourceId !== null)),
  );
  if (found.length === 0 || grant.with === undefined) return found;
  return grant.with.some((besides) => given(besides, caller).some(({ resourceId }) => resourceId === "*")) ? found : [];
}

type IdMember = "processIds" | "decisionIds" | "decisionRequirementsIds" | "resourceIds" | "messageNames" | "policyIds";

const members: ReadonlyMap<string, IdMember> = new Map([
  ["PROCESS_DEFINITION", "processIds"],
  ["DECISION_DEFINITION", "decisionIds"],
  ["DECISION_REQUIREMENTS_DEFINITION", "decisionRequirementsIds"],
  ["RESOURCE", "resourceIds"],
  ["MESSAGE", "messageNames"],
  ["POLICY", "policyIds"],
]);

/** A scope that grows by one authorization after the other. */
class ScopeParts {
  readonly #permission: string;
  readonly #ids = new Map<IdMember, Set<string>>();
  readonly #taskKeys = new Set<string>();
  #taskProperties: Omit<UserTaskScope, "keys"> = {};

  constructor(permission: string) {
    this.#permission = permission;
  }

  get isEmpty(): boolean {
    return this.#ids.size === 0 && !this.#hasTasks;
  }

  get #hasTasks(): boolean {
    return this.#taskKeys.size > 0 || Object.keys(this.#taskProperties).length > 0;
  }

  add(grant: Grant, { resourceId, resourcePropertyName }: Authorization, caller: Caller): void {
    const member = members.get(grant.resource);
    if (member !== undefined && resourceId !== null) {
      const ids = this.#ids.get(member) ?? new Set();
      this.#ids.set(member, ids.add(resourceId));
    } else if (grant.resource === "USER_TASK") {
      if (resourceId !== null) this.#taskKeys.add(resourceId);
      else this.#taskProperties = { ...this.#taskProperties, ...tasksNaming(caller, resourcePropertyName) };
    }
  }

  made(): CallerScope {
    const ids = Object.fromEntries([...this.#ids].map(([member, values]) => [member, [...values]]));
    return {
      permission: this.#permission,
      ...ids,
      ...(this.#hasTasks ? { userTasks: { keys: [...this.#taskKeys], ...this.#taskProperties } } : {}),
    };
  }
}

function tasksNaming(caller: Caller, property: string | null): Omit<UserTaskScope, "keys"> {
  switch (property) {
    case "assignee":
      return { assignee: caller.id };
    case "candidateUsers":
      return { candidateUser: caller.id };
    case "candidateGroups":
      return { candidateGroups: caller.groups };
    default:
      return {};
  }
}

/** The text at a place like "body.manifest.id"; undefined where there is none. Own members only. */
function textAt(input: unknown, place: string): string | undefined {
  let value = input;
  for (const step of place.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    // The input itself is an object of ours, whose parts are not its own members; what is in them comes from outside.
    if (value !== input && !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return typeof value === "string" ? value : undefined;
}
