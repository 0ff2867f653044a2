/**
 * Where business facts hide in the flow: which conditions compare them, and which branches lead to a consequential
 * action. Read by the rule that warns of it (C20) and by the extraction that makes a policy draft of it (D21).
 */
import { isConsequential } from "./compile/guard.ts";
import { extension, is, type ModdleElement, one, words } from "./moddle.ts";
import type { ModelGraph, Scope } from "./model-graph.ts";

/** A FEEL string. It matches an unclosed one to the end of the text: a failed match would be tried again at every quote. */
const stringLiteral = /"(?:[^"\\]|\\[\s\S]?)*(?:"|$)/g;

/** Variables that hold what a decision, an approval or an agent said: comparing those is routing. */
export function decisionResults(graph: ModelGraph): ReadonlySet<string> {
  const called = graph.nodes.flatMap((node) => words(extension(node, "zeebe:CalledDecision"), "resultVariable") ?? []);
  return new Set([
    ...called,
    "decision",
    "approval",
    "approved",
    "toolCallResult",
    "toolCallResults",
    "agent",
    "loopCounter",
    "activationCount",
  ]);
}

/** Nodes of a scope from which a consequential activity can be reached, itself or inside a sub-process included. */
export function leadingToConsequence(graph: ModelGraph, scope: Scope): ReadonlySet<ModdleElement> {
  const pending = scope.nodes.filter((node) => holdsConsequence(graph, node));
  const found = new Set(pending);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const before = graph.incoming(node).flatMap((flow) => one(flow, "sourceRef") ?? []);
    for (const each of is(node, "bpmn:BoundaryEvent") ? [] : before) {
      if (found.has(each)) continue;
      found.add(each);
      pending.push(each);
    }
  }
  return found;
}

function holdsConsequence(graph: ModelGraph, node: ModdleElement): boolean {
  const pending = [node];
  for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
    if (isConsequential(each)) return true;
    for (const inner of graph.inside.get(each)?.nodes ?? []) pending.push(inner);
  }
  return false;
}

const notNames = new Set([
  "and",
  "or",
  "not",
  "true",
  "false",
  "null",
  "if",
  "then",
  "else",
  "in",
  "between",
  "some",
  "every",
  "satisfies",
  "for",
  "return",
  "instance",
  "of",
]);

/** The first name in a comparison that is no decision's result; undefined when nothing is compared. */
export function comparedFact(condition: string, decided: ReadonlySet<string>): string | undefined {
  const body = condition.replace(/^=/, "").replace(stringLiteral, '""');
  if (!/[<>]|!=|=|\bbetween\b|\bin\b/.test(body)) return undefined;
  for (const match of body.matchAll(/[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*(\s{0,5}\()?/gu)) {
    const [path] = match[0].split("(");
    const name = (path ?? "").trim();
    if (match[1] === undefined && !notNames.has(name) && !decided.has(name.split(".")[0] ?? "")) return name;
  }
  return undefined;
}
