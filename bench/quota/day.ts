import { randomFrom, VirtualClock } from './clock.js';
import { ApiQueue, Batches, Fleet, Joined, type Told, type VendorRules } from './fleet.js';

const HOUR_MS = 3_600_000;
/** Of a hundred openings, how many fall into each hour: before lectures, around lunch, and around supper. */
export const CURVE = [0, 0, 0, 0, 0, 0, 1, 3, 4, 4, 5, 12, 14, 6, 4, 4, 5, 10, 12, 7, 4, 3, 1, 1];
const BUSIEST = CURVE.indexOf(Math.max(...CURVE));

export interface Day {
  /** Each opens the wallet once. */
  people: number;
  processes: number;
  /** Whether the processes keep the limits at Redis; else each keeps its share (`PROCESSES`). */
  together: boolean;
  /** Exchange codes that a wallet asks about. */
  codes: number;
  /** Of a hundred people, for how many a second part of the page asks for the same a moment later. */
  askedTwice: number;
  /** Whether a person's requests reach the same process. */
  sticky: boolean;
  zvcms: VendorRules;
  campus: VendorRules;
  batchSize: number;
}

export const DAY: Day = {
  people: 60_000,
  processes: 4,
  together: true,
  codes: 3,
  askedTwice: 0,
  sticky: false,
  zvcms: { maxPerSecond: 8, timeoutMs: 5_000, latencyMs: 100 },
  campus: { maxPerSecond: 0, timeoutMs: 5_000, latencyMs: 100 },
  batchSize: 20,
};
const SECOND_ASKS_AFTER_MS = 50;

export interface DayResult {
  calls: { vouchers: number; cards: number; codes: number };
  /** Of a hundred wallets, how many lacked something (`VENDOR_THROTTLED`). */
  incomplete: number;
  incompleteInBusiestHour: number;
  /** The first hour with such a wallet. */
  firstIncompleteHour: number | undefined;
  /** How long wallets of the busiest hour took that lacked nothing, by quantile, in milliseconds. */
  took: (quantile: number) => number;
}

export function simulate(day: Day): DayResult {
  const clock = new VirtualClock();
  const fleet = new Fleet(clock, day.processes, day.together);
  const processes = Array.from({ length: day.processes }, () => {
    const limiter = fleet.limiter();
    const vouchers = new ApiQueue(clock, limiter, 'vouchers', day.campus);
    const cards = new ApiQueue(clock, limiter, 'cards', day.zvcms);
    const codes = new ApiQueue(clock, limiter, 'codes', day.zvcms);
    const batches = new Batches(clock, vouchers, day.batchSize, day.campus.timeoutMs);
    return { vouchers, cards, codes, batches, lists: new Joined(clock, cards, day.zvcms.timeoutMs / 4) };
  });
  const hours = CURVE.map(() => ({ wallets: 0, incomplete: 0 }));
  const took: number[] = [];
  const random = randomFrom(1);
  const anyOf = () => processes[Math.floor(random() * processes.length)] ?? fail();

  const open = (hour: number, person: number) => {
    const openedMs = clock.nowMs;
    let [left, complete] = [day.codes + 2, true];
    const told: Told = (answered) => {
      complete &&= answered;
      left -= 1;
      if (left > 0) return;
      const counted = hours[hour] ?? fail();
      counted.wallets += 1;
      if (!complete) counted.incomplete += 1;
      else if (hour === BUSIEST) took.push(clock.nowMs - openedMs);
    };
    const asked = anyOf();
    asked.batches.ask(told);
    asked.lists.ask(person, told);
    for (let code = 0; code < day.codes; code += 1) asked.codes.ask(told);
    if (random() * 100 >= day.askedTwice) return;
    left += 1;
    clock.at(openedMs + SECOND_ASKS_AFTER_MS, () => (day.sticky ? asked : anyOf()).lists.ask(person, told));
  };

  let person = 0;
  for (const [hour, share] of CURVE.entries()) {
    clock.at(hour * HOUR_MS, () => {
      for (let number = 0; number < (day.people * share) / 100; number += 1) {
        const opens = (person += 1);
        clock.at((hour + random()) * HOUR_MS, () => open(hour, opens));
      }
    });
  }
  clock.run();

  const sum = (of: (one: (typeof processes)[number]) => number) => processes.reduce((all, one) => all + of(one), 0);
  const shareOf = (some: typeof hours) =>
    (100 * some.reduce((all, one) => all + one.incomplete, 0)) / some.reduce((all, one) => all + one.wallets, 0);
  const first = hours.findIndex(({ incomplete }) => incomplete > 0);
  took.sort((one, other) => one - other);
  return {
    calls: {
      vouchers: sum(({ vouchers }) => vouchers.calls),
      cards: sum(({ cards }) => cards.calls),
      codes: sum(({ codes }) => codes.calls),
    },
    incomplete: shareOf(hours),
    incompleteInBusiestHour: shareOf(hours.slice(BUSIEST, BUSIEST + 1)),
    firstIncompleteHour: first < 0 ? undefined : first,
    took: (quantile) => took[Math.floor(took.length * quantile)] ?? NaN,
  };
}

function fail(): never {
  throw new Error('there is no such process or hour');
}
