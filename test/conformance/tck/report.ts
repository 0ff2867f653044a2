/** What a run of the kit says: a line per level, and the kit's CSV (folder, test file, case, status, comment). */
import type { CaseOutcome } from "./run-case.ts";

export interface LevelScore {
  readonly level: string;
  readonly passed: number;
  readonly total: number;
}

export function scores(outcomes: readonly CaseOutcome[]): readonly LevelScore[] {
  const levels = new Map<string, { passed: number; total: number }>();
  for (const {
    case: { level },
    passed,
  } of outcomes) {
    const score = levels.get(level) ?? { passed: 0, total: 0 };
    levels.set(level, { passed: score.passed + (passed ? 1 : 0), total: score.total + 1 });
  }
  const perLevel = [...levels].map(([level, score]) => ({ level, ...score }));
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  return [...perLevel, { level: "all levels", passed, total: outcomes.length }];
}

export function formatScores(outcomes: readonly CaseOutcome[]): string {
  return scores(outcomes)
    .map(({ level, passed, total }) => `${level}: ${passed}/${total} (${((100 * passed) / total).toFixed(2)} %)`)
    .join("\n");
}

export function toCsv(outcomes: readonly CaseOutcome[]): string {
  const lines = outcomes.map(({ case: { level, folder, file, id }, passed, comment }) =>
    [`${level}/${folder}`, file, id, passed ? "SUCCESS" : "ERROR", comment].map(quote).join(","),
  );
  return `${lines.join("\n")}\n`;
}

function quote(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""').replaceAll("\n", " ")}"` : field;
}
