import { existsSync, readFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { type Environment } from '../../src/config/config.js';
import { ERROR_CODES } from '../../src/graph/errors.js';
import { startLogging } from '../app/observability/requests/log-lines.js';
import { ENGINES } from '../engines.js';
import { type Answer, startGraph } from '../graph/harness.js';
import { CAN_START_REDIS, PrivateRedis } from '../redis.js';
import { type Rehearsal, REHEARSALS } from './rehearsals.js';

interface Entry {
  heading: string;
  alerts: string[];
  codes: string[];
  /** What the page says in `code` after "Seen". */
  seen: string[];
}

const spansOf = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);

const ENTRIES: Entry[] = readFileSync('docs/runbook.md', 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((text) => {
    const [heading = '', , names = ''] = text.split('\n');
    const parts = /\n- \*\*Seen\*\*:([^]+)\n- \*\*Cause\*\*:[^]+\n- \*\*Cure\*\*:/.exec(text);
    const named = spansOf(names);
    return {
      heading,
      alerts: named.filter((name) => name.startsWith('Kaquan')),
      codes: named.filter((name) => !name.startsWith('Kaquan')),
      seen: spansOf(parts?.[1]?.replaceAll('\n', ' ') ?? ''),
    };
  });

/** Of answers, and of what is refused before anything of the graph runs. */
const CODES: readonly string[] = ERROR_CODES;
const METRIC = /^(up|(?:kaquan|nodejs)_\w+)(?:\{(\w+="[^"]+")\})?(?: = (\d+))?$/;
const LOG = /^"\w+":/;
/** Words beside what is seen: extensions of the answer, fields and labels that are explained. */
const WORDS = ['errorCode', 'retryAfterSeconds', 'vendors', 'codes', 'le="5"', 'operation'];

/** Every sample of a metric that has that label. */
function valuesOf(exposition: string, name: string, label = ''): number[] {
  return exposition
    .split('\n')
    .filter((line) => (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(label))
    .map((line) => Number(line.slice(line.lastIndexOf(' '))));
}

const sum = (values: number[]) => values.reduce((all, one) => all + one, 0);

/** Undefined where the span is no metric; else whether one of the readings shows it, compared with the first. */
function isShown(span: string, [before = '', ...after]: string[]): boolean | undefined {
  const [, name, label, exactly] = METRIC.exec(span) ?? [];
  if (name === undefined) return undefined;
  return after.some((exposition) => {
    const values = valuesOf(exposition, name, label);
    return exactly === undefined ? sum(values) > sum(valuesOf(before, name, label)) : values.includes(Number(exactly));
  });
}

const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

async function engineFor({ needs }: Rehearsal): Promise<{ settings: Environment; redis?: PrivateRedis } | undefined> {
  if (needs === 'redis') {
    if (!CAN_START_REDIS) return undefined;
    const redis = await PrivateRedis.start();
    closers.push(() => redis.erase());
    return { settings: { REDIS_URL: redis.url }, redis };
  }
  if (needs !== 'postgres') return { settings: {} };
  const postgres = await ENGINES.find(({ name }) => name === needs)?.open();
  if (!postgres) return undefined;
  closers.push(() => postgres.drop());
  return { settings: { DATABASE_URL: postgres.url, DATA_KEY: Buffer.alloc(32, 9).toString('base64') } };
}

/** Plays it before a server in a process of its own; gives the metrics before, meanwhile and afterwards, and the log. */
async function rehearse(rehearsal: Rehearsal): Promise<{ readings: string[]; log: string } | undefined> {
  const engine = await engineFor(rehearsal);
  if (!engine) return undefined;
  const graph = await startGraph(engine.settings);
  closers.push(() => graph.close());
  const METRICS_PORT = String(randomInt(20_000, 32_000));
  const kept = Object.entries(graph.settings).filter(([name]) => !name.startsWith(rehearsal.without ?? ' '));
  const server = await startLogging({ ...Object.fromEntries(kept), METRICS_PORT, ...rehearsal.settings });
  closers.push(() => server.stop());
  const readings: string[] = [];
  const look = async () => {
    const answer = await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`).then(
      (response) => response.text(),
      () => undefined,
    );
    // As Prometheus says it.
    readings.push(answer === undefined ? 'up 0' : `${answer}\nup 1`);
  };
  const ask = async (query: string, variables = {}, given?: string): Promise<Answer> => {
    const authorization = given ?? `Bearer ${await graph.token({})}`;
    const headers = { 'content-type': 'application/json', authorization };
    const response = await fetch(server.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
  };
  await look();
  await rehearsal.play({ graph, url: server.url, ask, look, kill: () => server.stop('SIGKILL'), redis: engine.redis });
  await look();
  await server.stop();
  return { readings, log: server.output() };
}

describe.each(ENTRIES)('$heading', ({ heading, codes, seen }) => {
  it('shows what the runbook says', async () => {
    const rehearsal = REHEARSALS[heading];
    const showed = rehearsal && (await rehearse(rehearsal));
    if (!showed) {
      if (!rehearsal?.needs) throw new Error('nobody rehearses it');
      console.warn(`skipped: ${heading}, since there is no ${rehearsal.needs} here`);
      return;
    }
    const { readings, log } = showed;
    expect(seen.length).toBeGreaterThan(0);
    const told = [...seen, ...codes.map((code) => `kaquan_errors_total{code="${code}"}`)];
    expect(told.filter((span) => !(isShown(span, readings) ?? (WORDS.includes(span) || log.includes(span))))).toEqual(
      [],
    );
  }, 180_000);
});

it('every entry is rehearsed, has an alert or a code, and says in its words what is a metric or a field', () => {
  expect(ENTRIES.length).toBeGreaterThanOrEqual(20);
  expect(ENTRIES.map(({ heading }) => heading).sort()).toEqual(Object.keys(REHEARSALS).sort());
  for (const { heading, alerts, codes, seen } of ENTRIES) {
    expect([heading, alerts.length + codes.length]).not.toEqual([heading, 0]);
    expect(seen.filter((span) => !METRIC.test(span) && !LOG.test(span) && !WORDS.includes(span))).toEqual([]);
    expect(codes.filter((code) => !CODES.includes(code))).toEqual([]);
  }
});

it('every code of a vendor, and what else an operator is asked about, has an entry', () => {
  const ofVendors = CODES.filter((code) => code.startsWith('VENDOR_'));
  expect(ofVendors.length).toBeGreaterThanOrEqual(7);
  const more = ['PERSON_INCOMPLETE', 'IDENTITY_CHECK_BUSY', 'SERVER_OVERLOADED', 'UNAUTHENTICATED'];
  const entries = ENTRIES.flatMap(({ codes }) => codes);
  expect([...ofVendors, ...more].filter((code) => !entries.includes(code))).toEqual([]);
});

const ALERTS = 'ops/alerts.yaml';

(existsSync(ALERTS) ? it : it.skip)('every alert leads to the entry that names it, and no entry names another', () => {
  const { groups } = parse(readFileSync(ALERTS, 'utf8')) as {
    groups: { rules: { alert: string; annotations: { runbook_url: string } }[] }[];
  };
  const links = groups
    .flatMap(({ rules }) => rules)
    .map(({ alert, annotations: { runbook_url: link } }) => `${alert} ${link.slice(link.indexOf('docs/'))}`);
  const anchors = ENTRIES.flatMap(({ heading, alerts }) =>
    alerts.map((alert) => `${alert} docs/runbook.md#${heading.toLowerCase().replaceAll(' ', '-')}`),
  );
  expect(links.sort()).toEqual(anchors.sort());
});
