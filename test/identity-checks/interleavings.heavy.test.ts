import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openStorage } from '../../src/app/storage.js';
import { type Database } from '../../src/database/open.js';
import { ENGINES } from '../engines.js';
import { World, type Event } from './world.js';

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  // SQLite is always there; what is tried here is the order of events, not the engine.
  const sqlite = ENGINES.find(({ name }) => name === 'sqlite');
  const opened = await sqlite?.open();
  database = await openStorage(opened?.url ?? '');
  drop = opened?.drop ?? (() => Promise.resolve());
});
afterAll(async () => {
  await database.close();
  await drop();
});

const event = (kind: Event['kind'], weight: number) => ({
  weight,
  arbitrary: fc.record({ kind: fc.constant(kind), n: fc.nat(5) }),
});

/** Weighted so that most runs get somewhere: a settlement is three steps, a delivery and an answer. */
const events = fc.array(
  fc.oneof(
    event('step', 8),
    event('settle', 4),
    event('deliver', 4),
    event('answer', 3),
    event('confirm', 1),
    event('expire', 1),
    event('takeOver', 2),
    event('lose', 1),
    event('throttle', 1),
    event('crash', 1),
  ),
  { minLength: 10, maxLength: 45 },
);

it('spends no token twice and loses no verdict, in whatever order things happen', async () => {
  const ends: Record<string, number> = {};
  const seen = { takeovers: 0, fencedOff: 0, told: 0 };
  await fc.assert(
    fc.asyncProperty(events, async (run) => {
      const world = await World.create(database);
      for (const each of run) await world.play(each);
      const { status, expected } = await world.end();
      expect(world.violations).toEqual([]);
      expect(status).toBe(expected);
      ends[status] = (ends[status] ?? 0) + 1;
      for (const key of ['takeovers', 'fencedOff', 'told'] as const) seen[key] += world.seen[key];
    }),
    { numRuns: 150 },
  );
  // The runs must have gone where it hurts, or they prove nothing.
  expect(Object.keys(ends).sort()).toEqual(['LOST', 'TRUSTED']);
  for (const count of [ends['LOST'], ends['TRUSTED'], ...Object.values(seen)]) expect(count).toBeGreaterThan(0);
});
