import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { createCipher } from '../../src/database/cipher.js';
import { openDatabase } from '../../src/database/open.js';
import { ACCOUNT_KINDS, accountKey, normalisePerson } from '../../src/datasources/people/fields.js';
import { sealPerson } from '../../src/datasources/people/rows.js';
import { type BenchPerson, inputOf, type Invented } from '../people.js';

/** People in a transaction. SQLite takes 32,766 parameters in a statement, and they have three accounts of four columns each. */
const AT_ONCE = 1_000;

/**
 * Writes people into the tables as registering does, a thousand in a transaction instead of one: to register a million over
 * the API takes SQLite most of an hour. The server runs meanwhile and learns of them as of another process's.
 */
export async function seedPeople(databaseUrl: string, dataKey: string, invented: Invented[]): Promise<BenchPerson[]> {
  const database = await openDatabase(databaseUrl);
  const cipher = createCipher(Buffer.from(dataKey, 'base64'));
  const people = invented.map((person) => ({ ...person, id: newId() }));
  try {
    for (let at = 0; at < people.length; at += AT_ONCE) {
      const some = people
        .slice(at, at + AT_ONCE)
        .map((person) => ({ id: person.id, data: normalisePerson(inputOf(person)) }));
      await database.transaction(async (trx) => {
        const now = Date.now();
        const rows = some.map(({ id, data }) => ({
          id,
          ...sealPerson(cipher, id, data),
          created_at: now,
          updated_at: now,
        }));
        const added = await trx.insertInto('people').values(rows).returning(['seq', 'id']).execute();
        const seqOf = new Map(added.map(({ seq, id }) => [id, seq]));
        const accounts = some.flatMap(({ id, data }) =>
          ACCOUNT_KINDS.flatMap((kind) => {
            const value = data[kind];
            if (value === null) return [];
            const [hash = Buffer.alloc(0)] = cipher.blindIndexes(`account/${kind}`, accountKey(kind, value));
            return [{ kind, hash, key_id: cipher.keyId, person_seq: seqOf.get(id) ?? 0 }];
          }),
        );
        await trx.insertInto('person_accounts').values(accounts).execute();
        const version =
          database.engine === 'postgres'
            ? sql<number>`pg_current_xact_id()::text::bigint`
            : sql<number>`(select coalesce(max(version), 0) + 1 from name_changes)`;
        const changes = added.map(({ seq }) => ({ person_seq: seq, version }));
        await trx
          .insertInto('name_changes')
          .values(changes)
          // The number of somebody who was forgotten may be another's by now.
          .onConflict((conflict) => conflict.column('person_seq').doUpdateSet({ version: sql`excluded.version` }))
          .execute();
      });
    }
  } finally {
    await database.close();
  }
  return people;
}
