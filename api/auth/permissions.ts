/**
 * Who may do what: permissions, and the roles that bundle them. The names are the product's vocabulary; the OpenAPI
 * document shows them at each operation, and a test walks every role over every operation.
 */

export const permissions = [
  "cluster:read",
  "cluster:administer",
  "definition:read",
  "definition:deploy",
  "definition:delete",
  "change:read",
  "change:propose",
  "change:approve",
  "instance:read",
  "instance:start",
  "instance:operate",
  "job:read",
  "job:work",
  "job:update",
  "message:publish",
  "task:read",
  "task:work",
  "document:read",
  "document:write",
  "decision:evaluate",
  "policy:read",
  "policy:author",
  "policy:release",
  "record:read",
  "record:export",
  "record:judge",
  "approval:read",
  "approval:vote",
  "action:decide",
  "agent:read",
  "agent:interrupt",
  "user:administer",
] as const;

export type Permission = (typeof permissions)[number];

export const roleNames = [
  "viewer",
  "modeler",
  "deployer",
  "operator",
  "reviewer",
  "policy-owner",
  "policy-approver",
  "auditor",
  "agent",
  "administrator",
] as const;

export type RoleName = (typeof roleNames)[number];

const reads: readonly Permission[] = permissions.filter((permission) => permission.endsWith(":read"));

const grants: Readonly<Record<RoleName, readonly Permission[]>> = {
  viewer: reads,
  modeler: [...reads, "change:propose", "decision:evaluate"],
  deployer: [...reads, "definition:deploy", "definition:delete"],
  operator: [
    ...reads,
    "instance:start",
    "instance:operate",
    "job:update",
    "message:publish",
    "decision:evaluate",
    "agent:interrupt",
    "document:write",
  ],
  reviewer: [
    "cluster:read",
    "definition:read",
    "instance:read",
    "agent:read",
    "policy:read",
    "change:read",
    "change:approve",
    "task:read",
    "task:work",
    "approval:read",
    "approval:vote",
    "record:judge",
    "document:read",
    "document:write",
  ],
  "policy-owner": [...reads, "policy:author", "change:propose", "decision:evaluate"],
  "policy-approver": [...reads, "policy:release"],
  auditor: [...reads, "record:export", "record:judge"],
  agent: [
    "cluster:read",
    "job:read",
    "job:work",
    "job:update",
    "message:publish",
    "action:decide",
    "decision:evaluate",
    "document:read",
    "document:write",
  ],
  administrator: permissions,
};

export function isRoleName(name: string): name is RoleName {
  return (roleNames as readonly string[]).includes(name);
}

/** All permissions of a set of roles; unknown names give none. `narrowedTo`: of these only what is named there. */
export function permissionsOf(roles: readonly string[], narrowedTo?: readonly string[]): ReadonlySet<Permission> {
  const all = new Set<Permission>();
  for (const role of roles)
    if (isRoleName(role))
      for (const permission of grants[role])
        if (narrowedTo === undefined || narrowedTo.includes(permission)) all.add(permission);
  return all;
}
