/** All operations of /governance/v1. */
import type { Operation } from "../http/operation.ts";
import { agentContractOperations } from "./agent-contract.ts";
import { agentOperations } from "./agents.ts";
import { approvalOperations } from "./approvals.ts";
import { auditOperations } from "./audit.ts";
import { budgetOperations } from "./budgets.ts";
import { changeOperations } from "./changes.ts";
import { decisionRecordOperations } from "./decisions.ts";
import { eventOperations } from "./events.ts";
import { formOperations } from "./forms.ts";
import { instanceRecordOperations } from "./instances.ts";
import { judgementOperations } from "./judgements.ts";
import { permitOperations } from "./permits.ts";
import { policyOperations } from "./policies.ts";
import { policyExtractionOperations } from "./policy-extraction.ts";
import { trailOperations } from "./trail.ts";

export const governanceOperations: readonly Operation[] = [
  ...policyOperations,
  ...policyExtractionOperations,
  ...changeOperations,
  ...decisionRecordOperations,
  ...permitOperations,
  ...approvalOperations,
  ...agentOperations,
  ...budgetOperations,
  ...agentContractOperations,
  ...formOperations,
  ...instanceRecordOperations,
  ...trailOperations,
  ...judgementOperations,
  ...auditOperations,
  ...eventOperations,
];
