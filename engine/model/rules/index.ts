/** All rules. Adding one: an entry in its family's file, and a good and a bad model in its test. */
import { collaborationRules } from "./collaboration.ts";
import { compensationRules } from "./compensation.ts";
import { dataRules } from "./data.ts";
import { dataItemRules } from "./data-items.ts";
import { eventRules } from "./events.ts";
import { flowRules } from "./flow.ts";
import { gatewayRules } from "./gateways.ts";
import { governanceRules } from "./governance.ts";
import { linkRules } from "./links.ts";
import type { Rule } from "./rule.ts";
import { straightLoopRules } from "./straight-loops.ts";
import { structureRules } from "./structure.ts";
import { subProcessRules } from "./sub-processes.ts";
import { taskRules } from "./tasks.ts";

export const rules: readonly Rule[] = [
  ...structureRules,
  ...flowRules,
  ...eventRules,
  ...linkRules,
  ...gatewayRules,
  ...compensationRules,
  ...subProcessRules,
  ...taskRules,
  ...dataRules,
  ...dataItemRules,
  ...collaborationRules,
  ...straightLoopRules,
  ...governanceRules,
];

export { checkNames } from "./names.ts";
export { strictZeebeRules } from "./strict-zeebe.ts";
