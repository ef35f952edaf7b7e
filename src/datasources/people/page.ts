import { setImmediate as nextTurn } from 'node:timers/promises';
import { validate as isId } from 'uuid';
import { type Cipher } from '../../database/cipher.js';
import { type Database } from '../../database/open.js';
import { InvalidFieldError } from './fields.js';
import { tailNumbers } from './mobile-tail.js';
import { Needle } from './name-blocks.js';
import { type Names } from './names.js';
import { findByAccountKey, openPerson, type PersonRecord, readByIds, SEALED_COLUMNS, type SealedRow } from './rows.js';
import { nameMatches, parseSearch, type Search, tailMatches } from './search.js';

export interface DirectoryPage {
  people: PersonRecord[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  /** As `count` of the search; null also where it was not asked for. */
  totalCount: number | null;
}

export interface PageRequest {
  /** 1 or more. */
  first: number;
  /** The page begins after this id, whether or not that person still exists. */
  afterId?: string | null | undefined;
  /** Part of a name, a whole mobile or e-mail, or a mobile's last four digits; blank means everyone. */
  search?: string | null | undefined;
  /** Counting costs more than the page. */
  countTotal?: boolean;
}

/** More are not counted. */
const MAX_COUNTED = 10_000;
/** Most rows that are read and opened in one go. */
const MAX_CHUNK = 500;

/** Rows that may match, by id, behind `after`; complete up to `end`, or to the last one where that is undefined. */
type Source = (after: string | undefined, limit: number) => Promise<{ rows: SealedRow[]; end: string | undefined }>;

/** Pages through the directory, and counts it. */
export class Pages {
  constructor(
    private readonly database: Database,
    private readonly cipher: Cipher,
    private readonly names: Names,
  ) {}

  /**
   * One page by ascending id. What is added meanwhile comes after the pages that were read. Throws InvalidFieldError
   * (`after`) where `afterId` is no id.
   */
  async read({ first, afterId, search, countTotal = false }: PageRequest): Promise<DirectoryPage> {
    // Also keeps characters out that PostgreSQL refuses in text.
    if (afterId != null && !isId(afterId)) {
      throw new InvalidFieldError([{ field: 'after', message: 'must be the cursor of a person' }]);
    }
    // In the letters that ids are stored in.
    const after = afterId?.toLowerCase();
    const asked = parseSearch(search ?? '');
    const found = await this.find(asked, after, first + 1);
    // Whoever comes first of all is on an earlier page if there is one.
    const [start] = after === undefined ? [] : await this.find(asked, undefined, 1);
    return {
      people: found.slice(0, first),
      hasNextPage: found.length > first,
      hasPreviousPage: after !== undefined && start !== undefined && start.id <= after,
      totalCount: countTotal ? await this.countOf(asked) : null,
    };
  }

  /** How many match, or everyone; null where that means reading more than ten thousand people. */
  count(search: string | null | undefined): Promise<number | null> {
    return this.countOf(parseSearch(search ?? ''));
  }

  private async find(search: Search | undefined, after: string | undefined, limit: number): Promise<PersonRecord[]> {
    if (!search) {
      const rows = await this.readPlain(after, limit);
      return rows.map((row) => openPerson(this.cipher, row));
    }
    if (search.kind !== null) {
      const person = await findByAccountKey(this.database.db, this.cipher, search.kind, search.key);
      return person && (after === undefined || person.id > after) ? [person] : [];
    }
    const { text, tail } = search;
    const matches = (person: PersonRecord) => nameMatches(person, text) || tailMatches(person, tail);
    return this.collect([await this.namesWith(text), ...this.tails(tail)], matches, after, limit);
  }

  /** The first `limit` matches behind `after`, reading little more rows than these. */
  private async collect(
    sources: readonly Source[],
    matches: (person: PersonRecord) => boolean,
    after: string | undefined,
    limit: number,
  ): Promise<PersonRecord[]> {
    const people: PersonRecord[] = [];
    for (let chunk = Math.min(limit, MAX_CHUNK); ; chunk = Math.min(2 * chunk, MAX_CHUNK)) {
      const read = await Promise.all(sources.map((source) => source(after, chunk)));
      // Beyond the earliest end some source has not been heard.
      const end = read.reduce<string | undefined>(
        (least, { end: own }) => (own !== undefined && (least === undefined || own < least) ? own : least),
        undefined,
      );
      const rows = new Map<string, SealedRow>();
      for (const row of read.flatMap((each) => each.rows))
        if (end === undefined || row.id <= end) rows.set(row.id, row);
      for (const id of [...rows.keys()].sort()) {
        const person = openPerson(this.cipher, rows.get(id) as SealedRow);
        if (matches(person) && people.push(person) === limit) return people;
      }
      if (end === undefined) return people;
      after = end;
      // Decryption is done on this thread: let other requests have their turn.
      await nextTurn();
    }
  }

  private readPlain(after: string | undefined, limit: number): Promise<SealedRow[]> {
    return this.database.db
      .selectFrom('people')
      .select(SEALED_COLUMNS)
      .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  private async namesWith(text: string): Promise<Source> {
    const index = await this.names.current();
    const needle = new Needle(text);
    return async (after, limit) => {
      const ids = index.find(needle, after, limit);
      return { rows: await readByIds(this.database, ids), end: ids.length === limit ? ids.at(-1) : undefined };
    };
  }

  /** One for each key, since rows were indexed with either. */
  private tails(tail: string | undefined): Source[] {
    if (tail === undefined) return [];
    return tailNumbers(this.cipher, tail).map((number) => async (after, limit) => {
      const rows = await this.database.db
        .selectFrom('people')
        .select(SEALED_COLUMNS)
        .where('mobile_tail', '=', number)
        .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
        .orderBy('id')
        .limit(limit)
        .execute();
      return { rows, end: rows.length === limit ? rows.at(-1)?.id : undefined };
    });
  }

  private async countOf(search: Search | undefined): Promise<number | null> {
    if (!search) {
      const { total } = await this.database.db
        .selectFrom((db) =>
          db
            .selectFrom('people')
            .select('seq')
            .limit(MAX_COUNTED + 1)
            .as('some'),
        )
        .select((select) => select.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return bounded(total);
    }
    if (search.kind !== null) return (await this.find(search, undefined, 1)).length;
    const { text, tail } = search;
    const named = bounded((await this.names.current()).count(new Needle(text), MAX_COUNTED + 1));
    if (named === null || tail === undefined) return named;
    const isNew = (person: PersonRecord) => tailMatches(person, tail) && !nameMatches(person, text);
    // Each of them has to be opened, whether or not it turns out to match.
    if (bounded(await this.countTails(tail)) === null) return null;
    return bounded(named + (await this.collect(this.tails(tail), isNew, undefined, MAX_COUNTED + 1)).length);
  }

  private async countTails(tail: string): Promise<number> {
    const { total } = await this.database.db
      .selectFrom((db) =>
        db
          .selectFrom('people')
          .select('seq')
          .where('mobile_tail', 'in', tailNumbers(this.cipher, tail))
          .limit(MAX_COUNTED + 1)
          .as('some'),
      )
      .select((select) => select.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    return total;
  }
}

function bounded(count: number): number | null {
  return count > MAX_COUNTED ? null : count;
}
