/**
 * Which share of the traffic a canary gets, by subject: the same customer always sees the same version while the
 * share stands, and one that is in at 5 % is still in at 20 %. Study §5.4; requirement D19.
 */
import { hash } from "node:crypto";

/** A stable number from 0 to 9999 for this subject under this policy. */
export function canaryBucket(policyId: string, subjectKey: string): number {
  return hash("sha256", `interlock:canary|${policyId}|${subjectKey}`, "buffer").readUInt32BE(0) % 10_000;
}

/** Whether the subject is judged by the canary version. */
export function inCanary(policyId: string, subjectKey: string, shareBasisPoints: number): boolean {
  return canaryBucket(policyId, subjectKey) < shareBasisPoints;
}
