/**
 * Request bodies: read under a limit of bytes, decoded as strict UTF-8, admitted as JSON text. Only
 * `application/json` (or `…+json`) is taken, so that a form on a foreign page cannot send commands (no preflight exists
 * for text/plain). A body that is too large is refused at its Content-Length, before a byte of it is read.
 */
import type { IncomingMessage } from "node:http";
import { admitJsonText } from "./json-text.ts";
import { Problem } from "./problem.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The parsed body, or undefined when there is none. */
export async function readJsonBody(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  const bytes = await readBytes(request, bytesMax);
  if (bytes.length === 0) return undefined;
  const type = mediaType(request);
  if (type !== "application/json" && !type.endsWith("+json")) {
    throw new Problem(
      "UNSUPPORTED_MEDIA_TYPE",
      `Expected a body of type application/json, but its content type is ${type === "" ? "missing" : `"${type}"`}.`,
    );
  }
  const charset = charsetOf(request);
  if (charset !== undefined && charset !== "utf-8") {
    throw new Problem(
      "UNSUPPORTED_MEDIA_TYPE",
      `Expected JSON in utf-8 (RFC 8259 §8.1), but it is sent as "${charset}".`,
    );
  }
  const admission = admitJsonText(decode(bytes));
  if (!admission.ok) throw new Problem("INVALID_ARGUMENT", admission.message);
  return admission.value;
}

/** Media type without parameters, lower case; empty when the header is missing. */
export function mediaType(request: IncomingMessage): string {
  return (request.headers["content-type"] ?? "").split(";", 1)[0]!.trim().toLowerCase().slice(0, 100);
}

function charsetOf(request: IncomingMessage): string | undefined {
  const type = request.headers["content-type"] ?? "";
  const at = type.toLowerCase().indexOf("charset=");
  if (at < 0) return undefined;
  return type
    .slice(at + "charset=".length)
    .split(";", 1)[0]!
    .replaceAll('"', "")
    .trim()
    .toLowerCase()
    .slice(0, 40);
}

function decode(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Problem("INVALID_ARGUMENT", "Expected a body in UTF-8, but it holds bytes that are not.");
  }
}

export async function readBytes(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    throw new Problem(
      "UNSUPPORTED_MEDIA_TYPE",
      "Expected a body without content encoding, but it is encoded. Send it as it is.",
    );
  }
  assertDeclaredLength(request, bytesMax);
  return collect(request, bytesMax);
}

/** By events: an async iterator over the request cost twenty times as much as the reading. */
function collect(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Gone while it was found out who asks: there will be no events any more.
    if (request.destroyed) return reject(brokenOff());
    const chunks: Buffer[] = [];
    let length = 0;
    let isWhole = false;
    const cutOff = (): void => {
      if (!isWhole) reject(brokenOff());
    };
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= bytesMax) {
        chunks.push(chunk);
        return;
      }
      // The rest stays in the socket, which is closed after the answer.
      request.pause();
      chunks.length = 0;
      reject(tooLarge(bytesMax));
    });
    request.on("end", () => {
      isWhole = true;
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
    });
    request.on("error", cutOff);
    request.on("close", cutOff);
  });
}

function brokenOff(): Problem {
  return new Problem("INVALID_ARGUMENT", "Expected a whole body, but the connection ended before it did.");
}

export function assertDeclaredLength(request: IncomingMessage, bytesMax: number): void {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > bytesMax) throw tooLarge(bytesMax);
}

function tooLarge(bytesMax: number): Problem {
  return new Problem("PAYLOAD_TOO_LARGE", `Expected a body of at most ${bytesMax} bytes, but it is larger.`, {
    connection: "close",
  });
}
