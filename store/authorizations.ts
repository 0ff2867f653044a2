/**
 * Authorizations: which owner may do what with which resources. Stored as words; what the words mean, and which belong
 * together, is the edge's business (api/auth/resource-permissions.ts). They are few and read all at once, when they have changed.
 */
import type { Database, Queryable } from "./database.ts";

export type OwnerType = "USER" | "CLIENT" | "ROLE" | "GROUP" | "MAPPING_RULE";

export interface NewAuthorization {
  readonly ownerType: OwnerType;
  readonly ownerId: string;
  readonly resourceType: string;
  /** "*": all of them. Null where a property is named instead. */
  readonly resourceId: string | null;
  readonly resourcePropertyName: string | null;
  readonly permissionTypes: readonly string[];
}

export interface Authorization extends NewAuthorization {
  /** Digits. */
  readonly authorizationKey: string;
}

/** The owner that an authorization names is not there. */
export class OwnerMissingError extends Error {
  override readonly name = "OwnerMissingError";
}

/** More authorizations than sign-in should have to look through. */
export class TooManyAuthorizationsError extends Error {
  override readonly name = "TooManyAuthorizationsError";
}

/**
 * All are read together after each change: at 10,000 that takes 150 to 300 ms of processor time on PGlite, both sides
 * together. Reading them once a second, as memberships are, would have taken a sixth of a core for as long as anybody calls.
 */
export const authorizationsMax = 10_000;

interface Row {
  readonly authorization_key: string;
  readonly owner_type: OwnerType;
  readonly owner_id: string;
  readonly resource_type: string;
  readonly resource_id: string | null;
  readonly resource_property_name: string | null;
  readonly permission_types: readonly string[];
}

const columns =
  "authorization_key, owner_type, owner_id, resource_type, resource_id, resource_property_name, permission_types";

/** Where owners live; locked while one gets an authorization, so that none is left behind by an owner who is just deleted. */
const ownerSql: Partial<Record<OwnerType, string>> = {
  USER: "select 1 from account where account_id = $1 and kind = 'human' for share",
  ROLE: "select 1 from directory_entry where kind = 'role' and id = $1 for share",
  GROUP: "select 1 from directory_entry where kind = 'group' and id = $1 for share",
  MAPPING_RULE: "select 1 from directory_entry where kind = 'mappingRule' and id = $1 for share",
};

export class AuthorizationStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** In the order of their creation. */
  async all(): Promise<Authorization[]> {
    const rows = await this.#database.query<Row>(
      `select ${columns} from given_authorization order by authorization_key`,
    );
    return rows.map(authorizationOf);
  }

  async find(authorizationKey: string): Promise<Authorization | undefined> {
    const [row] = await this.#database.query<Row>(
      `select ${columns} from given_authorization where authorization_key::text = $1`,
      [authorizationKey],
    );
    return row && authorizationOf(row);
  }

  /**
   * Its key. `ownerIsKnown`: the owner need not be looked for (the product's own roles, people of an identity provider).
   * @throws {OwnerMissingError}
   * @throws {TooManyAuthorizationsError}
   */
  create(given: NewAuthorization, ownerIsKnown: boolean, now: number): Promise<string> {
    return this.#database.transaction(async (tx) => {
      if (!ownerIsKnown) await assertOwner(tx, given);
      const [row] = await tx.query<{ readonly authorization_key: string }>(
        `insert into given_authorization
           (owner_type, owner_id, resource_type, resource_id, resource_property_name, permission_types, created_at_ms)
         select $1, $2, $3, $4, $5, $6, $7 where (select count(*) from given_authorization) < ${authorizationsMax}
         returning authorization_key`,
        [...valuesOf(given), now],
      );
      if (row) return row.authorization_key;
      throw new TooManyAuthorizationsError(
        `Expected at most ${authorizationsMax} authorizations, but there are as many already. Give them to groups or roles.`,
      );
    });
  }

  /**
   * False when there is none.
   * @throws {OwnerMissingError}
   */
  change(authorizationKey: string, given: NewAuthorization, ownerIsKnown: boolean): Promise<boolean> {
    return this.#database.transaction(async (tx) => {
      if (!ownerIsKnown) await assertOwner(tx, given);
      const rows = await tx.query(
        `update given_authorization
            set owner_type = $1, owner_id = $2, resource_type = $3, resource_id = $4, resource_property_name = $5,
                permission_types = $6
          where authorization_key::text = $7 returning authorization_key`,
        [...valuesOf(given), authorizationKey],
      );
      return rows.length > 0;
    });
  }

  /** False when there is none. */
  async remove(authorizationKey: string): Promise<boolean> {
    const rows = await this.#database.query(
      "delete from given_authorization where authorization_key::text = $1 returning authorization_key",
      [authorizationKey],
    );
    return rows.length > 0;
  }

  /** Another one after every change, on whatever node; to be read before what it stands for. */
  async revision(): Promise<string> {
    const [row] = await this.#database.query<{ readonly revision: string }>(
      "select revision from authorization_revision",
    );
    return row!.revision;
  }

  /** The accounts of this server whose names are those of owners. */
  async owningAccounts(): Promise<ReadonlySet<string>> {
    const rows = await this.#database.query<{ readonly account_id: string }>(
      `select account_id from account a where exists
         (select 1 from given_authorization g where g.owner_type in ('USER', 'CLIENT') and g.owner_id = a.account_id)`,
    );
    return new Set(rows.map((row) => row.account_id));
  }
}

/** What an owner had goes with the owner: another of the same name must not inherit it. */
export async function removeAuthorizationsOf(tx: Queryable, ownerType: OwnerType, ownerId: string): Promise<void> {
  await tx.query("delete from given_authorization where owner_type = $1 and owner_id = $2", [ownerType, ownerId]);
}

async function assertOwner(tx: Queryable, { ownerType, ownerId }: NewAuthorization): Promise<void> {
  const sql = ownerSql[ownerType];
  // Programs that an identity provider knows need no account here.
  if (sql === undefined || (await tx.query(sql, [ownerId])).length > 0) return;
  throw new OwnerMissingError(
    `Expected a ${ownerType.toLowerCase().replace("_", " ")} "${ownerId}", but there is none.`,
  );
}

function valuesOf(given: NewAuthorization): (string | null | readonly string[])[] {
  const { ownerType, ownerId, resourceType, resourceId, resourcePropertyName, permissionTypes } = given;
  return [ownerType, ownerId, resourceType, resourceId, resourcePropertyName, [...permissionTypes]];
}

function authorizationOf(row: Row): Authorization {
  return {
    authorizationKey: row.authorization_key,
    ownerType: row.owner_type,
    ownerId: row.owner_id,
    resourceType: row.resource_type,
    resourceId: row.resource_id,
    resourcePropertyName: row.resource_property_name,
    permissionTypes: row.permission_types,
  };
}
