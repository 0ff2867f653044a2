/**
 * Rules that a process hides, as candidates for a policy: the conditions of a gateway that compare business facts, and
 * `if … then … else` in the inputs of tools and actions. Each becomes an ordered list of branches; what a branch means is
 * for the policy's owner to say. Requirements C20, D21. Like lint, it looks and changes nothing.
 */
import { checkSize } from "./analyze.ts";
import { comparedFact, decisionResults, leadingToConsequence } from "./business-facts.ts";
import { isConsequential } from "./compile/guard.ts";
import { extension, extensions, idOf, is, type ModdleElement, many, one, text, words } from "./moddle.ts";
import { buildModelGraph, type ModelGraph, type Scope } from "./model-graph.ts";
import { ProblemList } from "./problem.ts";
import { type ReadLimits, readModel } from "./read-model.ts";

export interface HiddenBranch {
  readonly id: string;
  readonly name: string | null;
  /** FEEL, without the leading "="; null: the default. */
  readonly condition: string | null;
}

export interface HiddenRule {
  readonly kind: "gateway" | "expression";
  readonly processId: string;
  /** The gateway (or activity) that the branches leave, or the activity whose input decides. */
  readonly elementId: string;
  readonly elementName: string | null;
  /** Whether the choice decides if a consequential action happens at all. */
  readonly consequential: boolean;
  /** Type of the action that is decided on, where the model names one. */
  readonly actionType: string | null;
  readonly branches: readonly HiddenBranch[];
}

export type HiddenRules =
  | { readonly ok: true; readonly rules: readonly HiddenRule[] }
  | { readonly ok: false; readonly messages: readonly string[] };

const rulesMax = 500;
const branchesMax = 500;

/** All candidates of a BPMN file in document order, the consequential ones first; or why it cannot be read. */
export async function findHiddenRules(xml: string, limits: ReadLimits = {}): Promise<HiddenRules> {
  const problems = new ProblemList();
  const definitions = await readModel(xml, limits, problems);
  if (definitions === undefined) return { ok: false, messages: problems.located(xml).map(({ message }) => message) };
  const graph = buildModelGraph(definitions);
  if (!checkSize(graph, problems)) return { ok: false, messages: problems.located(xml).map(({ message }) => message) };
  const decided = decisionResults(graph);
  const rules: HiddenRule[] = [];
  for (const scope of graph.scopes) {
    const leading = leadingToConsequence(graph, scope);
    for (const node of scope.nodes) {
      if (rules.length >= rulesMax) break;
      const choice = choiceOf(graph, scope, node, decided, leading);
      if (choice !== undefined) rules.push(choice);
      rules.push(...inputRules(scope, node, decided));
    }
  }
  return { ok: true, rules: rules.sort((one, other) => Number(other.consequential) - Number(one.consequential)) };
}

function choiceOf(
  graph: ModelGraph,
  scope: Scope,
  node: ModdleElement,
  decided: ReadonlySet<string>,
  leading: ReadonlySet<ModdleElement>,
): HiddenRule | undefined {
  const flows = graph.outgoing(node).slice(0, branchesMax);
  const conditions = flows.map((flow) => conditionOf(flow));
  if (!conditions.some((condition) => condition !== null && comparedFact(condition, decided) !== undefined))
    return undefined;
  const targets = flows.map((flow) => one(flow, "targetRef"));
  const leads = targets.map((target) => target !== undefined && leading.has(target));
  return {
    ...placeOf(scope, node),
    kind: "gateway",
    consequential: leads.includes(true) && leads.includes(false),
    actionType: firstAction(graph, targets),
    branches: flows.map((flow, index) => ({
      id: idOf(flow),
      name: text(flow, "name") ?? text(targets[index], "name") ?? null,
      condition: conditions[index] ?? null,
    })),
  };
}

/** The action nearest behind the choice; breadth first, every node once. */
function firstAction(graph: ModelGraph, targets: readonly (ModdleElement | undefined)[]): string | null {
  const pending = targets.filter((target) => target !== undefined);
  const seen = new Set(pending);
  for (let at = 0; at < pending.length; at += 1) {
    const node = pending[at] as ModdleElement;
    const type = isConsequential(node) ? words(extension(node, "interlock:Action"), "type") : undefined;
    if (type !== undefined) return type;
    const inner = graph.inside.get(node)?.nodes ?? [];
    const next = graph.outgoing(node).flatMap((flow) => one(flow, "targetRef") ?? []);
    for (const each of [...inner, ...next]) {
      if (seen.has(each)) continue;
      seen.add(each);
      pending.push(each);
    }
  }
  return null;
}

function inputRules(scope: Scope, node: ModdleElement, decided: ReadonlySet<string>): HiddenRule[] {
  if (!is(node, "bpmn:Activity")) return [];
  const inputs = extensions(node, "zeebe:IoMapping").flatMap((mapping) => many(mapping, "inputParameters"));
  return inputs.flatMap((input) => {
    const source = words(input, "source");
    const branches = source === undefined ? undefined : branchesOfIf(source, words(input, "target") ?? "value");
    if (branches === undefined) return [];
    if (!branches.some(({ condition }) => condition !== null && comparedFact(condition, decided) !== undefined))
      return [];
    return [
      {
        ...placeOf(scope, node),
        kind: "expression" as const,
        consequential: isConsequential(node),
        actionType: words(extension(node, "interlock:Action"), "type") ?? null,
        branches,
      },
    ];
  });
}

/** `if a then x else if b then y else z` → its branches; undefined for anything else. Linear: each word is looked at once. */
function branchesOfIf(expression: string, target: string): readonly HiddenBranch[] | undefined {
  const parts = topLevelParts(expression.replace(/^\s*=/, ""));
  const branches: HiddenBranch[] = [];
  let at = 0;
  while (parts[at]?.word === "if" && parts[at]?.before === "") {
    const [condition, result] = [parts[at + 1], parts[at + 2]];
    if (condition?.word !== "then" || result?.word !== "else" || branches.length >= branchesMax) return undefined;
    branches.push({ id: `${target}_${branches.length + 1}`, name: result.before, condition: condition.before });
    at += 3;
  }
  if (branches.length === 0) return undefined;
  const rest = parts.slice(at).map(({ before, word }) => `${before} ${word}`.trim());
  return [...branches, { id: `${target}_else`, name: rest.join(" ").trim(), condition: null }];
}

/** The text cut at `if`, `then` and `else` outside of brackets and strings; the last part has no word. */
function topLevelParts(expression: string): { readonly before: string; readonly word: string }[] {
  const parts: { before: string; word: string }[] = [];
  let [depth, from] = [0, 0];
  for (const match of expression.matchAll(/"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|[([{]|[)\]}]|[\p{L}_][\p{L}\p{N}_.]*/gu)) {
    const [token] = match;
    if (/^[([{]$/.test(token)) depth += 1;
    else if (/^[)\]}]$/.test(token)) depth -= 1;
    else if (depth === 0 && /^(?:if|then|else)$/.test(token)) {
      parts.push({ before: expression.slice(from, match.index).trim(), word: token });
      from = match.index + token.length;
    }
  }
  return [...parts, { before: expression.slice(from).trim(), word: "" }];
}

function conditionOf(flow: ModdleElement): string | null {
  return words(one(flow, "conditionExpression"), "body")?.replace(/^\s*=/, "").trim() ?? null;
}

function placeOf(scope: Scope, node: ModdleElement) {
  let root = scope;
  while (root.parent !== null) root = root.parent;
  return { processId: idOf(root.element), elementId: idOf(node), elementName: text(node, "name") ?? null };
}
