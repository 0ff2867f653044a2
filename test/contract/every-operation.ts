/**
 * That no operation of the official client is left out. Each contract test notes, through the shared client, what was
 * answered (a 2xx that passed the client's strict check; a refusal does not count); when a run had all contract tests in
 * it and all of them passed, an operation that nobody was answered fails the run. A run of some files says nothing.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** Folder of the notes: one file a test process, one name a line. */
    answeredOperations: string;
  }
}

/** Answered 501, with the reason: permissions come from roles, stored authorizations would govern nothing. */
const notCarriedOut: readonly string[] = [
  "createAuthorization",
  "deleteAuthorization",
  "getAuthorization",
  "searchAuthorizations",
  "updateAuthorization",
];

export function setup(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "interlock-operations-"));
  project.provide("answeredOperations", folder);
  return async () => {
    const answered = new Set(
      readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n")),
    );
    rmSync(folder, { recursive: true });
    if (!hadAllContractTests(project)) return;
    // Here, so that a run of one file does not load the client for nothing.
    const { operations } = await import("./client-schemas.ts");
    const missing = operations.filter((name) => !answered.has(name) && !notCarriedOut.includes(name));
    const stale = notCarriedOut.filter((name) => answered.has(name));
    if (missing.length + stale.length === 0) return;
    process.exitCode = 1;
    const told = [
      ...missing.map((name) => `Expected a contract test in which the server answers ${name}, but there is none.`),
      ...stale.map((name) => `Expected ${name} to be left out of the contract tests, but the server answered it.`),
    ];
    process.stderr.write(`${told.join("\n")}\n`);
  };
}

/** Whole files without a name pattern, and all of them passed: else the run has failed, or was one by hand. */
function hadAllContractTests({ vitest, config }: TestProject): boolean {
  if (config.testNamePattern !== undefined) return false;
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const passed = new Set(
    vitest.state
      .getTestModules()
      .filter((module) => module.ok())
      .map((module) => module.moduleId),
  );
  return readdirSync(folder)
    .filter((name) => name.endsWith(".test.ts"))
    .every((name) => passed.has(join(folder, name)));
}
