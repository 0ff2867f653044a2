/**
 * A small object storage for tests: objects in memory, and every request judged by Signature Version 4. It is written from
 * the specification and not from our signer: it takes the request apart as it came over the wire, and builds the
 * signature step by step from what the request says it signed.
 */
import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface TestObjectStorage {
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  readonly refused: string[];
  /** The secret that requests must be signed with from now on. */
  changeSecret(secret: string): void;
  close(): Promise<void>;
}

export const storageKey = {
  accessKeyId: "TESTKEY",
  secretAccessKey: "test-secret-key/with+signs",
  region: "eu-test-1",
} as const;

export async function startObjectStorage(): Promise<TestObjectStorage> {
  const objects = new Map<string, Buffer>();
  const refused: string[] = [];
  let secret: string = storageKey.secretAccessKey;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const why = judge(request, body, secret);
    const path = request.url!.split("?", 1)[0]!;
    if (why !== null) {
      refused.push(why);
      response.writeHead(403).end(`<Error><Code>SignatureDoesNotMatch</Code><Message>${why}</Message></Error>`);
    } else if (request.method === "PUT") {
      objects.set(path, body);
      response.writeHead(200).end();
    } else if (request.method === "DELETE") {
      objects.delete(path);
      response.writeHead(204).end();
    } else {
      const query = new URLSearchParams(request.url!.split("?")[1]);
      const object = objects.get(path);
      response
        .writeHead(object ? 200 : 404, {
          "content-disposition": query.get("response-content-disposition") ?? "inline",
        })
        .end(object);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    refused,
    changeSecret(changed) {
      secret = changed;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Null when the signature holds. */
function judge(request: IncomingMessage, body: Buffer, secret: string): string | null {
  const [path, search = ""] = request.url!.split("?") as [string, string?];
  const pairs = search === "" ? [] : search.split("&").map((pair) => pair.split("=") as [string, string]);
  const parameters = new Map(pairs.map(([name, value]) => [decodeURIComponent(name), decodeURIComponent(value)]));
  const isPresigned = parameters.has("X-Amz-Signature");
  const authorization = /Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/.exec(
    request.headers.authorization ?? "",
  );
  if (!isPresigned && !authorization) return "nothing is signed";
  const credential = isPresigned ? parameters.get("X-Amz-Credential")! : authorization![1]!;
  const names = (isPresigned ? parameters.get("X-Amz-SignedHeaders")! : authorization![2]!).split(";");
  const signature = isPresigned ? parameters.get("X-Amz-Signature") : authorization![3];
  const date = isPresigned ? parameters.get("X-Amz-Date")! : String(request.headers["x-amz-date"]);
  const [id, day, region, service, end] = credential.split("/");
  if (id !== storageKey.accessKeyId || region !== storageKey.region || service !== "s3" || end !== "aws4_request")
    return `another credential: ${credential}`;
  if (!date.startsWith(day!)) return "another day";
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  const livesMs = isPresigned ? Number(parameters.get("X-Amz-Expires")) * 1_000 : 15 * 60_000;
  if (!(Date.now() < at + livesMs)) return "it has expired";
  const declared = isPresigned ? "UNSIGNED-PAYLOAD" : String(request.headers["x-amz-content-sha256"]);
  if (!isPresigned && declared !== createHash("sha256").update(body).digest("hex")) return "another body";
  if (!names.includes("host")) return "the host is not signed";
  let canonical = `${request.method}\n${path}\n`;
  canonical += pairs
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join("&");
  canonical += "\n";
  for (const name of names) canonical += `${name}:${String(request.headers[name]).trim()}\n`;
  canonical += `\n${names.join(";")}\n${declared}`;
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${day}/${region}/s3/aws4_request\n${createHash("sha256").update(canonical).digest("hex")}`;
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of [day!, region!, "s3", "aws4_request"]) key = createHmac("sha256", key).update(part).digest();
  return createHmac("sha256", key).update(toSign).digest("hex") === signature ? null : "another signature";
}
