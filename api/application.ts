/**
 * The product put together: store, decision plane, engine, built-in workers, shipped packages, HTTP server. Opened in
 * this order, closed in the reverse; what fails on the way closes what was open.
 */
import { setMaxListeners } from "node:events";
import type { Logger } from "pino";
import {
  createDecisionPlane,
  type DecisionPlane,
  generateSigner,
  type Signer,
  signerFromFile,
} from "../decisions/index.ts";
import { agentJobType, agentWorker, modelFromEnvironment } from "../engine/agents/index.ts";
import { httpJobTypes, httpWorker, parseEgressRules, secretSource } from "../engine/connectors/index.ts";
import { controllableClock, createEngine, type Engine, modelUsage } from "../engine/index.ts";
import { AccountStore } from "../store/accounts.ts";
import { AuthorizationStore } from "../store/authorizations.ts";
import { DirectoryStore } from "../store/directory.ts";
import { folderContents } from "../store/document-folder.ts";
import { objectStorageContents } from "../store/document-s3.ts";
import { type DocumentContents, openDocumentStore } from "../store/documents.ts";
import { createGroupCommit, type Database } from "../store/index.ts";
import { alertWebhooks } from "./alert-webhooks.ts";
import { openAuthenticator } from "./auth/authenticator.ts";
import { builtInEntries, Directory, withMemberships } from "./auth/directory.ts";
import { FailureCount } from "./auth/failure-count.ts";
import { openOidcLogin } from "./auth/oidc-login.ts";
import { permissionsWithin } from "./auth/reach.ts";
import type { DocumentSettings, Settings } from "./config.ts";
import { ChangeRequests } from "./duties/change-requests.ts";
import { versionApprovals } from "./duties/version-approvals.ts";
import { createFirstAccount } from "./first-account.ts";
import { alertIncidents } from "./governance/alert-incidents.ts";
import { type LiveNotices, openLiveNotices } from "./governance/live-notices.ts";
import { readKpiLimits } from "./kpi-limits.ts";
import { openStore } from "./open-store.ts";
import { documentedOperations } from "./openapi/surface.ts";
import { readPrices } from "./prices.ts";
import { type RunningServer, startServer } from "./server.ts";
import type { Services } from "./services.ts";
import { installShipped, readShipped, type Shipped } from "./shipped.ts";
import { productVersion } from "./version.ts";

export interface ApplicationOptions {
  readonly log: Logger;
  /** INTERLOCK_* settings of models, secrets and egress. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly modelerFolder?: string;
  /** Tests: replies are checked against their schemas, and shipped packages may stay away. */
  readonly checkReplies?: boolean;
  readonly withoutShipped?: boolean;
  /** Told of what a person at the terminal should read: addresses, a first password. */
  readonly say?: (line: string) => void;
}

export interface RunningApplication {
  readonly server: RunningServer;
  readonly database: Database;
  readonly engine: Engine;
  readonly plane: DecisionPlane;
  readonly accounts: AccountStore;
  close(): Promise<void>;
}

export async function startApplication(settings: Settings, options: ApplicationOptions): Promise<RunningApplication> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return await open(settings, options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  settings: Settings,
  options: ApplicationOptions,
  closers: (() => Promise<void> | void)[],
  close: () => Promise<void>,
): Promise<RunningApplication> {
  const { log, environment } = options;
  const database = await openStore(settings, log);
  closers.push(() => database.close());
  const groupCommit = await createGroupCommit(database);
  closers.push(() => groupCommit.close());
  const clock = settings.clockIsControllable ? { clock: controllableClock() } : {};
  const tellAlert = alertWebhooks(environment);
  const plane = await createDecisionPlane({
    database,
    groupCommit,
    ...clock,
    signer: signerOf(settings),
    ...(tellAlert !== undefined && { tellAlert }),
    prices: readPrices(environment),
    modelUsage,
    kpiLimits: readKpiLimits(environment),
    approvals: versionApprovals(database, settings.separationOfDuties),
    onError: (where, error) => log.error({ where, err: error }, "the decision plane could not do something"),
  });
  closers.push(() => plane.stop());
  const engine = await createEngine({
    database,
    groupCommit,
    plane,
    logger: log,
    walletDefaults: settings.walletDefaults,
    ...clock,
  });
  closers.push(() => engine.stop({ drainMs: settings.drainMsMax }));
  const shipped = options.withoutShipped === true ? { processes: [], policies: [] } : await readShipped();
  registerBuiltInWorkers(engine, shipped, environment);
  plane.start();
  await engine.start();
  const installed = await installShipped(shipped, engine, plane);
  log.info({ installed }, "shipped packages are in place");

  const accounts = new AccountStore(database);
  const directory = new Directory(new DirectoryStore(database, builtInEntries), new AuthorizationStore(database));
  if (!settings.authentication.includes("none")) {
    const password = await createFirstAccount(accounts);
    if (password !== undefined)
      options.say?.(`First start: sign in as admin with the password ${password} (shown once; change it).`);
  }
  const stopAlerts = alertIncidents(engine, plane, (error) => log.error({ err: error }, "an incident raised no alert"));
  closers.push(stopAlerts);
  const live = openLiveNotices(engine, plane);
  closers.push(() => live.close());
  if (settings.separationOfDuties === "three-person" && settings.authentication.includes("none"))
    log.warn("three people are asked for, but nobody is authenticated: nothing will be deployed or released");
  const changes = new ChangeRequests({
    database,
    engine,
    plane,
    mode: settings.separationOfDuties,
    ...(clock.clock && { now: () => clock.clock.now() }),
  });
  const services = servicesOf(settings, { database, engine, plane, accounts, directory, live, changes });
  const server = await startServer({
    settings,
    services,
    log,
    authenticator: withMemberships(openAuthenticator(settings, accounts), directory),
    checkReplies: options.checkReplies ?? false,
    ...(options.modelerFolder === undefined ? {} : { modelerFolder: options.modelerFolder }),
  });
  closers.push(() => server.close());
  return { server, database, engine, plane, accounts, close };
}

/** The key that signs permits, votes, releases and checkpoints must outlive the process, or old signatures lose their signer. */
function signerOf(settings: Settings): Signer {
  return settings.signingKeyFile === undefined ? generateSigner() : signerFromFile(settings.signingKeyFile);
}

interface Opened {
  readonly database: Database;
  readonly engine: Engine;
  readonly plane: DecisionPlane;
  readonly accounts: AccountStore;
  readonly directory: Directory;
  readonly live: LiveNotices;
  readonly changes: ChangeRequests;
}

function servicesOf(settings: Settings, { database, ...rooms }: Opened): Services {
  const { engine } = rooms;
  const governed = documentedOperations().map(({ operation }) => operation);
  return {
    ...rooms,
    permissionsWithin: (caller) => permissionsWithin(caller, governed),
    documents: openDocumentStore(database, contentsOf(settings.documents)),
    documentBytesMax: settings.documents.bytesMax,
    signInFailures: new FailureCount(10, 60_000),
    trustsProvider: settings.oidc !== undefined,
    oidcLogin: settings.oidc === undefined ? undefined : openOidcLogin(settings.oidc),
    publicUrl: settings.publicUrl,
    signInIsOff: settings.authentication.includes("none"),
    passwordSignIn: settings.authentication.includes("basic"),
    drain: drainSignal(),
    isReady: () => answersInTime(database, engine),
    version: productVersion(),
  };
}

/** Undefined: in the database. */
function contentsOf(settings: DocumentSettings): DocumentContents | undefined {
  if (settings.store === "folder") return folderContents(settings.folder);
  return settings.store === "s3" ? objectStorageContents(settings.storage) : undefined;
}

/** As many listeners as there are open polls and streams; Node's warning about eleven is for leaks. */
function drainSignal(): AbortController {
  const drain = new AbortController();
  setMaxListeners(0, drain.signal);
  return drain;
}

/** Ready is: the engine says so, and the store answers within two seconds. */
async function answersInTime(database: Database, engine: Engine): Promise<boolean> {
  if (!engine.health().ready) return false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), 2_000);
  });
  const answer = database.query("select 1").then(
    () => true,
    () => false,
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function registerBuiltInWorkers(
  engine: Engine,
  shipped: Shipped,
  environment: ApplicationOptions["environment"],
): void {
  const scripts = shipped.processes.flatMap(({ agentScript }) => agentScript ?? []);
  engine.registerWorker(agentJobType, agentWorker(modelFromEnvironment(environment, scripts), engine.wallets), {
    name: "interlock-agent",
    actorType: "agent",
  });
  const packageSettings = new Map(shipped.processes.flatMap(({ settings }) => Object.entries(settings)));
  const options = {
    secrets: secretSource(environment, packageSettings),
    egress: parseEgressRules(egressOf(environment, packageSettings)),
  };
  for (const [jobType, byVariables] of Object.entries(httpJobTypes)) {
    engine.registerWorker(jobType, httpWorker(byVariables, options), { name: "interlock-http" });
  }
}

/** Outbound calls are denied by default. The services that shipped packages name are ours to reach; the rest is the operator's word. */
function egressOf(
  environment: ApplicationOptions["environment"],
  packageSettings: ReadonlyMap<string, string>,
): string {
  const own = [...packageSettings.values()].flatMap((value) =>
    URL.canParse(value) ? [`private:${new URL(value).host}`] : [],
  );
  return [environment.INTERLOCK_EGRESS ?? "", ...own].filter((rule) => rule !== "").join(",");
}
