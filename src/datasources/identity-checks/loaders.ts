import DataLoader from 'dataloader';
import { sql, type Kysely } from 'kysely';
import { validate as isUuid } from 'uuid';
import { type Tables } from '../../database/tables.js';
import { canBePersonId, IdentityCheckInputError } from './input.js';
import { recordOf, type CheckRow, type IdentityCheckRecord, type LedgerSeals } from './record.js';

/** The newest `first` of a person's checks; with `after`, of those behind that check. */
export interface ChecksOfPerson {
  personId: string;
  first: number;
  /** The id of a check of the same person. */
  after?: string | undefined;
}

const MAX_IDS = 500;
/** Each key with `after` is a term of one UNION, of which SQLite takes 500. */
const MAX_PAGES = 100;

/**
 * One set a request. Besides DatabaseError for all, a key fails alone: with DatabaseError of kind `key` or `corrupt`
 * where a check of it cannot be opened, with IdentityCheckInputError where `after` is no check of the person.
 */
export class IdentityCheckLoaders {
  private ids: DataLoader<string, IdentityCheckRecord | null> | undefined;
  private persons: DataLoader<ChecksOfPerson, IdentityCheckRecord[], string> | undefined;

  constructor(
    private readonly db: Kysely<Tables>,
    private readonly seals: LedgerSeals,
  ) {}

  /** Null where there is no such check. */
  get byId(): DataLoader<string, IdentityCheckRecord | null> {
    return (this.ids ??= new DataLoader((ids) => this.loadByIds(ids), { maxBatchSize: MAX_IDS }));
  }

  /** Newest first. */
  get byPerson(): DataLoader<ChecksOfPerson, IdentityCheckRecord[], string> {
    return (this.persons ??= new DataLoader((wanted) => this.loadByPersons(wanted), {
      maxBatchSize: MAX_PAGES,
      cacheKeyFn: ({ personId, first, after }) => JSON.stringify([personId, first, after]),
    }));
  }

  private async loadByIds(ids: readonly string[]): Promise<(IdentityCheckRecord | Error | null)[]> {
    const rows = new Map((await this.rowsOf(ids)).map((row) => [row.id, row]));
    return ids.map((id) => {
      const row = rows.get(id);
      return row ? readable(() => recordOf(row, this.seals)) : null;
    });
  }

  private async loadByPersons(wanted: readonly ChecksOfPerson[]): Promise<(IdentityCheckRecord[] | Error)[]> {
    const [newest, behind] = [await this.newestOf(wanted), await this.rowsBehind(wanted)];
    return wanted.map((each) => {
      const rows = each.after === undefined ? newest.get(each.personId) : behind.get(each);
      if (each.after !== undefined && !rows)
        return new IdentityCheckInputError('after', 'after must be the id of a check of the same person');
      return readable(() => (rows ?? []).slice(0, each.first).map((row) => recordOf(row, this.seals)));
    });
  }

  /** The newest checks by person, for keys without `after`: as many of each as the key that wants most. */
  private async newestOf(wanted: readonly ChecksOfPerson[]): Promise<Map<string, CheckRow[]>> {
    const keys = wanted.filter(({ personId, after }) => after === undefined && canBePersonId(personId));
    if (keys.length === 0) return new Map();
    const rows = await this.db
      .selectFrom((db) =>
        db
          .selectFrom('identity_checks')
          .selectAll()
          .select(sql<number>`row_number() over (partition by person_id order by started_at desc, id desc)`.as('place'))
          .where('person_id', 'in', [...new Set(keys.map(({ personId }) => personId))])
          .as('ranked'),
      )
      .selectAll()
      .where('place', '<=', Math.max(...keys.map(({ first }) => first)))
      .orderBy('place')
      .execute();
    const byPerson = new Map<string, CheckRow[]>();
    for (const row of rows) {
      const own = byPerson.get(row.person_id ?? '');
      if (own) own.push(row);
      else byPerson.set(row.person_id ?? '', [row]);
    }
    return byPerson;
  }

  /** For keys with `after`: an entry for each whose `after` is a check of the person. */
  private async rowsBehind(wanted: readonly ChecksOfPerson[]): Promise<Map<ChecksOfPerson, CheckRow[]>> {
    const keys = wanted.filter(({ after }) => after !== undefined);
    const anchors = new Map((await this.rowsOf(keys.map(({ after = '' }) => after))).map((row) => [row.id, row]));
    const pages = keys.flatMap((key) => {
      const anchor = anchors.get(key.after ?? '');
      return anchor && anchor.person_id === key.personId ? [{ key, anchor, rows: [] as CheckRow[] }] : [];
    });
    const [first, ...others] = pages.map(({ key, anchor }, page) => this.pageBehind(anchor, key.first, page));
    const rows = await others
      .reduce((all, page) => all?.unionAll(page), first)
      ?.orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .execute();
    for (const row of rows ?? []) pages[row.page]?.rows.push(row);
    return new Map(pages.map(({ key, rows }) => [key, rows]));
  }

  private pageBehind({ id, person_id, started_at }: CheckRow, first: number, page: number) {
    return this.db
      .selectFrom((db) =>
        db
          .selectFrom('identity_checks')
          .selectAll()
          .select(sql<number>`${sql.lit(page)}`.as('page'))
          .where('person_id', '=', person_id)
          .where((eb) => eb(eb.refTuple('started_at', 'id'), '<', eb.tuple(started_at, id)))
          .orderBy('started_at', 'desc')
          .orderBy('id', 'desc')
          .limit(first)
          .as('behind'),
      )
      .selectAll();
  }

  private async rowsOf(ids: readonly string[]): Promise<CheckRow[]> {
    const known = ids.filter((id) => isUuid(id));
    if (known.length === 0) return [];
    return this.db.selectFrom('identity_checks').selectAll().where('id', 'in', known).execute();
  }
}

/** What cannot be opened fails where it is asked for, and not the whole batch. */
function readable<T>(read: () => T): T | Error {
  try {
    return read();
  } catch (error) {
    return error as Error;
  }
}
