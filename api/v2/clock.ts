/** /v2/clock: the engine's time, for tests of processes. Only where the server was started with INTERLOCK_CLOCK=controllable. */
import { z } from "zod";
import { on } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { contextOf } from "./context.ts";
import { emptyReply, noContent } from "./replies.ts";

const group = "Clock";
/** The end of the year 9999: later times have no ISO 8601 form that everybody reads. */
const timestampMax = 253_402_300_799_999;

export const clockOperations: readonly Operation[] = [
  operation({
    id: "pinClock",
    method: "put",
    path: "/clock",
    group,
    summary: "Let the engine's time stand still at an instant; what is due by then happens",
    access: "cluster:administer",
    grants: on("SYSTEM", "UPDATE"),
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({ timestamp: z.int().min(0).max(timestampMax) }),
    },
    replies: emptyReply,
    async handle({ body, services, caller }) {
      await services.engine.pinClock(body.timestamp, contextOf(caller));
      return noContent;
    },
  }),
  operation({
    id: "resetClock",
    method: "post",
    path: "/clock/reset",
    group,
    summary: "Let the engine's time be that of the system again",
    access: "cluster:administer",
    grants: on("SYSTEM", "UPDATE"),
    replies: emptyReply,
    async handle({ services, caller }) {
      await services.engine.pinClock(null, contextOf(caller));
      return noContent;
    },
  }),
];
