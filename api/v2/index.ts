/** All operations of /v2, in the order in which the document shows them. */
import type { Operation } from "../http/operation.ts";
import { auditLogOperations } from "./audit-logs.ts";
import { batchOperationOperations } from "./batch-operations.ts";
import { clockOperations } from "./clock.ts";
import { clusterOperations } from "./cluster.ts";
import { clusterVariableOperations } from "./cluster-variables.ts";
import { decisionOperations } from "./decisions.ts";
import { deploymentOperations } from "./deployments.ts";
import { documentOperations } from "./documents.ts";
import { elementInstanceOperations } from "./element-instances.ts";
import { evaluationOperations } from "./evaluation.ts";
import { globalTaskListenerOperations } from "./global-task-listeners.ts";
import { identityOperations } from "./identity/index.ts";
import { incidentOperations } from "./incidents.ts";
import { jobOperations } from "./jobs.ts";
import { messageOperations } from "./messages.ts";
import { processDefinitionOperations } from "./process-definitions.ts";
import { processInstanceChangeOperations } from "./process-instance-operations.ts";
import { processInstanceOperations } from "./process-instances.ts";
import { statisticsOperations } from "./statistics.ts";
import { userTaskOperations } from "./user-tasks.ts";
import { variableOperations } from "./variables.ts";

export const v2Operations: readonly Operation[] = [
  ...deploymentOperations,
  ...processDefinitionOperations,
  ...processInstanceOperations,
  ...processInstanceChangeOperations,
  ...jobOperations,
  ...userTaskOperations,
  ...messageOperations,
  ...incidentOperations,
  ...elementInstanceOperations,
  ...variableOperations,
  ...decisionOperations,
  ...evaluationOperations,
  ...batchOperationOperations,
  ...documentOperations,
  ...clusterOperations,
  ...clusterVariableOperations,
  ...globalTaskListenerOperations,
  ...clockOperations,
  ...statisticsOperations,
  ...auditLogOperations,
  ...identityOperations,
];
