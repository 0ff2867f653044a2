/** /governance/v1: what agents have spent, and what they may, by process instance and by tenant and day. */
import { z } from "zod";
import type { WalletLimits, WalletState } from "../../engine/index.ts";
import { onProcess } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { keyText, tenantText } from "../http/search.ts";
import { contextOf } from "../v2/context.ts";
import { emptyReply, noContent, ok, okReply } from "../v2/replies.ts";

const group = "Budget";
const ofInstance = z.strictObject({ processInstanceKey: keyText });
const ofTenant = z.strictObject({ tenantId: tenantText });
const limit = z.int().min(0).nullable();
const limits = z.object({ modelCallsMax: limit, tokensMax: limit, toolCallsMax: limit });
const changes = z.strictObject({ modelCallsMax: limit, tokensMax: limit, toolCallsMax: limit });
const wallet = z
  .object({
    scope: z.enum(["tenant", "instance"]),
    id: z.string(),
    tenantId: z.string(),
    modelCalls: z.int(),
    tokens: z.int(),
    toolCalls: z.int(),
    limits,
  })
  .meta({ id: "Budget" });
const items = okReply(z.object({ items: z.array(wallet) }));

const listed = (...states: readonly WalletState[]) => ok({ items: states });

export const budgetOperations: readonly Operation[] = [
  operation({
    id: "getProcessInstanceBudget",
    method: "get",
    path: "/process-instances/{processInstanceKey}/budget",
    group,
    summary: "Get what the agents of a process instance have spent, and its tenant's today, with the limits",
    access: "agent:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params: ofInstance,
    replies: items,
    handle: async ({ params, services, caller }) =>
      listed(...(await services.engine.wallets.ofInstance(params.processInstanceKey, contextOf(caller)))),
  }),
  operation({
    id: "changeProcessInstanceBudget",
    method: "put",
    path: "/process-instances/{processInstanceKey}/budget",
    group,
    summary: "Change what the agents of a process instance may spend; null: no limit",
    access: "instance:operate",
    grants: onProcess("UPDATE_PROCESS_INSTANCE"),
    params: ofInstance,
    body: { kind: "json", optional: false, schema: changes },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      const limits: WalletLimits = body;
      await services.engine.wallets.changeInstance(params.processInstanceKey, limits, contextOf(caller));
      return noContent;
    },
  }),
  operation({
    id: "getTenantBudget",
    method: "get",
    path: "/tenants/{tenantId}/budget",
    group,
    summary: "Get what the agents of a tenant have spent today (UTC), with the limits",
    access: "agent:read",
    params: ofTenant,
    replies: items,
    handle: async ({ params, services, caller }) =>
      listed(await services.engine.wallets.ofTenant(params.tenantId, contextOf(caller))),
  }),
  operation({
    id: "changeTenantBudget",
    method: "put",
    path: "/tenants/{tenantId}/budget",
    group,
    summary: "Change what the agents of a tenant may spend a day; null: no limit",
    access: "cluster:administer",
    params: ofTenant,
    body: { kind: "json", optional: false, schema: changes },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      const limits: WalletLimits = body;
      await services.engine.wallets.changeTenant(params.tenantId, limits, contextOf(caller));
      return noContent;
    },
  }),
];
