/** What the agents of an instance have done, folded from the record: turns, tool calls, decisions, results, budgets. */
import type { Event } from "../core/event.ts";
import type { JsonObject, JsonValue, Key } from "../core/json.ts";
import type { AgentDefinition, ExecutableProcess } from "../core/process.ts";
import type { AgentState, AgentToolCall, AgentTrajectory, AgentTurn } from "./contract/record.ts";

type Mutable<Value> = { -readonly [Name in keyof Value]: Value[Name] };
interface CallDraft extends Mutable<Omit<AgentToolCall, "decision" | "result">> {
  decision: AgentToolCall["decision"];
  result: JsonValue;
}
interface TurnDraft extends Mutable<Omit<AgentTurn, "toolCalls">> {
  toolCalls: CallDraft[];
}
interface AgentDraft {
  readonly elementInstanceKey: Key;
  readonly elementId: string;
  readonly agentId: string;
  readonly agentVersion: string;
  budget: JsonObject;
  modelCalls: number;
  inputTokens: number;
  outputTokens: number;
  readonly turns: TurnDraft[];
  readonly calls: Map<string, CallDraft>;
  ended: "COMPLETED" | "TERMINATED" | null;
  paused: boolean;
}

export interface RecordedStep {
  readonly at: number;
  readonly events: readonly Event[];
}

/** One fold over the events of an aggregate. */
class Fold {
  readonly agents = new Map<Key, AgentDraft>();
  readonly #process: (key: Key) => ExecutableProcess | undefined;
  readonly #definitions = new Map<Key, Key>();
  readonly #scopes = new Map<Key, Key | null>();
  /** Inner instance of a tool call → its call. */
  readonly #inner = new Map<Key, CallDraft>();
  readonly #jobs = new Map<Key, Key>();

  constructor(process: (key: Key) => ExecutableProcess | undefined) {
    this.#process = process;
  }

  #callOf(element: Key): CallDraft | undefined {
    let key: Key | null | undefined = element;
    for (let depth = 0; key !== null && key !== undefined && depth < 10_000; depth++) {
      const call = this.#inner.get(key);
      if (call) return call;
      key = this.#scopes.get(key);
    }
    return undefined;
  }

  #activated(event: Extract<Event, { type: "elementActivated" }>): void {
    this.#scopes.set(event.key, event.scope);
    if (event.elementType !== "adHocSubProcess") return;
    const process = this.#process(this.#definitions.get(event.instance) ?? "");
    const index = process?.elementIndexById.get(event.elementId);
    const agent = index === undefined ? null : process?.elements[index]?.adHoc?.agent;
    if (!agent) return;
    this.agents.set(event.key, {
      elementInstanceKey: event.key,
      elementId: event.elementId,
      agentId: agent.agentId,
      agentVersion: agent.version,
      budget: budgetOf(agent),
      modelCalls: 0,
      inputTokens: 0,
      outputTokens: 0,
      turns: [],
      calls: new Map(),
      ended: null,
      paused: false,
    });
  }

  #turn(event: Extract<Event, { type: "agentTurnCompleted" | "agentTurnFailed" }>): void {
    const agent = this.agents.get(event.element);
    if (!agent) return;
    const { step } = event;
    agent.modelCalls++;
    agent.inputTokens += step.usage.inputTokens;
    agent.outputTokens += step.usage.outputTokens;
    agent.turns.push({
      turn: event.turn,
      at: new Date(step.startedAt).toISOString(),
      model: step.model,
      text: step.text,
      usage: step.usage,
      durationMs: step.durationMs,
      error: step.error,
      toolCalls: [],
    });
  }

  #proposed(event: Extract<Event, { type: "toolProposed" }>): void {
    const agent = this.agents.get(event.element);
    if (!agent) return;
    const call: CallDraft = {
      id: event.toolCallId,
      name: event.tool,
      args: event.args,
      elementInstanceKey: event.activated,
      state: event.activated === null ? "PROPOSED" : "RUNNING",
      decision: null,
      result: null,
    };
    agent.calls.set(event.toolCallId, call);
    agent.turns.at(-1)?.toolCalls.push(call);
    if (event.activated !== null) this.#inner.set(event.activated, call);
  }

  #decided(event: Extract<Event, { type: "decisionMade" }>): void {
    const call = this.#callOf(event.element);
    if (!call) return;
    const { decisionId, determination, reasonCodes, policies, constraints } = event;
    call.decision = {
      decisionId,
      determination,
      reasonCodes,
      policies,
      constraints: constraints as unknown as JsonValue[],
    };
    call.state =
      determination === "REQUIRE_APPROVAL" ? "WAITING_FOR_APPROVAL" : determination === "DENY" ? "BLOCKED" : "RUNNING";
  }

  #returned(event: Extract<Event, { type: "toolReturned" }>): void {
    const call = this.agents.get(event.element)?.calls.get(event.toolCallId);
    if (!call) return;
    call.result = event.result;
    if (call.state !== "BLOCKED") call.state = "COMPLETED";
  }

  #ended(key: Key, state: "COMPLETED" | "TERMINATED"): void {
    const agent = this.agents.get(key);
    if (agent) agent.ended = state;
    const call = this.#inner.get(key);
    if (call && state === "TERMINATED" && call.state !== "COMPLETED" && call.state !== "BLOCKED")
      call.state = "CANCELED";
  }

  add(event: Event): void {
    switch (event.type) {
      case "processInstanceCreated":
      case "processInstanceMigrated":
        this.#definitions.set(event.key, event.definition);
        break;
      case "elementActivated":
        this.#activated(event);
        break;
      case "elementCompleted":
        this.#ended(event.key, "COMPLETED");
        break;
      case "elementTerminated":
        this.#ended(event.key, "TERMINATED");
        break;
      case "agentTurnCompleted":
      case "agentTurnFailed":
        this.#turn(event);
        break;
      case "toolProposed":
        this.#proposed(event);
        break;
      case "decisionMade":
        this.#decided(event);
        break;
      case "actionStarted": {
        const call = this.#callOf(event.element);
        if (call) call.state = "RUNNING";
        break;
      }
      case "actionBlocked": {
        const call = this.#callOf(event.element);
        if (call) call.state = "BLOCKED";
        break;
      }
      case "toolReturned":
        this.#returned(event);
        break;
      case "jobCreated":
        this.#jobs.set(event.key, event.element);
        break;
      case "jobFailed": {
        const call = this.#callOf(this.#jobs.get(event.key) ?? "");
        if (call && event.retries === 0) call.state = "FAILED";
        break;
      }
      case "agentInterrupted": {
        const agent = this.agents.get(event.element);
        if (agent) agent.paused = event.mode === "pause";
        break;
      }
      case "incidentCreated": {
        const agent = this.agents.get(event.element);
        if (agent) agent.paused = true;
        break;
      }
      case "agentBudgetChanged": {
        const agent = this.agents.get(event.element);
        if (agent) agent.budget = { ...agent.budget, ...event.budget };
        break;
      }
    }
    if (event.type === "jobCreated") {
      const agent = this.agents.get(event.element);
      if (agent) agent.paused = false;
    }
  }
}

function budgetOf(agent: AgentDefinition): JsonObject {
  return { ...agent.budget };
}

function stateOf(agent: AgentDraft): AgentState {
  if (agent.ended) return agent.ended;
  if (agent.paused) return "PAUSED";
  const open =
    agent.turns
      .at(-1)
      ?.toolCalls.filter(
        (call) => call.state === "RUNNING" || call.state === "WAITING_FOR_APPROVAL" || call.state === "PROPOSED",
      ) ?? [];
  if (open.some((call) => call.state === "WAITING_FOR_APPROVAL")) return "WAITING_FOR_APPROVAL";
  return open.length > 0 ? "TOOL_CALLING" : "THINKING";
}

/** @param steps the whole record of the aggregate, oldest first */
export function trajectoriesOf(
  steps: readonly RecordedStep[],
  process: (key: Key) => ExecutableProcess | undefined,
): readonly AgentTrajectory[] {
  const fold = new Fold(process);
  for (const step of steps) for (const event of step.events) fold.add(event);
  return [...fold.agents.values()].map((agent) => ({
    elementInstanceKey: agent.elementInstanceKey,
    elementId: agent.elementId,
    agentId: agent.agentId,
    agentVersion: agent.agentVersion,
    state: stateOf(agent),
    budget: agent.budget,
    usage: {
      modelCalls: agent.modelCalls,
      toolCalls: agent.calls.size,
      inputTokens: agent.inputTokens,
      outputTokens: agent.outputTokens,
    },
    turns: agent.turns,
  }));
}
