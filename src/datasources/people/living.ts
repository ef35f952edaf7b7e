import { type Transaction } from 'kysely';
import { validate as isId } from 'uuid';
import { locksRows } from '../../database/row-locks.js';
import { type Tables } from '../../database/tables.js';

/**
 * True where the person is in the directory, and stays there until the transaction ends: `forget` waits for it, and its
 * erasure hooks then find what the transaction wrote. Without the lock a row about the person could be committed after
 * the hooks have looked. Call it before such a row is written.
 */
export async function lockLiving(trx: Transaction<Tables>, id: string): Promise<boolean> {
  if (!isId(id)) return false;
  const row = await trx
    .selectFrom('people')
    .select('seq')
    .where('id', '=', id)
    .$if(locksRows(trx), (query) => query.forKeyShare())
    .executeTakeFirst();
  return row !== undefined;
}
