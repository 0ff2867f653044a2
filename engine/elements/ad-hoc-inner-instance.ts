/** Inner instance of an ad-hoc sub-process: the scope of one activation (of one tool call, when an agent drives it). Ends when nothing in it is active. */
import { raise } from "../core/emit.ts";
import type { ElementInstance } from "../core/instance.ts";
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior, Step } from "../core/machine.ts";
import { placeTokens } from "../core/placing.ts";
import { collectOutput } from "./ad-hoc-sub-process.ts";
import { returnResult } from "./agent-turn.ts";

export const adHocInnerInstance: ElementBehavior = {
  enter: (step, self) => placeTokens(step, self, self.detail?.start?.elements ?? [], self.detail?.start?.variables),
  retry: collectAndComplete,
  emptied: collectAndComplete,
};

function collectAndComplete(step: Step, self: ElementInstance): void {
  const failed = self.element.adHoc?.agent ? returnResult(step, self) : collectOutput(step, self, undefined);
  if (failed) raise(step, self, failed, "collect");
  else complete(step, self);
}
