/**
 * Bytes of documents in an object storage that speaks the S3 protocol: PUT, GET and DELETE of one object, and links that
 * the storage itself answers. Three calls are not worth a kit; the signature is in `aws-signature.ts`.
 */
import { createHash } from "node:crypto";
import { presign, type SigningKey, signedHeaders } from "./aws-signature.ts";
import type { DocumentContents } from "./documents.ts";
import { StoreUnavailableError } from "./writes.ts";

export interface ObjectStorage extends SigningKey {
  /** "https://s3.eu-central-1.amazonaws.com": buckets are addressed by path. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Before each key, as "documents/"; empty: none. */
  readonly prefix: string;
}

const timeoutMs = 60_000;

export function objectStorageContents(storage: ObjectStorage, now: () => number = Date.now): DocumentContents {
  const addressOf = (key: string): URL =>
    new URL(`${storage.endpoint.replace(/\/$/, "")}/${storage.bucket}/${storage.prefix}${key}`);
  const call = async (method: "PUT" | "GET" | "DELETE", key: string, content?: Buffer): Promise<Response> => {
    const url = addressOf(key);
    const hash = createHash("sha256")
      .update(content ?? "")
      .digest("hex");
    const sent = fetch(url, {
      method,
      headers: signedHeaders({ method, url, contentHash: hash, at: now(), key: storage }),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
      ...(content === undefined ? {} : { body: new Uint8Array(content) }),
    });
    const response = await sent.catch((error: unknown) => {
      throw new StoreUnavailableError(`Expected the object storage to answer, but it does not: ${String(error)}`);
    });
    if (response.ok || (method === "DELETE" && response.status === 404)) return response;
    await response.body?.cancel();
    throw new StoreUnavailableError(
      `Expected the object storage to ${method} an object, but it answered ${response.status}.`,
    );
  };
  return {
    storeId: "s3",
    async put(key, content) {
      await (await call("PUT", key, content)).body?.cancel();
    },
    get: async (key) => Buffer.from(await (await call("GET", key)).arrayBuffer()),
    async remove(key) {
      await (await call("DELETE", key)).body?.cancel();
    },
    link: (key, { timeToLiveMs, fileName }) =>
      presign({
        url: addressOf(key),
        at: now(),
        seconds: Math.max(1, Math.floor(timeToLiveMs / 1_000)),
        key: storage,
        // A stranger's bytes: always a download, never a page.
        query: {
          "response-content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
          "response-content-type": "application/octet-stream",
        },
      }),
  };
}
