/** All rules. Adding one: a line in its family's file, and a good and a bad model in its test. */
import type { Rule } from "./rule.ts";

export const rules: readonly Rule[] = [];

/** What Camunda 8.9 refuses although this engine runs it; for deployments that must also run there. */
export const strictZeebeRules: readonly Rule[] = [];
