/** What changed between two versions of a policy, rule by rule: what an approver of the promotion reads (D13). */
import { canonicalJson } from "../audit/canonical.ts";
import type { Json } from "../types.ts";
import type { PolicyTable, TableRule } from "./compiled-model.ts";
import type { CompiledVersion } from "./registry.ts";

/** Null when there is nothing to compare with. */
export function differenceOf(before: CompiledVersion | undefined, after: CompiledVersion): Json {
  if (before === undefined) return null;
  const names = new Set([...before.model.tables, ...after.model.tables].map(({ decisionId }) => decisionId));
  const tables = [...names].flatMap((decisionId) => {
    const change = tableDifference(find(before, decisionId), find(after, decisionId));
    return change === null ? [] : [{ decisionId, ...change }];
  });
  const manifest = Object.keys({ ...before.manifest, ...after.manifest }).filter(
    (name) => !same(before.manifest, after.manifest, name),
  );
  return { fromVersion: before.version, toVersion: after.version, tables: tables as unknown as Json, manifest };
}

function tableDifference(
  before: PolicyTable | undefined,
  after: PolicyTable | undefined,
): { readonly [name: string]: Json } | null {
  const rulesBefore = new Map((before?.rules ?? []).map((rule) => [rule.ruleId, rule]));
  const rulesAfter = new Map((after?.rules ?? []).map((rule) => [rule.ruleId, rule]));
  const changed: Json[] = [];
  const added: Json[] = [];
  for (const [ruleId, rule] of rulesAfter) {
    const old = rulesBefore.get(ruleId);
    if (old === undefined) added.push(describe(rule, after));
    else if (text(old) !== text(rule))
      changed.push({ ruleId, before: describe(old, before), after: describe(rule, after) });
  }
  const removed = [...rulesBefore.values()]
    .filter(({ ruleId }) => !rulesAfter.has(ruleId))
    .map((rule) => describe(rule, before));
  const hitPolicy =
    before?.hitPolicy === after?.hitPolicy ? null : [before?.hitPolicy ?? null, after?.hitPolicy ?? null];
  if (changed.length + added.length + removed.length === 0 && hitPolicy === null) return null;
  return { changed, added, removed, hitPolicy };
}

function describe(rule: TableRule, table: PolicyTable | undefined): Json {
  const when = rule.tests
    .map((test, index) => (test === "-" || test === "" ? "" : `${table?.inputs[index] ?? "?"} ${test}`))
    .filter((part) => part !== "");
  const then = rule.outputs
    .map((output, index) => (output === "" ? "" : `${table?.outputs[index] ?? "?"} = ${output}`))
    .filter((part) => part !== "");
  return { ruleIndex: rule.ruleIndex, when, then };
}

function find(version: CompiledVersion, decisionId: string): PolicyTable | undefined {
  return version.model.tables.find((table) => table.decisionId === decisionId);
}

function text(rule: TableRule): string {
  return canonicalJson([rule.tests, rule.outputs]);
}

function same(before: object, after: object, name: string): boolean {
  const left = (before as Record<string, unknown>)[name];
  const right = (after as Record<string, unknown>)[name];
  return canonicalJson(left ?? null) === canonicalJson(right ?? null);
}
