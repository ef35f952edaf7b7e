import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type DatabaseConnection,
  type DialectAdapter,
  type Driver,
  CompiledQuery,
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  sql,
} from 'kysely';
import Libsql from 'libsql';
import { asDatabaseError, DatabaseError } from './errors.js';
import { guarded } from './guarded.js';
import { type Tables } from './tables.js';

const BUSY_TIMEOUT_MS = 5_000;

/**
 * A deferred transaction that reads first and writes later fails at once with SQLITE_BUSY where another process wrote
 * in between: the busy timeout does not apply to that upgrade. So every transaction takes the write lock at its start.
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** With DDL in an immediate transaction, the migrator's own transaction is its lock against other processes. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class EmbeddedDialect extends SqliteDialect {
  constructor(private readonly config: SqliteDialectConfig) {
    super(config);
  }
  override createDriver(): Driver {
    return new ImmediateDriver(this.config);
  }
  override createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }
}

/** The absolute path of a `file:` URL (`file:./data/x.db`, `file:/srv/x.db`, `file:///srv/x.db`); undefined for any other URL. */
export function sqliteFile(url: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  const path = url.startsWith('file://') ? fileURLToPath(url) : url.slice('file:'.length);
  return path === '' || path.endsWith('/') ? undefined : resolve(path);
}

/** Creates the folder of a file for its owner alone. A folder that is there keeps its mode: it may be shared on purpose. */
export function createPrivateFolder(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new DatabaseError('unavailable', `the folder ${dirname(file)} cannot be created`, { cause });
  }
}

function createPrivateFile(file: string): void {
  createPrivateFolder(file);
  try {
    closeSync(openSync(file, 'a', 0o600));
    // SQLite gives -wal and -shm the mode of the database file, also where an earlier copy was too open.
    for (const each of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(each)) chmodSync(each, 0o600);
  } catch (cause) {
    throw new DatabaseError('unavailable', `the database file ${file} cannot be created or written`, { cause });
  }
}

async function connect(file: string): Promise<Libsql.Database> {
  createPrivateFile(file);
  let database: Libsql.Database | undefined;
  for (const deadline = Date.now() + BUSY_TIMEOUT_MS; ;) {
    try {
      database ??= new Libsql(file);
      database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.pragma('secure_delete = ON');
      database.pragma('foreign_keys = ON');
      // VACUUM's copy would otherwise go to a temporary folder, which a container may not have.
      database.pragma('temp_store = MEMORY');
      return database;
    } catch (cause) {
      const error = asDatabaseError(cause, file);
      // The change to WAL does not wait for the busy timeout: two processes opening a new file meet here.
      if (error.kind !== 'busy' || Date.now() > deadline) {
        database?.close();
        throw error;
      }
      await sleep(20);
    }
  }
}

/** One connection to the embedded database file, made where it is missing; migrations are the caller's. */
export async function openSqlite(file: string): Promise<{ db: Kysely<Tables>; eraseTraces: () => Promise<void> }> {
  const database = await connect(file);
  const db = new Kysely<Tables>({ dialect: guarded(new EmbeddedDialect({ database }), file) });

  // secure_delete zeroes what is deleted, but not the copies that B-tree balancing left behind in other pages (seen in
  // a few rows of a thousand), and the -wal keeps old pages. Only VACUUM followed by a truncating checkpoint leaves nothing.
  let queued: Promise<void> | undefined;
  const eraseTraces = (): Promise<void> =>
    (queued ??= db.connection().execute(async (connection) => {
      // Whoever asks from here on has deleted something that this run may have missed.
      queued = undefined;
      await sql`vacuum`.execute(connection);
      const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(connection);
      if (rows[0]?.busy !== 0) {
        throw new DatabaseError('busy', `the log of the database ${file} is in use: what was deleted is still in it`);
      }
    }));

  return { db, eraseTraces };
}
