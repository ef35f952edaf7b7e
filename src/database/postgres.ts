import { type Socket } from 'node:net';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { asDatabaseError, DatabaseError } from './errors.js';
import { type Guard, guarded } from './guarded.js';
import { type PoolState } from './pool-state.js';
import { type Tables } from './tables.js';

const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** Of a request's time: a statement that hangs leaves enough of it for the rest of the answer. */
const STATEMENT_SHARE = 1 / 2;
/** Of that: who waits for a lock is told so, rather than that the statement was slow. */
const LOCK_SHARE = 1 / 2;
/** However short requests are, what belongs to none of them (a verdict, keys) must be written. */
const MIN_STATEMENT_MS = 1_000;
/** The server ends a statement by itself; who says nothing for so much longer is gone, or hangs as a whole. */
const SILENCE_MS = 1_000;

/** How long things may take; none where migrations run, which may rewrite a table. */
interface Limits {
  /** A statement, and a transaction in which nothing happens. */
  statementMs: number;
  lockMs: number;
}

function limitsOf(requestTimeoutMs: number): Limits {
  const statementMs = Math.max(MIN_STATEMENT_MS, Math.ceil(requestTimeoutMs * STATEMENT_SHARE));
  return { statementMs, lockMs: Math.ceil(statementMs * LOCK_SHARE) };
}

/** By statement: poolers such as PgBouncer refuse these among a connection's first words. */
const setLimits = ({ statementMs, lockMs }: Limits) =>
  `set statement_timeout = ${statementMs}; set lock_timeout = ${lockMs}; set idle_in_transaction_session_timeout = ${statementMs}`;

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

/** The pool waits for a free connection as long as it is told; connecting itself has a limit of its own. */
class Client extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  }
}

interface OpenedPool {
  db: Kysely<Tables>;
  where: string;
  poolState: () => PoolState;
  close: () => Promise<void>;
}

/**
 * A pool to a PostgreSQL server; nothing is asked yet, and migrations are the caller's. Where a request's time is given,
 * no statement, lock or free connection is waited for beyond a share of it.
 */
export function openPostgres(url: string, requestTimeoutMs?: number): OpenedPool {
  const where = nameOf(url);
  const limits = requestTimeoutMs === undefined ? undefined : limitsOf(requestTimeoutMs);
  // int8 comes as text by default, since it may exceed 2^53. Ours are times in milliseconds, sequence numbers and counts.
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    Client,
    connectionString: url,
    types,
    max: MAX_CONNECTIONS,
    // First come, first served. With all connections in use, the wait is part of a request's time.
    connectionTimeoutMillis: Math.max(limits?.statementMs ?? 0, CONNECT_TIMEOUT_MS),
    keepAlive: true,
    application_name: 'kaquan',
  });
  // An `error` event without a listener ends the process. The pool tells of idle connections and drops them; one in use
  // tells its failure to the query as well.
  pool.on('error', () => undefined);
  const connectedAtMs = new WeakMap<pg.PoolClient, number>();
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    connectedAtMs.set(client, performance.now());
    if (!limits) return;
    endWhenSilent(client, limits.statementMs + SILENCE_MS);
    // Before whatever it was connected for; where this fails, that fails as well.
    client.query(setLimits(limits)).catch(() => undefined);
  });
  // A server that has become a standby keeps its connections; a new one is made to whoever has the name or address now.
  let readOnlyAtMs = -Infinity;
  pool.on('release', (_error, client) => {
    if ((connectedAtMs.get(client) ?? Infinity) <= readOnlyAtMs) void client.end();
  });
  const guard: Guard = async (statement) => {
    try {
      return await statement();
    } catch (cause) {
      const error = asDatabaseError(cause, where);
      if (error.kind === 'readonly') readOnlyAtMs = performance.now();
      throw error;
    }
  };
  const db = new Kysely<Tables>({ dialect: guarded(new PostgresDialect({ pool }), guard) });
  const poolState = () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount });
  return { where, db, poolState, close: () => db.destroy() };
}

/** Otherwise whoever asked would wait for as long as the system repeats what it sent, which is a quarter of an hour. */
function endWhenSilent(client: pg.ClientBase, timeoutMs: number): void {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.setTimeout(timeoutMs, () => stream.destroy(new Error('the connection was silent for too long')));
}
