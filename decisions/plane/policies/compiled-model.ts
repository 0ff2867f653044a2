/** What the plane wants to know of a compiled DMN model besides asking it: its tables, for coverage, authority and differences. */
import type { FactDeclaration } from "../decide/facts.ts";
import type { Json } from "../types.ts";
import type { PolicyModel } from "./policy-version.ts";

export interface TableRule {
  readonly ruleId: string;
  /** From 1. */
  readonly ruleIndex: number;
  /** Unary tests as written, one per input. */
  readonly tests: readonly string[];
  /** Output entries as written, one per output. */
  readonly outputs: readonly string[];
}

export interface PolicyTable {
  readonly decisionId: string;
  readonly decisionName: string;
  readonly hitPolicy: string;
  /** Input expressions as written: mostly dotted fact names. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly rules: readonly TableRule[];
}

export interface CompiledModel extends PolicyModel {
  readonly tables: readonly PolicyTable[];
  /** Namespaces of the models that it imports. */
  readonly imports: readonly string[];
  /** Names that the model's expressions read of its input data, dotted as far as they are plain paths. */
  readonly reads: ReadonlySet<string>;
  /** Types that input columns give to plain facts; hold for facts that the manifest does not declare. */
  readonly typed: ReadonlyMap<string, FactDeclaration>;
  /** Gaps, overlaps and masked rules per table. */
  analyze(): Json;
  /** The tables as readable text. */
  text(): string;
}

/**
 * Compiles the DMN of a package. `roots`: names that its manifest declares besides what every request has.
 * Throws InvalidInputError whose problems name the place.
 */
export type CompileModel = (dmn: string, roots?: ReadonlySet<string>) => Promise<CompiledModel>;
