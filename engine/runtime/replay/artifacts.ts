/** What went in and came out, by content (requirement H12). From the events alone, so a second run can be asked the same. */
import { contentHash } from "../../agents/conversation.ts";
import type { Event } from "../../core/event.ts";
import type { JsonValue, Key } from "../../core/json.ts";
import type { Artifact } from "../contract/trail.ts";

export interface TimedEvents {
  readonly sequence: number;
  readonly at: number;
  readonly events: readonly Event[];
}

export function idOf(value: JsonValue): string {
  return `sha256:${contentHash(value)}`;
}

/** In the order of the record; the same content at two places is listed twice. */
export function artifactsOf(entries: readonly TimedEvents[]): readonly Artifact[] {
  return entries.flatMap(({ sequence, at, events }) => {
    const found: Artifact[] = [];
    const add = (kind: Artifact["kind"], elementInstanceKey: Key, name: string | null, value: JsonValue): void => {
      found.push({ id: idOf(value), kind, sequence, at: new Date(at).toISOString(), elementInstanceKey, name, value });
    };
    for (const event of events) addOf(event, sequence, add);
    return found;
  });
}

type Add = (kind: Artifact["kind"], element: Key, name: string | null, value: JsonValue) => void;

function addOf(event: Event, sequence: number, add: Add): void {
  switch (event.type) {
    case "variablesSet":
      add(sequence === 1 ? "input" : "variables", event.scope, null, event.values);
      return;
    case "agentTurnCompleted":
    case "agentTurnFailed":
      add("prompt", event.element, event.step.model, event.step.request);
      if (event.step.response !== null) add("response", event.element, event.step.model, event.step.response);
      // What the agent means to do next: its text and the calls that it proposes.
      if (event.type === "agentTurnCompleted")
        add("plan", event.element, `turn ${event.turn}`, {
          text: event.step.text,
          toolCalls: event.step.toolCalls as unknown as JsonValue,
        });
      return;
    case "toolProposed":
      add("toolArguments", event.element, event.tool, event.args);
      return;
    case "toolReturned":
      add("toolResult", event.element, event.toolCallId, event.result);
      return;
    case "guardRequested":
      add("facts", event.element, event.action, event.facts as unknown as JsonValue);
      return;
    case "decisionMade": {
      const { type: _type, element, ...decision } = event;
      add("decision", element, event.decisionId, decision as unknown as JsonValue);
      return;
    }
  }
}
