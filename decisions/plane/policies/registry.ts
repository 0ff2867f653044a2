/**
 * The compiled policies of this node: an immutable picture that evaluation reads and that is swapped as a whole.
 * Kept up to date by NOTIFY and, because a notification is only a hint, by polling a mark that every promotion moves.
 */

import type { Database } from "../../../store/index.ts";
import { describedRoots, type FactDeclaration } from "../decide/facts.ts";
import { findVersion, type VersionRow } from "../sql/policy-versions.ts";
import { allPromotions, type PromotionRow, promotionMark } from "../sql/promotions.ts";
import type { CompiledModel, CompileModel } from "./compiled-model.ts";
import { declaredFacts, readManifest } from "./manifest.ts";
import type { PolicyPicture, PolicyState, PolicyVersion } from "./policy-version.ts";
import { foldPromotions, type StageState } from "./stages.ts";

export const policyChannel = "interlock_policy";

export interface CompiledVersion extends PolicyVersion {
  readonly model: CompiledModel;
}

export interface Registry {
  picture(): PolicyPicture;
  /** Reloads when another promotion has been committed; resolves when this node obeys it. */
  refresh(): Promise<void>;
  /** A version in any stage, compiled. */
  version(policyId: string, version: number): Promise<CompiledVersion | undefined>;
  /** A compiled version, if it has been loaded. */
  stageState(policyId: string): StageState | undefined;
}

export function createRegistry(
  database: Database,
  compile: CompileModel,
  onBroken: (policyId: string, version: number, message: string) => void = () => {},
): Registry {
  const compiled = new Map<string, CompiledVersion>();
  /** Told once, not at every promotion of any policy. */
  const broken = new Set<string>();
  let picture: PolicyPicture = { epoch: 0, policies: new Map() };
  let folded = new Map<string, StageState>();
  let mark = "";
  let running: Promise<void> | null = null;
  let again = false;

  const load = async (policyId: string, version: number): Promise<CompiledVersion | undefined> => {
    const id = `${policyId}@${version}`;
    const known = compiled.get(id);
    if (known !== undefined) return known;
    const row = await findVersion(database, policyId, version);
    if (row === undefined) return undefined;
    const loaded = await compileVersion(row, compile);
    compiled.set(id, loaded);
    broken.delete(id);
    return loaded;
  };

  const reload = async (): Promise<void> => {
    const seen = await promotionMark(database);
    if (seen === mark) return;
    const byPolicy = groupByPolicy(await allPromotions(database));
    const policies = new Map<string, PolicyState>();
    const states = new Map<string, StageState>();
    let epoch = 0;
    for (const [policyId, rows] of byPolicy) {
      const state = foldPromotions(rows);
      states.set(policyId, state);
      epoch = Math.max(epoch, state.epoch);
      const versions = new Map<number, PolicyVersion>();
      for (const version of state.stages.keys()) {
        try {
          const loaded = await load(policyId, version);
          if (loaded !== undefined) versions.set(version, loaded);
        } catch (error) {
          // A version that this build cannot read is not in force (its actions are denied); the others stay.
          const id = `${policyId}@${version}`;
          if (broken.has(id)) continue;
          broken.add(id);
          onBroken(policyId, version, error instanceof Error ? error.message : String(error));
        }
      }
      policies.set(policyId, policyState(policyId, state, versions));
    }
    picture = { epoch, policies };
    folded = states;
    mark = seen;
  };

  return {
    picture: () => picture,
    async refresh() {
      if (running !== null) {
        again = true;
        return running;
      }
      running = (async () => {
        do {
          again = false;
          await reload();
        } while (again);
      })().finally(() => {
        running = null;
      });
      return running;
    },
    version: load,
    stageState: (policyId) => folded.get(policyId),
  };
}

export async function compileVersion(row: VersionRow, compile: CompileModel): Promise<CompiledVersion> {
  const manifest = readManifest(row.manifest);
  const model = await compile(
    row.dmn,
    new Set(Object.keys(manifest.facts).map((name) => name.split(".")[0] as string)),
  );
  const { policyId, version, contentHash } = row;
  return {
    policyId,
    version,
    contentHash,
    manifest,
    facts: new Map([...undescribed(model.typed), ...declaredFacts(manifest)]),
    model,
  };
}

/** Facts that a typed column reads and nobody declares. What the request itself describes (action, agent, …) needs no declaration. */
function undescribed(typed: CompiledModel["typed"]): [string, FactDeclaration][] {
  return [...typed].filter(([name]) => !describedRoots.has(name.split(".")[0] as string));
}

function policyState(policyId: string, state: StageState, versions: ReadonlyMap<number, PolicyVersion>): PolicyState {
  const canary = state.canary === null ? undefined : versions.get(state.canary.version);
  return {
    policyId,
    active: state.active === null ? null : (versions.get(state.active) ?? null),
    canary:
      canary === undefined || state.canary === null
        ? null
        : { version: canary, shareBasisPoints: state.canary.shareBasisPoints },
    shadows: [...state.shadows].flatMap((version) => versions.get(version) ?? []),
    versions,
    // What was never active has not been approved by anybody, and what was rolled back is taken back for pins too.
    pinnable: new Set(state.activeHistory),
    epoch: state.epoch,
  };
}

function groupByPolicy(rows: readonly PromotionRow[]): Map<string, PromotionRow[]> {
  const byPolicy = new Map<string, PromotionRow[]>();
  for (const row of rows) {
    const list = byPolicy.get(row.policyId);
    if (list === undefined) byPolicy.set(row.policyId, [row]);
    else list.push(row);
  }
  return byPolicy;
}
