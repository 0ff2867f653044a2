/**
 * Which operation a method and a path mean. A tree over the segments: one look-up a segment, where express looks at its
 * routes one after another, and there are more than a hundred. A fixed segment goes before a parameter, and of two
 * operations with the same method and shape the first that was added stays.
 */
import type { Operation } from "./operation.ts";
import { Problem } from "./problem.ts";

export interface FoundOperation {
  readonly operation: Operation;
  /** Values of the path's parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

interface Route {
  readonly operation: Operation;
  /** Names of the parameters in the order of the path. */
  readonly names: readonly string[];
}

interface Place {
  readonly fixed: Map<string, Place>;
  any: Place | undefined;
  readonly routes: Map<string, Route>;
}

const segmentsMax = 32;

function place(): Place {
  return { fixed: new Map(), any: undefined, routes: new Map() };
}

export class Routes {
  readonly #root = place();

  /** `base`: where the surface is, "/v2". Paths of operations stand below it. */
  add(base: string, operation: Operation): void {
    const names: string[] = [];
    let at = this.#root;
    for (const segment of segmentsOf(base + operation.path)) {
      const name = /^\{(\w+)\}$/.exec(segment)?.[1];
      if (name === undefined) {
        const next = at.fixed.get(segment) ?? place();
        at.fixed.set(segment, next);
        at = next;
      } else {
        names.push(name);
        at.any ??= place();
        at = at.any;
      }
    }
    const method = operation.method.toUpperCase();
    if (!at.routes.has(method)) at.routes.set(method, { operation, names });
  }

  /** What can be done with a path; empty: nothing. Where two shapes fit, what either takes. */
  methods(path: string): readonly string[] {
    const segments = segmentsOf(path);
    return segments.length > segmentsMax ? [] : [...new Set(methodsAt(this.#root, segments, 0))].sort();
  }

  /** `path` without its query. HEAD is answered as GET, without the body. @throws {Problem} a parameter's percent-escape is broken */
  find(method: string, path: string): FoundOperation | undefined {
    const segments = segmentsOf(path);
    if (segments.length > segmentsMax) return undefined;
    const values: string[] = [];
    const route = find(this.#root, segments, 0, method === "HEAD" ? "GET" : method, values);
    if (route === undefined) return undefined;
    const params: Record<string, string> = Object.create(null);
    for (const [index, name] of route.names.entries()) params[name] = decode(values[index] ?? "");
    return { operation: route.operation, params };
  }
}

/** One slash at the end makes no difference. */
function segmentsOf(path: string): string[] {
  const end = path.length > 1 && path.endsWith("/") ? path.length - 1 : path.length;
  return path.slice(1, end).split("/");
}

/** Two ways a segment at most, and the tree is as deep as the longest path of an operation. */
function find(
  at: Place,
  segments: readonly string[],
  index: number,
  method: string,
  values: string[],
): Route | undefined {
  const segment = segments[index];
  if (segment === undefined) return at.routes.get(method);
  const fixed = at.fixed.get(segment);
  const found = fixed && find(fixed, segments, index + 1, method, values);
  if (found !== undefined || at.any === undefined || segment === "") return found;
  values.push(segment);
  const route = find(at.any, segments, index + 1, method, values);
  if (route === undefined) values.pop();
  return route;
}

function methodsAt(at: Place, segments: readonly string[], index: number): string[] {
  const segment = segments[index];
  if (segment === undefined) return [...at.routes.keys()];
  const fixed = at.fixed.get(segment);
  return [
    ...(fixed ? methodsAt(fixed, segments, index + 1) : []),
    ...(at.any && segment !== "" ? methodsAt(at.any, segments, index + 1) : []),
  ];
}

function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Problem("INVALID_ARGUMENT", "Expected a well-formed URL, but it is not.");
  }
}
