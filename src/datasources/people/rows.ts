import { CompiledQuery, type Kysely, type Transaction } from 'kysely';
import { type Cipher } from '../../database/cipher.js';
import { DatabaseError } from '../../database/errors.js';
import { type Database, type Engine } from '../../database/open.js';
import { type Tables } from '../../database/tables.js';
import { ACCOUNT_KINDS, type AccountKind, accountKey, parsePerson, type PersonData } from './fields.js';
import { tailColumn } from './mobile-tail.js';
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

/** So that the length of what is sealed does not tell how long a name or an e-mail is. */
const PAD_BYTES = 128;

function padded(json: string): string {
  const over = Buffer.byteLength(json) % PAD_BYTES;
  return over === 0 ? json : json + ' '.repeat(PAD_BYTES - over);
}

/** The columns that depend on the key. */
export function sealPerson(
  cipher: Cipher,
  id: string,
  data: PersonData,
): Pick<PeopleTable, 'key_id' | 'sealed' | 'mobile_tail'> {
  return {
    key_id: cipher.keyId,
    sealed: cipher.seal(padded(JSON.stringify(data)), id),
    mobile_tail: tailColumn(cipher, data.mobile),
  };
}

export function openData(cipher: Cipher, row: Pick<PeopleTable, 'id' | 'sealed'>): PersonData {
  return parsePerson(cipher.open(row.sealed, row.id));
}

export function openPerson(cipher: Cipher, row: SealedRow): PersonRecord {
  return {
    ...openData(cipher, row),
    id: row.id,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}

const BY_ID = `select ${SEALED_COLUMNS.join(', ')} from people where id`;
/** Written out, since building such a query costs more than running it, and it is the one that is run most. */
const BY_IDS: Record<Engine, { one: string; many: string; list: (ids: readonly string[]) => unknown }> = {
  sqlite: {
    one: `${BY_ID} = ?`,
    many: `${BY_ID} in (select value from json_each(?))`,
    list: (ids) => JSON.stringify(ids),
  },
  postgres: { one: `${BY_ID} = $1`, many: `${BY_ID} = any($1)`, list: (ids) => ids },
};

/** In any order; ids that nobody has are left out. They are UUIDs: PostgreSQL refuses other characters. */
export async function readByIds({ db, engine }: Database, ids: readonly string[]): Promise<SealedRow[]> {
  if (ids.length === 0) return [];
  const { one, many, list } = BY_IDS[engine];
  const query = ids.length === 1 ? CompiledQuery.raw(one, [ids[0]]) : CompiledQuery.raw(many, [list(ids)]);
  return (await db.executeQuery<SealedRow>(query)).rows;
}

/** The owner of an account, given by its `accountKey`. */
export async function findByAccountKey(
  db: Kysely<Tables>,
  cipher: Cipher,
  kind: AccountKind,
  key: string,
): Promise<PersonRecord | null> {
  const row = await db
    .selectFrom('people')
    .innerJoin('person_accounts', 'person_accounts.person_seq', 'people.seq')
    .select(['people.id', 'people.sealed', 'people.created_at', 'people.updated_at'])
    .where('person_accounts.kind', '=', kind)
    .where('person_accounts.hash', 'in', accountHashes(cipher, kind, key))
    .executeTakeFirst();
  const person = row && openPerson(cipher, row);
  // The index is not sealed to its row: one that was moved must not show one person for another.
  const value = person?.[kind];
  return person && value != null && accountKey(kind, value) === key ? person : null;
}

/** The hashes of an account under each key, current first. */
function accountHashes(cipher: Cipher, kind: AccountKind, key: string): Buffer[] {
  return cipher.blindIndexes(`account/${kind}`, key);
}

/**
 * Indexes a person's accounts anew. While two keys are in use an account is entered under both: otherwise processes that write
 * with different keys, as in the middle of a rotation, could give one account to two people.
 */
export async function writeAccounts(
  trx: Transaction<Tables>,
  cipher: Cipher,
  seq: number,
  data: PersonData,
): Promise<void> {
  await trx.deleteFrom('person_accounts').where('person_seq', '=', seq).execute();

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
