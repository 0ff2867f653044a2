/**
 * Permissions on single resources in plain words: the resource types, the permission types that belong to each, and what
 * each lets one do. Which pairs belong together is the server's to say; a test holds this list to it.
 */
import type { Authorization, AuthorizationContent, AuthorizationOwner } from "../../api/authorizations.ts";
import { sentence } from "../../ui/states.ts";

/** Where the ids of a type can be picked from; "id", "name": written by hand; "none": given for all or not at all. */
export type IdSource =
  | "processes"
  | "decisions"
  | "requirements"
  | "policies"
  | "resources"
  | "people"
  | "groups"
  | "roles"
  | "tenants"
  | "rules"
  | "id"
  | "name"
  | "tasks"
  | "none";

export interface ResourceWords {
  readonly type: string;
  /** "processes" */
  readonly many: string;
  /** "process" */
  readonly one: string;
  readonly ids: IdSource;
  /** Permission type → "lets one …". */
  readonly permissions: readonly (readonly [string, string])[];
}

export interface ResourceGroup {
  readonly title: string;
  readonly types: readonly ResourceWords[];
}

/** Things that are made, read, changed and deleted, and nothing else. */
function kept(type: string, many: string, one: string, ids: IdSource, suffix = ""): ResourceWords {
  return {
    type,
    many,
    one,
    ids,
    permissions: [
      [`CREATE${suffix}`, `create ${many}`],
      [`READ${suffix}`, `see ${many}`],
      [`UPDATE${suffix}`, `change ${many}`],
      [`DELETE${suffix}`, `delete ${many}`],
    ],
  };
}

export const resourceGroups: readonly ResourceGroup[] = [
  {
    title: "Work",
    types: [
      {
        type: "PROCESS_DEFINITION",
        many: "processes",
        one: "process",
        ids: "processes",
        permissions: [
          ["READ_PROCESS_DEFINITION", "see the process and its model"],
          ["READ_PROCESS_INSTANCE", "see its instances, variables, jobs and incidents"],
          ["CREATE_PROCESS_INSTANCE", "start instances"],
          ["UPDATE_PROCESS_INSTANCE", "change variables, work on jobs, resolve incidents"],
          ["MODIFY_PROCESS_INSTANCE", "move instances to other steps or versions"],
          ["CANCEL_PROCESS_INSTANCE", "cancel instances"],
          ["DELETE_PROCESS_INSTANCE", "delete ended instances"],
          ["READ_USER_TASK", "see its tasks"],
          ["CLAIM_USER_TASK", "claim its tasks"],
          ["COMPLETE_USER_TASK", "complete its tasks"],
          ["UPDATE_USER_TASK", "assign, change and complete its tasks"],
        ],
      },
      {
        type: "USER_TASK",
        many: "tasks",
        one: "task",
        ids: "tasks",
        permissions: [
          ["READ", "see the tasks"],
          ["CLAIM", "claim the tasks"],
          ["COMPLETE", "complete the tasks"],
          ["UPDATE", "assign, change and complete the tasks"],
        ],
      },
      {
        type: "MESSAGE",
        many: "messages",
        one: "message",
        ids: "name",
        permissions: [
          ["CREATE", "send messages of this name"],
          ["READ", "see who waits for messages"],
        ],
      },
      {
        type: "DOCUMENT",
        many: "documents",
        one: "document",
        ids: "id",
        permissions: [
          ["CREATE", "store documents"],
          ["READ", "read documents"],
          ["DELETE", "delete documents"],
        ],
      },
      {
        type: "BATCH",
        many: "batch operations",
        one: "batch operation",
        ids: "none",
        permissions: [
          ["READ", "see batch operations"],
          ["CREATE", "begin batch operations of any kind"],
          ["CREATE_BATCH_OPERATION_CANCEL_PROCESS_INSTANCE", "cancel many instances at once"],
          ["CREATE_BATCH_OPERATION_DELETE_PROCESS_INSTANCE", "delete many instances at once"],
          ["CREATE_BATCH_OPERATION_MIGRATE_PROCESS_INSTANCE", "migrate many instances at once"],
          ["CREATE_BATCH_OPERATION_MODIFY_PROCESS_INSTANCE", "move many instances at once"],
          ["CREATE_BATCH_OPERATION_RESOLVE_INCIDENT", "resolve many incidents at once"],
          ["CREATE_BATCH_OPERATION_DELETE_DECISION_INSTANCE", "delete many evaluations at once"],
          ["CREATE_BATCH_OPERATION_DELETE_DECISION_DEFINITION", "delete many decisions at once"],
          ["CREATE_BATCH_OPERATION_DELETE_PROCESS_DEFINITION", "delete many processes at once"],
          ["UPDATE", "suspend, resume and cancel batch operations"],
        ],
      },
    ],
  },
  {
    title: "Design",
    types: [
      {
        type: "POLICY",
        many: "policies",
        one: "policy",
        ids: "policies",
        permissions: [
          ["READ", "see the policy"],
          ["AUTHOR", "write versions of it"],
          ["RELEASE", "put versions in force and roll back"],
        ],
      },
      {
        type: "DECISION_DEFINITION",
        many: "decisions",
        one: "decision",
        ids: "decisions",
        permissions: [
          ["READ_DECISION_DEFINITION", "see the decision"],
          ["READ_DECISION_INSTANCE", "see how it was answered"],
          ["CREATE_DECISION_INSTANCE", "evaluate it"],
          ["DELETE_DECISION_INSTANCE", "delete answers"],
        ],
      },
      {
        type: "DECISION_REQUIREMENTS_DEFINITION",
        many: "decision models",
        one: "decision model",
        ids: "requirements",
        permissions: [["READ", "see the model"]],
      },
      {
        type: "RESOURCE",
        many: "deployed files",
        one: "deployed file",
        ids: "resources",
        permissions: [
          ["CREATE", "deploy it"],
          ["READ", "read it"],
          ["DELETE_PROCESS", "delete it, where it is a process"],
          ["DELETE_DRD", "delete it, where it is a decision model"],
          ["DELETE_FORM", "delete it, where it is a form"],
          ["DELETE_RESOURCE", "delete it, where it is another file"],
        ],
      },
      {
        type: "EXPRESSION",
        many: "expressions",
        one: "expression",
        ids: "none",
        permissions: [["EVALUATE", "evaluate FEEL expressions"]],
      },
    ],
  },
  {
    title: "Installation",
    types: [
      kept("USER", "accounts of people", "account", "people"),
      kept("GROUP", "groups", "group", "groups"),
      kept("ROLE", "roles", "role", "roles"),
      kept("TENANT", "tenants", "tenant", "tenants"),
      kept("MAPPING_RULE", "mapping rules", "mapping rule", "rules"),
      kept("AUTHORIZATION", "permissions like this one", "permission", "none"),
      kept("CLUSTER_VARIABLE", "cluster variables", "cluster variable", "name"),
      kept("GLOBAL_LISTENER", "global task listeners", "global task listener", "id", "_TASK_LISTENER"),
      {
        type: "AUDIT_LOG",
        many: "log of commands",
        one: "log of commands",
        ids: "none",
        permissions: [["READ", "read who did what"]],
      },
      {
        type: "SYSTEM",
        many: "the server itself",
        one: "server",
        ids: "none",
        permissions: [
          ["READ", "see settings and state"],
          ["UPDATE", "change settings that are everybody's"],
          ["READ_USAGE_METRIC", "read usage figures"],
          ["READ_JOB_METRIC", "read figures of jobs"],
        ],
      },
    ],
  },
];

/** Clients of other engines store it; here it governs nothing, so that nobody is offered to give it. */
const component: ResourceWords = {
  type: "COMPONENT",
  many: "applications",
  one: "application",
  ids: "id",
  permissions: [["ACCESS", "open the application"]],
};

export const resourceTypes: readonly ResourceWords[] = [...resourceGroups.flatMap(({ types }) => types), component];

const byType = new Map(resourceTypes.map((words) => [words.type, words]));

/** A type that is not known here is written as it is. */
export function resourceWords(type: string): ResourceWords {
  const unknown = sentence(type).toLowerCase();
  return byType.get(type) ?? { type, many: unknown, one: unknown, ids: "none", permissions: [] };
}

/** "start instances" */
export function permissionWord(type: string, permission: string): string {
  const known = resourceWords(type).permissions.find(([name]) => name === permission);
  return known?.[1] ?? sentence(permission).toLowerCase();
}

/** Which tasks, by what they say of the owner. */
export const taskProperties: readonly (readonly [string, string])[] = [
  ["assignee", "Tasks assigned to them"],
  ["candidateUsers", "Tasks for which they are a candidate"],
  ["candidateGroups", "Tasks for which one of their groups is a candidate"],
];

/** "All processes", "Process refund", "Tasks assigned to them". */
export function resourceText({
  resourceType,
  resourceId,
  resourcePropertyName,
}: Pick<AuthorizationContent, "resourceType" | "resourceId" | "resourcePropertyName">): string {
  const words = resourceWords(resourceType);
  if (resourcePropertyName !== null)
    return (
      taskProperties.find(([name]) => name === resourcePropertyName)?.[1] ??
      `${sentence(words.many)} by their ${resourcePropertyName}`
    );
  if (resourceId !== "*" && resourceId !== null) return `${sentence(words.one)} ${resourceId}`;
  return words.many.startsWith("the ") || words.one === words.many ? sentence(words.many) : `All ${words.many}`;
}

export const ownerKinds: readonly (readonly [AuthorizationOwner, string])[] = [
  ["USER", "Person"],
  ["CLIENT", "Program"],
  ["GROUP", "Group"],
  ["ROLE", "Role"],
  ["MAPPING_RULE", "Mapping rule"],
];

/** "Group support" */
export function ownerText({ ownerType, ownerId }: Pick<Authorization, "ownerType" | "ownerId">): string {
  return `${ownerKinds.find(([kind]) => kind === ownerType)?.[1] ?? sentence(ownerType)} ${ownerId}`;
}
