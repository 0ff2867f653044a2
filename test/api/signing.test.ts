/** What was signed before a restart is verified after it: the key outlives the process, unless its store does not. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyStore, newDataFolder } from "../empty-store.ts";
import { call, startTestServer, type TestServer } from "./server.ts";

let folder: string;
beforeAll(async () => {
  folder = newDataFolder("interlock-signing-");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const args = { amount: 10, method: "cash", reason: "damaged" };
const question = {
  action: { type: "issue_refund", target: "payments", operation: "pay", reversible: true, riskClass: "high" },
  args,
  facts: { "subject.accountTenureDays": 812, "subject.refundsLast12Months": 0, "subject.standing": "good" },
  policies: [{ policyId: "refund" }],
};

async function served<Result>(dataDir: string, work: (server: TestServer) => Promise<Result>): Promise<Result> {
  const server = await startTestServer({ withShipped: true, environment: { DATA_DIR: dataDir } });
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

async function verified(server: TestServer): Promise<Record<string, unknown>> {
  const bundle = await call(server, "GET", "/governance/v1/export");
  const { json } = await call(server, "POST", "/governance/v1/verify", bundle.text);
  return { valid: json.valid, problems: json.problems };
}

describe("the key of a server", () => {
  it("S18 stays through a restart: permits hold, exports verify, there is one key", async () => {
    const before = await served(folder, async (server) => {
      const { json } = await call(server, "POST", "/governance/v1/decisions", question);
      return { permit: json.permit as string, keys: (await call(server, "GET", "/governance/v1/keys")).json };
    });
    await served(folder, async (server) => {
      expect((await call(server, "GET", "/governance/v1/keys")).json).toEqual(before.keys);
      expect(before.keys.keys).toHaveLength(1);
      const use = { permit: before.permit, actionType: "issue_refund", args, holder: "shop" };
      expect((await call(server, "POST", "/governance/v1/permits/use", use)).status).toBe(200);
      await call(server, "POST", "/governance/v1/decisions", question);
      expect(await verified(server)).toEqual({ valid: true, problems: [] });
    });
    expect((await stat(join(folder, "signing-key.pem"))).mode & 0o077).toBe(0);
  });

  it("of a store that is thrown away is thrown away with it", async () => {
    const before = await readdir(".");
    const kid = () =>
      served(emptyStore(), async (server) => {
        expect(await verified(server)).toEqual({ valid: true, problems: [] });
        return (await call(server, "GET", "/governance/v1/keys")).json.keys[0].kid as string;
      });
    expect(await kid()).not.toBe(await kid());
    expect(await readdir(".")).toEqual(before);
  });
});
