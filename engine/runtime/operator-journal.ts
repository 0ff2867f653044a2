/**
 * What the edge adds to the audit log: commands that were refused, with the reason, and what was done to accounts. One
 * insert at a time: what comes meanwhile waits for the next one together, and equal entries are counted. So somebody
 * who is refused a thousand times a second costs an insert per round trip to the store, not a thousand.
 */
import type { Database } from "../../store/index.ts";
import type { AuditEntry, TellInTransaction } from "./contract/audit.ts";
import { type CallContext, DEFAULT_TENANT } from "./contract/context.ts";
import type { Clock, Logger } from "./contract/options.ts";
import type { KeySource } from "./keys.ts";
import { storableText } from "./storable-text.ts";

const waitingMax = 1_000;
const reasonMax = 500;
const entityKeyMax = 256;

interface Row {
  readonly key: string;
  readonly at: number;
  readonly command: string;
  readonly entity_type: string;
  readonly operation: string;
  readonly entity_key: string;
  readonly description: string | null;
  readonly actor: { readonly id: string; readonly type: string };
  readonly tenant_id: string;
  readonly result: string;
  readonly reason: string | null;
  times: number;
}

const insertSql = `
insert into operator_record (key, at, command, entity_type, operation, entity_key, description, actor, tenant_id, result, reason, times)
select * from jsonb_to_recordset($1::jsonb) as r(key bigint, at bigint, command text, entity_type text, operation text,
  entity_key text, description text, actor jsonb, tenant_id text, result text, reason text, times integer)`;

interface JournalOptions {
  readonly database: Database;
  readonly keys: KeySource;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class OperatorJournal {
  readonly #options: JournalOptions;
  #waiting = new Map<string, Row>();
  #dropped = 0;
  #next: Promise<void> | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Resolves when the entry is in the store. An entry too many is dropped, counted and told in the log. */
  async record(entry: AuditEntry, context: CallContext): Promise<void> {
    await this.#options.keys.ensure();
    const content = contentOf(entry, context);
    const name = JSON.stringify(content);
    const equal = this.#waiting.get(name);
    if (equal !== undefined) equal.times++;
    else if (this.#waiting.size < waitingMax) this.#waiting.set(name, this.#row(content));
    else {
      this.#dropped++;
      return;
    }
    this.#next ??= this.#writing.then(() => this.#write());
    await this.#next;
  }

  /** What writes entries within the transaction of what they tell; a transaction must not wait for keys. */
  async prepare(context: CallContext): Promise<TellInTransaction> {
    await this.#options.keys.ensure();
    return async (tx, entry) => {
      await tx.query(insertSql, [JSON.stringify([this.#row(contentOf(entry, context))])]);
    };
  }

  #row(content: ReturnType<typeof contentOf>): Row {
    return { key: this.#options.keys.next(), at: this.#options.clock.now(), times: 1, ...content };
  }

  async #write(): Promise<void> {
    const rows = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.#next = null;
    if (this.#dropped > 0)
      this.#options.logger.warn({ dropped: this.#dropped }, "entries of the audit log were dropped: too many at once");
    this.#dropped = 0;
    const written = this.#options.database.query(insertSql, [JSON.stringify(rows)]).then(() => undefined);
    // The next insert goes when this one is through, well or not.
    this.#writing = written.catch(() => undefined);
    await written;
  }
}

function contentOf(entry: AuditEntry, { actor: { id, type } }: CallContext) {
  return {
    command: entry.command,
    entity_type: entry.entityType,
    operation: entry.operation,
    // In one insert with others: nothing in it may spoil theirs.
    entity_key: storableText(entry.entityKey, entityKeyMax),
    description: entry.description === undefined ? null : storableText(entry.description, reasonMax),
    actor: { id, type },
    tenant_id: entry.tenantId ?? DEFAULT_TENANT,
    result: entry.reason === undefined ? "SUCCESS" : "FAIL",
    reason: entry.reason === undefined ? null : storableText(entry.reason, reasonMax),
  };
}
