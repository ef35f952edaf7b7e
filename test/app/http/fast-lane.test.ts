import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { INVENTED_PEOPLE } from '../../../src/sandbox/index.js';
import { FAULTS } from '../../federation/faults.js';
import { type Operation } from '../../federation/operation.js';
import { QUERIES } from '../../federation/queries.js';
import { type Question } from '../../federation/shapes.js';
import { startGraph, type TestGraph } from '../../graph/harness.js';

let graph: TestGraph;
let metricsUrl: string;
let ids: string[];
beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  graph = await startGraph({
    METRICS_PORT: String(port),
    ZVCMS_MAX_PER_SECOND: '0',
    CAMPUS_TIMEOUT_MS: '500',
    ZVCMS_TIMEOUT_MS: '500',
    ZHIMA_TIMEOUT_MS: '500',
  });
  ids = await graph.register(...INVENTED_PEOPLE.map((person) => ({ ...person })));
});
afterAll(() => graph.close());

interface Seen {
  status: number;
  headers: [string, string][];
  body: string;
  audit: string[];
  /** Operations by lane, and errors by code, that the answer added to the metrics. */
  counted: Record<string, number>;
  lane: string;
}

/** What is new in every answer; everything else must be the same to the byte. */
const EVER_NEW: [RegExp, string][] = [
  [/"D[0-9a-f]{20,}"/g, '"a dynamic code"'],
  [/\bD[0-9a-f]{20,}\b/g, 'a code in an address'],
  [/data:image\/(svg\+xml|png);base64,[^"]+/g, 'a picture'],
  [/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"a time"'],
  [/"vendorRequestId":"[^"]+"/g, '"vendorRequestId":"some id"'],
];
const EVER_NEW_HEADERS = ['date', 'content-length', 'x-request-id'];
const comparable = (text: string) => EVER_NEW.reduce((so, [pattern, instead]) => so.replace(pattern, instead), text);

const auditFile = () => readFileSync(join(graph.folder, 'audit.log'), 'utf8');

async function counters(): Promise<Map<string, number>> {
  const text = await (await fetch(metricsUrl)).text();
  return new Map(
    [...text.matchAll(/^(kaquan_(?:operation_seconds_count|operations_total|errors_total)\{[^}]*\}) (\d+)$/gm)].map(
      ([, name = '', value]) => [name, Number(value)],
    ),
  );
}

/** `extensions: {}` changes nothing of a request, but is unusual enough for the server itself to answer it. */
async function send({ query, variables, as = {} }: Question, lane: 'either' | 'server', accept: string): Promise<Seen> {
  const audited = auditFile().length;
  const before = await counters();
  const response = await fetch(graph.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept,
      ...(as !== 'anonymous' && { authorization: `Bearer ${await graph.token(as)}` }),
    },
    body: JSON.stringify({ query, variables, ...(lane === 'server' && { extensions: {} }) }),
  });
  const body = comparable(await response.text());
  const more = [...(await counters())].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const);
  const counted = more.filter(([, count]) => count > 0);
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => !EVER_NEW_HEADERS.includes(name)),
    body,
    audit: auditFile()
      .slice(audited)
      .split('\n')
      .map((line) => line.replace(/"time":\d+/, '"time":0'))
      // Which of two fields is resolved first may depend on the vendors.
      .sort(),
    counted: Object.fromEntries(counted.map(([name, count]) => [name.replace(/lane="\w+"/, ''), count])),
    lane: counted.map(([name]) => /lane="(\w+)"/.exec(name)?.[1]).find(Boolean) ?? 'none',
  };
}

/** Several failures may come in any order. */
function withErrorsInOrder(seen: Seen): Omit<Seen, 'lane'> {
  const rest: Omit<Seen, 'lane'> & { lane?: string } = { ...seen };
  delete rest.lane;
  const { errors = [], ...more } = JSON.parse(seen.body) as { errors?: unknown[] };
  if (errors.length < 2) return rest;
  return { ...rest, body: JSON.stringify({ errors: errors.map((error) => JSON.stringify(error)).sort(), ...more }) };
}

async function bothWays(operation: Operation, accept = 'application/json'): Promise<[fast: Seen, server: Seen]> {
  const question = operation.ask(ids, 'single', { trusted: '', waiting: '' });
  const play = () => {
    for (const vendor of [graph.campus, graph.zvcms, graph.zhima]) vendor.play(null);
    operation.play?.(graph);
  };
  play();
  await send(question, 'either', accept);
  play();
  const fast = await send(question, 'either', accept);
  play();
  return [fast, await send(question, 'server', accept)];
}

const MORE: Operation[] = [
  {
    name: 'two fragments and an alias',
    ask: () => ({
      query:
        'query Q($id: ID!) { a: person(id: $id) { ...F ... on Person { x: maskedName __typename } } } fragment F on Person { id maskedName accounts { moziId } }',
      variables: { id: ids[0] },
    }),
  },
  {
    name: 'a condition that holds',
    ask: () => ({
      query:
        'query Q($id: ID!, $with: Boolean!) { person(id: $id) { id maskedName @include(if: $with) maskedMobile @skip(if: $with) } }',
      variables: { id: ids[0], with: true },
    }),
  },
  {
    name: 'a condition that does not',
    ask: () => ({
      query:
        'query Q($id: ID!, $with: Boolean!) { person(id: $id) { id maskedName @include(if: $with) maskedMobile @skip(if: $with) } }',
      variables: { id: ids[0], with: false },
    }),
  },
  { name: 'nothing at all', ask: () => ({ query: '{ person(id: "nobody") { id @skip(if: true) maskedName } }' }) },
  {
    name: 'a list of codes, some of them wrong',
    ask: () => ({
      query: 'query ($codes: [String!]!) { exchangeCodes(codes: $codes) { code redeemable __typename } }',
      variables: { codes: ['!', '164822200532619796511', ''] },
    }),
  },
];

const oneOf = ([first]: Operation[]): Operation => {
  if (!first) throw new Error('there are no queries');
  return first;
};

const OPERATIONS = [...QUERIES, ...FAULTS, ...MORE];

it('answers most of the queries of the tests the short way', async () => {
  expect(OPERATIONS.length).toBeGreaterThan(50);
  const lanes = { fast: 0, server: 0, none: 0 };
  for (const operation of QUERIES) {
    const [{ lane }] = await bothWays(operation);
    lanes[lane as keyof typeof lanes] += 1;
  }
  expect(lanes.fast).toBeGreaterThan(QUERIES.length * 0.7);
});

describe('either lane gives the same answer, to the byte, with the same audit lines and counts:', () => {
  it.each(OPERATIONS.map((operation) => [operation.name, operation] as const))('%s', async (_name, operation) => {
    const [fast, server] = await bothWays(operation);
    expect(server.lane).not.toBe('fast');
    expect(withErrorsInOrder(fast)).toEqual(withErrorsInOrder(server));
  });

  it.each([
    'application/graphql-response+json',
    '*/*',
    'application/json;q=0.5, application/graphql-response+json;q=0.4',
  ])('to whoever accepts %s', async (accept) => {
    const [fast, server] = await bothWays(oneOf(QUERIES), accept);
    expect([fast.lane, server.lane]).toEqual(['fast', 'server']);
    expect(withErrorsInOrder(fast)).toEqual(withErrorsInOrder(server));
  });
});
