/** Decisions, approvals and proof: decide, approve, reject, decisions, export, verify. */
import { readFileSync, writeFileSync } from "node:fs";
import { verifyFile } from "../../decisions/index.ts";
import { jsonObject, required, UsageError } from "./arguments.ts";
import type { Command, CommandContext } from "./command.ts";

type Row = Readonly<Record<string, unknown>>;

async function vote(
  verdict: "approve" | "reject" | "edit",
  { client, words, options, print }: CommandContext,
): Promise<void> {
  const id = required(words[0], "the id of an approval");
  const body = {
    verdict,
    comment: options.comment ?? null,
    ...(options.args === undefined ? {} : { args: jsonObject(options.args, "--args") }),
  };
  print.record(
    await client.request<object>("POST", `/governance/v1/approvals/${encodeURIComponent(id)}/votes`, { body }),
  );
}

export const recordCommands: readonly Command[] = [
  {
    name: "decide",
    usage: "decide <json | @file> [--dry-run]",
    summary: "Ask whether an action may happen; exit code 2 when it may not now; --dry-run records nothing",
    async run({ client, words, options, print }) {
      const word = required(words[0], "a question as JSON");
      const question = jsonObject(word.startsWith("@") ? readFileSync(word.slice(1), "utf8") : word, "the question");
      const path = `/governance/v1/decisions${options["dry-run"] ? "/dry-run" : ""}`;
      const answer = await client.request<{ determination: string }>("POST", path, { body: question });
      print.record(answer);
      return answer.determination.startsWith("ALLOW") ? 0 : 2;
    },
  },
  {
    name: "decisions",
    usage: "decisions [--from instant] [--to instant] [--limit n]",
    summary: "List decision records",
    async run({ client, options, print }) {
      const body = {
        ...(options.from === undefined ? {} : { from: options.from }),
        ...(options.to === undefined ? {} : { to: options.to }),
        limit: Number(options.limit ?? 50),
      };
      const { items } = await client.request<{ items: Row[] }>("POST", "/governance/v1/decisions/search", { body });
      print.table(items, ["decisionId", "decidedAt", "actionType", "determination", "reasonCodes", "agentId"]);
    },
  },
  {
    name: "approvals",
    usage: "approvals [--state pending]",
    summary: "List approvals",
    async run({ client, options, print }) {
      const { items } = await client.request<{ items: Row[] }>("GET", "/governance/v1/approvals", {
        query: { state: options.state ?? "pending" },
      });
      print.table(items, ["approvalId", "state", "group", "action", "args", "dueAt"]);
    },
  },
  {
    name: "approve",
    usage: "approve <approval id> [--comment text]",
    summary: "Approve",
    run: (context) => vote("approve", context),
  },
  {
    name: "reject",
    usage: "reject <approval id> [--comment text]",
    summary: "Reject",
    run: (context) => vote("reject", context),
  },
  {
    name: "edit",
    usage: "edit <approval id> --args json [--comment text]",
    summary: "Approve with other arguments: a new decision",
    run: (context) => vote("edit", context),
  },
  {
    name: "export",
    usage: "export [--from instant] [--to instant] [-o file]",
    summary: "Export the record with its chain, checkpoints and keys",
    async run({ client, words, options, print, write }) {
      if (words.length > 0) throw new UsageError(`Expected a file as -o ${words[0]}, but found "${words[0]}".`);
      print.progress("Exporting records");
      const bundle = await client.request<object>("GET", "/governance/v1/export", {
        query: { from: options.from, to: options.to },
      });
      // For another program or a file: a bundle is no use to the eye.
      if (options.output === undefined) return write(`${JSON.stringify(bundle)}\n`);
      writeFileSync(options.output, JSON.stringify(bundle));
      print.line(`Wrote ${options.output}.`);
    },
  },
  {
    name: "verify",
    usage: "verify <export file> [--keys jwks file]",
    summary:
      "Verify an export on this machine, without the server; exit code 1 and the first bad entry when it is not whole",
    async run({ words, options, print }) {
      const path = required(words[0], "a file");
      print.progress(`Verifying ${path}`);
      const trusted =
        options.keys === undefined
          ? undefined
          : (JSON.parse(readFileSync(options.keys, "utf8")) as { keys: Parameters<typeof verifyFile>[1] }).keys;
      const report = verifyFile(readFileSync(path), trusted);
      print.record(report);
      return report.valid ? 0 : 1;
    },
  },
];
