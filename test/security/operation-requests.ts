/** Requests for any operation of the OpenAPI document: one that cannot be right, and one about a thing that is there. */
import { fill, type OpenApi, type SampledOperation, sample, sampleText, seeded } from "../api/sample-request.ts";

export interface OperationRequest {
  readonly path: string;
  readonly body: unknown;
}

/** Path parameters. */
export const namesIn = (operation: SampledOperation): string[] =>
  [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);

/** A body that cannot be right: who may call is told 400, who may not learns nothing of bodies. */
export function wrongRequest(operation: SampledOperation): OperationRequest {
  const path = fill(operation, (_, schema) => sampleText(schema, seeded(1)));
  const isJson = operation.body?.type === "application/json";
  return {
    path,
    body: operation.body === undefined ? undefined : isJson ? '{"thisMemberIsUnknown":1}' : new FormData(),
  };
}

const bodies: Readonly<Record<string, object>> = {
  modifyProcessInstance: { activateInstructions: [{ elementId: "charge" }] },
  migrateProcessInstance: {
    targetProcessDefinitionKey: "1",
    mappingInstructions: [{ sourceElementId: "charge", targetElementId: "charge" }],
  },
  activateAdHocSubProcessActivities: { elements: [{ elementId: "hammer" }] },
  updateJob: { changeset: { retries: 2 } },
  updateUserTask: { changeset: { priority: 10 } },
  assignUserTask: { assignee: "mallory" },
  changeAgentBudget: { modelCallsMax: 100 },
  voteOnApproval: { verdict: "approve", comment: "mine now" },
  recordOutcome: { status: "failed" },
  throwJobError: { errorCode: "X" },
  replaceChange: { title: "mine now", policy: { policyId: "refund", version: 1 } },
  createElementInstanceVariables: { variables: { mine: 1 } },
};

/** A request that would be carried out, were the thing the caller's own. `keys`: of the things, by path parameter. */
export function rightRequest(
  operation: SampledOperation,
  document: OpenApi,
  keys: ReadonlyMap<string, string>,
): OperationRequest {
  const path = fill(operation, (name, schema) => keys.get(name) ?? sampleText(schema, seeded(1)));
  const isJson = operation.body?.type === "application/json";
  const smallest = isJson && operation.body!.required ? sample(operation.body!.schema, document, () => 0.99) : {};
  return { path, body: isJson ? (bodies[operation.id] ?? smallest) : undefined };
}
