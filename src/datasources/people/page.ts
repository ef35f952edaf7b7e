import { setImmediate as nextTurn } from 'node:timers/promises';
import { validate as isId } from 'uuid';
import { type Cipher } from '../../database/cipher.js';
import { type Database } from '../../database/open.js';
import { InvalidFieldError } from './fields.js';
import { openPerson, type PersonRecord, SEALED_COLUMNS } from './rows.js';
import { parseSearch, type Search } from './search.js';

export interface DirectoryPage {
  people: PersonRecord[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  /** Of the whole directory, or of all that match the search. */
  totalCount: number;
}

export interface PageRequest {
  /** 1 or more. */
  first: number;
  /** The page begins after this id, whether or not that person still exists. */
  afterId?: string | null | undefined;
  /** Part of a name, mobile or e-mail; blank means everyone. */
  search?: string | null | undefined;
}

const BATCH = 500;

/**
 * One page of the directory by ascending id. What is added meanwhile comes after the pages that were read. Throws
 * InvalidFieldError (`after`) where `afterId` is no id.
 */
export async function readPage(database: Database, cipher: Cipher, request: PageRequest): Promise<DirectoryPage> {
  // Also keeps characters out that PostgreSQL refuses in text.
  if (request.afterId != null && !isId(request.afterId)) {
    throw new InvalidFieldError([{ field: 'after', message: 'must be the cursor of a person' }]);
  }
  const search = parseSearch(cipher, request.search ?? '');
  return search ? searchPage(database, cipher, request, search) : plainPage(database, cipher, request);
}

async function plainPage(database: Database, cipher: Cipher, request: PageRequest): Promise<DirectoryPage> {
  const { db } = database;
  const { first, afterId } = request;
  const query = db
    .selectFrom('people')
    .select(SEALED_COLUMNS)
    .orderBy('id')
    .limit(first + 1);
  const rows = await (afterId == null ? query : query.where('id', '>', afterId)).execute();
  const before =
    afterId == null
      ? undefined
      : await db.selectFrom('people').select('id').where('id', '<=', afterId).limit(1).executeTakeFirst();
  const { total } = await db
    .selectFrom('people')
    .select((select) => select.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return {
    people: rows.slice(0, first).map((row) => openPerson(cipher, row)),
    hasNextPage: rows.length > first,
    hasPreviousPage: before !== undefined,
    totalCount: total,
  };
}

async function searchPage(
  database: Database,
  cipher: Cipher,
  { first, afterId }: PageRequest,
  search: Search,
): Promise<DirectoryPage> {
  const seqs = await candidates(database, search);
  const page: DirectoryPage = { people: [], hasNextPage: false, hasPreviousPage: false, totalCount: 0 };
  for (let start = 0; start < seqs.length; start += BATCH) {
    const rows = await database.db
      .selectFrom('people')
      .select(SEALED_COLUMNS)
      .where('seq', 'in', seqs.slice(start, start + BATCH))
      .orderBy('id')
      .execute();
    for (const row of rows) {
      const person = openPerson(cipher, row);
      if (!search.matches(person)) continue;
      page.totalCount += 1;
      if (afterId != null && row.id <= afterId) page.hasPreviousPage = true;
      else if (page.people.length < first) page.people.push(person);
      else page.hasNextPage = true;
    }
    // Decryption is done on this thread: let other requests have their turn.
    await nextTurn();
  }
  return page;
}

/** By id, so that the batches are read in the order of the page. */
async function candidates({ db }: Database, { gramSets }: Search): Promise<number[]> {
  const people = db.selectFrom('people').select('seq').orderBy('id');
  const query =
    gramSets === undefined
      ? people
      : people.where((where) =>
          where.or(
            gramSets.map((grams) =>
              where(
                'seq',
                'in',
                db
                  .selectFrom('person_grams')
                  .select('person_seq')
                  .where('gram', 'in', grams)
                  .groupBy('person_seq')
                  .having((having) => having.fn.countAll(), '=', grams.length),
              ),
            ),
          ),
        );
  return (await query.execute()).map(({ seq }) => seq);
}
