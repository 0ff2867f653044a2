/** Starts instances that an event triggers: message, signal, timer and conditional start events of latest versions. */
import type { TableWrite } from "../../store/index.ts";
import type { Actor, Command } from "../core/command.ts";
import type { JsonObject, Key } from "../core/json.ts";
import type { ProcessElement } from "../core/process.ts";
import type { Definitions } from "./definitions.ts";
import { definitionThatCame } from "./deploy/start-subscriptions.ts";
import type { Intake } from "./intake.ts";
import type { KeySource } from "./keys.ts";
import type { Outcome } from "./slot.ts";

export interface StartRow {
  key: Key;
  definition_key: Key;
  process_id: string;
  element_id: string;
  element_index: number;
  kind: string;
  name: string | null;
  tenant_id: string;
}
export const startColumns = "key, definition_key, process_id, element_id, element_index, kind, name, tenant_id";

export type TriggeringMessage = NonNullable<Extract<Command, { type: "createInstance" }>["message"]>;

export class InstanceStarter {
  readonly #intake: Intake;
  readonly #definitions: Definitions;
  readonly #keys: KeySource;

  constructor(intake: Intake, definitions: Definitions, keys: KeySource) {
    this.#intake = intake;
    this.#definitions = definitions;
    this.#keys = keys;
  }

  /** Null: the definition is gone. */
  async start(
    start: StartRow,
    variables: JsonObject,
    actor: Actor,
    writesFor: (rootKey: Key) => readonly TableWrite[],
    message?: TriggeringMessage,
  ): Promise<Outcome | null> {
    const element = await this.#elementOf(start);
    if (!element) return null;
    await this.#keys.ensure();
    const key = this.#keys.next();
    return this.#intake.create(
      {
        type: "createInstance",
        key,
        definitionKey: start.definition_key,
        variables,
        startElementIndex: start.element_index,
        ...(element.eventDefinitions.length > 1 ? { startDefinition: definitionThatCame(element, start) } : {}),
        ...(message ? { message } : {}),
      },
      start.tenant_id,
      { actor, internal: true, writes: writesFor(key) },
    );
  }

  /** True for a parallel multiple start event: its instance waits there until all its triggers have come. */
  async gathers(start: StartRow): Promise<boolean> {
    const element = await this.#elementOf(start);
    return Boolean(element?.parallelMultiple && element.eventDefinitions.length > 1);
  }

  async #elementOf(start: StartRow): Promise<ProcessElement | undefined> {
    if (!(await this.#definitions.load(start.definition_key))) return undefined;
    return this.#definitions.compiled(start.definition_key)?.elements[start.element_index];
  }
}
