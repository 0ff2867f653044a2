/**
 * multipart/form-data (RFC 7578) under limits: number of parts, bytes per file, bytes in all. Files are kept in memory:
 * deployments and documents are written in one transaction and have to fit into it anyway.
 */

import type { IncomingMessage } from "node:http";
import busboy from "busboy";
import { assertDeclaredLength, mediaType } from "./body.ts";
import { Problem } from "./problem.ts";

export interface UploadedFile {
  /** Name of the part. */
  readonly part: string;
  /** Last segment of the name the sender gave; empty when there was none. */
  readonly name: string;
  readonly contentType: string;
  readonly content: Buffer;
}

export interface MultipartForm {
  readonly files: readonly UploadedFile[];
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

export interface MultipartLimits {
  readonly bytesMax: number;
  readonly filesMax: number;
}

export const multipartLimitsDefault: MultipartLimits = { bytesMax: 32 * 1024 * 1024, filesMax: 200 };

export async function readMultipart(
  request: IncomingMessage,
  limits: MultipartLimits = multipartLimitsDefault,
): Promise<MultipartForm> {
  const type = mediaType(request);
  if (type !== "multipart/form-data") {
    throw new Problem(
      "UNSUPPORTED_MEDIA_TYPE",
      `Expected a body of type multipart/form-data, but its content type is ${type === "" ? "missing" : `"${type}"`}.`,
    );
  }
  assertDeclaredLength(request, limits.bytesMax);
  return collect(request, openParser(request, limits), limits);
}

function collect(request: IncomingMessage, parser: busboy.Busboy, limits: MultipartLimits): Promise<MultipartForm> {
  return new Promise((resolve, reject) => {
    const files: UploadedFile[] = [];
    const fields = new Map<string, string[]>();
    let bytes = 0;
    let settled = false;
    const fail = (problem: Problem): void => {
      if (settled) return;
      settled = true;
      request.unpipe(parser);
      request.resume();
      reject(problem);
    };
    parser.on("file", (part, stream, info) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > limits.bytesMax) fail(tooLarge(limits));
        else if (!settled) chunks.push(chunk);
      });
      stream.on("limit", () => fail(tooLarge(limits)));
      // A form that ends in the middle of a file is reported here, on the file: unheard, it would end the process.
      stream.on("error", () => fail(broken()));
      stream.on("end", () =>
        files.push({ part, name: info.filename ?? "", contentType: info.mimeType, content: Buffer.concat(chunks) }),
      );
    });
    parser.on("field", (name, value, info) => {
      if (info.nameTruncated || info.valueTruncated) fail(tooLarge(limits));
      fields.set(name, [...(fields.get(name) ?? []), value]);
    });
    const tooMany = (): void =>
      fail(new Problem("PAYLOAD_TOO_LARGE", `Expected at most ${limits.filesMax} parts, but there are more.`));
    parser.on("filesLimit", tooMany).on("fieldsLimit", tooMany).on("partsLimit", tooMany);
    parser.on("error", () => fail(broken()));
    request.on("aborted", () => fail(broken()));
    parser.on("close", () => {
      if (settled) return;
      settled = true;
      resolve({ files, fields });
    });
    request.pipe(parser);
  });
}

function openParser(request: IncomingMessage, limits: MultipartLimits): busboy.Busboy {
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: "utf8",
      limits: {
        fileSize: limits.bytesMax,
        files: limits.filesMax,
        fields: 50,
        parts: limits.filesMax + 50,
        fieldSize: 1024 * 1024,
        fieldNameSize: 200,
        headerPairs: 50,
      },
    });
  } catch {
    throw broken();
  }
}

function broken(): Problem {
  return new Problem(
    "INVALID_ARGUMENT",
    "Expected a complete multipart/form-data body, but it breaks off or has no boundary.",
  );
}

function tooLarge(limits: MultipartLimits): Problem {
  return new Problem("PAYLOAD_TOO_LARGE", `Expected at most ${limits.bytesMax} bytes of files, but there are more.`, {
    connection: "close",
  });
}
