import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { COMPILED_SERVER } from '../../compile-server.js';
import { startGraph } from '../../graph/harness.js';

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

const folder = mkdtempSync(join(tmpdir(), 'kaquan-overload-'));
const children: ChildProcess[] = [];
const sockets: Socket[] = [];
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Answered {
  status: number;
  retryAfter: number;
  text: string;
}

/** Connections that are open before anything is asked over them. */
async function openConnections(port: number, count: number): Promise<Socket[]> {
  while (sockets.length < count) {
    const some = Array.from({ length: 200 }, () => connect(port, '127.0.0.1'));
    await Promise.all(some.map((socket) => once(socket, 'connect')));
    sockets.push(...some);
  }
  return sockets;
}

/** One answer, by its content-length. */
function ask(socket: Socket, request: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    let got = '';
    socket.on('error', reject).on('close', () => reject(new Error('closed without an answer')));
    socket.on('data', (chunk: Buffer) => {
      got += chunk.toString('latin1');
      const [head = '', text = ''] = got.split('\r\n\r\n');
      const field = (name: string) => Number(new RegExp(`\r\n${name}: (\\d+)`, 'i').exec(head)?.[1] ?? NaN);
      if (text.length < field('content-length')) return;
      socket.removeAllListeners('data');
      const status = Number(head.slice(9, 12));
      resolve({ status, retryAfter: field('retry-after'), text: Buffer.from(text, 'latin1').toString() });
    });
    socket.write(request);
  });
}

const WORK = '{ directory(first: 12) { edges { node { id maskedName voucher(activityCode: "1") { qrCode } } } } }';
const BODY = JSON.stringify({ query: WORK });
const REQUEST = `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
/** More than run and wait at once before anything is known of how fast they are answered. */
const CROWD = 2_600;

it('refuses what it cannot do in time, at once, while health and metrics answer, and is itself again afterwards', async () => {
  const metricsPort = String(20_000 + Math.floor(Math.random() * 20_000));
  const child = spawn(process.execPath, ['--no-warnings', COMPILED_SERVER], {
    env: {
      PORT: '0',
      METRICS_PORT: metricsPort,
      LOG_LEVEL: 'warn',
      AUDIT_LOG: join(folder, 'audit.log'),
      SANDBOX: 'true',
      DATABASE_URL: `file:${join(folder, 'crowd.db')}`,
      REQUEST_TIMEOUT_MS: '10000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  while (!/http[^"\s]+graphql/.test(output)) await once(child.stdout, 'data');
  const url = /http[^"\s]+graphql/.exec(output)?.[0] ?? '';
  const at = (path: string) => new URL(path, url).href;
  const metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  const valueOf = (text: string, name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  const connections = await openConnections(Number(new URL(url).port), CROWD);

  const started = performance.now();
  const tookMs = { refused: [] as number[], done: [] as number[] };
  const crowd = connections.map(async (socket) => {
    const answer = await ask(socket, REQUEST);
    tookMs[answer.status === 503 ? 'refused' : 'done'].push(performance.now() - started);
    return answer;
  });
  await wait(200);
  const meanwhile = [at('/healthz'), at('/readyz'), metricsUrl].map(async (one) => (await fetch(one)).status);
  expect(await Promise.all(meanwhile)).toEqual([200, 200, 200]);
  const answers = await Promise.all(crowd);

  const refused = answers.filter(({ status }) => status === 503);
  const done = answers.filter(({ status }) => status === 200);
  expect(refused.length).toBeGreaterThan(CROWD / 5);
  expect(done.length).toBeGreaterThan(CROWD / 10);
  expect(refused.length + done.length).toBe(CROWD);
  // Who is refused need not wait for those who wait.
  expect(median(tookMs.refused)).toBeLessThan(median(tookMs.done));
  for (const { retryAfter: after, text } of refused) {
    expect(after).toBeGreaterThanOrEqual(1);
    expect(after).toBeLessThan(60);
    expect(JSON.parse(text)).toEqual({
      errors: [
        {
          message: expect.any(String),
          extensions: { code: 'SERVER_OVERLOADED', retryable: true, retryAfterSeconds: after },
        },
      ],
    });
  }
  for (const { text } of done) expect(text).toContain('"maskedName":"张*"');

  const told = await (await fetch(metricsUrl)).text();
  expect(valueOf(told, 'kaquan_errors_total\\{code="SERVER_OVERLOADED"\\}')).toBe(refused.length);
  expect(valueOf(told, 'kaquan_requests_running')).toBe(0);
  expect(valueOf(told, 'kaquan_requests_waiting')).toBe(0);
  expect(output.match(/it is refused/g)).toHaveLength(1);
  const afterwards = await Promise.all(connections.slice(0, 50).map((socket) => ask(socket, REQUEST)));
  expect(afterwards.map(({ status }) => status)).toEqual(afterwards.map(() => 200));
}, 60_000);

it('a vendor that hangs with hundreds waiting for it makes nobody else wait, and nobody is refused', async () => {
  const graph = await startGraph({
    CAMPUS_TIMEOUT_MS: '8000',
    CAMPUS_MAX_CONCURRENCY: '1000',
    REQUEST_TIMEOUT_MS: '9000',
  });
  try {
    const [id] = await graph.register({ name: '等', mobile: '13800000001' });
    const authorization = `Bearer ${await graph.token({})}`;
    const post = (query: string) =>
      fetch(graph.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ query, variables: { id } }),
      });
    const PLAIN = 'query ($id: ID!) { person(id: $id) { maskedName } }';
    await (await post(PLAIN)).text();
    graph.campus.play('hang');
    const hanging: Promise<Response>[] = [];
    for (let number = 0; number < 500; number += 1) {
      hanging.push(
        post(
          `query ($id: ID!) { person(id: $id) { voucher(activityCode: "1", validSeconds: ${30 + number}) { qrCode } } }`,
        ),
      );
      if (number % 20 === 0) await wait(20);
    }
    await wait(500);
    const tookMs: number[] = [];
    for (let number = 0; number < 20; number += 1) {
      const asked = performance.now();
      expect(await (await post(PLAIN)).json()).toEqual({ data: { person: { maskedName: '*' } } });
      tookMs.push(performance.now() - asked);
    }
    expect(median(tookMs)).toBeLessThan(500);
    const answers = await Promise.all(hanging.map(async (one) => (await one).status));
    expect(answers.filter((status) => status !== 200)).toEqual([]);
  } finally {
    await graph.close();
  }
}, 60_000);
