/**
 * The wallets of agents: however a model loops, forks and retries, it cannot spend more than its process instance and
 * its tenant may. A call is paid for before it is made, in one statement that checks and counts, so that many agents on
 * many nodes cannot overdraw together; a crash in between has paid. Tokens are known afterwards: the last call may go
 * over by what it uses. The worker turns a refusal into an incident; an operator raises the limit and resolves it.
 */
import type { Queryable } from "../../store/index.ts";
import type { Key } from "../core/json.ts";
import type { CallContext } from "./contract/context.ts";
import { EngineError } from "./contract/errors.ts";
import type { WalletDefaults, WalletLimits, WalletOwner, WalletState, Wallets } from "./contract/wallets.ts";
import type { Deps } from "./deps.ts";
import { locateAggregate } from "./locate.ts";
import { recordDeed } from "./operator-record.ts";
import { assertUnlimited } from "./scope.ts";

const dayMs = 86_400_000;

type Scope = WalletState["scope"];
interface Wallet {
  readonly scope: Scope;
  readonly id: string;
  readonly period: number;
  readonly tenantId: string;
}
interface Row {
  readonly model_calls: string | null;
  readonly tokens: string | null;
  readonly tool_calls: string | null;
  readonly has_limits: boolean;
  readonly model_calls_max: string | null;
  readonly tokens_max: string | null;
  readonly tool_calls_max: string | null;
}

/** A thousand calls are a loop, not a case; what a tenant may spend is the installation's own business. */
export const walletDefaults: WalletDefaults = {
  instance: { modelCallsMax: 1_000, tokensMax: 20_000_000, toolCallsMax: 10_000 },
  tenantDay: { modelCallsMax: null, tokensMax: null, toolCallsMax: null },
};

const readSql = `
select u.model_calls, u.tokens, u.tool_calls, l.id is not null as has_limits, l.model_calls_max, l.tokens_max, l.tool_calls_max
  from (select $1::text as scope, $2::text as id) w
  left join agent_usage u on u.scope = w.scope and u.id = w.id and u.period = $3
  left join agent_limit l on l.scope = w.scope and l.id = w.id`;

/** Counts one call where the limits still allow it; the row of its answer tells whether they did. */
const takeSql = `
insert into agent_usage as u (scope, id, period, tenant_id, model_calls) select $1, $2, $3, $4, 1 where $5::bigint is null or $5 > 0
on conflict (scope, id, period) do update set model_calls = u.model_calls + 1
  where ($5::bigint is null or u.model_calls < $5) and ($6::bigint is null or u.tokens < $6) and ($7::bigint is null or u.tool_calls < $7)
returning model_calls`;

const addSql = `
update agent_usage set tokens = tokens + $4, tool_calls = tool_calls + $5
 where scope = $1 and id = $2 and period = $3 returning tool_calls`;

export function walletsOf(deps: Deps, defaults: WalletDefaults): Wallets {
  const { database, clock } = deps;
  const today = (): number => Math.floor(clock.now() / dayMs) * dayMs;
  const ofTenant = (tenantId: string): Wallet => ({ scope: "tenant", id: tenantId, period: today(), tenantId });
  const ofRoot = (rootKey: Key, tenantId: string): Wallet => ({ scope: "instance", id: rootKey, period: 0, tenantId });
  const walletsOfOwner = ({ rootProcessInstanceKey, tenantId }: WalletOwner): readonly Wallet[] => [
    ofRoot(rootProcessInstanceKey, tenantId),
    ofTenant(tenantId),
  ];

  async function read(db: Queryable, wallet: Wallet): Promise<WalletState> {
    const { scope, id, period, tenantId } = wallet;
    const [row] = await db.query<Row>(readSql, [scope, id, period]);
    const number = (value: string | null | undefined): number => Number(value ?? 0);
    const limit = (value: string | null): number | null => (value === null ? null : Number(value));
    const limits = row?.has_limits
      ? {
          modelCallsMax: limit(row.model_calls_max),
          tokensMax: limit(row.tokens_max),
          toolCallsMax: limit(row.tool_calls_max),
        }
      : scope === "tenant"
        ? defaults.tenantDay
        : defaults.instance;
    const used = {
      modelCalls: number(row?.model_calls),
      tokens: number(row?.tokens),
      toolCalls: number(row?.tool_calls),
    };
    return { scope, id, tenantId, ...used, limits };
  }

  async function change(wallet: Wallet, limits: WalletLimits, context: CallContext): Promise<void> {
    for (const max of Object.values(limits))
      if (max !== null && !(Number.isSafeInteger(max) && max >= 0))
        throw new EngineError("invalid", `Expected limits that are whole numbers of at least 0, but one is ${max}`);
    await deps.keys.ensure();
    await database.transaction(async (tx) => {
      await tx.query(
        `insert into agent_limit (scope, id, tenant_id, model_calls_max, tokens_max, tool_calls_max) values ($1, $2, $3, $4, $5, $6)
         on conflict (scope, id) do update set model_calls_max = excluded.model_calls_max, tokens_max = excluded.tokens_max, tool_calls_max = excluded.tool_calls_max`,
        [wallet.scope, wallet.id, wallet.tenantId, limits.modelCallsMax, limits.tokensMax, limits.toolCallsMax],
      );
      await recordDeed(deps, tx, context, {
        command: "changeBudget",
        operation: "UPDATE",
        entityType: wallet.scope === "tenant" ? "TENANT" : "PROCESS_INSTANCE",
        entityKey: wallet.id,
        description: JSON.stringify(limits),
        tenantId: wallet.tenantId,
      });
    });
  }

  const assertOwn = (tenantId: string, context: CallContext): void => {
    const { tenantIds } = context;
    if (tenantIds && !tenantIds.includes(tenantId))
      throw new EngineError("notFound", `Expected a tenant of the caller, but "${tenantId}" is none`);
    assertUnlimited(context);
  };
  const rootOf = async (key: Key, context: CallContext): Promise<Wallet> => {
    const { rootKey, tenantId } = await locateAggregate(database, key, context);
    return ofRoot(rootKey, tenantId);
  };

  return {
    async reserve(owner) {
      for (const wallet of walletsOfOwner(owner)) {
        const { limits } = await read(database, wallet);
        const taken = await database.query(takeSql, [
          wallet.scope,
          wallet.id,
          wallet.period,
          wallet.tenantId,
          limits.modelCallsMax,
          limits.tokensMax,
          limits.toolCallsMax,
        ]);
        if (taken.length === 0) return spent(await read(database, wallet));
      }
      return null;
    },
    async settle(owner, { tokens, toolCalls }) {
      let why: string | null = null;
      for (const wallet of walletsOfOwner(owner)) {
        const { scope, id, period } = wallet;
        const [row] = await database.query<{ tool_calls: string }>(addSql, [scope, id, period, tokens, toolCalls]);
        const state = await read(database, wallet);
        const { toolCallsMax } = state.limits;
        if (toolCallsMax !== null && Number(row?.tool_calls ?? toolCalls) > toolCallsMax) why ??= spent(state);
      }
      return why;
    },
    async ofInstance(key, context) {
      const wallet = await rootOf(key, context);
      const own = database.forTenants(context.tenantIds);
      // What the whole tenant has spent is nothing of the caller's who is limited to some of its processes.
      if (context.scope) return [await read(own, wallet)];
      return Promise.all([read(own, wallet), read(own, ofTenant(wallet.tenantId))]);
    },
    async ofTenant(tenantId, context) {
      assertOwn(tenantId, context);
      return read(database.forTenants(context.tenantIds), ofTenant(tenantId));
    },
    async changeInstance(key, limits, context) {
      await change(await rootOf(key, context), limits, context);
    },
    async changeTenant(tenantId, limits, context) {
      assertOwn(tenantId, context);
      await change(ofTenant(tenantId), limits, context);
    },
  };
}

/** For the one who looks at the incident: which wallet, and what it is short of. */
function spent({ scope, id, modelCalls, tokens, toolCalls, limits }: WalletState): string {
  const used = [
    `${modelCalls} of ${limits.modelCallsMax ?? "any"} model calls`,
    `${tokens} of ${limits.tokensMax ?? "any"} tokens`,
    `${toolCalls} of ${limits.toolCallsMax ?? "any"} tool calls`,
  ].join(", ");
  const whose = scope === "tenant" ? `tenant "${id}" for today` : `process instance ${id}`;
  return `Expected the budget of ${whose} to allow it, but it is spent (${used}): raise it and resolve the incident`;
}
