/**
 * The guard without the SDK, for frameworks of other languages (AutoGPT, CrewAI, AutoGen, a loop of one's own): three
 * requests around each tool call. Ask; use up the permit just before the effect; report what ran. Whatever answer does
 * not permit, or does not come, means: do not run. Run: `node dist/api/client/examples/guard-over-http.js`.
 */
import { pathToFileURL } from "node:url";

type Json = Readonly<Record<string, unknown>>;

async function post(server: string, path: string, body: Json): Promise<Json | undefined> {
  try {
    const response = await fetch(`${server}/governance/v1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return response.ok ? ((await response.json()) as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** Runs the tool with the permitted arguments, or gives the model a text that says why not. */
export async function runTool(
  server: string,
  question: { readonly action: Json; readonly args: Json; readonly facts?: Json; readonly agent?: Json },
  tool: (args: Json) => Promise<string>,
): Promise<string> {
  const decision = await post(server, "/decisions", question);
  if (decision === undefined) return "not executed: no answer from the decision plane";
  const { decisionId, determination, permit, args, reasonCodes } = decision;
  if (determination !== "ALLOW" && determination !== "ALLOW_WITH_CONSTRAINTS")
    return `not executed: ${String(determination)} ${(reasonCodes as string[]).join(", ")}`;
  const holder = globalThis.crypto.randomUUID();
  const used = await post(server, "/permits/use", { permit, actionType: question.action.type, args, holder });
  if (used === undefined) return "not executed: the permit could not be used";
  const result = await tool(args as Json);
  await post(server, `/decisions/${String(decisionId)}/outcome`, { status: "succeeded", executedArgs: args });
  return result;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const answer = await runTool(
    process.env.INTERLOCK_URL ?? "http://127.0.0.1:8080",
    { action: { type: "send_campaign", target: "email" }, args: { recipients: 50_000 } },
    async ({ recipients }) => `sent to ${String(recipients)}`,
  );
  process.stdout.write(`${answer}\n`);
}
