/**
 * For every rule a model that breaks it and the nearest model that does not. `at` is the element that the problem
 * names. The good model may break nothing at all.
 */
import { between, definitions, extensions, flow, job, process } from "./bpmn-text.ts";

export interface RuleExample {
  readonly bad: string;
  readonly at: string | null;
  readonly good: string;
}

const message =
  '<message id="m" name="Paid"><extensionElements><zeebe:subscription correlationKey="=orderId"/></extensionElements></message>';
const signal = '<signal id="sig" name="Stop"/>';
const timer =
  '<timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT1S</timeDuration></timerEventDefinition>';
const catchTimer = (id: string): string => `<intermediateCatchEvent id="${id}">${timer}</intermediateCatchEvent>`;
const fine = process(between(job("a"), "a"));

/** exclusive gateway g between start and two ends. */
const split = (gateway: string, first: string, second: string): string =>
  `<startEvent id="start"/>${gateway}<endEvent id="e1"/><endEvent id="e2"/>${flow("start", "g")}${first}${second}`;

const eventSubProcess = (start: string, attributes = "", outside = ""): string =>
  process(
    between(
      `${job("a")}<subProcess id="sub" triggeredByEvent="true" ${attributes}>${start}<endEvent id="ee"/>${flow("es", "ee")}</subProcess>${outside}`,
      "a",
    ),
    signal,
    message,
  );

const adHoc = (inside: string, ext = '<zeebe:adHoc activeElementsCollection="=[]"/>'): string =>
  process(between(`<adHocSubProcess id="x">${extensions(ext)}${inside}</adHocSubProcess>`, "x"));

const guardrail = (attributes = ""): string => `<interlock:guardrail policyRef="refund" ${attributes}/>`;
const action = (attributes = ""): string => `<interlock:action type="pay" ${attributes}/>`;
const agent = (tool: string, ext = '<interlock:budget modelCalls="8"/>'): string =>
  adHoc(
    tool,
    `<interlock:agent id="bot" version="1"><interlock:userPrompt>Help</interlock:userPrompt></interlock:agent>${ext}`,
  );
const budget = '<interlock:budget wallTime="PT1H"/>';

const compensated = (handler: string, association: string, extra = ""): string =>
  process(
    between(
      `${job("a")}<boundaryEvent id="b" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>${handler}${extra}${association}`,
      "a",
    ),
  );
const association = '<association id="as" associationDirection="One" sourceRef="b" targetRef="undo"/>';
const undo = job("undo", "", 'isForCompensation="true"');

const pools = (flows: string, body: string): string =>
  definitions(
    message,
    `<collaboration id="c"><participant id="one" processRef="p"/><participant id="other"/>${flows}</collaboration>`,
    `<process id="p" isExecutable="true">${body}</process>`,
  );
const sender = between(
  '<intermediateThrowEvent id="t"><messageEventDefinition messageRef="m"/></intermediateThrowEvent>',
  "t",
);

const io = (inside: string): string => `<ioSpecification>${inside}</ioSpecification>`;
const sets = (input = "", output = ""): string =>
  `<inputSet id="is">${input}</inputSet><outputSet id="os">${output}</outputSet>`;
const item = (id: string, attributes = ""): string =>
  `<itemDefinition id="${id}" structureRef="xsd:string" ${attributes}/>`;
const serviceWith = (inside: string, attributes = ""): string =>
  `<serviceTask id="a" ${attributes}>${extensions('<zeebe:taskDefinition type="work"/>')}${inside}</serviceTask>`;
const operation =
  '<message id="im" name="In" itemRef="i1"/><interface id="if" name="If"><operation id="op" name="Op"><inMessageRef>im</inMessageRef></operation></interface>';

export const ruleExamples: Readonly<Record<string, RuleExample>> = {
  "executable-process": { bad: definitions('<process id="p"><task id="t"/></process>'), at: null, good: fine },
  "element-id": { bad: process('<startEvent/><endEvent id="e"/>'), at: "p", good: fine },
  "flow-scope": {
    bad: process(between(`<subProcess id="s"><task id="t"/></subProcess>${flow("start", "t")}`, "s")),
    at: "start-t",
    good: process(between('<subProcess id="s"><task id="t"/></subProcess>', "s")),
  },
  "flow-references": {
    bad: process(`<startEvent id="s"><outgoing>s-e</outgoing></startEvent><endEvent id="e"/>${flow("s", "e")}`),
    at: "e",
    good: process(
      `<startEvent id="s"><outgoing>s-e</outgoing></startEvent><endEvent id="e"><incoming>s-e</incoming></endEvent>${flow("s", "e")}`,
    ),
  },
  choreography: {
    bad: definitions(
      '<collaboration id="c"><participant id="x"/><participant id="y"/><messageFlow id="mf" sourceRef="x" targetRef="y"/></collaboration>',
      `<process id="p" isExecutable="true">${between('<choreographyTask id="ct" initiatingParticipantRef="x"><participantRef>x</participantRef><participantRef>y</participantRef><messageFlowRef>mf</messageFlowRef></choreographyTask>', "ct")}</process>`,
    ),
    at: "ct",
    good: fine,
  },
  "process-empty": {
    bad: process(between('<subProcess id="s"/>', "s")),
    at: "s",
    good: process(between('<subProcess id="s"><task id="t"/></subProcess>', "s")),
  },
  "resource-role": {
    bad: process(
      between(
        '<task id="t"><performer id="r"><resourceRef>res</resourceRef><resourceAssignmentExpression><formalExpression>x</formalExpression></resourceAssignmentExpression></performer></task>',
        "t",
      ),
      '<resource id="res" name="Res"/>',
    ),
    at: "t",
    good: process(
      between('<task id="t"><performer id="r"><resourceRef>res</resourceRef></performer></task>', "t"),
      '<resource id="res" name="Res"/>',
    ),
  },
  "documentation-format": {
    bad: process(between('<task id="t"><documentation textFormat="loud">x</documentation></task>', "t")),
    at: "t",
    good: process(between('<task id="t"><documentation textFormat="text/markdown">x</documentation></task>', "t")),
  },

  "start-event-incoming": { bad: process(between(job("a") + flow("a", "start"), "a")), at: "start", good: fine },
  "instantiating-receive": {
    bad: process(between('<receiveTask id="r" messageRef="m" instantiate="true"/>', "r"), message),
    at: "r",
    good: process(
      `<receiveTask id="r" messageRef="m" instantiate="true"/><endEvent id="e"/>${flow("r", "e")}`,
      message,
    ),
  },
  "end-event-outgoing": { bad: process(between(job("a") + flow("end", "a"), "a")), at: "end", good: fine },
  "incoming-missing": {
    bad: process(between(job("a") + job("lost") + flow("lost", "end"), "a")),
    at: "lost",
    good: fine,
  },
  "outgoing-missing": {
    bad: process(between(job("a") + job("stuck") + flow("start", "stuck"), "a")),
    at: "stuck",
    good: fine,
  },
  "end-event-missing": { bad: process(`<startEvent id="s"/>${job("a")}${flow("s", "a")}`), at: "p", good: fine },
  "boundary-outgoing": {
    bad: process(between(`${job("a")}<boundaryEvent id="b" attachedToRef="a">${timer}</boundaryEvent>`, "a")),
    at: "b",
    good: process(
      between(`${job("a")}<boundaryEvent id="b" attachedToRef="a">${timer}</boundaryEvent>${flow("b", "end")}`, "a"),
    ),
  },
  "process-start": {
    bad: process(`${job("a")}${job("b")}${flow("a", "b")}${flow("b", "a")}`),
    at: "p",
    good: process(`${job("a")}${job("b")}${flow("a", "b")}`),
  },
  "start-event-several": {
    bad: process(`${between(job("a"), "a")}<startEvent id="second"/>${flow("second", "a")}`),
    at: "second",
    good: fine,
  },
  "condition-single": {
    bad: process(`<startEvent id="s"/>${job("a")}<endEvent id="e"/>${flow("s", "a")}${flow("a", "e", "=ok")}`),
    at: "a",
    good: process(
      `<startEvent id="s"/>${job("a")}<endEvent id="e"/><endEvent id="f"/>${flow("s", "a")}${flow("a", "e", "=ok")}${flow("a", "f")}`,
    ),
  },
  "condition-source": {
    bad: process(`<startEvent id="s"/><endEvent id="e"/>${flow("s", "e", "=ok")}`),
    at: "s-e",
    good: fine,
  },
  "default-flow": {
    bad: process(split('<exclusiveGateway id="g" default="start-g"/>', flow("g", "e1", "=a"), flow("g", "e2", "=b"))),
    at: "g",
    good: process(split('<exclusiveGateway id="g" default="g-e2"/>', flow("g", "e1", "=a"), flow("g", "e2"))),
  },

  "event-definition-position": {
    bad: process(`<startEvent id="s"/><endEvent id="e"><linkEventDefinition name="l"/></endEvent>${flow("s", "e")}`),
    at: "e",
    good: process(`<startEvent id="s"/><endEvent id="e"><terminateEventDefinition/></endEvent>${flow("s", "e")}`),
  },
  "event-definition-combination": {
    bad: compensated(undo, association).replace("<compensateEventDefinition/>", `<compensateEventDefinition/>${timer}`),
    at: "b",
    good: process(
      between(
        `<intermediateCatchEvent id="c">${timer}<signalEventDefinition signalRef="sig"/></intermediateCatchEvent>`,
        "c",
      ),
      signal,
    ),
  },
  "event-definition-owner": {
    bad: process(
      between(
        '<intermediateThrowEvent id="t"><signalEventDefinition id="d" signalRef="sig"/></intermediateThrowEvent><intermediateThrowEvent id="u"><eventDefinitionRef>d</eventDefinitionRef></intermediateThrowEvent>',
        "t",
        "u",
      ),
      signal,
    ),
    at: "u",
    good: process(
      between(
        '<intermediateThrowEvent id="u"><eventDefinitionRef>d</eventDefinitionRef></intermediateThrowEvent>',
        "u",
      ),
      signal,
      '<signalEventDefinition id="d" signalRef="sig"/>',
    ),
  },
  "event-name": {
    bad: process(
      between('<intermediateThrowEvent id="t"><signalEventDefinition signalRef="sig"/></intermediateThrowEvent>', "t"),
      '<signal id="sig"/>',
    ),
    at: "t",
    good: process(
      between('<intermediateThrowEvent id="t"><signalEventDefinition signalRef="sig"/></intermediateThrowEvent>', "t"),
      signal,
    ),
  },
  "event-code": {
    bad: process(
      `<startEvent id="s"/><endEvent id="e"><errorEventDefinition errorRef="er"/></endEvent>${flow("s", "e")}`,
      '<error id="er"/>',
    ),
    at: "e",
    good: process(
      `<startEvent id="s"/><endEvent id="e"><errorEventDefinition errorRef="er"/></endEvent>${flow("s", "e")}`,
      '<error id="er" errorCode="E1"/>',
    ),
  },
  "boundary-attachment": {
    bad: process(
      between(
        `<subProcess id="s"><task id="t"/></subProcess><boundaryEvent id="b" attachedToRef="t">${timer}</boundaryEvent>${flow("b", "end")}`,
        "s",
      ),
    ),
    at: "b",
    good: process(
      between(
        `<subProcess id="s"><task id="t"/></subProcess><boundaryEvent id="b" attachedToRef="s">${timer}</boundaryEvent>${flow("b", "end")}`,
        "s",
      ),
    ),
  },
  "boundary-cancel": {
    bad: process(`<startEvent id="s"/><endEvent id="e"><cancelEventDefinition/></endEvent>${flow("s", "e")}`),
    at: "e",
    good: process(
      between(
        `<transaction id="x"><startEvent id="xs"/><endEvent id="xe"><cancelEventDefinition/></endEvent>${flow("xs", "xe")}</transaction><boundaryEvent id="b" attachedToRef="x"><cancelEventDefinition/></boundaryEvent>${flow("b", "end")}`,
        "x",
      ),
    ),
  },

  "link-pair": {
    bad: process(
      `<startEvent id="s"/><intermediateThrowEvent id="t"><linkEventDefinition name="l"/></intermediateThrowEvent>${flow("s", "t")}<endEvent id="e"/><intermediateCatchEvent id="c"><linkEventDefinition name="k"/></intermediateCatchEvent>${flow("c", "e")}`,
    ),
    at: "t",
    good: process(
      `<startEvent id="s"/><intermediateThrowEvent id="t"><linkEventDefinition name="l"/></intermediateThrowEvent>${flow("s", "t")}<endEvent id="e"/><intermediateCatchEvent id="c"><linkEventDefinition name="l"/></intermediateCatchEvent>${flow("c", "e")}`,
    ),
  },
  "link-flow": {
    bad: process(
      `<startEvent id="s"/><intermediateThrowEvent id="t"><linkEventDefinition name="l"/></intermediateThrowEvent>${flow("s", "t")}<endEvent id="e"/><intermediateCatchEvent id="c"><linkEventDefinition name="l"/></intermediateCatchEvent>${flow("c", "e")}${flow("t", "e")}`,
    ),
    at: "t",
    good: fine,
  },

  "gateway-connection": {
    bad: process(between('<exclusiveGateway id="g"/>', "g")),
    at: "g",
    good: process(split('<parallelGateway id="g"/>', flow("g", "e1"), flow("g", "e2"))),
  },
  "gateway-unconnected": { bad: process('<parallelGateway id="g"/>'), at: "g", good: fine },
  "gateway-direction": {
    bad: process(split('<parallelGateway id="g" gatewayDirection="Converging"/>', flow("g", "e1"), flow("g", "e2"))),
    at: "g",
    good: process(split('<parallelGateway id="g" gatewayDirection="Diverging"/>', flow("g", "e1"), flow("g", "e2"))),
  },
  "gateway-condition": {
    bad: process(split('<exclusiveGateway id="g"/>', flow("g", "e1", "=a"), flow("g", "e2"))),
    at: "g-e2",
    good: process(split('<exclusiveGateway id="g"/>', flow("g", "e1", "=a"), flow("g", "e2", "=b"))),
  },
  "complex-gateway-activation": {
    bad: process(
      `<startEvent id="s"/><complexGateway id="g"/><task id="a"/><task id="b"/><endEvent id="e"/>${flow("s", "a")}${flow("s", "b")}${flow("a", "g")}${flow("b", "g")}${flow("g", "e")}`,
    ),
    at: "g",
    good: process(
      `<startEvent id="s"/><complexGateway id="g"><activationCondition xsi:type="tFormalExpression">=activationCount >= 1</activationCondition></complexGateway><task id="a"/><task id="b"/><endEvent id="e"/>${flow("s", "a")}${flow("s", "b")}${flow("a", "g")}${flow("b", "g")}${flow("g", "e")}`,
    ),
  },
  "event-gateway": {
    bad: process(
      split(
        `<eventBasedGateway id="g"/>${catchTimer("c")}${job("a")}`,
        flow("g", "c") + flow("c", "e1"),
        flow("g", "a") + flow("a", "e2"),
      ),
    ),
    at: "a",
    good: process(
      split(
        `<eventBasedGateway id="g"/>${catchTimer("c")}${catchTimer("d")}`,
        flow("g", "c") + flow("c", "e1"),
        flow("g", "d") + flow("d", "e2"),
      ),
    ),
  },
  "event-gateway-instantiate": {
    bad: process(
      between(
        `<subProcess id="s"><eventBasedGateway id="g" instantiate="true"/><receiveTask id="r" messageRef="m"/><receiveTask id="q" messageRef="m"/>${flow("g", "r")}${flow("g", "q")}</subProcess>`,
        "s",
      ),
      message,
    ),
    at: "g",
    good: process(
      `<eventBasedGateway id="g" instantiate="true"/><receiveTask id="r" messageRef="m"/><receiveTask id="q" messageRef="m"/>${flow("g", "r")}${flow("g", "q")}`,
      message,
    ),
  },

  "compensation-boundary": { bad: compensated(undo, ""), at: "b", good: compensated(undo, association) },
  "compensation-handler": {
    bad: compensated(undo, association, flow("start", "undo")),
    at: "undo",
    good: compensated(undo, association),
  },
  "compensation-target": {
    bad: process(
      between(
        `<subProcess id="s">${job("inner")}</subProcess><intermediateThrowEvent id="t"><compensateEventDefinition activityRef="inner"/></intermediateThrowEvent>`,
        "s",
        "t",
      ),
    ),
    at: "t",
    good: process(
      between(
        `${job("a")}<intermediateThrowEvent id="t"><compensateEventDefinition activityRef="a"/></intermediateThrowEvent>`,
        "a",
        "t",
      ),
    ),
  },

  "event-sub-process-start": {
    bad: eventSubProcess(
      `<startEvent id="es">${timer}</startEvent><startEvent id="es2">${timer}</startEvent>${flow("es2", "ee")}`,
    ),
    at: "sub",
    good: eventSubProcess(`<startEvent id="es">${timer}</startEvent>`),
  },
  "event-sub-process-flow": {
    bad: eventSubProcess(`<startEvent id="es">${timer}</startEvent>`, "", flow("a", "sub")),
    at: "sub",
    good: eventSubProcess(
      '<startEvent id="es" isInterrupting="false"><signalEventDefinition signalRef="sig"/></startEvent>',
    ),
  },
  "ad-hoc-content": {
    bad: adHoc(`<startEvent id="s"/><task id="t"/>${flow("s", "t")}`),
    at: "s",
    good: adHoc('<task id="t"/>'),
  },
  "ad-hoc-activation": { bad: adHoc('<task id="t"/>', ""), at: "x", good: adHoc('<task id="t"/>') },
  "called-process-start": {
    bad: process(
      between(`<callActivity id="call">${extensions('<zeebe:calledElement processId="q"/>')}</callActivity>`, "call"),
      message,
      `<process id="q" isExecutable="true"><startEvent id="qs"><messageEventDefinition messageRef="m"/></startEvent><endEvent id="qe"/>${flow("qs", "qe")}</process>`,
    ),
    at: "call",
    good: process(
      between(`<callActivity id="call">${extensions('<zeebe:calledElement processId="q"/>')}</callActivity>`, "call"),
      `<process id="q" isExecutable="true"><startEvent id="qs"/><endEvent id="qe"/>${flow("qs", "qe")}</process>`,
    ),
  },

  "task-implementation": { bad: process(between('<serviceTask id="a"/>', "a")), at: "a", good: fine },
  "task-message": {
    bad: process(between('<receiveTask id="r"/>', "r")),
    at: "r",
    good: process(between('<receiveTask id="r" messageRef="m"/>', "r"), message),
  },
  "message-correlation": {
    bad: process(between('<receiveTask id="r" messageRef="m"/>', "r"), '<message id="m" name="Paid"/>'),
    at: "r",
    good: process(between('<receiveTask id="r" messageRef="m"/>', "r"), message),
  },
  "agent-on-sub-process": {
    bad: process(between(job("a", '<interlock:agent id="bot"/>'), "a")),
    at: "a",
    good: agent(job("a", action('consequential="false"'))),
  },

  "data-collection": {
    bad: process(
      between(
        serviceWith(
          io(`<dataInput id="d" itemSubjectRef="i1" isCollection="false"/>${sets("<dataInputRefs>d</dataInputRefs>")}`),
        ),
        "a",
      ),
      item("i1", 'isCollection="true"'),
    ),
    at: "d",
    good: process(
      between(
        serviceWith(
          io(`<dataInput id="d" itemSubjectRef="i1" isCollection="true"/>${sets("<dataInputRefs>d</dataInputRefs>")}`),
        ),
        "a",
      ),
      item("i1", 'isCollection="true"'),
    ),
  },
  "data-sets": {
    bad: process(between(serviceWith(io(`<dataOutput id="d"/>${sets()}`)), "a")),
    at: "a",
    good: process(
      between(serviceWith(io(`<dataOutput id="d"/>${sets("", "<dataOutputRefs>d</dataOutputRefs>")}`)), "a"),
    ),
  },
  "data-specification-owner": {
    bad: process(between(`<subProcess id="s">${io(sets())}<task id="t"/></subProcess>`, "s")),
    at: "s",
    good: process(between('<subProcess id="s"><task id="t"/></subProcess>', "s")),
  },
  "data-association-direction": {
    bad: process(
      `${io(`<dataInput id="pi"/>${sets("<dataInputRefs>pi</dataInputRefs>")}`)}${between(serviceWith(`${io(`<dataOutput id="d"/>${sets("", "<dataOutputRefs>d</dataOutputRefs>").replaceAll("is", "is2").replaceAll("os", "os2")}`)}<dataOutputAssociation><sourceRef>d</sourceRef><targetRef>pi</targetRef></dataOutputAssociation>`), "a")}`,
    ),
    at: "a",
    good: process(
      between(
        `${serviceWith(
          `${io(`<dataOutput id="d"/>${sets("", "<dataOutputRefs>d</dataOutputRefs>")}`)}<dataOutputAssociation><sourceRef>d</sourceRef><targetRef>obj</targetRef></dataOutputAssociation>`,
        )}<dataObject id="obj"/>`,
        "a",
      ),
    ),
  },
  "data-transformation": {
    bad: process(
      between(
        `${serviceWith(
          `${io(`<dataInput id="d"/>${sets("<dataInputRefs>d</dataInputRefs>")}`)}<dataInputAssociation><sourceRef>obj</sourceRef><targetRef>d</targetRef><transformation/></dataInputAssociation>`,
        )}<dataObject id="obj"/>`,
        "a",
      ),
    ),
    at: "a",
    good: process(
      between(
        `${serviceWith(
          `${io(`<dataInput id="d"/>${sets("<dataInputRefs>d</dataInputRefs>")}`)}<dataInputAssociation><sourceRef>obj</sourceRef><targetRef>d</targetRef><transformation>=obj</transformation></dataInputAssociation>`,
        )}<dataObject id="obj"/>`,
        "a",
      ),
    ),
  },
  "data-state": {
    bad: process(`${between(job("a"), "a")}<dataObject id="obj"><dataState/></dataObject>`),
    at: "obj",
    good: process(`${between(job("a"), "a")}<dataObject id="obj"><dataState name="paid"/></dataObject>`),
  },
  "data-event-items": {
    bad: process(
      `<startEvent id="s"><dataOutput id="d" itemSubjectRef="i2"/><outputSet><dataOutputRefs>d</dataOutputRefs></outputSet><messageEventDefinition messageRef="im"/></startEvent><endEvent id="e"/>${flow("s", "e")}`,
      item("i1"),
      '<itemDefinition id="i2" structureRef="xsd:int"/>',
      operation,
    ),
    at: "s",
    good: process(
      `<startEvent id="s"><dataOutput id="d" itemSubjectRef="i1"/><outputSet><dataOutputRefs>d</dataOutputRefs></outputSet><messageEventDefinition messageRef="im"/></startEvent><endEvent id="e"/>${flow("s", "e")}`,
      item("i1"),
      operation,
    ),
  },
  "data-operation-items": {
    bad: process(
      between(
        serviceWith(
          io(`<dataInput id="d" itemSubjectRef="i2"/>${sets("<dataInputRefs>d</dataInputRefs>")}`),
          'operationRef="op"',
        ),
        "a",
      ),
      item("i1"),
      '<itemDefinition id="i2" structureRef="xsd:int"/>',
      operation,
    ),
    at: "a",
    good: process(
      between(
        serviceWith(
          io(`<dataInput id="d" itemSubjectRef="i1"/>${sets("<dataInputRefs>d</dataInputRefs>")}`),
          'operationRef="op"',
        ),
        "a",
      ),
      item("i1"),
      operation,
    ),
  },
  "data-multi-instance-items": {
    bad: process(
      between(
        `${serviceWith(`${io(`<dataInput id="d" itemSubjectRef="many" isCollection="true"/>${sets("<dataInputRefs>d</dataInputRefs>")}`)}<multiInstanceLoopCharacteristics><loopDataInputRef>d</loopDataInputRef><inputDataItem id="one" itemSubjectRef="many"/></multiInstanceLoopCharacteristics>`)}`,
        "a",
      ),
      item("many", 'isCollection="true"'),
    ),
    at: "a",
    good: process(
      between(
        `${serviceWith(`${io(`<dataInput id="d" itemSubjectRef="many" isCollection="true"/>${sets("<dataInputRefs>d</dataInputRefs>")}`)}<multiInstanceLoopCharacteristics><loopDataInputRef>d</loopDataInputRef><inputDataItem id="one" itemSubjectRef="single"/></multiInstanceLoopCharacteristics>`)}`,
        "a",
      ),
      item("many", 'isCollection="true"'),
      item("single"),
    ),
  },
  "data-call": {
    bad: process(
      between('<callActivity id="call" calledElement="gt"/>', "call"),
      `<globalTask id="gt">${io(`<dataInput id="d"/>${sets("<dataInputRefs>d</dataInputRefs>")}`)}</globalTask>`,
    ),
    at: "call",
    good: process(between('<callActivity id="call" calledElement="gt"/>', "call"), '<globalTask id="gt"/>'),
  },
  "data-service-binding": {
    bad: definitions(
      '<interface id="if" name="If"/>',
      `<process id="p" isExecutable="true"><supportedInterfaceRef>if</supportedInterfaceRef>${between(job("a"), "a")}</process>`,
    ),
    at: "p",
    good: fine,
  },

  "message-flow-pools": {
    bad: pools('<messageFlow id="mf" sourceRef="t" targetRef="one"/>', sender),
    at: "mf",
    good: pools('<messageFlow id="mf" sourceRef="t" targetRef="other"/>', sender),
  },
  "message-flow-ends": {
    bad: pools('<messageFlow id="mf" sourceRef="other" targetRef="t"/>', sender),
    at: "mf",
    good: pools('<messageFlow id="mf" sourceRef="t" targetRef="other"/>', sender),
  },
  "participant-multiplicity": {
    bad: pools("", sender).replace(
      '<participant id="other"/>',
      '<participant id="other"><participantMultiplicity minimum="3" maximum="2"/></participant>',
    ),
    at: "other",
    good: pools("", sender).replace(
      '<participant id="other"/>',
      '<participant id="other"><participantMultiplicity minimum="1" maximum="2"/></participant>',
    ),
  },
  "choreography-closed": {
    bad: definitions(
      '<choreography id="ch"/>',
      '<collaboration id="c" isClosed="true"><choreographyRef>ch</choreographyRef></collaboration>',
      `<process id="p" isExecutable="true">${between(job("a"), "a")}</process>`,
    ),
    at: "c",
    good: definitions(
      '<choreography id="ch" isClosed="true"/>',
      '<collaboration id="c" isClosed="true"><choreographyRef>ch</choreographyRef></collaboration>',
      `<process id="p" isExecutable="true">${between(job("a"), "a")}</process>`,
    ),
  },

  "loop-endless": {
    bad: process(
      `<startEvent id="s"/><parallelGateway id="g"/><task id="t"/>${flow("s", "g")}${flow("g", "t")}${flow("t", "g")}`,
    ),
    at: "g",
    good: process(
      `<startEvent id="s"/><exclusiveGateway id="g" default="g-e"/>${job("a")}<endEvent id="e"/>${flow("s", "a")}${flow("a", "g")}${flow("g", "a", "=again")}${flow("g", "e")}`,
    ),
  },
  "loop-without-wait": {
    bad: process(
      `<startEvent id="s"/><exclusiveGateway id="g" default="g-e"/><task id="t"/><endEvent id="e"/>${flow("s", "t")}${flow("t", "g")}${flow("g", "t", "=again")}${flow("g", "e")}`,
    ),
    at: "g",
    good: process(
      `<startEvent id="s"/><exclusiveGateway id="g" default="g-e"/>${job("a")}<endEvent id="e"/>${flow("s", "a")}${flow("a", "g")}${flow("g", "a", "=again")}${flow("g", "e")}`,
    ),
  },

  UNGOVERNED_ACTION: { bad: agent(job("a", action())), at: "a", good: agent(job("a", action() + guardrail())) },
  AGENT_WITHOUT_STOP_CRITERIA: {
    bad: agent(job("a", action() + guardrail()), '<interlock:budget onExceed="error"/>'),
    at: "x",
    good: agent(job("a", action() + guardrail()), budget),
  },
  "ungoverned-camunda-agent": {
    bad: adHoc(
      job("a"),
      '<zeebe:taskDefinition type="io.camunda.agenticai:aiagent-job-worker:1"/><zeebe:ioMapping><zeebe:input source="hello" target="data.userPrompt.prompt"/></zeebe:ioMapping>',
    ),
    at: "a",
    good: adHoc(
      job("a", action() + guardrail()),
      '<zeebe:taskDefinition type="io.camunda.agenticai:aiagent-job-worker:1"/><zeebe:ioMapping><zeebe:input source="hello" target="data.userPrompt.prompt"/></zeebe:ioMapping>',
    ),
  },
  "guardrail-without-action": {
    bad: process(between(job("a", guardrail()), "a")),
    at: "a",
    good: process(between(job("a", action() + guardrail()), "a")),
  },
  "action-position": {
    bad: process(
      `<startEvent id="s"/><endEvent id="e">${extensions(action() + guardrail())}</endEvent>${flow("s", "e")}`,
    ),
    at: "e",
    good: process(between(job("a", action() + guardrail()), "a")),
  },
  "offer-position": {
    bad: process(between(job("a", action('offeredWhen="=ready"') + guardrail()), "a")),
    at: "a",
    good: agent(job("a", action('offeredWhen="=ready"') + guardrail())),
  },
  ASYNC_IRREVERSIBLE: {
    bad: process(between(job("a", action('reversible="false"') + guardrail('pattern="async"')), "a")),
    at: "a",
    good: process(between(job("a", action('reversible="true"') + guardrail('pattern="async"')), "a")),
  },
  "async-without-undo": {
    bad: process(between(job("a", action('reversible="true"') + guardrail('pattern="async" default="ALLOW"')), "a")),
    at: "a",
    good: process(between(job("a", action('reversible="true"') + guardrail('pattern="async" default="DENY"')), "a")),
  },
  "guardrail-staleness": {
    bad: process(between(job("a", action() + guardrail('pattern="preEvaluate"')), "a")),
    at: "a",
    good: process(between(job("a", action() + guardrail('pattern="preEvaluate" maxStaleness="PT5M"')), "a")),
  },
  "policy-in-process": {
    bad: process(
      split(
        `<exclusiveGateway id="g" default="g-e2"/>${job("pay", action() + guardrail())}`,
        `${flow("g", "pay", "=account.tenure &gt; 90")}${flow("pay", "e1")}`,
        flow("g", "e2"),
      ),
    ),
    at: "g-pay",
    good: process(
      split(
        `<exclusiveGateway id="g" default="g-e2"/>${job("pay", action() + guardrail())}`,
        `${flow("g", "pay", "=decision.allowed = true")}${flow("pay", "e1")}`,
        flow("g", "e2"),
      ),
    ),
  },
  "name-undefined": {
    bad: process(
      between(
        job("a", '<zeebe:ioMapping><zeebe:input source="=1" target="amount"/></zeebe:ioMapping>') +
          job("b", '<zeebe:ioMapping><zeebe:input source="=amuont + 1" target="x"/></zeebe:ioMapping>'),
        "a",
        "b",
      ),
    ),
    at: "b",
    good: process(
      between(
        job("a", '<zeebe:ioMapping><zeebe:input source="=1" target="amount"/></zeebe:ioMapping>') +
          job("b", '<zeebe:ioMapping><zeebe:input source="=amount + 1" target="x"/></zeebe:ioMapping>'),
        "a",
        "b",
      ),
    ),
  },
};

/** Problems that the reader or the compiler finds: same form. */
export const compilerExamples: Readonly<Record<string, RuleExample>> = {
  "id-duplicate": { bad: process(`${between(job("a"), "a")}<task id="a"/>`), at: null, good: fine },
  "reference-unresolved": {
    bad: process(`${between(job("a"), "a")}${flow("a", "nowhere")}`),
    at: "a-nowhere",
    good: fine,
  },
  "reference-type": { bad: process(`${between(job("a"), "a")}${flow("a", "p")}`), at: "a-p", good: fine },
  "expression-syntax": {
    bad: process(between(job("a", '<zeebe:ioMapping><zeebe:input source="=1 +" target="x"/></zeebe:ioMapping>'), "a")),
    at: "a",
    good: process(
      between(job("a", '<zeebe:ioMapping><zeebe:input source="=1 + 1" target="x"/></zeebe:ioMapping>'), "a"),
    ),
  },
  "expression-empty": {
    bad: process(split('<exclusiveGateway id="g" default="g-e2"/>', flow("g", "e1", "="), flow("g", "e2"))),
    at: "g-e1",
    good: fine,
  },
  "expression-natural-language": {
    bad: process(
      split(
        '<exclusiveGateway id="g" default="g-e2"/>',
        flow("g", "e1", "the customer is nice").replace(' xsi:type="tFormalExpression"', ""),
        flow("g", "e2"),
      ),
    ),
    at: "g-e1",
    good: process(
      split(
        '<exclusiveGateway id="g" default="g-e2"/>',
        flow("g", "e1", "=nice").replace(' xsi:type="tFormalExpression"', ""),
        flow("g", "e2"),
      ),
    ),
  },
  "expression-language": {
    bad: process(
      split(
        '<exclusiveGateway id="g" default="g-e2"/>',
        flow("g", "e1", "count(x)").replace("xsi:type", 'language="http://www.w3.org/1999/XPath" xsi:type'),
        flow("g", "e2"),
      ),
    ),
    at: "g-e1",
    good: process(
      split(
        '<exclusiveGateway id="g" default="g-e2"/>',
        flow("g", "e1", "x").replace("xsi:type", 'language="https://www.omg.org/spec/DMN/20191111/FEEL/" xsi:type'),
        flow("g", "e2"),
      ),
    ),
  },
  "condition-type": {
    bad: process(split('<exclusiveGateway id="g" default="g-e2"/>', flow("g", "e1", "=23"), flow("g", "e2"))),
    at: "g-e1",
    good: process(split('<exclusiveGateway id="g" default="g-e2"/>', flow("g", "e1", "=true"), flow("g", "e2"))),
  },
  "condition-missing": {
    bad: process(between('<intermediateCatchEvent id="c"><conditionalEventDefinition/></intermediateCatchEvent>', "c")),
    at: "c",
    good: process(
      between(
        '<intermediateCatchEvent id="c"><conditionalEventDefinition><condition xsi:type="tFormalExpression">=ready</condition></conditionalEventDefinition></intermediateCatchEvent>',
        "c",
      ),
    ),
  },
  "timer-definition": {
    bad: process(between(catchTimer("c").replace("PT1S", "1 second"), "c")),
    at: "c",
    good: process(between(catchTimer("c"), "c")),
  },
  "compensation-activity": {
    bad: process(
      between(
        '<intermediateThrowEvent id="t"><compensateEventDefinition activityRef="q1"/></intermediateThrowEvent>',
        "t",
      ),
      `<process id="q" isExecutable="true">${job("q1")}</process>`,
    ),
    at: "t",
    good: process(
      between(
        `${job("a")}<intermediateThrowEvent id="t"><compensateEventDefinition activityRef="a"/></intermediateThrowEvent>`,
        "a",
        "t",
      ),
    ),
  },
  "job-type": {
    bad: process(between(`<serviceTask id="a">${extensions("<zeebe:taskDefinition/>")}</serviceTask>`, "a")),
    at: "a",
    good: fine,
  },
  "job-retries": {
    bad: process(
      between(
        `<serviceTask id="a">${extensions('<zeebe:taskDefinition type="x" retries="many"/>')}</serviceTask>`,
        "a",
      ),
    ),
    at: "a",
    good: process(
      between(`<serviceTask id="a">${extensions('<zeebe:taskDefinition type="x" retries="5"/>')}</serviceTask>`, "a"),
    ),
  },
  listener: {
    bad: process(
      between(
        job("a", '<zeebe:executionListeners><zeebe:executionListener eventType="start"/></zeebe:executionListeners>'),
        "a",
      ),
    ),
    at: "a",
    good: process(
      between(
        job(
          "a",
          '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="audit"/></zeebe:executionListeners>',
        ),
        "a",
      ),
    ),
  },
  "mapping-source": {
    bad: process(between(job("a", '<zeebe:ioMapping><zeebe:output target="x"/></zeebe:ioMapping>'), "a")),
    at: "a",
    good: fine,
  },
  "mapping-target": {
    bad: process(between(job("a", '<zeebe:ioMapping><zeebe:input source="=1" target="a b"/></zeebe:ioMapping>'), "a")),
    at: "a",
    good: fine,
  },
  "loop-maximum": {
    bad: process(between(serviceWith('<standardLoopCharacteristics loopMaximum="0"/>'), "a")),
    at: "a",
    good: process(between(serviceWith('<standardLoopCharacteristics loopMaximum="3"/>'), "a")),
  },
  "loop-cardinality": {
    bad: process(
      between(
        serviceWith(
          '<multiInstanceLoopCharacteristics><loopCardinality xsi:type="tFormalExpression">=-1</loopCardinality></multiInstanceLoopCharacteristics>',
        ),
        "a",
      ),
    ),
    at: "a",
    good: process(
      between(
        serviceWith(
          '<multiInstanceLoopCharacteristics><loopCardinality xsi:type="tFormalExpression">3</loopCardinality></multiInstanceLoopCharacteristics>',
        ),
        "a",
      ),
    ),
  },
  "multi-instance-input": {
    bad: process(between(serviceWith("<multiInstanceLoopCharacteristics/>"), "a")),
    at: "a",
    good: fine,
  },
  "multi-instance-output": {
    bad: process(
      between(
        serviceWith(
          `<multiInstanceLoopCharacteristics>${extensions('<zeebe:loopCharacteristics inputCollection="=[1]" outputCollection="all"/>')}</multiInstanceLoopCharacteristics>`,
        ),
        "a",
      ),
    ),
    at: "a",
    good: process(
      between(
        serviceWith(
          `<multiInstanceLoopCharacteristics>${extensions('<zeebe:loopCharacteristics inputCollection="=[1]" outputCollection="all" outputElement="=x"/>')}</multiInstanceLoopCharacteristics>`,
        ),
        "a",
      ),
    ),
  },
  "multi-instance-behavior": {
    bad: process(
      between(
        serviceWith(
          '<multiInstanceLoopCharacteristics behavior="One"><loopCardinality xsi:type="tFormalExpression">3</loopCardinality></multiInstanceLoopCharacteristics>',
        ),
        "a",
      ),
    ),
    at: "a",
    good: fine,
  },
  "script-result": {
    bad: process(between(`<scriptTask id="a">${extensions('<zeebe:script expression="=1"/>')}</scriptTask>`, "a")),
    at: "a",
    good: process(
      between(
        `<scriptTask id="a">${extensions('<zeebe:script expression="=1" resultVariable="r"/>')}</scriptTask>`,
        "a",
      ),
    ),
  },
  "called-decision": {
    bad: process(
      between(
        `<businessRuleTask id="a">${extensions('<zeebe:calledDecision decisionId="d"/>')}</businessRuleTask>`,
        "a",
      ),
    ),
    at: "a",
    good: process(
      between(
        `<businessRuleTask id="a">${extensions('<zeebe:calledDecision decisionId="d" resultVariable="r"/>')}</businessRuleTask>`,
        "a",
      ),
    ),
  },
  "called-element": {
    bad: process(between('<callActivity id="a"/>', "a")),
    at: "a",
    good: process(
      between(`<callActivity id="a">${extensions('<zeebe:calledElement processId="other"/>')}</callActivity>`, "a"),
    ),
  },
  "user-task-priority": {
    bad: process(
      between(
        `<userTask id="a">${extensions('<zeebe:userTask/><zeebe:priorityDefinition priority="101"/>')}</userTask>`,
        "a",
      ),
    ),
    at: "a",
    good: process(
      between(
        `<userTask id="a">${extensions('<zeebe:userTask/><zeebe:priorityDefinition priority="100"/>')}</userTask>`,
        "a",
      ),
    ),
  },
  "data-assignment": {
    bad: process(
      between(
        serviceWith(
          `${io(`<dataInput id="d"/>${sets("<dataInputRefs>d</dataInputRefs>")}`)}<dataInputAssociation><targetRef>d</targetRef><assignment><from xsi:type="tFormalExpression">=1</from><to xsi:type="tFormalExpression">a b</to></assignment></dataInputAssociation>`,
        ),
        "a",
      ),
    ),
    at: "a",
    good: process(
      between(
        serviceWith(
          `${io(`<dataInput id="d"/>${sets("<dataInputRefs>d</dataInputRefs>")}`)}<dataInputAssociation><targetRef>d</targetRef><assignment><from xsi:type="tFormalExpression">=1</from><to xsi:type="tFormalExpression">d</to></assignment></dataInputAssociation>`,
        ),
        "a",
      ),
    ),
  },
  quantity: {
    bad: process(between('<task id="a" startQuantity="0"/>', "a")),
    at: "a",
    good: process(between('<task id="a" startQuantity="2"/>', "a")),
  },
  "guard-attribute": {
    bad: process(between(job("a", action('riskClass="huge"') + guardrail()), "a")),
    at: "a",
    good: process(between(job("a", action('riskClass="high"') + guardrail()), "a")),
  },
  "agent-prompt": {
    bad: adHoc(job("a", action() + guardrail()), '<interlock:agent id="bot"/>'),
    at: "x",
    good: agent(job("a", action() + guardrail())),
  },
  "agent-budget": {
    bad: agent(job("a", action() + guardrail()), '<interlock:budget modelCalls="0"/>'),
    at: "x",
    good: agent(job("a", action() + guardrail()), '<interlock:budget modelCalls="8" wallTime="PT10M"/>'),
  },
  "agent-sequence": {
    bad: agent(
      job("a", action() + guardrail()),
      `<interlock:sequence><interlock:allow from="" to="b"/></interlock:sequence>${budget}`,
    ),
    at: "x",
    good: agent(
      job("a", action() + guardrail()),
      `<interlock:sequence><interlock:allow from="" to="a"/></interlock:sequence>${budget}`,
    ),
  },
  "tool-parameter": {
    bad: agent(
      job(
        "a",
        `${action()}${guardrail()}<zeebe:ioMapping><zeebe:input source="=fromAi(1 + 1)" target="x"/></zeebe:ioMapping>`,
      ),
    ),
    at: "a",
    good: agent(
      job(
        "a",
        `${action()}${guardrail()}<zeebe:ioMapping><zeebe:input source="=fromAi(toolCall.x)" target="x"/></zeebe:ioMapping>`,
      ),
    ),
  },
};

/** What Camunda 8.9 refuses and this engine runs. */
export const strictExamples: Readonly<Record<string, RuleExample>> = {
  "zeebe-unsupported": {
    bad: process(
      between(`<transaction id="x"><startEvent id="xs"/><endEvent id="xe"/>${flow("xs", "xe")}</transaction>`, "x"),
    ),
    at: "x",
    good: fine,
  },
  "zeebe-start-event": { bad: process(job("a")), at: "p", good: fine },
  "zeebe-condition": {
    bad: process(split('<exclusiveGateway id="g" default="g-e2"/>', flow("g", "e1", "nice"), flow("g", "e2"))),
    at: "g-e1",
    good: process(split('<exclusiveGateway id="g" default="g-e2"/>', flow("g", "e1", "=nice"), flow("g", "e2"))),
  },
};
