/** The examples of the SDK and of the command line, run as they stand there. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommandLine } from "../../../api/cli/main.ts";
import { outbox, sendGuarded } from "../../../api/client/examples/guarded-tool.ts";
import { mendIncidents } from "../../../api/client/examples/mend-incidents.ts";
import { runOrder } from "../../../api/client/examples/run-order.ts";
import { workOnCharges } from "../../../api/client/examples/worker.ts";
import { InterlockClient } from "../../../api/client/index.ts";
import { call, startTestServer, type TestServer } from "../server.ts";

let server: TestServer;
let client: InterlockClient;

beforeAll(async () => {
  server = await startTestServer();
  client = new InterlockClient({ url: server.url });
});
afterAll(() => server?.close());

describe("the walk through the command line", () => {
  const text = readFileSync("api/client/examples/command-line.md", "utf8");
  const named = new Map([["folder", mkdtempSync(`${tmpdir()}/interlock-examples-`)]]);
  const filled = (line: string): string =>
    line.replace(/\{(\w+)\}/g, (whole, name: string) => named.get(name) ?? whole);
  const steps = [...text.matchAll(/```console\n(.*?)```/gs)].flatMap(([, block]) =>
    block!
      .split(/^\$ /m)
      .filter((step) => step !== "")
      .map((step) => {
        const [typed, ...answered] = step.trimEnd().split("\n");
        return { typed: typed!, answered };
      }),
  );

  it("has steps", () => expect(steps.length).toBeGreaterThan(12));

  it.each(steps)("$typed", async ({ typed, answered }) => {
    const [program, ...words] = filled(typed).split(" ");
    if (program === "worker") {
      const worker = workOnCharges(client);
      const asked = () => client.search("user-tasks", { filter: { state: "CREATED" } });
      await expect.poll(async () => (await asked()).items.length, { timeout: 10_000 }).toBe(1);
      await worker.stop();
      return;
    }
    let output = "";
    const complaints: string[] = [];
    const code = await runCommandLine(
      [...words, "--url", server.url],
      (written) => {
        output += written;
      },
      (complaint) => complaints.push(complaint),
    );
    expect(code, complaints.join("")).toBe(words[0] === "decide" ? 2 : 0);
    expectAnswer(output, answered);
  });

  /** Blanks are as many as they are; names are learnt where they come first. */
  function expectAnswer(output: string, answered: readonly string[]): void {
    const names: string[] = [];
    const pattern = answered
      .map((line) =>
        line === "…"
          ? "(?:.*\\n)*?"
          : `${line
              .trim()
              .split(/\s+/)
              .map((word) => wordPattern(word, names))
              .join("[ ]+")}[ ]*\\n`,
      )
      .join("");
    const match = new RegExp(`^${pattern}$`).exec(output);
    expect(match, `${output}\nagainst\n${answered.join("\n")}`).not.toBeNull();
    for (const [index, name] of names.entries()) named.set(name, match![index + 1]!);
  }

  function wordPattern(word: string, names: string[]): string {
    if (word === "…") return ".*";
    return filled(word)
      .split(/(\{\w+\})/)
      .map((part) => {
        const name = /^\{(\w+)\}$/.exec(part)?.[1];
        if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
        names.push(name);
        return "(\\S+)";
      })
      .join("");
  }
});

describe("the examples of the SDK", () => {
  it("run an order from its model to its end", async () => {
    const said: string[] = [];
    await runOrder(client, 120, (line) => said.push(line));
    expect(said[0]).toBe("somebody is asked to: Pack the parcel");
    expect(said[1]).toMatch(/^COMPLETED: amount 120, receipt "receipt-\d+", weightInGrams 900$/);
  });

  it("let the process catch what the worker throws", async () => {
    const said: string[] = [];
    await runOrder(client, 5_000, (line) => said.push(line));
    expect(said).toEqual(["the card was declined: the process has caught it, and ended", "COMPLETED: amount 5000"]);
  });

  it("take up jobs again that failed for a passing reason, and no others", async () => {
    for (const errorMessage of ["connection refused by bank", "account is closed"]) {
      await client.startProcess({ processDefinitionId: "example-order", variables: { amount: 1 } });
      const [job] = (
        await call(server, "POST", "/v2/jobs/activation", {
          type: "charge-card",
          timeout: 60_000,
          maxJobsToActivate: 1,
          requestTimeout: 5_000,
        })
      ).json.jobs;
      await call(server, "POST", `/v2/jobs/${job.jobKey}/failure`, { retries: 0, errorMessage });
    }
    expect(await mendIncidents(client, "connection refused")).toBe(1);
    const { items } = await client.search<{ errorMessage: string }>("incidents", { filter: { state: "ACTIVE" } });
    expect(items.map(({ errorMessage }) => errorMessage)).toEqual([expect.stringContaining("account is closed")]);
  });

  it("keep a tool from running that no policy permits", async () => {
    expect(await sendGuarded({ url: server.url })).toMatch(/^refused: /);
    expect(outbox).toEqual([]);
  });
});
