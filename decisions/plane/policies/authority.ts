/**
 * Who may do what, answered from the tables themselves: the cells of every column cut the facts into regions in which
 * no answer can change; one representative of each region is judged by the same code that judges real actions, so the
 * answer equals trying everything. Organisation-wide policies are limits and not grants: they judge too, for an ordinary
 * action (low risk, can be undone, not repeated), and add no regions of their own. Requirements D10, D14.
 */
import type { AuthorityAnswer, Grant } from "../answers.ts";
import { judge } from "../decide/decide.ts";
import { InvalidInputError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import type { AuthorityQuery } from "../requests.ts";
import type { ActionRequest, Fact, Json, JsonRecord } from "../types.ts";
import { ownerOf } from "./manifest.ts";
import type { PolicyPicture } from "./policy-version.ts";
import { type Dimension, dimensionsOf, literalsOf, type Point, pointsOf } from "./regions.ts";
import type { CompiledVersion, Registry } from "./registry.ts";

type Subject = Grant["subject"];

/** Questions tried per subject and action: above it the answer says that it is incomplete. */
const pointsMax = 40_000;
const permissive: ReadonlySet<string> = new Set(["ALLOW", "ALLOW_WITH_CONSTRAINTS", "REQUIRE_APPROVAL"]);
const subjectColumns = [
  "actor.roles",
  "agent.roles",
  "actor.role",
  "agent.role",
  "agent.id",
  "actor.id",
  "actor.type",
  "actor.groups",
];

export function createAuthority(registry: Registry, clock: Clock): (query: AuthorityQuery) => Promise<AuthorityAnswer> {
  return async (query) => {
    if (query.role === undefined && query.agent === undefined && query.action === undefined)
      throw new InvalidInputError("Expected a role, an agent or an action to ask about, but got none", [
        { code: "QUERY_EMPTY", message: "role, agent, action", place: "role" },
      ]);
    const picture = registry.picture();
    const policies = [...picture.policies.values()].flatMap(({ active }) =>
      active === null ? [] : [active as CompiledVersion],
    );
    const subjects = subjectsOf(query, policies);
    const actions = query.action === undefined ? actionsOf(policies) : [query.action];
    const grants: Grant[] = [];
    const incomplete = new Set<string>();
    for (const action of actions)
      for (const subject of subjects) {
        const found = grantsFor(picture, policies, subject, action, query.facts ?? {}, clock.now(), incomplete);
        grants.push(...found);
        await new Promise((resolve) => setImmediate(resolve));
      }
    const allowed = grants.filter(({ determination }) => determination !== "REQUIRE_APPROVAL");
    return {
      query,
      at: new Date(clock.now()).toISOString(),
      actions: unique(allowed.map(({ action }) => action)),
      actionsWithApproval: unique(
        grants.filter(({ determination }) => determination === "REQUIRE_APPROVAL").map(({ action }) => action),
      ),
      subjects: uniqueSubjects(grants.map(({ subject }) => subject)),
      grants,
      incomplete: [...incomplete],
    };
  };
}

/** Every different way in which the subject gets a permission for the action, with one witness each. */
function grantsFor(
  picture: PolicyPicture,
  policies: readonly CompiledVersion[],
  subject: Subject,
  action: string,
  fixed: JsonRecord,
  now: number,
  incomplete: Set<string>,
): Grant[] {
  const speaking = policies.filter(
    ({ manifest }) =>
      manifest.scope !== "organisation" && (manifest.actions === undefined || manifest.actions.includes(action)),
  );
  const dimensions = dimensionsOf(speaking, action, incomplete).filter(
    ({ fact }) => !subjectColumns.includes(fact) && fact !== "action.type" && !Object.hasOwn(fixed, fact),
  );
  const found = new Map<string, Grant>();
  for (const point of points(dimensions, `${action} for ${subject.id}`, incomplete)) {
    const request = requestAt({ ...point, ...fixed }, subject, action, now);
    const { verdict, evaluations } = judge(picture, request);
    if (!permissive.has(verdict.determination)) continue;
    const matched = evaluations.flatMap(({ applicable, evaluation }) =>
      evaluation.matchedRules.map((rule) => ({ policy: applicable.policy as CompiledVersion, rule })),
    );
    const id = `${verdict.determination}|${matched.map(({ policy, rule }) => `${policy.policyId}#${rule.ruleId}`).join(",")}`;
    const main = evaluations[0]?.applicable.policy as CompiledVersion | undefined;
    if (found.has(id) || main === undefined) continue;
    found.set(id, {
      subject,
      action,
      policyId: main.policyId,
      version: main.version,
      owner: ownerOf(main.manifest),
      determination: verdict.determination,
      rules: matched.map(({ policy, rule }) => ({
        decisionId: rule.decisionId,
        ruleId: rule.ruleId,
        ruleIndex: rule.ruleIndex,
        conditions: conditionsOf(policy, rule.ruleId),
      })),
      constraints: verdict.constraints,
      witness: point,
    });
  }
  return [...found.values()];
}

function* points(dimensions: readonly Dimension[], what: string, incomplete: Set<string>): Generator<Point> {
  let count = 0;
  for (const point of pointsOf(dimensions)) {
    if (++count > pointsMax) {
      incomplete.add(
        `Expected at most ${pointsMax} regions of facts for ${what}, but there are more: fix some facts in the question`,
      );
      return;
    }
    yield point;
  }
}

function requestAt(facts: Point, subject: Subject, action: string, now: number): ActionRequest {
  const args: Record<string, Json> = {};
  const plain: Record<string, Fact> = {};
  const shape: Record<string, Json> = {
    target: null,
    operation: "execute",
    reversible: true,
    riskClass: "low",
    toolRef: null,
  };
  const agent: Record<string, Json> = {
    id: "authority-query",
    version: "",
    model: null,
    promptHash: null,
    roles: [],
    trustLevel: "untrusted",
  };
  const actor: Record<string, Json> = { id: "authority-query", type: "human", roles: [], groups: [] };
  const history: Record<string, Json> = { callsByAction: {}, lastActions: [], sameArgsRepeat: 0 };
  const budget: Record<string, Json> = {};
  const roots = new Map([
    ["args", args],
    ["action", shape],
    ["agent", agent],
    ["actor", actor],
    ["history", history],
    ["budget", budget],
  ]);
  for (const [name, value] of Object.entries(facts)) {
    const [root, leaf, ...deeper] = name.split(".") as [string, string | undefined, ...string[]];
    const target = roots.get(root);
    if (target !== undefined && leaf !== undefined && deeper.length === 0) {
      if (value !== null) target[leaf] = value;
    } else plain[name] = { value, provenance: "trusted", source: "authority-query" };
  }
  // The request only has the counts of all actions; that of this one is read out of them.
  if (typeof history.callsOfThisAction === "number") history.callsByAction = { [action]: history.callsOfThisAction };
  if (subject.type === "role") {
    agent.roles = [subject.id];
    actor.roles = [subject.id];
    actor.groups = [subject.id];
  } else if (subject.type === "agent") {
    agent.id = subject.id;
    actor.id = subject.id;
    actor.type = "agent";
  } else if (subject.type === "actorType") actor.type = subject.id;
  return {
    action: { type: action, ...shape } as unknown as ActionRequest["action"],
    args,
    facts: plain,
    policies: [],
    agent: agent as unknown as ActionRequest["agent"],
    actor: actor as unknown as ActionRequest["actor"],
    process: null,
    toolCallId: null,
    history: history as unknown as ActionRequest["history"],
    budget: budget as unknown as ActionRequest["budget"],
    idempotencyKey: "",
    now,
  };
}

/** Whom the question is about; for "who may do this": everybody whom a table names, and somebody without any role. */
function subjectsOf(query: AuthorityQuery, policies: readonly CompiledVersion[]): Subject[] {
  if (query.role !== undefined) return [{ type: "role", id: query.role }];
  if (query.agent !== undefined) return [{ type: "agent", id: query.agent }];
  const subjects: Subject[] = [{ type: "any", id: "*" }];
  for (const { model } of policies)
    for (const table of model.tables)
      for (const [column, input] of table.inputs.entries()) {
        if (!subjectColumns.includes(input)) continue;
        const type = input.endsWith(".id") ? "agent" : input === "actor.type" ? "actorType" : "role";
        for (const rule of table.rules)
          for (const id of literalsOf(rule.tests[column] ?? ""))
            if (typeof id === "string") subjects.push({ type, id });
      }
  return uniqueSubjects(subjects) as Subject[];
}

function actionsOf(policies: readonly CompiledVersion[]): string[] {
  const actions = policies.flatMap(({ manifest, model }) => [
    ...(manifest.actions ?? []),
    ...model.tables.flatMap((table) => {
      const column = table.inputs.indexOf("action.type");
      return column < 0
        ? []
        : table.rules.flatMap(({ tests }) =>
            literalsOf(tests[column] ?? "").filter((value): value is string => typeof value === "string"),
          );
    }),
  ]);
  return unique(actions);
}

function conditionsOf(policy: CompiledVersion, ruleId: string): { readonly fact: string; readonly test: string }[] {
  for (const table of policy.model.tables) {
    const rule = table.rules.find((one) => one.ruleId === ruleId);
    if (rule !== undefined)
      return rule.tests
        .map((test, column) => ({ fact: table.inputs[column] ?? "?", test }))
        .filter(({ test }) => test !== "-" && test !== "");
  }
  return [];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

function uniqueSubjects<S extends { readonly type: string; readonly id: string }>(subjects: readonly S[]): S[] {
  return [...new Map(subjects.map((subject) => [`${subject.type}:${subject.id}`, subject])).values()];
}
