import {
  type DialectAdapter,
  type Driver,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import type Libsql from 'libsql';

const WRITE = /^\s*(insert|update|delete|replace|create|alter|drop)\b/i;

/**
 * Runs a write in an immediate transaction of its own where it is in none. The reason is libsql: a prepared statement
 * that meets SQLITE_BUSY is not reset, and from then on every COMMIT of its connection fails with "SQL statements in
 * progress". So only `exec('begin immediate')` may meet a lock, never a prepared statement.
 */
function locked<T>(database: Libsql.Database, source: string, write: () => T): T {
  if (database.inTransaction || !WRITE.test(source)) return write();
  database.exec('begin immediate');
  try {
    const result = write();
    database.exec('commit');
    return result;
  } catch (error) {
    endTransaction(database);
    throw error;
  }
}

/** A full disk has rolled back already. */
function endTransaction(database: Libsql.Database): void {
  if (database.inTransaction) database.exec('rollback');
}

function withLocks(database: Libsql.Database): SqliteDatabase {
  return {
    close: () => void database.close(),
    prepare: (source) => {
      const statement = database.prepare(source);
      return {
        reader: statement.reader,
        all: (parameters) => locked(database, source, () => statement.all(parameters)),
        run: (parameters) => locked(database, source, () => statement.run(parameters)),
        iterate: (parameters) => statement.iterate(parameters),
      };
    },
  };
}

/**
 * A deferred transaction that reads first and writes later fails at once with SQLITE_BUSY where another process wrote
 * in between: the busy timeout does not apply to that upgrade. So every transaction takes the write lock at its start.
 */
class ImmediateDriver extends SqliteDriver {
  constructor(private readonly database: Libsql.Database) {
    super({ database: withLocks(database) });
  }
  override beginTransaction(): Promise<void> {
    return this.execute('begin immediate');
  }
  override commitTransaction(): Promise<void> {
    return this.execute('commit');
  }
  override rollbackTransaction(): Promise<void> {
    return this.execute('rollback');
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what libsql throws must become a rejection
  private async execute(statement: string): Promise<void> {
    this.database.exec(statement);
  }
}

/** With DDL in an immediate transaction, the migrator's own transaction is its lock against other processes. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Kysely's SQLite dialect over one libsql connection, safe where several processes write to the same file. */
export class EmbeddedDialect extends SqliteDialect {
  constructor(private readonly database: Libsql.Database) {
    super({ database: withLocks(database) });
  }
  override createDriver(): Driver {
    return new ImmediateDriver(this.database);
  }
  override createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }
}
