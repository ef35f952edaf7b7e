import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, it } from '@jest/globals';
import { Deadline } from '../../src/datasources/transport/deadline.js';
import { RATE_WINDOW_MS } from '../../src/datasources/transport/rate-limiter.js';
import { Transport } from '../../src/datasources/transport/transport.js';
import { recordingDeps } from '../scenes/subject.js';

const MOST = 3;
const ANSWER_MS = 1_000;

/** A vendor in a thread of its own, which goes on counting while this one is busy. */
const VENDOR = `
const { parentPort } = require('node:worker_threads');
const arrivals = [];
const server = require('node:http').createServer((request, answer) => {
  arrivals.push(performance.now());
  setTimeout(() => answer.end(), ${ANSWER_MS});
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
parentPort.on('message', () => parentPort.postMessage(arrivals));
`;

let close: () => Promise<unknown> = () => Promise.resolve();
afterEach(() => close());

async function start() {
  const vendor = new Worker(VENDOR, { eval: true });
  const [port] = (await once(vendor, 'message')) as [number];
  const settings = { baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 9_000, maxConcurrency: 16, clockOffsetMs: 0 };
  const transport = new Transport('somebody', 'account', { ...settings, maxPerSecond: MOST }, recordingDeps());
  close = () => Promise.all([transport.close(), vendor.terminate()]);
  const send = (signingMs: number) => {
    const sign = () => {
      stayBusy(signingMs);
      return { method: 'GET' as const, path: '/', headers: {} };
    };
    return transport.send({ api: 'api', sign, read: ({ status }) => status }, Deadline.after(settings.timeoutMs));
  };
  const look = async () => {
    vendor.postMessage('arrivals');
    const [arrivals] = (await once(vendor, 'message')) as [number[]];
    expect(arrivals).toHaveLength(2 * MOST);
    const inASecond = arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + 1_000).length);
    expect(Math.max(...inASecond)).toBe(MOST);
    // Nor does a call count from when it is answered.
    expect(Math.max(...arrivals) - Math.min(...arrivals)).toBeLessThan(RATE_WINDOW_MS + ANSWER_MS - 100);
  };
  return { send, look };
}

/** So that nothing else happens in this thread. */
function stayBusy(ms: number): void {
  for (const ends = performance.now() + ms; performance.now() < ends;);
}

const calls = Array.from({ length: 2 * MOST }, (_, call) => call);

it('a call that is busy being signed counts from when it leaves', async () => {
  const { send, look } = await start();
  await Promise.all(calls.map((call) => send(call < MOST ? 200 : 0)));
  await look();
});

it('a call whose connection is made late counts from when it leaves', async () => {
  const { send, look } = await start();
  const answers = Promise.all(calls.map(() => send(0)));
  setImmediate(() => stayBusy(600));
  await answers;
  await look();
});
