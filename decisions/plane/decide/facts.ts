/**
 * From a request to the input data of a policy: facts nested by their dotted names, checked against what the policy
 * declares. A fact of the wrong type, a missing one, or one that contradicts what will really run never reaches a
 * rule (C10, study §5.1).
 */
import { canonicalJson } from "../audit/canonical.ts";
import type { ActionRequest, Fact, Json, JsonRecord } from "../types.ts";
import { denial, type Verdict } from "./combine.ts";
import { type FactPath, pathOf } from "./fact-path.ts";

export type FactType =
  | "number"
  | "integer"
  | "string"
  | "boolean"
  | "date"
  | "dateTime"
  | "duration"
  | "list"
  | "context";

export interface FactDeclaration {
  readonly type: FactType;
  /** Closed list of values. */
  readonly allowed?: readonly Json[];
  /** Action types that carry this fact; absent: all. For the others it is null. */
  readonly actions?: readonly string[];
  /** Default true. */
  readonly required?: boolean;
  /** defer: somebody can still supply it. Default deny. */
  readonly onMissing?: "deny" | "defer";
  /**
   * raiseOnly: a value that a model wrote may make the answer stricter, never milder. Default for everything but
   * `args.*`: arguments are exactly what will run, so judging them by what they say is right even when a model chose them.
   */
  readonly model?: "ok" | "raiseOnly";
  /** Personal data: the record keeps a salted commitment, the value can be erased. */
  readonly personal?: boolean;
  readonly description?: string;
}

export type FactDeclarations = ReadonlyMap<string, FactDeclaration>;

interface Branch {
  [name: string]: Json | Branch;
}
export type FactContext = { readonly [name: string]: Json };

export type PreparedFacts =
  | {
      readonly ok: true;
      readonly context: FactContext /** The same with model-written facts taken away; null when there are none. */;
      readonly withoutModel: FactContext | null;
    }
  | { readonly ok: false; readonly verdict: Verdict };

/**
 * What every request says of itself, by type: the tables of a policy may read it without declaring it. The shared
 * facts model (`agent-policy-facts`) gives the same to DMN.
 */
export const describedFacts: ReadonlyMap<string, FactType> = new Map<string, FactType>([
  ["action.type", "string"],
  ["action.target", "string"],
  ["action.operation", "string"],
  ["action.reversible", "boolean"],
  ["action.riskClass", "string"],
  ["action.toolRef", "string"],
  ["agent.id", "string"],
  ["agent.version", "string"],
  ["agent.model", "string"],
  ["agent.promptHash", "string"],
  ["agent.roles", "list"],
  ["agent.trustLevel", "string"],
  ["actor.id", "string"],
  ["actor.type", "string"],
  ["actor.roles", "list"],
  ["actor.groups", "list"],
  ["process.processId", "string"],
  ["process.definitionVersion", "integer"],
  ["process.processInstanceKey", "string"],
  ["process.elementId", "string"],
  ["process.tenantId", "string"],
  ["history.callsByAction", "context"],
  ["history.callsOfThisAction", "integer"],
  ["history.lastActions", "list"],
  ["history.sameArgsRepeat", "integer"],
  ["budget.modelCallsUsed", "integer"],
  ["budget.modelCallsMax", "integer"],
  ["budget.toolCallsUsed", "integer"],
  ["budget.toolCallsMax", "integer"],
  ["budget.tokensUsed", "integer"],
  ["budget.tokensMax", "integer"],
  ["now", "string"],
]);

/** Roots that need no declaration: the request always has them. Arguments differ by action, so policies declare those they read. */
export const describedRoots: ReadonlySet<string> = new Set(
  [...describedFacts.keys()].map((name) => name.split(".")[0] as string),
);

/** Roots that the caller's facts can add to but never contradict: they describe what is about to happen. */
const described: ReadonlySet<string> = new Set([...describedRoots, "args"]);

/** Names that a policy's DMN may use without input data of that name; what it reads of them is checked at upload. */
export const requestRoots: ReadonlySet<string> = new Set([...described, "subject", "data"]);

/** The input data of one request, the same for all its policies. Never shares structure that a later step changes. */
export function requestContext(request: ActionRequest): PreparedFacts {
  const { agent, actor, process, history, budget } = request;
  const context: Branch = {
    action: { ...request.action },
    args: request.args,
    agent: {
      id: agent?.id ?? null,
      version: agent?.version ?? null,
      model: agent?.model ?? null,
      promptHash: agent?.promptHash ?? null,
      roles: agent?.roles ?? [],
      trustLevel: agent?.trustLevel ?? "untrusted",
    },
    actor: { id: actor.id, type: actor.type, roles: actor.roles ?? [], groups: actor.groups ?? [] },
    process: {
      processId: process?.processId ?? null,
      definitionVersion: process?.definitionVersion ?? null,
      processInstanceKey: process?.processInstanceKey ?? null,
      elementId: process?.elementId ?? null,
      tenantId: process?.tenantId ?? null,
    },
    history: {
      callsByAction: { ...history?.callsByAction },
      callsOfThisAction: callsOf(history?.callsByAction, request.action.type),
      lastActions: history?.lastActions ?? [],
      sameArgsRepeat: history?.sameArgsRepeat ?? 0,
    },
    budget: {
      modelCallsUsed: budget?.modelCallsUsed ?? 0,
      modelCallsMax: budget?.modelCallsMax ?? null,
      toolCallsUsed: budget?.toolCallsUsed ?? 0,
      toolCallsMax: budget?.toolCallsMax ?? null,
      tokensUsed: budget?.tokensUsed ?? 0,
      tokensMax: budget?.tokensMax ?? null,
    },
    subject: {},
    data: {},
    now: new Date(request.now).toISOString(),
  };
  const branches: Branches = new Map([["", context]]);
  for (const name of Object.keys(request.facts)) {
    const problem = place(branches, name, (request.facts[name] as Fact).value);
    if (problem !== undefined) return { ok: false, verdict: denial(problem.code, problem.message) };
  }
  return { ok: true, context: context as FactContext, withoutModel: null };
}

function callsOf(calls: Readonly<Record<string, number>> | undefined, type: string): number {
  return calls !== undefined && Object.hasOwn(calls, type) ? (calls[type] ?? 0) : 0;
}

/** Checks one policy's declared facts and fills what it may do without with null, so that every name resolves. */
export function factsFor(declarations: FactDeclarations, request: ActionRequest, base: FactContext): PreparedFacts {
  const absent: string[] = [];
  const modelWritten: string[] = [];
  let deferred: string | undefined;
  for (const [name, declaration] of declarations) {
    const value = readFact(base, name);
    if (value === undefined || value === null) {
      const wanted = declaration.required !== false && appliesTo(declaration, request.action.type);
      if (wanted && declaration.onMissing !== "defer")
        return { ok: false, verdict: denial("FACT_MISSING", `Expected the fact ${name}, but it is missing`) };
      if (wanted) deferred ??= name;
      absent.push(name);
    } else {
      const problem = typeProblem(value, declaration);
      if (problem !== undefined)
        return { ok: false, verdict: denial("FACT_INVALID", `Expected ${name} to be ${problem}`) };
      const provenance = request.facts[name]?.provenance;
      if (provenance === "model" && !modelMayDecide(name, declaration)) modelWritten.push(name);
    }
  }
  if (deferred !== undefined)
    return {
      ok: false,
      verdict: {
        ...denial("FACT_MISSING", `Expected the fact ${deferred}, but it is missing`),
        determination: "DEFER",
      },
    };
  const context = absent.length === 0 ? base : withNulls(base, absent);
  return { ok: true, context, withoutModel: modelWritten.length === 0 ? null : withNulls(context, modelWritten) };
}

/** Value of a dotted fact name; undefined when it is not there. */
export function readFact(context: FactContext, name: string): Json | undefined {
  let current: Json | undefined = context;
  for (const part of pathOf(name).parts) {
    if (typeof current !== "object" || current === null || Array.isArray(current) || !Object.hasOwn(current, part))
      return undefined;
    current = (current as JsonRecord)[part];
  }
  return current;
}

/** Says what a value should have been; undefined when it fits. */
export function typeProblem(value: Json, { type, allowed }: FactDeclaration): string | undefined {
  if (!typeTests[type](value)) return `of type ${type}, but it is ${kindOf(value)}`;
  if (allowed === undefined || allowed.some((one) => one === value)) return undefined;
  return `one of ${canonicalJson(allowed)}, but it is ${canonicalJson(value).slice(0, 80)}`;
}

export function appliesTo(declaration: FactDeclaration, actionType: string): boolean {
  return declaration.actions === undefined || declaration.actions.includes(actionType);
}

const isText = (value: Json): value is string => typeof value === "string";
const typeTests: Readonly<Record<FactType, (value: Json) => boolean>> = {
  number: (value) => typeof value === "number" && Number.isFinite(value),
  integer: (value) => Number.isSafeInteger(value),
  string: isText,
  boolean: (value) => typeof value === "boolean",
  date: (value) => isText(value) && /^-?\d{4,9}-\d\d-\d\d$/.test(value),
  dateTime: (value) =>
    isText(value) && /^-?\d{4,9}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/.test(value),
  duration: (value) =>
    isText(value) && /^-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/.test(value),
  list: (value) => Array.isArray(value),
  context: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};
export const factTypes: ReadonlySet<string> = new Set(Object.keys(typeTests));

function modelMayDecide(name: string, declaration: FactDeclaration): boolean {
  return (declaration.model ?? (name.startsWith("args.") ? "ok" : "raiseOnly")) === "ok";
}

function kindOf(value: Json): string {
  return Array.isArray(value)
    ? "a list"
    : value === null
      ? "null"
      : typeof value === "object"
        ? "a context"
        : `a ${typeof value}`;
}

/** Branches that are the context's own, by dotted name, so that many facts of one branch copy it once; "" is the context. */
type Branches = Map<string, Branch>;

interface Misplaced {
  readonly code: string;
  readonly message: string;
}

/** Puts a value at its dotted name; says why it cannot be. */
function place(branches: Branches, name: string, value: Json): Misplaced | undefined {
  const path = pathOf(name);
  if (!path.isName)
    return { code: "FACT_INVALID", message: `Expected a dotted fact name, but got "${name.slice(0, 80)}"` };
  const context = branches.get("") as Branch;
  if (described.has(path.root) && contradicts(context as FactContext, name, path.root, value))
    return { code: "FACT_CONFLICT", message: `Expected the fact ${name} to be what the request says, but they differ` };
  const branch = branches.get(path.branch) ?? openBranch(branches, path);
  if (typeof branch === "string")
    return {
      code: "FACT_CONFLICT",
      message: `Expected ${branch} of the fact ${name} to hold facts, but it is a value`,
    };
  const before = Object.hasOwn(branch, path.leaf) ? branch[path.leaf] : undefined;
  branch[path.leaf] = value;
  // The value took the place of a branch: what was known below it is no longer part of the context.
  if (typeof before === "object" && before !== null) {
    branches.clear();
    branches.set("", context);
  }
  return undefined;
}

/** Whether a described root says something else; what it leaves open (null, no roles) may be told. */
function contradicts(context: FactContext, name: string, root: string, value: Json): boolean {
  const existing = readFact(context, name);
  if (existing === undefined || existing === null) return false;
  if (Array.isArray(existing) && existing.length === 0 && (root === "agent" || root === "actor")) return false;
  return canonicalJson(existing) !== canonicalJson(value);
}

/** The context's own copy of a branch; the name of the part that is a value and can hold none. */
function openBranch(branches: Branches, { parts }: FactPath): Branch | string {
  let branch = branches.get("") as Branch;
  let name = "";
  for (const part of parts.slice(0, -1)) {
    name = name === "" ? part : `${name}.${part}`;
    const known = branches.get(name);
    if (known !== undefined) {
      branch = known;
      continue;
    }
    const inner = Object.hasOwn(branch, part) ? branch[part] : undefined;
    if (inner !== undefined && inner !== null && (typeof inner !== "object" || Array.isArray(inner))) return part;
    const copy: Branch = { ...(inner as Branch | undefined) };
    branch[part] = copy;
    branches.set(name, copy);
    branch = copy;
  }
  return branch;
}

function withNulls(base: FactContext, names: readonly string[]): FactContext {
  const context: Branch = { ...(base as Branch) };
  for (const name of names) writeNull(context, name);
  return context as FactContext;
}

/** Writes null at a dotted name, copying the branches on the way. */
function writeNull(context: Branch, name: string): void {
  const parts = name.split(".");
  let branch = context;
  for (const part of parts.slice(0, -1)) {
    const inner = Object.hasOwn(branch, part) ? branch[part] : undefined;
    const copy: Branch =
      typeof inner === "object" && inner !== null && !Array.isArray(inner) ? { ...(inner as Branch) } : {};
    branch[part] = copy;
    branch = copy;
  }
  branch[parts[parts.length - 1] as string] = null;
}
