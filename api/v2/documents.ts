/** /v2/documents: files beside the variables; bytes in the store, a reference in the process. */
import { z } from "zod";
import type { DocumentMetadata, DocumentStore, StoredDocument } from "../../store/documents.ts";
import type { Caller } from "../auth/caller.ts";
import { on } from "../auth/resource-permissions.ts";
import { admitJsonText } from "../http/json-text.ts";
import type { MultipartForm, UploadedFile } from "../http/multipart.ts";
import { multipartOperation, type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { keyText } from "../http/search.ts";
import { validate } from "../http/validate.ts";
import type { Services } from "../services.ts";
import { emptyReply, noContent } from "./replies.ts";

const group = "Document";
const storeId = z.string().max(200).optional();
const documentId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9._-]+$/);
const params = z.strictObject({ documentId });
const day = 24 * 60 * 60 * 1000;

const metadata = z.strictObject({
  contentType: z.string().max(200).optional(),
  fileName: z.string().max(500).optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  size: z.int().min(0).optional(),
  processDefinitionId: z.string().max(256).optional(),
  processInstanceKey: keyText.optional(),
  customProperties: z.record(z.string(), z.unknown()).optional(),
});

const reference = z
  .object({
    "camunda.document.type": z.literal("camunda"),
    storeId: z.string(),
    documentId: z.string(),
    contentHash: z.string().nullable(),
    metadata: z.object({
      contentType: z.string(),
      fileName: z.string(),
      expiresAt: z.string().nullable(),
      size: z.int(),
      processDefinitionId: z.string().nullable(),
      processInstanceKey: z.string().nullable(),
      customProperties: z.record(z.string(), z.unknown()),
    }),
  })
  .meta({ id: "DocumentReference" });

const created = { 201: { description: "The reference to keep in a variable.", json: reference } };
const failure = z.object({ fileName: z.string(), status: z.int(), title: z.string(), detail: z.string() });
const batchAnswer = z.object({ createdDocuments: z.array(reference), failedDocuments: z.array(failure) });

export const documentOperations: readonly Operation[] = [
  multipartOperation({
    id: "createDocument",
    method: "post",
    path: "/documents",
    group,
    summary: "Upload a document",
    access: "document:write",
    grants: on("DOCUMENT", "CREATE"),
    query: z.strictObject({ storeId, documentId: documentId.optional() }),
    form: z.object({ file: z.string().meta({ format: "binary" }), metadata: metadata.optional() }),
    replies: created,
    async handle({ query, body: form, services, caller }) {
      assertStore(query.storeId, services.documents);
      const [file, ...others] = filesOf(form, "file");
      if (file === undefined || others.length > 0)
        throw new Problem(
          "INVALID_ARGUMENT",
          "Expected one file under the name file, but found none or several (at body.file).",
        );
      assertSize(file, services);
      const stored = await services.documents.create({
        ...(query.documentId === undefined ? {} : { documentId: query.documentId }),
        content: file.content,
        metadata: metadataOf(file, metadataParts(form, "metadata")[0]),
        tenantId: tenantOfCaller(caller),
      });
      return { status: 201, json: present(stored) };
    },
  }),
  multipartOperation({
    id: "createDocuments",
    method: "post",
    path: "/documents/batch",
    group,
    summary: "Upload several documents; each succeeds or fails on its own",
    access: "document:write",
    grants: on("DOCUMENT", "CREATE"),
    query: z.strictObject({ storeId }),
    form: z.object({
      files: z.array(z.string().meta({ format: "binary" })),
      metadataList: z.array(metadata).optional(),
    }),
    replies: {
      201: { description: "All were stored.", json: batchAnswer },
      207: { description: "Some were not.", json: batchAnswer },
    },
    async handle({ query, body: form, services, caller }) {
      assertStore(query.storeId, services.documents);
      const files = filesOf(form, "files");
      if (files.length === 0)
        throw new Problem(
          "INVALID_ARGUMENT",
          "Expected files under the name files, but there are none (at body.files).",
        );
      const list = metadataParts(form, "metadataList").flat();
      if (list.length > 0 && list.length !== files.length)
        throw new Problem(
          "INVALID_ARGUMENT",
          `Expected one metadata entry per file, but there are ${files.length} files and ${list.length} entries (at body.metadataList).`,
        );
      const createdDocuments: object[] = [];
      const failedDocuments: z.output<typeof failure>[] = [];
      for (const [index, file] of files.entries()) {
        try {
          assertSize(file, services);
          createdDocuments.push(
            present(
              await services.documents.create({
                content: file.content,
                metadata: metadataOf(file, list[index]),
                tenantId: tenantOfCaller(caller),
              }),
            ),
          );
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          failedDocuments.push({
            fileName: file.name,
            status: error.status,
            title: error.title,
            detail: error.message,
          });
        }
      }
      return { status: failedDocuments.length === 0 ? 201 : 207, json: { createdDocuments, failedDocuments } };
    },
  }),
  operation({
    id: "getDocument",
    method: "get",
    path: "/documents/{documentId}",
    group,
    summary: "Download a document",
    access: "document:read",
    grants: on("DOCUMENT", "READ", "params.documentId"),
    params,
    query: z.strictObject({ storeId, contentHash: z.string().max(200).optional() }),
    replies: { 200: { description: "The bytes.", content: "application/octet-stream" } },
    async handle({ params, query, services, caller }) {
      assertStore(query.storeId, services.documents);
      const document = await find(services.documents, params.documentId, caller);
      if (query.contentHash !== undefined && query.contentHash !== document.contentHash)
        throw new Problem(
          "INVALID_ARGUMENT",
          "Expected the document's own content hash, but another was given (at query.contentHash).",
        );
      return download(await services.documents.content(document.documentId, caller.tenantIds), document);
    },
  }),
  operation({
    id: "deleteDocument",
    method: "delete",
    path: "/documents/{documentId}",
    group,
    summary: "Delete a document",
    access: "document:write",
    grants: on("DOCUMENT", "DELETE", "params.documentId"),
    params,
    query: z.strictObject({ storeId }),
    replies: emptyReply,
    async handle({ params, query, services, caller }) {
      assertStore(query.storeId, services.documents);
      await find(services.documents, params.documentId, caller);
      await services.documents.remove(params.documentId, caller.tenantIds);
      return noContent;
    },
  }),
  operation({
    id: "createDocumentLink",
    method: "post",
    path: "/documents/{documentId}/links",
    group,
    summary: "Make a link that gives the document to whoever holds it, for a while",
    access: "document:read",
    grants: on("DOCUMENT", "READ", "params.documentId"),
    params,
    query: z.strictObject({ storeId, contentHash: z.string().max(200).optional() }),
    body: {
      kind: "json",
      optional: true,
      schema: z.strictObject({
        timeToLive: z
          .int()
          .min(1)
          .max(7 * day)
          .optional(),
      }),
    },
    replies: { 201: { description: "The link.", json: z.object({ url: z.string(), expiresAt: z.string() }) } },
    async handle({ params, query, body, services, caller, origin }) {
      assertStore(query.storeId, services.documents);
      const document = await find(services.documents, params.documentId, caller);
      const link = await services.documents.createLink(
        document.documentId,
        body.timeToLive ?? day / 24,
        caller.tenantIds,
      );
      const url =
        "url" in link
          ? link.url
          : `${services.publicUrl ?? origin}/v2/documents/${encodeURIComponent(document.documentId)}/linked/${link.token}`;
      return { status: 201, json: { url, expiresAt: new Date(link.expiresAt).toISOString() } };
    },
  }),
  operation({
    id: "getLinkedDocument",
    method: "get",
    path: "/documents/{documentId}/linked/{token}",
    group,
    summary: "Download a document by a link (ours)",
    access: "public",
    params: z.strictObject({ documentId, token: z.string().min(20).max(200) }),
    replies: { 200: { description: "The bytes.", content: "application/octet-stream" } },
    async handle({ params, services }) {
      const document = await services.documents.findByLink(params.documentId, params.token);
      if (document === undefined)
        throw new Problem("NOT_FOUND", "Expected a link that holds, but it does not: it has expired or never was one.");
      return download(await services.documents.content(document.documentId, null), document);
    },
  }),
];

function assertStore(wanted: string | undefined, documents: DocumentStore): void {
  if (wanted !== undefined && !documents.storeIds.includes(wanted))
    throw new Problem(
      "INVALID_ARGUMENT",
      `Expected a document store of ${documents.storeIds.join(", ")}, but "${wanted}" was asked for (at query.storeId).`,
    );
}

function assertSize({ content, name }: UploadedFile, { documentBytesMax }: Services): void {
  if (content.length > documentBytesMax)
    throw new Problem(
      "PAYLOAD_TOO_LARGE",
      `Expected a document of at most ${documentBytesMax} bytes, but "${name.slice(0, 100)}" has ${content.length}.`,
    );
}

function tenantOfCaller(caller: Caller): string {
  return caller.tenantIds[0] ?? "<default>";
}

async function find(documents: DocumentStore, id: string, caller: Caller): Promise<StoredDocument> {
  const document = await documents.find(id, caller.tenantIds);
  if (document === undefined)
    throw new Problem("NOT_FOUND", `Expected a document with the id "${id}", but there is none.`);
  return document;
}

/** The official client's own request check wants texts where files belong: a part without a file name is a text document. */
function filesOf(form: MultipartForm, part: string): UploadedFile[] {
  const texts = (form.fields.get(part) ?? []).map((text) => ({
    part,
    name: "",
    contentType: "text/plain",
    content: Buffer.from(text),
  }));
  return [...form.files.filter((candidate) => candidate.part === part), ...texts];
}

/** Metadata comes as a JSON field or, from clients that give the part a type, as a JSON file. */
function metadataParts(form: MultipartForm, name: string): z.output<typeof metadata>[] {
  const texts = [
    ...(form.fields.get(name) ?? []),
    ...form.files.filter((file) => file.part === name).map((file) => file.content.toString("utf8")),
  ];
  return texts.flatMap((text) => {
    const admission = admitJsonText(text);
    if (!admission.ok) throw new Problem("INVALID_ARGUMENT", `${admission.message} (in body.${name})`);
    const values = Array.isArray(admission.value) ? admission.value : [admission.value];
    return values.map((value) => validate(metadata, value, "body") as z.output<typeof metadata>);
  });
}

function metadataOf(file: UploadedFile, given: z.output<typeof metadata> | undefined): DocumentMetadata {
  return {
    contentType: given?.contentType ?? file.contentType,
    fileName: given?.fileName ?? (file.name === "" ? "document" : file.name),
    expiresAt: given?.expiresAt ?? null,
    size: file.content.length,
    processDefinitionId: given?.processDefinitionId ?? null,
    processInstanceKey: given?.processInstanceKey ?? null,
    customProperties: given?.customProperties ?? {},
  };
}

function present(document: StoredDocument): object {
  return {
    "camunda.document.type": "camunda",
    storeId: document.storeId,
    documentId: document.documentId,
    contentHash: document.contentHash,
    metadata: document.metadata,
  };
}

/** Always as a download: a document is a stranger's bytes, and this is our origin. */
function download(content: Buffer, document: StoredDocument) {
  return {
    status: 200,
    content,
    type: /^[\w.+-]+\/[\w.+-]+$/.test(document.metadata.contentType)
      ? document.metadata.contentType
      : "application/octet-stream",
    headers: {
      "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(document.metadata.fileName)}`,
      "content-security-policy": "default-src 'none'; sandbox",
    },
  } as const;
}
