import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Kysely, sql } from 'kysely';
import Libsql from 'libsql';
import BackgroundLibsql from 'libsql/promise';
import { asDatabaseError, DatabaseError } from './errors.js';
import { createFolders } from './folders.js';
import { type Guard, guarded } from './guarded.js';
import { sharedRuns } from './shared-runs.js';
import { EmbeddedDialect } from './sqlite-dialect.js';
import { type Tables } from './tables.js';
import { openWalIndex } from './wal-index.js';

/** How long a statement waits for another process's lock. */
const PATIENCE_MS = 5_000;
/** Of which SQLite's own waiting, which stops the event loop: long enough for one write of another process. */
const BUSY_TIMEOUT_MS = 20;

/** The absolute path of a `file:` URL (`file:./data/x.db`, `file:/srv/x.db`, `file:///srv/x.db`); undefined for any other URL. */
export function sqliteFile(url: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  const path = url.startsWith('file://') ? fileURLToPath(url) : url.slice('file:'.length);
  return path === '' || path.endsWith('/') ? undefined : resolve(path);
}

/** Creates the folder of a file for its owner alone. */
export function createPrivateFolder(file: string): void {
  try {
    createFolders(dirname(file), 0o700);
  } catch (cause) {
    throw new DatabaseError('misconfigured', `the folder ${dirname(file)} cannot be created`, { cause });
  }
}

function createPrivateFile(file: string): void {
  createPrivateFolder(file);
  try {
    closeSync(openSync(file, 'a', 0o600));
    // SQLite gives -wal and -shm the mode of the database file, also where an earlier copy was too open.
    for (const each of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(each)) chmodSync(each, 0o600);
  } catch (cause) {
    throw new DatabaseError('misconfigured', `the database file ${file} cannot be created or written`, { cause });
  }
}

/**
 * Waits for locks without stopping the event loop, so that two connections of one process cannot lock each other out.
 * SQLITE_BUSY means that the statement did nothing: it may be run again as it is. What `rewriting` gives is this process's
 * own lock, and not counted as waiting.
 */
function patient(file: string, rewriting: () => Promise<void> | undefined = () => undefined): Guard {
  return async (statement) => {
    for (let deadlineMs = performance.now() + PATIENCE_MS; ;) {
      try {
        return await statement();
      } catch (cause) {
        const error = asDatabaseError(cause, file);
        if (error.kind !== 'busy' || performance.now() > deadlineMs) throw error;
      }
      const own = rewriting();
      if (own) {
        await own;
        deadlineMs = performance.now() + PATIENCE_MS;
      } else await sleep(2 + Math.random() * 8);
    }
  };
}

const BUSY_SETTING = `busy_timeout = ${BUSY_TIMEOUT_MS}`;

async function connect(file: string, guard: Guard, settings: readonly string[]): Promise<Libsql.Database> {
  const database = await guard(() => Promise.resolve(new Libsql(file)));
  try {
    for (const setting of settings) await guard(() => Promise.resolve(database.exec(`pragma ${setting}`)));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** VACUUM's copy would otherwise go to a temporary folder, which a container may not have. */
const TEMPORARY_IN_MEMORY = 'temp_store = MEMORY';
const SETTINGS = [
  BUSY_SETTING,
  // Two processes opening a new file meet here: the change to WAL does not wait for the busy timeout.
  'journal_mode = WAL',
  'synchronous = FULL',
  'secure_delete = ON',
  'foreign_keys = ON',
  TEMPORARY_IN_MEMORY,
];

interface OpenedFile {
  db: Kysely<Tables>;
  where: string;
  close: () => Promise<void>;
}

/** What else the one that serves can do: see Database. */
interface OpenedToServe extends OpenedFile {
  eraseTraces: () => Promise<void>;
  version: () => string | undefined;
  requestArrived: () => void;
}

/**
 * Leaves one file. libsql ends a connection only when its last statement is collected, and until then the log and its
 * index would lie beside the file; leaving WAL mode deletes them, and the next opening enters it again. Where somebody
 * else has the file open it is locked: then the log is emptied as far as they let us, and stays theirs.
 */
function closing(db: Kysely<Tables>, database: Libsql.Database): () => Promise<void> {
  return async () => {
    for (const step of ['wal_checkpoint(truncate)', 'journal_mode = delete']) {
      try {
        database.exec(`pragma ${step}`);
      } catch {
        // Nothing is lost by a log that stays, or by a disk that cannot be written any more: what is in it is on the disk.
      }
    }
    await db.destroy();
  };
}

/** A connection to a file that is there, which changes nothing of it by itself. */
export async function openExistingSqlite(file: string): Promise<OpenedFile> {
  const guard = patient(file);
  const database = await connect(file, guard, [BUSY_SETTING]);
  const db = new Kysely<Tables>({ dialect: guarded(new EmbeddedDialect(database), guard) });
  return { db, where: file, close: closing(db, database) };
}

/** One connection to the embedded database file, made where it is missing; migrations are the caller's. */
export async function openSqlite(file: string): Promise<OpenedToServe> {
  let rewriting: Promise<void> | undefined;
  const guard = patient(file, () => rewriting);
  createPrivateFile(file);
  const database = await connect(file, guard, SETTINGS);
  const db = new Kysely<Tables>({ dialect: guarded(new EmbeddedDialect(database, () => version.forget()), guard) });
  const walIndex = openWalIndex(file);
  const version = askedOnceATurn(walIndex.version);

  // secure_delete zeroes what is deleted, but not the copies that B-tree balancing left behind in other pages (seen in
  // a few rows of a thousand), and the -wal keeps old pages. Only VACUUM followed by a truncating checkpoint leaves nothing.
  const eraseTraces = sharedRuns(async () => {
    const rewritten = rewrite(file);
    rewriting = rewritten.catch(() => undefined).finally(() => (rewriting = undefined));
    await rewritten;
    await guard(async () => {
      const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db);
      if (rows[0]?.busy !== 0) throw new DatabaseError('busy', `the log of the database ${file} is in use`);
    });
  });

  const close = async () => {
    await closing(db, database)();
    walIndex.close();
  };
  return { db, where: file, close, eraseTraces, version: version.get, requestArrived: version.requestArrived };
}

/**
 * What the system says, asked once for all requests that arrive in one turn of the event loop, since it takes a fifth of a
 * query without vendors. No answer is older than its question: the loop collects what has arrived, and only then is the
 * first of it looked at. (It collects again where more than a thousand sockets are ready at once; those few may be told
 * what was so a turn before.)
 */
function askedOnceATurn<T>(ask: () => T): { get: () => T; requestArrived: () => void; forget: () => void } {
  let inTurn = false;
  let kept: { value: T } | undefined;
  const forget = () => (kept = undefined);
  const endTurn = () => {
    inTurn = false;
    kept = undefined;
  };
  return {
    get: () => {
      if (!inTurn) return ask();
      kept ??= { value: ask() };
      return kept.value;
    },
    requestArrived: () => {
      if (inTurn) return;
      inTurn = true;
      setImmediate(endTurn);
    },
    forget,
  };
}

/** Seconds where the file is large: on a connection of its own, whose work libsql does on another thread. */
async function rewrite(file: string): Promise<void> {
  const database = new BackgroundLibsql(file, {});
  try {
    const settings = [`busy_timeout = ${PATIENCE_MS}`, 'synchronous = FULL', 'secure_delete = ON', TEMPORARY_IN_MEMORY];
    for (const setting of settings) await database.exec(`pragma ${setting}`);
    await database.exec('vacuum');
    // Whether it emptied the log, or met a reader, is found out by whoever calls: here it is only the work that counts.
    await database.exec('pragma wal_checkpoint(truncate)');
  } catch (error) {
    throw asDatabaseError(error, file);
  } finally {
    database.close();
  }
}
