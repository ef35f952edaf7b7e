import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { locksRows } from '../../database/row-locks.js';
import { type Tables } from '../../database/tables.js';

/*
 * By these rows the processes on one database learn whose name was changed or erased since they last looked, without
 * reading everybody. A version is given within the transaction that makes the change:
 *
 * - SQLite has one writer at a time, so that counting up gives versions in the order of commits. No row is ever deleted:
 *   a number that came back would be missed.
 * - PostgreSQL commits in any order, so that a counter would let a change appear behind a reader who has passed its
 *   number. The version is the transaction's id instead, and a reader begins next time at the oldest transaction that
 *   was still running: everything below it was committed, and seen, or undone.
 */

/** To be called in the transaction that registers, renames or erases a person. */
export async function noteNameChange(trx: Transaction<Tables>, personSeq: number): Promise<void> {
  const version: RawBuilder<number> = locksRows(trx)
    ? sql`pg_current_xact_id()::text::bigint`
    : sql`(select coalesce(max(version), 0) + 1 from name_changes)`;
  await trx
    .insertInto('name_changes')
    .values({ person_seq: personSeq, version })
    .onConflict((conflict) => conflict.column('person_seq').doUpdateSet({ version: sql`excluded.version` }))
    .execute();
}

/** Every change of a lower version can be seen now. What is read after this, from here on, completes what was read before. */
export async function changeHorizon(db: Kysely<Tables>): Promise<number> {
  const { rows } = await (
    locksRows(db)
      ? sql<{ horizon: number }>`select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon`
      : sql<{ horizon: number }>`select coalesce(max(version), 0) + 1 as horizon from name_changes`
  ).execute(db);
  return rows[0]?.horizon ?? 0;
}

/** Where reading stands: behind the change of this person. */
export interface ChangeCursor {
  version: number;
  seq: number;
}

interface NameChange extends ChangeCursor {
  /** Null where the person was forgotten. */
  id: string | null;
  sealed: Buffer | null;
}

/** The next changes behind `after`, by version. */
export async function readChanges(db: Kysely<Tables>, after: ChangeCursor, limit: number): Promise<NameChange[]> {
  return db
    .selectFrom('name_changes as change')
    .leftJoin('people', 'people.seq', 'change.person_seq')
    .select(['change.version', 'change.person_seq as seq', 'people.id', 'people.sealed'])
    .where((eb) => eb(eb.refTuple('change.version', 'change.person_seq'), '>', eb.tuple(after.version, after.seq)))
    .orderBy('change.version')
    .orderBy('change.person_seq')
    .limit(limit)
    .execute();
}

/**
 * After a dump was restored into another server, versions may lie ahead of its transactions, and would be read again and
 * again until it has caught up. To be called at start.
 */
export async function settleRestoredVersions(db: Kysely<Tables>): Promise<void> {
  if (!locksRows(db)) return;
  await sql`update name_changes set version = 0 where version > pg_current_xact_id()::text::bigint`.execute(db);
}
