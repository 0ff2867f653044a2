/** What is handed to the group commit: rows for registered statements, in units that stand or fall on their own. */

/** JSON without undefined; what `jsonb_to_recordset` reads. */
export type RowObject = Readonly<Record<string, unknown>>;

export interface TableWrite {
  /** Name given to `registerWrite`. */
  readonly statement: string;
  readonly rows: readonly RowObject[];
}

export interface CommitUnit {
  /**
   * Units of one instance never share a batch nor run at once. `baseVersion` is the history sequence the work was
   * based on; when another node has written since, the unit is refused with LostRaceError.
   */
  readonly instance?: { readonly key: string; readonly baseVersion: number };
  readonly writes: readonly TableWrite[];
}

export interface RegisteredWrite {
  /** One statement over `jsonb_to_recordset($1::jsonb) as r(…)`, or over what `seal` makes. Must not return rows. */
  readonly sql: string;
  /**
   * Writes of the same order run in one statement (they do not see one another's rows); lower orders run first.
   * Engine tables use 0; others 100 and up.
   */
  readonly order: number;
  /**
   * Called when a batch is assembled, with all rows of this write in it, and again when the batch is retried or
   * bisected: gives rows their place in the lane's chain. Returns the statement's parameter $1, in whatever form its
   * SQL reads. Lanes are strictly sequential; a lane's earlier batch is settled before the next seal.
   */
  readonly seal?: (rows: readonly RowObject[], lane: string) => string;
  /** How the last sealed batch of the lane ended. Only a committed one may move the chain's head. */
  readonly settled?: (lane: string, outcome: "committed" | "failed") => void;
}

export interface GroupCommit {
  /** Resolves after the commit. Rejects with LostRaceError, PoisonedUnitError or StoreUnavailableError. */
  submit(unit: CommitUnit): Promise<void>;
  registerWrite(name: string, write: RegisteredWrite): void;
  /** Ends after what has been submitted is settled. */
  close(): Promise<void>;
}

/** Another node has written the instance since: reload and step again. */
export class LostRaceError extends Error {
  override readonly name = "LostRaceError";
}

/** The database refuses this unit's data (or it breaks a constraint); its neighbours are written. */
export class PoisonedUnitError extends Error {
  override readonly name = "PoisonedUnitError";
  /** SQLSTATE */
  readonly code: string;
  /** Constraint that was violated, or null. */
  readonly constraint: string | null;
  constructor(message: string, code: string, constraint: string | null) {
    super(message);
    this.code = code;
    this.constraint = constraint;
  }
}

/** The store could not be reached and the unit was not written. */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
}
