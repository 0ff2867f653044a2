/**
 * Puts an engine together and gives it its life: start takes up work (and what a crash left behind), stop lets running
 * work end. The calls themselves are in commands/.
 */
import { createGroupCommit } from "../../store/index.ts";
import type { Actor } from "../core/command.ts";
import { AfterCommit } from "./after-commit.ts";
import { Awaiting } from "./awaiting.ts";
import { BatchOperations } from "./batch-operations.ts";
import { ClusterVariableValues, clusterVariableCalls } from "./cluster-variables.ts";
import { decisionCalls } from "./commands/decisions.ts";
import { instanceCalls } from "./commands/instances.ts";
import { answerJob, jobCalls } from "./commands/jobs.ts";
import { messageCalls } from "./commands/messages.ts";
import { taskCalls } from "./commands/tasks.ts";
import type { CallContext } from "./contract/context.ts";
import type { Engine } from "./contract/engine.ts";
import { EngineError } from "./contract/errors.ts";
import type { Clock, EngineLimits, EngineOptions, Logger } from "./contract/options.ts";
import type { WalletDefaults } from "./contract/wallets.ts";
import { DecisionDefinitions } from "./decision-definitions.ts";
import { Definitions } from "./definitions.ts";
import { deleteDecisionInstance } from "./delete-decision-instances.ts";
import { denyAllPlane } from "./deny-all-plane.ts";
import { deploymentCalls } from "./deployment-calls.ts";
import type { Deps } from "./deps.ts";
import { Forms } from "./forms.ts";
import { Housekeeping } from "./housekeeping.ts";
import { InstanceLoader } from "./instance-loader.ts";
import { Intake } from "./intake.ts";
import { RejectedError } from "./intake-errors.ts";
import { JobAnnouncements } from "./jobs/announcements.ts";
import { Polls } from "./jobs/polls.ts";
import { permitRedeemer } from "./jobs/redeem-permit.ts";
import { Workers } from "./jobs/workers.ts";
import { KeySource } from "./keys.ts";
import { takeLateAnswers } from "./late-answers.ts";
import { defaultLimits } from "./limits.ts";
import { locateAggregate } from "./locate.ts";
import { Correlator } from "./messages/correlator.ts";
import { joinAsNode, type Node } from "./node.ts";
import { Notices } from "./notices.ts";
import { OperatorJournal } from "./operator-journal.ts";
import { auditLogCalls } from "./queries/audit-log.ts";
import { createQueries } from "./queries/queries.ts";
import { statistics } from "./queries/statistics.ts";
import { allEvents, readHistory } from "./record.ts";
import { replayInstance, trailCalls } from "./replay/index.ts";
import { registerEngineWrites } from "./rows/tables.ts";
import { assertUnlimited } from "./scope.ts";
import { Signals } from "./signals.ts";
import type { Outcome } from "./slot.ts";
import { InstanceStarter } from "./start-instance.ts";
import { TaskListenerList, taskListenerCalls } from "./task-listeners.ts";
import { fireTimerStarts } from "./timer-starts.ts";
import { Timers } from "./timers.ts";
import { tracedWorker } from "./tracing.ts";
import { trajectoriesOf } from "./trajectory.ts";
import { walletDefaults, walletsOf } from "./wallets.ts";

const engineActor: Actor = { id: "engine", type: "engine" };
const definitionsChannel = "interlock_definitions";
const drainMsDefault = 10_000;

const systemClock: Clock = { now: () => Date.now() };
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** The parts of one engine that its calls do not need. */
interface Machinery {
  readonly deps: Deps;
  readonly node: Node;
  readonly workers: Workers;
  readonly batches: BatchOperations;
  readonly announcements: JobAnnouncements;
  readonly housekeeping: Housekeeping;
  readonly ownsGroupCommit: boolean;
  readonly walletDefaults: WalletDefaults;
}

/** Migrated database in, engine out; call `start()` to take up work. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const machinery = await assemble(options);
  await refreshCatalog(machinery.deps);
  return engineOf(machinery);
}

async function refreshCatalog(deps: Deps): Promise<void> {
  await Promise.all([
    deps.catalog.definitions.refresh(),
    deps.catalog.decisions.refresh(),
    deps.catalog.forms.refresh(),
    deps.catalog.clusterVariables.refresh(),
    deps.catalog.taskListeners.refresh(),
  ]);
}

async function assemble(options: EngineOptions): Promise<Machinery> {
  const { database } = options;
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silent;
  const limits: EngineLimits = { ...defaultLimits, ...options.limits };
  const plane = options.plane ?? denyAllPlane;
  const nativeAgents = options.nativeAgents ?? true;
  const groupCommit = options.groupCommit ?? (await createGroupCommit(database));
  registerEngineWrites(groupCommit);
  const node = await joinAsNode(database, clock.now());
  const keys = new KeySource(database);
  await keys.ensure();
  const catalog = {
    definitions: new Definitions(database, nativeAgents),
    decisions: new DecisionDefinitions(database),
    forms: new Forms(database),
    clusterVariables: new ClusterVariableValues(database),
    taskListeners: new TaskListenerList(database),
  };
  const loader = new InstanceLoader(database, catalog.definitions);

  // The intake and what it sets in motion know each other: these are filled in below, before the first command.
  let afterCommit: AfterCommit | null = null;
  let workers: Workers | null = null;
  let polls: Polls | null = null;
  const intake = new Intake({
    node: { catalog, keys, plane, clock, limits },
    groupCommit,
    loader,
    rows: {
      nextKey: () => keys.next(),
      nodeFor: (type) => workers?.nodeFor(type) ?? null,
      lockFor: (key, type, tenantId, processId) => polls?.handOver.lock(key, type, tenantId, processId) ?? null,
      unlock: (keys) => polls?.handOver.dropped(keys),
    },
    instancesCachedMax: limits.instancesCachedMax,
    commandsInFlightMax: limits.commandsInFlightMax,
    hasPeers: () => node.hasPeers,
    committed: (outcome: Outcome) => afterCommit?.handle(outcome),
  });
  const starter = new InstanceStarter(intake, catalog.definitions, keys);
  polls = new Polls({
    database,
    intake,
    definitions: catalog.definitions,
    clock,
    longPollMsDefault: limits.longPollMsDefault,
    longPollMsMax: limits.longPollMsMax,
    redeemPermit: permitRedeemer(plane),
    refused: (job, answer) => answerJob(deps, job, answer, { name: "interlock-permits", type: "service" }),
  });
  const timers = new Timers({
    database,
    clock,
    fire: async ({ key, rootKey }) => {
      try {
        await intake.run(rootKey, "", { type: "fireTimer", timerKey: key }, { actor: engineActor, internal: true });
      } catch (error) {
        // Gone meanwhile: its row goes with it. Anything else is tried again when the claim has run out.
        if (!(error instanceof RejectedError))
          logger.warn({ timerKey: key, error: String(error) }, "timer was not fired; it will be");
      }
    },
    fireStarts: (now) => fireTimerStarts(database, starter, now),
  });
  const deps: Deps = {
    database,
    groupCommit,
    clock,
    logger,
    limits,
    plane,
    nativeAgents,
    catalog,
    keys,
    intake,
    loader,
    starter,
    correlator: new Correlator({ database, groupCommit, intake, starter, clock, logger }),
    signals: new Signals({ database, groupCommit, intake, starter, clock }),
    polls,
    timers,
    notices: new Notices(database, catalog.definitions, node),
    awaiting: new Awaiting(() => node.hasPeers),
    async definitionsChanged() {
      await refreshCatalog(deps);
      if (database.kind === "postgres") await database.notify(definitionsChannel, String(node.id)).catch(() => {});
    },
  };
  workers = new Workers({
    database,
    intake,
    definitions: catalog.definitions,
    clock,
    logger,
    nodeId: node.id,
    answer: (job, answer, worker) => answerJob(deps, job, answer, worker),
    redeemPermit: permitRedeemer(plane),
  });
  const announcements = new JobAnnouncements(database, polls, workers, node);
  afterCommit = new AfterCommit({
    deps,
    workers,
    nodeId: node.id,
    jobAvailable: (type) => announcements.announce(type),
  });
  const batches = new BatchOperations(deps);
  takeLateAnswers(plane, deps);
  const housekeeping = new Housekeeping({ deps, node, workers, batches });
  return {
    deps,
    node,
    workers,
    batches,
    announcements,
    housekeeping,
    ownsGroupCommit: options.groupCommit === undefined,
    walletDefaults: {
      instance: { ...walletDefaults.instance, ...options.walletDefaults?.instance },
      tenantDay: { ...walletDefaults.tenantDay, ...options.walletDefaults?.tenantDay },
    },
  };
}

function engineOf(machinery: Machinery): Engine {
  const { deps, node, workers, batches } = machinery;
  const { database, intake, catalog } = deps;
  const lifecycle = lifecycleOf(machinery);
  return {
    ...lifecycle,
    ...deploymentCalls(deps),
    ...instanceCalls(deps),
    ...jobCalls(deps),
    ...messageCalls(deps),
    ...taskCalls(deps),
    ...decisionCalls(deps),
    ...batches.calls(),
    registerWorker: (type, handler, options) => workers.register(type, tracedWorker(handler), options),
    clusterVariables: clusterVariableCalls(deps),
    taskListeners: taskListenerCalls(deps),
    queries: createQueries(database),
    statistics: statistics(database),
    async pinClock(at, context) {
      assertUnlimited(context);
      if (!deps.clock.pin)
        throw new EngineError(
          "invalidState",
          "Expected an engine whose clock can be set, but this one goes by the system's: start it with a controllable clock",
        );
      deps.clock.pin(at);
      deps.timers.look();
    },
    wallets: walletsOf(deps, machinery.walletDefaults),
    auditLog: auditLogCalls(database, new OperatorJournal(deps)),
    deleteDecisionInstance: (key, context) => deleteDecisionInstance(deps, key, context),
    history: (key, page, context) => readHistory(database, key, page, context),
    async agentTrajectory(key, context) {
      const { rootKey } = await locateAggregate(database, key, context);
      const steps = await allEvents(database.forTenants(context.tenantIds), rootKey);
      for (const { events } of steps) {
        for (const event of events)
          if (event.type === "processInstanceCreated" || event.type === "processInstanceMigrated")
            await catalog.definitions.load(event.definition);
      }
      return trajectoriesOf(steps, (definition) => catalog.definitions.compiled(definition));
    },
    replay: (key, context: CallContext) => replayInstance(deps, key, context),
    trail: trailCalls(deps),
    subscribe: (reader) => deps.notices.subscribe(reader),
    health: () => ({
      live: lifecycle.state() !== "stopped",
      ready: lifecycle.state() === "running",
      reasons: lifecycle.state() === "running" ? [] : [`Expected a running engine, but it is ${lifecycle.state()}`],
      commandsInFlight: intake.inFlight,
      instancesCached: intake.cached,
      nodeId: node.id,
    }),
  };
}

function lifecycleOf(
  machinery: Machinery,
): Pick<Engine, "start" | "stop"> & { state(): "created" | "running" | "stopping" | "stopped" } {
  const { deps, node, workers, batches, announcements, housekeeping } = machinery;
  let state: "created" | "running" | "stopping" | "stopped" = "created";
  let unlisten: (() => Promise<void>) | null = null;
  return {
    state: () => state,
    async start() {
      if (state !== "created") return;
      state = "running";
      await deps.notices.start();
      await announcements.start();
      if (deps.database.kind === "postgres") {
        unlisten = await deps.database.listen(definitionsChannel, (payload) => {
          if (payload === String(node.id)) return;
          refreshCatalog(deps).catch((error: unknown) =>
            deps.logger.warn(
              { error: String(error) },
              "definitions of another node were not read; the next look-up will",
            ),
          );
        });
      }
      await housekeeping.recover();
      workers.start();
      deps.timers.start();
      housekeeping.start();
    },
    async stop(options = {}) {
      if (state === "stopping" || state === "stopped") return;
      state = "stopping";
      deps.intake.close();
      const drainMs = options.drainMs ?? drainMsDefault;
      const until = Date.now() + drainMs;
      const left = (): number => Math.max(0, until - Date.now());
      housekeeping.stop();
      deps.timers.stop();
      deps.polls.stop();
      await batches.stop();
      await workers.stop(left());
      await deps.intake.drained(left());
      await announcements.stop();
      await unlisten?.();
      await deps.notices.stop();
      await node.leave().catch(() => {});
      if (machinery.ownsGroupCommit) await deps.groupCommit.close();
      state = "stopped";
    },
  };
}
