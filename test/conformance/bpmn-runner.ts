/**
 * Runs the BPMN conformance models through the HTTP API, as a client would: deploy, start, complete the jobs of type
 * `trace`, publish what jobs of type `send` ask for, and compare the labels. The rules of a run stand in the README of
 * the models' folder.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export interface ConformanceCase {
  readonly case: number;
  readonly variables: Record<string, unknown>;
  readonly startParallelProcessFirst: boolean;
  readonly delayMs: number;
  readonly expect: {
    readonly trace: readonly string[];
    readonly optional?: readonly string[];
    readonly outcome?: "incident" | "unhandledError" | "deploymentRejectedOrIncident" | "deploymentRejected";
  };
}

export interface ConformanceTest {
  readonly name: string;
  readonly group: string;
  readonly file: string;
  readonly processId: string;
  readonly otherProcesses: Readonly<Record<string, string>>;
  readonly cases: readonly ConformanceCase[];
}

export interface ConformanceIndex {
  readonly tests: readonly ConformanceTest[];
  readonly constraints: readonly { readonly file: string; readonly rule: string; readonly ruleText: string | null }[];
}

interface Job {
  readonly jobKey: string;
  readonly type: string;
  readonly processDefinitionId: string;
  readonly processInstanceKey: string;
  readonly customHeaders: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, unknown>>;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The few calls that a run needs. `status` 0 never occurs: a transport error rejects. */
export class ConformanceClient {
  readonly #baseUrl: string;
  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  async post(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${this.#baseUrl}/v2${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  async deploy(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const form = new FormData();
    form.append("resources", new Blob([await readFile(path)]), path.split("/").at(-1) ?? "model.bpmn");
    const response = await fetch(`${this.#baseUrl}/v2/deployments`, { method: "POST", body: form });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async items<Item>(path: string, filter: unknown): Promise<Item[]> {
    const { status, body } = await this.post(path, { filter, page: { limit: 1000 } });
    if (status !== 200)
      throw new Error(`Expected ${path} to answer 200, but it said ${status}: ${JSON.stringify(body)}`);
    return body.items as Item[];
  }
}

/** Hands jobs to the run of their process; one long poll for all of them. */
export class JobDispatcher {
  readonly #client: ConformanceClient;
  readonly #handlers = new Map<string, (job: Job) => void>();
  #running = true;
  constructor(client: ConformanceClient) {
    this.#client = client;
  }
  on(processIds: readonly string[], handle: (job: Job) => void): () => void {
    for (const id of processIds) this.#handlers.set(id, handle);
    return () => {
      for (const id of processIds) this.#handlers.delete(id);
    };
  }
  stop(): void {
    this.#running = false;
  }
  async run(type: string): Promise<void> {
    while (this.#running) {
      const { status, body } = await this.#client.post("/jobs/activation", {
        type,
        worker: "conformance",
        timeout: 300_000,
        maxJobsToActivate: 50,
        requestTimeout: 1_000,
      });
      if (status !== 200)
        throw new Error(`Expected job activation to answer 200, but it said ${status}: ${JSON.stringify(body)}`);
      for (const job of body.jobs as Job[]) this.#handlers.get(job.processDefinitionId)?.(job);
    }
  }
}

class CaseRun {
  readonly labels: string[] = [];
  lastActivityAt = Date.now();
  /** Jobs that wait for a partner or for time. */
  busy = 0;
  readonly #client: ConformanceClient;
  #waitingForPartner: Job | null = null;
  constructor(client: ConformanceClient) {
    this.#client = client;
  }

  handle(job: Job): void {
    this.busy += 1;
    this.lastActivityAt = Date.now();
    this.#work(job)
      .catch(() => undefined)
      .finally(() => {
        this.busy -= 1;
        this.lastActivityAt = Date.now();
      });
  }

  async #work(job: Job): Promise<void> {
    const headers = job.customHeaders;
    if (job.type === "send") {
      await this.#client.post("/messages/publication", {
        name: headers.messageName,
        correlationKey: headers.correlationKey ?? "",
        timeToLive: 10_000,
        variables: {},
      });
      await this.#complete(job);
      return;
    }
    if (headers.holdMs) await pause(Number(headers.holdMs));
    if (headers.hold === "untilBothActive") return this.#meet(job);
    if (headers.throwErrorCode) {
      const { status } = await this.#client.post(`/jobs/${job.jobKey}/error`, {
        errorCode: headers.throwErrorCode,
        errorMessage: "thrown by the test",
      });
      if (status < 300) this.#record(job);
      return;
    }
    if (await this.#complete(job)) this.#record(job);
  }

  async #meet(job: Job): Promise<void> {
    const partner = this.#waitingForPartner;
    if (!partner) {
      this.#waitingForPartner = job;
      return;
    }
    this.#waitingForPartner = null;
    this.labels.push("EXECUTION_parallel");
    for (const one of [partner, job]) if (await this.#complete(one)) this.#record(one);
  }

  async #complete(job: Job): Promise<boolean> {
    return (await this.#client.post(`/jobs/${job.jobKey}/completion`, { variables: {} })).status < 300;
  }

  #record({ customHeaders: headers, variables }: Job): void {
    if (headers.record === "false") return;
    if (headers.onlyIfVariable !== undefined && String(variables[headers.onlyIfVariable]) !== headers.onlyIfEquals)
      return;
    if (headers.label !== undefined) this.labels.push(headers.label);
  }
}

const sorted = (labels: readonly string[]) => [...labels].sort().join(",");

/** Time without any activity after which nothing more is expected: longer than the longest timer that should fire. */
const idleMsOf = (xml: string, delayMs: number) => Math.max(delayMs + 1_500, /PT[235]S/.test(xml) ? 6_500 : 2_500);

/** What the deployment made: the processes of the model, and its global tasks as processes of one task. */
const deployedProcessIds = (body: Record<string, unknown>): string[] =>
  (body.deployments as { processDefinition: { processDefinitionId: string } | null }[]).flatMap(
    ({ processDefinition }) => processDefinition?.processDefinitionId ?? [],
  );

interface Counted {
  readonly state: string;
}

async function isOver(client: ConformanceClient, processIds: readonly string[]): Promise<boolean> {
  const active = await client.items<Counted>("/process-instances/search", {
    processDefinitionId: { $in: processIds },
    state: "ACTIVE",
  });
  return active.length === 0;
}

/** Runs one case and says what was wrong with it; null when it is as expected. */
export async function runCase(
  client: ConformanceClient,
  dispatcher: JobDispatcher,
  folder: string,
  test: ConformanceTest,
  conformanceCase: ConformanceCase,
): Promise<string | null> {
  const { expect } = conformanceCase;
  const path = join(folder, test.file);
  const deployed = await client.deploy(path);
  const mayReject = expect.outcome === "deploymentRejected" || expect.outcome === "deploymentRejectedOrIncident";
  if (deployed.status !== 200)
    return mayReject && deployed.status === 400
      ? null
      : `deployment answered ${deployed.status}: ${String(deployed.body.detail)}`;
  if (expect.outcome === "deploymentRejected") return "deployment was accepted";

  const processIds = deployedProcessIds(deployed.body);
  const run = new CaseRun(client);
  const stopListening = dispatcher.on(processIds, (job) => run.handle(job));
  const started: string[] = [];
  const start = async (processDefinitionId: string) => {
    const { status, body } = await client.post("/process-instances", {
      processDefinitionId,
      variables: conformanceCase.variables,
    });
    if (status !== 200) throw new Error(`start of ${processDefinitionId} answered ${status}: ${String(body.detail)}`);
    started.push(String(body.processInstanceKey));
  };
  try {
    const parallel = test.otherProcesses.ParallelProcess;
    if (conformanceCase.startParallelProcessFirst && parallel) await start(parallel);
    await start(test.processId);
    const idleMs = idleMsOf(await readFile(path, "utf8"), conformanceCase.delayMs);
    const wantsIncident =
      expect.outcome === "incident" ||
      expect.outcome === "unhandledError" ||
      expect.outcome === "deploymentRejectedOrIncident";
    for (;;) {
      // Who waits for a timer is looked at less often: a dozen models at once would keep the server busy with looking.
      await pause(Date.now() - run.lastActivityAt < 1_000 ? 100 : 400);
      const idleFor = Date.now() - run.lastActivityAt;
      const incidents = await client.items<Record<string, unknown>>("/incidents/search", {
        processDefinitionId: { $in: processIds },
      });
      const open = incidents.filter((incident) => incident.state === "ACTIVE");
      if (open.length > 0 && run.busy === 0 && idleFor > 300) {
        if (!wantsIncident) return `unexpected incident: ${String(open[0]?.errorMessage)}`;
        break;
      }
      // What a signal or message of the last step starts comes a moment after it.
      if (run.busy === 0 && idleFor > 500 && (await isOver(client, processIds))) {
        if (wantsIncident) return `no incident; trace ${sorted(run.labels)}`;
        break;
      }
      if (idleFor > idleMs && run.busy <= 1) break;
      if (idleFor > 90_000) return "did not end";
    }
    const optional = new Set(expect.optional ?? []);
    const got = sorted(run.labels.filter((label) => !optional.has(label)));
    const wanted = sorted(expect.trace.filter((label) => !optional.has(label)));
    return got === wanted ? null : `expected [${wanted}], but got [${got}]`;
  } finally {
    stopListening();
    const active = await client.items<{ processInstanceKey: string }>("/process-instances/search", {
      processDefinitionId: { $in: processIds },
      state: "ACTIVE",
    });
    for (const { processInstanceKey } of active)
      await client.post(`/process-instances/${processInstanceKey}/cancellation`, {});
  }
}
