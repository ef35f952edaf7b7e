import { type AddressInfo, createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { inventPeople, startGraph, type TestGraph } from '../../../graph/harness.js';
import { until } from '../../../until.js';

const CODES_API = 'coupon/exchange/getExchangeCodeStatus';
const VOUCHER_API = 'alibaba.campus.bs.voucher.get';

let graph: TestGraph;
let port: number;
beforeAll(async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  server.close();
  await once(server, 'close');
  graph = await startGraph({
    METRICS_PORT: String(port),
    ZVCMS_TIMEOUT_MS: '700',
    ZVCMS_MAX_CONCURRENCY: '10',
    ZVCMS_MAX_PER_SECOND: '0',
  });
});
afterAll(() => graph.close());

interface Verbose {
  status: string;
  vendors: { vendor: string; breaker: string; retriesLeft: number; apis: Record<string, unknown>[] }[];
}

const verbose = async () => (await (await fetch(`http://127.0.0.1:${port}/readyz?verbose`)).json()) as Verbose;
const stateOf = async (name: string) => (await verbose()).vendors.find(({ vendor }) => vendor === name);

/** The gauges of one vendor, without those of the others. */
async function gaugesOf(vendor: string): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = [...text.matchAll(/^kaquan_vendor_(\w+)\{vendor="(\w+)",(?:api|state)="([^"]+)"\} ([\d.]+)$/gm)];
  const ofVendor = lines.filter(([, , name]) => name === vendor);
  const gauges = ofVendor.map(([, name = '', , label = '', value]) => [`${name} ${label}`, Number(value)] as const);
  const [, left] = new RegExp(`^kaquan_vendor_retries_left\\{vendor="${vendor}"\\} (\\d+)$`, 'm').exec(text) ?? [];
  return { ...Object.fromEntries(gauges), retries_left: Number(left) };
}

it('every vendor in use has a state before it is asked', async () => {
  const vendors = (await verbose()).vendors;
  expect(vendors.map(({ vendor }) => vendor)).toEqual(expect.arrayContaining(Object.keys(graph.vendors)));
  for (const state of vendors) expect(state).toMatchObject({ breaker: 'closed', retriesLeft: 10, apis: [] });
});

it('a vendor that hangs shows calls under way, a queue with its oldest wait, and then an open breaker', async () => {
  graph.zvcms.play('hang');
  const codes = Array.from({ length: 12 }, (_, number) => `hang${number}`);
  const asked = graph.ask('query ($codes: [String!]!) { exchangeCodes(codes: $codes) { redeemable } }', { codes });
  await until(() => graph.zvcms.requests.length >= 10);
  await sleep(200);

  const state = await stateOf('zvcms');
  const [api] = state?.apis ?? [];
  expect(state).toMatchObject({ breaker: 'closed', retriesLeft: 11 });
  expect(api).toMatchObject({ api: CODES_API, underWay: 10, queued: 2, heldUntil: null });
  expect(api?.['oldestWaitMs']).toBeGreaterThanOrEqual(200);
  expect(api?.['oldestWaitMs']).toBeLessThan(700);
  const gauges = await gaugesOf('zvcms');
  expect(gauges).toMatchObject({
    'breaker_state closed': 1,
    'breaker_state open': 0,
    'breaker_state half-open': 0,
    [`requests_in_flight ${CODES_API}`]: 10,
    [`queue_length ${CODES_API}`]: 2,
    [`hold_end_timestamp_seconds ${CODES_API}`]: 0,
    retries_left: 11,
  });
  expect(gauges[`queue_oldest_wait_seconds ${CODES_API}`]).toBeGreaterThanOrEqual(0.2);

  expect((await asked).errors).toHaveLength(12);
  expect(await stateOf('zvcms')).toMatchObject({
    breaker: 'open',
    apis: [{ underWay: 0, queued: 0, oldestWaitMs: 0 }],
  });
  expect(await gaugesOf('zvcms')).toMatchObject({
    'breaker_state closed': 0,
    'breaker_state open': 1,
    [`requests_in_flight ${CODES_API}`]: 0,
    [`queue_length ${CODES_API}`]: 0,
  });
  expect(await stateOf('campus')).toMatchObject({ breaker: 'closed' });
});

it('a vendor that bans shows until when', async () => {
  graph.campus.play('banned', 1);
  const [id] = await graph.register(...inventPeople(1));
  const { errors } = await graph.ask('query ($id: ID!) { person(id: $id) { voucher(activityCode: "1") { qrCode } } }', {
    id,
  });
  expect(errors).toMatchObject([{ extensions: { code: 'VENDOR_THROTTLED' } }]);
  const [api] = (await stateOf('campus'))?.apis ?? [];
  expect(api).toMatchObject({ api: VOUCHER_API, underWay: 0, queued: 0 });
  const leftMs = Date.parse(String(api?.['heldUntil'])) - Date.now();
  expect(leftMs).toBeGreaterThan(3_500_000);
  expect(leftMs).toBeLessThanOrEqual(3_600_000);
  const end = (await gaugesOf('campus'))[`hold_end_timestamp_seconds ${VOUCHER_API}`] ?? 0;
  expect(Math.abs(end - Date.parse(String(api?.['heldUntil'])) / 1000)).toBeLessThan(2);
});

it('the port of the graph tells no more than that it is ready, whoever asks', async () => {
  for (const path of ['/readyz', '/readyz?verbose', '/readyz?verbose=true']) {
    const response = await fetch(new URL(path, graph.url));
    expect([path, response.status, await response.text()]).toEqual([path, 200, '{"status":"ok"}']);
  }
  expect(await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()).toEqual({ status: 'ok' });
});
