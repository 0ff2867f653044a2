/** The plane of an engine that was started without one: every consequential action is denied. Fail closed. */
import { randomUUID } from "node:crypto";
import type { PlanePort } from "./contract/options.ts";

export const denyAllPlane: PlanePort = {
  decide: () => ({
    decisionId: randomUUID(),
    determination: "DENY",
    constraints: [],
    approval: null,
    riskScore: 100,
    reasonCodes: ["NO_DECISION_PLANE"],
    policies: [],
    permit: null,
    expiresAt: null,
    trace: null,
  }),
  judgeVote: () => ({
    resolution: "pending",
    refused: "Expected a decision plane to judge the vote, but there is none",
    trace: null,
  }),
  traceWrites: () => [],
};
