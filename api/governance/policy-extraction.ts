/**
 * Rules that a process hides, as drafts of policies (D21): finds the candidates in a BPMN model and gives for each the
 * package that an owner can complete. Used by the operation, the command line and, through the operation, the modeler.
 */
import { z } from "zod";
import { extractPolicy, type PolicyPackage } from "../../decisions/index.ts";
import { findHiddenRules, type HiddenRule } from "../../engine/index.ts";
import { on } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { ok, okReply } from "../v2/replies.ts";
import { identifier, policyName, record } from "./shapes.ts";

export interface PolicyCandidate extends HiddenRule {
  readonly policy: PolicyPackage;
}

export interface ExtractionOptions {
  /** Only what this element decides, or the branch with this id. */
  readonly elementId?: string | undefined;
  /** The business domain of the drafts; default: the process. */
  readonly domain?: string | undefined;
}

/** @throws Problem INVALID_ARGUMENT for a file that is no BPMN model. */
export async function extractPolicies(
  bpmn: string,
  options: ExtractionOptions = {},
): Promise<readonly PolicyCandidate[]> {
  const found = await findHiddenRules(bpmn);
  if (!found.ok)
    throw new Problem("INVALID_ARGUMENT", `Expected a BPMN model, but it cannot be read: ${found.messages.join("; ")}`);
  const { elementId } = options;
  const wanted = found.rules.filter(
    (rule) =>
      elementId === undefined || rule.elementId === elementId || rule.branches.some(({ id }) => id === elementId),
  );
  const names = new Set<string>();
  return wanted.map((rule) => ({
    ...rule,
    policy: extractPolicy({
      policyId: nameFor(rule, names),
      domain: options.domain ?? rule.processId,
      actionType: rule.actionType ?? rule.elementId,
      flows: rule.branches,
    }),
  }));
}

function nameFor({ processId, elementId }: HiddenRule, taken: Set<string>): string {
  const plain = `${processId}-${elementId}`.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  const base = plain === "" ? "extracted" : plain.slice(0, 180);
  let name = base;
  for (let count = 2; taken.has(name); count += 1) name = `${base}-${count}`;
  taken.add(name);
  return name;
}

export const policyExtractionOperations: readonly Operation[] = [
  operation({
    id: "extractPolicies",
    method: "post",
    path: "/policies/extraction",
    group: "Policy",
    summary: "Find the rules that a process hides in its conditions, each with a draft of a policy; stores nothing",
    access: "policy:read",
    grants: on("POLICY", "READ"),
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        bpmn: z.string().min(1),
        elementId: identifier.optional(),
        domain: policyName.optional(),
      }),
    },
    replies: okReply(
      z.object({
        items: z.array(
          z.looseObject({
            kind: z.enum(["gateway", "expression"]),
            processId: z.string(),
            elementId: z.string(),
            consequential: z.boolean(),
            policy: z.looseObject({ manifest: record, dmn: z.string(), tests: z.unknown() }),
          }),
        ),
      }),
    ),
    handle: async ({ body }) => ok({ items: await extractPolicies(body.bpmn, body) }),
  }),
];
