/** Jobs, headers, listeners, mappings: the zeebe extensions that most activities share (zeebe descriptor 8.9). */
import type { Expression, JobDefinition, Listener, Mapping } from "../../core/process.ts";
import { staticExpression } from "../feel.ts";
import { describe, extension, type ModdleElement, many, text, words } from "../moddle.ts";
import { type Compilation, feelOrText, optionalFeelOrText } from "./context.ts";

const defaultRetries: Expression = staticExpression("3");

/** The job of an activity or a message throw event; undefined without zeebe:taskDefinition. */
export function compileJob(compilation: Compilation, element: ModdleElement): JobDefinition | undefined {
  const task = extension(element, "zeebe:TaskDefinition");
  if (task === undefined) return undefined;
  const type = words(task, "type");
  if (type === undefined) {
    compilation.problems.add(
      "error",
      "job-type",
      element,
      `Expected the task definition of ${describe(element)} to have a type, but it is empty`,
    );
    return undefined;
  }
  return {
    type: feelOrText(compilation, element, type, "type"),
    ...compileJobTerms(compilation, element, task),
  };
}

/** Retries, priority and headers of a job whose type is already known. */
export function compileJobTerms(
  compilation: Compilation,
  element: ModdleElement,
  task: ModdleElement | undefined,
): Omit<JobDefinition, "type"> {
  const priority = optionalFeelOrText(
    compilation,
    element,
    text(extension(element, "zeebe:JobPriorityDefinition"), "priority"),
    "priority",
  );
  return {
    retries: compileRetries(compilation, element, text(task, "retries")),
    ...(priority === undefined ? {} : { priority }),
    headers: compileHeaders(extension(element, "zeebe:TaskHeaders")),
  };
}

function compileRetries(compilation: Compilation, element: ModdleElement, source: string | undefined): Expression {
  const retries = optionalFeelOrText(compilation, element, source, "retries");
  if (retries === undefined) return defaultRetries;
  if (!retries.source.startsWith("=") && !/^\d{1,9}$/.test(retries.source.trim())) {
    const message = `Expected retries of ${describe(element)} to be a whole number or FEEL, but it is "${retries.source.slice(0, 40)}"`;
    compilation.problems.add("error", "job-retries", element, message);
  }
  return retries;
}

export function compileHeaders(headers: ModdleElement | undefined): Readonly<Record<string, string>> {
  // fromEntries defines own properties: a header named __proto__ stays a header.
  return Object.fromEntries(
    many(headers, "values").flatMap((header) =>
      words(header, "key") === undefined ? [] : [[text(header, "key") ?? "", text(header, "value") ?? ""]],
    ),
  );
}

export function compileProperties(element: ModdleElement): Readonly<Record<string, string>> {
  const properties = many(extension(element, "zeebe:Properties"), "properties");
  return Object.fromEntries(
    properties.flatMap((each) =>
      words(each, "name") === undefined ? [] : [[text(each, "name") ?? "", text(each, "value") ?? ""]],
    ),
  );
}

/** zeebe:executionListeners or zeebe:taskListeners. */
export function compileListeners(
  compilation: Compilation,
  element: ModdleElement,
  container: "zeebe:ExecutionListeners" | "zeebe:TaskListeners",
): readonly Listener[] {
  return many(extension(element, container), "listeners").flatMap((listener) => {
    const [eventType, type] = [words(listener, "eventType"), words(listener, "type")];
    if (eventType === undefined || type === undefined) {
      compilation.problems.add(
        "error",
        "listener",
        element,
        `Expected each listener of ${describe(element)} to have an eventType and a type, but one lacks them`,
      );
      return [];
    }
    const nestedHeaders = many(listener, "headers")[0];
    return [
      {
        eventType,
        type: feelOrText(compilation, element, type, "type"),
        retries: compileRetries(compilation, element, text(listener, "retries")),
        headers: compileHeaders(nestedHeaders),
      },
    ];
  });
}

/** zeebe:ioMapping, in document order: later inputs see earlier ones. */
export function compileMappings(
  compilation: Compilation,
  element: ModdleElement,
  side: "inputParameters" | "outputParameters",
): readonly Mapping[] {
  return many(extension(element, "zeebe:IoMapping"), side).flatMap((mapping): readonly Mapping[] => {
    const target = targetPath(compilation, element, text(mapping, "target") ?? "");
    if (target === undefined) return [];
    const source = text(mapping, "source");
    // Templates write inputs without a source: a local null that keeps a result from leaving.
    if (source === undefined || source.trim() === "") {
      if (side === "outputParameters") {
        compilation.problems.add(
          "error",
          "mapping-source",
          element,
          `Expected the output "${target.join(".")}" of ${describe(element)} to have a source, but it has none`,
        );
        return [];
      }
      return [{ source: null, target }];
    }
    return [{ source: feelOrText(compilation, element, source, `the mapping to ${target.join(".")}`), target }];
  });
}

function targetPath(compilation: Compilation, element: ModdleElement, target: string): readonly string[] | undefined {
  const path = target
    .trim()
    .replace(/^=\s*/, "")
    .split(".")
    .map((part) => part.trim());
  if (path.length <= 20 && path.every((part) => /^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(part))) return path;
  const message = `Expected the target of each mapping of ${describe(element)} to be a variable name or a dotted path, but one is "${target.slice(0, 80)}"`;
  compilation.problems.add("error", "mapping-target", element, message);
  return undefined;
}
