import { type Kysely, type Migration } from 'kysely';
import { type ColumnTypes, type Migrations } from '../../database/migrations.js';

/** The once-only ledger of identity checks. What each column is for stands in tables.ts. */
function identityChecks(types: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('identity_checks')
        .addColumn('id', types.id, (column) => column.primaryKey())
        // No foreign key: where another subgraph owns the people, they are not in this database.
        .addColumn('person_id', types.id)
        .addColumn('identity_type', 'text', (column) => column.notNull())
        .addColumn('query_type', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('refusal_code', 'text')
        .addColumn('key_id', types.id)
        .addColumn('keys', types.bytes)
        .addColumn('result', types.bytes)
        .addColumn('conn_key_hash', types.bytes, (column) => column.unique())
        .addColumn('subject_hash', types.bytes)
        .addColumn('started_at', 'bigint', (column) => column.notNull())
        .addColumn('asked_at', 'bigint')
        .addColumn('settled_at', 'bigint')
        .addColumn('lease_owner', types.id)
        .addColumn('lease_expires_at', 'bigint')
        .addColumn('fence', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('answered_fence', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('answer_maybe_lost', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
      await db.schema
        .createIndex('identity_checks_person')
        .on('identity_checks')
        .columns(['person_id', 'started_at', 'id'])
        .execute();
      await db.schema.createIndex('identity_checks_subject').on('identity_checks').column('subject_hash').execute();
      await db.schema.createIndex('identity_checks_key_id').on('identity_checks').column('key_id').execute();
    },
  };
}

/** One token, one check. */
function onceTokens(types: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      // Null in rows that are there already, since their tokens are sealed: see reseal.ts, which fills it at the start.
      await db.schema.alterTable('identity_checks').addColumn('once_token_hash', types.bytes).execute();
      await db.schema
        .createIndex('identity_checks_once_token')
        .unique()
        .on('identity_checks')
        .column('once_token_hash')
        .execute();
    },
  };
}

/** By what else a forgotten person's checks are found; see erasure.ts. */
function checkTraces(types: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const [name, type] of [
        ['owner_id', types.id],
        ['told_user_hash', types.bytes],
        ['told_open_hash', types.bytes],
      ] as const) {
        await db.schema.alterTable('identity_checks').addColumn(name, type).execute();
        await db.schema.createIndex(`identity_checks_${name}`).on('identity_checks').column(name).execute();
      }
    },
  };
}

export const IDENTITY_CHECK_MIGRATIONS: Migrations = {
  '0002-identity-checks': identityChecks,
  '0005-once-tokens': onceTokens,
  '0006-check-traces': checkTraces,
};
