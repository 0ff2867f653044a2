/**
 * From zod's issues to one sentence that names the place: "Expected …, but … (at body.filter.state)."
 */
import type { z } from "zod";
import { Problem } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/** The parsed value, or a 400 that names the first place that is wrong. */
export function validate(schema: z.ZodType, value: unknown, place: "path" | "query" | "body"): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Problem("INVALID_ARGUMENT", describe(result.error.issues, place));
}

export function describe(issues: readonly Issue[], place: string): string {
  const shown = issues.slice(0, 3).map((issue) => sentence(issue, place));
  return shown.join(" ") + (issues.length > 3 ? ` And ${issues.length - 3} more.` : "");
}

function sentence(issue: Issue, place: string): string {
  const { issue: inner, path } = innermost(issue);
  const at = [place, ...path.map(String)].join(".").slice(0, 200);
  return `${wording(inner)} (at ${at}).`;
}

/** In a union, the branch that got deepest is the one the sender meant. */
function innermost(issue: Issue): { readonly issue: Issue; readonly path: readonly PropertyKey[] } {
  let current = issue;
  let path: readonly PropertyKey[] = issue.path;
  while (current.code === "invalid_union" && current.errors.length > 0) {
    const branches: readonly Issue[][] = current.errors;
    const best = branches
      .flat()
      .reduce<Issue | undefined>(
        (deepest, candidate) => (deepest === undefined || weight(candidate) > weight(deepest) ? candidate : deepest),
        undefined,
      );
    if (best === undefined) break;
    current = best;
    path = [...path, ...best.path];
  }
  return { issue: current, path };
}

function weight(issue: Issue): number {
  return (
    issue.path.length * 10 + (issue.code === "unrecognized_keys" ? 5 : 0) + (issue.code === "invalid_type" ? 0 : 1)
  );
}

function wording(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined && /received undefined/.test(issue.message)
        ? `Expected ${issue.expected}, but it is missing`
        : `Expected ${issue.expected}, but found ${received(issue.message)}`;
    case "unrecognized_keys":
      return `Expected only known members, but found ${issue.keys
        .slice(0, 5)
        .map((key) => `"${key.slice(0, 60)}"`)
        .join(", ")}`;
    case "invalid_value":
      return `Expected one of ${issue.values.slice(0, 40).map(String).join(", ")}, but found another value`;
    case "too_big":
      return `Expected at most ${String(issue.maximum)}${unit(issue.origin)}, but found more`;
    case "too_small":
      return `Expected at least ${String(issue.minimum)}${unit(issue.origin)}, but found less`;
    case "invalid_format":
      return `Expected ${formatName(issue.format)}, but found another form`;
    case "custom":
      return issue.message;
    default:
      return `Expected a valid value, but ${issue.message.toLowerCase()}`;
  }
}

function received(message: string): string {
  const word = /received (.+)$/.exec(message)?.[1] ?? "another type";
  return word === "undefined" ? "nothing" : word;
}

function unit(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" || origin === "set" ? " items" : "";
}

function formatName(format: string): string {
  if (format === "datetime") return "a date and time like 2026-01-31T12:00:00Z";
  return format === "regex" ? "a value of the documented pattern" : `a value of the form ${format}`;
}
