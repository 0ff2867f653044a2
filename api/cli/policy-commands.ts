/** Policies: list, add, extract from a process, test, promote, roll back, replay. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { extractPolicies, type PolicyCandidate } from "../governance/policy-extraction.ts";
import { jsonObject, required, UsageError } from "./arguments.ts";
import type { Command, CommandContext } from "./command.ts";

type Row = Readonly<Record<string, unknown>>;

interface TestReport {
  readonly passed: boolean;
  readonly cases: readonly { readonly name: string; readonly passed: boolean; readonly problem: string | null }[];
  readonly coverage: { readonly rules: number; readonly covered: number };
}

/** "refund@2" → its path. */
function versionPath(word: string | undefined): string {
  const match = /^(.+)@([1-9]\d*)$/.exec(required(word, "a policy and version like refund@2"));
  if (match === null) throw new UsageError(`Expected a policy and version like refund@2, but found "${word}".`);
  return `/governance/v1/policies/${encodeURIComponent(match[1]!)}/versions/${match[2]}`;
}

function readPackage(folder: string): object {
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const tests = existsSync(join(folder, "tests.json")) ? { tests: JSON.parse(read("tests.json")) as unknown } : {};
  return { manifest: jsonObject(read("policy.json"), "policy.json"), dmn: read("policy.dmn"), ...tests };
}

async function test({ client, words, print }: CommandContext): Promise<number> {
  const report = await client.request<TestReport>("POST", `${versionPath(words[0])}/test`, { body: {} });
  print.table(
    report.cases.map(({ name, passed, problem }) => ({ case: name, result: passed ? "passed" : "FAILED", problem })),
    ["result", "case", "problem"],
  );
  print.line(
    `${report.cases.filter(({ passed }) => passed).length} of ${report.cases.length} cases passed; ${report.coverage.covered} of ${report.coverage.rules} rules covered.`,
  );
  return report.passed ? 0 : 1;
}

/** Works on a file alone; no server is asked. */
async function extract({ words, options, print }: CommandContext): Promise<void> {
  const candidates = await extractPolicies(readFileSync(required(words[0], "a BPMN file"), "utf8"));
  print.table(
    candidates.map(({ kind, elementId, elementName, consequential, actionType, branches, policy }) => ({
      element: elementName ?? elementId,
      kind,
      consequential: consequential ? "yes" : "no",
      action: actionType,
      branches: branches.length,
      facts: Object.keys((policy.manifest as { readonly facts: object }).facts).join(", "),
      policy: (policy.manifest as { readonly id: string }).id,
    })),
    ["policy", "element", "kind", "consequential", "action", "branches", "facts"],
  );
  if (options.output !== undefined) for (const candidate of candidates) writePackage(options.output, candidate);
}

function writePackage(folder: string, { policy }: PolicyCandidate): void {
  const own = join(folder, (policy.manifest as { readonly id: string }).id);
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "policy.json"), `${JSON.stringify(policy.manifest, null, 2)}\n`);
  writeFileSync(join(own, "policy.dmn"), policy.dmn);
  writeFileSync(join(own, "tests.json"), `${JSON.stringify(policy.tests, null, 2)}\n`);
}

export const policyCommands: readonly Command[] = [
  {
    name: "policy list",
    usage: "policy list [--stage active]",
    summary: "List policies",
    async run({ client, options, print }) {
      const { items } = await client.request<{ items: Row[] }>("GET", "/governance/v1/policies", {
        query: { stage: options.stage },
      });
      print.table(items, ["policyId", "domain", "owner", "riskClass", "stage", "activeVersion", "latestVersion"]);
    },
  },
  {
    name: "policy show",
    usage: "policy show <policy id>",
    summary: "Show a policy, its versions and releases",
    async run({ client, words, print }) {
      print.record(
        await client.request<object>(
          "GET",
          `/governance/v1/policies/${encodeURIComponent(required(words[0], "the id of a policy"))}`,
        ),
      );
    },
  },
  {
    name: "policy add",
    usage: "policy add <folder>",
    summary: "Add a version from policy.json, policy.dmn and tests.json",
    async run({ client, words, print }) {
      print.record(
        await client.request<object>("POST", "/governance/v1/policies", {
          body: readPackage(required(words[0], "a folder")),
        }),
      );
    },
  },
  {
    name: "policy extract",
    usage: "policy extract <file.bpmn> [--output folder]",
    summary: "Find rules that a process hides in its conditions; with --output, write a policy draft for each",
    run: extract,
  },
  {
    name: "policy test",
    usage: "policy test <policy id@version>",
    summary: "Run a version's tests; exit code 1 when one fails",
    run: test,
  },
  {
    name: "policy promote",
    usage:
      "policy promote <policy id@version> --stage shadow|canary|active|retired -m reason [--share basis points] [--expedited] [--accept-widenings]",
    summary: "Bring a version to a stage",
    async run({ client, words, options, print }) {
      const body = {
        stage: required(options.stage, "--stage"),
        reason: required(options.reason, "a reason (-m)"),
        ...(options.share === undefined ? {} : { shareBasisPoints: Number(options.share) }),
        ...(options.expedited ? { expedited: true } : {}),
        ...(options["accept-widenings"] ? { acknowledgeWidenings: true } : {}),
      };
      print.record(await client.request<object>("POST", `${versionPath(words[0])}/promotion`, { body }));
    },
  },
  {
    name: "policy rollback",
    usage: "policy rollback <policy id> -m reason [--to-version n]",
    summary: "Return to the version before; in force within two seconds",
    async run({ client, words, options, print }) {
      const toVersion = options["to-version"];
      const body = {
        reason: required(options.reason, "a reason (-m)"),
        ...(toVersion === undefined ? {} : { toVersion: Number(toVersion) }),
      };
      print.record(
        await client.request<object>(
          "POST",
          `/governance/v1/policies/${encodeURIComponent(required(words[0], "the id of a policy"))}/rollback`,
          { body },
        ),
      );
    },
  },
  {
    name: "policy replay",
    usage: "policy replay <policy id@version> [--from instant] [--to instant]",
    summary: "What would this version have decided on recorded questions?",
    async run({ client, words, options, print }) {
      const body = {
        ...(options.from === undefined ? {} : { from: options.from }),
        ...(options.to === undefined ? {} : { to: options.to }),
      };
      print.record(await client.request<object>("POST", `${versionPath(words[0])}/replay`, { body }));
    },
  },
];
