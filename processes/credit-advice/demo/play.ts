/**
 * Plays requests for credit lines: the agent advises, an officer decides, an auditor notes whether the advice was right.
 * Accuracy of the advice is then one of the key figures of the process.
 */
import { serverClient } from "../../demo/server-client.ts";
import { type Story, storyOf, untilEnded } from "../../demo/story.ts";
import type { CreditFileService } from "./credit-file-service.ts";

export interface AdviceScenario {
  readonly name: string;
  readonly story: string;
  readonly request: { readonly companyId: string; readonly amount: number; readonly purpose: string };
  /** What the officer decides. */
  readonly decision: "grant" | "refuse";
  /** What must stand in the credit file. */
  readonly advice: { readonly recommendation: "grant" | "refuse"; readonly amount: number };
}

export const adviceScenarios: readonly AdviceScenario[] = [
  {
    name: "advised",
    story: "A sound company: the agent recommends to grant, and the officer grants.",
    request: { companyId: "F-100", amount: 80_000, purpose: "a new saw" },
    decision: "grant",
    advice: { recommendation: "grant", amount: 80_000 },
  },
  {
    name: "capped",
    story: "400,000 EUR: the policy lets the recommendation end at 250,000.",
    request: { companyId: "F-100", amount: 400_000, purpose: "a second hall" },
    decision: "grant",
    advice: { recommendation: "grant", amount: 250_000 },
  },
  {
    name: "corrected",
    story: "The company pays late: the policy denies the recommendation to grant, the agent recommends to refuse.",
    request: { companyId: "F-300", amount: 30_000, purpose: "stock" },
    decision: "refuse",
    advice: { recommendation: "refuse", amount: 0 },
  },
  {
    name: "overruled",
    story: "Within the rules, so the agent recommends to grant; the officer knows better and refuses.",
    request: { companyId: "F-200", amount: 60_000, purpose: "two vans" },
    decision: "refuse",
    advice: { recommendation: "grant", amount: 60_000 },
  },
];

export interface PlayedAdvice extends Story {
  readonly faults: readonly string[];
}

/** Plays one to its end and has the advice judged by what the officer decided; rejects after `timeoutMs`. */
export async function playAdvice(
  baseUrl: string,
  scenario: AdviceScenario,
  requestId: string,
  file: Pick<CreditFileService, "advice">,
  timeoutMs = 60_000,
): Promise<PlayedAdvice> {
  const call = serverClient(baseUrl);
  const officer = serverClient(baseUrl, "olga; groups=credit-officers");
  const auditor = serverClient(baseUrl, "arne; groups=auditors");
  const { processInstanceKey } = await call<{ processInstanceKey: string }>("POST", "/v2/process-instances", {
    processDefinitionId: "credit-advice",
    variables: { request: { requestId, ...scenario.request } },
  });
  await untilEnded(call, processInstanceKey, timeoutMs, async () => {
    const filter = { processInstanceKey, state: "CREATED" };
    const { items } = await call<{ items: { userTaskKey: string }[] }>("POST", "/v2/user-tasks/search", { filter });
    for (const { userTaskKey } of items)
      await officer("POST", `/v2/user-tasks/${userTaskKey}/completion`, {
        variables: { decision: scenario.decision, comment: scenario.story },
      });
  });
  const { items } = await auditor<{ items: { decisionId: string; determination: string }[] }>(
    "POST",
    "/governance/v1/decisions/search",
    {
      processInstanceKey,
      actionType: "give_advice",
    },
  );
  const { lines, completed } = await storyOf(call, processInstanceKey);
  const written = file.advice().filter((advice) => advice.requestId === requestId);
  const isRight = scenario.advice.recommendation === scenario.decision;
  // A recommendation that was denied was never given.
  const given = items.find(({ determination }) => determination !== "DENY");
  if (given !== undefined)
    await auditor("POST", `/governance/v1/decisions/${encodeURIComponent(given.decisionId)}/judgement`, {
      correct: isRight,
      comment: isRight ? "The officer agreed." : "The officer decided otherwise.",
    });
  const faults: string[] = [];
  if (!completed.includes("credit_decided")) faults.push("expected the end credit_decided, but it was not reached");
  const { recommendation, amount } = scenario.advice;
  const [only] = written;
  if (written.length !== 1 || only?.recommendation !== recommendation || only.amount !== amount)
    faults.push(`expected one advice, ${recommendation} ${amount}, in the file, but found ${JSON.stringify(written)}`);
  const note = `officer   ${scenario.decision}; the advice was ${isRight ? "right" : "wrong"}`;
  return { lines: [...lines, note], completed, faults };
}
