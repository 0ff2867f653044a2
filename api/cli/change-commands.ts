/** Change requests: hand in, list, show, approve, reject, withdraw, deploy. `<id@revision>` says which revision was looked at. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Deployment } from "../client/index.ts";
import { required, UsageError } from "./arguments.ts";
import type { Command, CommandContext } from "./command.ts";
import { printDeployment } from "./print-deployment.ts";

interface Change {
  readonly changeId: string;
  readonly title: string;
  readonly state: string;
  readonly revision: number;
  readonly author: { readonly id: string };
  readonly approval: { readonly approver: { readonly id: string } } | null;
  readonly policy: { readonly policyId: string; readonly version: number } | null;
  readonly resources: readonly { readonly name: string; readonly sha256: string }[];
}

const root = "/governance/v1/changes";
const columns = ["change", "state", "author", "approvedBy", "title", "contents"];

function rowOf({ changeId, revision, state, title, author, approval, policy, resources }: Change) {
  return {
    change: `${changeId}@${revision}`,
    state,
    title,
    author: author.id,
    approvedBy: approval?.approver.id,
    contents: policy ? [`${policy.policyId}@${policy.version}`] : resources.map(({ name }) => name),
  };
}

function placeOf(word: string | undefined, rest = ""): string {
  return `${root}/${encodeURIComponent(required(word, "the id of a change"))}${rest}`;
}

/** "5f0c…@2" → id and revision. */
function revisionOf(word: string | undefined): { readonly id: string; readonly revision: number } {
  const match = /^([^@]+)@([1-9]\d{0,8})$/.exec(required(word, "the id and revision of a change like 5f0c…@2"));
  if (match === null)
    throw new UsageError(`Expected the id and revision of a change like 5f0c…@2, but found "${word}".`);
  return { id: match[1]!, revision: Number(match[2]) };
}

async function submit({ client, words, options, print }: CommandContext): Promise<void> {
  const title = required(options.title, "a title (--title)");
  const description = options.reason;
  if (options.policy !== undefined) {
    const match = /^(.+)@([1-9]\d{0,8})$/.exec(options.policy);
    if (match === null)
      throw new UsageError(`Expected a policy and version like refund@2, but found "${options.policy}".`);
    const policy = { policyId: match[1], version: Number(match[2]) };
    const body = { title, policy, ...(description === undefined ? {} : { description }) };
    return print.table([rowOf(await client.request<Change>("POST", root, { body }))], columns);
  }
  required(words[0], "at least one file, or --policy");
  const form = new FormData();
  form.append("title", title);
  if (description !== undefined) form.append("description", description);
  for (const path of words) form.append("resources", new Blob([new Uint8Array(readFileSync(path))]), basename(path));
  print.table([rowOf(await client.request<Change>("POST", root, { form }))], columns);
}

function judging(verb: "approve" | "reject", noun: string, summary: string): Command {
  return {
    name: `change ${verb}`,
    usage: `change ${verb} <change id@revision> [-m comment]`,
    summary,
    async run({ client, words, options, print }) {
      const { id, revision } = revisionOf(words[0]);
      const body = { revision, comment: options.reason ?? null };
      print.table([rowOf(await client.request<Change>("POST", placeOf(id, `/${noun}`), { body }))], columns);
    },
  };
}

export const changeCommands: readonly Command[] = [
  {
    name: "change submit",
    usage:
      "change submit <file …> --title text [-m description] | change submit --policy <policy id@version> --title text",
    summary: "Hand in files, or a version of a policy, for approval by somebody else",
    run: submit,
  },
  {
    name: "change list",
    usage: "change list [--state submitted|approved|rejected|withdrawn|deployed] [--limit n]",
    summary: "List change requests, newest first",
    async run({ client, options, print }) {
      const query = { state: options.state?.toLowerCase(), limit: options.limit };
      const { items } = await client.request<{ items: Change[] }>("GET", root, { query });
      print.table(items.map(rowOf), columns);
    },
  },
  {
    name: "change show",
    usage: "change show <change id>",
    summary: "Show a change request with everything that was done with it",
    async run({ client, words, print }) {
      print.record(await client.request<object>("GET", placeOf(words[0])));
    },
  },
  judging("approve", "approval", "Approve a revision that somebody else has handed in"),
  judging("reject", "rejection", "Reject a revision, or take its approval back"),
  {
    name: "change withdraw",
    usage: "change withdraw <change id> [-m comment]",
    summary: "Take one's own change back",
    async run({ client, words, options, print }) {
      const body = { comment: options.reason ?? null };
      print.table([rowOf(await client.request<Change>("POST", placeOf(words[0], "/withdrawal"), { body }))], columns);
    },
  },
  {
    name: "change deploy",
    usage: "change deploy <change id@revision>",
    summary: "Deploy an approved change that others have written and approved",
    async run({ client, words, print }) {
      const { id, revision } = revisionOf(words[0]);
      const path = placeOf(id, "/deployment");
      const { deployment } = await client.request<{ deployment: Deployment }>("POST", path, { body: { revision } });
      printDeployment(print, deployment);
    },
  },
];
