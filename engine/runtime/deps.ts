/** What the engine's calls are made of: one bundle, put together by create-engine.ts. */
import type { Database, GroupCommit } from "../../store/index.ts";
import type { Awaiting } from "./awaiting.ts";
import type { Clock, EngineLimits, Logger, PlanePort } from "./contract/options.ts";
import type { InstanceLoader } from "./instance-loader.ts";
import type { Intake } from "./intake.ts";
import type { Polls } from "./jobs/polls.ts";
import type { KeySource } from "./keys.ts";
import type { Correlator } from "./messages/correlator.ts";
import type { Notices } from "./notices.ts";
import type { Signals } from "./signals.ts";
import type { InstanceStarter } from "./start-instance.ts";
import type { Catalog } from "./step-environment.ts";
import type { Timers } from "./timers.ts";

export interface Deps {
  readonly database: Database;
  readonly groupCommit: GroupCommit;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: EngineLimits;
  readonly plane: PlanePort;
  readonly nativeAgents: boolean;
  readonly catalog: Catalog;
  readonly keys: KeySource;
  readonly intake: Intake;
  readonly loader: InstanceLoader;
  readonly starter: InstanceStarter;
  readonly correlator: Correlator;
  readonly signals: Signals;
  readonly polls: Polls;
  readonly timers: Timers;
  readonly notices: Notices;
  readonly awaiting: Awaiting;
  /** Definitions have changed: tell this node's registers and the other nodes. */
  definitionsChanged(): Promise<void>;
}
