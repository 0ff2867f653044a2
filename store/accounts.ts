/** Accounts, API tokens and browser sessions: who may sign in and how they prove it. Rules of access are the edge's. */
import { createHash, randomBytes, randomUUID, scrypt, timingSafeEqual } from "node:crypto";
import { removeAuthorizationsOf } from "./authorizations.ts";
import type { Database, SqlValue } from "./database.ts";
import { RightPasswords } from "./right-passwords.ts";

export interface Account {
  readonly accountId: string;
  readonly displayName: string | null;
  readonly email: string | null;
  readonly kind: "human" | "service" | "agent";
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  readonly tenants: readonly string[];
  readonly disabled: boolean;
}

export interface NewAccount extends Omit<Account, "disabled"> {
  /** Null: signs in by token only. */
  readonly password: string | null;
}

export interface AccountChanges extends Partial<Omit<NewAccount, "accountId" | "kind">> {
  readonly disabled?: boolean;
}

export interface ApiToken {
  readonly tokenId: string;
  readonly accountId: string;
  readonly name: string;
  readonly permissions: readonly string[] | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

export interface NewToken {
  readonly accountId: string;
  readonly name: string;
  readonly permissions: readonly string[] | null;
  readonly expiresAt: number | null;
}

/** What an identity provider has signed about somebody: claims of an ID token. */
export type ProviderClaims = Readonly<Record<string, unknown>>;

export class AccountExistsError extends Error {
  override readonly name = "AccountExistsError";
}

interface AccountRow {
  readonly account_id: string;
  readonly display_name: string | null;
  readonly email: string | null;
  readonly kind: Account["kind"];
  readonly password_hash: string | null;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  readonly tenants: readonly string[];
  readonly disabled: boolean;
}

interface TokenRow {
  readonly token_id: string;
  readonly account_id: string;
  readonly name: string;
  readonly permissions: readonly string[] | null;
  readonly created_at_ms: string;
  readonly expires_at_ms: string | null;
}

const tokenColumns = "token_id, account_id, name, permissions, created_at_ms, expires_at_ms";

/** Prefix of API tokens, so that secret scanners and people recognise one. */
const tokenPrefix = "ilk_";

export class AccountStore {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #rightPasswords = new RightPasswords();

  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
  }

  async count(): Promise<number> {
    const [row] = await this.#database.query<{ readonly n: string }>("select count(*) as n from account");
    return Number(row?.n ?? 0);
  }

  async list(): Promise<Account[]> {
    return (await this.#database.query<AccountRow>("select * from account order by account_id")).map(accountOf);
  }

  async find(accountId: string): Promise<Account | undefined> {
    const [row] = await this.#database.query<AccountRow>("select * from account where account_id = $1", [accountId]);
    return row === undefined ? undefined : accountOf(row);
  }

  async create(account: NewAccount): Promise<Account> {
    const [row] = await this.#database.query<AccountRow>(
      `insert into account (account_id, display_name, email, kind, password_hash, roles, groups, tenants, created_at_ms)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning *`,
      [
        account.accountId,
        account.displayName,
        account.email,
        account.kind,
        account.password === null ? null : await hashPassword(account.password),
        [...account.roles],
        [...account.groups],
        [...account.tenants],
        this.#now(),
      ],
    );
    if (row === undefined)
      throw new AccountExistsError(`Expected a new account, but "${account.accountId}" is there already.`);
    return accountOf(row);
  }

  /** The changed account; undefined when there is none. A new password ends the account's sessions. */
  async change(accountId: string, changes: AccountChanges): Promise<Account | undefined> {
    const sets: string[] = [];
    const parameters: SqlValue[] = [accountId];
    const set = (column: string, value: SqlValue): void => {
      parameters.push(value);
      sets.push(`${column} = $${parameters.length}`);
    };
    if (changes.displayName !== undefined) set("display_name", changes.displayName);
    if (changes.email !== undefined) set("email", changes.email);
    if (changes.roles !== undefined) set("roles", [...changes.roles]);
    if (changes.groups !== undefined) set("groups", [...changes.groups]);
    if (changes.tenants !== undefined) set("tenants", [...changes.tenants]);
    if (changes.disabled !== undefined) set("disabled", changes.disabled);
    if (changes.password !== undefined)
      set("password_hash", changes.password === null ? null : await hashPassword(changes.password));
    if (sets.length === 0) return this.find(accountId);
    const [row] = await this.#database.query<AccountRow>(
      `update account set ${sets.join(", ")} where account_id = $1 returning *`,
      parameters,
    );
    if (changes.password !== undefined || changes.disabled === true)
      await this.#database.query("delete from web_session where account->>'accountId' = $1", [accountId]);
    return row === undefined ? undefined : accountOf(row);
  }

  /** With its tokens, sessions and authorizations, and of a program what it was a member of. */
  remove(accountId: string): Promise<boolean> {
    return this.#database.transaction(async (tx) => {
      await tx.query("delete from web_session where account->>'accountId' = $1", [accountId]);
      const [gone] = await tx.query<{ readonly kind: Account["kind"] }>(
        "delete from account where account_id = $1 returning kind",
        [accountId],
      );
      if (gone === undefined) return false;
      await removeAuthorizationsOf(tx, gone.kind === "human" ? "USER" : "CLIENT", accountId);
      if (gone.kind !== "human")
        await tx.query("delete from directory_member where member_kind = 'client' and member_id = $1", [accountId]);
      return true;
    });
  }

  /**
   * The account when name and password are right. Takes as long for an unknown name, so that names cannot be guessed by
   * time. A pair that was right is remembered for a minute, because the check costs a tenth of a second on purpose and a
   * worker sends its password with each poll; the account itself is read each time, so a new password, a lost role and a
   * disabled account count at once.
   */
  async checkPassword(accountId: string, password: string): Promise<Account | undefined> {
    const [row] = await this.#database.query<AccountRow>("select * from account where account_id = $1", [accountId]);
    const stored = row?.password_hash ?? nobodysHash;
    const known = this.#rightPasswords.has(accountId, password, stored);
    const isRight = known || (await verifyPassword(password, stored));
    if (row === undefined || !isRight || row.password_hash === null || row.disabled) return undefined;
    if (!known) this.#rightPasswords.add(accountId, password, stored);
    return accountOf(row);
  }

  async createToken(token: NewToken): Promise<{ readonly token: ApiToken; readonly secret: string }> {
    const secret = `${tokenPrefix}${randomBytes(32).toString("base64url")}`;
    const [row] = await this.#database.query<TokenRow>(
      `insert into api_token (token_id, account_id, name, token_hash, permissions, created_at_ms, expires_at_ms)
       values ($1, $2, $3, $4, $5, $6, $7) returning ${tokenColumns}`,
      [
        randomUUID(),
        token.accountId,
        token.name,
        hashSecret(secret),
        token.permissions === null ? null : [...token.permissions],
        this.#now(),
        token.expiresAt,
      ],
    );
    return { token: tokenOf(row!), secret };
  }

  async listTokens(accountId: string): Promise<ApiToken[]> {
    return (
      await this.#database.query<TokenRow>(
        `select ${tokenColumns} from api_token where account_id = $1 order by created_at_ms`,
        [accountId],
      )
    ).map(tokenOf);
  }

  async removeToken(accountId: string, tokenId: string): Promise<boolean> {
    return (
      (
        await this.#database.query("delete from api_token where account_id = $1 and token_id = $2 returning token_id", [
          accountId,
          tokenId,
        ])
      ).length > 0
    );
  }

  async checkToken(secret: string): Promise<{ readonly account: Account; readonly token: ApiToken } | undefined> {
    if (!secret.startsWith(tokenPrefix)) return undefined;
    const [row] = await this.#database.query<AccountRow & TokenRow & { readonly token_name: string }>(
      `select a.*, t.token_id, t.name, t.permissions, t.created_at_ms, t.expires_at_ms
       from api_token t join account a using (account_id)
       where t.token_hash = $1 and not a.disabled and (t.expires_at_ms is null or t.expires_at_ms > $2)`,
      [hashSecret(secret), this.#now()],
    );
    return row === undefined ? undefined : { account: accountOf(row), token: tokenOf(row) };
  }

  /**
   * The secret of a new browser session; only its hash is kept. `claims`: an identity provider has said who this is, in
   * these words; a local account that happens to have the same name is somebody else.
   */
  async createSession(account: Account, livesMs: number, claims: ProviderClaims | null = null): Promise<string> {
    const secret = randomBytes(32).toString("base64url");
    await this.#database.query("delete from web_session where expires_at_ms < $1", [this.#now()]);
    await this.#database.query(
      "insert into web_session (session_hash, account, created_at_ms, expires_at_ms) values ($1, $2::jsonb, $3, $4)",
      [
        hashSecret(secret),
        JSON.stringify(claims === null ? account : { ...account, origin: "provider", claims }),
        this.#now(),
        this.#now() + livesMs,
      ],
    );
    return secret;
  }

  /**
   * The session's account as it is now; of people whom an identity provider knows, as it was at sign-in, with what the
   * provider has signed about them (null: of this server).
   */
  async checkSession(
    secret: string,
  ): Promise<{ readonly account: Account; readonly claims: ProviderClaims | null } | undefined> {
    const [row] = await this.#database.query<{
      readonly account: Account & { readonly origin?: string; readonly claims?: ProviderClaims };
    }>("select account from web_session where session_hash = $1 and expires_at_ms > $2", [
      hashSecret(secret),
      this.#now(),
    ]);
    if (row === undefined) return undefined;
    const { origin, claims = {}, ...signedIn } = row.account;
    if (origin === "provider") return { account: signedIn, claims };
    const account = await this.find(signedIn.accountId);
    return account === undefined || account.disabled ? undefined : { account, claims: null };
  }

  async endSession(secret: string): Promise<void> {
    await this.#database.query("delete from web_session where session_hash = $1", [hashSecret(secret)]);
  }
}

function accountOf(row: AccountRow): Account {
  return {
    accountId: row.account_id,
    displayName: row.display_name,
    email: row.email,
    kind: row.kind,
    roles: row.roles,
    groups: row.groups,
    tenants: row.tenants,
    disabled: row.disabled,
  };
}

function tokenOf(row: TokenRow): ApiToken {
  return {
    tokenId: row.token_id,
    accountId: row.account_id,
    name: row.name,
    permissions: row.permissions,
    createdAt: Number(row.created_at_ms),
    expiresAt: row.expires_at_ms === null ? null : Number(row.expires_at_ms),
  };
}

/** scrypt (RFC 7914) with the parameters OWASP names: N 2^17 costs 128 MB a call, too much beside an engine; 2^15, r 8, p 3 is its equal. */
const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };
const nobodysHash = `${Buffer.alloc(16).toString("base64")}:${Buffer.alloc(32).toString("base64")}`;

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString("base64")}:${(await derive(password, salt)).toString("base64")}`;
}

async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [salt, hash] = stored.split(":").map((part) => Buffer.from(part, "base64"));
  return timingSafeEqual(await derive(password, salt!), hash!);
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, 32, cost, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
