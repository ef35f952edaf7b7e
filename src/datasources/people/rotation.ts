import { type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import { type Cipher, wrongDataKey } from '../../database/cipher.js';
import { storedKeyIds } from '../../database/key-ids.js';
import { type Database } from '../../database/open.js';
import { locksRows } from '../../database/row-locks.js';
import { type Tables } from '../../database/tables.js';
import { openData, sealPerson, writeAccounts } from './rows.js';

const BATCH = 200;

type Due = (eb: ExpressionBuilder<Tables, 'people'>) => Expression<SqlBool>;

/**
 * Brings every person under the current key, so that the previous one may be thrown away afterwards, and fills in what a
 * migration left to the key. Throws DatabaseError of kind `key` where a person was written under neither. Safe to
 * interrupt, and to run in several processes at once: each batch is a transaction.
 */
export async function rotate(database: Database, cipher: Cipher): Promise<void> {
  const { db } = database;
  const stored = await storedKeyIds(db, 'people');
  if (!stored.every((id) => cipher.keyIds.includes(id))) throw wrongDataKey();

  let changed = await renew(database, cipher, (eb) => eb('mobile_tail', 'is', null));
  for (const keyId of stored) {
    if (keyId !== cipher.keyId) changed += await renew(database, cipher, (eb) => eb('key_id', '=', keyId));
  }

  // Hashes of a key that is no longer configured find nobody, and would go on telling who shared what.
  const { numDeletedRows } = await db
    .deleteFrom('person_accounts')
    .where('key_id', 'not in', cipher.keyIds)
    .executeTakeFirstOrThrow();
  if (changed > 0 || numDeletedRows > 0n) await database.eraseTraces();
}

/** Seals and indexes anew whoever is `due`, until nobody is; returns how many it was. */
async function renew(database: Database, cipher: Cipher, due: Due): Promise<number> {
  let changed = 0;
  for (;;) {
    let found = 0;
    // Onward by `seq`, so that a batch never looks again at the many who are done.
    for (let last: number | undefined = 0; last !== undefined;) {
      const batch = await renewBatch(database, cipher, due, last);
      found += batch.length;
      last = batch.at(-1);
    }
    if (found === 0) return changed;
    changed += found;
  }
}

function renewBatch(database: Database, cipher: Cipher, due: Due, after: number): Promise<number[]> {
  return database.transaction(async (trx) => {
    const rows = await trx
      .selectFrom('people')
      .select(['seq', 'id', 'sealed'])
      .where(due)
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(BATCH)
      .$if(locksRows(trx), (query) => query.forUpdate())
      .execute();
    for (const row of rows) {
      const data = openData(cipher, row);
      await trx
        .updateTable('people')
        .set(sealPerson(cipher, row.id, data))
        .where('seq', '=', row.seq)
        .execute();
      await writeAccounts(trx, cipher, row.seq, data);
    }
    return rows.map(({ seq }) => seq);
  });
}
