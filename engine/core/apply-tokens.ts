/** Tokens that wait on flows into joins: put there by `flowTaken`, taken by the activation of the join. */
import type { Event } from "./event.ts";
import type { ElementInstance, Instance } from "./instance.ts";
import { detailOf, endReset } from "./instance.ts";

/** A join that fires takes one token of each incoming flow; a start quantity takes its number from any. */
export function consumeTokens(instance: Instance, scope: ElementInstance, self: ElementInstance): void {
  const element = self.element;
  const gathering = self.definition.gathering[element.index];
  let wanted = gathering === "quantity" ? element.startQuantity : element.incoming.length;
  const taken: number[] = [];
  for (const flow of element.incoming) {
    let count = scope.tokens!.get(flow) ?? 0;
    if (count === 0) continue;
    const take = gathering === "quantity" ? Math.min(count, wanted) : 1;
    wanted -= take;
    count -= take;
    taken.push(flow);
    if (count === 0) scope.tokens!.delete(flow);
    else scope.tokens!.set(flow, count);
  }
  const detail = detailOf(scope);
  detail.fired ??= [];
  if (!detail.fired.includes(element.index)) detail.fired.push(element.index);
  if (gathering === "complex" && taken.length < element.incoming.length) {
    detail.resetting ??= {};
    detail.resetting[element.index] = taken;
  }
  if (scope.tokens!.size === 0) {
    scope.tokens = null;
    if (!detail.resetting) instance.waitingScopes.delete(scope);
  }
}

export function applyFlowTaken(instance: Instance, event: Extract<Event, { type: "flowTaken" }>): void {
  const scope = instance.elements.get(event.scope)!;
  const { definition } = scope;
  const target = definition.elements[targetOf(scope, event.flowId)]!;
  const gathering = definition.gathering[target.index]!;
  if (gathering === "none") return;
  const flow = target.incoming.find((index) => definition.flows[index]!.id === event.flowId)!;
  instance.waitingScopes.add(scope);
  const resetting = scope.detail?.resetting?.[target.index];
  if (resetting && !resetting.includes(flow)) {
    // A complex gateway that has fired swallows the tokens it was still owed and starts anew (BPMN 13.4.5).
    resetting.push(flow);
    if (resetting.length === target.incoming.length) endReset(instance, scope, target.index);
    return;
  }
  scope.tokens ??= new Map();
  scope.tokens.set(flow, (scope.tokens.get(flow) ?? 0) + 1);
}

const flowTargets = new WeakMap<object, Map<string, number>>();

function targetOf(scope: ElementInstance, flowId: string): number {
  let targets = flowTargets.get(scope.definition);
  if (!targets) {
    targets = new Map(scope.definition.flows.map((flow) => [flow.id, flow.target]));
    flowTargets.set(scope.definition, targets);
  }
  const target = targets.get(flowId);
  if (target === undefined) throw new Error(`Expected a sequence flow of the process, but ${flowId} is unknown`);
  return target;
}
