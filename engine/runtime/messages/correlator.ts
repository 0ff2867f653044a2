/**
 * Messages meet subscriptions after both have been committed, from whichever side came second, so neither order can be
 * missed. A message goes once to each process id (rule 53): the primary key of message_correlation says so, in the
 * transaction of the instance's step. Rules 53 to 57 of studies/bpmn-semantics.md.
 */
import { type Database, type GroupCommit, PoisonedUnitError, type TableWrite } from "../../../store/index.ts";
import type { Actor } from "../../core/command.ts";
import type { JsonObject, Key } from "../../core/json.ts";
import { EngineError } from "../contract/errors.ts";
import type { Clock, Logger } from "../contract/options.ts";
import type { Intake } from "../intake.ts";
import { AlreadyDeliveredError, RejectedError } from "../intake-errors.ts";
import { messageMatch } from "../match.ts";
import { statementName } from "../rows/tables.ts";
import { type InstanceStarter, type StartRow, startColumns } from "../start-instance.ts";
import { type Message, messageRow } from "./message-row.ts";

interface SubscriptionRow {
  key: Key;
  root_key: Key;
  instance_key: Key;
  definition_key: Key;
  process_id: string;
  element_key: Key;
  element_id: string;
  tenant_id: string;
}
const subscriptionColumns =
  "key, root_key, instance_key, definition_key, process_id, element_key, element_id, tenant_id";

interface StoredMessage {
  key: Key;
  name: string;
  correlation_key: string;
  variables: JsonObject;
  tenant_id: string;
  published_at: string;
  expires_at: string;
  match: string;
}
const messageColumns = "key, name, correlation_key, variables, tenant_id, published_at, expires_at, match";

export interface OpenedSubscription {
  readonly key: Key;
  readonly match: string;
}

export interface CorrelatorOptions {
  readonly database: Database;
  readonly groupCommit: GroupCommit;
  readonly intake: Intake;
  readonly starter: InstanceStarter;
  readonly clock: Clock;
  readonly logger: Logger;
}

const engineActor: Actor = { id: "engine", type: "engine" };
const subscriptionsPerMessageMax = 10_000;

interface Incoming {
  readonly key: Key;
  readonly name: string;
  readonly correlationKey: string;
  readonly variables: JsonObject;
  readonly tenantId: string;
}

export class Correlator {
  readonly #options: CorrelatorOptions;
  #opened: OpenedSubscription[] = [];
  #flushing: Promise<void> | null = null;

  constructor(options: CorrelatorOptions) {
    this.#options = options;
  }

  /** Stores the message, then brings it to everybody who waits for it. */
  async publish(message: Message, actor: Actor): Promise<void> {
    await this.#store(message);
    await this.deliver(message, actor);
  }

  /** A message that is stored already: of an effect, or left behind by a crash. */
  async deliver(message: Message, actor: Actor): Promise<void> {
    await this.#bring({ ...message }, actor);
    if (message.timeToLiveMs > 0)
      await this.#options.database.query("update message set pending = false where key = $1", [message.key]);
    else await this.#options.database.query("delete from message where key = $1", [message.key]);
  }

  /** Now or never. The instance that took it, or null. */
  async correlateNow(message: Incoming, actor: Actor): Promise<Key | null> {
    return (await this.#bring(message, actor))[0] ?? null;
  }

  async #store(message: Message): Promise<void> {
    const now = this.#options.clock.now();
    const unit = { writes: [{ statement: statementName("message"), rows: [messageRow(message, now)] }] };
    try {
      await this.#options.groupCommit.submit(unit);
    } catch (error) {
      if (!(error instanceof PoisonedUnitError) || error.constraint !== "message_unique") throw error;
      // The id is free again when the message that had it has expired.
      const freed = await this.#options.database.query(
        "delete from message where match = $1 and message_id = $2 and expires_at <= $3 returning key",
        [messageMatch(message.tenantId, message.name, message.correlationKey), message.messageId, now],
      );
      if (freed.length === 0)
        throw new EngineError(
          "alreadyExists",
          `Expected a message id that is not in use, but ${message.messageId} is buffered for this name and correlation key`,
        );
      await this.#options.groupCommit.submit(unit);
    }
  }

  /** Running instances first, then start events; each process id once. Returns the instances that took it. */
  async #bring(message: Incoming, actor: Actor): Promise<readonly Key[]> {
    const { database } = this.#options;
    const match = messageMatch(message.tenantId, message.name, message.correlationKey);
    const subscriptions = await database.query<SubscriptionRow>(
      `select ${subscriptionColumns} from message_subscription where match = $1 and state = 'CREATED' order by key limit ${subscriptionsPerMessageMax}`,
      [match],
    );
    const starts = await database.query<StartRow>(
      `select ${startColumns} from start_subscription where kind = 'message' and name = $1 and tenant_id = $2 order by key`,
      [message.name, message.tenantId],
    );
    const taken = new Set<string>();
    const instances: Key[] = [];
    for (const subscription of subscriptions) {
      if (taken.has(subscription.process_id)) continue;
      const result = await this.#correlate(subscription, message, actor);
      if (result === "gone") continue;
      taken.add(subscription.process_id);
      if (result === "correlated") instances.push(subscription.instance_key);
    }
    for (const start of starts) {
      if (taken.has(start.process_id)) continue;
      const instance = await this.#start(start, message, match, actor);
      if (instance === null) continue;
      taken.add(start.process_id);
      instances.push(instance);
    }
    return instances;
  }

  #correlationRow(
    message: Incoming,
    place: {
      processId: string;
      subscriptionKey: Key;
      rootKey: Key;
      instanceKey: Key;
      definitionKey: Key;
      elementId: string;
      elementKey: Key | null;
    },
  ): TableWrite {
    return {
      statement: statementName("messageCorrelation"),
      rows: [
        {
          message_key: message.key,
          process_id: place.processId,
          tenant_id: message.tenantId,
          subscription_key: place.subscriptionKey,
          root_key: place.rootKey,
          instance_key: place.instanceKey,
          definition_key: place.definitionKey,
          element_id: place.elementId,
          element_key: place.elementKey,
          message_name: message.name,
          correlation_key: message.correlationKey,
          correlated_at: this.#options.clock.now(),
        },
      ],
    };
  }

  async #correlate(
    row: SubscriptionRow,
    message: Incoming,
    actor: Actor,
  ): Promise<"correlated" | "delivered" | "gone"> {
    const write = this.#correlationRow(message, {
      processId: row.process_id,
      subscriptionKey: row.key,
      rootKey: row.root_key,
      instanceKey: row.instance_key,
      definitionKey: row.definition_key,
      elementId: row.element_id,
      elementKey: row.element_key,
    });
    try {
      await this.#options.intake.run(
        row.root_key,
        row.tenant_id,
        {
          type: "correlateMessage",
          subscriptionKey: row.key,
          messageKey: message.key,
          messageName: message.name,
          variables: message.variables,
        },
        { actor, internal: true, writes: [write] },
      );
      return "correlated";
    } catch (error) {
      if (error instanceof AlreadyDeliveredError) return "delivered";
      if (error instanceof RejectedError) return "gone";
      throw error;
    }
  }

  /** Null: a process id that has it already, or whose instance for this key still runs (the message stays buffered). */
  async #start(start: StartRow, message: Incoming, match: string, actor: Actor): Promise<Key | null> {
    const writesFor = (rootKey: Key): TableWrite[] => {
      const writes = [
        this.#correlationRow(message, {
          processId: start.process_id,
          subscriptionKey: start.key,
          rootKey,
          instanceKey: rootKey,
          definitionKey: start.definition_key,
          elementId: start.element_id,
          elementKey: null,
        }),
      ];
      if (message.correlationKey !== "") {
        writes.push({
          statement: statementName("messageStartLock"),
          rows: [{ tenant_id: start.tenant_id, process_id: start.process_id, match, root_key: rootKey }],
        });
      }
      return writes;
    };
    // Asked first because a violated constraint costs the batch it is in a second try.
    if (message.correlationKey !== "" && (await this.#isLocked(start, match))) return null;
    try {
      const outcome = await this.#options.starter.start(start, message.variables, actor, writesFor, {
        key: message.key,
        name: message.name,
        correlationKey: message.correlationKey,
      });
      return outcome?.rootKey ?? null;
    } catch (error) {
      if (error instanceof AlreadyDeliveredError) return null;
      throw error;
    }
  }

  async #isLocked(start: StartRow, match: string): Promise<boolean> {
    const rows = await this.#options.database.query(
      "select 1 from message_start_lock where tenant_id = $1 and process_id = $2 and match = $3",
      [start.tenant_id, start.process_id, match],
    );
    return rows.length > 0;
  }

  /** Subscriptions that a commit has opened: buffered messages may be waiting for them. Collected for one query a turn. */
  opened(subscription: OpenedSubscription): void {
    this.#opened.push(subscription);
    this.#flushing ??= new Promise<void>((resolve) => {
      setImmediate(() => {
        this.#flush()
          .catch((error: unknown) =>
            this.#options.logger.warn({ error: String(error) }, "buffered messages were not looked at; the sweep will"),
          )
          .finally(resolve);
      });
    });
  }

  async #flush(): Promise<void> {
    const opened = this.#opened;
    this.#opened = [];
    this.#flushing = null;
    const byMatch = new Map<string, Key[]>();
    for (const { match, key } of opened) byMatch.set(match, [...(byMatch.get(match) ?? []), key]);
    const messages = await this.#options.database.query<StoredMessage>(
      `select ${messageColumns} from message where match = any($1::text[]) and expires_at > $2 order by key`,
      [[...byMatch.keys()], this.#options.clock.now()],
    );
    for (const message of messages) await this.#bring(incoming(message), engineActor);
  }

  /** Buffered messages for the start events of a process: an instance with their key has ended, or a version was deployed. */
  async startBuffered(processId: string, tenantId: string): Promise<void> {
    const { database, clock } = this.#options;
    const rows = await database.query<StoredMessage & StartRow & { start_key: Key }>(
      `select distinct on (m.match) m.key, m.name, m.correlation_key, m.variables, m.tenant_id, m.published_at, m.expires_at, m.match,
              s.key as start_key, s.definition_key, s.process_id, s.element_id, s.element_index, s.kind
         from start_subscription s join message m on m.name = s.name and m.tenant_id = s.tenant_id
        where s.kind = 'message' and s.process_id = $1 and s.tenant_id = $2 and m.expires_at > $3
          and not exists (select 1 from message_correlation c where c.message_key = m.key and c.process_id = s.process_id and c.tenant_id = s.tenant_id)
          and not exists (select 1 from message_start_lock l where l.tenant_id = s.tenant_id and l.process_id = s.process_id and l.match = m.match)
        order by m.match, m.key`,
      [processId, tenantId, clock.now()],
    );
    for (const row of rows) await this.#start({ ...row, key: row.start_key }, incoming(row), row.match, engineActor);
  }

  /** What a crash has left: messages never brought to anybody, subscriptions that missed a buffered one, expired rows. */
  async sweep(): Promise<void> {
    const { database, clock } = this.#options;
    const now = clock.now();
    const pending = await database.query<StoredMessage>(
      `select ${messageColumns} from message where pending and published_at < $1 order by key limit 500`,
      [now - 2_000],
    );
    for (const message of pending) {
      const ttl = Number(message.expires_at) - Number(message.published_at);
      await this.deliver({ ...incoming(message), timeToLiveMs: ttl, messageId: null }, engineActor);
    }
    const missed = await database.query<StoredMessage>(
      `select distinct ${messageColumns
        .split(", ")
        .map((column) => `m.${column}`)
        .join(", ")}
         from message m join message_subscription s on s.match = m.match and s.state = 'CREATED'
        where m.expires_at > $1 and s.opened_at < $2
          and not exists (select 1 from message_correlation c where c.message_key = m.key and c.process_id = s.process_id and c.tenant_id = m.tenant_id)
        order by m.key limit 500`,
      [now, now - 2_000],
    );
    for (const message of missed) await this.#bring(incoming(message), engineActor);
    await database.query(
      "delete from message where key in (select key from message where expires_at <= $1 and not pending limit 1000)",
      [now],
    );
  }
}

function incoming(row: StoredMessage): Incoming {
  return {
    key: row.key,
    name: row.name,
    correlationKey: row.correlation_key,
    variables: row.variables,
    tenantId: row.tenant_id,
  };
}
