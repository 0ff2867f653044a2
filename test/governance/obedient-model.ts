/**
 * A model that does what it is told, whoever tells it: first the turns of the plan in its prompt, then every
 * `CALL tool {json}` that it reads anywhere, in a tool's answer or in the prompt. Speaks Chat Completions and Messages.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Proposal {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface ObedientModel {
  readonly baseUrl: string;
  /** Everything that it was sent. */
  readonly requests: { readonly text: string; readonly system: string }[];
  close(): Promise<void>;
}

/** The prompt for an agent that shall make these proposals, one list a turn. */
export const plan = (...turns: readonly (readonly Proposal[])[]): string => `PLAN ${JSON.stringify(turns)}`;

interface Turn {
  readonly system: string;
  readonly turn: number;
  readonly user: string;
  /** What it has read since it last spoke. */
  readonly fresh: string;
}

interface Block {
  readonly text?: string;
  readonly content?: unknown;
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return JSON.stringify(content ?? "");
  return (content as Block[]).map((block) => block.text ?? textOf(block.content)).join("\n");
}

function situationOf(body: Record<string, unknown>): Turn {
  const messages = body.messages as { role: string; content: unknown }[];
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  return {
    system: textOf(body.system ?? messages.find(({ role }) => role === "system")?.content),
    turn: messages.filter(({ role }) => role === "assistant").length,
    user: messages
      .filter(({ role }) => role === "user")
      .map(({ content }) => textOf(content))
      .join("\n"),
    fresh: messages
      .slice(last + 1)
      .map(({ content }) => textOf(content))
      .join("\n"),
  };
}

function proposals({ user, turn, fresh }: Turn): readonly Proposal[] {
  const found = /PLAN (\[.*\])/.exec(unescaped(user));
  const planned = found === null ? [] : ((JSON.parse(found[1]!) as Proposal[][])[turn] ?? []);
  return [...planned, ...ordersIn(fresh)];
}

/** Texts in tool results are JSON in JSON: quotes arrive escaped. */
function unescaped(text: string): string {
  let plain = text;
  for (let layer = 0; layer < 4 && plain.includes('\\"'); layer += 1) plain = plain.replaceAll(/\\(["\\])/g, "$1");
  return plain;
}

function ordersIn(text: string): Proposal[] {
  return [...unescaped(text).matchAll(/CALL ([a-z_]+) (\{[^{}]*\})/g)].flatMap(([, name, args]) => {
    try {
      return [{ name: name!, args: JSON.parse(args!) as Record<string, unknown> }];
    } catch {
      return [];
    }
  });
}

function completion(calls: readonly Proposal[], count: number) {
  const toolCalls = calls.map(({ name, args }, index) => ({
    id: `tc-${count}-${index}`,
    type: "function",
    function: { name, arguments: JSON.stringify(args) },
  }));
  const message = { role: "assistant", content: calls.length === 0 ? "done" : null };
  return {
    id: `c-${count}`,
    object: "chat.completion",
    created: 0,
    model: "obedient",
    choices: [
      {
        index: 0,
        finish_reason: calls.length === 0 ? "stop" : "tool_calls",
        message: calls.length === 0 ? message : { ...message, tool_calls: toolCalls },
      },
    ],
    usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
  };
}

function anthropicMessage(calls: readonly Proposal[], count: number) {
  return {
    id: `m-${count}`,
    type: "message",
    role: "assistant",
    model: "obedient",
    content:
      calls.length === 0
        ? [{ type: "text", text: "done" }]
        : calls.map(({ name, args }, index) => ({ type: "tool_use", id: `tu_${count}_${index}`, name, input: args })),
    stop_reason: calls.length === 0 ? "end_turn" : "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 5, output_tokens: 5 },
  };
}

export async function startObedientModel(): Promise<ObedientModel> {
  const requests: ObedientModel["requests"] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const situation = situationOf(JSON.parse(text) as Record<string, unknown>);
      requests.push({ text, system: situation.system });
      const calls = proposals(situation);
      response.writeHead(200, { "content-type": "application/json" });
      const answer = request.url?.endsWith("/messages") ? anthropicMessage : completion;
      response.end(JSON.stringify(answer(calls, requests.length)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
