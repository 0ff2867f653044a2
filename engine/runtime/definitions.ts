/**
 * Process definitions in memory: a small entry for every version, the compiled process when it is needed. The step asks
 * synchronously; what is not compiled yet is noted, fetched, and the command is stepped again.
 */
import type { Database } from "../../store/index.ts";
import type { ProcessReference } from "../core/environment.ts";
import { startTriggersOf } from "../core/index.ts";
import type { Key } from "../core/json.ts";
import type { ExecutableProcess } from "../core/process.ts";
import { compileBpmn, deployed } from "../model/index.ts";
import { pickVersion } from "./versions.ts";

export interface DefinitionEntry {
  readonly key: Key;
  readonly processId: string;
  readonly name: string | null;
  readonly version: number;
  readonly versionTag: string | null;
  readonly resourceKey: Key;
  readonly deploymentKey: Key;
  readonly tenantId: string;
}

interface DefinitionRow {
  key: Key;
  process_id: string;
  name: string | null;
  version: number;
  version_tag: string | null;
  resource_key: Key;
  deployment_key: Key;
  tenant_id: string;
}

const columns = "key, process_id, name, version, version_tag, resource_key, deployment_key, tenant_id";

export class Definitions {
  readonly #database: Database;
  readonly #nativeAgents: boolean;
  readonly #entries = new Map<Key, DefinitionEntry>();
  /** (tenant, process id) → versions, newest first. */
  readonly #versions = new Map<string, DefinitionEntry[]>();
  readonly #compiled = new Map<Key, ExecutableProcess>();
  readonly #compiling = new Map<Key, Promise<void>>();

  constructor(database: Database, nativeAgents: boolean) {
    this.#database = database;
    this.#nativeAgents = nativeAgents;
  }

  /** Reads all entries again; a few thousand small rows. */
  async refresh(): Promise<void> {
    const rows = await this.#database.query<DefinitionRow>(
      `select ${columns} from process_definition where state <> 'DELETED'`,
    );
    this.#entries.clear();
    this.#versions.clear();
    for (const row of rows) this.#add(row);
    for (const key of this.#compiled.keys()) if (!this.#entries.has(key)) this.#compiled.delete(key);
  }

  #add(row: DefinitionRow): void {
    const entry: DefinitionEntry = {
      key: row.key,
      processId: row.process_id,
      name: row.name,
      version: row.version,
      versionTag: row.version_tag,
      resourceKey: row.resource_key,
      deploymentKey: row.deployment_key,
      tenantId: row.tenant_id,
    };
    this.#entries.set(entry.key, entry);
    const id = JSON.stringify([entry.tenantId, entry.processId]);
    const versions = this.#versions.get(id) ?? [];
    versions.push(entry);
    versions.sort((left, right) => right.version - left.version);
    this.#versions.set(id, versions);
  }

  entry(key: Key): DefinitionEntry | undefined {
    return this.#entries.get(key);
  }

  /** The newest version, or the given one. */
  find(tenantId: string, processId: string, version?: number): DefinitionEntry | undefined {
    const versions = this.#versions.get(JSON.stringify([tenantId, processId]));
    return version === undefined ? versions?.[0] : versions?.find((entry) => entry.version === version);
  }

  resolve(reference: ProcessReference): DefinitionEntry | undefined {
    const versions = this.#versions.get(JSON.stringify([reference.tenantId, reference.processId]));
    return pickVersion(versions, reference.binding, reference.callerDeploymentKey);
  }

  /** The compiled process when it is in memory. */
  compiled(key: Key): ExecutableProcess | undefined {
    return this.#compiled.get(key);
  }

  /** True when a start event of the process waits for messages. */
  startsByMessage(key: Key): boolean {
    const process = this.#compiled.get(key);
    if (!process) return false;
    return startTriggersOf(process).some((index) =>
      process.elements[index]?.eventDefinitions.some((definition) => definition.type === "message"),
    );
  }

  /** After a deployment: no need to compile again what was compiled to check it. */
  keep(process: ExecutableProcess): void {
    this.#compiled.set(process.key, process);
  }

  /** Compiles the definition, and what else stands in its file. False: there is no such definition. */
  async load(key: Key): Promise<boolean> {
    if (this.#compiled.has(key)) return true;
    if (!this.#entries.has(key)) await this.refresh();
    const entry = this.#entries.get(key);
    if (!entry) return false;
    let compiling = this.#compiling.get(entry.resourceKey);
    if (!compiling) {
      compiling = this.#compile(entry.resourceKey).finally(() => this.#compiling.delete(entry.resourceKey));
      this.#compiling.set(entry.resourceKey, compiling);
    }
    await compiling;
    return this.#compiled.has(key);
  }

  async #compile(resourceKey: Key): Promise<void> {
    const rows = await this.#database.query<{ name: string; content: Uint8Array }>(
      "select name, content from resource where key = $1",
      [resourceKey],
    );
    const resource = rows[0];
    if (!resource) return;
    const { processes } = await compileBpmn(new TextDecoder().decode(resource.content), {
      resourceName: resource.name,
      nativeAgents: this.#nativeAgents,
    });
    const byId = new Map(processes.map((process) => [process.processId, process]));
    for (const entry of this.#entries.values()) {
      const process = entry.resourceKey === resourceKey ? byId.get(entry.processId) : undefined;
      if (process) this.#compiled.set(entry.key, deployed(process, entry));
    }
  }
}
