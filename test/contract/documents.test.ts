/** Documents by the official client, in each of the stores: the database, a folder, an object storage. */
import { mkdtempSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CamundaClient } from "@camunda8/orchestration-cluster-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startObjectStorage, storageKey, type TestObjectStorage } from "../api/object-storage.ts";
import { call, startTestServer, type TestServer } from "../api/server.ts";
import { officialClient } from "./client.ts";

const folder = mkdtempSync(join(tmpdir(), "interlock-documents-"));
let storage: TestObjectStorage;

beforeAll(async () => {
  storage = await startObjectStorage();
});
afterAll(() => storage?.close());

const filesIn = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((name) => statSync(name).isFile());

const inStorage = (): Record<string, string> => ({
  DOCUMENT_S3_ENDPOINT: storage.url,
  DOCUMENT_S3_BUCKET: "papers",
  DOCUMENT_S3_PREFIX: "test-run/",
  DOCUMENT_S3_REGION: storageKey.region,
  DOCUMENT_S3_ACCESS_KEY_ID: storageKey.accessKeyId,
  DOCUMENT_S3_SECRET_ACCESS_KEY: storageKey.secretAccessKey,
});

/** Store, its settings, and how many documents lie there outside of the database. */
const stores: readonly (readonly [string, () => Record<string, string>, () => number | null])[] = [
  ["database", () => ({}), () => null],
  ["folder", () => ({ DOCUMENT_FOLDER: folder }), () => filesIn().length],
  ["s3", inStorage, () => storage.objects.size],
];

describe.each(stores)("documents in the store %s", (store, settings, countOf) => {
  let server: TestServer;
  let camunda: CamundaClient;

  beforeAll(async () => {
    const environment = { DOCUMENT_STORE: store, DOCUMENT_BYTES_MAX: "5000", ...settings() };
    server = await startTestServer({ environment });
    camunda = officialClient(server, false);
  });
  afterAll(() => server?.close());

  const upload = (content: string, name = "note.txt", more: object = {}) =>
    camunda.createDocument({ file: new File([content], name, { type: "text/plain" }), ...more } as never);
  const bytesOf = async (documentId: string) => {
    const answer = await call(server, "GET", `/v2/documents/${documentId}`);
    return { status: answer.status, text: answer.text, headers: answer.headers };
  };

  it("come back as they were, with all that was said about them", async () => {
    const metadata = {
      fileName: "größe.txt",
      contentType: "text/x-note",
      processDefinitionId: "order",
      customProperties: { page: 1, tags: ["a"] },
    };
    const made = await upload("hello ä", "note.txt", { metadata });
    expect(made).toMatchObject({
      "camunda.document.type": "camunda",
      storeId: store,
      metadata: { ...metadata, size: 8 },
    });
    expect(made.contentHash).toMatch(/^[0-9a-f]{64}$/);
    const { text, headers } = await bytesOf(made.documentId);
    expect(text).toBe("hello ä");
    expect(headers.get("content-disposition")).toContain("gr%C3%B6%C3%9Fe.txt");
    expect(
      String(await camunda.getDocument({ documentId: made.documentId, contentHash: made.contentHash! } as never)),
    ).toBeTruthy();
    expect((await call(server, "GET", `/v2/documents/${made.documentId}?contentHash=other`)).status).toBe(400);
    expect((await call(server, "GET", `/v2/documents/${made.documentId}?storeId=elsewhere`)).status).toBe(400);
    expect(countOf()).not.toBe(0);
  });

  it("keep their id, once", async () => {
    const before = countOf();
    await upload("first", "a.txt", { documentId: "own-id" });
    await expect(upload("second", "a.txt", { documentId: "own-id" })).rejects.toMatchObject({ status: 409 });
    expect((await bytesOf("own-id")).text).toBe("first");
    expect(countOf()).toBe(before === null ? null : before + 1);
  });

  it("are uploaded together, each succeeding or failing on its own", async () => {
    const files = [new File(["one"], "one.txt"), new File(["x".repeat(6_000)], "large.txt")];
    const answer = await camunda.createDocuments({ files } as never);
    expect(answer.createdDocuments.map(({ metadata }) => metadata.fileName)).toEqual(["one.txt"]);
    expect(answer.failedDocuments).toMatchObject([{ fileName: "large.txt", status: 413, title: "PAYLOAD_TOO_LARGE" }]);
    await expect(upload("x".repeat(6_000))).rejects.toMatchObject({ status: 413 });
  });

  it("have links that give them to their holder for a while, as a download", async () => {
    const { documentId } = await upload("linked");
    const { url, expiresAt } = await camunda.createDocumentLink({ documentId, timeToLive: 60_000 } as never);
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 30_000);
    const answer = await fetch(url);
    expect(await answer.text()).toBe("linked");
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment/);
    expect((await fetch(url.replace(/.$/, (last) => (last === "0" ? "1" : "0")))).status).toBeGreaterThanOrEqual(400);
    const short = await camunda.createDocumentLink({ documentId, timeToLive: 1_000 } as never);
    await expect.poll(async () => (await fetch(short.url)).status, { timeout: 4_000 }).toBeGreaterThanOrEqual(400);
  });

  it("are gone when they are deleted or have expired, bytes and all", async () => {
    const before = countOf();
    const { documentId } = await upload("passing");
    await camunda.deleteDocument({ documentId });
    expect((await bytesOf(documentId)).status).toBe(404);
    await expect(camunda.deleteDocument({ documentId })).rejects.toMatchObject({ status: 404 });
    const expired = await upload("expired", "e.txt", { metadata: { expiresAt: "2020-01-01T00:00:00Z" } });
    expect((await bytesOf(expired.documentId)).status).toBe(404);
    const last = await upload("takes the expired one away");
    await camunda.deleteDocument({ documentId: last.documentId });
    expect(countOf()).toBe(before);
  });
});

describe("bytes outside of the database", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ environment: { DOCUMENT_STORE: "s3", ...inStorage() } });
  });
  afterAll(() => server?.close());

  const upload = (content: string) => {
    const form = new FormData();
    form.append("file", new Blob([content]), "order.txt");
    return call(server, "POST", "/v2/documents", form);
  };

  it("that have changed since are not given out", async () => {
    const { documentId } = (await upload("pay 10")).json;
    const [name] = [...storage.objects].find(([, content]) => String(content) === "pay 10")!;
    storage.objects.set(name, Buffer.from("pay 99"));
    const answer = await call(server, "GET", `/v2/documents/${documentId}`);
    expect(answer.status).toBe(409);
    expect(answer.text).not.toContain("pay 99");
  });

  it("need a storage that takes the key, and say so without telling it", async () => {
    storage.changeSecret("changed meanwhile");
    const answer = await upload("x");
    expect(answer.status).toBe(503);
    expect(answer.json.detail).toContain("403");
    expect(storage.refused.at(-1)).toBe("another signature");
    expect(server.logged.join("\n") + answer.text).not.toContain(storageKey.secretAccessKey);
  });
});
