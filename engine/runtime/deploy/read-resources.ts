/**
 * Reads and checks all resources of a deployment before anything is written: what is wrong is told for all of them at
 * once, with its place. No database here.
 */
import { createHash } from "node:crypto";
import type { DecisionModel } from "../../../decisions/index.ts";
import { BpmnModelError, type CompiledProcess, compileBpmn } from "../../model/index.ts";
import type { ResourceFile } from "../contract/deployment.ts";
import { EngineError, type ProblemPlace } from "../contract/errors.ts";
import { DecisionFiles, type FindDeployedModel } from "./read-decisions.ts";

export type ReadResource = { readonly name: string; readonly content: Uint8Array; readonly checksum: string } & (
  | {
      readonly kind: "process";
      readonly processes: readonly CompiledProcess[];
      readonly warnings: readonly {
        readonly ruleId: string;
        readonly elementId: string | null;
        readonly message: string;
      }[];
    }
  | { readonly kind: "decision"; readonly model: DecisionModel }
  | { readonly kind: "form"; readonly formId: string; readonly versionTag: string | null; readonly schema: string }
  | { readonly kind: "resource" }
);

export interface ReadOptions {
  readonly nativeAgents: boolean;
  readonly resourceBytesMax: number;
  /** For imports that no file of the deployment answers. */
  readonly findDeployedModel: FindDeployedModel;
}

const nameLengthMax = 512;

interface Problems {
  readonly list: ProblemPlace[];
}

/** @throws {EngineError} `invalid` with every problem found, `tooLarge`. */
export async function readResources(
  files: readonly ResourceFile[],
  options: ReadOptions,
): Promise<readonly ReadResource[]> {
  if (files.length === 0)
    throw new EngineError("invalid", "Expected at least one resource, but the deployment has none");
  const problems: Problems = { list: [] };
  const read: ReadResource[] = [];
  checkFiles(files, options, problems);
  const texts = files.filter((file) => endingOf(file.name) === "dmn").map((file) => textOf(file, problems));
  const decisions = new DecisionFiles(
    texts.flatMap((file) => file ?? []),
    options.findDeployedModel,
    problems.list,
  );
  for (const file of files) {
    const resource = await readOne(file, options, decisions, problems);
    if (resource) read.push(resource);
  }
  checkIds(read, problems);
  if (problems.list.length > 0) {
    const first = problems.list[0] as ProblemPlace;
    const more = problems.list.length > 1 ? ` (and ${problems.list.length - 1} more)` : "";
    const where = first.elementId ? `, element ${first.elementId}` : "";
    const line = first.line === undefined ? "" : `, line ${first.line}`;
    throw new EngineError("invalid", `${first.resourceName}${line}${where}: ${first.message}${more}`, problems.list);
  }
  return read;
}

/** Sizes and names; before anything is parsed. */
function checkFiles(files: readonly ResourceFile[], options: ReadOptions, problems: Problems): void {
  const names = new Set<string>();
  for (const file of files) {
    if (file.content.byteLength > options.resourceBytesMax) {
      throw new EngineError(
        "tooLarge",
        `Expected resources of at most ${options.resourceBytesMax} bytes, but ${shorten(file.name)} has ${file.content.byteLength}`,
      );
    }
    if (file.name === "" || file.name.length > nameLengthMax || file.name.includes("\u0000")) {
      throw new EngineError(
        "invalid",
        `Expected resource names of 1 to ${nameLengthMax} characters without NUL, but got '${shorten(file.name)}'`,
      );
    }
    if (names.has(file.name))
      problems.list.push(place(file, `Expected resource names once each, but ${file.name} comes twice`));
    names.add(file.name);
  }
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 97)}…` : text;
}

function place(file: { readonly name: string }, message: string): ProblemPlace {
  return { resourceName: file.name, elementId: null, message };
}

const endingOf = (name: string): string => name.toLowerCase().slice(name.lastIndexOf(".") + 1);

function textOf(file: ResourceFile, problems: Problems): { readonly name: string; readonly text: string } | null {
  const text = decode(file, problems);
  return text === null ? null : { name: file.name, text };
}

async function readOne(
  file: ResourceFile,
  options: ReadOptions,
  decisions: DecisionFiles,
  problems: Problems,
): Promise<ReadResource | null> {
  const base = {
    name: file.name,
    content: file.content,
    checksum: createHash("sha256").update(file.content).digest("hex"),
  };
  const ending = endingOf(file.name);
  if (ending === "dmn") {
    const model = await decisions.read(file.name);
    return model && { ...base, kind: "decision", model };
  }
  if (ending !== "bpmn" && ending !== "form" && ending !== "json") return { ...base, kind: "resource" };
  const text = decode(file, problems);
  if (text === null) return null;
  if (ending === "bpmn") return readBpmn(base, text, options, problems);
  return readForm(base, text, ending === "form", problems);
}

function decode(file: ResourceFile, problems: Problems): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(file.content);
  } catch {
    problems.list.push(place(file, "Expected UTF-8, but the bytes are not"));
    return null;
  }
}

type Base = { readonly name: string; readonly content: Uint8Array; readonly checksum: string };

async function readBpmn(
  base: Base,
  text: string,
  options: ReadOptions,
  problems: Problems,
): Promise<ReadResource | null> {
  try {
    const { processes, problems: warnings } = await compileBpmn(text, {
      resourceName: base.name,
      nativeAgents: options.nativeAgents,
    });
    if (processes.length === 0) {
      problems.list.push(place(base, "Expected an executable process, but the file has none"));
      return null;
    }
    return { ...base, kind: "process", processes, warnings };
  } catch (error) {
    if (!(error instanceof BpmnModelError)) throw error;
    for (const problem of error.problems) {
      if (problem.severity !== "error") continue;
      const { elementId, message, ruleId, line, column } = problem;
      problems.list.push({
        resourceName: base.name,
        elementId,
        message,
        code: ruleId,
        ...(line === undefined ? {} : { line }),
        ...(column === undefined ? {} : { column }),
      });
    }
    return null;
  }
}

/** A .form must be one; a .json without an id and components is just a resource. */
function readForm(base: Base, text: string, mustBeForm: boolean, problems: Problems): ReadResource | null {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    if (!mustBeForm) return { ...base, kind: "resource" };
    problems.list.push(place(base, "Expected a form schema in JSON, but the text is not JSON"));
    return null;
  }
  const form = schema as { id?: unknown; components?: unknown; versionTag?: unknown } | null;
  if (
    typeof form === "object" &&
    form !== null &&
    typeof form.id === "string" &&
    form.id !== "" &&
    form.id.length <= nameLengthMax &&
    !form.id.includes("\u0000")
  ) {
    if (mustBeForm || Array.isArray(form.components)) {
      return {
        ...base,
        kind: "form",
        formId: form.id,
        versionTag: typeof form.versionTag === "string" ? form.versionTag : null,
        schema: text,
      };
    }
  }
  if (!mustBeForm) return { ...base, kind: "resource" };
  problems.list.push(place(base, "Expected a form schema with an id, but it has none"));
  return null;
}

/** Ids must be unique within a deployment; those of decision models within their namespace (DMN 1.5 §6.3.2). */
function checkIds(resources: readonly ReadResource[], problems: Problems): void {
  const seen = new Map<string, string>();
  const check = (resource: ReadResource, kind: string, id: string, namespace = ""): void => {
    const place = JSON.stringify([kind, namespace, id]);
    const other = seen.get(place);
    if (other !== undefined)
      problems.list.push({
        resourceName: resource.name,
        elementId: id,
        message: `Expected the ${kind} id ${id} once, but ${other} has it as well`,
      });
    seen.set(place, resource.name);
  };
  for (const resource of resources) {
    if (resource.kind === "process")
      for (const process of resource.processes) check(resource, "process", process.processId);
    if (resource.kind === "form") check(resource, "form", resource.formId);
    if (resource.kind !== "decision") continue;
    const { id, namespace, decisions, decisionServices } = resource.model;
    check(resource, "decision requirements", id, namespace);
    for (const decisionId of [...decisions.keys(), ...decisionServices.keys()])
      check(resource, "decision", decisionId, namespace);
  }
}
