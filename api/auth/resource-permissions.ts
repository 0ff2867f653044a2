/**
 * The vocabulary of permissions on resources: which permission types each type of resource has, under the contract's
 * names, and how an operation says which of them stand for it. Beside the contract's types one of ours: POLICY.
 */

const changes = ["CREATE", "READ", "UPDATE", "DELETE"] as const;

export const resourcePermissions = {
  AUDIT_LOG: ["READ"],
  AUTHORIZATION: changes,
  BATCH: [
    "CREATE",
    "CREATE_BATCH_OPERATION_CANCEL_PROCESS_INSTANCE",
    "CREATE_BATCH_OPERATION_DELETE_DECISION_DEFINITION",
    "CREATE_BATCH_OPERATION_DELETE_DECISION_INSTANCE",
    "CREATE_BATCH_OPERATION_DELETE_PROCESS_DEFINITION",
    "CREATE_BATCH_OPERATION_DELETE_PROCESS_INSTANCE",
    "CREATE_BATCH_OPERATION_MIGRATE_PROCESS_INSTANCE",
    "CREATE_BATCH_OPERATION_MODIFY_PROCESS_INSTANCE",
    "CREATE_BATCH_OPERATION_RESOLVE_INCIDENT",
    "READ",
    "UPDATE",
  ],
  CLUSTER_VARIABLE: changes,
  COMPONENT: ["ACCESS"],
  DECISION_DEFINITION: [
    "READ_DECISION_DEFINITION",
    "READ_DECISION_INSTANCE",
    "CREATE_DECISION_INSTANCE",
    "DELETE_DECISION_INSTANCE",
  ],
  DECISION_REQUIREMENTS_DEFINITION: ["READ"],
  DOCUMENT: ["CREATE", "READ", "DELETE"],
  EXPRESSION: ["EVALUATE"],
  GLOBAL_LISTENER: ["CREATE_TASK_LISTENER", "READ_TASK_LISTENER", "UPDATE_TASK_LISTENER", "DELETE_TASK_LISTENER"],
  GROUP: changes,
  MAPPING_RULE: changes,
  MESSAGE: ["CREATE", "READ"],
  POLICY: ["READ", "AUTHOR", "RELEASE"],
  PROCESS_DEFINITION: [
    "READ_PROCESS_DEFINITION",
    "CREATE_PROCESS_INSTANCE",
    "READ_PROCESS_INSTANCE",
    "UPDATE_PROCESS_INSTANCE",
    "MODIFY_PROCESS_INSTANCE",
    "CANCEL_PROCESS_INSTANCE",
    "DELETE_PROCESS_INSTANCE",
    "READ_USER_TASK",
    "UPDATE_USER_TASK",
    "CLAIM_USER_TASK",
    "COMPLETE_USER_TASK",
  ],
  RESOURCE: ["CREATE", "READ", "DELETE_PROCESS", "DELETE_DRD", "DELETE_FORM", "DELETE_RESOURCE"],
  ROLE: changes,
  SYSTEM: ["READ", "UPDATE", "READ_USAGE_METRIC", "READ_JOB_METRIC"],
  TENANT: changes,
  USER: changes,
  USER_TASK: ["READ", "UPDATE", "CLAIM", "COMPLETE"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ResourceType = keyof typeof resourcePermissions;
export type PermissionType<Type extends ResourceType> = (typeof resourcePermissions)[Type][number];

/** Unknown to Camunda's clients, which refuse answers with words that they do not know. */
export const ownResourceTypes: readonly ResourceType[] = ["POLICY"];

/** Properties of user tasks that name people or groups: who is named has the permission on the task. */
export const userTaskProperties = ["assignee", "candidateUsers", "candidateGroups"] as const;
export type UserTaskProperty = (typeof userTaskProperties)[number];

/** Types whose single resources a call can be limited to: what it reaches is chosen or checked by the scope of its context. */
type ScopedType =
  | "PROCESS_DEFINITION"
  | "DECISION_DEFINITION"
  | "DECISION_REQUIREMENTS_DEFINITION"
  | "RESOURCE"
  | "MESSAGE"
  | "USER_TASK"
  | "POLICY";

/** Where a request names the one resource that it is about: "params.groupId". */
export type InputPlace = `${"params" | "body"}.${string}`;

interface GrantOn<Type extends ResourceType> {
  readonly resource: Type;
  readonly permission: PermissionType<Type>;
  /** The call can be limited to single resources. Without it, and without `by`, only a permission on all ("*") will do. */
  readonly single?: Type extends ScopedType ? true : never;
  /** A permission on the one resource that stands here in the request will do; checked before the call. */
  readonly by?: InputPlace;
  /** Any one of these is needed besides, on all resources of its type. */
  readonly with?: readonly Grant[];
}

/** One authorization that stands for an operation, where the caller's roles do not give its permission. */
export type Grant = { [Type in ResourceType]: GrantOn<Type> }[ResourceType];

function grant<Type extends ResourceType>(given: GrantOn<Type>): Grant {
  // Each member of the union is this very shape; TypeScript does not distribute a generic over it.
  return given as unknown as Grant;
}

/** On all resources of a type, or on the one that the request names. */
export function on<Type extends ResourceType>(
  resource: Type,
  permission: PermissionType<Type>,
  by?: InputPlace,
): readonly Grant[] {
  return [grant(by === undefined ? { resource, permission } : { resource, permission, by })];
}

/** On all or single resources: only for operations whose handlers go wholly through calls that honour the scope. */
export function onSingle<Type extends ScopedType>(resource: Type, permission: PermissionType<Type>): readonly Grant[] {
  return [grant({ resource, permission, single: true } as unknown as GrantOn<Type>)];
}

export function onProcess(permission: PermissionType<"PROCESS_DEFINITION">): readonly Grant[] {
  return onSingle("PROCESS_DEFINITION", permission);
}

/** Of a user task: by its process, or by the task itself. */
export function onUserTask(permission: PermissionType<"USER_TASK">): readonly Grant[] {
  return [...onSingle("PROCESS_DEFINITION", `${permission}_USER_TASK`), ...onSingle("USER_TASK", permission)];
}

/** Each of the grants, and one of the others besides on all of its type. */
export function together(grants: readonly Grant[], besides: readonly Grant[]): readonly Grant[] {
  return grants.map((one) => ({ ...one, with: besides }));
}

/** Work on many things at once needs both: to begin batches of this type, and the permission on what each item is of. */
export function inBatch(
  type: PermissionType<"BATCH"> & `CREATE_BATCH_OPERATION_${string}`,
  grants: readonly Grant[],
): readonly Grant[] {
  return together(grants, [...on("BATCH", "CREATE"), ...on("BATCH", type)]);
}

/** In one line, for documents and refusals: "CANCEL_PROCESS_INSTANCE on PROCESS_DEFINITION". */
export function grantText(given: Grant): string {
  const besides = given.with === undefined ? "" : ` and ${given.with.map(grantText).join(" or ")}`;
  return `${given.permission} on ${given.resource}${besides}`;
}
