import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';

/** libsql hands blobs back as ArrayBuffer, pg as Buffer: the code above sees Buffers only. Rows are the driver's own, and new. */
function withBuffers<R>(rows: R[]): R[] {
  for (const row of rows as Record<string, unknown>[]) {
    for (const name in row) {
      const value = row[name];
      if (value instanceof ArrayBuffer) row[name] = Buffer.from(value);
    }
  }
  return rows;
}

/** Runs one statement, or one step of a transaction, the way the engine needs it; fails with DatabaseError only. */
export type Guard = <T>(statement: () => Promise<T>) => Promise<T>;

class GuardedConnection implements DatabaseConnection {
  constructor(
    readonly inner: DatabaseConnection,
    private readonly guard: Guard,
  ) {}

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const result = await this.guard(() => this.inner.executeQuery<R>(query));
    withBuffers(result.rows);
    return result;
  }

  streamQuery<R>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery(query, chunkSize);
  }
}

function innerOf(connection: DatabaseConnection): DatabaseConnection {
  return connection instanceof GuardedConnection ? connection.inner : connection;
}

class GuardedDriver implements Driver {
  constructor(
    private readonly inner: Driver,
    private readonly guard: Guard,
  ) {}

  async init(): Promise<void> {
    await this.guard(() => this.inner.init());
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return new GuardedConnection(await this.guard(() => this.inner.acquireConnection()), this.guard);
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await this.guard(() => this.inner.beginTransaction(innerOf(connection), settings));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await this.guard(() => this.inner.commitTransaction(innerOf(connection)));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await this.inner.rollbackTransaction(innerOf(connection));
    } catch {
      // A full disk or a dead connection has rolled back already; Kysely would tell this failure instead of that one.
    }
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    await this.inner.releaseConnection(innerOf(connection));
  }

  async destroy(): Promise<void> {
    await this.inner.destroy();
  }
}

/** The dialect with every statement run by `guard` and every blob read as Buffer. */
export function guarded(dialect: Dialect, guard: Guard): Dialect {
  return {
    createDriver: () => new GuardedDriver(dialect.createDriver(), guard),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  };
}
