import { RATE_WINDOW_MS } from '../../src/datasources/transport/rate-limiter.js';
import { table } from '../../scripts/markdown.js';
import { CURVE, DAY, type Day, type DayResult, simulate } from './day.js';

const PEOPLE = [10_000, 30_000, 50_000, 60_000, 80_000, 100_000];
const BUSIEST_SHARE = Math.max(...CURVE) / 100;
/** Calls a second; TOP counts each call of a batch by itself, so that the limit on HTTP requests is a part of it. */
const CAMPUS_QUOTA = 200;

/** What stands in docs/scale.md, as Markdown. */
export function quotaReport(): string[] {
  return [
    '**How long they wait, by how many people open their wallet once in the day**',
    '',
    ...peopleTable(),
    '',
    `**What helps ${count(DAY.people)} of them, and what does not**`,
    '',
    ...changesTable(),
    '',
    '**Joining: 100,000 people whose page asks for the gift cards in two places, 50 ms apart, and for no codes**',
    '',
    ...joiningTable(),
    '',
    `**Batching: vouchers only, of which campus allows ${CAMPUS_QUOTA} a second**`,
    '',
    ...batchingTable(),
  ];
}

function peopleTable(): string[] {
  return table(
    ['people', 'wallets/s in the busiest hour', 'codes asked/s, of', ...TOLD, 'from'],
    ...PEOPLE.map((people) => {
      const result = simulate({ ...DAY, people });
      const wallets = (people * BUSIEST_SHARE) / 3_600;
      const asked = `${(wallets * DAY.codes).toFixed(1)} of ${allowed(DAY.zvcms.maxPerSecond)}`;
      const { firstIncompleteHour: hour } = result;
      return [count(people), wallets.toFixed(2), asked, ...told(result), hour === undefined ? '–' : `${hour}:00`];
    }),
  );
}

function changesTable(): string[] {
  const changes: [string, Partial<Day>][] = [
    [`${DAY.processes} processes with Redis, as above`, {}],
    ['1 process', { processes: 1 }],
    ['12 processes with Redis', { processes: 12 }],
    ['4 processes without Redis, `PROCESSES=4`', { together: false }],
    ['12 processes without Redis, `PROCESSES=12`', { processes: 12, together: false }],
    ['the wallet asks about one code, the one that is opened', { codes: 1 }],
    ['the vendor allows 16 a second', { zvcms: { ...DAY.zvcms, maxPerSecond: 16 } }],
    ['`ZVCMS_TIMEOUT_MS=9000`', { zvcms: { ...DAY.zvcms, timeoutMs: 9_000 } }],
  ];
  return table(['', ...TOLD], ...changes.map(([what, change]) => [what, ...told(simulate({ ...DAY, ...change }))]));
}

function joiningTable(): string[] {
  const ways: [string, Partial<Day>][] = [
    ['to any process', {}],
    ['a person always to the same process', { sticky: true }],
  ];
  return table(
    ['requests go', 'gift card calls', ...TOLD],
    ...ways.map(([what, change]) => {
      const result = simulate({ ...DAY, ...change, people: 100_000, codes: 0, askedTwice: 100 });
      return [what, count(result.calls.cards), ...told(result)];
    }),
  );
}

function batchingTable(): string[] {
  const zvcms = { ...DAY.zvcms, maxPerSecond: 0 };
  const ways = [1, DAY.batchSize].map((size) => [size, CAMPUS_QUOTA / size] as const);
  return table(
    ['people', '`CAMPUS_BATCH_SIZE`', '`CAMPUS_MAX_PER_SECOND`', 'HTTP requests', ...TOLD],
    ...[100_000, 300_000].flatMap((people) =>
      ways.map(([batchSize, maxPerSecond]) => {
        const campus = { ...DAY.campus, maxPerSecond };
        const result = simulate({ ...DAY, people, batchSize, codes: 0, campus, zvcms });
        return [count(people), String(batchSize), String(maxPerSecond), count(result.calls.vouchers), ...told(result)];
      }),
    ),
  );
}

const TOLD = ['p50 ms', 'p99 ms', 'lack something, busiest hour', 'all day'];

function told({ took, incompleteInBusiestHour, incomplete }: DayResult): string[] {
  return [ms(took(0.5)), ms(took(0.99)), percent(incompleteInBusiestHour), percent(incomplete)];
}

const allowed = (maxPerSecond: number) => ((maxPerSecond * 1_000) / RATE_WINDOW_MS).toFixed(1);
const count = (value: number) => value.toLocaleString('en');
const ms = (value: number) => count(Math.round(value));
const percent = (value: number) => (value === 0 ? '0' : value < 0.1 ? '< 0.1 %' : `${value.toFixed(1)} %`);
