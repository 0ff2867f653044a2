/** Starts instances that an event triggers: message, signal, timer and conditional start events of latest versions. */
import type { TableWrite } from "../../store/index.ts";
import type { Actor, Command } from "../core/command.ts";
import type { JsonObject, Key } from "../core/json.ts";
import type { Definitions } from "./definitions.ts";
import type { Intake } from "./intake.ts";
import type { KeySource } from "./keys.ts";
import type { Outcome } from "./slot.ts";

export interface StartRow {
  key: Key;
  definition_key: Key;
  process_id: string;
  element_id: string;
  element_index: number;
  tenant_id: string;
}
export const startColumns = "key, definition_key, process_id, element_id, element_index, tenant_id";

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
    if (!(await this.#definitions.load(start.definition_key))) return null;
    await this.#keys.ensure();
    const key = this.#keys.next();
    return this.#intake.create(
      {
        type: "createInstance",
        key,
        definitionKey: start.definition_key,
        variables,
        startElementIndex: start.element_index,
        ...(message ? { message } : {}),
      },
      start.tenant_id,
      { actor, internal: true, writes: writesFor(key) },
    );
  }
}
