import { type Kysely, type Migration, Migrator, type RawBuilder, sql } from 'kysely';
import { asDatabaseError } from './errors.js';
import { people } from '../datasources/people/migrations.js';
import { checkTraces, identityChecks, onceTokens } from '../datasources/identity-checks/migrations.js';
import { readiness } from './readiness.js';
import { type Tables } from './tables.js';

/** The few column types that the engines write differently. */
export interface ColumnTypes {
  /** Primary key that counts up by itself. */
  sequence: RawBuilder<unknown>;
  /** Text that is compared byte by byte, whatever the database's locale. */
  id: RawBuilder<unknown>;
  bytes: RawBuilder<unknown>;
  /** Ends a table whose primary key is all it has. */
  keyOnlyTable: RawBuilder<unknown>;
}

export type Engine = 'sqlite' | 'postgres';

const COLUMN_TYPES: Record<Engine, ColumnTypes> = {
  sqlite: {
    sequence: sql`integer primary key`,
    id: sql`text`,
    bytes: sql`blob`,
    keyOnlyTable: sql`without rowid`,
  },
  postgres: {
    sequence: sql`bigint generated always as identity primary key`,
    id: sql`text collate "C"`,
    bytes: sql`bytea`,
    keyOnlyTable: sql``,
  },
};

/** In the order of their names. What has been released is never edited: add the next one. */
const MIGRATIONS: Record<string, (types: ColumnTypes) => Migration> = {
  '0001-people': people,
  '0002-identity-checks': identityChecks,
  '0003-readiness': readiness,
  '0005-once-tokens': onceTokens,
  '0006-check-traces': checkTraces,
};

/** Brings the tables up to date. Several processes may do so at once: the first does the work, the others wait for it. */
export async function migrate(db: Kysely<Tables>, engine: Engine, where: string): Promise<void> {
  const types = COLUMN_TYPES[engine];
  const migrations = Object.fromEntries(Object.entries(MIGRATIONS).map(([name, make]) => [name, make(types)]));
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw asDatabaseError(error, where);
}
