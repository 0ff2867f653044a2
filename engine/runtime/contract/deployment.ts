/** Deployments: all resources of one call come in together or not at all. */
import type { Queryable } from "../../../store/index.ts";
import type { Key } from "../../core/json.ts";

export interface ResourceFile {
  /** File name; its ending says what it is: .bpmn, .dmn, .form (or .json with a form schema), anything else is kept as is. */
  readonly name: string;
  readonly content: Uint8Array;
}

export interface DeploymentOptions {
  readonly tenantId?: string;
  readonly gate?: DeploymentGate;
}

/**
 * Has the last word on a deployment, in its transaction: what it throws undoes everything, what it writes stands or
 * falls with the deployment.
 */
export type DeploymentGate = (tx: Queryable, deployment: GatedDeployment) => Promise<void>;

export interface GatedDeployment {
  readonly deploymentKey: Key;
  readonly tenantId: string;
  readonly resources: readonly GatedResource[];
}

export interface GatedResource {
  readonly name: string;
  /** sha-256 of the bytes, hex. */
  readonly checksum: string;
  /** False: deployed already, and nothing is written for it. */
  readonly isChanged: boolean;
  /** The tenant's latest resource of this name before this deployment; null: there was none. */
  readonly replaces: Key | null;
}

/** What is deployed under a file name. */
export interface LatestResource {
  readonly name: string;
  readonly resourceKey: Key;
  readonly checksum: string;
}

export interface DeployedProcess {
  readonly processDefinitionId: string;
  readonly processDefinitionVersion: number;
  readonly processDefinitionKey: Key;
  readonly resourceName: string;
  readonly tenantId: string;
}
export interface DeployedDecision {
  readonly decisionDefinitionId: string;
  readonly decisionDefinitionKey: Key;
  readonly version: number;
  readonly name: string;
  readonly tenantId: string;
  readonly decisionRequirementsId: string;
  readonly decisionRequirementsKey: Key;
}
export interface DeployedDecisionRequirements {
  readonly decisionRequirementsId: string;
  readonly decisionRequirementsName: string;
  readonly decisionRequirementsKey: Key;
  readonly version: number;
  readonly resourceName: string;
  readonly tenantId: string;
}
export interface DeployedForm {
  readonly formId: string;
  readonly formKey: Key;
  readonly version: number;
  readonly resourceName: string;
  readonly tenantId: string;
}
export interface DeployedResource {
  readonly resourceId: string;
  readonly resourceKey: Key;
  readonly resourceName: string;
  readonly version: number;
  readonly tenantId: string;
}

/** All five members stand in every entry, four of them null: the shape of /v2/deployments. */
export interface DeployedItem {
  readonly processDefinition: DeployedProcess | null;
  readonly decisionDefinition: DeployedDecision | null;
  readonly decisionRequirements: DeployedDecisionRequirements | null;
  readonly form: DeployedForm | null;
  readonly resource: DeployedResource | null;
}

export interface Deployment {
  readonly deploymentKey: Key;
  readonly tenantId: string;
  readonly deployments: readonly DeployedItem[];
  /** Lint findings that do not stop a deployment. */
  readonly warnings: readonly {
    readonly resourceName: string;
    readonly ruleId: string;
    readonly elementId: string | null;
    readonly message: string;
  }[];
}
