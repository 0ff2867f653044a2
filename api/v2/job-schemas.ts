/** Jobs on the wire: as a worker gets them, as a search shows them, and what completes them. */
import { z } from "zod";
import type { CompleteJobInput, JobResult } from "../../engine/index.ts";
import { variablesObject } from "../http/search.ts";

export const jobKinds = ["BPMN_ELEMENT", "EXECUTION_LISTENER", "TASK_LISTENER", "AD_HOC_SUB_PROCESS"] as const;
export const listenerEvents = [
  "ASSIGNING",
  "CANCELING",
  "COMPLETING",
  "CREATING",
  "END",
  "START",
  "UNSPECIFIED",
  "UPDATING",
] as const;
export const jobStates = [
  "CANCELED",
  "COMPLETED",
  "CREATED",
  "ERROR_THROWN",
  "FAILED",
  "MIGRATED",
  "RETRIES_UPDATED",
  "TIMED_OUT",
] as const;

export const activatedJob = z
  .object({
    type: z.string(),
    processDefinitionId: z.string(),
    processDefinitionVersion: z.int(),
    elementId: z.string(),
    customHeaders: z.record(z.string(), z.unknown()),
    worker: z.string(),
    retries: z.int(),
    deadline: z.int().meta({ description: "Milliseconds since 1970." }),
    variables: z.record(z.string(), z.unknown()),
    tenantId: z.string(),
    jobKey: z.string(),
    processInstanceKey: z.string(),
    rootProcessInstanceKey: z.string().nullable(),
    processDefinitionKey: z.string(),
    elementInstanceKey: z.string(),
    kind: z.enum(jobKinds),
    listenerEventType: z.enum(listenerEvents),
    userTask: z
      .object({
        action: z.string(),
        assignee: z.string().nullable(),
        candidateGroups: z.array(z.string()),
        candidateUsers: z.array(z.string()),
        changedAttributes: z.array(z.string()),
        dueDate: z.string().nullable(),
        followUpDate: z.string().nullable(),
        formKey: z.string().nullable(),
        priority: z.int().nullable(),
        userTaskKey: z.string().nullable(),
      })
      .nullable(),
    tags: z.array(z.string()),
    guard: z
      .object({ decisionId: z.string(), permit: z.string().nullable(), idempotencyKey: z.string() })
      .nullable()
      .meta({
        description:
          "Ours: the decision that let a guarded action through, its permit, and the key under which its effect happens once.",
      }),
  })
  .meta({ id: "ActivatedJob" });

export const jobItem = z
  .object({
    customHeaders: z.record(z.string(), z.string()),
    deadline: z.string().nullable(),
    deniedReason: z.string().nullable(),
    elementId: z.string().nullable(),
    elementInstanceKey: z.string(),
    endTime: z.string().nullable(),
    errorCode: z.string().nullable(),
    errorMessage: z.string().nullable(),
    hasFailedWithRetriesLeft: z.boolean(),
    isDenied: z.boolean().nullable(),
    jobKey: z.string(),
    kind: z.enum(jobKinds),
    listenerEventType: z.enum(listenerEvents),
    processDefinitionId: z.string(),
    processDefinitionKey: z.string(),
    processInstanceKey: z.string(),
    rootProcessInstanceKey: z.string().nullable(),
    retries: z.int(),
    state: z.enum(jobStates),
    tenantId: z.string(),
    type: z.string(),
    worker: z.string(),
    creationTime: z.string().nullable(),
    lastUpdateTime: z.string().nullable(),
    decisionId: z.string().nullable().meta({ description: "Ours: the decision that let a guarded job through." }),
  })
  .meta({ id: "Job" });

const corrections = z
  .strictObject({
    assignee: z.string().nullable().optional(),
    dueDate: z.string().nullable().optional(),
    followUpDate: z.string().nullable().optional(),
    candidateUsers: z.array(z.string()).nullable().optional(),
    candidateGroups: z.array(z.string()).nullable().optional(),
    priority: z.int().min(0).max(100).nullable().optional(),
  })
  .nullable();

export const completion = z.strictObject({
  variables: variablesObject.nullable().optional(),
  result: z
    .discriminatedUnion("type", [
      z.strictObject({
        type: z.literal("userTask"),
        denied: z.boolean().nullable().optional(),
        deniedReason: z.string().nullable().optional(),
        corrections: corrections.optional(),
      }),
      z.strictObject({
        type: z.literal("adHocSubProcess"),
        activateElements: z
          .array(
            z.strictObject({
              elementId: z.string().min(1).max(256).optional(),
              variables: variablesObject.nullable().optional(),
            }),
          )
          .max(1000)
          .optional(),
        isCompletionConditionFulfilled: z.boolean().optional(),
        isCancelRemainingInstances: z.boolean().optional(),
      }),
    ])
    .nullable()
    .optional(),
});

/** What a worker has answered, as the engine takes it. */
export function completionInput({ variables, result }: z.output<typeof completion>): CompleteJobInput {
  return { ...(variables == null ? {} : { variables }), ...(result == null ? {} : { result: resultOf(result) }) };
}

function resultOf(result: NonNullable<z.output<typeof completion>["result"]>): JobResult {
  if (result.type === "userTask") {
    const given = Object.entries(result.corrections ?? {}).filter(([, value]) => value !== null && value !== undefined);
    return {
      type: "userTask",
      denied: result.denied ?? false,
      deniedReason: result.deniedReason ?? null,
      corrections: Object.fromEntries(given) as Extract<JobResult, { type: "userTask" }>["corrections"],
    };
  }
  return {
    type: "adHocSubProcess",
    activateElements: (result.activateElements ?? []).map(({ elementId, variables }) => ({
      elementId: elementId ?? "",
      variables: variables ?? {},
    })),
    isCompletionConditionFulfilled: result.isCompletionConditionFulfilled ?? false,
    isCancelRemainingInstances: result.isCancelRemainingInstances ?? false,
  };
}
