import { type Transaction } from 'kysely';
import { type Cipher } from '../../database/cipher.js';
import { DatabaseError } from '../../database/errors.js';
import { type Tables } from '../../database/tables.js';
import { ACCOUNT_KINDS, type AccountKind, accountKey, type PersonData } from './fields.js';
import { gramsOf } from './search.js';
import { type PeopleTable } from './tables.js';

export interface PersonRecord extends PersonData {
  /** UUIDv7: ids sort by the time of registration. */
  id: string;
  createdAt: Date;
  updatedAt: Date;
}

/** A linked account belongs to someone else already. */
export class AccountTakenError extends Error {
  override readonly name = 'AccountTakenError';
  constructor(readonly kind: AccountKind) {
    super(`the ${kind} belongs to another person`);
  }
}

export type SealedRow = Pick<PeopleTable, 'id' | 'sealed' | 'created_at' | 'updated_at'>;
export const SEALED_COLUMNS = ['id', 'sealed', 'created_at', 'updated_at'] as const;

/** The columns that depend on the key. */
export function sealPerson(cipher: Cipher, id: string, data: PersonData): Pick<PeopleTable, 'key_id' | 'sealed'> {
  return { key_id: cipher.keyId, sealed: cipher.seal(JSON.stringify(data), id) };
}

export function openData(cipher: Cipher, row: Pick<PeopleTable, 'id' | 'sealed'>): PersonData {
  return JSON.parse(cipher.open(row.sealed, row.id)) as PersonData;
}

export function openPerson(cipher: Cipher, row: SealedRow): PersonRecord {
  return {
    ...openData(cipher, row),
    id: row.id,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}

/** The hashes of an account under each key, current first. */
export function accountHashes(cipher: Cipher, kind: AccountKind, key: string): Buffer[] {
  return cipher.blindIndexes(`account/${kind}`, key);
}

/**
 * Indexes a person anew. While two keys are in use an account is entered under both: otherwise processes that write
 * with different keys, as in the middle of a rotation, could give one account to two people.
 */
export async function writeIndexes(
  trx: Transaction<Tables>,
  cipher: Cipher,
  seq: number,
  data: PersonData,
): Promise<void> {
  await trx.deleteFrom('person_accounts').where('person_seq', '=', seq).execute();
  await trx.deleteFrom('person_grams').where('person_seq', '=', seq).execute();

  // Always in the order of the kinds: two transactions that take the same accounts in different orders would deadlock.
  const accounts = ACCOUNT_KINDS.flatMap((kind) => {
    const value = data[kind];
    if (value === null) return [];
    const hashes = accountHashes(cipher, kind, accountKey(kind, value));
    return hashes.map((hash, place) => ({ kind, hash, key_id: cipher.keyIds[place] ?? '', person_seq: seq }));
  });
  if (accounts.length > 0) {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('person_accounts')
      .values(accounts)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows !== BigInt(accounts.length)) throw await conflictOf(trx, accounts, seq);
  }

  const grams = gramsOf(cipher, data).map((gram) => ({ gram, person_seq: seq }));
  if (grams.length > 0) await trx.insertInto('person_grams').values(grams).execute();
}

async function conflictOf(
  trx: Transaction<Tables>,
  accounts: readonly { kind: AccountKind; hash: Buffer }[],
  seq: number,
): Promise<Error> {
  for (const { kind, hash } of accounts) {
    const owner = await trx
      .selectFrom('person_accounts')
      .select('person_seq')
      .where('kind', '=', kind)
      .where('hash', '=', hash)
      .where('person_seq', '!=', seq)
      .executeTakeFirst();
    if (owner) return new AccountTakenError(kind);
  }
  // Its owner was forgotten a moment ago: the transaction may be run again.
  return new DatabaseError('busy', 'an account was given up by its owner while it was being taken');
}
