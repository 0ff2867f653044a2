/**
 * AWS Signature Version 4, as object storages ask for it: of a request by its headers, or of an address alone
 * (presigned). Source: "Authenticating Requests (AWS Signature Version 4)", Amazon S3 API Reference; its published
 * examples are the tests.
 */
import { createHash, createHmac } from "node:crypto";

export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

const algorithm = "AWS4-HMAC-SHA256";

/** Headers to send with a request, `authorization` among them. `contentHash`: sha-256 of the body, hex. */
export function signedHeaders(request: {
  readonly method: string;
  readonly url: URL;
  readonly contentHash: string;
  readonly at: number;
  readonly key: SigningKey;
  /** Further headers that are signed; lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
}): Record<string, string> {
  const { method, url, contentHash, at, key } = request;
  const time = timeOf(at);
  const headers: Record<string, string> = {
    ...request.headers,
    host: url.host,
    "x-amz-content-sha256": contentHash,
    "x-amz-date": time,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    canonicalPath(url),
    canonicalQuery([...url.searchParams]),
    ...names.map((name) => `${name}:${headers[name]!.trim()}`),
    "",
    names.join(";"),
    contentHash,
  ].join("\n");
  const signature = sign(canonical, time, key);
  const { host: _host, ...sent } = headers;
  return {
    ...sent,
    authorization: `${algorithm} Credential=${key.accessKeyId}/${scopeOf(time, key)},SignedHeaders=${names.join(";")},Signature=${signature}`,
  };
}

/** The address with everything that lets its holder GET it, for `seconds`. */
export function presign(request: {
  readonly url: URL;
  readonly at: number;
  readonly seconds: number;
  readonly key: SigningKey;
  readonly query?: Readonly<Record<string, string>>;
}): string {
  const { url, at, seconds, key, query = {} } = request;
  const time = timeOf(at);
  const parameters: [string, string][] = [
    ...Object.entries(query),
    ["X-Amz-Algorithm", algorithm],
    ["X-Amz-Credential", `${key.accessKeyId}/${scopeOf(time, key)}`],
    ["X-Amz-Date", time],
    ["X-Amz-Expires", String(seconds)],
    ["X-Amz-SignedHeaders", "host"],
  ];
  const asked = canonicalQuery(parameters);
  const canonical = ["GET", canonicalPath(url), asked, `host:${url.host}`, "", "host", "UNSIGNED-PAYLOAD"].join("\n");
  return `${url.origin}${canonicalPath(url)}?${asked}&X-Amz-Signature=${sign(canonical, time, key)}`;
}

function sign(canonicalRequest: string, time: string, key: SigningKey): string {
  const day = time.slice(0, 8);
  const text = [algorithm, time, scopeOf(time, key), sha256(canonicalRequest)].join("\n");
  const signingKey = [day, key.region, "s3", "aws4_request"].reduce<string | Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${key.secretAccessKey}`,
  );
  return createHmac("sha256", signingKey).update(text).digest("hex");
}

function scopeOf(time: string, { region }: SigningKey): string {
  return `${time.slice(0, 8)}/${region}/s3/aws4_request`;
}

/** 20130524T000000Z */
function timeOf(at: number): string {
  return `${new Date(at).toISOString().replace(/[-:]/g, "").slice(0, 15)}Z`;
}

function canonicalPath(url: URL): string {
  return url.pathname.split("/").map(decodeURIComponent).map(encode).join("/");
}

function canonicalQuery(parameters: readonly (readonly [string, string])[]): string {
  return parameters
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
}

/** RFC 3986: unreserved characters alone stay. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
