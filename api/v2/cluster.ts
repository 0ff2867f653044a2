/** Topology, status, licence and who am I: what clients ask first to find out what they talk to. */
import { z } from "zod";
import { on } from "../auth/resource-permissions.ts";
import { operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { noContent, ok, okReply } from "./replies.ts";

/** The contract that /v2 follows; clients choose their behaviour by it. */
const contractVersion = "8.9.0";

const ownAuthorization = z.object({
  ownerType: z.string(),
  ownerId: z.string(),
  resourceType: z.string(),
  resourceId: z.string().nullable(),
  resourcePropertyName: z.string().nullable(),
  permissionTypes: z.array(z.string()),
});

export const clusterOperations = [
  operation({
    id: "getTopology",
    method: "get",
    path: "/topology",
    group: "Cluster",
    summary: "Get the nodes; any node runs any instance, so there is one partition",
    access: "any",
    replies: okReply(
      z.object({
        brokers: z.array(
          z.object({
            nodeId: z.int(),
            host: z.string(),
            port: z.int(),
            partitions: z.array(
              z.object({
                partitionId: z.int(),
                role: z.enum(["leader", "follower", "inactive"]),
                health: z.enum(["healthy", "unhealthy", "dead"]),
              }),
            ),
            version: z.string(),
          }),
        ),
        clusterId: z.string().nullable(),
        clusterSize: z.int(),
        partitionsCount: z.int(),
        replicationFactor: z.int(),
        gatewayVersion: z.string().meta({ description: "The version of the REST contract that is followed." }),
        lastCompletedChangeId: z.string(),
        interlockVersion: z.string(),
      }),
    ),
    handle({ services, origin }) {
      const { hostname, port, protocol } = new URL(origin);
      const health = services.engine.health();
      return ok({
        brokers: [
          {
            nodeId: health.nodeId ?? 0,
            host: hostname,
            port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
            partitions: [{ partitionId: 1, role: "leader", health: health.ready ? "healthy" : "unhealthy" }],
            version: contractVersion,
          },
        ],
        clusterId: null,
        clusterSize: 1,
        partitionsCount: 1,
        replicationFactor: 1,
        gatewayVersion: contractVersion,
        lastCompletedChangeId: "-1",
        interlockVersion: services.version,
      });
    },
  }),
  operation({
    id: "getStatus",
    method: "get",
    path: "/status",
    group: "Cluster",
    summary: "204 when the server can take work",
    // As the contract has it: it knows no 401 here, and the older SDK sends no credential for the licence.
    access: "public",
    replies: { 204: { description: "It can." } },
    async handle({ services }) {
      if (!(await services.isReady()))
        throw new Problem("UNAVAILABLE", "Expected the engine and its store to be ready, but they are not.");
      return noContent;
    },
  }),
  operation({
    id: "getLicense",
    method: "get",
    path: "/license",
    group: "Cluster",
    summary: "Get the licence: Apache-2.0, no key needed",
    access: "public",
    replies: okReply(
      z.object({
        validLicense: z.boolean(),
        licenseType: z.string(),
        isCommercial: z.boolean(),
        expiresAt: z.string().nullable(),
      }),
    ),
    handle: () => ok({ validLicense: true, licenseType: "Apache-2.0", isCommercial: false, expiresAt: null }),
  }),
  operation({
    id: "getAuthentication",
    method: "get",
    path: "/authentication/me",
    group: "Authentication",
    summary: "Get who the caller is",
    access: "any",
    replies: okReply(
      z.object({
        username: z.string(),
        displayName: z.string().nullable(),
        email: z.string().nullable(),
        authorizedComponents: z.array(z.string()),
        tenants: z.array(z.object({ name: z.string(), tenantId: z.string(), description: z.string().nullable() })),
        groups: z.array(z.string()),
        roles: z.array(z.string()),
        salesPlanType: z.string().nullable(),
        c8Links: z.record(z.string(), z.string()),
        canLogout: z.boolean(),
        permissions: z.array(z.string()).meta({
          description:
            "Ours: what the caller may do, by its roles or, if only with single resources, by authorizations.",
        }),
        limitedPermissions: z.array(z.string()).meta({
          description: "Ours: those of the permissions that no role gives, only authorizations.",
        }),
        authorizations: z.array(ownAuthorization).meta({
          description:
            "Ours: the authorizations that the caller has, itself or by its groups, roles and mapping rules.",
        }),
      }),
    ),
    handle({ caller, services }) {
      const permissions = [...services.permissionsWithin(caller)];
      return ok({
        username: caller.id,
        displayName: caller.name,
        email: caller.email,
        authorizedComponents: ["*"],
        tenants: caller.tenantIds.map((tenantId) => ({
          name: tenantId === "<default>" ? "Default" : tenantId,
          tenantId,
          description: null,
        })),
        groups: caller.groups,
        roles: caller.roles,
        salesPlanType: null,
        c8Links: {},
        canLogout: caller.method === "session",
        permissions,
        limitedPermissions: permissions.filter((permission) => !caller.permissions.has(permission)),
        authorizations: (caller.authorizations ?? []).map(({ authorizationKey: _, ...given }) => given),
      });
    },
  }),
  operation({
    id: "getSystemConfiguration",
    method: "get",
    path: "/system/configuration",
    group: "System",
    summary: "Get the server's settings that clients may need",
    access: "cluster:read",
    grants: on("SYSTEM", "READ"),
    replies: okReply(
      z.object({
        jobMetrics: z.object({
          enabled: z.boolean(),
          exportInterval: z.string(),
          maxWorkerNameLength: z.int(),
          maxJobTypeLength: z.int(),
          maxTenantIdLength: z.int(),
          maxUniqueKeys: z.int(),
        }),
      }),
    ),
    handle: () =>
      ok({
        jobMetrics: {
          // Counted from the jobs themselves when somebody asks: never late, and no limit of keys.
          enabled: true,
          exportInterval: "PT0S",
          maxWorkerNameLength: 256,
          maxJobTypeLength: 1024,
          maxTenantIdLength: 256,
          maxUniqueKeys: 0,
        },
      }),
  }),
];
