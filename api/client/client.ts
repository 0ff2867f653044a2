/** The calls that programs make, typed. Everything else is one `request` away: the surface is /openapi.json. */
import { Guard, type GuardOptions } from "./guard.ts";
import { type ConnectionOptions, openTransport, type RequestOptions, type Transport } from "./transport.ts";
import { type JobHandler, JobWorker, type WorkerOptions } from "./worker.ts";

export interface DeployedItem {
  readonly processDefinition: {
    readonly processDefinitionId: string;
    readonly processDefinitionKey: string;
    readonly processDefinitionVersion: number;
    readonly resourceName: string;
  } | null;
  readonly decisionDefinition: {
    readonly decisionDefinitionId: string;
    readonly decisionDefinitionKey: string;
    readonly version: number;
  } | null;
  readonly decisionRequirements: {
    readonly decisionRequirementsId: string;
    readonly decisionRequirementsKey: string;
    readonly version: number;
  } | null;
  readonly form: { readonly formId: string; readonly formKey: string; readonly version: number } | null;
  readonly resource: { readonly resourceId: string; readonly resourceKey: string; readonly version: number } | null;
}

export interface Deployment {
  readonly deploymentKey: string;
  readonly deployments: readonly DeployedItem[];
  readonly warnings: readonly {
    readonly resourceName: string;
    readonly ruleId: string;
    readonly elementId: string | null;
    readonly message: string;
  }[];
}

export interface StartedProcess {
  readonly processInstanceKey: string;
  readonly processDefinitionKey: string;
  readonly processDefinitionId: string;
  readonly processDefinitionVersion: number;
  /** Filled when completion was awaited. */
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface StartProcess {
  readonly processDefinitionId?: string;
  readonly processDefinitionKey?: string;
  readonly processDefinitionVersion?: number;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly awaitCompletion?: boolean;
  /** Milliseconds. */
  readonly requestTimeout?: number;
  readonly fetchVariables?: readonly string[];
  readonly tags?: readonly string[];
  readonly businessId?: string;
}

export interface Found<Item> {
  readonly items: readonly Item[];
  readonly page: { readonly totalItems: number; readonly endCursor: string | null };
}

export interface SearchRequest {
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly sort?: readonly { readonly field: string; readonly order?: "ASC" | "DESC" }[];
  readonly page?: Readonly<Record<string, unknown>>;
}

export type Searchable =
  | "process-definitions"
  | "process-instances"
  | "element-instances"
  | "variables"
  | "jobs"
  | "user-tasks"
  | "incidents"
  | "decision-definitions"
  | "decision-requirements"
  | "decision-instances"
  | "message-subscriptions"
  | "batch-operations";

export class InterlockClient {
  readonly transport: Transport;

  constructor(options: ConnectionOptions = {}) {
    this.transport = openTransport(options);
  }

  /** Any call of the surface. */
  request<Answer>(method: string, path: string, options?: RequestOptions): Promise<Answer> {
    return this.transport.request<Answer>(method, path, options);
  }

  deploy(resources: readonly { readonly name: string; readonly content: string | Uint8Array }[]): Promise<Deployment> {
    const form = new FormData();
    for (const { name, content } of resources)
      form.append("resources", new Blob([typeof content === "string" ? content : new Uint8Array(content)]), name);
    return this.request("POST", "/v2/deployments", { form });
  }

  startProcess(start: StartProcess): Promise<StartedProcess> {
    return this.request("POST", "/v2/process-instances", { body: start });
  }

  async cancelProcess(processInstanceKey: string): Promise<void> {
    await this.request("POST", `/v2/process-instances/${processInstanceKey}/cancellation`, { body: {} });
  }

  publishMessage(message: {
    readonly name: string;
    readonly correlationKey?: string;
    readonly timeToLive?: number;
    readonly messageId?: string;
    readonly variables?: Readonly<Record<string, unknown>>;
  }): Promise<{ readonly messageKey: string }> {
    return this.request("POST", "/v2/messages/publication", { body: message });
  }

  search<Item = Readonly<Record<string, unknown>>>(
    what: Searchable,
    request: SearchRequest = {},
  ): Promise<Found<Item>> {
    return this.request("POST", `/v2/${what}/search`, { body: request });
  }

  async completeUserTask(userTaskKey: string, variables: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.request("POST", `/v2/user-tasks/${userTaskKey}/completion`, { body: { variables } });
  }

  evaluateDecision(
    decisionDefinitionId: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly output: string; readonly failureMessage: string | null }> {
    return this.request("POST", "/v2/decision-definitions/evaluation", { body: { decisionDefinitionId, variables } });
  }

  /** Takes jobs of a type and answers them until it is stopped. */
  work(type: string, handler: JobHandler, options: Omit<WorkerOptions, "type"> = {}): JobWorker {
    const worker = new JobWorker(this.transport, handler, { ...options, type });
    worker.start();
    return worker;
  }

  /** The question before each action; see guard.ts. */
  guard(options: GuardOptions = {}): Guard {
    return new Guard(this.transport, options);
  }
}
