import { type Database } from '../../database/open.js';
import { type PersonRecord } from './rows.js';

/** Some kilobytes each. */
const MAX_PEOPLE = 5_000;

/**
 * People as they were read, for as long as nobody has written anything to the database: reading and opening a row takes
 * ten times as long as asking whether that is so. Worth more than half the time of a query that reads one person.
 */
export class KnownPeople {
  private people = new Map<string, PersonRecord>();
  private version: string | undefined;

  constructor(private readonly database: Database) {}

  /** Those who are known right now; undefined where the database cannot say whether it was changed. */
  current(): ReadonlyMap<string, PersonRecord> | undefined {
    const version = this.database.version();
    if (version === undefined) return undefined;
    if (version !== this.version) {
      this.version = version;
      this.people = new Map();
    }
    return this.people;
  }

  /** To be called with what was read while `people` were current. */
  add(people: ReadonlyMap<string, PersonRecord> | undefined, read: readonly (PersonRecord | Error | null)[]): void {
    // Somebody may have written since.
    if (people === undefined || people !== this.current()) return;
    for (const person of read) {
      if (person === null || person instanceof Error) continue;
      if (this.people.size >= MAX_PEOPLE) this.people.clear();
      this.people.set(person.id, person);
    }
  }
}
