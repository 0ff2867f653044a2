/** The inventory of policies: what there is, who owns it, what is in force, and what was in force at an instant. D09, D11. */
import type { Database } from "../../../store/index.ts";
import type { PolicyDetail, PolicySummary, PolicyVersionDetail } from "../answers.ts";
import { InvalidInputError, NotFoundError } from "../errors.ts";
import { allVersionHeads, findVersion, lastTestRun, type VersionRow } from "../sql/policy-versions.ts";
import { allPromotions, type PromotionRow, promotionsOf } from "../sql/promotions.ts";
import type { JsonRecord, RiskClass, Stage } from "../types.ts";
import { type Manifest, ownerOf, readManifest } from "./manifest.ts";
import type { Registry } from "./registry.ts";
import { foldPromotions, highestStage, type StageState } from "./stages.ts";

type Head = Omit<VersionRow, "dmn" | "tests">;
export interface InventoryFilter {
  readonly stage?: Stage;
  readonly domain?: string;
  readonly owner?: string;
  readonly riskClass?: RiskClass;
  readonly action?: string;
}

export function createInventory(database: Database, registry: Registry) {
  const summaries = async (atMs?: number): Promise<PolicySummary[]> => {
    const [heads, promotions] = [await allVersionHeads(database), await allPromotions(database)];
    return [...groupBy(heads.filter(({ createdAtMs }) => createdAtMs <= (atMs ?? Number.POSITIVE_INFINITY)))].map(
      ([policyId, versions]) =>
        summaryOf(policyId, versions, foldPromotions(promotionsFor(promotions, policyId), atMs)),
    );
  };

  return {
    async search(filter: InventoryFilter = {}): Promise<{ readonly items: readonly PolicySummary[] }> {
      const items = (await summaries()).filter(
        (item) =>
          (filter.stage === undefined || item.versions.some(({ stage }) => stage === filter.stage)) &&
          (filter.domain === undefined || item.domain === filter.domain) &&
          (filter.riskClass === undefined || item.riskClass === filter.riskClass) &&
          (filter.action === undefined || item.actions.includes(filter.action)) &&
          (filter.owner === undefined || owners(item.owner).includes(filter.owner)),
      );
      return { items };
    },

    async get(policyId: string, options: { readonly at?: string } = {}): Promise<PolicyDetail> {
      const atMs = options.at === undefined ? undefined : Date.parse(options.at);
      if (atMs !== undefined && Number.isNaN(atMs))
        throw new InvalidInputError(`Expected "at" to be an instant, but got "${options.at?.slice(0, 50)}"`, [
          { code: "INSTANT_INVALID", message: "at", place: "at" },
        ]);
      const summary = (await summaries(atMs)).find((item) => item.policyId === policyId);
      if (summary === undefined)
        throw new NotFoundError(
          `Expected the policy ${policyId.slice(0, 100)}, but there is none${options.at === undefined ? "" : ` at ${options.at}`}`,
        );
      const promotions = (await promotionsOf(database, policyId))
        .filter(({ row }) => row.atMs <= (atMs ?? Number.POSITIVE_INFINITY))
        .map(({ record }) => record);
      const shown = await findVersion(database, policyId, summary.activeVersion ?? summary.latestVersion);
      return { ...summary, manifest: shown?.manifest ?? null, promotions, at: options.at ?? null };
    },

    async version(policyId: string, version: number): Promise<PolicyVersionDetail> {
      const row = await requireVersion(database, policyId, version);
      const promotions = await promotionsOf(database, policyId);
      const compiled = await registry.version(policyId, version);
      return {
        policyId,
        version,
        contentHash: row.contentHash,
        stage: foldPromotions(promotions.map((one) => one.row)).stages.get(version) ?? "draft",
        manifest: row.manifest,
        dmn: row.dmn,
        tests: row.tests,
        author: row.author,
        createdAt: new Date(row.createdAtMs).toISOString(),
        lastTest: await lastTestRun(database, policyId, version),
        promotions: promotions.map(({ record }) => record).filter((record) => record.version === version),
        text: compiled?.model.text() ?? "",
      };
    },

    async dmn(policyId: string, version: number): Promise<string> {
      return (await requireVersion(database, policyId, version)).dmn;
    },
  };
}

async function requireVersion(database: Database, policyId: string, version: number): Promise<VersionRow> {
  const row = Number.isSafeInteger(version) ? await findVersion(database, policyId, version) : undefined;
  if (row === undefined)
    throw new NotFoundError(`Expected the policy version ${policyId.slice(0, 100)}@${version}, but there is none`);
  return row;
}

function summaryOf(policyId: string, heads: readonly Head[], state: StageState): PolicySummary {
  const latest = heads[heads.length - 1] as Head;
  const shown: Manifest = readManifest((heads.find(({ version }) => version === state.active) ?? latest).manifest);
  const versions = heads.map(({ version, contentHash, createdAtMs, author }) => ({
    version,
    stage: state.stages.get(version) ?? ("draft" as const),
    contentHash,
    createdAt: new Date(createdAtMs).toISOString(),
    author: author as JsonRecord,
  }));
  return {
    policyId,
    name: shown.name ?? null,
    description: shown.description ?? null,
    domain: shown.domain,
    owner: ownerOf(shown),
    riskClass: shown.riskClass,
    scope: shown.scope,
    actions: shown.actions ?? [],
    reviewBy: shown.reviewBy ?? null,
    activeVersion: state.active,
    canary: state.canary,
    shadowVersions: [...state.shadows],
    latestVersion: latest.version,
    stage: highestStage(versions.map(({ stage }) => stage)),
    epoch: state.epoch,
    versions,
  };
}

function owners(owner: string | null): readonly string[] {
  return owner === null ? [] : [owner, ...owner.split(" / ")];
}

function promotionsFor(rows: readonly PromotionRow[], policyId: string): PromotionRow[] {
  return rows.filter((row) => row.policyId === policyId);
}

function groupBy(heads: readonly Head[]): Map<string, Head[]> {
  const groups = new Map<string, Head[]>();
  for (const head of heads) {
    const group = groups.get(head.policyId);
    if (group === undefined) groups.set(head.policyId, [head]);
    else group.push(head);
  }
  return groups;
}
