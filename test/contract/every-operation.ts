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

export function setup(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "interlock-operations-"));
  project.provide("answeredOperations", folder);
  return async () => {
    const answered = new Set(
      readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n")),
    );
    rmSync(folder, { recursive: true });
    if (!hadAllContractTests(project)) return;
    const { exitCode } = process;
    // Until the check has been made: what a teardown throws is only logged.
    process.exitCode = 1;
    // Here, so that a run of one file does not load the client for nothing.
    const { operations } = await import("./client-schemas.ts");
    const missing = operations.filter((name) => !answered.has(name));
    if (missing.length === 0) process.exitCode = exitCode;
    for (const name of missing)
      process.stderr.write(`Expected a contract test in which the server answers ${name}, but there is none.\n`);
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
