import { type Kysely } from 'kysely';
import { type Cipher } from '../../database/cipher.js';
import { type Database } from '../../database/open.js';
import { type Tables } from '../../database/tables.js';
import { LedgerSeals } from './record.js';
import { type ZhimaSubject } from '../zhima/wire.js';

const BATCH = 200;

/**
 * Erases all that is personal from a person's checks: who, the keys and tokens, the result page and the vendor's
 * pseudonym. Id, kind, verdict and times stay. With `accounts`, also from checks that were made for one of these
 * identities without naming the person. Returns how many checks it emptied.
 *
 * An attempt that is under way keeps its lease: its verdict will be written, and nothing else of it.
 */
export async function forgetChecks(
  db: Kysely<Tables>,
  cipher: Cipher,
  personId: string,
  accounts: ZhimaSubject = {},
): Promise<number> {
  const { userId, openId, certNo, certType } = accounts;
  const identities: ZhimaSubject[] = [];
  if (userId !== undefined) identities.push({ userId });
  if (openId !== undefined) identities.push({ openId });
  if (certNo !== undefined) identities.push({ certNo, certType });
  const seals = new LedgerSeals(cipher);
  const hashes = identities.flatMap((identity) => seals.subjectHashes(identity));
  const { numUpdatedRows } = await db
    .updateTable('identity_checks')
    .set({ person_id: null, key_id: null, keys: null, result: null, conn_key_hash: null, subject_hash: null })
    .where((eb) =>
      eb.or([eb('person_id', '=', personId), ...(hashes.length > 0 ? [eb('subject_hash', 'in', hashes)] : [])]),
    )
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/**
 * Seals anew, with the current key, what was sealed with the previous one; afterwards DATA_KEY_PREVIOUS may go. Returns
 * how many checks are left, because somebody was asking about them: call again for these.
 */
export async function resealChecks(database: Database, cipher: Cipher): Promise<number> {
  const { db } = database;
  const seals = new LedgerSeals(cipher);
  let after = '';
  let left = 0;
  let changed = false;
  for (;;) {
    const rows = await db
      .selectFrom('identity_checks')
      .selectAll()
      .where('key_id', '!=', cipher.keyId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(BATCH)
      .execute();
    for (const { id, fence, keys, result } of rows) {
      after = id;
      if (!keys) continue;
      const { numUpdatedRows } = await db
        .updateTable('identity_checks')
        .set({
          ...seals.sealKeys(id, seals.openKeys(id, keys)),
          result: result && seals.sealResult(id, seals.openResult(id, result)),
        })
        // Whoever asks writes a result; whoever forgets empties the row. Neither may be undone from what was read above.
        .where('id', '=', id)
        .where('fence', '=', fence)
        .where('lease_owner', 'is', null)
        .where('keys', 'is not', null)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) left += 1;
      else changed = true;
    }
    if (rows.length < BATCH) break;
  }
  // What the old key sealed must not outlive it in the file.
  if (changed) await database.eraseTraces();
  return left;
}
