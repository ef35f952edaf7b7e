import { sql, type Expression, type ExpressionBuilder, type SqlBool, type Transaction } from 'kysely';
import { type Cipher } from '../../database/cipher.js';
import { locksRows } from '../../database/row-locks.js';
import { type Tables } from '../../database/tables.js';
import { type ZhimaSubject } from '../zhima/index.js';
import { LedgerSeals } from './record.js';

/** What the directory runs in its own transactions, after it has locked the person. Accounts are each on their own. */
export interface CheckErasure {
  /**
   * Where the person is deleted: erases all that is personal from their checks, i.e. who, the keys and tokens, the
   * result page and the vendor's pseudonym. Id, kind, verdict and times stay. Theirs are the checks made for them, those
   * made by one of their accounts or answered about one, and those of accounts that they had before.
   *
   * An attempt that is under way keeps its lease: its verdict will be written, and nothing else of it.
   */
  erase(trx: Transaction<Tables>, personId: string, accounts: ZhimaSubject): Promise<void>;
  /**
   * Where the person gives up accounts: remembers whose they were, without showing it. Otherwise a check made by such an
   * account, not by the person's id, would be found by nothing when they are forgotten.
   */
  release(trx: Transaction<Tables>, personId: string, accounts: ZhimaSubject): Promise<void>;
}

export function createCheckErasure(cipher: Cipher): CheckErasure {
  const seals = new LedgerSeals(cipher);
  const hashesOf = ({ userId, openId, certNo, certType }: ZhimaSubject): Buffer[] => [
    ...(userId === undefined ? [] : seals.subjectHashes({ userId })),
    ...(openId === undefined ? [] : seals.subjectHashes({ openId })),
    ...(certNo === undefined ? [] : seals.subjectHashes({ certNo, certType })),
  ];
  return {
    async erase(trx, personId, accounts) {
      const hashes = hashesOf(accounts);
      await lockIdentities(trx, hashes);
      await trx
        .updateTable('identity_checks')
        .set({
          person_id: null,
          owner_id: null,
          key_id: null,
          keys: null,
          result: null,
          conn_key_hash: null,
          once_token_hash: null,
          subject_hash: null,
          told_user_hash: null,
          told_open_hash: null,
        })
        .where((eb) => eb.or([eb('person_id', '=', personId), eb('owner_id', '=', personId), isAbout(eb, hashes)]))
        .execute();
    },

    async release(trx, personId, accounts) {
      const hashes = hashesOf(accounts);
      if (hashes.length === 0) return;
      await lockIdentities(trx, hashes);
      await trx
        .updateTable('identity_checks')
        .set({ owner_id: personId })
        // Who gave it up first had it when the check was made.
        .where('owner_id', 'is', null)
        .where((eb) => isAbout(eb, hashes))
        .execute();
    },
  };
}

function isAbout(eb: ExpressionBuilder<Tables, 'identity_checks'>, hashes: Buffer[]): Expression<SqlBool> {
  if (hashes.length === 0) return eb.lit(false);
  return eb.or([
    eb('subject_hash', 'in', hashes),
    eb('told_user_hash', 'in', hashes),
    eb('told_open_hash', 'in', hashes),
  ]);
}

/**
 * Until the transaction ends, whoever erases or releases this identity waits for the check that is being made by it.
 * Without this, a check that is not yet committed would be missed. SQLite has one writer at a time anyway.
 */
export async function shareIdentity(trx: Transaction<Tables>, hashes: Buffer[]): Promise<void> {
  if (!locksRows(trx)) return;
  for (const key of lockKeys(hashes)) await sql`select pg_advisory_xact_lock_shared(${key}::bigint)`.execute(trx);
}

async function lockIdentities(trx: Transaction<Tables>, hashes: Buffer[]): Promise<void> {
  if (!locksRows(trx)) return;
  for (const key of lockKeys(hashes)) await sql`select pg_advisory_xact_lock(${key}::bigint)`.execute(trx);
}

/** Sorted: two transactions that take the same locks in different orders would deadlock. */
function lockKeys(hashes: Buffer[]): string[] {
  return hashes.map((hash) => hash.readBigInt64BE(0).toString()).sort();
}
