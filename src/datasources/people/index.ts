import DataLoader from 'dataloader';
import { type Transaction } from 'kysely';
import { v7 as newId, validate as isId } from 'uuid';
import { type Cipher } from '../../database/cipher.js';
import { type Database } from '../../database/open.js';
import { locksRows } from '../../database/row-locks.js';
import { type Tables } from '../../database/tables.js';
import {
  ACCOUNT_KINDS,
  type AccountKind,
  accountKeyOf,
  normaliseChange,
  normalisePerson,
  type PersonChange,
  type PersonData,
  type PersonInput,
} from './fields.js';
import { noteNameChange, settleRestoredVersions } from './name-changes.js';
import { Names } from './names.js';
import { KnownPeople } from './known-people.js';
import { type DirectoryPage, type PageRequest, Pages } from './page.js';
import { rotate } from './rotation.js';
import {
  findByAccountKey,
  openData,
  openPerson,
  type PersonRecord,
  readByIds,
  sealPerson,
  writeAccounts,
} from './rows.js';

export {
  type AccountKind,
  type FieldProblem,
  InvalidFieldError,
  LINKED_ACCOUNT_KINDS,
  LINKED_ACCOUNTS,
  type LinkedAccount,
  type LinkedAccountKind,
  type PersonData,
  type PersonInput,
} from './fields.js';
export { lockLiving } from './living.js';
export { type DirectoryPage, type PageRequest } from './page.js';
export { AccountTakenError, type PersonRecord } from './rows.js';

/**
 * What else a person leaves behind: deleted in the same transaction as the person, before their row. Of somebody whose
 * row is gone or cannot be read only the id is known.
 */
export type ErasureHook = (
  trx: Transaction<Tables>,
  person: { id: string } & Partial<Pick<PersonData, AccountKind | 'idNumber'>>,
) => Promise<void>;

/** Is told what a person had, where a change takes it from them: in the same transaction, with the person locked. */
type ReleaseHook = (
  trx: Transaction<Tables>,
  person: { id: string } & Partial<Pick<PersonData, AccountKind | 'idNumber'>>,
) => Promise<void>;

interface PersonLoaders {
  /** Null where there is no such person. */
  person: (id: string) => Promise<PersonRecord | null>;
}

/** The directory. Besides what is said at each function, all fail with DatabaseError where the database does. */
export interface People {
  /** Throws InvalidFieldError, or AccountTakenError where an account belongs to someone else. */
  register(data: PersonInput): Promise<PersonRecord>;
  /** undefined leaves a field as it is, null removes it (but not the name). Null where there is no such person. Throws as `register` does. */
  update(id: string, change: PersonChange): Promise<PersonRecord | null>;
  /**
   * Erases the person from every table, and on SQLite from the bytes of the file. False where there is no such person.
   * After an error it may be called again: it then finishes what was left.
   */
  forget(id: string): Promise<boolean>;
  /** Takes the value as people write it (+86 138…, any case of an e-mail). Throws InvalidFieldError. */
  findByAccount(kind: AccountKind, value: string): Promise<PersonRecord | null>;
  page(request: PageRequest): Promise<DirectoryPage>;
  /** How many a search matches, or everyone; null where that means reading more than ten thousand people. */
  count(search?: string | null): Promise<number | null>;
  /** One set a request: what it loaded it keeps. */
  loaders(): PersonLoaders;
}

const RELEASABLE = [...ACCOUNT_KINDS, 'idNumber'] as const;

/** SQLite takes 32,766 parameters in a statement and PostgreSQL 65,535; a hundred is the most that one field asks for. */
const MAX_IDS_A_QUERY = 1_000;

/**
 * The directory in `database`, everything personal sealed by `cipher`. People under the previous key are brought under
 * the current one first. Throws DatabaseError of kind `key` where the database was written with another DATA_KEY.
 */
export async function createPeople(
  database: Database,
  cipher: Cipher,
  erasureHooks: readonly ErasureHook[] = [],
  releaseHooks: readonly ReleaseHook[] = [],
): Promise<People> {
  const { db } = database;
  await rotate(database, cipher);
  await settleRestoredVersions(db);
  const names = new Names(database, cipher);
  const pages = new Pages(database, cipher, names);

  const knownPeople = new KnownPeople(database);
  const loadMany = async (ids: readonly string[]): Promise<(PersonRecord | Error | null)[]> => {
    const wanted = ids.filter((id) => isId(id));
    const byId = new Map((await readByIds(database, wanted)).map((row) => [row.id, row]));
    return ids.map((id) => {
      const row = byId.get(id);
      try {
        return row ? openPerson(cipher, row) : null;
      } catch (error) {
        // One damaged row fails its own person only.
        return error as Error;
      }
    });
  };

  /** Together for all requests of one turn of the event loop. Nothing of it is kept: each reads what is there by now. */
  const reads = new DataLoader(
    async (ids: readonly string[]) => {
      const known = knownPeople.current();
      const read = await loadMany(ids);
      knownPeople.add(known, read);
      return read;
    },
    { cache: false, maxBatchSize: MAX_IDS_A_QUERY, batchScheduleFn: (read) => void setImmediate(read) },
  );

  return {
    async register(input) {
      const data = normalisePerson(input);
      const id = newId();
      const now = Date.now();
      await database.transaction(async (trx) => {
        const { seq } = await trx
          .insertInto('people')
          .values({ id, ...sealPerson(cipher, id, data), created_at: now, updated_at: now })
          .returning('seq')
          .executeTakeFirstOrThrow();
        await writeAccounts(trx, cipher, seq, data);
        await noteNameChange(trx, seq);
      });
      return { ...data, id, createdAt: new Date(now), updatedAt: new Date(now) };
    },

    async update(id, input) {
      const change = normaliseChange(input);
      if (!isId(id)) return null;
      return database.transaction(async (trx) => {
        const row = await trx
          .selectFrom('people')
          .selectAll()
          .where('id', '=', id)
          .$if(locksRows(trx), (query) => query.forNoKeyUpdate())
          .executeTakeFirst();
        if (!row) return null;
        const before = openData(cipher, row);
        const data = { ...before, ...change };
        const changed = { ...sealPerson(cipher, id, data), updated_at: Date.now() };
        await trx.updateTable('people').set(changed).where('seq', '=', row.seq).execute();
        await writeAccounts(trx, cipher, row.seq, data);
        if (data.name !== before.name) await noteNameChange(trx, row.seq);
        const released = RELEASABLE.filter((field) => before[field] !== null && before[field] !== data[field]);
        if (released.length > 0)
          for (const release of releaseHooks)
            await release(trx, { id, ...Object.fromEntries(released.map((field) => [field, before[field]])) });
        return openPerson(cipher, { ...row, ...changed });
      });
    },

    async forget(id) {
      if (!isId(id)) return false;
      const existed = await database.transaction(async (trx) => {
        // Locked before the hooks run: what is being added under `lockLiving` is committed by then, and erased too.
        const row = await trx
          .selectFrom('people')
          .select(['seq', 'id', 'sealed'])
          .where('id', '=', id)
          .$if(locksRows(trx), (query) => query.forUpdate())
          .executeTakeFirst();
        const person = { id, ...(row && readable(() => openData(cipher, row))) };
        for (const erase of erasureHooks) await erase(trx, person);
        if (!row) return false;
        await noteNameChange(trx, row.seq);
        // The accounts go with it, by their foreign key.
        await trx.deleteFrom('people').where('seq', '=', row.seq).execute();
        return true;
      });
      names.erase(id);
      await database.eraseTraces();
      return existed;
    },

    findByAccount: async (kind, value) => findByAccountKey(db, cipher, kind, accountKeyOf(kind, value)),

    page: (request) => pages.read(request),

    count: (search) => pages.count(search),

    loaders() {
      const asked = new Map<string, Promise<PersonRecord | null>>();
      let known: ReadonlyMap<string, PersonRecord> | undefined | null = null;
      return {
        person: (id) => {
          if (known === null) known = knownPeople.current();
          const found = known?.get(id);
          if (found) return Promise.resolve(found);
          let person = asked.get(id);
          if (!person) asked.set(id, (person = reads.load(id)));
          return person;
        },
      };
    },
  };
}

/** A damaged row must not keep a person from being forgotten. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
