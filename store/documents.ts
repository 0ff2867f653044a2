/**
 * Documents: what they are is a row, always; their bytes lie in that row (the same transactions and backups as everything
 * else) or elsewhere (`DocumentContents`). Bytes elsewhere are written before their row and removed after it, under a
 * random key: a crash in between leaves bytes that nothing names, never a row without bytes.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Database } from "./database.ts";

export interface DocumentMetadata {
  readonly contentType: string;
  readonly fileName: string;
  /** RFC 3339, or null: until deleted. */
  readonly expiresAt: string | null;
  readonly size: number;
  readonly processDefinitionId: string | null;
  readonly processInstanceKey: string | null;
  readonly customProperties: Readonly<Record<string, unknown>>;
}

export interface StoredDocument {
  readonly documentId: string;
  readonly storeId: string;
  readonly tenantId: string;
  /** sha-256 of the content, hex. */
  readonly contentHash: string;
  readonly metadata: DocumentMetadata;
}

export interface NewDocument {
  readonly documentId?: string;
  readonly content: Buffer;
  readonly metadata: DocumentMetadata;
  readonly tenantId: string;
}

/** Where bytes lie, when not in the database. Keys are ours: random, never a caller's words. */
export interface DocumentContents {
  readonly storeId: string;
  put(key: string, content: Buffer): Promise<void>;
  get(key: string): Promise<Buffer>;
  /** Of what is not there: nothing happens. */
  remove(key: string): Promise<void>;
  /** An address that the store itself answers for a while; absent: our own server answers links. */
  link?(key: string, options: { readonly timeToLiveMs: number; readonly fileName: string }): string;
}

/** The bytes are not those that were stored, or where they were stored is not configured any more. */
export class DocumentChangedError extends Error {
  override readonly name = "DocumentChangedError";
}

/** A document with this id is there already; `name` is what edges map to a status. */
export class DocumentExistsError extends Error {
  override readonly name = "DocumentExistsError";
}

/** Whose documents a caller may see. Null: all; for links, whose token says enough. */
export type SeenTenants = readonly string[] | null;

/**
 * Reads name the tenants of the caller twice: in the query, and behind the wall (store/tenant-wall.ts) for the day when a
 * query forgets them.
 */
export interface DocumentStore {
  /** Where new documents go. */
  readonly storeId: string;
  /** Where documents may be. */
  readonly storeIds: readonly string[];
  create(document: NewDocument): Promise<StoredDocument>;
  /** Undefined when there is none, or it has expired. */
  find(documentId: string, tenantIds: SeenTenants): Promise<StoredDocument | undefined>;
  /** @throws {DocumentChangedError} when the bytes are not those of the content hash. */
  content(documentId: string, tenantIds: SeenTenants): Promise<Buffer>;
  remove(documentId: string, tenantIds: SeenTenants): Promise<void>;
  /** A token for a link of ours, or the address of one that the store answers itself. */
  createLink(documentId: string, timeToLiveMs: number, tenantIds: SeenTenants): Promise<DocumentLink>;
  findByLink(documentId: string, token: string): Promise<StoredDocument | undefined>;
}

export type DocumentLink = { readonly expiresAt: number } & ({ readonly token: string } | { readonly url: string });

interface Row {
  readonly document_id: string;
  readonly tenant_id: string;
  readonly content_hash: string;
  readonly store_id: string;
  readonly metadata: DocumentMetadata;
}

interface Place {
  readonly store_id: string;
  readonly content_key: string | null;
}

const inDatabase = "database";
/** The first wall. */
const isSeen = (tenants: string): string => `(${tenants}::text[] is null or tenant_id = any(${tenants}))`;
const columns = "document_id, tenant_id, content_hash, store_id, metadata";
/** With each new document so many expired ones go: enough to keep up, too few to be felt. */
const expiredRemovedMax = 10;

/** @param elsewhere Where the bytes of new documents go; undefined: into the database. */
export function openDocumentStore(
  database: Database,
  elsewhere?: DocumentContents,
  now: () => number = Date.now,
): DocumentStore {
  const storeId = elsewhere?.storeId ?? inDatabase;
  const removeBytes = async (places: readonly Place[]): Promise<void> => {
    for (const { store_id, content_key } of places)
      if (content_key !== null && store_id === elsewhere?.storeId) await elsewhere.remove(content_key);
  };
  const removeExpired = async (): Promise<void> => {
    const gone = await database.query<Place>(
      `delete from document where document_id in (select document_id from document where expires_at_ms < $1 limit ${expiredRemovedMax}) returning store_id, content_key`,
      [now()],
    );
    await removeBytes(gone);
  };
  return {
    storeId,
    storeIds: elsewhere === undefined ? [inDatabase] : [inDatabase, elsewhere.storeId],
    async create({ documentId = randomUUID(), content, metadata, tenantId }) {
      await removeExpired();
      const expires = metadata.expiresAt === null ? null : Date.parse(metadata.expiresAt);
      const key = elsewhere === undefined ? null : randomUUID();
      if (elsewhere && key !== null) await elsewhere.put(key, content);
      const rows = await database.query<Row>(
        `insert into document (document_id, tenant_id, content, content_hash, metadata, created_at_ms, expires_at_ms, store_id, content_key)
         values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9) on conflict do nothing returning ${columns}`,
        [
          documentId,
          tenantId,
          key === null ? content : null,
          hashOf(content),
          JSON.stringify(metadata),
          now(),
          expires,
          storeId,
          key,
        ],
      );
      if (rows[0] !== undefined) return present(rows[0]);
      await removeBytes([{ store_id: storeId, content_key: key }]);
      throw new DocumentExistsError(`Expected a new document id, but "${documentId}" is taken.`);
    },
    async find(documentId, tenantIds) {
      const [row] = await database.forTenants(tenantIds).query<Row>(
        `select ${columns} from document
          where document_id = $1 and (expires_at_ms is null or expires_at_ms > $2) and ${isSeen("$3")}`,
        [documentId, now(), tenantIds],
      );
      return row === undefined ? undefined : present(row);
    },
    async content(documentId, tenantIds) {
      const [row] = await database
        .forTenants(tenantIds)
        .query<Place & { readonly content: Uint8Array | null; readonly content_hash: string }>(
          `select content, content_hash, store_id, content_key from document where document_id = $1 and ${isSeen("$2")}`,
          [documentId, tenantIds],
        );
      if (row === undefined) throw new Error(`Expected the content of document ${documentId}, but it is gone.`);
      const content = await bytesOf(row, elsewhere);
      if (content === undefined)
        throw new DocumentChangedError(
          `Expected the store "${row.store_id}", where document ${documentId} lies, to be configured, but it is not.`,
        );
      if (hashOf(content) !== row.content_hash)
        throw new DocumentChangedError(
          `Expected the bytes of document ${documentId} as they were stored, but they have changed since.`,
        );
      return content;
    },
    async remove(documentId, tenantIds) {
      const gone = await database.query<Place>(
        `delete from document where document_id = $1 and ${isSeen("$2")} returning store_id, content_key`,
        [documentId, tenantIds],
      );
      await removeBytes(gone);
    },
    async createLink(documentId, timeToLiveMs, tenantIds) {
      const expiresAt = now() + timeToLiveMs;
      const [place] = await database
        .forTenants(tenantIds)
        .query<Place & { readonly metadata: DocumentMetadata }>(
          `select store_id, content_key, metadata from document where document_id = $1 and ${isSeen("$2")}`,
          [documentId, tenantIds],
        );
      if (elsewhere?.link && place?.content_key != null && place.store_id === elsewhere.storeId)
        return {
          expiresAt,
          url: elsewhere.link(place.content_key, { timeToLiveMs, fileName: place.metadata.fileName }),
        };
      const token = randomBytes(32).toString("base64url");
      await database.query("insert into document_link (token_hash, document_id, expires_at_ms) values ($1, $2, $3)", [
        hashOf(token),
        documentId,
        expiresAt,
      ]);
      return { token, expiresAt };
    },
    async findByLink(documentId, token) {
      const [row] = await database.query<Row>(
        `select ${columns} from document where document_id = (select l.document_id from document_link l where l.token_hash = $1 and l.document_id = $2 and l.expires_at_ms > $3)
         and (expires_at_ms is null or expires_at_ms > $3)`,
        [hashOf(token), documentId, now()],
      );
      return row === undefined ? undefined : present(row);
    },
  };
}

async function bytesOf(
  row: Place & { readonly content: Uint8Array | null },
  elsewhere: DocumentContents | undefined,
): Promise<Buffer | undefined> {
  if (row.content !== null) return Buffer.from(row.content);
  if (row.content_key === null || row.store_id !== elsewhere?.storeId) return undefined;
  return elsewhere.get(row.content_key);
}

function present(row: Row): StoredDocument {
  return {
    documentId: row.document_id,
    storeId: row.store_id,
    tenantId: row.tenant_id,
    contentHash: row.content_hash,
    metadata: row.metadata,
  };
}

function hashOf(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
