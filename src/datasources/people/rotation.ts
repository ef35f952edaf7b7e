import { type Cipher, wrongDataKey } from '../../database/cipher.js';
import { type Database } from '../../database/open.js';
import { locksRows } from '../../database/row-locks.js';
import { openData, sealPerson, writeIndexes } from './rows.js';

const BATCH = 200;

/**
 * Brings every person under the current key, so that the previous one may be thrown away afterwards. Throws
 * DatabaseError of kind `key` where a person was written under neither. Safe to interrupt, and to run in several
 * processes at once: each batch is a transaction.
 */
export async function rotate(database: Database, cipher: Cipher): Promise<void> {
  const stranger = await database.db
    .selectFrom('people')
    .select('key_id')
    .where('key_id', 'not in', cipher.keyIds)
    .limit(1)
    .executeTakeFirst();
  if (stranger) throw wrongDataKey();

  let changed = 0;
  for (let moved = BATCH; moved > 0; changed += moved) moved = await rotateBatch(database, cipher);

  // Hashes of a key that is no longer configured find nobody, and would go on telling who shared what.
  const { numDeletedRows } = await database.db
    .deleteFrom('person_accounts')
    .where('key_id', 'not in', cipher.keyIds)
    .executeTakeFirstOrThrow();
  if (changed > 0 || numDeletedRows > 0n) await database.eraseTraces();
}

function rotateBatch(database: Database, cipher: Cipher): Promise<number> {
  return database.transaction(async (trx) => {
    const rows = await trx
      .selectFrom('people')
      .select(['seq', 'id', 'sealed'])
      .where('key_id', '!=', cipher.keyId)
      .orderBy('id')
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
      await writeIndexes(trx, cipher, row.seq, data);
    }
    return rows.length;
  });
}
