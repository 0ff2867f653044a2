/** Which version of a thing a reference means: bindingType of the zeebe dialect (latest, deployment, versionTag). */
import type { Key } from "../core/json.ts";
import type { Binding } from "../core/process.ts";

interface Versioned {
  readonly deploymentKey: Key;
  readonly versionTag: string | null;
}

/** @param versions newest first */
export function pickVersion<Entry extends Versioned>(
  versions: readonly Entry[] | undefined,
  binding: Binding,
  callerDeploymentKey: Key,
): Entry | undefined {
  if (!versions) return undefined;
  if (binding.type === "versionTag") return versions.find((entry) => entry.versionTag === binding.tag);
  if (binding.type === "latest") return versions[0];
  // What did not change in the caller's deployment kept its older version and key: take the newest that was there then.
  return (
    versions.find((entry) => entry.deploymentKey === callerDeploymentKey) ??
    versions.find((entry) => BigInt(entry.deploymentKey) < BigInt(callerDeploymentKey))
  );
}
