/** What must hold after every step (reliability study, I1–I10). The simulation calls it after each command; production may, where a bug is suspected. */

import type { ElementInstance, Instance } from "./instance.ts";
import { exceeds } from "./variables.ts";

const variablesBytesSane = 1 << 28;

/** Sentences about what is broken; empty when all is well. */
export function checkInvariants(instance: Instance): string[] {
  const broken: string[] = [];
  const expect = (holds: boolean, sentence: string) => {
    if (!holds) broken.push(sentence);
  };
  if (instance.state === "completed" || instance.state === "terminated") {
    expect(
      instance.elements.size === 0,
      `I5 Expected no element instance in a finished instance, but there are ${instance.elements.size}`,
    );
    expect(
      instance.waits.size === 0,
      `I5 Expected no wait in a finished instance, but there are ${instance.waits.size}`,
    );
    expect(
      instance.processes.size === 0,
      `I5 Expected no process in a finished instance, but there are ${instance.processes.size}`,
    );
  }
  expect(
    instance.elements.size > 0 || instance.state !== "active",
    "I5 Expected an active instance to have an element instance, but it has none",
  );
  for (const self of instance.elements.values()) checkElement(instance, self, expect);
  for (const wait of instance.waits.values()) {
    expect(
      instance.elements.get(wait.owner.key) === wait.owner,
      `I4 Expected the owner of ${wait.kind} ${wait.key} to be active, but it is gone`,
    );
    expect(
      wait.owner.waits?.has(wait) ?? false,
      `I4 Expected the owner of ${wait.kind} ${wait.key} to know of it, but it does not`,
    );
  }
  return broken;
}

function checkElement(
  instance: Instance,
  self: ElementInstance,
  expect: (holds: boolean, sentence: string) => void,
): void {
  const where = `${self.element.id} (${self.key})`;
  expect(self.state !== "gone", `I3 Expected ${where} to be alive, but it is gone`);
  if (self.parent) {
    expect(
      instance.elements.get(self.parent.key) === self.parent,
      `I3 Expected the scope of ${where} to be alive, but it is gone`,
    );
    expect(self.parent.children?.has(self) ?? false, `I3 Expected the scope of ${where} to hold it, but it does not`);
    expect(
      self.definition === self.process.definition,
      `I9 Expected ${where} to belong to the definition of its process, but it does not`,
    );
  }
  for (const count of self.tokens?.values() ?? [])
    expect(count > 0, `I3 Expected tokens of ${where} to be positive, but one flow has ${count}`);
  for (const [name, value] of self.variables ?? []) {
    expect(
      value !== undefined && !exceeds(value, variablesBytesSane),
      `I8 Expected the variable ${name} of ${where} to be JSON, but it is not`,
    );
  }
  const { state, children, waits } = self;
  const rests = (children?.size ?? 0) > 0 || (waits?.size ?? 0) > 0 || (self.tokens?.size ?? 0) > 0;
  expect(
    rests || mayRest(instance, self),
    `I4 Expected ${where} (${self.type}, ${state}) to wait for something, but nothing can wake it`,
  );
  const { runs } = self.detail ?? {};
  for (const run of runs ?? []) {
    expect(
      run.current !== null && instance.elements.has(run.current),
      `I4 Expected the compensation ${run.id} of ${where} to have an active handler, but it has none`,
    );
  }
}

/** Waits that the state holds otherwise: conditions, compensations in progress, ad-hoc sub-processes that people drive, decisions held outside. */
function mayRest(instance: Instance, self: ElementInstance): boolean {
  if (instance.conditionals.has(self)) return true;
  if (self.type === "adHocSubProcess") return true;
  if (self.parent?.detail?.runs?.some((run) => run.thrower === self.key)) return true;
  for (let scope = self.parent; scope; scope = scope.parent)
    if (scope.detail?.runs?.some((run) => run.thrower === self.key)) return true;
  return self.detail?.guard?.asynchronous === "holding";
}
