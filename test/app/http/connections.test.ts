import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { type Environment } from '../../../src/config/config.js';
import { type Running, serve } from '../../../src/app/serve.js';
import { closeInTime } from '../../../src/app/stop.js';
import { COMPILED_SERVER } from '../../compile-server.js';
import { startGraph } from '../../graph/harness.js';

const folder = mkdtempSync(join(tmpdir(), 'kaquan-connections-'));
const sockets: Socket[] = [];
const children: ChildProcess[] = [];
let running: Running | undefined;
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await running?.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(times: Environment, idleMs?: number): Promise<Running> {
  const settings = {
    PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'silent',
    AUDIT_LOG: join(folder, 'audit.log'),
    SANDBOX: 'true',
    DATABASE_URL: `file:${join(folder, 'open.db')}`,
  };
  running = await serve({ ...settings, ...times }, () => undefined, idleMs);
  return running;
}

/** A client that writes what it is told to, and keeps what it is answered. */
class Client {
  text = '';
  private readonly socket: Socket;
  readonly closed: Promise<unknown>;

  constructor(url: string) {
    this.socket = connect(Number(new URL(url).port), '127.0.0.1');
    sockets.push(this.socket);
    this.socket.on('data', (chunk: Buffer) => (this.text += chunk.toString())).on('error', () => undefined);
    this.closed = once(this.socket, 'close');
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** Reads no more, or goes on. */
  read(on: boolean): void {
    if (on) this.socket.resume();
    else this.socket.pause();
  }

  async received(part: string): Promise<void> {
    while (!this.text.includes(part)) await once(this.socket, 'data');
  }
}

const BODY = '{"query":"{ __typename }"}';
const HEAD = `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n`;
const ANSWER = '{"data":{"__typename":"Query"}}';

describe('a client that does not come to an end', () => {
  it.each([
    ['with its body', HEAD, 'x'],
    ['with its headers', HEAD.replace(/\r\n\r\n$/, '\r\nx-slow: '), 'x'],
    ['with its first byte', '', ''],
  ])('%s is cut off, however steadily it goes on', async (_what, first, next) => {
    const { url } = await open({ REQUEST_TIMEOUT_MS: '300' });
    const client = new Client(url);
    client.send(first);
    const drip = setInterval(() => client.send(next), 20);
    const outcome = await Promise.race([client.closed.then(() => 'cut off'), wait(5_000, 'still there')]);
    clearInterval(drip);
    expect(outcome).toBe('cut off');
    expect(client.text).toMatch(/^HTTP\/1\.1 408 /);
    expect(client.text).toContain('"code":"BAD_REQUEST"');
  });

  it('does not hinder one that comes in time on the same connection, twice', async () => {
    const { url } = await open({ REQUEST_TIMEOUT_MS: '1000' });
    const client = new Client(url);
    client.send(HEAD + BODY.slice(0, 5));
    await wait(50);
    client.send(BODY.slice(5));
    await client.received(ANSWER);
    client.text = '';
    client.send(HEAD + BODY);
    await client.received(ANSWER);
    expect(client.text).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('a client that holds its connection', () => {
  it('without a word after its answer is cut off', async () => {
    const { url } = await open({}, 1_500);
    const client = new Client(url);
    client.send(HEAD + BODY);
    await client.received(ANSWER);
    const quietSince = performance.now();
    expect(await Promise.race([client.closed.then(() => 'cut off'), wait(8_000, 'still there')])).toBe('cut off');
    expect(performance.now() - quietSince).toBeGreaterThan(1_000);
  });

  it('and reads nothing of its answers is cut off, with most of them unsent', async () => {
    const { url } = await open({}, 300);
    const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
    const [, path = ''] = /src="([^"]+)"/.exec(page) ?? [];
    const script = await (await fetch(new URL(path, url))).text();
    const asked = Math.ceil(40_000_000 / script.length);
    const client = new Client(url);
    client.send(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(asked));
    await client.received('200 OK');
    client.read(false);
    // The socket's own buffers are full long before, and then nothing moves.
    await wait(1_500);
    client.read(true);
    expect(await Promise.race([client.closed.then(() => 'cut off'), wait(8_000, 'still there')])).toBe('cut off');
    expect(client.text.length).toBeLessThan(0.9 * asked * script.length);
  });
});

it('an operation waits for vendors no longer than a request may, however long each may take', async () => {
  const graph = await startGraph({ CAMPUS_TIMEOUT_MS: '15000', REQUEST_TIMEOUT_MS: '500' });
  try {
    const [id] = await graph.register({ name: '等', mobile: '13800000001' });
    graph.campus.play('hang');
    const started = performance.now();
    const { errors } = await graph.ask(
      'query ($id: ID!) { person(id: $id) { voucher(activityCode: "1") { qrCode } } }',
      {
        id,
      },
    );
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['VENDOR_TIMEOUT']);
    expect(performance.now() - started).toBeLessThan(5_000);
  } finally {
    await graph.close();
  }
});

describe('a server that stops', () => {
  it('answers what is under way, says that it was the last, and ends', async () => {
    const { url, close } = await open({ SHUTDOWN_TIMEOUT_MS: '15000' });
    const [one, idle] = [new Client(url), new Client(url)];
    idle.send(HEAD + BODY);
    await idle.received(ANSWER);
    expect(idle.text).toContain('Connection: keep-alive');
    one.send(HEAD + BODY.slice(0, 5));
    await wait(50);
    const started = performance.now();
    const ended = close();
    await idle.closed;
    one.send(BODY.slice(5));
    await one.received(ANSWER);
    await Promise.all([one.closed, ended]);
    expect(one.text).toMatch(/^HTTP\/1\.1 200 /);
    expect(one.text).toContain('connection: close');
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('does not wait longer than its time for whoever stays', async () => {
    const { url, close } = await open({ SHUTDOWN_TIMEOUT_MS: '500' });
    const client = new Client(url);
    client.send(HEAD + BODY.slice(0, 5));
    await wait(50);
    const started = performance.now();
    await Promise.all([close(), client.closed]);
    expect(client.text).toBe('');
    expect(performance.now() - started).toBeGreaterThan(300);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('ends with its process, by a signal, while a client holds its connection', async () => {
    const child = spawn(process.execPath, ['--no-warnings', COMPILED_SERVER], {
      env: { PORT: '0', METRICS_PORT: '0', SANDBOX: 'true', DATABASE_URL: `file:${join(folder, 'child.db')}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    while (!/http[^"\s]+graphql/.test(output)) await once(child.stdout, 'data');
    const client = new Client(/http[^"\s]+graphql/.exec(output)?.[0] ?? '');
    client.send(HEAD + BODY.slice(0, 5));
    await wait(100);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await wait(100);
    client.send(BODY.slice(5));
    await client.received(ANSWER);
    expect(await Promise.race([ended, wait(8_000, 'still there')])).toEqual([0, null]);
  });

  it('is not ready for a while before its port closes, and answers in it', async () => {
    const { url, close } = await open({ SHUTDOWN_DRAIN_MS: '500' });
    const at = (path: string) => new URL(path, url);
    expect((await fetch(at('/readyz'))).status).toBe(200);
    const ended = close();
    const ready = await fetch(at('/readyz'));
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'stopping' }]);
    expect(ready.headers.get('connection')).toBe('close');
    expect((await fetch(at('/healthz'))).status).toBe(200);
    const asked = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: BODY });
    expect(await asked.text()).toContain('"Query"');
    await ended;
    await expect(fetch(at('/readyz'))).rejects.toThrow();
  });

  it('closes what stands behind it as far as there is time, and says so where there was none', async () => {
    const begun: string[] = [];
    const part = (name: string, outcome: () => Promise<unknown>) => () => {
      begun.push(name);
      return outcome();
    };
    const hangs = part('a pool', () => new Promise(() => undefined));
    const fails = part('a cache', () => Promise.reject(new Error('gone')));
    const closes = part('the database', () => Promise.resolve());
    await expect(closeInTime([closes, fails, hangs, closes], 50)).rejects.toThrow(
      '3 of 4 parts could not be closed in time',
    );
    expect(begun).toEqual(['the database', 'a cache', 'a pool', 'the database']);
    await expect(closeInTime([closes], 50)).resolves.toBeUndefined();
  });
});
