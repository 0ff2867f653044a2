/** Literal expressions: DMN 1.5 §10.2.1.1. The only file that compiles FEEL expressions for a model. */
import { compileExpression, FeelSyntaxError, literalPatternProblem } from "../../feel/index.ts";
import type { Program, Surroundings } from "../compilation.ts";
import { doubt, nullProgram, placeIn, reportFreeNames } from "../compilation.ts";
import { omgNamespace } from "../descriptor.ts";
import type { LiteralSource, TextSource } from "../model-source.ts";
import { parserNames } from "../parser-names.ts";
import type { DmnProblem, ProblemPlace } from "../problems.ts";
import { within } from "../problems.ts";

export function compileLiteral(surroundings: Surroundings, source: LiteralSource): Program {
  return compileFeel(surroundings, source);
}

/** Compiles a FEEL expression; syntax errors are reported with the place of the element and inside of the text. */
export function compileFeel(surroundings: Surroundings, source: TextSource, cell?: DmnProblem["cell"]): Program {
  const place: ProblemPlace = { ...placeIn(surroundings, source.id), ...(cell ? { cell } : {}) };
  const { log } = surroundings.compilation;
  if (!checkLanguage(surroundings, source, place)) return nullProgram;
  if (source.text.trim() === "") {
    log.error("expression-missing", "Expected a FEEL expression, but the text is empty", place);
    return nullProgram;
  }
  try {
    const { types } = surroundings.compilation;
    const names = parserNames(surroundings, source.text);
    const compiled = compileExpression(source.text, { names, types });
    reportFreeNames(surroundings, compiled, place);
    const problem = literalPatternProblem(compiled.tree);
    if (problem !== undefined) doubt(surroundings, "expression-pattern", problem, place);
    return (scope, session) => compiled.run(scope, session);
  } catch (error) {
    if (!(error instanceof FeelSyntaxError)) throw error;
    log.error("expression-syntax", error.message, { ...place, position: within(error) });
    return nullProgram;
  }
}

/** Whether a text is FEEL. DMN allows any language; ours is the one it defines. */
export function checkLanguage(surroundings: Surroundings, source: TextSource, place: ProblemPlace): boolean {
  const language = source.language ?? surroundings.compilation.expressionLanguage;
  if (language === undefined || language === "" || isFeel(language)) return true;
  const message = `Expected the expression language FEEL, but it is ${language}`;
  surroundings.compilation.log.error("expression-language", message, place);
  return false;
}

function isFeel(language: string): boolean {
  return /^(s-|b-)?feel$/i.test(language) || omgNamespace(language)?.role === "feel";
}
