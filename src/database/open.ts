import { type openPostgres as OpenPostgres } from './postgres.js';
import { type Kysely, type Transaction } from 'kysely';
import { asDatabaseError, DatabaseError } from './errors.js';
import { type PoolState } from './pool-state.js';
import { openSqlite, sqliteFile } from './sqlite.js';
import { type Tables } from './tables.js';

export type Engine = 'sqlite' | 'postgres';

/** Every query and transaction fails with DatabaseError and nothing else. */
export interface Database {
  readonly engine: Engine;
  /** How messages name it: the file, or the server without its login. */
  readonly where: string;
  readonly db: Kysely<Tables>;
  /**
   * All of `work` or nothing. On SQLite it holds the write lock from its start; on PostgreSQL it is run again where a
   * deadlock was broken, so it must have no effects outside the database. Inside it use `trx` only: `db` would wait for
   * the one connection of SQLite, which the transaction holds.
   */
  transaction<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** Rejects with DatabaseError where the database does not answer or cannot be written, as on a full disk. */
  ping(): Promise<void>;
  /**
   * To be called after personal data were deleted: on SQLite nothing deleted stays in the file or in its log. It
   * rewrites the file, so its cost grows with it. PostgreSQL does the like in its own time (autovacuum).
   */
  eraseTraces(): Promise<void>;
  /**
   * Changes whenever anybody has written anything, so that what was read under the same version may be shown again.
   * Undefined where that is not known: PostgreSQL has nothing of the kind that would cost less than reading a row.
   */
  version(): string | undefined;
  /** To be told of each request as it arrives: those of one turn of the event loop share one look at the version. */
  requestArrived(): void;
  /** Undefined on SQLite, which has one connection. */
  readonly poolState: (() => PoolState) | undefined;
  close(): Promise<void>;
}

const MAX_ATTEMPTS = 5;

let postgres: Promise<{ openPostgres: typeof OpenPostgres }> | undefined;

/**
 * Opens `file:./path.db` (embedded SQLite, created where missing) or `postgres://…`. Its tables are `migrate`'s. Where a
 * request's time is given, no statement on PostgreSQL takes longer than a share of it.
 */
export async function openDatabase(url: string, requestTimeoutMs?: number): Promise<Database> {
  const { engine, db, where, eraseTraces, version, requestArrived, poolState, close } = await connect(
    url,
    requestTimeoutMs,
  );

  const transaction = async <T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await db.transaction().execute(work);
      } catch (error) {
        // On SQLite the busy timeout has been waited for already.
        const mayRepeat = engine === 'postgres' && error instanceof DatabaseError && error.kind === 'busy';
        if (!mayRepeat || attempt >= MAX_ATTEMPTS) throw error;
      }
    }
  };

  return {
    engine,
    where,
    db,
    transaction,
    eraseTraces,
    version,
    requestArrived,
    poolState,
    ping: async () => {
      const checked_at = Date.now();
      await db
        .insertInto('readiness')
        .values({ id: 1, checked_at })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ checked_at }))
        .execute();
    },
    close: async () => {
      try {
        await close();
      } catch (error) {
        throw asDatabaseError(error, where);
      }
    },
  };
}

async function connect(url: string, requestTimeoutMs?: number): Promise<Omit<Database, 'transaction' | 'ping'>> {
  const file = sqliteFile(url);
  if (file !== undefined) return { engine: 'sqlite', poolState: undefined, ...(await openSqlite(file)) };
  if (!/^postgres(ql)?:/.test(url)) {
    throw new DatabaseError('unavailable', 'DATABASE_URL must begin with file: (SQLite) or postgres:// (PostgreSQL)');
  }
  // Only where it is used: SQLite, the default, starts without PostgreSQL's client.
  const { openPostgres } = await (postgres ??= import('./postgres.js'));
  const nothing = { eraseTraces: () => Promise.resolve(), version: () => undefined, requestArrived: () => undefined };
  return { engine: 'postgres', ...nothing, ...openPostgres(url, requestTimeoutMs) };
}
