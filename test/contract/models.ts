/** Small models that between them use what the contract tests call. Our own; written for these tests. */

function definitions(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:interlock="urn:interlock:schema:1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="urn:test">
${body}
</bpmn:definitions>`;
}

/** A line of nodes, each connected to the next. */
function line(id: string, nodes: readonly (readonly [id: string, xml: string])[], before = "", extra = ""): string {
  const flows = nodes
    .slice(1)
    .map(
      ([target], index) =>
        `<bpmn:sequenceFlow id="flow${index + 1}" sourceRef="${nodes[index]![0]}" targetRef="${target}"/>`,
    );
  return definitions(`${before}
<bpmn:process id="${id}" name="${id} process" isExecutable="true">
${nodes.map(([, xml]) => xml).join("\n")}
${flows.join("\n")}
${extra}
</bpmn:process>`);
}

const start = ["start", '<bpmn:startEvent id="start"/>'] as const;
const end = ["end", '<bpmn:endEvent id="end"/>'] as const;

function extension(xml: string): string {
  return `<bpmn:extensionElements>${xml}</bpmn:extensionElements>`;
}

function job(id: string, type: string, retries = 3): readonly [string, string] {
  return [
    id,
    `<bpmn:serviceTask id="${id}" name="${id}">${extension(`<zeebe:taskDefinition type="${type}" retries="${retries}"/><zeebe:taskHeaders><zeebe:header key="unit" value="EUR"/></zeebe:taskHeaders>`)}</bpmn:serviceTask>`,
  ];
}

/** start → job "charge" (with an error boundary event) → end */
export const order = line(
  "order",
  [start, job("charge", "charge"), end],
  '<bpmn:error id="declined" errorCode="DECLINED"/>',
  `
<bpmn:boundaryEvent id="declinedEvent" attachedToRef="charge"><bpmn:errorEventDefinition id="declinedDefinition" errorRef="declined"/></bpmn:boundaryEvent>
<bpmn:endEvent id="declinedEnd"/><bpmn:sequenceFlow id="flowDeclined" sourceRef="declinedEvent" targetRef="declinedEnd"/>`,
);

/** start → job "ship" → job "bill" → end */
export const twoSteps = line("two-steps", [start, job("ship", "ship"), job("bill", "bill"), end]);

/** start → native user task with a form, candidates and a due date → end */
export const review = line("review", [
  start,
  [
    "check",
    `<bpmn:userTask id="check" name="Check">${extension('<zeebe:userTask/><zeebe:formDefinition formId="review-form"/><zeebe:assignmentDefinition candidateGroups="clerks" candidateUsers="ann,bob"/><zeebe:taskSchedule dueDate="2030-01-31T12:00:00Z"/><zeebe:priorityDefinition priority="70"/><zeebe:taskHeaders><zeebe:header key="unit" value="EUR"/></zeebe:taskHeaders>')}</bpmn:userTask>`,
  ],
  end,
]);

/** start → user task whose model listens to its completion → end */
export const listened = line("listened", [
  start,
  [
    "check",
    `<bpmn:userTask id="check" name="Check">${extension('<zeebe:userTask/><zeebe:taskListeners><zeebe:taskListener eventType="completing" type="own-check"/></zeebe:taskListeners>')}</bpmn:userTask>`,
  ],
  end,
]);

const trusted = (name: string, value: string): string =>
  `<interlock:fact name="${name}" expression="=${value}" provenance="trusted"/>`;

/** start → a guarded job of the type `id`: the policy "refund" is asked before it → end */
export const credit = (id: string): string =>
  line(id, [
    start,
    [
      "pay",
      `<bpmn:serviceTask id="pay">${extension(
        `<zeebe:taskDefinition type="${id}" retries="3"/><zeebe:ioMapping><zeebe:input source="=amount" target="amount"/><zeebe:input source="=&quot;other&quot;" target="reason"/></zeebe:ioMapping>
<interlock:action type="issue_store_credit" target="payments" operation="pay" reversible="true" riskClass="low"/><interlock:guardrail policyRef="refund" binding="active"/>
${trusted("subject.accountTenureDays", "812")}${trusted("subject.refundsLast12Months", "0")}${trusted("subject.standing", "&quot;good&quot;")}`,
      )}</bpmn:serviceTask>`,
    ],
    end,
  ]);

/** start → waits for the message "paid", correlated by orderId → end */
export const waiter = line(
  "waiter",
  [
    start,
    [
      "paid",
      '<bpmn:intermediateCatchEvent id="paid"><bpmn:messageEventDefinition id="paidDefinition" messageRef="paidMessage"/></bpmn:intermediateCatchEvent>',
    ],
    end,
  ],
  `<bpmn:message id="paidMessage" name="paid">${extension('<zeebe:subscription correlationKey="=orderId"/>')}</bpmn:message>`,
);

/** Started by the message "ordered". */
export const messageStart = line(
  "message-start",
  [
    [
      "ordered",
      '<bpmn:startEvent id="ordered"><bpmn:messageEventDefinition id="orderedDefinition" messageRef="orderedMessage"/></bpmn:startEvent>',
    ],
    job("handle", "handle-order"),
    end,
  ],
  '<bpmn:message id="orderedMessage" name="ordered"/>',
);

/** Started by the signal "alarm". */
export const signalStart = line(
  "signal-start",
  [
    [
      "alarm",
      '<bpmn:startEvent id="alarm"><bpmn:signalEventDefinition id="alarmDefinition" signalRef="alarmSignal"/></bpmn:startEvent>',
    ],
    job("answer", "answer-alarm"),
    end,
  ],
  '<bpmn:signal id="alarmSignal" name="alarm"/>',
);

/** start → calls "order" → end */
export const caller = line("caller", [
  start,
  [
    "callOrder",
    `<bpmn:callActivity id="callOrder">${extension('<zeebe:calledElement processId="order" propagateAllChildVariables="false"/>')}</bpmn:callActivity>`,
  ],
  end,
]);

/** start → ad-hoc sub-process with two jobs, both of which start by themselves → end */
export const toolbox = line("toolbox", [
  start,
  [
    "tools",
    `<bpmn:adHocSubProcess id="tools" cancelRemainingInstances="true"><bpmn:completionCondition xsi:type="bpmn:tFormalExpression">=done = true</bpmn:completionCondition>${job("hammer", "hammer")[1]}${job("saw", "saw")[1]}</bpmn:adHocSubProcess>`,
  ],
  end,
]);

/** start → ad-hoc sub-process that a job decides for → end */
export const adHocJob = line("ad-hoc-job", [
  start,
  [
    "workshop",
    `<bpmn:adHocSubProcess id="workshop">${extension('<zeebe:taskDefinition type="plan"/>')}${job("hammer", "hammer")[1]}${job("saw", "saw")[1]}</bpmn:adHocSubProcess>`,
  ],
  end,
]);

/** Started when it is hot. */
export const conditional = line("conditional", [
  [
    "hot",
    '<bpmn:startEvent id="hot"><bpmn:conditionalEventDefinition id="isHot"><bpmn:condition xsi:type="bpmn:tFormalExpression">=temperature &gt; 30</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:startEvent>',
  ],
  job("cool", "cool"),
  end,
]);

/** start → job for each of two → end */
export const loopedSteps = line("looped", [
  start,
  [
    "each",
    `<bpmn:serviceTask id="each">${extension('<zeebe:taskDefinition type="each"/>')}<bpmn:multiInstanceLoopCharacteristics>${extension('<zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="one"/>')}</bpmn:multiInstanceLoopCharacteristics></bpmn:serviceTask>`,
  ],
  job("after", "after"),
  end,
]);

/** start → business rule task over the decision "discount" → end */
export const rules = line("rules", [
  start,
  [
    "decide",
    `<bpmn:businessRuleTask id="decide">${extension('<zeebe:calledDecision decisionId="discount" resultVariable="discount"/>')}</bpmn:businessRuleTask>`,
  ],
  end,
]);

export const discount = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="discounts" name="Discounts" namespace="urn:test">
<decision id="discount" name="Discount"><variable id="discountVariable" name="discount" typeRef="number"/>
<decisionTable id="table" hitPolicy="FIRST">
<input id="amountInput" label="Amount"><inputExpression id="amountExpression" typeRef="number"><text>amount</text></inputExpression></input>
<output id="discountOutput" label="Discount" name="discount" typeRef="number"/>
<rule id="large"><inputEntry id="in1"><text>&gt;= 100</text></inputEntry><outputEntry id="out1"><text>10</text></outputEntry></rule>
<rule id="small"><inputEntry id="in2"><text>-</text></inputEntry><outputEntry id="out2"><text>0</text></outputEntry></rule>
</decisionTable></decision></definitions>`;

export const reviewForm = JSON.stringify({
  id: "review-form",
  type: "default",
  schemaVersion: 16,
  components: [{ type: "textfield", key: "note", label: "Note", id: "Field_note" }],
});

/** A process whose start event has a form. */
export const startForm = line("with-start-form", [
  [
    "start",
    `<bpmn:startEvent id="start">${extension('<zeebe:formDefinition formId="review-form"/>')}</bpmn:startEvent>`,
  ],
  end,
]);

/** A script that reads a variable of the installation. */
export const greets = line("greets", [
  start,
  [
    "say",
    `<bpmn:scriptTask id="say">${extension('<zeebe:script expression="=camunda.vars.env.greeting + &#34; world&#34;" resultVariable="said"/>')}</bpmn:scriptTask>`,
  ],
  end,
]);

/** Waits for a day. */
export const sleeper = line("sleeper", [
  start,
  [
    "sleep",
    '<bpmn:intermediateCatchEvent id="sleep"><bpmn:timerEventDefinition id="day"><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>',
  ],
  end,
]);

export const everything: Readonly<Record<string, string>> = {
  "order.bpmn": order,
  "two-steps.bpmn": twoSteps,
  "review.bpmn": review,
  "waiter.bpmn": waiter,
  "message-start.bpmn": messageStart,
  "signal-start.bpmn": signalStart,
  "caller.bpmn": caller,
  "toolbox.bpmn": toolbox,
  "rules.bpmn": rules,
  "discount.dmn": discount,
  "review.form": reviewForm,
  "with-start-form.bpmn": startForm,
  "greets.bpmn": greets,
  "sleeper.bpmn": sleeper,
  "notes.txt": "any other resource",
};
