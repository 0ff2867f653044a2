/** The record as a whole: handed out, verified, and what is added to it that is no decision (erasures, interrupts). */
import type { Database, GroupCommit } from "../../../store/index.ts";
import type { ExportBundle } from "../answers.ts";
import type { DecisionPlane } from "../contract.ts";
import type { Clock } from "../ports.ts";
import { eraseVault } from "../sql/decisions.ts";
import { tenantsOf } from "../tenants.ts";
import { makeExport, publicKeys } from "./export.ts";
import { timeOrderedId } from "./identifier.ts";
import { sealIncident, verifyDocument } from "./incident.ts";
import { recordWrite } from "./records.ts";
import type { Signer } from "./signer.ts";

type Proof = Pick<
  DecisionPlane,
  "exportRecords" | "exportIncident" | "keys" | "verify" | "eraseSubject" | "recordInterrupt"
>;

export function createProof({
  database,
  groupCommit,
  signer,
  clock,
  shadowsIdle,
}: {
  readonly database: Database;
  readonly groupCommit: GroupCommit;
  readonly signer: Signer;
  readonly clock: Clock;
  /** Resolves when the records of shadow versions are written: an export holds all that was decided before it. */
  readonly shadowsIdle: () => Promise<void>;
}): Proof {
  return {
    async exportRecords(range, by) {
      await shadowsIdle();
      return (await makeExport(database, signer, range, clock.now(), by)) as unknown as ExportBundle;
    },
    async exportIncident({ processInstanceKey, history, about }, by) {
      await shadowsIdle();
      const now = clock.now();
      const from = history[0]?.at;
      const decisions = await makeExport(database, signer, from === undefined ? {} : { from }, now, by);
      return sealIncident(
        { exportedAt: new Date(now).toISOString(), processInstanceKey, history, about, decisions },
        signer,
      );
    },
    keys: async () => ({ keys: await publicKeys(database) }),
    verify: async (bundle, trusted) => verifyDocument(bundle, trusted),
    async eraseSubject(subjectKey, by, reason) {
      const erased = await eraseVault(database, subjectKey, tenantsOf(by));
      const at = clock.now();
      const body = {
        schema: "erasure/1",
        erasureId: timeOrderedId(at),
        erased,
        by: by.id,
        reason,
        at: new Date(at).toISOString(),
      };
      await groupCommit.submit({
        writes: [
          recordWrite({
            kind: "erasure",
            recordId: body.erasureId,
            decisionId: null,
            at,
            body,
            columns: { actorId: by.id },
          }),
        ],
      });
      return { erased };
    },
    async recordInterrupt({ tenantId, ...interrupt }, by) {
      const at = clock.now();
      const interruptId = timeOrderedId(at);
      const body = { schema: "interrupt/1", interruptId, ...interrupt, by: by.id, at: new Date(at).toISOString() };
      await groupCommit.submit({
        writes: [
          recordWrite({
            kind: "interrupt",
            recordId: interruptId,
            decisionId: null,
            at,
            body,
            columns: {
              tenantId: tenantId ?? null,
              actorId: by.id,
              processInstanceKey: interrupt.processInstanceKey,
              determination: interrupt.mode,
            },
          }),
        ],
      });
      return { interruptId };
    },
  };
}
