/** What a text in the model means: the compiled process, as the core sees it. */
import { describe, expect, it } from "vitest";
import { BpmnModelError, compileBpmn, deployed } from "../../../engine/model/index.ts";
import { between, compiled, definitions, element, extensions, flow, job, process } from "./bpmn-text.ts";

const values = (variables: Readonly<Record<string, unknown>>) => {
  const map = new Map(Object.entries(variables));
  return { get: (name: string) => map.get(name) as never };
};
const message =
  '<message id="m" name="Paid"><extensionElements><zeebe:subscription correlationKey="=orderId"/></extensionElements></message>';

describe("a process", () => {
  it("interns elements in document order, parents before children, with flows and scopes by index", async () => {
    const [compiledProcess] = await compiled(
      process(between(`<subProcess id="sub"><task id="inner"/></subProcess>${job("after")}`, "sub", "after")),
    );
    expect(compiledProcess?.elements.map((each) => [each.index, each.id, each.type, each.scope])).toEqual([
      [0, "p", "process", -1],
      [1, "start", "startEvent", 0],
      [2, "sub", "subProcess", 0],
      [3, "inner", "task", 2],
      [4, "after", "serviceTask", 0],
      [5, "end", "endEvent", 0],
    ]);
    expect(compiledProcess?.elements[0]).toMatchObject({ children: [1, 2, 4, 5], entryElements: [1] });
    expect(compiledProcess?.elements[2]).toMatchObject({
      children: [3],
      entryElements: [3],
      incoming: [0],
      outgoing: [1],
    });
    expect(compiledProcess?.flows.map((each) => [each.id, each.source, each.target])).toEqual([
      ["start-sub", 1, 2],
      ["sub-after", 2, 4],
      ["after-end", 4, 5],
    ]);
    expect(compiledProcess?.elementIndexById.get("inner")).toBe(3);
  });

  it("is completed with key and version at deployment, and carries the hash of its file", async () => {
    const [one] = await compiled(process(between(job("a"), "a")));
    expect(one?.resourceHash).toMatch(/^[0-9a-f]{64}$/);
    if (one === undefined) throw new Error("Expected a process, but there is none");
    expect(deployed(one, { key: "1", version: 2, deploymentKey: "3", tenantId: "t" })).toMatchObject({
      key: "1",
      version: 2,
      processId: "p",
    });
  });

  it("knows its triggered starts and whether it can be started without a trigger", async () => {
    const triggered =
      '<startEvent id="s2"><timerEventDefinition><timeCycle xsi:type="tFormalExpression">R/PT1H</timeCycle></timerEventDefinition></startEvent>';
    const [both] = await compiled(process(`${between(job("a"), "a")}${triggered}${flow("s2", "a")}`));
    expect(both).toMatchObject({ hasNoneStart: true, triggeredStarts: [4] });
    const [only] = await compiled(
      process(`${triggered}${job("a")}<endEvent id="e"/>${flow("s2", "a")}${flow("a", "e")}`),
    );
    expect(only).toMatchObject({ hasNoneStart: false, triggeredStarts: [1] });
    const [implicit] = await compiled(process(`${job("a")}${job("b")}${flow("a", "b")}`));
    expect(implicit).toMatchObject({ hasNoneStart: true, triggeredStarts: [] });
    expect(implicit?.elements[0]?.entryElements).toEqual([1]);
  });

  it("stands beside other processes and global tasks of the file; pools that are not executable are left out", async () => {
    const processes = await compiled(
      definitions(
        `<process id="one" isExecutable="true">${between(job("a"), "a")}</process>`,
        `<process id="two" isExecutable="true">${job("b")}</process>`,
        '<process id="drawing"><task id="c"/></process>',
        `<globalUserTask id="ask" name="Ask">${extensions("<zeebe:userTask/>")}</globalUserTask>`,
        `<globalTask id="work">${extensions('<zeebe:taskDefinition type="x"/>')}</globalTask>`,
      ),
    );
    expect(processes.map((each) => each.processId)).toEqual(["one", "two", "ask", "work"]);
    expect(processes[2]?.elements.map((each) => [each.id, each.type, each.scope])).toEqual([
      ["ask", "process", -1],
      ["ask__task", "userTask", 0],
    ]);
    expect(processes[2]?.elements[0]).toMatchObject({ entryElements: [1], children: [1] });
    expect(processes[3]?.elements[1]).toMatchObject({ type: "serviceTask", job: { headers: {} } });
  });

  it("is refused with every problem at once, each with its element", async () => {
    const outcome = await compileBpmn(process(between('<serviceTask id="a"/><receiveTask id="b"/>', "a", "b")), {
      resourceName: "x.bpmn",
    }).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(BpmnModelError);
    expect((outcome as BpmnModelError).problems.map((problem) => problem.elementId)).toEqual(["a", "b"]);
    expect((outcome as BpmnModelError).message).toContain("Expected x.bpmn to be a deployable BPMN model, but:");
  });
});

describe("expressions", () => {
  it("are FEEL after an equals sign and static texts otherwise", async () => {
    const task = await element(
      process(
        between(
          job(
            "a",
            '<zeebe:ioMapping><zeebe:input source="=amount * 2" target="order.total"/><zeebe:input source="amount" target="word"/><zeebe:input target="empty"/></zeebe:ioMapping>',
          ),
          "a",
        ),
      ),
      "a",
    );
    const [twice, word, empty] = task.inputs;
    expect(twice?.target).toEqual(["order", "total"]);
    expect(twice?.source?.references).toEqual(["amount"]);
    expect(twice?.source?.evaluate(values({ amount: 21 }), 0)).toMatchObject({ ok: true, value: 42 });
    expect(word?.source).toMatchObject({ constant: "amount", references: [] });
    expect(empty).toEqual({ source: null, target: ["empty"] });
  });

  it("of standard BPMN are FEEL with or without the sign; constants are computed once", async () => {
    const [one] = await compiled(
      process(
        `<startEvent id="s"/><exclusiveGateway id="g" default="g-c"/><endEvent id="a"/><endEvent id="b"/><endEvent id="c"/>${flow("s", "g")}${flow("g", "a", "=amount &gt; 3")}${flow("g", "b", "1 = 1")}${flow("g", "c")}`,
      ),
    );
    expect(one?.flows[1]?.condition?.evaluate(values({ amount: 4 }), 0)).toMatchObject({ ok: true, value: true });
    expect(one?.flows[1]?.condition?.evaluate(values({ amount: 3 }), 0)).toMatchObject({ ok: true, value: false });
    expect(one?.flows[2]?.condition?.constant).toBe(true);
    expect(one?.elements.find((each) => each.id === "g")?.defaultFlow).toBe(3);
  });

  it("give a warning and null for unknown variables", async () => {
    const task = await element(
      process(between(job("a", '<zeebe:ioMapping><zeebe:input source="=missing" target="x"/></zeebe:ioMapping>'), "a")),
      "a",
    );
    const result = task.inputs[0]?.source?.evaluate(values({}), 0);
    expect(result).toMatchObject({ ok: true, value: null });
    expect(result?.warnings?.length).toBe(1);
  });

  it("take the time of the command and are never folded when they depend on it", async () => {
    const task = await element(
      process(
        between(job("a", '<zeebe:ioMapping><zeebe:input source="=string(now())" target="x"/></zeebe:ioMapping>'), "a"),
      ),
      "a",
    );
    expect(task.inputs[0]?.source?.constant).toBeUndefined();
    const result = task.inputs[0]?.source?.evaluate(values({}), Date.UTC(2026, 0, 2, 3, 4, 5));
    expect(JSON.stringify(result)).toContain("2026-01-02T03:04:05");
  });
});

describe("events", () => {
  it("resolve shared definitions and keep several definitions in order", async () => {
    const event = await element(
      process(
        between(
          '<intermediateCatchEvent id="c" parallelMultiple="true"><signalEventDefinition signalRef="s1"/><eventDefinitionRef>shared</eventDefinitionRef></intermediateCatchEvent>',
          "c",
        ),
        '<signal id="s1" name="One"/><signal id="s2" name="=&quot;T&quot; + &quot;wo&quot;"/><signalEventDefinition id="shared" signalRef="s2"/>',
      ),
      "c",
    );
    expect(event.parallelMultiple).toBe(true);
    expect(event.eventDefinitions.map((each) => (each.type === "signal" ? each.name.constant : each.type))).toEqual([
      "One",
      "Two",
    ]);
  });

  it("of messages carry name and correlation key; a throwing one its job or its publication", async () => {
    const [one] = await compiled(
      process(
        between(
          `<intermediateCatchEvent id="c"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
           <intermediateThrowEvent id="j">${extensions('<zeebe:taskDefinition type="mail"/>')}<messageEventDefinition messageRef="m"/></intermediateThrowEvent>
           <intermediateThrowEvent id="t">${extensions('<interlock:publication correlationKey="=customer" timeToLive="PT1H" messageId="=id"/>')}<messageEventDefinition messageRef="m"/></intermediateThrowEvent>
           <sendTask id="send" messageRef="m"/><receiveTask id="r" messageRef="m"/>`,
          "c",
          "j",
          "t",
          "send",
          "r",
        ),
        message,
      ),
    );
    const definitionOf = (id: string) => one?.elements.find((each) => each.id === id)?.eventDefinitions[0];
    expect(definitionOf("c")).toMatchObject({
      type: "message",
      name: { constant: "Paid" },
      correlationKey: { references: ["orderId"] },
    });
    expect(definitionOf("j")).toMatchObject({ task: { type: { constant: "mail" } } });
    expect(definitionOf("t")).toMatchObject({
      correlationKey: { references: ["customer"] },
      timeToLive: { constant: "PT1H" },
      messageId: { references: ["id"] },
    });
    expect(definitionOf("send")).toMatchObject({
      name: { constant: "Paid" },
      correlationKey: { references: ["orderId"] },
    });
    expect(definitionOf("r")).toMatchObject({ name: { constant: "Paid" } });
  });

  it("correlate by the properties of plain BPMN too, on both sides", async () => {
    const processes = await compiled(
      definitions(
        '<message id="m" name="Paid"/>',
        '<correlationProperty id="cp1"><correlationPropertyRetrievalExpression messageRef="m"><messagePath>order.id</messagePath></correlationPropertyRetrievalExpression></correlationProperty>',
        '<correlationProperty id="cp2"><correlationPropertyRetrievalExpression messageRef="m"><messagePath>=shop</messagePath></correlationPropertyRetrievalExpression></correlationProperty>',
        '<collaboration id="c"><participant id="x" processRef="one"/><participant id="y" processRef="two"/><correlationKey id="key"><correlationPropertyRef>cp1</correlationPropertyRef><correlationPropertyRef>cp2</correlationPropertyRef></correlationKey></collaboration>',
        `<process id="one" isExecutable="true">${between('<intermediateThrowEvent id="t"><messageEventDefinition messageRef="m"/></intermediateThrowEvent>', "t")}</process>`,
        `<process id="two" isExecutable="true"><receiveTask id="r" messageRef="m"/><correlationSubscription correlationKeyRef="key"><correlationPropertyBinding correlationPropertyRef="cp1"><dataPath>orderId</dataPath></correlationPropertyBinding><correlationPropertyBinding correlationPropertyRef="cp2"><dataPath>shopId</dataPath></correlationPropertyBinding></correlationSubscription></process>`,
      ),
    );
    const keyOf = (at: number, id: string) => {
      const definition = processes[at]?.elements.find((each) => each.id === id)?.eventDefinitions[0];
      return definition?.type === "message" ? definition.correlationKey : undefined;
    };
    const thrown = keyOf(0, "t")?.evaluate(values({ order: { id: 7 }, shop: "nord" }), 0);
    expect(thrown).toMatchObject({ ok: true, value: "7|nord" });
    expect(keyOf(1, "r")?.evaluate(values({ orderId: 7, shopId: "nord" }), 0)).toMatchObject(thrown ?? {});
  });

  it("joined by a message flow need no correlation key", async () => {
    const processes = await compiled(
      definitions(
        '<message id="m" name="Paid"/>',
        '<collaboration id="c"><participant id="x" processRef="one"/><participant id="y" processRef="two"/><messageFlow id="mf" sourceRef="t" targetRef="r"/></collaboration>',
        `<process id="one" isExecutable="true">${between('<intermediateThrowEvent id="t"><messageEventDefinition messageRef="m"/></intermediateThrowEvent>', "t")}</process>`,
        `<process id="two" isExecutable="true"><receiveTask id="r" messageRef="m"/></process>`,
      ),
    );
    for (const [at, id] of ["t", "r"].entries()) {
      expect(processes[at]?.elements.find((each) => each.id === id)?.eventDefinitions[0]).toMatchObject({
        messageFlow: true,
      });
    }
  });

  it.each([
    ["timeDate", "2026-02-28T10:00:00Z", "date"],
    ["timeDuration", "P1DT2H", "duration"],
    ["timeCycle", "R3/PT10S", "cycle"],
    ["timeCycle", "0 0 9-17 * * MON-FRI", "cycle"],
    ["timeDuration", "=waitingTime", "duration"],
  ])("take the timer %s %s", async (attribute, body, kind) => {
    const event = await element(
      process(
        between(
          `<intermediateCatchEvent id="c"><timerEventDefinition><${attribute} xsi:type="tFormalExpression">${body}</${attribute}></timerEventDefinition></intermediateCatchEvent>`,
          "c",
        ),
      ),
      "c",
    );
    expect(event.eventDefinitions).toMatchObject([{ type: "timer", kind, expression: { source: body } }]);
  });

  it.each([
    ["timeDate", "2026-02-30T10:00:00Z"],
    ["timeDate", "2026-13-01"],
    ["timeDuration", "P"],
    ["timeDuration", "PT"],
    ["timeDuration", "10 s"],
    ["timeCycle", "R3"],
    ["timeCycle", "* * * * *"],
  ])("refuse the timer %s %s", async (attribute, body) => {
    const xml = process(
      between(
        `<intermediateCatchEvent id="c"><timerEventDefinition><${attribute} xsi:type="tFormalExpression">${body}</${attribute}></timerEventDefinition></intermediateCatchEvent>`,
        "c",
      ),
    );
    await expect(compiled(xml)).rejects.toThrow(/timer-definition/);
  });

  it("at a boundary know their activity, interrupt unless told otherwise, and catch all without a code", async () => {
    const [one] = await compiled(
      process(
        between(
          `${job("a")}<boundaryEvent id="b1" attachedToRef="a"><errorEventDefinition interlock:errorCodeVariable="code"/></boundaryEvent>
           <boundaryEvent id="b2" attachedToRef="a" cancelActivity="false"><escalationEventDefinition escalationRef="es"/></boundaryEvent>${flow("b1", "end")}${flow("b2", "end")}`,
          "a",
        ),
        '<escalation id="es" escalationCode="LATE"/>',
      ),
    );
    const at = (id: string) => one?.elements.find((each) => each.id === id);
    expect(at("a")?.boundaryEvents).toEqual([at("b1")?.index, at("b2")?.index]);
    expect(at("b1")).toMatchObject({
      interrupting: true,
      attachedTo: at("a")?.index,
      eventDefinitions: [{ type: "error", code: null, codeVariable: "code" }],
    });
    expect(at("b2")).toMatchObject({
      interrupting: false,
      eventDefinitions: [{ type: "escalation", code: { constant: "LATE" } }],
    });
  });

  it("that start an event sub-process are its entry; conditions keep their filter", async () => {
    const [one] = await compiled(
      process(
        between(
          `${job("a")}<subProcess id="sub" triggeredByEvent="true"><startEvent id="es" isInterrupting="false"><conditionalEventDefinition>${extensions('<zeebe:conditionalFilter variableNames="amount, limit" variableEvents="update"/>')}<condition xsi:type="tFormalExpression">=amount &gt; limit</condition></conditionalEventDefinition></startEvent><endEvent id="ee"/>${flow("es", "ee")}</subProcess>`,
          "a",
        ),
      ),
    );
    const at = (id: string) => one?.elements.find((each) => each.id === id);
    expect(at("sub")).toMatchObject({ type: "eventSubProcess", entryElements: [at("es")?.index] });
    expect(one?.elements[0]).toMatchObject({
      eventSubProcesses: [at("sub")?.index],
      entryElements: [at("start")?.index],
    });
    expect(at("es")).toMatchObject({
      interrupting: false,
      eventDefinitions: [{ type: "conditional", variableNames: ["amount", "limit"], variableEvents: ["update"] }],
    });
  });

  it("of links pair by name, or by the element that the throwing one names", async () => {
    const [one] = await compiled(
      process(
        `<startEvent id="s"/><intermediateThrowEvent id="t"><linkEventDefinition id="lt"><target>lc</target></linkEventDefinition></intermediateThrowEvent>${flow("s", "t")}<intermediateCatchEvent id="c"><linkEventDefinition id="lc"><source>lt</source></linkEventDefinition></intermediateCatchEvent><endEvent id="e"/>${flow("c", "e")}`,
      ),
    );
    const links = one?.elements.flatMap((each) =>
      each.eventDefinitions.flatMap((definition) => (definition.type === "link" ? [definition.name] : [])),
    );
    expect(links).toEqual(["lc", "lc"]);
  });

  it("of compensation find handler and activity", async () => {
    const [one] = await compiled(
      process(
        between(
          `${job("a")}<boundaryEvent id="b" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>${job("undo", "", 'isForCompensation="true"')}<association id="as" sourceRef="b" targetRef="undo"/><intermediateThrowEvent id="t"><compensateEventDefinition activityRef="a" waitForCompletion="false"/></intermediateThrowEvent>`,
          "a",
          "t",
        ),
      ),
    );
    const at = (id: string) => one?.elements.find((each) => each.id === id);
    expect(at("a")?.compensationHandler).toBe(at("undo")?.index);
    expect(at("undo")?.isForCompensation).toBe(true);
    expect(at("t")?.eventDefinitions).toEqual([
      { type: "compensation", activity: at("a")?.index, waitForCompletion: false },
    ]);
  });
});

describe("activities", () => {
  it("carry their job with type, retries, headers and listeners", async () => {
    const task = await element(
      process(
        between(
          `<serviceTask id="a">${extensions(
            '<zeebe:taskDefinition type="=kind" retries="5"/><zeebe:taskHeaders><zeebe:header key="__proto__" value="x"/><zeebe:header key="url" value="u"/></zeebe:taskHeaders><zeebe:properties><zeebe:property name="tag" value="v"/></zeebe:properties><zeebe:executionListeners><zeebe:executionListener eventType="end" type="audit" retries="2"/></zeebe:executionListeners>',
          )}</serviceTask>`,
          "a",
        ),
      ),
      "a",
    );
    expect(task.job).toMatchObject({ type: { references: ["kind"] }, retries: { constant: "5" } });
    expect(Object.entries(task.job?.headers ?? {})).toEqual([
      ["__proto__", "x"],
      ["url", "u"],
    ]);
    expect(task.properties).toEqual({ tag: "v" });
    expect(task.executionListeners).toMatchObject([
      { eventType: "end", type: { constant: "audit" }, retries: { constant: "2" } },
    ]);
  });

  it("run scripts, decisions and called processes", async () => {
    const [one] = await compiled(
      process(
        between(
          `<scriptTask id="s">${extensions('<zeebe:script expression="=a + b" resultVariable="sum"/>')}</scriptTask>
           <scriptTask id="plain" scriptFormat="feel"><script>a + b</script></scriptTask>
           <businessRuleTask id="d">${extensions('<zeebe:calledDecision decisionId="risk" resultVariable="risk" bindingType="versionTag" versionTag="v2"/>')}</businessRuleTask>
           <callActivity id="c">${extensions('<zeebe:calledElement processId="=other" propagateAllChildVariables="false" bindingType="deployment"/>')}</callActivity>
           <callActivity id="q" calledElement="tns:legacy"/>`,
          "s",
          "plain",
          "d",
          "c",
          "q",
        ),
      ),
    );
    const at = (id: string) => one?.elements.find((each) => each.id === id);
    expect(at("s")?.script).toMatchObject({ resultVariable: "sum", expression: { references: ["a", "b"] } });
    expect(at("plain")?.script).toMatchObject({ resultVariable: "result" });
    expect(at("d")?.calledDecision).toMatchObject({
      decisionId: { constant: "risk" },
      binding: { type: "versionTag", tag: "v2" },
    });
    expect(at("c")?.calledElement).toMatchObject({
      processId: { references: ["other"] },
      propagateAllChildVariables: false,
      propagateAllParentVariables: true,
      binding: { type: "deployment" },
    });
    expect(at("q")?.calledElement).toMatchObject({
      processId: { constant: "legacy" },
      propagateAllChildVariables: true,
      binding: { type: "latest" },
    });
  });

  it("of users carry people, dates, forms and listeners", async () => {
    const ext =
      '<zeebe:userTask/><zeebe:assignmentDefinition assignee="=owner" candidateGroups="a,b"/><zeebe:taskSchedule dueDate="2026-01-01T00:00:00Z"/><zeebe:priorityDefinition priority="70"/><zeebe:formDefinition formId="ask" bindingType="deployment"/><zeebe:taskListeners><zeebe:taskListener eventType="completing" type="check"/></zeebe:taskListeners>';
    const legacy = '<zeebe:formDefinition formKey="camunda-forms:bpmn:f1"/>';
    const [one] = await compiled(
      process(
        `${extensions('<zeebe:userTaskForm id="f1">{"components":[]}</zeebe:userTaskForm>')}${between(`<userTask id="u">${extensions(ext)}</userTask><userTask id="l">${extensions(legacy)}</userTask>`, "u", "l")}`,
      ),
    );
    const at = (id: string) => one?.elements.find((each) => each.id === id)?.userTask;
    expect(at("u")).toMatchObject({
      native: true,
      assignee: { references: ["owner"] },
      candidateGroups: { constant: "a,b" },
      dueDate: { constant: "2026-01-01T00:00:00Z" },
      priority: { constant: "70" },
      formId: { constant: "ask" },
      formBinding: { type: "deployment" },
      listeners: [{ eventType: "completing" }],
    });
    expect(at("l")).toMatchObject({ native: false, embeddedForm: '{"components":[]}' });
  });

  it("loop by the standard marker or over a collection, by zeebe or plain BPMN", async () => {
    const loop = async (inside: string, more = "") =>
      (
        await element(
          process(
            between(
              `<serviceTask id="a">${extensions('<zeebe:taskDefinition type="x"/>')}${inside}</serviceTask>${more}`,
              "a",
            ),
            '<signal id="s" name="S"/>',
          ),
          "a",
        )
      ).loop;
    expect(
      await loop(
        '<standardLoopCharacteristics testBefore="true" loopMaximum="3"><loopCondition xsi:type="tFormalExpression">more</loopCondition></standardLoopCharacteristics>',
      ),
    ).toMatchObject({
      kind: "standard",
      testBefore: true,
      maximum: 3,
      condition: { references: ["more"] },
    });
    expect(
      await loop(
        `<multiInstanceLoopCharacteristics isSequential="true">${extensions('<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="all" outputElement="=item.id"/>')}<completionCondition xsi:type="tFormalExpression">=enough</completionCondition></multiInstanceLoopCharacteristics>`,
      ),
    ).toMatchObject({
      kind: "multiInstance",
      sequential: true,
      inputElement: "item",
      outputCollection: "all",
      behavior: "All",
      completionCondition: { references: ["enough"] },
    });
    expect(
      await loop(
        '<ioSpecification><dataInput id="di"/><inputSet><dataInputRefs>di</dataInputRefs></inputSet><outputSet/></ioSpecification><dataInputAssociation><sourceRef>orders-ref</sourceRef><targetRef>di</targetRef></dataInputAssociation><multiInstanceLoopCharacteristics><loopDataInputRef>di</loopDataInputRef><inputDataItem id="order"/></multiInstanceLoopCharacteristics>',
        '<dataObject id="orders"/><dataObjectReference id="orders-ref" dataObjectRef="orders"/>',
      ),
    ).toMatchObject({ inputCollection: { references: ["orders"] }, inputElement: "order" });
    expect(
      await loop(
        '<multiInstanceLoopCharacteristics behavior="Complex"><loopCardinality xsi:type="tFormalExpression">3</loopCardinality><complexBehaviorDefinition><condition xsi:type="tFormalExpression">=isOdd</condition><event><signalEventDefinition signalRef="s"/></event></complexBehaviorDefinition></multiInstanceLoopCharacteristics>',
      ),
    ).toMatchObject({
      cardinality: { constant: 3 },
      behavior: "Complex",
      complex: [{ condition: { references: ["isOdd"] }, event: { type: "signal" } }],
    });
  });

  it("read and write data objects through mappings", async () => {
    const [one] = await compiled(
      process(
        `<property id="note"/><dataObject id="d1" name="order"/><dataObjectReference id="r1" dataObjectRef="d1"/>${between(
          `<serviceTask id="a">${extensions('<zeebe:taskDefinition type="x"/>')}<ioSpecification><dataInput id="in"/><dataOutput id="out-1"/><inputSet><dataInputRefs>in</dataInputRefs></inputSet><outputSet><dataOutputRefs>out-1</dataOutputRefs></outputSet></ioSpecification><dataInputAssociation><sourceRef>r1</sourceRef><targetRef>in</targetRef></dataInputAssociation><dataOutputAssociation><sourceRef>out-1</sourceRef><targetRef>r1</targetRef></dataOutputAssociation></serviceTask>`,
          "a",
        )}`,
      ),
    );
    expect(one?.elements[0]?.initialVariables.map((variable) => variable.name).sort()).toEqual(["note", "order"]);
    const task = one?.elements.find((each) => each.id === "a");
    expect(task?.inputs).toMatchObject([{ source: { references: ["order"] }, target: ["in"] }]);
    expect(task?.outputs).toMatchObject([{ source: { references: ["out-1"] }, target: ["order"] }]);
    expect(task?.outputs[0]?.source?.evaluate(values({ "out-1": 7 }), 0)).toEqual({ ok: true, value: 7 });
  });
});
