/** Business rule task (BPMN 10.3.3): evaluates a deployed decision in the engine, or is a job for a worker. */
import { emit, raise } from "../core/emit.ts";
import { complete } from "../core/lifecycle.ts";
import type { ElementBehavior } from "../core/machine.ts";
import { evaluate, visibleVariables } from "../core/variables.ts";
import { serviceTask } from "./service-task.ts";

export const businessRuleTask: ElementBehavior = {
  enter(step, self) {
    const called = self.element.calledDecision;
    if (!called) return serviceTask.enter(step, self);
    const decisionId = evaluate(step, self, called.decisionId);
    if (!decisionId.ok) return raise(step, self, { ...decisionId.failure, kind: "EXTRACT_VALUE_ERROR" }, "enter");
    if (typeof decisionId.value !== "string") {
      return raise(
        step,
        self,
        {
          kind: "EXTRACT_VALUE_ERROR",
          message: `Expected the decision id '${called.decisionId.source}' to be a text, but it is not`,
        },
        "enter",
      );
    }
    const { process } = self.definition;
    const result = step.environment.evaluateDecision(
      {
        decisionId: decisionId.value,
        binding: called.binding,
        callerDeploymentKey: process.deploymentKey,
        tenantId: self.process.tenantId,
      },
      visibleVariables(self),
      {
        processInstanceKey: self.process.key,
        elementInstanceKey: self.key,
        elementId: self.element.id,
        definitionKey: process.key,
      },
    );
    if (!result.ok) return raise(step, self, result.failure, "enter");
    const { evaluationKey, decisionKey, value, trace } = result.value;
    emit(step, {
      type: "decisionEvaluated",
      element: self.key,
      evaluation: evaluationKey,
      decision: decisionKey,
      output: value,
    });
    step.effects.push({ type: "recordDecisionEvaluation", trace });
    complete(step, self, Object.fromEntries([[called.resultVariable, value]]));
  },
};
