/**
 * Shadow versions judge live questions after the answer is on its way: same facts, never in the way, never enforced.
 * A full queue drops the oldest questions rather than slow anybody down, and counts them. Requirement D18.
 */
import type { GroupCommit } from "../../../store/index.ts";
import { timeOrderedId } from "../audit/identifier.ts";
import { type NewRecord, recordWrite } from "../audit/records.ts";
import type { PolicyVersion } from "../policies/policy-version.ts";
import { tenantOfRequest } from "../tenants.ts";
import type { Json } from "../types.ts";
import type { Verdict } from "./combine.ts";
import { evaluatePolicy } from "./evaluate.ts";
import type { Applicable } from "./resolve.ts";
import type { DecisionTrace } from "./trace.ts";
import { termsDiffer, widens } from "./widening.ts";

const queueMax = 10_000;
const chunkMax = 64;

export interface ShadowRunner {
  offer(trace: DecisionTrace): void;
  /** Resolves when everything that was offered has been judged and written. */
  idle(): Promise<void>;
  readonly dropped: () => number;
}

export function createShadowRunner(groupCommit: GroupCommit, onError: (error: unknown) => void): ShadowRunner {
  let queue: DecisionTrace[] = [];
  let dropped = 0;
  let running: Promise<void> | null = null;

  const run = async (): Promise<void> => {
    while (queue.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const chunk = queue.slice(0, chunkMax);
      queue = queue.slice(chunkMax);
      const records = chunk.flatMap(shadowRecords);
      if (records.length > 0) await groupCommit.submit({ writes: [recordWrite(...records)] });
    }
  };

  return {
    offer(trace) {
      if (!trace.evaluations.some(({ applicable }) => applicable.state.shadows.length > 0)) return;
      if (queue.length >= queueMax) {
        queue.shift();
        dropped++;
      }
      queue.push(trace);
      running ??= run()
        .catch(onError)
        .finally(() => {
          running = null;
        });
    },
    idle: async () => {
      while (running !== null) await running;
    },
    dropped: () => dropped,
  };
}

function shadowRecords(trace: DecisionTrace): NewRecord[] {
  return trace.evaluations.flatMap(({ applicable, evaluation }) =>
    applicable.state.shadows.map((version) => shadowRecord(trace, applicable, version, evaluation.verdict)),
  );
}

function shadowRecord(
  trace: DecisionTrace,
  applicable: Applicable,
  version: PolicyVersion,
  enforced: Verdict,
): NewRecord {
  const { request, decision, context } = trace;
  const started = performance.now();
  const { verdict, matchedRules } = evaluatePolicy(version, request, context ?? {});
  const durationUs = Math.round((performance.now() - started) * 1000);
  const body = {
    schema: "shadow/1",
    decisionId: decision.decisionId,
    policyId: version.policyId,
    version: version.version,
    contentHash: version.contentHash,
    againstVersion: applicable.policy.version,
    enforced: false,
    determination: verdict.determination,
    enforcedDetermination: enforced.determination,
    widens: widens(enforced, verdict),
    termsChanged: termsDiffer(enforced, verdict),
    reasonCodes: verdict.reasonCodes,
    riskScore: verdict.riskScore,
    constraints: verdict.constraints as unknown as Json,
    matchedRules: matchedRules as unknown as Json,
    error: verdict.error,
    durationUs,
  };
  return {
    kind: "shadow",
    recordId: timeOrderedId(request.now),
    decisionId: decision.decisionId,
    at: request.now,
    body,
    columns: {
      tenantId: tenantOfRequest(request),
      agentId: request.agent?.id ?? null,
      actionType: request.action.type,
      determination: verdict.determination,
      enforcedDetermination: enforced.determination,
      reasonCode: verdict.reasonCodes[0] ?? null,
      riskScore: verdict.riskScore,
      policyId: version.policyId,
      policyVersion: version.version,
      policyStage: "shadow",
      durationUs,
    },
  };
}
