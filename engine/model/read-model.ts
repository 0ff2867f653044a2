/**
 * The door of the room: XML text in, a parsed and type-correct BPMN model out, or problems. Deployment is strict: what
 * bpmn-moddle would only warn about is refused here, with the element and the place. BPMN 2.0.2 chapter 15 (exchange
 * format). The only file that knows bpmn-moddle.
 *
 * Hostile documents: the linear pre-scan refuses what makes the parser slow (it computes line numbers from the start
 * of the text for every warning, and does quadratic work on repeated attributes and nested namespaces); the walk below
 * is iterative.
 */
import { BpmnModdle } from "bpmn-moddle";
import zeebeDescriptor from "zeebe-bpmn-moddle/resources/zeebe.json" with { type: "json" };
import { prescanXml, type XmlLimits, type XmlRules } from "../../decisions/dmn/xml-prescan.ts";
import interlockDescriptor from "./interlock-descriptor.json" with { type: "json" };
import { languageRules, type Package } from "./language-rules.ts";
import { describe, isElement, type ModdleElement } from "./moddle.ts";
import type { ProblemList } from "./problem.ts";

export type ReadLimits = Partial<XmlLimits>;

/** 40,000 XML elements are some 2,500 tasks with their diagram, and 0.5 s of bpmn-moddle; people draw some hundred. */
export const defaultReadLimits: ReadLimits = { bytesMax: 4 * 1024 * 1024, elementsMax: 40_000, depthMax: 200 };

interface Descriptor {
  readonly properties?: readonly {
    readonly name: string;
    readonly type: string;
    readonly isReference?: boolean;
    readonly isAttr?: boolean;
    readonly isBody?: boolean;
  }[];
}

interface ParseWarning {
  readonly message: string;
  readonly element?: ModdleElement;
  readonly property?: string;
  readonly value?: string;
}

interface Moddle {
  getPackages(): readonly Package[];
  fromXML(
    xml: string,
    type: string,
    options: { lax: boolean },
  ): Promise<{ rootElement: ModdleElement; warnings: readonly ParseWarning[] }>;
}

let sharedModdle: Moddle | undefined;

/** Building the type registry costs some 10 ms; it holds no state of a document. */
function moddle(): Moddle {
  sharedModdle ??= new BpmnModdle({ zeebe: zeebeDescriptor, interlock: interlockDescriptor }) as unknown as Moddle;
  return sharedModdle;
}

let sharedRules: XmlRules | undefined;

function rules(): XmlRules {
  sharedRules ??= languageRules(moddle().getPackages());
  return sharedRules;
}

/** Reads a document; undefined (and errors in `problems`) when it cannot be read at all. */
export async function readModel(
  xml: string,
  limits: ReadLimits,
  problems: ProblemList,
): Promise<ModdleElement | undefined> {
  if (!refuseBeforeParsing(xml, limits, problems)) return undefined;
  let parsed: Awaited<ReturnType<Moddle["fromXML"]>>;
  try {
    parsed = await moddle().fromXML(xml, "bpmn:Definitions", { lax: false });
  } catch (error) {
    reportParseError(error, problems);
    return undefined;
  }
  for (const warning of parsed.warnings) reportWarning(warning, problems);
  if (!isElement(parsed.rootElement) || parsed.rootElement.$type !== "bpmn:Definitions") {
    problems.add("error", "xml-root", null, "Expected the root element to be bpmn:definitions, but it is not");
    return undefined;
  }
  checkTypes(parsed.rootElement, problems);
  return parsed.rootElement;
}

function refuseBeforeParsing(xml: string, limits: ReadLimits, problems: ProblemList): boolean {
  const refusal = prescanXml(xml, { ...defaultReadLimits, ...limits }, rules());
  if (refusal === null) return true;
  const { ruleId, message, line, column } = refusal;
  problems.addAt({ severity: "error", ruleId, elementId: null, message, line, column });
  return false;
}

function reportParseError(error: unknown, problems: ProblemList): void {
  const message = error instanceof Error ? error.message : String(error);
  const place = /line: (\d+)\s+column: (\d+)/.exec(message);
  const nested = /nested error: ([^\n]{1,300})/.exec(message);
  const sentence = (nested?.[1] ?? message.split("\n")[0] ?? "").slice(0, 300);
  const duplicate = /^duplicate ID <([^>]{1,200})>/.exec(sentence)?.[1];
  problems.addAt({
    severity: "error",
    ruleId: duplicate === undefined ? "xml-parse" : "id-duplicate",
    elementId: null,
    message:
      duplicate === undefined
        ? `Expected well-formed BPMN 2.0 XML, but ${sentence}`
        : `Expected each id to be given once, but "${duplicate}" is given twice`,
    ...(place === null ? {} : { line: Number(place[1]) + 1, column: Number(place[2]) + 1 }),
  });
}

function reportWarning(warning: ParseWarning, problems: ProblemList): void {
  if (warning.property !== undefined && warning.value !== undefined) {
    const property = warning.property.replace(/^.*:/, "");
    const owner = isElement(warning.element) ? warning.element : null;
    const message = `Expected ${property} to name an element of this model, but there is no "${String(warning.value).slice(0, 100)}"`;
    // Item definitions describe types; nothing at run time depends on them, and files name XSD types there.
    problems.add(property === "structureRef" ? "warning" : "error", "reference-unresolved", owner, message);
    return;
  }
  const encoding = /encoding <([^>]{1,40})>/.exec(warning.message);
  if (encoding !== null) {
    // The text reached us as UTF-8; a document that says otherwise may have been decoded wrongly.
    problems.add(
      "error",
      "xml-encoding",
      null,
      `Expected a model in UTF-8, but its XML declaration says ${encoding[1]}`,
    );
    return;
  }
  reportParseError(warning.message, problems);
}

/**
 * Every reference and every contained element has the type that the metamodel asks for. bpmn-moddle resolves a
 * `sourceRef` to a process, or a condition with xsi:type="bpmn:Process", without a word.
 */
function checkTypes(root: ModdleElement, problems: ProblemList): void {
  const report = problems.reporter("error", "reference-type");
  const pending: ModdleElement[] = [root];
  for (let element = pending.pop(); element !== undefined; element = pending.pop()) {
    const descriptor = (element as { $descriptor?: Descriptor }).$descriptor;
    const values = element as unknown as Readonly<Record<string, unknown>>;
    // Elements of unknown namespaces have neither properties nor references.
    if (descriptor?.properties === undefined || element.get === undefined) continue;
    for (const property of descriptor.properties) {
      if (property.isAttr === true && property.isReference !== true) continue;
      const value = values[property.name] ?? values[property.name.replace(/^.*:/, "")];
      for (const item of Array.isArray(value) ? value : [value]) {
        if (!isElement(item)) continue;
        if (!fits(item, property.type)) {
          const name = property.name.replace(/^.*:/, "");
          report(
            element,
            `Expected ${name} of ${describe(element)} to be a ${property.type}, but it is ${describe(item)}`,
          );
        } else if (property.isReference !== true) pending.push(item);
      }
    }
  }
}

function fits(item: ModdleElement, type: string): boolean {
  return type === "Element" || item.$instanceOf === undefined || item.$instanceOf(type);
}
