/**
 * Names of facts taken apart. They repeat from request to request and lie on the path of every decision: a bounded
 * number of short ones is kept.
 */

/** A dotted name taken apart: `subject.account.age` is `age` in the branch `subject.account` of the root `subject`. */
export interface FactPath {
  readonly parts: readonly string[];
  readonly root: string;
  readonly branch: string;
  readonly leaf: string;
  /** At most eight parts, none empty, none that JavaScript treats specially. */
  readonly isName: boolean;
}

const paths = new Map<string, FactPath>();
const pathsMax = 4096;

export function pathOf(name: string): FactPath {
  const known = paths.get(name);
  if (known !== undefined) return known;
  const parts = name.split(".");
  const path = {
    parts,
    root: parts[0] as string,
    branch: parts.slice(0, -1).join("."),
    leaf: parts[parts.length - 1] as string,
    isName: parts.length <= 8 && !parts.some((part) => part === "" || part === "__proto__"),
  };
  if (paths.size < pathsMax && name.length <= 200) paths.set(name, path);
  return path;
}
