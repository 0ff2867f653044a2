/** What the record of an instance proves: replay, lineage, failures by cause, checkpoints, the signed bundle. */
import { request, requestText } from "./client.ts";

export interface ReplayReport {
  readonly commands: number;
  readonly events: number;
  readonly equal: boolean;
  readonly firstDifference: string | null;
  readonly recordedHash: string;
  readonly replayedHash: string;
  readonly prompts: number;
}

export interface Lineage {
  readonly process: {
    readonly processDefinitionId: string;
    readonly processDefinitionVersion: number;
  };
  readonly agents: readonly {
    readonly agentId: string;
    readonly agentVersion: string;
    readonly elementInstanceKey: string;
    readonly models: readonly string[];
    readonly promptHashes: readonly string[];
    readonly responseHashes: readonly string[];
  }[];
  readonly policies: readonly {
    readonly policyId: string;
    readonly version: number;
    readonly stages: readonly string[];
  }[];
  readonly decisions: readonly unknown[];
  readonly artifacts: { readonly count: number; readonly distinct: number };
}

export interface Failure {
  readonly sequence: number;
  readonly at: string;
  readonly causeClass: "data" | "tools" | "policy" | "model" | "system";
  readonly message: string;
  readonly elementId: string | null;
}

export interface Checkpoint {
  readonly sequence: number;
  readonly at: string;
  readonly turn: number;
  readonly stateHash: string;
}

const pathOf = (key: string, what: string): string =>
  `/governance/v1/process-instances/${encodeURIComponent(key)}/${what}`;
const read = <Answer>(path: string, signal?: AbortSignal): Promise<Answer> => request(path, signal ? { signal } : {});

export const replayInstance = (key: string): Promise<ReplayReport> =>
  request(pathOf(key, "replay"), { method: "POST", json: {} });
export const getLineage = (key: string, signal?: AbortSignal): Promise<Lineage> => read(pathOf(key, "lineage"), signal);
export const listFailures = async (key: string, signal?: AbortSignal): Promise<readonly Failure[]> =>
  (await read<{ readonly items: readonly Failure[] }>(pathOf(key, "failures"), signal)).items;
export const listCheckpoints = async (key: string, signal?: AbortSignal): Promise<readonly Checkpoint[]> =>
  (await read<{ readonly items: readonly Checkpoint[] }>(pathOf(key, "checkpoints"), signal)).items;
export const incidentBundle = (key: string): Promise<string> => requestText(pathOf(key, "incident-bundle"));
