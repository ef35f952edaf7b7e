import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Federation, startFederation } from '../../scripts/federation.js';
import { COMPILED_SERVER } from '../compile-server.js';
import { startGraph, type TestGraph } from '../graph/harness.js';
import { KINDS, startCollector, treeOf } from './collector.js';

const hex = (bytes: number) => randomBytes(bytes).toString('hex');
const PERSON = { name: '慕容雪晴', mobile: '13976543210', email: 'xue@example.com', zvcmsUserId: '9876501234' };
const WALLET =
  'query Wallet($id: ID!) { person(id: $id) { name voucher(activityCode: "1") { qrCode } giftCards { id } } }';
const CAMPUS_API = 'campus alibaba.campus.bs.voucher.get';
const ZVCMS_API = 'zvcms user.my-cards';

let collector: Awaited<ReturnType<typeof startCollector>>;
let graph: TestGraph;
let federation: Federation;
let person: string;
beforeAll(async () => {
  collector = await startCollector();
  graph = await startGraph({
    ROUTER_SECRET: hex(16),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=one%20key',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  });
  [person = ''] = await graph.register(PERSON);
  federation = await startFederation({ settings: graph.settings, port: 0, program: [COMPILED_SERVER] });
}, 60_000);
afterAll(async () => {
  await federation.close();
  await graph.close();
  await collector.close();
});

async function wallet(url: string, traceId: string, spanId: string, flags = '01') {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await graph.token({})}`,
      traceparent: `00-${traceId}-${spanId}-${flags}`,
      'x-request-id': `request-of-${spanId}`,
    },
    body: JSON.stringify({ query: WALLET, variables: { id: person } }),
  });
  const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

describe('the spans of a wallet', () => {
  it('in one process: the request, a batch for each vendor, and the HTTP request in it', async () => {
    const [traceId, spanId] = [hex(16), hex(8)];
    await wallet(graph.url, traceId, spanId);
    const spans = await collector.trace(traceId, 5);
    expect(treeOf(spans, spanId)).toEqual([
      'query Wallet',
      `  ${CAMPUS_API}`,
      '    POST',
      `  ${ZVCMS_API}`,
      '    POST',
    ]);

    const request = spans.find(({ name }) => name === 'query Wallet');
    expect(request).toMatchObject({
      kind: KINDS.server,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/graphql',
        'http.response.status_code': 200,
        'graphql.operation.type': 'query',
        'graphql.operation.name': 'Wallet',
        'kaquan.request.id': `request-of-${spanId}`,
      },
    });
    const campus = spans.find(({ name }) => name === CAMPUS_API);
    expect(campus).toMatchObject({
      kind: KINDS.internal,
      attributes: { 'kaquan.batch.size': 1, 'kaquan.outcome': 'ok' },
    });
    expect(spans.find(({ parentSpanId }) => parentSpanId === campus?.spanId)).toMatchObject({
      kind: KINDS.client,
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 200,
        'peer.service': 'campus',
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(graph.campus.url).port),
      },
    });
    for (const span of spans)
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
    expect(Math.abs(Number(BigInt(request?.startTimeUnixNano ?? 0) / 1_000_000n) - Date.now())).toBeLessThan(20_000);
    expect(collector.headers).toContain('one key');
  });

  it("through a router: each subgraph's request in the client's trace, its vendor's below it", async () => {
    const [traceId, spanId] = [hex(16), hex(8)];
    await wallet(federation.url, traceId, spanId);
    const spans = await collector.trace(traceId, 7);
    const server = spans.filter(({ kind }) => kind === KINDS.server);
    expect(server.map(({ subgraph }) => subgraph).sort()).toEqual(['campus', 'people', 'zvcms']);
    expect(new Set(server.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([spanId]));
    expect(new Set(server.map(({ attributes }) => attributes['kaquan.request.id']))).toEqual(
      new Set([`request-of-${spanId}`]),
    );
    for (const [subgraph, api] of [
      ['campus', CAMPUS_API],
      ['zvcms', ZVCMS_API],
    ]) {
      const own = server.find((span) => span.subgraph === subgraph);
      expect(treeOf(spans, own?.spanId ?? '')).toEqual([api, '  POST']);
    }
  });
});

it('what the router does not trace is not traced', async () => {
  const [traceId, other] = [hex(16), hex(16)];
  await wallet(graph.url, traceId, hex(8), '00');
  await wallet(graph.url, other, hex(8));
  await collector.trace(other, 5);
  await expect(collector.trace(traceId, 0)).resolves.toEqual([]);
});

it('two requests that share a batch both have it in their trace, and one of them its HTTP request', async () => {
  const [one, other] = [hex(16), hex(16)];
  // Batches are shared while many are under way: a slow vendor keeps them so.
  graph.campus.play('slow');
  await Promise.all([
    ...Array.from({ length: 12 }, () => wallet(graph.url, hex(16), hex(8))),
    wallet(graph.url, one, hex(8)),
    wallet(graph.url, other, hex(8)),
  ]);
  graph.campus.play(null);
  const [ones, others] = [await collector.trace(one, 3), await collector.trace(other, 3)];
  const campusOf = (spans: typeof ones) => spans.find(({ name }) => name === CAMPUS_API);
  expect(campusOf(ones)?.attributes['kaquan.batch.size']).toBeGreaterThan(1);
  const clients = [...ones, ...others].filter(({ attributes }) => attributes['peer.service'] === 'campus');
  const linked = [campusOf(ones), campusOf(others)].filter((span) => span?.links?.length);
  expect(clients.length).toBeLessThanOrEqual(1);
  expect(linked.length + clients.length).toBe(2);
});

it('no vendor is told of it, and no span tells of anybody', () => {
  for (const vendor of Object.values(graph.vendors)) {
    for (const { headers } of vendor.requests) expect(Object.keys(headers)).not.toContain('traceparent');
  }
  const sent = collector.bodies.join('\n');
  expect(sent).toContain('query Wallet');
  for (const needle of [...Object.values(PERSON), person, 'qrCode', WALLET, '/router/rest'])
    expect([needle, sent.includes(needle)]).toEqual([needle, false]);
});
