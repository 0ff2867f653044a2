/** Deployed forms, as user tasks refer to them: id → key by binding. The schemas stay in the database. */
import type { Database } from "../../store/index.ts";
import type { Key } from "../core/json.ts";
import type { Binding } from "../core/process.ts";
import { pickVersion } from "./versions.ts";

interface FormEntry {
  readonly key: Key;
  readonly deploymentKey: Key;
  readonly versionTag: string | null;
}

export class Forms {
  readonly #database: Database;
  readonly #versions = new Map<string, FormEntry[]>();

  constructor(database: Database) {
    this.#database = database;
  }

  async refresh(): Promise<void> {
    const rows = await this.#database.query<{
      key: Key;
      form_id: string;
      version_tag: string | null;
      deployment_key: Key;
      tenant_id: string;
    }>("select key, form_id, version_tag, deployment_key, tenant_id from form order by version desc");
    this.#versions.clear();
    for (const row of rows) {
      const id = JSON.stringify([row.tenant_id, row.form_id]);
      const versions = this.#versions.get(id) ?? [];
      versions.push({ key: row.key, deploymentKey: row.deployment_key, versionTag: row.version_tag });
      this.#versions.set(id, versions);
    }
  }

  find(reference: {
    readonly formId: string;
    readonly binding: Binding;
    readonly callerDeploymentKey: Key;
    readonly tenantId: string;
  }): Key | undefined {
    return pickVersion(
      this.#versions.get(JSON.stringify([reference.tenantId, reference.formId])),
      reference.binding,
      reference.callerDeploymentKey,
    )?.key;
  }
}
