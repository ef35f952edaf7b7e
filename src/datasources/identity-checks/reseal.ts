import { type Cipher } from '../../database/cipher.js';
import { DatabaseError } from '../../database/errors.js';
import { type Database } from '../../database/open.js';
import { type Clock } from './clock.js';
import { MAYBE_LOST_WITH_LEASE } from './ledger.js';
import { type CheckRow, type LedgerSeals } from './record.js';

const BATCH = 200;

export interface ResealCounts {
  /** Still under the previous key, e.g. since somebody asks about them right now: DATA_KEY_PREVIOUS must stay. */
  left: number;
  /** Under a key that is not configured, or damaged: each is an error where it is read, and nowhere else. */
  unreadable: number;
}

/**
 * Seals anew, with the current key, what was sealed with the previous one, and fills the token's hash where an older
 * version stored none. May be interrupted, and run by several processes at once.
 */
export async function resealChecks(
  database: Database,
  cipher: Cipher,
  seals: LedgerSeals,
  nowMs: Clock,
): Promise<ResealCounts> {
  const counts: ResealCounts = { left: 0, unreadable: 0 };
  let erasesOldSeals = false;
  for (let after = ''; ;) {
    const rows = await database.db
      .selectFrom('identity_checks')
      .selectAll()
      .where('keys', 'is not', null)
      .where((eb) => eb.or([eb('key_id', '!=', cipher.keyId), eb('once_token_hash', 'is', null)]))
      .where('id', '>', after)
      .orderBy('id')
      .limit(BATCH)
      .execute();
    for (const row of rows) {
      after = row.id;
      const isOld = row.key_id !== cipher.keyId;
      const sealed = resealed(row, seals);
      if (!sealed) counts.unreadable += 1;
      else if (await replace(database, row, sealed, nowMs)) erasesOldSeals ||= isOld;
      else if (isOld) counts.left += 1;
    }
    if (rows.length < BATCH) break;
  }
  // What the old key sealed must not outlive it in the file.
  if (erasesOldSeals) await database.eraseTraces();
  return counts;
}

type Sealed = ReturnType<LedgerSeals['sealCredentials']> & Partial<ReturnType<LedgerSeals['sealResult']>>;

function resealed(row: CheckRow, seals: LedgerSeals): Sealed | null {
  if (!row.keys) return null;
  try {
    return {
      ...seals.sealCredentials(row.id, seals.openCredentials(row.id, row.keys)),
      ...(row.result && seals.sealResult(row.id, seals.openResult(row))),
    };
  } catch {
    return null;
  }
}

/** False where somebody is asking about the check, or changed it since it was read: whoever forgets empties the row. */
async function replace({ db }: Database, row: CheckRow, sealed: Sealed, nowMs: Clock): Promise<boolean> {
  // An older version took one token for two checks, and two servers with different keys may have taken one pair of keys
  // twice. The first stays the one that is found by them.
  const withoutToken = { ...sealed, once_token_hash: null };
  for (const columns of [sealed, withoutToken, { ...withoutToken, conn_key_hash: null }]) {
    try {
      const { numUpdatedRows } = await db
        .updateTable('identity_checks')
        .set((eb) => ({
          ...columns,
          // A lease that has ended is taken over: its owner, if it wakes up, would write with the old key.
          fence: eb('fence', '+', 1),
          lease_owner: null,
          lease_expires_at: null,
          answer_maybe_lost: MAYBE_LOST_WITH_LEASE,
        }))
        .where('id', '=', row.id)
        .where('fence', '=', row.fence)
        .where('answered_fence', '=', row.answered_fence)
        .where('key_id', '=', row.key_id)
        .where((eb) => eb.or([eb('lease_owner', 'is', null), eb('lease_expires_at', '<=', nowMs())]))
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.kind !== 'conflict') throw error;
    }
  }
  return false;
}
