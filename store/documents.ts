/** Documents in the database: the same transactions and backups as everything else; bytes up to what a form may carry. */
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

/** A document with this id is there already; `name` is what edges map to a status. */
export class DocumentExistsError extends Error {
  override readonly name = "DocumentExistsError";
}

export interface DocumentStore {
  readonly storeId: string;
  create(document: NewDocument): Promise<StoredDocument>;
  /** Undefined when there is none, or it has expired. */
  find(documentId: string): Promise<StoredDocument | undefined>;
  content(documentId: string): Promise<Buffer>;
  remove(documentId: string): Promise<void>;
  createLink(documentId: string, timeToLiveMs: number): Promise<{ readonly token: string; readonly expiresAt: number }>;
  findByLink(documentId: string, token: string): Promise<StoredDocument | undefined>;
}

interface Row {
  readonly document_id: string;
  readonly tenant_id: string;
  readonly content_hash: string;
  readonly metadata: DocumentMetadata;
}

const storeId = "database";
const columns = "document_id, tenant_id, content_hash, metadata";

export function openDocumentStore(database: Database, now: () => number = Date.now): DocumentStore {
  const select = async (
    where: string,
    parameters: readonly (string | number)[],
  ): Promise<StoredDocument | undefined> => {
    const [row] = await database.query<Row>(`select ${columns} from document where ${where}`, parameters);
    return row === undefined ? undefined : present(row);
  };
  return {
    storeId,
    async create({ documentId = randomUUID(), content, metadata, tenantId }) {
      const contentHash = createHash("sha256").update(content).digest("hex");
      const expires = metadata.expiresAt === null ? null : Date.parse(metadata.expiresAt);
      const rows = await database.query<Row>(
        `insert into document (document_id, tenant_id, content, content_hash, metadata, created_at_ms, expires_at_ms)
         values ($1, $2, $3, $4, $5::jsonb, $6, $7) on conflict do nothing returning ${columns}`,
        [documentId, tenantId, content, contentHash, JSON.stringify(metadata), now(), expires],
      );
      if (rows[0] === undefined)
        throw new DocumentExistsError(`Expected a new document id, but "${documentId}" is taken.`);
      return present(rows[0]);
    },
    find: (documentId) =>
      select("document_id = $1 and (expires_at_ms is null or expires_at_ms > $2)", [documentId, now()]),
    async content(documentId) {
      const [row] = await database.query<{ readonly content: Uint8Array }>(
        "select content from document where document_id = $1",
        [documentId],
      );
      if (row === undefined) throw new Error(`Expected the content of document ${documentId}, but it is gone.`);
      return Buffer.from(row.content);
    },
    async remove(documentId) {
      await database.query("delete from document where document_id = $1", [documentId]);
    },
    async createLink(documentId, timeToLiveMs) {
      const token = randomBytes(32).toString("base64url");
      const expiresAt = now() + timeToLiveMs;
      await database.query("insert into document_link (token_hash, document_id, expires_at_ms) values ($1, $2, $3)", [
        hashOf(token),
        documentId,
        expiresAt,
      ]);
      return { token, expiresAt };
    },
    findByLink: (documentId, token) =>
      select(
        `document_id = (select l.document_id from document_link l where l.token_hash = $1 and l.document_id = $2 and l.expires_at_ms > $3)
         and (expires_at_ms is null or expires_at_ms > $3)`,
        [hashOf(token), documentId, now()],
      ),
  };
}

function present(row: Row): StoredDocument {
  return {
    documentId: row.document_id,
    storeId,
    tenantId: row.tenant_id,
    contentHash: row.content_hash,
    metadata: row.metadata,
  };
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
