import {
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type Libsql from 'libsql';

const WRITE = /^\s*(insert|update|delete|replace|create|alter|drop)\b/i;
/** Each text of a statement that is in use is one. */
const MAX_STATEMENTS = 200;

interface Statement {
  prepared: Libsql.Statement;
  returnsRows: boolean;
  writes: boolean;
}

/** Statements are prepared once and kept: preparing takes longer than most of them run. */
class Statements {
  private readonly kept = new Map<string, Statement>();
  constructor(private readonly database: Libsql.Database) {}

  get(source: string): Statement {
    let statement = this.kept.get(source);
    if (statement) this.kept.delete(source);
    else {
      const prepared = this.database.prepare(source);
      statement = { prepared, returnsRows: prepared.reader, writes: WRITE.test(source) };
    }
    // The one that was used last stands last.
    this.kept.set(source, statement);
    if (this.kept.size > MAX_STATEMENTS) {
      const [oldest = ''] = this.kept.keys();
      this.kept.delete(oldest);
    }
    return statement;
  }
}

/**
 * The one connection to the file. A transaction has it for itself from its start to its end, a statement for as long as
 * it runs. Who meets another process's lock gives it back before trying again, so that reading goes on meanwhile.
 */
class EmbeddedDriver implements Driver {
  private readonly statements: Statements;
  private holder: DatabaseConnection | undefined;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly database: Libsql.Database,
    private readonly onCommit: () => void,
  ) {
    this.statements = new Statements(database);
  }

  async init(): Promise<void> {
    // It is open already.
  }

  acquireConnection(): Promise<DatabaseConnection> {
    const connection: DatabaseConnection = {
      executeQuery: <R>(query: CompiledQuery) => this.execute<R>(connection, query),
      streamQuery: <R>(query: CompiledQuery) => this.stream<R>(connection, query),
    };
    return Promise.resolve(connection);
  }

  /**
   * A deferred transaction that reads first and writes later fails at once with SQLITE_BUSY where another process wrote
   * in between: the busy timeout does not apply to that upgrade. So every transaction takes the write lock at its start.
   */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await this.take(connection);
    try {
      this.database.exec('begin immediate');
    } catch (error) {
      this.give(connection);
      throw error;
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what libsql throws must become a rejection
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    this.database.exec('commit');
    this.onCommit();
    this.give(connection);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what libsql throws must become a rejection
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      endTransaction(this.database);
    } finally {
      this.give(connection);
    }
  }

  async releaseConnection(): Promise<void> {
    // A statement or transaction has given it back by itself.
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what libsql throws must become a rejection
  async destroy(): Promise<void> {
    this.database.close();
  }

  private async execute<R>(connection: DatabaseConnection, query: CompiledQuery): Promise<QueryResult<R>> {
    // It runs through without a pause: nobody can come in between.
    if (!this.holder || this.holder === connection) return this.run<R>(query);
    await this.take(connection);
    try {
      return this.run<R>(query);
    } finally {
      this.give(connection);
    }
  }

  private async *stream<R>(
    connection: DatabaseConnection,
    query: CompiledQuery,
  ): AsyncIterableIterator<QueryResult<R>> {
    yield await this.execute<R>(connection, query);
  }

  private run<R>({ sql, parameters }: CompiledQuery): QueryResult<R> {
    const statement = this.statements.get(sql);
    return statement.writes
      ? locked(this.database, () => runOn<R>(statement, parameters), this.onCommit)
      : runOn<R>(statement, parameters);
  }

  private async take(connection: DatabaseConnection): Promise<void> {
    if (!this.holder) this.holder = connection;
    else {
      await new Promise<void>((taken) => {
        this.waiting.push(() => {
          this.holder = connection;
          taken();
        });
      });
    }
  }

  private give(connection: DatabaseConnection): void {
    if (this.holder !== connection) return;
    this.holder = undefined;
    this.waiting.shift()?.();
  }
}

function runOn<R>({ prepared, returnsRows }: Statement, parameters: readonly unknown[]): QueryResult<R> {
  if (returnsRows) return { rows: prepared.all(parameters) as R[] };
  const { changes, lastInsertRowid } = prepared.run(parameters);
  return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
}

/**
 * Runs a write in an immediate transaction of its own where it is in none. The reason is libsql: a prepared write that
 * meets SQLITE_BUSY is not reset, and until it runs again every COMMIT of its connection fails with "SQL statements in
 * progress". So only `exec('begin immediate')` may meet a lock, never a prepared write. A prepared read may.
 */
function locked<T>(database: Libsql.Database, write: () => T, onCommit: () => void): T {
  if (database.inTransaction) return write();
  database.exec('begin immediate');
  try {
    const result = write();
    database.exec('commit');
    onCommit();
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

/** With DDL in an immediate transaction, the migrator's own transaction is its lock against other processes. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Kysely's SQLite dialect over one libsql connection, safe where several processes write to the same file. */
export class EmbeddedDialect implements Dialect {
  /** `onCommit` hears of all that this connection writes. */
  constructor(
    private readonly database: Libsql.Database,
    private readonly onCommit: () => void = () => undefined,
  ) {}

  createDriver(): Driver {
    return new EmbeddedDriver(this.database, this.onCommit);
  }
  createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }
  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }
  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}
