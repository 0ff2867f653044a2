/**
 * Plays questions of customers: the agent retrieves articles, plans what to do, and acts within the policy. A reader then
 * judges what was retrieved: precision of retrieval is one of the key figures of the process.
 */
import { serverClient } from "../../demo/server-client.ts";
import { type Story, storyOf, untilEnded, voteWhenAsked } from "../../demo/story.ts";
import type { HelpService } from "./help-service.ts";

export interface HelpScenario {
  readonly name: string;
  readonly story: string;
  readonly question: { readonly customerId: string; readonly topic: string; readonly text: string };
  /** Articles that the search brings, and how many of them are to the point. */
  readonly articles: { readonly retrieved: number; readonly relevant: number };
  readonly answers: number;
  readonly tickets: number;
}

export const helpScenarios: readonly HelpScenario[] = [
  {
    name: "answered",
    story: "Two articles are found, one of them to the point: the agent answers and names both.",
    question: { customerId: "C-17", topic: "delivery", text: "When will my parcel be delivered?" },
    articles: { retrieved: 2, relevant: 1 },
    answers: 1,
    tickets: 0,
  },
  {
    name: "nothing found",
    story: "No article fits: the policy denies an answer without a source, the agent opens a ticket.",
    question: { customerId: "C-23", topic: "payment", text: "Do you take shells of the sea?" },
    articles: { retrieved: 0, relevant: 0 },
    answers: 0,
    tickets: 1,
  },
  {
    name: "answer and ticket",
    story: "The customer wants to know and wants something done: the agent plans an answer and a ticket.",
    question: { customerId: "C-31", topic: "orders", text: "Can I still change my order? Please send the blue one." },
    articles: { retrieved: 1, relevant: 1 },
    answers: 1,
    tickets: 1,
  },
  {
    name: "read by a person first",
    story: "A legal question: the policy wants a person to read the answer before it is sent.",
    question: { customerId: "C-31", topic: "legal", text: "How long is the warranty?" },
    articles: { retrieved: 1, relevant: 1 },
    answers: 1,
    tickets: 0,
  },
];

export interface PlayedQuestion extends Story {
  readonly faults: readonly string[];
}

/** Plays one to its end and has the retrieval judged; rejects after `timeoutMs`. */
export async function playQuestion(
  baseUrl: string,
  scenario: HelpScenario,
  questionId: string,
  help: Pick<HelpService, "entries">,
  timeoutMs = 60_000,
): Promise<PlayedQuestion> {
  const call = serverClient(baseUrl);
  const lead = serverClient(baseUrl, "lena; groups=support-leads");
  const { processInstanceKey } = await call<{ processInstanceKey: string }>("POST", "/v2/messages/correlation", {
    name: "question-asked",
    correlationKey: questionId,
    variables: { question: { questionId, ...scenario.question } },
  });
  await untilEnded(call, processInstanceKey, timeoutMs, () =>
    voteWhenAsked(lead, processInstanceKey, "approve", "Right as it stands."),
  );
  const { lines, completed } = await storyOf(call, processInstanceKey);
  const { retrieved, relevant } = scenario.articles;
  const found = await retrievalOf(lead, processInstanceKey);
  if (found !== undefined && retrieved > 0)
    await lead("POST", `/governance/v1/process-instances/${processInstanceKey}/retrieval-judgements`, {
      toolCallId: found,
      retrieved,
      relevant,
    });
  const faults: string[] = [];
  if (!completed.includes("question_handled")) faults.push("expected the end question_handled, but it was not reached");
  if (found === undefined) faults.push("expected a search of the articles, but there was none");
  for (const [kind, expected] of [
    ["answer", scenario.answers],
    ["ticket", scenario.tickets],
  ] as const) {
    const count = help.entries().filter((entry) => entry.kind === kind && entry.questionId === questionId).length;
    if (count !== expected) faults.push(`expected ${expected} ${kind}, but found ${count}`);
  }
  return { lines: [...lines, `reader    ${relevant} of ${retrieved} articles were to the point`], completed, faults };
}

/** The id of the tool call that searched. */
async function retrievalOf(
  call: ReturnType<typeof serverClient>,
  processInstanceKey: string,
): Promise<string | undefined> {
  const filter = { processInstanceKey, elementId: "help_agent" };
  const agents = await call<{ items: { elementInstanceKey: string }[] }>("POST", "/v2/element-instances/search", {
    filter,
  });
  const [agent] = agents.items;
  if (agent === undefined) return undefined;
  const { items } = await call<{ items: { id: string; name: string }[] }>(
    "GET",
    `/governance/v1/agents/${agent.elementInstanceKey}/tool-calls?state=done`,
  );
  return items.find(({ name }) => name === "search_articles")?.id;
}
