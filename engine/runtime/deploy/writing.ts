/** One deployment inside its transaction: what the writers of each kind of file share, and what they leave behind. */
import type { DecisionModel } from "../../../decisions/index.ts";
import type { Database, Queryable, SqlValue } from "../../../store/index.ts";
import type { EpochMs, Key } from "../../core/json.ts";
import type { ExecutableProcess } from "../../core/process.ts";
import type { DeployedItem, DeploymentGate } from "../contract/deployment.ts";
import type { ReadResource } from "./read-resources.ts";

export interface DeployEnvironment {
  readonly database: Database;
  nextKey(): Key;
  /** Of a deployed model that a new one imports. */
  resourceKeyOf(model: DecisionModel): Key | undefined;
  readonly now: EpochMs;
  readonly gate?: DeploymentGate | undefined;
}

export type Of<Kind extends ReadResource["kind"]> = Extract<ReadResource, { readonly kind: Kind }>;

export const nothingDeployed: DeployedItem = {
  processDefinition: null,
  decisionDefinition: null,
  decisionRequirements: null,
  form: null,
  resource: null,
};

export class Writing {
  readonly tx: Queryable;
  readonly environment: DeployEnvironment;
  readonly deploymentKey: Key;
  readonly tenantId: string;
  readonly items: DeployedItem[] = [];
  readonly processes: ExecutableProcess[] = [];
  readonly models: { resourceKey: Key; resource: Of<"decision"> }[] = [];
  /** Of the models of this deployment: those that follow may import them. */
  readonly resourceKeys = new Map<DecisionModel, Key>();
  /** What is not as it was deployed last. */
  readonly changed = new Set<ReadResource>();

  constructor(tx: Queryable, environment: DeployEnvironment, deploymentKey: Key, tenantId: string) {
    this.tx = tx;
    this.environment = environment;
    this.deploymentKey = deploymentKey;
    this.tenantId = tenantId;
  }

  async one<Row>(sql: string, parameters: readonly SqlValue[]): Promise<Row | undefined> {
    return (await this.tx.query<Row>(sql, parameters))[0];
  }

  /** The file itself, as its next version; its key. */
  async insertResource(
    resource: ReadResource,
    resourceId: string,
    version: number,
    versionTag: string | null,
  ): Promise<Key> {
    const key = this.environment.nextKey();
    this.changed.add(resource);
    await this.tx.query(
      "insert into resource (key, deployment_key, kind, name, resource_id, version, version_tag, checksum, content, tenant_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      [
        key,
        this.deploymentKey,
        resource.kind,
        resource.name,
        resourceId,
        version,
        versionTag,
        resource.checksum,
        resource.content,
        this.tenantId,
      ],
    );
    return key;
  }
}
