import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { TRANSPORT_SCENES } from '../../src/sandbox/server.js';
import { BY_VENDOR } from '../app/observability/personal-operations.js';
import { ENGINES } from '../engines.js';
import { startGraph } from '../graph/harness.js';
import { CAN_START_REDIS, PrivateRedis } from '../redis.js';
import { SUBJECTS } from '../scenes/subjects.js';
import { type Exposed, hasLabel, readExposition } from './exposed.js';
import { alertRules, dashboard, dashboardQueries, groupingLabelsOf, selectorsOf } from './queries.js';

const exposed: Exposed = new Map();
/** Names that only an engine which does not answer here would bring. */
const missing: RegExp[] = [];
/** What no scene brings about: an overload, a fault of ours, and a verdict whose token somebody else had spent. */
const NOT_PLAYED = ['SERVER_OVERLOADED', 'INTERNAL_SERVER_ERROR', 'LOST', 'over_budget', 'internal'];

beforeAll(async () => {
  const postgres = await ENGINES.find(({ name }) => name === 'postgres')?.open();
  if (!postgres) missing.push(/^kaquan_database_/);
  const redis = CAN_START_REDIS ? await PrivateRedis.start() : undefined;
  if (!redis) missing.push(/^kaquan_shared_limits_/);
  if (missing.length > 0) console.warn(`skipped: without PostgreSQL or Redis nobody exposes ${missing.join(', ')}`);
  const port = randomInt(20_000, 32_000);
  const graph = await startGraph({
    METRICS_PORT: String(port),
    ZVCMS_MAX_PER_SECOND: '0',
    ...Object.fromEntries(SUBJECTS.map(({ vendor }) => [`${vendor.toUpperCase()}_TIMEOUT_MS`, '700'])),
    ...(postgres && { DATABASE_URL: postgres.url, DATA_KEY: Buffer.alloc(32, 9).toString('base64') }),
    ...(redis && { REDIS_URL: redis.url }),
  });
  const [person = ''] = await graph.register({ name: '甲', mobile: '13800000001', zvcmsUserId: '9876501234' });
  let check = '';
  for (const { vendor, scenes } of SUBJECTS) {
    const inOrder = [...TRANSPORT_SCENES, ...Object.keys(scenes)].sort(
      (one, other) => Number(one.startsWith('banned')) - Number(other.startsWith('banned')),
    );
    for (const scene of inOrder) {
      // A good answer in between, so that no breaker opens.
      for (const played of [scene, null]) {
        graph.vendors[vendor]?.play(played);
        for (const { query, variables } of BY_VENDOR[vendor]?.operations(person, check) ?? []) {
          const { data } = await graph.ask(query, variables);
          check = (data?.['startIdentityCheck'] as { check: { id: string } } | undefined)?.check.id ?? check;
        }
      }
    }
  }
  const cards = 'query ($id: ID!) { person(id: $id) { giftCards { id } } }';
  // Slow enough that the others join the first.
  graph.zvcms.play('slow', 5);
  await Promise.all([1, 2, 3, 4, 5].map(() => graph.ask(cards, { id: person })));
  readExposition(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), exposed);
  await graph.close();
  await redis?.kill();
  await redis?.erase();
  await postgres?.drop();
}, 120_000);

const isMissing = (metric: string) => missing.some((pattern) => pattern.test(metric));

describe.each([
  ['ops/alerts.yaml', alertRules().map(({ expr }) => expr)],
  ['ops/grafana.json', dashboardQueries()],
])('every query of %s', (_file, queries) => {
  it('is PromQL, and asks for metrics, labels and values that a run over all scenes exposes', () => {
    expect(exposed.size).toBeGreaterThan(40);
    const selectors = queries.flatMap(selectorsOf);
    expect(selectors.length).toBeGreaterThanOrEqual(queries.length);
    const wrong: string[] = [];
    for (const { query, metric, labels } of selectors) {
      // Prometheus makes this one, of whether it could scrape.
      if (metric === 'up' || isMissing(metric)) continue;
      if (!exposed.has(metric)) wrong.push(`${metric} is exposed by nobody: ${query}`);
      for (const [label, value] of Object.entries(labels)) {
        if (!hasLabel(exposed, metric, label)) wrong.push(`${metric} has no label ${label}: ${query}`);
        for (const one of value?.split('|') ?? []) {
          const seen = exposed.get(metric)?.get(label)?.has(one) ?? false;
          if (!seen && !NOT_PLAYED.includes(one)) wrong.push(`${metric} has no ${label} ${one}: ${query}`);
        }
      }
      for (const label of groupingLabelsOf(query)) {
        if (!selectorsOf(query).some((one) => hasLabel(exposed, one.metric, label) || isMissing(one.metric)))
          wrong.push(`nothing is grouped by ${label}: ${query}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

it('every metric of ours, and nothing else of that name, has its row in docs/observability.md', () => {
  const ours = [...exposed.keys()]
    .filter((name) => name.startsWith('kaquan_'))
    .map((name) => name.replace(/_(bucket|sum|count)$/, ''));
  const rows = [...readFileSync('docs/observability.md', 'utf8').matchAll(/^\| `(kaquan_\w+)`/gm)].map(
    ([, name = '']) => name,
  );
  expect(new Set(rows).size).toBe(rows.length);
  expect(rows.filter((name) => !isMissing(name)).sort()).toEqual([...new Set(ours)].sort());
});

it('each alert has a severity, a summary, and an entry of the runbook', () => {
  const rules = alertRules();
  expect(rules.length).toBeGreaterThan(10);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  const runbook = existsSync('docs/runbook.md') ? readFileSync('docs/runbook.md', 'utf8') : undefined;
  for (const { alert, labels, annotations } of rules) {
    expect([alert, labels['severity']]).toEqual([alert, expect.stringMatching(/^(page|ticket)$/)]);
    expect(annotations['summary']).toBeTruthy();
    const [, anchor = ''] = /^docs\/runbook\.md#([a-z-]+)$/.exec(annotations['runbook_url'] ?? '') ?? [];
    expect([alert, anchor]).not.toEqual([alert, '']);
    const heading = runbook
      ?.split('\n')
      .some((line) => line.replace(/^#+ /, '').toLowerCase().replaceAll(' ', '-') === anchor);
    expect([alert, anchor, heading ?? true]).toEqual([alert, anchor, true]);
  }
});

it('no panel of the dashboard lies upon another', () => {
  const { panels } = dashboard();
  expect(panels.length).toBeGreaterThan(25);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});
