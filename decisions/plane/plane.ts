/**
 * The decision plane put together. Its state is what is compiled in memory; everything else is in the store, so any
 * number of nodes can run on one database and any of them can be killed.
 */
import { randomBytes } from "node:crypto";
import type { Database, GroupCommit } from "../../store/index.ts";
import { createAlerts } from "./alerts.ts";
import type { Alert, PlaneChange } from "./answers.ts";
import { createApprovalRegister } from "./approvals/register.ts";
import { createChain } from "./audit/chain.ts";
import { type Checkpoint, makeCheckpoint } from "./audit/checkpoint.ts";
import { publicKeys } from "./audit/export.ts";
import { createProof } from "./audit/proof.ts";
import { generateSigner, type KeyRing, keyRing, type Signer } from "./audit/signer.ts";
import { createBackground } from "./background.ts";
import type { DecisionPlane } from "./contract.ts";
import { createDecider } from "./decide/decide.ts";
import { createDryRun } from "./decide/dry-run.ts";
import { createExecutions } from "./decide/executions.ts";
import { createInputProfiles } from "./decide/input-profile.ts";
import { createInquiry } from "./decide/inquiry.ts";
import { createLateQueue } from "./decide/late.ts";
import { createReproduction } from "./decide/reproduce.ts";
import { createRunplane } from "./decide/runplane.ts";
import { createDecisionService } from "./decide/service.ts";
import { createShadowRunner } from "./decide/shadow.ts";
import type { DecisionTrace, Pattern } from "./decide/trace.ts";
import { createTraceWriter } from "./decide/trace-writes.ts";
import { createAuthority } from "./policies/authority.ts";
import type { CompileModel } from "./policies/compiled-model.ts";
import { createContinuousEvaluation } from "./policies/continuous.ts";
import type { Prices, ReadModelUsage } from "./policies/cost.ts";
import { createInventory } from "./policies/inventory.ts";
import { createJudgements } from "./policies/judgements.ts";
import { createKpiWatch, type KpiLimits } from "./policies/kpi-limits.ts";
import { createMeasurement } from "./policies/measurement.ts";
import { createRegistry, policyChannel } from "./policies/registry.ts";
import { createReleases } from "./policies/release.ts";
import { defaultCompiler } from "./policies/shared-facts.ts";
import { noApprovals, type VersionApprovals } from "./policies/version-approvals.ts";
import { createWatch } from "./policies/watch.ts";
import type { Clock } from "./ports.ts";
import { registerWrites } from "./register-writes.ts";
import { readAlerts } from "./sql/alerts.ts";
import { createStepPort } from "./step-port.ts";
import { defaultTenant, readsOf, tenantOfRequest, tenantsOf } from "./tenants.ts";
import { type ActionRequest, type JsonRecord, riskRank } from "./types.ts";

export interface PlaneOptions {
  readonly database: Database;
  readonly groupCommit: GroupCommit;
  readonly clock?: Clock;
  /** Signs permits, votes, promotions, checkpoints, exports. Default: a key that lives as long as the process. */
  readonly signer?: Signer;
  readonly permitTtlMs?: number;
  readonly compile?: CompileModel;
  /** Who has approved versions of policies; default: nobody is asked. */
  readonly approvals?: VersionApprovals;
  /** Pause between runs of the active versions' tests and drift checks; default one hour. */
  readonly evaluationEveryMs?: number;
  /** For the cost of decisions (K10). */
  readonly prices?: Prices;
  /** Told by who calls models; default: nobody does. */
  readonly modelUsage?: ReadModelUsage;
  /** Key figures that must stay within limits; looked at each minute. */
  readonly kpiLimits?: KpiLimits;
  /** Pause between looks at them; default one minute. */
  readonly kpisEveryMs?: number;
  /** Pause between readings of what is usual (fact `anomaly.inputs`); default one minute. */
  readonly profilesEveryMs?: number;
  /** Told of every checkpoint: a file, a time stamping service, another organisation. */
  readonly anchor?: (checkpoint: Checkpoint) => Promise<void>;
  /** Tells others of alerts that are raised and resolved, at least once each; called again later when it throws. */
  readonly tellAlert?: (alert: Alert) => Promise<void>;
  readonly onError?: (where: string, error: unknown) => void;
}

const permitTtlMsDefault = 900_000;

/** Opens the plane on a migrated store and loads what is released. `start` it to let it act by itself. */
export async function createDecisionPlane(options: PlaneOptions): Promise<DecisionPlane> {
  const { database, groupCommit } = options;
  const clock = options.clock ?? { now: () => Date.now() };
  const signer = options.signer ?? generateSigner();
  const onError = options.onError ?? (() => {});
  const nodeId = `n${randomBytes(6).toString("hex")}`;
  const changeHandlers = new Set<(change: PlaneChange) => void>();
  const announce = (topic: PlaneChange["topic"], key: string, tenantId: string | null): void => {
    for (const handler of changeHandlers) handler({ topic, key, tenantId });
  };

  registerWrites(groupCommit, createChain(nodeId));
  await database.query(
    "insert into plane_key (kid, public_key, created_at_ms) values ($1, $2::jsonb, $3) on conflict (kid) do nothing",
    [signer.key.kid, JSON.stringify(signer.key), clock.now()],
  );
  let ring: KeyRing = keyRing(await publicKeys(database));
  const refreshKeys = async (): Promise<void> => {
    const keys = await publicKeys(database);
    if (keys.length !== ring.size) ring = keyRing(keys);
  };

  const alerts = createAlerts({ database, groupCommit, clock, tell: options.tellAlert, onError });
  const raise = (
    rule: string,
    message: string,
    body: JsonRecord,
    policyId: string | null = null,
    policyVersion: number | null = null,
  ): void => alerts.raise({ rule, message, body, policyId, policyVersion });

  const compile = options.compile ?? defaultCompiler();
  const registry = createRegistry(database, compile, (policyId, version, message) =>
    raise("POLICY_UNREADABLE", message, { policyId, version }, policyId, version),
  );
  const shadow = createShadowRunner(groupCommit, (error) => onError("shadow", error));
  /** A decision that could not be made has stopped something that matters: people are told, once an hour per action. E14. */
  const tellPeople = ({ request, decision, error }: DecisionTrace, tenantId: string): void => {
    if (decision.determination !== "DENY" || riskRank[request.action.riskClass] < riskRank.high) return;
    const { decisionId } = decision;
    const hour = Math.floor(clock.now() / 3_600_000);
    alerts.raise({
      alertId: `decision-failed-${tenantId}-${request.action.type}-${hour}`.slice(0, 200),
      rule: "DECISION_FAILED",
      message: `${request.action.type} was denied because a policy could not be evaluated`,
      body: { decisionId, actionType: request.action.type, error, elementId: request.process?.elementId ?? null },
      tenantId,
    });
  };
  const traces = createTraceWriter(nodeId, signer, (trace) => {
    shadow.offer(trace);
    watch.count(trace);
    const tenantId = tenantOfRequest(trace.request) ?? defaultTenant;
    if (trace.error !== null) tellPeople(trace, tenantId);
    announce("decisions", trace.decision.decisionId, tenantId);
    if (trace.decision.approval !== null) announce("approvals", trace.decision.approval.approvalId, tenantId);
  });
  const profiles = createInputProfiles(database, registry.picture);
  const decider = createDecider({
    picture: registry.picture,
    signer,
    permitTtlMs: options.permitTtlMs ?? permitTtlMsDefault,
    shownBefore: traces.remembered,
  });
  const decide = Object.assign(
    (request: ActionRequest, pattern?: Pattern) => decider(profiles.enrich(request), pattern),
    { answer: decider.answer },
  );
  const service = createDecisionService({
    database,
    groupCommit,
    decide,
    traces,
    signer,
    picture: registry.picture,
    clock,
  });
  const executions = createExecutions({
    database,
    groupCommit,
    traces,
    picture: registry.picture,
    ring: () => ring,
    refreshKeys,
    clock,
    alert: alerts.raise,
  });
  const inquiry = createInquiry(database, registry);
  const inventory = createInventory(database, registry);
  const releases = createReleases({
    database,
    groupCommit,
    registry,
    compile,
    signer,
    clock,
    shadowReport: inquiry.shadowReport,
    countEvaluations: inquiry.countEvaluations,
    approvals: options.approvals ?? noApprovals,
    announce: (policyId) => announce("policies", policyId, null),
  });
  const register = createApprovalRegister({
    database,
    groupCommit,
    signer,
    clock,
    picture: registry.picture,
    changed: (approvalId, tenantId) => announce("approvals", approvalId, tenantId ?? defaultTenant),
  });
  const late = createLateQueue({
    database,
    groupCommit,
    decide,
    traces,
    clock,
    corrected: (decisionId, tenantId) => announce("decisions", decisionId, tenantId ?? defaultTenant),
    notCorrected: (decisionId, { elementInstanceKey, reasonCodes }, tenantId) =>
      alerts.raise({
        rule: "NOT_CORRECTED",
        message: `The action of decision ${decisionId} ran, is denied since, and could not be undone`,
        body: { decisionId, elementInstanceKey, reasonCodes },
        tenantId,
      }),
  });
  const watch = createWatch({ database, nodeId, registry, clock, rollback: releases.rollback, raise });
  const measurement = createMeasurement(database, registry, clock, options);
  const watchKpis = createKpiWatch(
    options.kpiLimits ?? { limits: [], windowMs: 0 },
    (range) => measurement.kpis(range),
    alerts,
    clock,
  );
  const continuous = createContinuousEvaluation({
    database,
    registry,
    drift: measurement.drift,
    raise,
    over: alerts.over,
  });
  const runplane = createRunplane({ database, evaluate: service.evaluate, getApproval: register.get });

  const checkpoint = async (): Promise<void> => {
    const made = await makeCheckpoint(database, signer, clock.now());
    if (made !== undefined) await options.anchor?.(made);
  };
  const refresh = async (): Promise<void> => {
    await registry.refresh();
    await refreshKeys();
    await profiles.follow();
  };
  const background = createBackground(
    [
      { name: "refresh", everyMs: 500, run: refresh },
      { name: "approvals", everyMs: 1000, run: () => register.expireDue() },
      { name: "profiles", everyMs: options.profilesEveryMs ?? 60_000, run: () => profiles.refresh() },
      { name: "kpis", everyMs: options.kpisEveryMs ?? 60_000, run: watchKpis },
      { name: "late", everyMs: 250, run: () => late.drain() },
      { name: "watch", everyMs: 5000, run: () => watch.look() },
      { name: "alerts", everyMs: 1000, run: () => alerts.tellDue() },
      { name: "resolved", everyMs: 5000, run: () => alerts.look(registry) },
      { name: "evaluation", everyMs: options.evaluationEveryMs ?? 3_600_000, run: continuous },
      { name: "checkpoint", everyMs: 60_000, run: checkpoint },
    ],
    onError,
  );
  const unlisten = await database.listen(
    policyChannel,
    () => void refresh().catch((error: unknown) => onError("refresh", error)),
  );
  await refresh();

  return {
    nodeId,
    decide,
    ...createStepPort({ traces, alerts, signer, late }),

    start: () => background.start(),
    async stop() {
      await background.stop();
      await unlisten();
      await shadow.idle();
      await alerts.idle();
    },
    refresh,

    createPolicy: releases.create,
    installPolicy: releases.install,
    testPolicy: releases.test,
    promotePolicy: releases.promote,
    rollbackPolicy: releases.rollback,
    searchPolicies: inventory.search,
    getPolicy: inventory.get,
    getPolicyVersion: inventory.version,
    getPolicyDmn: inventory.dmn,
    async shadowReport(policyId, version, by) {
      await shadow.idle();
      return inquiry.shadowReport(policyId, version, by);
    },
    replayPolicy: inquiry.replay,

    evaluate: service.evaluate,
    dryRun: createDryRun(decide, registry.picture, clock),
    evaluateBatch: service.evaluateBatch,
    getDecision: inquiry.decision,
    reproduceDecision: createReproduction(database, registry),
    searchDecisions: inquiry.search,
    recordOutcome: executions.recordOutcome,
    recordUngoverned: executions.recordUngoverned,
    checkPermit: executions.checkPermit,
    redeemPermit: executions.redeemPermit,

    authority: createAuthority(registry, clock),

    searchApprovals: (filter = {}, by) => register.search(filter, by),
    getApproval: register.get,
    vote: register.vote,

    ...createProof({ database, groupCommit, signer, clock, shadowsIdle: () => shadow.idle() }),
    ...createJudgements(database, groupCommit, clock),
    kpis: measurement.kpis,
    drift: measurement.drift,
    alerts: async (filter = {}, by) => ({
      items: await readAlerts(
        readsOf(database, by),
        filter.open,
        tenantsOf(by),
        Math.min(Math.max(filter.limit ?? 100, 1), 1000),
      ),
    }),
    raiseAlert: alerts.raise,
    closeAlerts: alerts.close,
    resolveAlert: alerts.resolve,
    onAlert: alerts.onAlert,
    onChange(handler) {
      changeHandlers.add(handler);
      return () => changeHandlers.delete(handler);
    },
    guard: runplane.guard,
    guardApproval: runplane.approval,
    auditStatus: runplane.auditStatus,
  };
}
