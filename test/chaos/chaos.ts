import { setTimeout as sleep } from 'node:timers/promises';
import { Asking } from './asking.js';
import { type Check, Client, type Known, settle, type World } from './client.js';
import { SCENES } from './expected.js';
import { inputOf, mobileOf, nameOf, verdictAfterMs, verdictOf } from './people.js';
import { plan } from './plan.js';
import { play, possible } from './play.js';
import { type Holdings, SPAN_SECONDS } from './processes.js';
import { Random } from './random.js';
import { REQUEST_TIMEOUT_MS, setStage, type Stage, LIMITS } from './stage.js';
import { Troubles, Violations, watchMachine } from './troubles.js';

const CLIENTS = 32;
const PEOPLE = 160;
const PAUSE_MS: [number, number] = [50, 350];
/** Beyond the time that a request has: the way there and back on a machine that has other things to do. */
const SLACK_MS = 1_500;
const WARM_UP_MS = 15_000;
/** The longest that a breaker, a connection kept alive, or a pool holds on to something. */
const CALM_MS = 45_000;
const QUIET_MS = 6_000;
/**
 * What may be held more than at the start: whatever is kept for the next request, but nothing for each. Of the memory that many
 * answers of megabytes took at once, the system gets back only what lies in whole pieces: after an hour 150 MiB less than all.
 */
const MORE = { rssMib: 192, heapMib: 48, files: 12, sockets: 12, timers: 20 } satisfies Holdings;
const DRAIN_MS = 1_000;
const A_PAGE = 100;
const ERROR_LEVEL = 50;

export interface Outcome {
  violations: Violations;
  /** Questions by field, and what they were answered with where it was an error. */
  counts: Record<string, number>;
  registered: number;
  verdicts: Record<string, number>;
  /** The most arrivals in a second, and in the longer span, by API. */
  most: Record<string, number[]>;
  before: Holdings[];
  after: Holdings[];
  faults: Record<string, number>;
}

/** Everything goes wrong for so long, and all that must hold is looked at. The same seed makes the same things go wrong. */
export async function runChaos(
  program: string,
  { seed, ms, say }: { seed: number; ms: number; say: (line: string) => void },
): Promise<Outcome> {
  const troubles = new Troubles();
  const violations = new Violations();
  const stage = await setStage(program, (what) => violations.add('a server', what));
  const unwatch = watchMachine(troubles, () => [stage.vendors, ...stage.servers].some((one) => one.isStopped));
  try {
    return await chaosOn(stage, troubles, violations, { seed, ms, say });
  } finally {
    unwatch();
    await stage.close();
  }
}

async function chaosOn(
  stage: Stage,
  troubles: Troubles,
  violations: Violations,
  { seed, ms, say }: { seed: number; ms: number; say: (line: string) => void },
): Promise<Outcome> {
  const { servers, vendors } = stage;
  const [first] = servers;
  if (!first) throw new Error('there is no server');
  // The first alone makes the tables.
  for (const server of servers) await server.start();
  const asking = new Asking(stage.secret, REQUEST_TIMEOUT_MS + SLACK_MS, troubles, violations);
  const { counts } = asking;
  const people: Known[] = [];
  for (let n = 0; n < PEOPLE; n += 1) {
    const told = await asking.ask(first, REGISTER, { input: inputOf(n) });
    const id = (told?.data['registerPerson'] as { id: string }).id;
    people.push({ n, id, acknowledged: 0, tried: 0 });
  }
  const world: World = {
    servers,
    asking,
    violations,
    people,
    registered: new Map(),
    lastNumber: PEOPLE,
    checks: [],
    over: false,
    pause: PAUSE_MS,
  };
  const asked = new Map<string, number[]>();
  const most: Outcome['most'] = {};
  const drain = async () => {
    const drained = await vendors.drain();
    for (const [key, at] of drained.identityQuestions) asked.set(key, [...(asked.get(key) ?? []), at]);
    for (const [api, counts] of Object.entries(drained.most)) {
      most[api] = counts.map((count, at) => Math.max(count, most[api]?.[at] ?? 0));
      const [second, span] = counts;
      const limit = LIMITS[api.split(' ')[0] ?? ''] ?? Infinity;
      const now = Date.now();
      if (second > limit || span > limit * SPAN_SECONDS)
        violations.add('over a limit', `${counts.join()}, ${api}, ${troubles.between(now - 2 * DRAIN_MS, now).join()}`);
    }
  };
  const clientsUntil = async (row: number, work: Promise<unknown>) => {
    world.over = false;
    const clients = Array.from({ length: CLIENTS }, (_, at) => {
      const own = people.filter(({ n }) => n % CLIENTS === at);
      return new Client(world, new Random(seed, row + at), own).run();
    });
    const watching = (async () => {
      while (!world.over) {
        await drain();
        await sleep(DRAIN_MS);
      }
    })();
    await work.finally(() => (world.over = true));
    await Promise.all([...clients, watching]);
  };
  const quiet = async () => {
    await asking.close();
    await sleep(QUIET_MS);
    return Promise.all(servers.map((server) => server.holdings()));
  };

  say('calm, to get warm');
  await clientsUntil(1_000, sleep(WARM_UP_MS));
  const before = await quiet();
  const planned = plan(seed, ms, SCENES, possible(stage));
  const mortal = new Random(seed, 200).pick(servers);
  const all = planned.scenes.length + planned.faults.length;
  say(`${all} things go wrong, in ${Math.round(ms / 1_000)} s`);
  await clientsUntil(2_000, play(planned, stage, world, troubles, mortal));

  say('calm: is everything there?');
  // Until nothing of what was wrong is felt any more.
  while (troubles.between(Date.now(), Date.now()).length > 0) await sleep(500);
  await registeredAreThere(world);
  await allSettled(world);
  for (const check of world.checks) await settle(world, new Random(seed, 300).pick(servers), check);
  await drain();
  for (const check of world.checks) {
    const again = askedAgain(check, asked.get(check.connKey) ?? []);
    if (again > 0)
      violations.add('a token spent twice', `asked ${again} times after the verdict ${check.verdict ?? ''}`);
  }
  let after = await quiet();
  for (
    const ends = performance.now() + CALM_MS;
    !calm(before, after) && performance.now() < ends;
    after = await quiet()
  );
  if (!calm(before, after)) violations.add('not calm again', JSON.stringify({ before, after }));

  for (const server of servers) {
    const code = await server.end('SIGTERM');
    if (code !== 0) violations.add('a server', `ended with ${code} when it was told to`);
    if (server.errors !== '') violations.add('said to standard error', server.errors.slice(0, 2_000));
    for (const { at, level, text } of server.log) {
      if (isPersonal(text)) violations.add('personal data in the log', text.slice(0, 500));
      const excused =
        troubles.between(at - REQUEST_TIMEOUT_MS, at).includes('postgres') || text.includes('"misconfigured"');
      if ((level >= ERROR_LEVEL && !excused) || /unhandled/i.test(text))
        violations.add('in the log', text.slice(0, 1_000));
    }
  }
  const verdicts = tally(world.checks.map(({ verdict = 'none' }) => verdict));
  const faults = tally(troubles.all.map(({ name }) => name.replace(/ http.*/, '')));
  return { violations, counts, registered: world.registered.size, verdicts, most, before, after, faults };
}

const REGISTER = 'mutation ($input: PersonInput!) { registerPerson(input: $input) { id } }';

async function registeredAreThere({ servers, asking, violations, registered, people }: World): Promise<void> {
  const wanted = [...registered, ...people.map(({ id, n }) => [id, n] as const)];
  for (let at = 0; at < wanted.length; at += A_PAGE) {
    const some = wanted.slice(at, at + A_PAGE);
    const [server] = servers;
    if (!server) return;
    const query = 'query ($ids: [ID!]!) { people(ids: $ids) { id name mobile } }';
    const told = await asking.ask(server, query, { ids: some.map(([id]) => id) });
    const found = JSON.stringify(told?.data['people']);
    const expected = JSON.stringify(some.map(([id, n]) => ({ id, name: nameOf(n), mobile: mobileOf(n) })));
    if (found !== expected) violations.add('an acknowledged person is not there', found.slice(0, 500));
  }
}

/** Whatever was begun comes to its end, by asking until it does. */
async function allSettled(world: World): Promise<void> {
  const [server] = world.servers;
  const open = (): Check[] => world.checks.filter(({ verdict }) => verdict === undefined);
  for (let round = 0; server && open().length > 0 && round < 10; round += 1) {
    for (const check of open()) await settle(world, server, check);
    await sleep(1_000);
  }
  for (const { of } of open()) world.violations.add('a check without an end', `of ${of}, who is ${verdictOf(of)}`);
}

/** How often the vendor was asked after its verdict: from when it told that, or, if that may have been lost, from when we did. */
function askedAgain({ of, toldAt = Infinity, interrupted }: Check, times: readonly number[]): number {
  if (interrupted !== false) return times.filter((at) => at > toldAt).length;
  const [first = 0] = times;
  return Math.max(0, times.filter((at) => at >= first + verdictAfterMs(of)).length - 1);
}

function calm(before: Holdings[], after: Holdings[]): boolean {
  const names = Object.keys(MORE) as (keyof Holdings)[];
  return before.every((start, at) =>
    names.every((name) => (after[at]?.[name] ?? Infinity) <= start[name] + MORE[name]),
  );
}

/** Names and mobile numbers, also where a URL quotes them: `%22131…`. A request's id is random, and may look like a number. */
function isPersonal(line: string): boolean {
  return /混沌|131\d{8}/.test(line.replace(/"(?:r|vendorR)equestId":"[^"]*"/g, ''));
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
