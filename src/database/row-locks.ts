import { type Kysely, PostgresAdapter } from 'kysely';
import { type Tables } from './tables.js';

/** True on PostgreSQL, where a transaction locks rows. On SQLite it holds the write lock of the whole file from its start. */
export function locksRows(db: Kysely<Tables>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
