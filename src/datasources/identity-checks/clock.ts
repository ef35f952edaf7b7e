import { sql, type RawBuilder } from 'kysely';
import { type Database } from '../../database/open.js';

/** Milliseconds since the epoch, as an expression that the database computes. */
export type Clock = () => RawBuilder<number>;

export function databaseClock({ engine }: Database): Clock {
  const now =
    engine === 'postgres'
      ? sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
      : sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;
  return () => now;
}
