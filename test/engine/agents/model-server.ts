/** A provider for tests: speaks OpenAI Chat Completions and Anthropic Messages, answers from a list, keeps what was asked. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface ScriptedAnswer {
  readonly text?: string;
  readonly calls?: readonly { readonly name: string; readonly args: Record<string, unknown> }[];
  readonly status?: number;
}

export interface ModelServer {
  readonly baseUrl: string;
  readonly requests: {
    readonly path: string;
    readonly body: Record<string, unknown>;
    readonly headers: IncomingHttpHeaders;
    /** The caller has hung up before it got its answer. */
    abandoned: boolean;
  }[];
  close(): Promise<void>;
}

function openAiBody(answer: ScriptedAnswer, count: number) {
  const toolCalls = answer.calls?.map((call, index) => ({
    id: `tc-${count}-${index}`,
    type: "function",
    function: { name: call.name, arguments: JSON.stringify(call.args) },
  }));
  return {
    id: `chatcmpl-${count}`,
    object: "chat.completion",
    created: 0,
    model: "test-model",
    choices: [
      {
        index: 0,
        finish_reason: toolCalls ? "tool_calls" : "stop",
        message: { role: "assistant", content: answer.text ?? null, ...(toolCalls ? { tool_calls: toolCalls } : {}) },
      },
    ],
    usage: { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 },
  };
}

function anthropicBody(answer: ScriptedAnswer, count: number) {
  const calls = (answer.calls ?? []).map((call, index) => ({
    type: "tool_use",
    id: `toolu_${count}_${index}`,
    name: call.name,
    input: call.args,
  }));
  return {
    id: `msg_${count}`,
    type: "message",
    role: "assistant",
    model: "test-model",
    content: [...(answer.text ? [{ type: "text", text: answer.text }] : []), ...calls],
    stop_reason: calls.length > 0 ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 21, output_tokens: 9 },
  };
}

/** Gives the answer to one request; may take its time. */
export type Answering = (body: Record<string, unknown>) => ScriptedAnswer | Promise<ScriptedAnswer>;

export async function startModelServer(answers: readonly ScriptedAnswer[] | Answering): Promise<ModelServer> {
  const requests: ModelServer["requests"] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown>;
      const kept = { path: request.url ?? "", body, headers: request.headers, abandoned: false };
      const count = requests.push(kept);
      response.on("close", () => {
        kept.abandoned = !response.writableFinished;
      });
      const answer =
        typeof answers === "function" ? await answers(body) : (answers[count - 1] ?? { text: "no more answers" });
      response.writeHead(answer.status ?? 200, { "content-type": "application/json" });
      if (answer.status) response.end(JSON.stringify({ error: { message: "overloaded", type: "server_error" } }));
      else
        response.end(
          JSON.stringify(request.url?.endsWith("/messages") ? anthropicBody(answer, count) : openAiBody(answer, count)),
        );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
