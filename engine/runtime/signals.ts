/**
 * Signals (rule 60): a broadcast reaches everybody who waits at that moment and the start events of latest versions;
 * it is never buffered. The broadcast is a row until everybody has it, so a crash half way is made up for, and
 * `delivery` keeps anybody from getting it twice.
 */
import type { Database, GroupCommit, TableWrite } from "../../store/index.ts";
import type { Actor } from "../core/command.ts";
import type { EpochMs, JsonObject, Key } from "../core/json.ts";
import type { Clock } from "./contract/options.ts";
import type { Intake } from "./intake.ts";
import { AlreadyDeliveredError, RejectedError } from "./intake-errors.ts";
import { statementName } from "./rows/tables.ts";
import { type InstanceStarter, type StartRow, startColumns } from "./start-instance.ts";

export interface Signal {
  readonly key: Key;
  readonly name: string;
  readonly variables: JsonObject;
  readonly tenantId: string;
}

export interface SignalsOptions {
  readonly database: Database;
  readonly groupCommit: GroupCommit;
  readonly intake: Intake;
  readonly starter: InstanceStarter;
  readonly clock: Clock;
}

const engineActor: Actor = { id: "engine", type: "engine" };

export class Signals {
  readonly #options: SignalsOptions;

  constructor(options: SignalsOptions) {
    this.#options = options;
  }

  async broadcast(signal: Signal, actor: Actor): Promise<void> {
    const at = this.#options.clock.now();
    await this.#options.groupCommit.submit({
      writes: [
        {
          statement: statementName("signal"),
          rows: [
            {
              key: signal.key,
              name: signal.name,
              variables: signal.variables,
              broadcast_at: at,
              tenant_id: signal.tenantId,
            },
          ],
        },
      ],
    });
    await this.deliver(signal, at, actor);
  }

  /** A broadcast that is stored already: of an effect, or left behind by a crash. */
  async deliver(signal: Signal, at: EpochMs, actor: Actor): Promise<void> {
    const { database } = this.#options;
    // Who began to wait in the same millisecond, but after the throw, has the higher key.
    const waiting = await database.query<{ root_key: Key; key: Key; tenant_id: string }>(
      "select root_key, key, tenant_id from signal_subscription where signal_name = $1 and tenant_id = $2 and (opened_at < $3 or (opened_at = $3 and key < $4)) order by key",
      [signal.name, signal.tenantId, at, signal.key],
    );
    const starts = await database.query<StartRow>(
      `select ${startColumns} from start_subscription where kind = 'signal' and name = $1 and tenant_id = $2 and created_at <= $3 order by key`,
      [signal.name, signal.tenantId, at],
    );
    const deliveries = [
      ...waiting.map(
        (row) => () =>
          this.#options.intake.run(
            row.root_key,
            row.tenant_id,
            { type: "triggerSignal", subscriptionKey: row.key, signalName: signal.name, variables: signal.variables },
            { actor, internal: true, writes: [delivery(signal.key, row.key)] },
          ),
      ),
      ...(await this.#starting(starts, waiting)).map(
        (start) => () =>
          this.#options.starter.start(start, signal.variables, actor, () => [delivery(signal.key, start.key)]),
      ),
    ];
    await Promise.all(deliveries.map((deliver) => once(deliver)));
    await database.query(
      "with done as (delete from signal where key = $1 returning key) delete from delivery where source_key in (select key from done)",
      [signal.key],
    );
  }

  /** A parallel multiple start event whose instance waits for this signal gets it there and starts no other one. */
  async #starting(
    starts: readonly StartRow[],
    waiting: readonly { readonly root_key: Key }[],
  ): Promise<readonly StartRow[]> {
    if (waiting.length === 0) return starts;
    const roots = waiting.map((row) => row.root_key);
    const free: StartRow[] = [];
    for (const start of starts) {
      const gathering = (await this.#options.starter.gathers(start)) && (await this.#isActive(start, roots));
      if (!gathering) free.push(start);
    }
    return free;
  }

  async #isActive(start: StartRow, roots: readonly Key[]): Promise<boolean> {
    const rows = await this.#options.database.query(
      "select 1 from element_instance where root_key = any($1::bigint[]) and definition_key = $2 and element_id = $3 and state = 'ACTIVE' limit 1",
      [roots, start.definition_key, start.element_id],
    );
    return rows.length > 0;
  }

  /** Broadcasts that were not finished. */
  async sweep(): Promise<void> {
    const now = this.#options.clock.now();
    const rows = await this.#options.database.query<{
      key: Key;
      name: string;
      variables: JsonObject;
      broadcast_at: string;
      tenant_id: string;
    }>(
      "select key, name, variables, broadcast_at, tenant_id from signal where broadcast_at < $1 order by key limit 100",
      [now - 2_000],
    );
    for (const row of rows)
      await this.deliver(
        { key: row.key, name: row.name, variables: row.variables, tenantId: row.tenant_id },
        Number(row.broadcast_at),
        engineActor,
      );
  }
}

export function delivery(sourceKey: Key, target: Key | number): TableWrite {
  return { statement: statementName("delivery"), rows: [{ source_key: sourceKey, target }] };
}

async function once(deliver: () => Promise<unknown>): Promise<void> {
  try {
    await deliver();
  } catch (error) {
    if (error instanceof AlreadyDeliveredError || error instanceof RejectedError) return;
    throw error;
  }
}
