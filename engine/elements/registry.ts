/** One line per BPMN element. */
import type { Machine } from "../core/machine.ts";
import { adHocInnerInstance } from "./ad-hoc-inner-instance.ts";
import { adHocSubProcess } from "./ad-hoc-sub-process.ts";
import { boundaryEvent } from "./boundary-event.ts";
import { businessRuleTask } from "./business-rule-task.ts";
import { callActivity } from "./call-activity.ts";
import { complexGateway } from "./complex-gateway.ts";
import { endEvent } from "./end-event.ts";
import { eventBasedGateway } from "./event-based-gateway.ts";
import { eventSubProcess } from "./event-sub-process.ts";
import { exclusiveGateway } from "./exclusive-gateway.ts";
import { inclusiveGateway } from "./inclusive-gateway.ts";
import { intermediateCatchEvent } from "./intermediate-catch-event.ts";
import { intermediateThrowEvent } from "./intermediate-throw-event.ts";
import { manualTask } from "./manual-task.ts";
import { parallelGateway } from "./parallel-gateway.ts";
import { process } from "./process.ts";
import { receiveTask } from "./receive-task.ts";
import { scriptTask } from "./script-task.ts";
import { sendTask } from "./send-task.ts";
import { serviceTask } from "./service-task.ts";
import { startEvent } from "./start-event.ts";
import { subProcess } from "./sub-process.ts";
import { task } from "./task.ts";
import { transaction } from "./transaction.ts";
import { userTask } from "./user-task.ts";

export const elements: Machine["elements"] = {
  process,
  subProcess,
  eventSubProcess,
  transaction,
  adHocSubProcess,
  callActivity,
  task,
  serviceTask,
  userTask,
  scriptTask,
  businessRuleTask,
  sendTask,
  receiveTask,
  manualTask,
  exclusiveGateway,
  parallelGateway,
  inclusiveGateway,
  eventBasedGateway,
  complexGateway,
  startEvent,
  intermediateCatchEvent,
  intermediateThrowEvent,
  boundaryEvent,
  endEvent,
};

export const inner = adHocInnerInstance;
