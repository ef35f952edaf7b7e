/**
 * The tables that this layer knows of itself. Each store adds its own by declaration merging, see
 * datasources/people/tables.ts. Times are milliseconds since 1970; sealed values are made by the cipher, with the id of
 * their row as context.
 */
export interface Tables {
  readiness: ReadinessTable;
}

/** One row, written whenever somebody asks whether the database can be used. */
interface ReadinessTable {
  id: number;
  /** Milliseconds since the epoch. */
  checked_at: number;
}
