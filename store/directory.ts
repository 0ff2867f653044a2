/**
 * Groups, roles, tenants and mapping rules, and who belongs to them. People's memberships stand in their accounts, the one
 * place where sign-in looks; those of programs (clients), groups, roles and mapping rules stand here.
 */
import { type OwnerType, removeAuthorizationsOf } from "./authorizations.ts";
import type { Database } from "./database.ts";

export type EntryKind = "group" | "role" | "tenant" | "mappingRule";
export type MemberKind = "client" | "group" | "role" | "mappingRule";

export interface DirectoryEntry {
  readonly kind: EntryKind;
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  /** Of mapping rules only. */
  readonly claimName: string | null;
  readonly claimValue: string | null;
}

export interface Membership {
  readonly kind: EntryKind;
  readonly id: string;
  readonly memberKind: MemberKind;
  readonly memberId: string;
}

export class EntryExistsError extends Error {
  override readonly name = "EntryExistsError";
}

interface EntryRow {
  readonly kind: EntryKind;
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly claim_name: string | null;
  readonly claim_value: string | null;
}

/** Entries that can be given authorizations. */
const ownerTypes: Partial<Record<EntryKind, OwnerType>> = { group: "GROUP", role: "ROLE", mappingRule: "MAPPING_RULE" };

/** Columns of accounts that hold the names of entries. */
const accountColumns: Partial<Record<EntryKind, string>> = { group: "groups", role: "roles", tenant: "tenants" };

export class DirectoryStore {
  readonly #database: Database;
  /** What is always there, and neither changed nor deleted: the product's own roles and its first tenant. */
  readonly #builtIn: readonly DirectoryEntry[];

  constructor(database: Database, builtIn: readonly DirectoryEntry[]) {
    this.#database = database;
    this.#builtIn = builtIn;
  }

  isBuiltIn(kind: EntryKind, id: string): boolean {
    return this.#builtIn.some((entry) => entry.kind === kind && entry.id === id);
  }

  async list(kind: EntryKind): Promise<DirectoryEntry[]> {
    const rows = await this.#database.query<EntryRow>("select * from directory_entry where kind = $1 order by id", [
      kind,
    ]);
    return [...this.#builtIn.filter((entry) => entry.kind === kind), ...rows.map(entryOf)];
  }

  async find(kind: EntryKind, id: string): Promise<DirectoryEntry | undefined> {
    const builtIn = this.#builtIn.find((entry) => entry.kind === kind && entry.id === id);
    if (builtIn) return builtIn;
    const [row] = await this.#database.query<EntryRow>("select * from directory_entry where kind = $1 and id = $2", [
      kind,
      id,
    ]);
    return row && entryOf(row);
  }

  /** @throws {EntryExistsError} when there is one of that kind and id. */
  async create(entry: DirectoryEntry, now: number): Promise<DirectoryEntry> {
    const rows = this.isBuiltIn(entry.kind, entry.id)
      ? []
      : await this.#database.query(
          `insert into directory_entry (kind, id, name, description, claim_name, claim_value, created_at_ms)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id`,
          [entry.kind, entry.id, entry.name, entry.description, entry.claimName, entry.claimValue, now],
        );
    if (rows.length === 0)
      throw new EntryExistsError(`Expected a new ${wordOf(entry.kind)}, but "${entry.id}" is there already.`);
    return entry;
  }

  /** The changed entry; undefined when there is none that could be changed. */
  async change(entry: DirectoryEntry): Promise<DirectoryEntry | undefined> {
    const rows = await this.#database.query(
      `update directory_entry set name = $3, description = $4, claim_name = $5, claim_value = $6
        where kind = $1 and id = $2 returning id`,
      [entry.kind, entry.id, entry.name, entry.description, entry.claimName, entry.claimValue],
    );
    return rows.length === 0 ? undefined : entry;
  }

  /** With every membership in it and of it, those of accounts too, and what it was authorized to. False when there is none that could be deleted. */
  remove(kind: EntryKind, id: string): Promise<boolean> {
    return this.#database.transaction(async (tx) => {
      const rows = await tx.query("delete from directory_entry where kind = $1 and id = $2 returning id", [kind, id]);
      if (rows.length === 0) return false;
      await tx.query(
        "delete from directory_member where (kind = $1 and id = $2) or (member_kind = $1 and member_id = $2)",
        [kind, id],
      );
      const ownerType = ownerTypes[kind];
      if (ownerType) await removeAuthorizationsOf(tx, ownerType, id);
      const column = accountColumns[kind];
      if (column)
        await tx.query(`update account set ${column} = array_remove(${column}, $1) where $1 = any(${column})`, [id]);
      return true;
    });
  }

  /** False when it is a member already. */
  async addMember({ kind, id, memberKind, memberId }: Membership): Promise<boolean> {
    const rows = await this.#database.query(
      "insert into directory_member (kind, id, member_kind, member_id) values ($1, $2, $3, $4) on conflict do nothing returning id",
      [kind, id, memberKind, memberId],
    );
    return rows.length > 0;
  }

  /** False when it was none. */
  async removeMember({ kind, id, memberKind, memberId }: Membership): Promise<boolean> {
    const rows = await this.#database.query(
      "delete from directory_member where kind = $1 and id = $2 and member_kind = $3 and member_id = $4 returning id",
      [kind, id, memberKind, memberId],
    );
    return rows.length > 0;
  }

  async memberIds(kind: EntryKind, id: string, memberKind: MemberKind): Promise<string[]> {
    const rows = await this.#database.query<{ member_id: string }>(
      "select member_id from directory_member where kind = $1 and id = $2 and member_kind = $3 order by member_id",
      [kind, id, memberKind],
    );
    return rows.map((row) => row.member_id);
  }

  /** Every membership: a few hundred rows, which sign-in looks through in memory. */
  async memberships(): Promise<Membership[]> {
    const rows = await this.#database.query<{
      kind: EntryKind;
      id: string;
      member_kind: MemberKind;
      member_id: string;
    }>("select kind, id, member_kind, member_id from directory_member");
    return rows.map((row) => ({
      kind: row.kind,
      id: row.id,
      memberKind: row.member_kind,
      memberId: row.member_id,
    }));
  }

  /** Adds the name to an account's list, in one statement. False when it is there already. */
  async joinAccount(kind: "group" | "role" | "tenant", id: string, accountId: string): Promise<boolean> {
    const column = accountColumns[kind]!;
    const rows = await this.#database.query(
      `update account set ${column} = array_append(${column}, $1) where account_id = $2 and not $1 = any(${column}) returning account_id`,
      [id, accountId],
    );
    return rows.length > 0;
  }

  /** False when it was not there. */
  async leaveAccount(kind: "group" | "role" | "tenant", id: string, accountId: string): Promise<boolean> {
    const column = accountColumns[kind]!;
    const rows = await this.#database.query(
      `update account set ${column} = array_remove(${column}, $1) where account_id = $2 and $1 = any(${column}) returning account_id`,
      [id, accountId],
    );
    return rows.length > 0;
  }
}

export function wordOf(kind: EntryKind): string {
  return kind === "mappingRule" ? "mapping rule" : kind;
}

function entryOf(row: EntryRow): DirectoryEntry {
  return {
    kind: row.kind,
    id: row.id,
    name: row.name,
    description: row.description,
    claimName: row.claim_name,
    claimValue: row.claim_value,
  };
}
