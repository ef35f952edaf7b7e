import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Cipher } from '../../database/cipher.js';
import { type Database } from '../../database/open.js';
import { sharedRuns } from '../../database/shared-runs.js';
import { changeHorizon, type ChangeCursor, readChanges } from './name-changes.js';
import { NameIndex } from './name-index.js';
import { openData } from './rows.js';
import { searchText } from './search.js';

/** Opened in one go: some milliseconds, after which other requests have their turn. */
const BATCH = 500;

/**
 * The names of everybody, in memory, for searching by any part: read from the sealed rows when somebody first searches,
 * and from then on only where something changed. An index of names in the database would tell them to whoever steals it.
 */
export class Names {
  private readonly index = new NameIndex();
  /** Where the first reading stands, until it is complete. */
  private reading: { horizon: number; afterId: string } | undefined;
  /** Every change below it is in the index; undefined: it is still to be read. */
  private horizon: number | undefined;
  /** The versions at or above the horizon that were read already. */
  private seen = new Map<number, number>();
  /** Who was erased here while rows are being read: what was read of them before must not come back. */
  private readonly erased = new Set<string>();
  private readonly run: () => Promise<void>;

  constructor(
    private readonly database: Database,
    private readonly cipher: Cipher,
  ) {
    this.run = sharedRuns(() => this.update());
  }

  /** The index with all that was committed, by whichever process, before the call. */
  async current(): Promise<NameIndex> {
    await this.run();
    return this.index;
  }

  /** To be called when the person's erasure was committed: their name leaves this process at once. */
  erase(id: string): void {
    this.erased.add(id);
    this.index.removeId(id);
  }

  private async update(): Promise<void> {
    // Rows that are read from here on are not of those who were erased before.
    this.erased.clear();
    const horizon = await changeHorizon(this.database.db);
    // The database was restored or replaced beneath us: nothing here can be trusted.
    if (this.horizon !== undefined && horizon < this.horizon) this.forgetEverything();
    this.horizon ??= await this.readEveryone(horizon);
    // What was committed while everyone was read is behind the horizon of that reading.
    await this.readChanged(this.horizon, horizon);
    this.horizon = horizon;
  }

  private forgetEverything(): void {
    this.index.clear();
    this.seen.clear();
    this.horizon = undefined;
    this.reading = undefined;
  }

  /** Returns the horizon at which it began. After an error it goes on where it was. */
  private async readEveryone(horizon: number): Promise<number> {
    const reading = (this.reading ??= { horizon, afterId: '' });
    for (;;) {
      const rows = await this.database.db
        .selectFrom('people')
        .leftJoin('name_changes', 'name_changes.person_seq', 'people.seq')
        .select(['people.id', 'people.seq', 'people.sealed', 'name_changes.version'])
        .where('people.id', '>', reading.afterId)
        .orderBy('people.id')
        .limit(BATCH)
        .execute();
      for (const { id, seq, sealed, version } of rows) {
        if (version !== null && version >= reading.horizon) this.seen.set(seq, version);
        this.enter(id, seq, sealed);
      }
      const last = rows.at(-1);
      if (!last) break;
      reading.afterId = last.id;
      await nextTurn();
    }
    this.reading = undefined;
    return reading.horizon;
  }

  private async readChanged(from: number, horizon: number): Promise<void> {
    const seen = new Map<number, number>();
    for (let after: ChangeCursor | undefined = { version: from, seq: -1 }; after;) {
      const changes = await readChanges(this.database.db, after, BATCH);
      for (const { version, seq, id, sealed } of changes) {
        if (version >= horizon) seen.set(seq, version);
        if (this.seen.get(seq) === version) continue;
        // SQLite gives the number of somebody erased to somebody new.
        this.index.removeSeq(seq);
        if (id !== null && sealed !== null) this.enter(id, seq, sealed);
      }
      after = changes.at(-1);
      if (changes.length === BATCH) await nextTurn();
      else break;
    }
    this.seen = seen;
  }

  private enter(id: string, seq: number, sealed: Buffer): void {
    if (this.erased.has(id)) return;
    let name: string;
    try {
      ({ name } = openData(this.cipher, { id, sealed }));
    } catch {
      // A damaged row cannot be found by its name, and must not keep others from being found.
      return;
    }
    this.index.set(id, seq, searchText(name));
  }
}
