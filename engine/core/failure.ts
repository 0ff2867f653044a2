/** Failures are values in the core: they become incidents (a person can resolve them) or rejections (the caller is told). */

/** Error types of incidents; the names are those of the Camunda 8 REST API, the interlock ones come after. */
export type IncidentType =
  | "IO_MAPPING_ERROR"
  | "JOB_NO_RETRIES"
  | "EXECUTION_LISTENER_NO_RETRIES"
  | "TASK_LISTENER_NO_RETRIES"
  | "AD_HOC_SUB_PROCESS_NO_RETRIES"
  | "CONDITION_ERROR"
  | "EXTRACT_VALUE_ERROR"
  | "CALLED_ELEMENT_ERROR"
  | "UNHANDLED_ERROR_EVENT"
  | "MESSAGE_SIZE_EXCEEDED"
  | "CALLED_DECISION_ERROR"
  | "DECISION_EVALUATION_ERROR"
  | "FORM_NOT_FOUND"
  | "RESOURCE_NOT_FOUND"
  | "UNKNOWN"
  // ours
  | "STEP_LIMIT_EXCEEDED"
  | "POLICY_DENIED"
  | "BUDGET_EXCEEDED"
  /** An agent was paused by a person or by its sequence rules. */
  | "AGENT_INTERRUPTED";

export interface Failure {
  readonly kind: IncidentType;
  /** "Expected X, but Y", with the expression's text and position where there is one. */
  readonly message: string;
  readonly elementId?: string;
}

/** Why a command was not carried out. The edge maps the kind to a status: 400, 404, 409, 409, 403. */
export interface Rejection {
  readonly kind: "invalid" | "notFound" | "invalidState" | "alreadyExists" | "forbidden";
  readonly message: string;
}

export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Failure };
