import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { asDatabaseError, DatabaseError } from './errors.js';
import { type Guard, guarded } from './guarded.js';
import { type PoolState } from './pool-state.js';
import { type Tables } from './tables.js';

const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;

/** Host, port and name: the URL's login must not reach a message. */
function nameOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    // No cause: Node's error quotes the whole URL, password included.
    throw new DatabaseError('unavailable', 'DATABASE_URL is not a valid postgres:// URL');
  }
}

/** A pool to a PostgreSQL server; nothing is asked yet, and migrations are the caller's. */
export function openPostgres(url: string): {
  db: Kysely<Tables>;
  where: string;
  poolState: () => PoolState;
  close: () => Promise<void>;
} {
  const where = nameOf(url);
  // int8 comes as text by default, since it may exceed 2^53. Ours are times in milliseconds, sequence numbers and counts.
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'kaquan',
  });
  // An `error` event without a listener ends the process. The pool tells of idle connections and drops them; one in use
  // tells its failure to the query as well.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const guard: Guard = async (statement) => {
    try {
      return await statement();
    } catch (error) {
      throw asDatabaseError(error, where);
    }
  };
  const db = new Kysely<Tables>({ dialect: guarded(new PostgresDialect({ pool }), guard) });
  const poolState = () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount });
  return { where, db, poolState, close: () => db.destroy() };
}
