import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockDataFolder } from "../../store/data-lock.ts";
import { DataFolderInUseError, migrate, openDatabase } from "../../store/index.ts";

describe("the lock of a data folder", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "interlock-lock-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const file = (): string => join(folder, "interlock.lock");

  it("refuses a second owner and says who has it", async () => {
    const lock = await lockDataFolder(folder);
    await expect(lockDataFolder(folder)).rejects.toThrow(DataFolderInUseError);
    await expect(lockDataFolder(folder)).rejects.toThrow(new RegExp(`process ${process.pid} .*DATA_DIR`));
    await lock.release();
    await (await lockDataFolder(folder)).release();
  });

  it("takes over from a process that is dead", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    writeFileSync(file(), JSON.stringify({ token: "t", pid, startedAt: "1", host: hostname() }));
    const lock = await lockDataFolder(folder);
    expect(JSON.parse(readFileSync(file(), "utf8"))).toMatchObject({ pid: process.pid });
    await lock.release();
  });

  it.runIf(process.platform === "linux")(
    "takes over when the process id has been given to another process",
    async () => {
      writeFileSync(file(), JSON.stringify({ token: "t", pid: process.pid, startedAt: "1", host: hostname() }));
      await (await lockDataFolder(folder)).release();
    },
  );

  it("leaves a fresh lock of another host alone", async () => {
    writeFileSync(file(), JSON.stringify({ token: "t", pid: 1, startedAt: "1", host: "elsewhere" }));
    await expect(lockDataFolder(folder)).rejects.toThrow(/process 1 on elsewhere/);
  });

  it("lets one of many win a stale lock", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    writeFileSync(file(), JSON.stringify({ token: "t", pid, startedAt: "1", host: hostname() }));
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataFolder(folder)));
    const won = results.filter((result) => result.status === "fulfilled");
    expect(won).toHaveLength(1);
    for (const result of won) await result.value.release();
  });

  it("keeps what was written when the folder is opened again, and refuses a second opening meanwhile", async () => {
    const first = await openDatabase({ dataDir: folder });
    await migrate(first);
    await first.query("insert into engine_node (id, started_at) values (42, 1)");
    await expect(openDatabase({ dataDir: folder })).rejects.toThrow(DataFolderInUseError);
    await first.close();
    const second = await openDatabase({ dataDir: folder });
    expect(await migrate(second)).toEqual([]);
    expect(await second.query("select id from engine_node")).toEqual([{ id: 42 }]);
    await second.close();
  });
});
