/**
 * Releasing policies: upload, test, promote, roll back. Every step is judged on a state, signed, and committed in one
 * transaction with its record; two people who promote at once cannot both succeed. D01–D03, D06, D08, D13, D17.
 */
import type { Database, GroupCommit } from "../../../store/index.ts";
import { PoisonedUnitError } from "../../../store/index.ts";
import type { ChangeReport, CreatedPolicy, PromotionRecord, TestReport } from "../answers.ts";
import { canonicalHash, canonicalJson } from "../audit/canonical.ts";
import { timeOrderedId } from "../audit/identifier.ts";
import { recordWrite } from "../audit/records.ts";
import type { Signer } from "../audit/signer.ts";
import { admitJson } from "../decide/question.ts";
import { ConflictError, InvalidInputError, NotFoundError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import type { PolicyPackage, PromotionRequest } from "../requests.ts";
import {
  findByHash,
  findVersion,
  insertTestRun,
  insertVersion,
  lockPolicy,
  type VersionRow,
} from "../sql/policy-versions.ts";
import {
  promotionApprovalConstraint,
  promotionRaceConstraint,
  promotionRow,
  promotionStatement,
  promotionsOf,
} from "../sql/promotions.ts";
import type { Caller, Json, JsonRecord, Stage } from "../types.ts";
import type { CompileModel } from "./compiled-model.ts";
import { differenceOf } from "./difference.ts";
import { createGates } from "./gates.ts";
import { readManifest } from "./manifest.ts";
import { refuseInconsistent } from "./package-checks.ts";
import { type CompiledVersion, compileVersion, policyChannel, type Registry } from "./registry.ts";
import { readTests, runPolicyTests } from "./run-tests.ts";
import { foldPromotions, illegalStep, pathTo, previousActive, type StageState } from "./stages.ts";
import type { VersionApprovals } from "./version-approvals.ts";

export interface ReleaseOptions {
  readonly database: Database;
  readonly groupCommit: GroupCommit;
  readonly registry: Registry;
  readonly compile: CompileModel;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly shadowReport: (policyId: string, version: number) => Promise<ChangeReport>;
  readonly countEvaluations: (policyId: string, version: number, stage: "shadow" | "canary") => Promise<number>;
  readonly approvals: VersionApprovals;
  readonly announce: (policyId: string) => void;
}

export interface Releases {
  create(content: PolicyPackage, by: Caller): Promise<CreatedPolicy>;
  install(content: PolicyPackage): Promise<CreatedPolicy>;
  test(policyId: string, version: number): Promise<TestReport>;
  promote(policyId: string, version: number, request: PromotionRequest, by: Caller): Promise<PromotionRecord>;
  /** `epoch`: only while the policy is as the caller has judged it. */
  rollback(
    policyId: string,
    request: { readonly reason: string; readonly toVersion?: number; readonly epoch?: number },
    by: Caller,
  ): Promise<PromotionRecord>;
}

interface Step {
  readonly state: StageState;
  readonly row: VersionRow;
  readonly from: Stage;
  readonly to: Stage;
  readonly shareBasisPoints: number | null;
  readonly supersedes: number | null;
  readonly rollback: boolean;
  readonly expedited: boolean;
  readonly reason: string;
  readonly by: Caller;
  readonly evidence: Json;
  readonly approvalId?: string | null;
}

export function createReleases(options: ReleaseOptions): Releases {
  const { database, registry, clock } = options;

  const stateOf = async (policyId: string) =>
    foldPromotions((await promotionsOf(database, policyId)).map(({ row }) => row));
  const versionRow = async (policyId: string, version: number): Promise<VersionRow> => {
    const row = await findVersion(database, policyId, version);
    if (row === undefined)
      throw new NotFoundError(`Expected the policy version ${policyId}@${version}, but there is none`);
    return row;
  };

  const create = async (content: PolicyPackage, by: Caller): Promise<CreatedPolicy> => {
    admitJson({ manifest: content.manifest, tests: content.tests ?? {} }, "policy package");
    if (typeof content.dmn !== "string")
      throw new InvalidInputError("Expected the DMN of the policy as a text, but it is not");
    const manifest = readManifest(content.manifest);
    readTests(content.tests);
    const draft = { policyId: manifest.id, manifest: content.manifest, dmn: content.dmn, tests: content.tests ?? {} };
    const contentHash = canonicalHash({ manifest: draft.manifest, dmn: draft.dmn, tests: draft.tests });
    const row = { ...draft, contentHash, author: author(by), createdAtMs: clock.now() };
    // Compiling proves that every later load will work; an unreadable table is refused here, with its place.
    const compiled = await compileVersion({ ...row, version: 0 }, options.compile);
    refuseInconsistent(compiled);
    const version = await database.transaction(async (tx) => {
      await lockPolicy(tx, manifest.id);
      return (await findByHash(tx, manifest.id, contentHash))?.version ?? (await insertVersion(tx, row));
    });
    options.announce(manifest.id);
    return {
      policyId: manifest.id,
      version,
      contentHash,
      stage: (await stateOf(manifest.id)).stages.get(version) ?? "draft",
    };
  };

  const test = async (policyId: string, version: number): Promise<TestReport> => {
    const row = await versionRow(policyId, version);
    const compiled = (await registry.version(policyId, version)) as CompiledVersion;
    const report = runPolicyTests(compiled, readTests(row.tests));
    await insertTestRun(database, report, clock.now());
    return report;
  };

  const commit = async (step: Step): Promise<PromotionRecord> => {
    const { row, state } = step;
    const inForce =
      state.active === null || state.active === row.version
        ? undefined
        : await registry.version(row.policyId, state.active);
    const at = clock.now();
    const promotionId = timeOrderedId(at);
    const unsigned = {
      schema: "promotion/1" as const,
      promotionId,
      policyId: row.policyId,
      version: row.version,
      contentHash: row.contentHash,
      from: step.from,
      to: step.to,
      shareBasisPoints: step.shareBasisPoints,
      supersedes: step.supersedes,
      rollback: step.rollback,
      expedited: step.expedited,
      reason: step.reason,
      author: row.author,
      promotedBy: author(step.by),
      separationOfDuties:
        step.by.authenticated === false || step.by.type === "engine" ? ("unchecked" as const) : ("kept" as const),
      at: new Date(at).toISOString(),
      difference: differenceOf(inForce, (await registry.version(row.policyId, row.version)) as CompiledVersion),
      evidence: step.evidence,
    };
    const signature = options.signer.sign("interlock-promotion+jwt", { recordHash: canonicalHash(unsigned) });
    const record: PromotionRecord = { ...unsigned, signature };
    const promotion = {
      policyId: row.policyId,
      version: row.version,
      from: step.from,
      to: step.to,
      shareBasisPoints: step.shareBasisPoints,
      supersedes: step.supersedes,
      rollback: step.rollback,
      approvalId: step.approvalId ?? null,
      atMs: at,
    };
    await submit(promotionRow(promotion, state.epoch, promotionId, canonicalJson(record)), record, at);
    await registry.refresh();
    await database.notify(policyChannel, row.policyId);
    options.announce(row.policyId);
    return { ...record, epoch: registry.stageState(row.policyId)?.epoch ?? 0 };
  };

  const submit = async (row: ReturnType<typeof promotionRow>, record: PromotionRecord, at: number): Promise<void> => {
    const audit = recordWrite({
      kind: "promotion",
      recordId: record.promotionId,
      decisionId: null,
      at,
      body: record as unknown as JsonRecord,
      columns: {
        actorId: record.promotedBy.id as string,
        policyId: record.policyId,
        policyVersion: record.version,
        policyStage: record.to,
      },
    });
    try {
      await options.groupCommit.submit({ writes: [{ statement: promotionStatement, rows: [row] }, audit] });
    } catch (error) {
      if (error instanceof PoisonedUnitError && error.constraint === promotionRaceConstraint)
        throw new ConflictError(
          "Expected the policy to be as it was read, but another promotion has been made meanwhile: look at it and try again",
          [{ code: "PROMOTION_RACE", message: record.policyId }],
        );
      if (error instanceof PoisonedUnitError && error.constraint === promotionApprovalConstraint)
        throw new ConflictError("Expected the approval of the version to stand, but it has been taken back meanwhile", [
          { code: "APPROVAL_MISSING", message: record.policyId, place: "approval" },
        ]);
      throw error;
    }
  };

  const step = async (
    policyId: string,
    version: number,
    request: PromotionRequest,
    to: PromotionRequest["stage"],
    by: Caller,
  ): Promise<PromotionRecord> => {
    const row = await versionRow(policyId, version);
    const state = await stateOf(policyId);
    const from = state.stages.get(version) ?? "draft";
    const illegal = illegalStep(from, to);
    if (illegal !== undefined)
      throw new ConflictError(illegal, [{ code: "STAGE_ORDER", message: illegal, place: "stage" }]);
    const shareBasisPoints =
      to === "canary" ? (request.shareBasisPoints ?? (request.expedited === true ? 1 : 500)) : null;
    if (
      shareBasisPoints !== null &&
      (!Number.isInteger(shareBasisPoints) || shareBasisPoints < 1 || shareBasisPoints > 10_000)
    )
      throw new InvalidInputError("Expected shareBasisPoints from 1 to 10000, but got another", [
        { code: "SHARE_INVALID", message: "shareBasisPoints", place: "shareBasisPoints" },
      ]);
    const gate = await gates(row, from, to, request, by);
    if (gate.missing.length > 0)
      throw new ConflictError(
        `Expected everything that ${to} asks for, but ${gate.missing.map(({ message }) => message).join("; ")}`,
        gate.missing,
      );
    const supersedes =
      to === "active"
        ? state.active
        : to === "canary" && state.canary?.version !== version
          ? (state.canary?.version ?? null)
          : null;
    return commit({
      state,
      row,
      from,
      to,
      shareBasisPoints,
      supersedes: supersedes === version ? null : supersedes,
      rollback: false,
      expedited: request.expedited === true,
      reason: request.reason,
      by,
      evidence: gate.evidence,
      approvalId: gate.approvalId,
    });
  };

  const gates = createGates({ ...options, test });

  const promote = async (
    policyId: string,
    version: number,
    request: PromotionRequest,
    by: Caller,
  ): Promise<PromotionRecord> => {
    if (typeof request.reason !== "string" || request.reason.trim() === "" || request.reason.length > 2000)
      throw new InvalidInputError("Expected a reason for the promotion, but it is missing", [
        { code: "REASON_MISSING", message: "reason", place: "reason" },
      ]);
    if (request.expedited !== true) return step(policyId, version, request, request.stage, by);
    await versionRow(policyId, version);
    const from = (await stateOf(policyId)).stages.get(version) ?? "draft";
    let record: PromotionRecord | undefined;
    for (const stage of pathTo(from, request.stage)) record = await step(policyId, version, request, stage, by);
    if (record === undefined)
      throw new ConflictError(`Expected a stage before ${request.stage}, but the version is in ${from}`, [
        { code: "STAGE_ORDER", message: from, place: "stage" },
      ]);
    return record;
  };

  const rollback: Releases["rollback"] = async (policyId, request, by) => {
    if (typeof request.reason !== "string" || request.reason.trim() === "")
      throw new InvalidInputError("Expected a reason for the rollback, but it is missing", [
        { code: "REASON_MISSING", message: "reason", place: "reason" },
      ]);
    const state = await stateOf(policyId);
    if (state.epoch === 0)
      throw new NotFoundError(`Expected the policy ${policyId} with a released version, but there is none`);
    if (request.epoch !== undefined && request.epoch !== state.epoch)
      throw new ConflictError("Expected the policy to be as it was judged, but it has been promoted meanwhile", [
        { code: "PROMOTION_RACE", message: policyId },
      ]);
    // A canary is the last live change: taking it back leaves the active version as it is.
    if (request.toVersion === undefined && state.canary !== null) {
      const row = await versionRow(policyId, state.canary.version);
      return commit({
        state,
        row,
        from: "canary",
        to: "retired",
        shareBasisPoints: null,
        supersedes: null,
        rollback: true,
        expedited: false,
        reason: request.reason,
        by,
        evidence: null,
      });
    }
    const target = request.toVersion ?? previousActive(state);
    if (target === undefined)
      throw new ConflictError("Expected an earlier active version to return to, but there is none", [
        { code: "NOTHING_TO_ROLL_BACK", message: policyId },
      ]);
    const row = await versionRow(policyId, target);
    if (!state.everActive.has(target) || target === state.active)
      throw new ConflictError(
        `Expected a version that was active before, but ${target} is ${target === state.active ? "active now" : "not"}`,
        [{ code: "NEVER_ACTIVE", message: String(target), place: "toVersion" }],
      );
    return commit({
      state,
      row,
      from: state.stages.get(target) ?? "draft",
      to: "active",
      shareBasisPoints: null,
      supersedes: state.active,
      rollback: true,
      expedited: false,
      reason: request.reason,
      by,
      evidence: null,
    });
  };

  return { create, install: (content) => install(content), test, promote, rollback };

  async function install(content: PolicyPackage): Promise<CreatedPolicy> {
    const created = await create(content, shipper);
    const state = await stateOf(created.policyId);
    if (created.stage !== "draft") return created;
    // What people have put in force stays in force; a new shipped version waits as a draft.
    const activeAuthor =
      state.active === null ? undefined : (await versionRow(created.policyId, state.active)).author.id;
    if (activeAuthor !== undefined && activeAuthor !== shipper.id) return created;
    await promote(
      created.policyId,
      created.version,
      { stage: "active", reason: "Shipped with this release", expedited: true, acknowledgeWidenings: true },
      shipper,
    );
    return { ...created, stage: "active" };
  }
}

const shipper: Caller = { id: "interlock", type: "engine", authenticated: false };

function author(by: Caller): JsonRecord {
  return { id: by.id, type: by.type, ...(by.authenticated === false && { authenticated: false }) };
}
