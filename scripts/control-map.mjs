/**
 * Which control of AARM (Autonomous Action Runtime Management) and of the NIST AI Risk Management Framework is met by
 * which requirement, proved by which tests: writes docs/controls.md from the titles of the tests. A control whose ids
 * no test carries is listed as open, so the page cannot claim more than the tests show.
 * `node scripts/control-map.mjs` writes, `--check` only compares and fails when the page is out of date or a control has
 * no test at all.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { collect } from "./test-map.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "docs", "controls.md");

/** [control, in our words, ids that prove it]; without ids: a matter of the organisation that uses the product. */
const frameworks = [
  {
    name: "AARM v1.0: requirements",
    controls: [
      ["R1", "every action is intercepted before it executes", ["A04", "A16", "A17", "C01", "D15"]],
      ["R2", "context accumulates over the session", ["C10", "E09"]],
      ["R3", "policy is evaluated with the stated intent and the context", ["A15", "C02", "C07"]],
      ["R4", "five determinations: allow, deny, modify, step up, defer", ["C03", "C07", "C11", "F05", "F06"]],
      ["R5", "tamper-evident receipts of every decision", ["H01", "H02", "F03", "H11"]],
      ["R6", "receipts are bound to the identity of agent, action and policy", ["D06", "H05", "S18", "S19"]],
      ["R7", "drift of what agents do is detected", ["J06", "E10"]],
      ["R8", "telemetry is exported", ["H13", "J07"]],
      ["R9", "least privilege: permits are short, bound and used once", ["S19", "D14"]],
    ],
  },
  {
    name: "AARM v1.0: threats",
    controls: [
      ["T1", "instructions injected into what an agent reads", ["S21", "A10"]],
      ["T2", "tools that answer with instructions", ["S21", "S20"]],
      ["T3", "an agent with rights acts for somebody without", ["F01", "F05", "D10"]],
      ["T4", "credentials that allow more than the task needs", ["S19", "D14", "S16"]],
      ["T5", "allowed actions that together carry data out", ["C23", "C24", "E09"]],
      ["T6", "another goal in the place of the given one", ["A10", "C21"]],
      ["T7", "an agent that wanders off by itself", ["E09", "E10", "J06"]],
      ["T8", "false facts put into what an agent remembers", ["C10", "H09"]],
      ["T9", "a compromised agent that acts through others", ["B26", "D14"]],
      ["T10", "secrets that leak through logs, traces and errors", ["S16", "S28"]],
      ["T11", "an environment that is changed to mislead", ["C10", "K04", "E10"]],
    ],
  },
  {
    name: "NIST AI RMF 1.0",
    controls: [
      ["GOVERN 1", "policies are named, owned, versioned and reviewed", ["C08", "D06", "D09", "D20"]],
      ["GOVERN 2", "duties are separated, authority is known", ["D07", "D10", "D13", "D14"]],
      ["GOVERN 3", "the people who decide are diverse and trained", []],
      ["GOVERN 4", "risks are spoken of openly; incidents are told", ["E13", "H11"]],
      ["GOVERN 5", "those who are affected are heard", []],
      [
        "GOVERN 6",
        "models, frameworks and services of others are kept exchangeable and bounded",
        ["A09", "A24", "S27"],
      ],
      ["MAP 1", "actions, their context and their risk are described", ["C02", "C10", "G02"]],
      ["MAP 2", "what an agent is for and what it may use is stated", ["A13", "G01", "E12"]],
      ["MAP 3", "human oversight is defined and enforced", ["A06", "F01", "F04", "F05"]],
      ["MAP 4", "risks of third-party parts are mapped", ["A16", "S20"]],
      ["MAP 5", "the impact of each action is rated", ["C02", "D18"]],
      ["MEASURE 1", "what is measured is defined and known", ["K02", "K03", "K06", "K07"]],
      [
        "MEASURE 2",
        "behaviour is tested before and measured after release",
        ["D16", "D17", "D18", "K03", "K06", "S21"],
      ],
      ["MEASURE 3", "drift and regressions are tracked", ["J06", "K08"]],
      ["MEASURE 4", "what is measured is compared with what people judged", ["K01", "H06"]],
      ["MANAGE 1", "risks are treated: constraints, approvals, denials", ["C07", "C11", "F06"]],
      ["MANAGE 2", "systems can be rolled back, paused and stopped", ["A11", "A12", "D02", "D03", "E05"]],
      ["MANAGE 3", "third-party models and tools are watched and bounded", ["A24", "E06", "S26"]],
      ["MANAGE 4", "incidents are recorded, attributed and learned from", ["A18", "H06", "H11"]],
    ],
  },
];

function render(found) {
  const row = ([id, what, requirements]) => {
    const proved = requirements.filter((one) => found.has(one));
    const open = requirements.filter((one) => !found.has(one));
    const files = [...new Set(proved.flatMap((one) => found.get(one).map(({ file }) => file)))].sort();
    const shown = files.slice(0, 5).map((file) => `[${file}](../test/${file})`);
    if (files.length > 5) shown.push(`… and ${files.length - 5} more`);
    if (requirements.length === 0) return `| ${id} | ${what} | (for the organisation) | – | – |`;
    return `| ${id} | ${what} | ${proved.join(", ") || "–"} | ${open.join(", ") || "–"} | ${shown.join("<br>") || "–"} |`;
  };
  const sections = frameworks.map(
    ({ name, controls }) =>
      `## ${name}\n\n| control | in our words | proved | open | tests |\n|---|---|---|---|---|\n${controls.map(row).join("\n")}`,
  );
  return `# Controls and the tests that prove them\n\nGenerated by \`node scripts/control-map.mjs\` from the titles of the tests. Requirement ids are those of\n[test/README.md](../test/README.md). "Open": no test carries the id yet. The mapping is ours, not a certification.\n\n${sections.join("\n\n")}\n`;
}

const found = collect();
const wanted = render(found);
if (process.argv.includes("--check")) {
  for (const { name, controls } of frameworks)
    for (const [id, what, requirements] of controls)
      if (requirements.length > 0 && !requirements.some((one) => found.has(one))) {
        console.error(
          `Expected a test for ${name}, ${id} (${what}), but no title carries ${requirements.join(" or ")}.`,
        );
        process.exitCode = 1;
      }
  if (!existsSync(page) || readFileSync(page, "utf8") !== wanted) {
    console.error(
      "Expected docs/controls.md to fit the tests, but it is out of date. Run: node scripts/control-map.mjs",
    );
    process.exitCode = 1;
  }
} else {
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, wanted);
}
