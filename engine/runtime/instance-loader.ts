/** An instance from its record: the last snapshot, if any, and the commands after it. */
import type { Database } from "../../store/index.ts";
import type { Event } from "../core/event.ts";
import { fromSnapshot, type Instance, replay } from "../core/index.ts";
import type { JsonObject, Key } from "../core/json.ts";
import type { Definitions } from "./definitions.ts";

export interface LoadedInstance {
  readonly instance: Instance;
  readonly version: number;
  readonly snapshotVersion: number;
  readonly tenantId: string;
  /** Definition of the root instance. */
  readonly definitionKey: Key;
}

interface HistoryRow {
  readonly sequence: number;
  readonly at: number;
  readonly events: readonly Event[];
}

export class InstanceLoader {
  readonly #database: Database;
  readonly #definitions: Definitions;

  constructor(database: Database, definitions: Definitions) {
    this.#database = database;
    this.#definitions = definitions;
  }

  /** Null: no such root instance. */
  async load(rootKey: Key): Promise<LoadedInstance | null> {
    const places = await this.#database.query<{ key: Key; definition_key: Key; tenant_id: string }>(
      "select min(key) as key, definition_key, tenant_id from process_instance where root_key = $1 group by definition_key, tenant_id",
      [rootKey],
    );
    const root = places.find((place) => place.key === rootKey);
    if (!root) return null;
    for (const place of places) await this.#definitions.load(place.definition_key);
    const snapshots = await this.#database.query<{ sequence: number; state: JsonObject }>(
      "select sequence, state from instance_snapshot where root_key = $1",
      [rootKey],
    );
    const snapshot = snapshots[0];
    const rows = await this.#history(rootKey, snapshot?.sequence ?? 0);
    await this.loadDefinitions(rows);
    const processByKey = this.#definitions.compiled.bind(this.#definitions);
    const instance = replay(rows, processByKey, snapshot && fromSnapshot(snapshot.state, processByKey));
    return {
      instance,
      version: rows.at(-1)?.sequence ?? snapshot?.sequence ?? 0,
      snapshotVersion: snapshot?.sequence ?? 0,
      tenantId: root.tenant_id,
      definitionKey: root.definition_key,
    };
  }

  /** The sequence of the last command. */
  async versionOf(rootKey: Key): Promise<number> {
    const rows = await this.#database.query<{ version: number | null }>(
      "select max(sequence) as version from history where root_key = $1",
      [rootKey],
    );
    return rows[0]?.version ?? 0;
  }

  async #history(rootKey: Key, after: number): Promise<HistoryRow[]> {
    const rows = await this.#database.query<{ sequence: number; at: string; events: string }>(
      "select sequence, at, events from history where root_key = $1 and sequence > $2 order by sequence",
      [rootKey, after],
    );
    return rows.map((row) => ({
      sequence: row.sequence,
      at: Number(row.at),
      events: JSON.parse(row.events) as Event[],
    }));
  }

  /** Definitions that the instance has left since (migration) are needed to fold its past. */
  async loadDefinitions(rows: readonly { readonly events: readonly Event[] }[]): Promise<void> {
    for (const row of rows) {
      for (const event of row.events) {
        if (event.type === "processInstanceCreated" || event.type === "processInstanceMigrated")
          await this.#definitions.load(event.definition);
      }
    }
  }
}
