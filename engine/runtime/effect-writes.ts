/** Effects that are rows: they stand in the transaction of the step, and what moves them on reads them from there. */
import type { TableWrite } from "../../store/index.ts";
import type { Effect } from "../core/effect.ts";
import type { ActionRequest } from "../core/environment.ts";
import type { EpochMs, Key } from "../core/json.ts";
import type { PlanePort } from "./contract/options.ts";
import type { DecisionTrace } from "./decision-definitions.ts";
import { decisionRows } from "./decision-rows.ts";
import { messageRow } from "./messages/message-row.ts";
import { statementName } from "./rows/tables.ts";

interface EffectContext {
  readonly rootKey: Key;
  readonly at: EpochMs;
  readonly plane: PlanePort;
}

export function effectWrites(effects: readonly Effect[], context: EffectContext): TableWrite[] {
  return effects.flatMap((effect) => writesOf(effect, context));
}

function writesOf(effect: Effect, { rootKey, at, plane }: EffectContext): readonly TableWrite[] {
  switch (effect.type) {
    case "publishMessage":
      return [{ statement: statementName("message"), rows: [messageRow(effect, at)] }];
    case "broadcastSignal":
      return [
        {
          statement: statementName("signal"),
          rows: [
            {
              key: effect.key,
              name: effect.name,
              variables: effect.variables,
              broadcast_at: at,
              tenant_id: effect.tenantId,
            },
          ],
        },
      ];
    case "recordDecision":
    case "recordApproval":
      return effect.trace === null ? [] : plane.traceWrites(effect.trace);
    case "recordOutcome":
      return plane.outcomeWrites?.(effect) ?? [];
    case "recordDecisionEvaluation":
      return [
        { statement: statementName("decisionInstance"), rows: decisionRows(effect.trace as DecisionTrace, rootKey) },
      ];
    case "decideLater":
      return plane.laterWrites?.({ ...effect, request: effect.request as ActionRequest }) ?? [];
  }
}
