/**
 * Change requests carried out: handed in, replaced, approved, rejected, withdrawn, deployed. Each deed is one transaction
 * on the locked change, with its event and its entry in the audit log. Approvals are of a revision: who approves says
 * which one they have seen.
 */
import { createHash, randomUUID } from "node:crypto";
import type { DecisionPlane } from "../../decisions/index.ts";
import {
  type AuditEntry,
  DEFAULT_TENANT,
  type Deployment,
  type DeploymentGate,
  type Engine,
  type TellInTransaction,
} from "../../engine/index.ts";
import {
  approveChange,
  insertChange,
  insertEvent,
  insertResources,
  reviseChange,
  setChangeState,
} from "../../store/change-writes.ts";
import {
  type Change,
  type ChangeActor,
  type ChangeDeed,
  type ChangeEvent,
  type ChangeFilter,
  contentOfChange,
  countOpenChanges,
  eventsOfChange,
  filesOfChange,
  findChange,
  listChanges,
  lockChange,
  type NewResource,
  type PolicyName,
} from "../../store/changes.ts";
import type { Database, Queryable } from "../../store/index.ts";
import type { Caller } from "../auth/caller.ts";
import { Problem } from "../http/problem.ts";
import { contextOf } from "../v2/context.ts";
import type { ChangeContent } from "./change-content.ts";
import { type GateOptions, gateOfApprovals, gateOfChange } from "./deployment-gate.ts";
import {
  assertAuthor,
  assertNothingUsed,
  assertSameKind,
  assertState,
  isInUse,
  there,
  usedProblem,
} from "./preconditions.ts";
import { changeActor, type DutyMode, whyNotJudge } from "./rules.ts";

/** Of one author; enough for people, too few to fill the store. */
const openChangesMax = 200;
const revisionsMax = 100;

export interface ChangeDetail {
  readonly change: Change;
  readonly events: readonly ChangeEvent[];
  /** File name → key of what is deployed under it now. */
  readonly deployed: ReadonlyMap<string, string>;
}

/** What somebody has looked at, and what they say of it. */
export interface Judgement {
  readonly revision: number;
  readonly comment: string | null;
}

export interface ChangeRequestOptions {
  readonly database: Database;
  readonly engine: Pick<Engine, "deploy" | "checkResources" | "latestResources" | "auditLog">;
  readonly plane: Pick<DecisionPlane, "getPolicyVersion">;
  readonly mode: DutyMode;
  readonly now?: () => number;
}

type Work = (tx: Queryable, change: Change) => Promise<void>;

export class ChangeRequests {
  readonly mode: DutyMode;
  readonly #options: ChangeRequestOptions;
  readonly #now: () => number;

  constructor(options: ChangeRequestOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.mode = options.mode;
  }

  list(filter: ChangeFilter, caller: Caller): Promise<Change[]> {
    return listChanges(this.#readsOf(caller), caller.tenantIds, filter);
  }

  /** @throws {Problem} NOT_FOUND, also for changes of other tenants. */
  async find(changeId: string, caller: Caller): Promise<Change> {
    return there(await findChange(this.#readsOf(caller), caller.tenantIds, changeId), changeId);
  }

  async detail(changeId: string, caller: Caller): Promise<ChangeDetail> {
    const change = await this.find(changeId, caller);
    const names = change.resources.map(({ name }) => name);
    const latest =
      change.tenantId === null
        ? []
        : await this.#options.engine.latestResources(names, change.tenantId, contextOf(caller));
    return {
      change,
      events: await eventsOfChange(this.#readsOf(caller), changeId),
      deployed: new Map(latest.map(({ name, resourceKey }) => [name, resourceKey])),
    };
  }

  /** The bytes of a file of any revision. */
  async content(changeId: string, sha256: string, caller: Caller): Promise<Buffer> {
    const content = await contentOfChange(this.#readsOf(caller), caller.tenantIds, changeId, sha256);
    if (content !== undefined) return content;
    throw new Problem("NOT_FOUND", "Expected a change request with such a file, but there is none.");
  }

  async submit(content: ChangeContent, caller: Caller): Promise<Change> {
    const resources = await this.#resourcesOf(content, caller);
    const tell = await this.#options.engine.auditLog.prepare(contextOf(caller));
    const changeId = randomUUID();
    await this.#options.database.transaction(async (tx) => {
      if ((await countOpenChanges(tx, caller.id)) >= openChangesMax)
        throw new Problem(
          "INVALID_STATE",
          `Expected at most ${openChangesMax} open change requests of "${caller.id}", but there are as many: withdraw some.`,
        );
      const { title, description } = content;
      const policy = "policy" in content ? content.policy : null;
      const tenantId = "policy" in content ? null : content.tenantId;
      const author = changeActor(caller);
      await insertChange(tx, { changeId, tenantId, title, description, author, policy, createdAtMs: this.#now() });
      await insertResources(tx, changeId, 1, resources);
      const deed = { changeId, tenantId, title, revision: 1 };
      await this.#record(tx, tell, deed, "submitted", "submitChange", author, null);
    });
    return this.find(changeId, caller);
  }

  /** The author's next revision; what was said of the one before does not hold for it. */
  replace(changeId: string, content: ChangeContent, caller: Caller): Promise<Change> {
    return this.#do(changeId, caller, async (tell) => {
      const resources = await this.#resourcesOf(content, caller);
      return async (tx, change) => {
        assertAuthor(change, caller, "replace");
        assertState(change, ["submitted", "approved", "rejected"], "replace");
        assertNothingUsed(change);
        if (change.revision >= revisionsMax)
          throw new Problem("INVALID_STATE", `Expected at most ${revisionsMax} revisions, but there are as many.`);
        assertSameKind(change, content);
        const policy = "policy" in content ? content.policy : null;
        await reviseChange(tx, changeId, { title: content.title, description: content.description, policy });
        const revision = change.revision + 1;
        await insertResources(tx, changeId, revision, resources);
        const deed = { ...change, title: content.title, revision };
        await this.#record(tx, tell, deed, "replaced", "replaceChange", changeActor(caller), null);
      };
    });
  }

  approve(changeId: string, judgement: Judgement, caller: Caller): Promise<Change> {
    return this.#judge(changeId, judgement, caller, "approve", async (tx, change) => {
      assertState(change, ["submitted"], "approve");
      const approval = { approvalId: randomUUID(), approver: changeActor(caller), atMs: this.#now() };
      await approveChange(tx, change, { ...approval, comment: judgement.comment });
    });
  }

  /** Also takes an approval back. */
  reject(changeId: string, judgement: Judgement, caller: Caller): Promise<Change> {
    return this.#judge(changeId, judgement, caller, "reject", async (tx, change) => {
      assertState(change, ["submitted", "approved"], "reject");
      await setChangeState(tx, changeId, "rejected");
    });
  }

  withdraw(changeId: string, comment: string | null, caller: Caller): Promise<Change> {
    return this.#do(changeId, caller, async (tell) => async (tx, change) => {
      assertAuthor(change, caller, "withdraw");
      assertState(change, ["submitted", "approved", "rejected"], "withdraw");
      await setChangeState(tx, changeId, "withdrawn");
      await this.#record(tx, tell, change, "withdrawn", "withdrawChange", changeActor(caller), comment);
    });
  }

  /** All files of an approved change, or none; also where approvals are not demanded. */
  async deploy(
    changeId: string,
    revision: number,
    caller: Caller,
  ): Promise<{ readonly change: Change; readonly deployment: Deployment }> {
    const { database, engine } = this.#options;
    const change = await this.find(changeId, caller);
    if (change.tenantId === null)
      throw new Problem(
        "INVALID_STATE",
        "Expected a change of files, but it is one of a policy: promote the version, which its approval permits.",
      );
    assertState(change, ["approved"], "deploy");
    // Judged again inside the transaction; bytes that are replaced meanwhile are not those of this revision.
    const files = await filesOfChange(database, changeId);
    const gate = gateOfChange({ changeId, revision }, await this.#gateOptions(caller));
    const deployment = await engine.deploy(files, { tenantId: change.tenantId, gate }, contextOf(caller));
    return { change: await this.find(changeId, caller), deployment };
  }

  /** What has the last word on a deployment that names no change; undefined: nobody is asked. */
  async deploymentGate(caller: Caller): Promise<DeploymentGate | undefined> {
    return this.mode === "three-person" ? gateOfApprovals(await this.#gateOptions(caller)) : undefined;
  }

  async #gateOptions(caller: Caller): Promise<GateOptions> {
    const tell = await this.#options.engine.auditLog.prepare(contextOf(caller));
    return { caller, mode: this.mode, tell, now: this.#now };
  }

  #readsOf(caller: Caller): Queryable {
    return this.#options.database.forTenants(caller.tenantIds);
  }

  async #judge(
    changeId: string,
    { revision, comment }: Judgement,
    caller: Caller,
    verb: "approve" | "reject",
    work: Work,
  ): Promise<Change> {
    // Read before the transaction, which must not wait for the plane; a version never changes, a revision neither.
    const { policy } = await this.find(changeId, caller);
    const writers = policy === null ? [] : [await this.#authorOf(policy)];
    return this.#do(changeId, caller, async (tell) => async (tx, change) => {
      if (change.revision !== revision)
        throw new Problem(
          "INVALID_STATE",
          `Expected to ${verb} the present revision ${change.revision}, but revision ${revision} was looked at.`,
        );
      const reason = whyNotJudge(caller, [change.author, ...writers], this.mode);
      if (reason !== undefined)
        throw new Problem("FORBIDDEN", `Expected somebody else to ${verb} the change, but ${reason}.`, {}, [
          { code: "SEPARATION_OF_DUTIES", message: reason },
        ]);
      assertNothingUsed(change);
      await work(tx, change);
      const deed = verb === "approve" ? "approved" : "rejected";
      await this.#record(tx, tell, change, deed, `${verb}Change`, changeActor(caller), comment);
    });
  }

  async #authorOf({ policyId, version }: PolicyName): Promise<ChangeActor> {
    const { author } = await this.#options.plane.getPolicyVersion(policyId, version);
    return { id: String(author.id), type: String(author.type) };
  }

  async #do(changeId: string, caller: Caller, prepare: (tell: TellInTransaction) => Promise<Work>): Promise<Change> {
    const { database, engine } = this.#options;
    const work = await prepare(await engine.auditLog.prepare(contextOf(caller)));
    await database
      .transaction(async (tx) => work(tx, there(await lockChange(tx, caller.tenantIds, changeId), changeId)))
      .catch((error: unknown) => {
        throw isInUse(error) ? usedProblem() : error;
      });
    return this.find(changeId, caller);
  }

  async #record(
    tx: Queryable,
    tell: TellInTransaction,
    { changeId, tenantId, title, revision }: Pick<Change, "changeId" | "tenantId" | "title" | "revision">,
    deed: ChangeDeed,
    command: string,
    actor: ChangeActor,
    comment: string | null,
  ): Promise<void> {
    await insertEvent(tx, changeId, { revision, deed, actor, comment, deploymentKey: null, atMs: this.#now() });
    const entry: AuditEntry = {
      command,
      operation: deed === "submitted" ? "CREATE" : "UPDATE",
      entityType: "RESOURCE",
      entityKey: changeId,
      description: `${title}, revision ${revision}${comment === null ? "" : `: ${comment}`}`.slice(0, 500),
      tenantId: tenantId ?? DEFAULT_TENANT,
    };
    await tell(tx, entry);
  }

  async #resourcesOf(content: ChangeContent, caller: Caller): Promise<NewResource[]> {
    if ("policy" in content) {
      await this.#authorOf(content.policy);
      return [];
    }
    const names = content.files.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined)
      throw new Problem("INVALID_ARGUMENT", `Expected file names once each, but ${twice} comes twice (at resources).`);
    const { engine } = this.#options;
    const context = contextOf(caller);
    // A model that cannot be deployed is told to its author now, not to whoever deploys it later.
    await engine.checkResources(content.files, content.tenantId, context);
    const latest = await engine.latestResources(names, content.tenantId, context);
    const replaced = new Map(latest.map(({ name, resourceKey }) => [name, resourceKey]));
    return content.files.map(({ name, content }) => ({
      name,
      content,
      sha256: createHash("sha256").update(content).digest("hex"),
      replaces: replaced.get(name) ?? null,
    }));
  }
}
