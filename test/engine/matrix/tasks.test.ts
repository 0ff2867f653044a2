/** Tasks; BPMN 2.0.2 §10.3.3, §13.3.2. */
import { expect, it } from "vitest";
import { compileBpmn, deployed } from "../../../engine/model/index.ts";
import { drive } from "../instance-driver.ts";
import { definitions, extensions, findings, process } from "../model/bpmn-text.ts";
import { end, path, roots, run, runProcess, service, start } from "./run-model.ts";

const around = (task: string): string => start + task + end() + path("start", "task", "end");

it("matrix | Tasks | undefined task", async () => {
  const driver = await runProcess(around('<task id="task"/>'));
  expect(driver.log("elementCompleted")).toContain("task");
  expect(driver.state()).toBe("completed");
});

it("matrix | Tasks | service", async () => {
  const driver = await runProcess(around(service("task")));
  expect(driver.events).toContainEqual(expect.objectContaining({ type: "jobCreated", jobType: "task", retries: 3 }));
  driver.complete("task", { result: 7 });
  expect(driver.variables()).toEqual({ result: 7 });
  expect(driver.state()).toBe("completed");
});

it("matrix | Tasks | user", async () => {
  const driver = await runProcess(
    around(
      `<userTask id="task">${extensions('<zeebe:userTask/><zeebe:assignmentDefinition candidateGroups="clerks"/>')}</userTask>`,
    ),
  );
  expect(driver.events).toContainEqual(
    expect.objectContaining({ type: "userTaskCreated", elementId: "task", candidateGroups: ["clerks"] }),
  );
  const userTaskKey = driver.wait("userTask", "task").key;
  driver.send({ type: "completeUserTask", userTaskKey, variables: { ok: true }, action: "complete" });
  expect(driver.variables()).toEqual({ ok: true });
  expect(driver.state()).toBe("completed");
});

it("matrix | Tasks | manual", async () => {
  const driver = await runProcess(around('<manualTask id="task"/>'));
  expect(driver.log("elementCompleted")).toContain("task");
  expect(driver.state()).toBe("completed");
});

it("matrix | Tasks | send", async () => {
  const driver = await runProcess(around('<sendTask id="task" messageRef="m"/>'));
  expect(driver.effects).toContainEqual(
    expect.objectContaining({ type: "publishMessage", name: "news", correlationKey: "k" }),
  );
  expect(driver.state()).toBe("completed");

  const asJob = await runProcess(
    around(`<sendTask id="task">${extensions('<zeebe:taskDefinition type="post"/>')}</sendTask>`),
  );
  expect(asJob.waits("job")).toEqual(["task"]);
});

it("matrix | Tasks | receive", async () => {
  const driver = await runProcess(around('<receiveTask id="task" messageRef="m"/>'));
  expect(driver.state()).toBe("active");
  driver.correlate("task", { text: "hi" });
  expect(driver.variables()).toEqual({ text: "hi" });
  expect(driver.state()).toBe("completed");
});

it("matrix | Tasks | receive instantiate=true", async () => {
  const xml = process(
    '<receiveTask id="task" messageRef="m" instantiate="true"/>' +
      service("after") +
      end() +
      path("task", "after", "end"),
    roots,
  );
  const { processes } = await compileBpmn(xml, { resourceName: "row.bpmn" });
  const [definition] = processes.map((each) =>
    deployed(each, { key: "100", version: 1, deploymentKey: "99", tenantId: "<default>" }),
  );
  expect(definition!.hasNoneStart).toBe(false);
  const driver = drive(definition!, {
    variables: { text: "hi" },
    create: {
      startElementIndex: definition!.elementIndexById.get("task")!,
      message: { key: "5", name: "news", correlationKey: "k" },
    },
  });
  expect(driver.waits("message")).toEqual([]);
  expect(driver.log("elementCompleted")).toEqual(["task"]);
  expect(driver.waits("job")).toEqual(["after"]);
  expect(driver.variables()).toEqual({ text: "hi" });
});

it("matrix | Tasks | script", async () => {
  const driver = await runProcess(
    around(
      `<scriptTask id="task">${extensions('<zeebe:script expression="=a * b" resultVariable="product"/>')}</scriptTask>`,
    ),
    { variables: { a: 6, b: 7 } },
  );
  expect(driver.variables()).toEqual({ a: 6, b: 7, product: 42 });
  expect(driver.state()).toBe("completed");
});

it("matrix | Tasks | business rule (DMN)", async () => {
  const asked: unknown[] = [];
  const driver = await runProcess(
    around(
      `<businessRuleTask id="task">${extensions('<zeebe:calledDecision decisionId="risk" resultVariable="level"/>')}</businessRuleTask>`,
    ),
    {
      variables: { amount: 12 },
      environment: {
        evaluateDecision: ({ decisionId }, variables) => {
          asked.push({ decisionId, variables });
          return { ok: true, value: { value: "high", evaluationKey: "7", decisionKey: "8", trace: null } };
        },
      },
    },
  );
  expect(asked).toEqual([{ decisionId: "risk", variables: { amount: 12 } }]);
  expect(driver.variables()).toEqual({ amount: 12, level: "high" });
  expect(driver.effects).toContainEqual(expect.objectContaining({ type: "recordDecisionEvaluation" }));
  expect(driver.state()).toBe("completed");
});

it("matrix | Tasks | global task + call activity to it", async () => {
  const xml = definitions(
    `<process id="p" isExecutable="true">${around('<callActivity id="task" calledElement="ask"/>')}</process>`,
    `<globalUserTask id="ask" name="Ask">${extensions("<zeebe:userTask/>")}</globalUserTask>`,
  );
  const driver = await run(xml);
  expect(driver.events).toContainEqual(
    expect.objectContaining({ type: "processInstanceCreated", processId: "ask", parent: "1" }),
  );
  const [userTask] = driver.events.flatMap((each) => (each.type === "userTaskCreated" ? [each] : []));
  driver.send({ type: "completeUserTask", userTaskKey: userTask!.key, variables: {}, action: "complete" });
  expect(driver.state()).toBe("completed");
});

it("matrix | Tasks | startQuantity / completionQuantity", async () => {
  const gathered = await runProcess(
    `${start}<parallelGateway id="fork"/>${service("one")}${service("two")}<exclusiveGateway id="merge"/>${service("task", "", 'startQuantity="2"')}${end()}` +
      path("start", "fork", "one", "merge", "task", "end") +
      path("fork", "two", "merge"),
  );
  gathered.complete("one");
  expect(gathered.waits("job")).toEqual(["two"]);
  gathered.complete("two");
  expect(gathered.waits("job")).toEqual(["task"]);
  gathered.complete("task");
  expect(gathered.state()).toBe("completed");

  const multiplied = await runProcess(
    start +
      service("task", "", 'completionQuantity="3"') +
      service("after") +
      end() +
      path("start", "task", "after", "end"),
  );
  multiplied.complete("task");
  expect(multiplied.waits("job")).toEqual(["after", "after", "after"]);
  expect(await findings(process(around(service("task", "", 'startQuantity="0"'))))).toHaveLength(1);
});
