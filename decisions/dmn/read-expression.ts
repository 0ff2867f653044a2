/** Boxed expressions from moddle's tree to plain data: DMN 1.5 §10.2. One function per expression. */
import type {
  Aggregation,
  ContextSource,
  ExpressionSource,
  FilterSource,
  FunctionSource,
  HitPolicy,
  InputClauseSource,
  InvocationSource,
  IteratorSource,
  NamedSource,
  OutputClauseSource,
  RelationSource,
  RuleSource,
  TableSource,
  TextSource,
} from "./model-source.ts";
import type { Element, Reading } from "./read-element.ts";
import { attribute, children, normalizeName, onlyChild, onlyText, placeOf, tagOf } from "./read-element.ts";

/** Reads the expression in `property` of `element`; undefined when there is none. */
export function readExpressionIn(reading: Reading, element: Element, property: string): ExpressionSource | undefined {
  const expression = onlyChild(reading, element, property);
  return expression && readExpression(reading, expression);
}

/** `<if>`, `<in>`, `<return>` …: an element around one expression. */
function readChildExpression(reading: Reading, element: Element, property: string): ExpressionSource | undefined {
  const child = onlyChild(reading, element, property);
  return child && readExpressionIn(reading, child, "value");
}

function readExpression(reading: Reading, element: Element): ExpressionSource | undefined {
  const read = readers.get(tagOf(element));
  if (read) return read(reading, element);
  const message = `Expected a boxed expression of DMN, but found <${tagOf(element)}>`;
  reading.log.error("expression-unknown", message, placeOf(reading, element));
  return undefined;
}

const base = (element: Element) => ({ id: element.id, typeRef: attribute(element, "typeRef") });

const readers = new Map<string, (reading: Reading, element: Element) => ExpressionSource>([
  ["literalExpression", (reading, element) => ({ kind: "literal", ...base(element), ...readText(reading, element) })],
  ["decisionTable", readTable],
  ["context", readContext],
  ["invocation", readInvocation],
  ["list", (reading, element) => ({ kind: "list", ...base(element), items: readItems(reading, element) })],
  ["relation", readRelation],
  ["functionDefinition", readFunction],
  ["conditional", readConditional],
  ["filter", readFilter],
  ["for", (reading, element) => readIterator(reading, element, "for", "return")],
  ["some", (reading, element) => readIterator(reading, element, "some", "satisfies")],
  ["every", (reading, element) => readIterator(reading, element, "every", "satisfies")],
]);

/** A literal expression or unary tests. Values imported from other languages are not executable here. */
export function readText(reading: Reading, element: Element): TextSource {
  if (children(element, "importedValues").length > 0) {
    reading.log.error("expression-unsupported", "Expected a text, but found importedValues", placeOf(reading, element));
  }
  const text = onlyText(reading, element, "text") ?? "";
  return { id: element.id, text, language: attribute(element, "expressionLanguage") };
}

function readOptionalText(reading: Reading, element: Element, property: string): TextSource | undefined {
  const child = onlyChild(reading, element, property);
  return child && readText(reading, child);
}

/** An information item, a column, a parameter: a name with a type. */
export function readNamed(element: Element): NamedSource {
  const name = normalizeName(attribute(element, "name") ?? "");
  return { id: element.id, name, typeRef: attribute(element, "typeRef") };
}

function readItems(reading: Reading, element: Element): readonly ExpressionSource[] {
  return children(element, "elements").flatMap((item) => readExpression(reading, item) ?? []);
}

function readContext(reading: Reading, element: Element): ContextSource {
  const entries = children(element, "contextEntry").map((entry) => {
    const variable = onlyChild(reading, entry, "variable");
    const value = readExpressionIn(reading, entry, "value");
    return { id: entry.id, variable: variable && readNamed(variable), value };
  });
  return { kind: "context", ...base(element), entries };
}

function readInvocation(reading: Reading, element: Element): InvocationSource {
  const bindings = children(element, "binding").flatMap((binding) => {
    const parameter = onlyChild(reading, binding, "parameter");
    if (!parameter) {
      reading.log.error(
        "expression-incomplete",
        "Expected a parameter in <binding>, but there is none",
        placeOf(reading, element),
      );
      return [];
    }
    return [{ parameter: readNamed(parameter), value: readExpressionIn(reading, binding, "bindingFormula") }];
  });
  const called = readExpressionIn(reading, element, "calledFunction");
  return { kind: "invocation", ...base(element), called, bindings };
}

function readRelation(reading: Reading, element: Element): RelationSource {
  const columns = children(element, "column").map((column) => readNamed(column));
  const rows = children(element, "row").map((row) => {
    const cells = readItems(reading, row);
    if (cells.length !== columns.length) {
      const message = `Expected ${columns.length} cells in a row of the relation, but there are ${cells.length}`;
      reading.log.error("expression-incomplete", message, placeOf(reading, element));
    }
    return cells;
  });
  return { kind: "relation", ...base(element), columns, rows };
}

/** A function definition, of a BKM (`encapsulatedLogic`) or anywhere a boxed expression may stand. */
export function readFunction(reading: Reading, element: Element): FunctionSource {
  const kind = attribute(element, "kind") ?? "FEEL";
  if (kind !== "FEEL" && kind !== "Java" && kind !== "PMML") {
    const message = `Expected the kind FEEL, Java or PMML of a function, but it is ${kind}`;
    reading.log.error("expression-unsupported", message, placeOf(reading, element));
  }
  const parameters = children(element, "formalParameter").map((parameter) => readNamed(parameter));
  const functionKind = kind === "Java" || kind === "PMML" ? kind : "FEEL";
  return {
    kind: "function",
    ...base(element),
    functionKind,
    parameters,
    body: readExpressionIn(reading, element, "body"),
  };
}

function readConditional(reading: Reading, element: Element): ExpressionSource {
  return {
    kind: "conditional",
    ...base(element),
    condition: readChildExpression(reading, element, "if"),
    consequence: readChildExpression(reading, element, "then"),
    alternative: readChildExpression(reading, element, "else"),
  };
}

function readFilter(reading: Reading, element: Element): FilterSource {
  const list = readChildExpression(reading, element, "in");
  return { kind: "filter", ...base(element), in: list, match: readChildExpression(reading, element, "match") };
}

function readIterator(
  reading: Reading,
  element: Element,
  kind: IteratorSource["kind"],
  bodyProperty: string,
): IteratorSource {
  const source = onlyChild(reading, element, "in");
  return {
    kind,
    ...base(element),
    variable: normalizeName(attribute(element, "iteratorVariable") ?? ""),
    in: source && readExpressionIn(reading, source, "value"),
    inTypeRef: source && attribute(source, "typeRef"),
    body: readChildExpression(reading, element, bodyProperty),
  };
}

const hitPolicies = new Set<string>(["UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"]);
const aggregations = new Set<string>(["SUM", "COUNT", "MIN", "MAX"]);

function readTable(reading: Reading, element: Element): TableSource {
  const hitPolicy = attribute(element, "hitPolicy") ?? "UNIQUE";
  const aggregation = attribute(element, "aggregation");
  if (!hitPolicies.has(hitPolicy)) reportValue(reading, element, "hit policy", hitPolicy);
  if (aggregation !== undefined && !aggregations.has(aggregation)) {
    reportValue(reading, element, "aggregation", aggregation);
  }
  return {
    kind: "table",
    ...base(element),
    hitPolicy: hitPolicy as HitPolicy,
    aggregation: aggregation as Aggregation | undefined,
    outputLabel: attribute(element, "outputLabel"),
    inputs: children(element, "input").map((input) => readInput(reading, input)),
    outputs: children(element, "output").map((output) => readOutput(reading, output)),
    annotations: children(element, "annotation").map((annotation) => attribute(annotation, "name") ?? ""),
    rules: children(element, "rule").map((rule, index) => readRule(reading, rule, index + 1)),
  };
}

function reportValue(reading: Reading, element: Element, what: string, value: string): void {
  reading.log.error("table-hit-policy", `Expected a ${what} of DMN, but found ${value}`, placeOf(reading, element));
}

function readInput(reading: Reading, element: Element): InputClauseSource {
  const expression = onlyChild(reading, element, "inputExpression");
  return {
    id: element.id,
    label: attribute(element, "label"),
    expression: expression ? readText(reading, expression) : { id: element.id, text: "", language: undefined },
    typeRef: expression && attribute(expression, "typeRef"),
    allowedValues: readOptionalText(reading, element, "inputValues"),
  };
}

function readOutput(reading: Reading, element: Element): OutputClauseSource {
  const name = attribute(element, "name");
  return {
    id: element.id,
    label: attribute(element, "label"),
    name: name === undefined ? undefined : normalizeName(name),
    typeRef: attribute(element, "typeRef"),
    outputValues: readOptionalText(reading, element, "outputValues"),
    defaultEntry: readOptionalText(reading, element, "defaultOutputEntry"),
  };
}

function readRule(reading: Reading, element: Element, number: number): RuleSource {
  return {
    id: element.id ?? `rule-${number}`,
    inputs: children(element, "inputEntry").map((entry) => readText(reading, entry)),
    outputs: children(element, "outputEntry").map((entry) => readText(reading, entry)),
    annotations: children(element, "annotationEntry").map((entry) => onlyText(reading, entry, "text") ?? ""),
  };
}
