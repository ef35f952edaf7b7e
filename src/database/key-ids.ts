import { type Kysely, sql } from 'kysely';
import { type Tables } from './tables.js';

/**
 * The ids of the keys that a table's rows were sealed with. With an index on `key_id` each costs one look, however many
 * rows there are: `select distinct` would read them all.
 */
export async function storedKeyIds(db: Kysely<Tables>, table: string): Promise<string[]> {
  const found: string[] = [];
  for (let last = ''; ;) {
    const { rows } = await sql<{ next: string | null }>`
      select min(key_id) as next from ${sql.table(table)} where key_id > ${last}`.execute(db);
    const next = rows[0]?.next ?? null;
    if (next === null) return found;
    found.push(next);
    last = next;
  }
}
