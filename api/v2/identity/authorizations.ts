/**
 * /v2/authorizations: what owners may do with resources. They govern from the moment they are stored (`auth/reach.ts`):
 * they add to what roles permit, and take nothing away. Where nobody signs in, they govern nobody.
 */
import { z } from "zod";
import type { Authorization, NewAuthorization } from "../../../store/authorizations.ts";
import type { Caller } from "../../auth/caller.ts";
import {
  on,
  ownResourceTypes,
  type ResourceType,
  resourcePermissions,
  userTaskProperties,
} from "../../auth/resource-permissions.ts";
import { type Operation, operation } from "../../http/operation.ts";
import { Problem } from "../../http/problem.ts";
import { keyText } from "../../http/search.ts";
import type { Services } from "../../services.ts";
import { emptyReply, noContent, ok, okReply, searchOperation } from "../replies.ts";
import { tellIdentityDeed } from "./deeds.ts";
import { listing } from "./listing.ts";

const group = "Authorization";
const params = z.strictObject({ authorizationKey: keyText });
const ownerTypes = ["USER", "CLIENT", "ROLE", "GROUP", "MAPPING_RULE"] as const;
const resourceTypes = Object.keys(resourcePermissions) as [ResourceType, ...ResourceType[]];
const permissionTypes = [...new Set<string>(Object.values(resourcePermissions).flat())] as [string, ...string[]];
const resourceType = z.enum(resourceTypes).meta({ description: "POLICY is ours: policies, by their ids." });
const resourceId = z.string().min(1).max(512);

const authorizationBody = z
  .strictObject({
    ownerId: z.string().min(1).max(256),
    ownerType: z.enum(ownerTypes),
    resourceType,
    resourceId: resourceId.optional().meta({ description: 'An id, or "*": all of them.' }),
    resourcePropertyName: z
      .enum(userTaskProperties)
      .optional()
      .meta({ description: "Of user tasks, instead of an id: those that name the caller, or its groups, here." }),
    permissionTypes: z.array(z.enum(permissionTypes)).min(1).max(100),
  })
  .superRefine((given, context) => {
    const said = misfit(given);
    if (said !== undefined) context.addIssue({ code: "custom", path: [said.at], message: said.message });
  })
  .meta({ id: "AuthorizationRequest" });

type Given = z.output<typeof authorizationBody>;

/** What does not belong together, and where. */
function misfit(given: Given): { readonly at: string; readonly message: string } | undefined {
  const { resourceType, resourceId, resourcePropertyName } = given;
  if ((resourceId === undefined) === (resourcePropertyName === undefined))
    return {
      at: "resourceId",
      message: "Expected either resourceId or resourcePropertyName, but found both or neither",
    };
  if (resourcePropertyName !== undefined && resourceType !== "USER_TASK")
    return {
      at: "resourcePropertyName",
      message: `Expected a resourceId, but ${resourceType} has no properties that name people: USER_TASK has`,
    };
  const allowed: readonly string[] = resourcePermissions[resourceType];
  const strange = given.permissionTypes.find((type) => !allowed.includes(type));
  if (strange === undefined) return undefined;
  return {
    at: "permissionTypes",
    message: `Expected permission types of ${resourceType} (${allowed.join(", ")}), but found ${strange}`,
  };
}

const authorization = z
  .object({
    ownerId: z.string(),
    ownerType: z.enum(ownerTypes),
    resourceType,
    resourceId: z.string().nullable(),
    resourcePropertyName: z.string().nullable(),
    permissionTypes: z.array(z.enum(permissionTypes)),
    authorizationKey: z.string(),
  })
  .meta({ id: "Authorization" });

/** In the order of the vocabulary, each once. */
function madeOf(given: Given): NewAuthorization {
  const { ownerId, ownerType, resourceType, resourceId, resourcePropertyName } = given;
  return {
    ownerId,
    ownerType,
    resourceType,
    resourceId: resourceId ?? null,
    resourcePropertyName: resourcePropertyName ?? null,
    permissionTypes: resourcePermissions[resourceType].filter((type) => given.permissionTypes.includes(type)),
  };
}

/** Owners that are not looked for: the product's own roles; people and groups where an identity provider knows more of them. */
function ownerIsKnown({ directory, trustsProvider }: Services, { ownerType, ownerId }: Given): boolean {
  if (ownerType === "ROLE") return directory.store.isBuiltIn("role", ownerId);
  return trustsProvider && (ownerType === "USER" || ownerType === "GROUP");
}

async function tell(
  services: Services,
  caller: Caller,
  operation: "CREATE" | "UPDATE" | "DELETE",
  id: string,
  { ownerType, ownerId, resourceType, resourceId, resourcePropertyName, permissionTypes }: NewAuthorization,
): Promise<void> {
  const what = resourceId === null ? `by ${resourcePropertyName}` : `"${resourceId}"`;
  await tellIdentityDeed(services, caller, {
    command: `${operation.toLowerCase()}Authorization`,
    operation,
    kind: "authorization",
    id,
    description: `${ownerType} "${ownerId}": ${permissionTypes.join(", ")} on ${resourceType} ${what}`,
  });
}

function noSuch(key: string): Problem {
  return new Problem("NOT_FOUND", `Expected an authorization with the key ${key}, but there is none.`);
}

async function find({ directory }: Services, key: string): Promise<Authorization> {
  const found = await directory.authorizations.find(key);
  if (found === undefined) throw noSuch(key);
  return found;
}

const textList = z.array(z.string().max(512)).max(1_000).optional();

const filter = z.strictObject({
  ownerId: z.string().max(256).optional(),
  ownerType: z.enum([...ownerTypes, "UNSPECIFIED"]).optional(),
  resourceIds: textList,
  resourcePropertyNames: textList,
  resourceType: resourceType.optional(),
});

/** Keys of one length, so that their order as texts is their order as numbers. */
const sortable = (key: string): string => key.padStart(20, "0");
const anyOf = (values: readonly string[] | undefined) =>
  values === undefined || values.length === 0 ? undefined : { $in: values };

export const authorizationOperations: readonly Operation[] = [
  operation({
    id: "createAuthorization",
    method: "post",
    path: "/authorizations",
    group,
    summary: "Give an owner permissions on resources",
    access: "user:administer",
    grants: on("AUTHORIZATION", "CREATE"),
    body: { kind: "json", optional: false, schema: authorizationBody },
    replies: { 201: { description: "Its key.", json: z.object({ authorizationKey: z.string() }) } },
    async handle({ body, services, caller }) {
      const { directory } = services;
      const made = madeOf(body);
      const authorizationKey = await directory.authorizations.create(made, ownerIsKnown(services, body), Date.now());
      directory.changed();
      await tell(services, caller, "CREATE", authorizationKey, made);
      return { status: 201, json: { authorizationKey } };
    },
  }),
  operation({
    id: "getAuthorization",
    method: "get",
    path: "/authorizations/{authorizationKey}",
    group,
    summary: "Get an authorization",
    access: "user:administer",
    grants: on("AUTHORIZATION", "READ"),
    params,
    replies: okReply(authorization),
    handle: async ({ params, services }) => ok(await find(services, params.authorizationKey)),
  }),
  operation({
    id: "updateAuthorization",
    method: "put",
    path: "/authorizations/{authorizationKey}",
    group,
    summary: "Replace an authorization",
    access: "user:administer",
    grants: on("AUTHORIZATION", "UPDATE"),
    params,
    body: { kind: "json", optional: false, schema: authorizationBody },
    replies: emptyReply,
    async handle({ params: { authorizationKey: key }, body, services, caller }) {
      const { directory } = services;
      await find(services, key);
      const made = madeOf(body);
      if (!(await directory.authorizations.change(key, made, ownerIsKnown(services, body)))) throw noSuch(key);
      directory.changed();
      await tell(services, caller, "UPDATE", key, made);
      return noContent;
    },
  }),
  operation({
    id: "deleteAuthorization",
    method: "delete",
    path: "/authorizations/{authorizationKey}",
    group,
    summary: "Take an authorization back",
    access: "user:administer",
    grants: on("AUTHORIZATION", "DELETE"),
    params,
    replies: emptyReply,
    async handle({ params: { authorizationKey: key }, services, caller }) {
      const gone = await find(services, key);
      if (!(await services.directory.authorizations.remove(key))) throw noSuch(key);
      services.directory.changed();
      await tell(services, caller, "DELETE", key, gone);
      return noContent;
    },
  }),
  searchOperation({
    id: "searchAuthorizations",
    path: "/authorizations/search",
    group,
    summary: "Search authorizations; those on policies only when asked for by their type",
    access: "user:administer",
    grants: on("AUTHORIZATION", "READ"),
    filter,
    sorts: ["ownerId", "ownerType", "resourceId", "resourcePropertyName", "resourceType"],
    item: authorization,
    async run(request: { readonly filter?: z.output<typeof filter> }, { services }) {
      const { resourceIds, resourcePropertyNames, ...given } = request.filter ?? {};
      const all = await services.directory.authorizations.all();
      const shown = all.filter(
        ({ resourceType: type }) => given.resourceType === type || !ownResourceTypes.some((own) => own === type),
      );
      const rows = shown.map(({ permissionTypes: _, ...row }) => ({
        ...row,
        authorizationKey: sortable(row.authorizationKey),
      }));
      const wanted = { ...given, resourceId: anyOf(resourceIds), resourcePropertyName: anyOf(resourcePropertyNames) };
      const found = listing(rows, { ...request, filter: wanted }, "authorizationKey");
      const byKey = new Map(shown.map((one) => [sortable(one.authorizationKey), one]));
      return { ...found, items: found.items.map(({ authorizationKey: key }) => byKey.get(key ?? "")!) };
    },
  }),
];
