import { type Kysely, type Migration } from 'kysely';

/** What readiness is proved on: reading alone would not see a full disk or a database that only reads. */
export function readiness(): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('readiness')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('checked_at', 'bigint', (column) => column.notNull())
        .execute();
    },
  };
}
