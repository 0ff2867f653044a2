/** Documents that hurt parsers and walkers, by what is wrong with them. Security case S1 runs all of them. */
import { definitions, flow, process } from "./bpmn-text.ts";

export const repeat = (count: number, make: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => make(at)).join("");

const nested = (depth: number): string =>
  `${repeat(depth, (at) => `<subProcess id="s${at}">`)}<task id="t"/>${"</subProcess>".repeat(depth)}`;

export const hostileModels: Readonly<Record<string, string>> = {
  "a document type": `<!DOCTYPE x [<!ENTITY a "a">]>${definitions()}`,
  "entities that expand":
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><definitions>&b;</definitions>',
  "attributes given twice": definitions(`<process id="p" ${'x="1" '.repeat(20_000)}/>`),
  "attributes without quotes": definitions(`<process id="p" ${"a=b ".repeat(100_000)}/>`),
  "attributes without a value": definitions(`<process id="p" ${"a ".repeat(60_000)}/>`),
  "attributes with an unknown prefix": definitions(`<process id="p" ${repeat(20_000, (at) => `q:a${at}="1" `)}/>`),
  "unknown elements": definitions("<nonsense/>\n".repeat(60_000)),
  "nested namespace declarations": definitions(repeat(5_000, (at) => `<n${at}:x xmlns:n${at}="urn:${at}">`)),
  "sub-processes nested 150 deep": process(nested(150)),
  "sub-processes nested 20,000 deep": process(nested(20_000)),
  "50,000 tasks": process(repeat(50_000, (at) => `<task id="t${at}"/>`)),
  "20,000 references to nothing": process(
    repeat(20_000, (at) => `<sequenceFlow id="f${at}" sourceRef="x${at}" targetRef="y${at}"/>`),
  ),
  "one node with 9,000 flows to itself": process(
    `<task id="t"/>${repeat(9_000, (at) => `<sequenceFlow id="f${at}" sourceRef="t" targetRef="t"/>`)}`,
  ),
  "a loop of 4,500 gateways": process(
    repeat(4_500, (at) => `<exclusiveGateway id="g${at}"/>`) +
      repeat(4_500, (at) => flow(`g${at}`, `g${(at + 1) % 4_500}`)),
  ),
  "5,000 mappings on one task": process(
    `<serviceTask id="t"><extensionElements><zeebe:taskDefinition type="a"/><zeebe:ioMapping>${repeat(5_000, (at) => `<zeebe:input source="x" target="v${at}"/>`)}</zeebe:ioMapping></extensionElements></serviceTask>`,
  ),
  "a name of a megabyte": process(`<task id="t" name="${"x".repeat(1_000_000)}"/>`),
  "an id of a megabyte": process(`<task id="${"x".repeat(1_000_000)}"/>`),
  "a control character": process('<task id="t" name="&#0;"/>'),
  "ids of the object prototype": process(
    '<startEvent id="__proto__"/><endEvent id="constructor"/><sequenceFlow id="toString" sourceRef="__proto__" targetRef="constructor"/>',
  ),
  "an id given twice": process('<task id="t"/><task id="t"/>'),
  "a condition that is a process": process(
    '<sequenceFlow id="f"><conditionExpression xsi:type="process"/></sequenceFlow>',
  ),
  "5 MB of text": process(`<documentation>${"x".repeat(5_000_000)}</documentation><task id="t"/>`),
  "100,000 brackets in an expression": process(
    `<exclusiveGateway id="g"/><task id="t"/>${flow("g", "t", "(".repeat(100_000))}`,
  ),
  "text between the elements of a process": process(repeat(20_000, (at) => `x<task id="t${at}"/>`)),
  "text between extension elements that the reader knows": process(
    `<task id="t"><extensionElements>${'x<zeebe:taskDefinition type="a"/>'.repeat(20_000)}</extensionElements></task>`,
  ),
  "text inside of an extension element that has none": process(
    `<task id="t"><extensionElements><zeebe:ioMapping>${'x<zeebe:input source="a" target="b"/>'.repeat(15_000)}</zeebe:ioMapping></extensionElements></task>`,
  ),
  "a known namespace that is spelled with an entity": process(
    `<task id="t"><extensionElements xmlns:z="http&#58;//camunda.org/schema/zeebe/1.0">${'x<z:taskDefinition type="a"/>'.repeat(20_000)}</extensionElements></task>`,
  ),
  "attribute names beyond ASCII": process(repeat(10_000, (at) => `<task id="t${at}" ${"ä".repeat(50)}="1"/>`)),
  "an attribute with a million references": process(
    `<task id="t" incoming="${"f ".repeat(1_000_000)}"/>${flow("t", "t")}`,
  ),
  "3,600 prefixes in force at 9,000 elements that add one": process(
    `<extensionElements xmlns:q="urn:q">${repeat(28, (level) => `<q:x ${repeat(126, (at) => `xmlns:p${level}_${at}="urn:${level}:${at}" `)}>`)}${repeat(9_000, (at) => `<q:y xmlns:z="urn:${at}"/>`)}${"</q:x>".repeat(28)}</extensionElements>`,
  ),
  "no XML at all": "hello",
  nothing: "",
  "another root": '<process xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="p"/>',
};
