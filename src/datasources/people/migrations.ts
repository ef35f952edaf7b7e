import { type Kysely, type Migration, sql } from 'kysely';
import { type ColumnTypes, type Migrations } from '../../database/migrations.js';

/** The directory: one sealed row a person, and the blind indexes that find it. */
function people(types: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('people')
        .addColumn('seq', types.sequence)
        .addColumn('id', types.id, (column) => column.notNull().unique())
        .addColumn('key_id', types.id, (column) => column.notNull())
        .addColumn('sealed', types.bytes, (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .execute();
      // Asked at every start: is anything left under another key?
      await db.schema.createIndex('people_key_id').on('people').column('key_id').execute();

      await db.schema
        .createTable('person_accounts')
        .addColumn('kind', types.id, (column) => column.notNull())
        .addColumn('hash', types.bytes, (column) => column.notNull())
        .addColumn('key_id', types.id, (column) => column.notNull())
        .addColumn('person_seq', 'bigint', (column) => column.notNull().references('people.seq').onDelete('cascade'))
        .addPrimaryKeyConstraint('person_accounts_pk', ['kind', 'hash'])
        .modifyEnd(types.keyOnlyTable)
        .execute();
      await db.schema.createIndex('person_accounts_person').on('person_accounts').column('person_seq').execute();

      await db.schema
        .createTable('person_grams')
        .addColumn('gram', 'integer', (column) => column.notNull())
        .addColumn('person_seq', 'bigint', (column) => column.notNull().references('people.seq').onDelete('cascade'))
        .addPrimaryKeyConstraint('person_grams_pk', ['gram', 'person_seq'])
        .modifyEnd(types.keyOnlyTable)
        .execute();
      await db.schema.createIndex('person_grams_person').on('person_grams').column('person_seq').execute();
    },
  };
}

/**
 * Pieces of names, mobiles and e-mails told too much: names are searched in memory now, mobiles by their last four digits
 * alone. What is computed with the key, `mobile_tail`, is filled in by the next start, see rotation.ts.
 */
function search(types: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.dropTable('person_grams').execute();
      await db.schema.alterTable('people').addColumn('mobile_tail', 'integer').execute();
      await db.schema.createIndex('people_mobile_tail').on('people').columns(['mobile_tail', 'id']).execute();

      await db.schema
        .createTable('name_changes')
        .addColumn('person_seq', 'bigint', (column) => column.primaryKey())
        .addColumn('version', 'bigint', (column) => column.notNull())
        .modifyEnd(types.keyOnlyTable)
        .execute();
      await sql`insert into name_changes (person_seq, version) select seq, 0 from people`.execute(db);
      await db.schema
        .createIndex('name_changes_version')
        .on('name_changes')
        .columns(['version', 'person_seq'])
        .execute();
    },
  };
}

export const PEOPLE_MIGRATIONS: Migrations = { '0001-people': people, '0004-people-search': search };
