/** /v2/messages, /v2/signals, and the subscriptions that wait for them. */
import { z } from "zod";
import { on, onProcess, onSingle, together } from "../auth/resource-permissions.ts";
import { operation } from "../http/operation.ts";
import {
  dateFilter,
  enumFilter,
  keyFilter,
  numberFilter,
  tenantText,
  textFilter,
  variablesObject,
  wordFilter,
} from "../http/search.ts";
import { contextOf, tenantOf } from "./context.ts";
import { ok, okReply, searchOperation } from "./replies.ts";

const subscriptionStates = ["CORRELATED", "CREATED", "DELETED", "MIGRATED"] as const;
const name = z.string().min(1).max(1024);
const correlationKey = z.string().max(1024).optional();

export const messageSubscriptionFilter = z.strictObject({
  messageSubscriptionKey: keyFilter.optional(),
  processDefinitionKey: keyFilter.optional(),
  processDefinitionId: textFilter.optional(),
  processInstanceKey: keyFilter.optional(),
  rootProcessInstanceKey: keyFilter.optional(),
  elementId: textFilter.optional(),
  elementInstanceKey: keyFilter.optional(),
  messageSubscriptionState: enumFilter(subscriptionStates).optional(),
  lastUpdatedDate: dateFilter.optional(),
  messageName: textFilter.optional(),
  correlationKey: textFilter.optional(),
  tenantId: textFilter.optional(),
});

export const messageOperations = [
  operation({
    id: "publishMessage",
    method: "post",
    path: "/messages/publication",
    group: "Message",
    summary: "Publish a message; it waits for its receiver as long as timeToLive says",
    access: "message:publish",
    grants: onSingle("MESSAGE", "CREATE"),
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        name,
        correlationKey,
        timeToLive: z.int().min(0).optional().meta({ description: "Milliseconds." }),
        messageId: z
          .string()
          .max(1024)
          .optional()
          .meta({ description: "While a message with this id lives, another with the same is refused." }),
        variables: variablesObject.optional(),
        tenantId: tenantText.optional(),
      }),
    },
    replies: okReply(z.object({ tenantId: z.string(), messageKey: z.string() })),
    async handle({ body: { timeToLive, messageId, ...message }, services, caller }) {
      return ok(
        await services.engine.publishMessage(
          {
            ...message,
            tenantId: tenantOf(caller, message.tenantId),
            timeToLiveMs: timeToLive ?? 0,
            ...(messageId === undefined || messageId === "" ? {} : { messageId }),
          },
          contextOf(caller),
        ),
      );
    },
  }),
  operation({
    id: "correlateMessage",
    method: "post",
    path: "/messages/correlation",
    group: "Message",
    summary: "Correlate a message now; 404 when nobody waits for it",
    access: "message:publish",
    grants: onSingle("MESSAGE", "CREATE"),
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        name,
        correlationKey,
        variables: variablesObject.optional(),
        tenantId: tenantText.optional(),
      }),
    },
    replies: okReply(z.object({ tenantId: z.string(), messageKey: z.string(), processInstanceKey: z.string() })),
    async handle({ body, services, caller }) {
      return ok(
        await services.engine.correlateMessage(
          { ...body, tenantId: tenantOf(caller, body.tenantId) },
          contextOf(caller),
        ),
      );
    },
  }),
  operation({
    id: "broadcastSignal",
    // Whom a signal reaches is not known before it does.
    grants: together(
      on("PROCESS_DEFINITION", "UPDATE_PROCESS_INSTANCE"),
      on("PROCESS_DEFINITION", "CREATE_PROCESS_INSTANCE"),
    ),
    method: "post",
    path: "/signals/broadcast",
    group: "Signal",
    summary: "Broadcast a signal to all who wait for it",
    access: "message:publish",
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        signalName: name,
        variables: variablesObject.optional(),
        tenantId: tenantText.optional(),
      }),
    },
    replies: okReply(z.object({ tenantId: z.string(), signalKey: z.string() })),
    async handle({ body, services, caller }) {
      return ok(
        await services.engine.broadcastSignal(
          { ...body, tenantId: tenantOf(caller, body.tenantId) },
          contextOf(caller),
        ),
      );
    },
  }),
  searchOperation({
    id: "searchMessageSubscriptions",
    path: "/message-subscriptions/search",
    group: "Message subscription",
    summary: "Search open message subscriptions",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    filter: messageSubscriptionFilter,
    sorts: [
      "messageSubscriptionKey",
      "processDefinitionId",
      "processInstanceKey",
      "elementId",
      "elementInstanceKey",
      "messageSubscriptionState",
      "lastUpdatedDate",
      "messageName",
      "correlationKey",
      "tenantId",
    ],
    item: z
      .object({
        messageSubscriptionKey: z.string(),
        processDefinitionId: z.string(),
        processDefinitionKey: z.string().nullable(),
        processInstanceKey: z.string().nullable(),
        rootProcessInstanceKey: z.string().nullable(),
        elementId: z.string(),
        elementInstanceKey: z.string().nullable(),
        messageSubscriptionState: z.enum(subscriptionStates),
        lastUpdatedDate: z.string(),
        messageName: z.string(),
        correlationKey: z.string().nullable(),
        tenantId: z.string(),
      })
      .meta({ id: "MessageSubscription" }),
    run: (request, { engine, context }) => engine.queries.searchMessageSubscriptions(request, context),
  }),
  searchOperation({
    id: "searchCorrelatedMessageSubscriptions",
    path: "/correlated-message-subscriptions/search",
    group: "Message subscription",
    summary: "Search which message went to which instance",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    filter: z.strictObject({
      correlationKey: textFilter.optional(),
      correlationTime: dateFilter.optional(),
      elementId: textFilter.optional(),
      elementInstanceKey: keyFilter.optional(),
      messageKey: wordFilter.optional(),
      messageName: textFilter.optional(),
      partitionId: numberFilter.optional(),
      processDefinitionId: textFilter.optional(),
      processDefinitionKey: keyFilter.optional(),
      processInstanceKey: keyFilter.optional(),
      rootProcessInstanceKey: keyFilter.optional(),
      subscriptionKey: keyFilter.optional(),
      tenantId: textFilter.optional(),
    }),
    sorts: [
      "correlationKey",
      "correlationTime",
      "elementId",
      "elementInstanceKey",
      "messageKey",
      "messageName",
      "partitionId",
      "processDefinitionId",
      "processDefinitionKey",
      "processInstanceKey",
      "subscriptionKey",
      "tenantId",
    ],
    item: z
      .object({
        correlationKey: z.string().nullable(),
        correlationTime: z.string(),
        elementId: z.string(),
        elementInstanceKey: z.string().nullable(),
        messageKey: z.string(),
        messageName: z.string(),
        partitionId: z.int(),
        processDefinitionId: z.string(),
        processDefinitionKey: z.string(),
        processInstanceKey: z.string(),
        rootProcessInstanceKey: z.string().nullable(),
        subscriptionKey: z.string(),
        tenantId: z.string(),
      })
      .meta({ id: "CorrelatedMessage" }),
    run: (request, { engine, context }) => engine.queries.searchCorrelatedMessages(request, context),
  }),
];
