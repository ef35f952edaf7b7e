import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Running, serve } from '../../../src/app/serve.js';

const folder = mkdtempSync(join(tmpdir(), 'kaquan-oddities-'));
const settings = (more: Record<string, string> = {}) => ({
  PORT: '0',
  METRICS_PORT: '0',
  LOG_LEVEL: 'silent',
  AUDIT_LOG: join(folder, 'audit.log'),
  SANDBOX: 'true',
  DATABASE_URL: `file:${join(folder, 'sandbox.db')}`,
  ...more,
});
let open: Running;
let closed: Running;
beforeAll(async () => {
  open = await serve(settings(), () => undefined);
  closed = await serve(settings({ SANDBOX: 'true', AUTH_SECRET: 's'.repeat(32) }), () => undefined);
});
afterAll(async () => {
  await open.close();
  await closed.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a socket gets that writes `bytes` and then listens until it is told to go, or nothing comes for a while. */
function raw(url: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    const done = () => {
      socket.destroy();
      resolve(text);
    };
    socket
      .on('data', (chunk: Buffer) => (text += chunk.toString()))
      .on('close', done)
      .on('error', done)
      .setTimeout(5_000, done);
  });
}

const BODY = '{"query":"{ __typename }"}';
const post = (host: string, more = '', body = BODY, type = 'content-type: application/json\r\n') =>
  `POST /graphql HTTP/1.1\r\n${host}${type}${more}connection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const statusOf = (answer: string) => Number(/^HTTP\/1\.\d (\d{3})/.exec(answer)?.[1]);
const errorOf = (answer: string) => {
  const text = answer.slice(answer.indexOf('{"errors"'), answer.lastIndexOf('}') + 1);
  const { errors } = JSON.parse(text) as { errors: { message: string; extensions: { code: string } }[] };
  return errors[0];
};
const MARK = 'geheim13812345678';

describe('a request that is none', () => {
  it.each<[string, number, string | Buffer]>([
    ['a Host of half an address', 400, post('host: [\r\n')],
    ['a Host with a path', 400, post(`host: localhost/${MARK}\r\n`)],
    ['a Host with a user', 400, post(`host: ${MARK}@localhost\r\n`)],
    ['an empty Host', 400, post('host: \r\n')],
    ['HTTP/1.0 without Host', 400, 'GET /graphql?query={__typename} HTTP/1.0\r\naccept: */*\r\n\r\n'],
    ['a path that is no text', 400, `GET /%ff${MARK} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`],
    ['another path', 404, `GET /${MARK}?a=${MARK} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`],
    ['another version of HTTP', 400, `GET /${MARK} HTTP/9.9\r\nhost: localhost\r\n\r\n`],
    ['garbage', 400, `${MARK}\r\n\r\n`],
    ['bytes of TLS', 400, Buffer.from('160301020001000001fc0303', 'hex')],
    ['headers without end', 431, `GET /graphql HTTP/1.1\r\nhost: localhost\r\nx: ${MARK.repeat(2_000)}\r\n\r\n`],
    ['two lengths', 400, post('host: localhost\r\n', 'content-length: 5\r\n')],
    ['a length and chunks', 400, post('host: localhost\r\n', 'transfer-encoding: chunked\r\n')],
    ['a body of no known type', 415, post('host: localhost\r\n', '', BODY, `content-type: ${MARK}/x\r\n`)],
    ['a body of no type', 415, post('host: localhost\r\n', '', BODY, '')],
    ['a body that is compressed', 400, post('host: localhost\r\n', 'content-encoding: gzip\r\n', `\x1f\x8b${MARK}`)],
    ['a list of operations', 400, post('host: localhost\r\n', '', `[${BODY},${BODY}]`)],
    ['a text', 400, post('host: localhost\r\n', '', `"${MARK}"`)],
    [
      'a prototype',
      400,
      post('host: localhost\r\n', '', `{"query":"{ me { id } }","variables":{"__proto__":{"a":1}}}`),
    ],
    ['a subscription', 400, post('host: localhost\r\n', '', '{"query":"subscription { a }"}')],
    [
      'variables that are a list',
      400,
      post('host: localhost\r\n', '', `{"query":"{ __typename }","variables":["${MARK}"]}`),
    ],
  ])('%s gets its answer in plain words', async (_what, status, bytes) => {
    const answer = await raw(open.url, bytes);
    expect(statusOf(answer)).toBe(status);
    expect(errorOf(answer)?.message.length).toBeGreaterThan(10);
    expect(errorOf(answer)?.extensions.code).toMatch(/^(BAD_REQUEST|BAD_USER_INPUT)$/);
    expect(answer).not.toContain(MARK);
    expect(answer).not.toMatch(/FST_|node_modules|statusCode/);
  });

  it('whose head alone was asked for gets no more, even where its own headers have no end', async () => {
    const head = `HEAD /graphql HTTP/1.1\r\nhost: localhost\r\n`;
    for (const [status, more] of [
      [431, `x: ${MARK.repeat(2_000)}\r\n\r\n`],
      [400, `x\r\n\r\n`],
      [405, 'connection: close\r\n\r\n'],
    ] as const) {
      const answer = await raw(open.url, head + more);
      expect(statusOf(answer)).toBe(status);
      expect(answer.endsWith('\r\n\r\n')).toBe(true);
    }
  });

  it('says which type is wanted where there is none', async () => {
    const answer = await raw(open.url, post('host: localhost\r\n', '', BODY, ''));
    expect(errorOf(answer)?.message).toBe('The request must be sent as content-type: application/json');
  });
});

describe('a request that is odd, and good', () => {
  it.each<[string, string]>([
    ['with a byte order mark', post('host: localhost\r\n', '', `\ufeff${BODY}`)],
    [
      'with a type with parameters',
      post('host: localhost\r\n', '', BODY, 'content-type: application/json;charset="utf-8"; a=b\r\n'),
    ],
    ['in capitals', post('HOST: LOCALHOST\r\n', '', BODY, 'CONTENT-TYPE: APPLICATION/JSON\r\n')],
    ['with a port', post('host: localhost:1\r\n')],
    ['by an address', post('host: [::1]:4000\r\n')],
    [
      'in chunks',
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n1a\r\n${BODY}\r\n0\r\n\r\n`,
    ],
    ['with an absolute target', post('host: localhost\r\n').replace('/graphql', 'http://localhost/graphql')],
  ])('%s is answered', async (_what, bytes) => {
    const answer = await raw(open.url, bytes);
    expect(statusOf(answer)).toBe(200);
    expect(answer).toContain('{"data":{"__typename":"Query"}}');
  });

  it('a hundred in one go over one connection get a hundred answers', async () => {
    const one = post('host: localhost\r\n').replace('connection: close\r\n', '');
    const answer = await raw(open.url, one.repeat(99) + post('host: localhost\r\n'));
    expect(answer.match(/\{"data":\{"__typename":"Query"\}\}/g)).toHaveLength(100);
  });

  it('/healthz answers old clients without Host, too', async () => {
    expect(statusOf(await raw(open.url, 'GET /healthz HTTP/1.0\r\n\r\n'))).toBe(200);
  });
});

describe('another method', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'HEAD', 'TRACE'])('%s is told which ones there are', async (method) => {
    const answer = await raw(
      closed.url,
      `${method} /graphql?a=b HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
    );
    expect(statusOf(answer)).toBe(405);
    expect(answer).toMatch(/^allow: GET, POST\r$/im);
  });
});

describe('a name that a page of another site could have', () => {
  it.each(['evil.example.com', 'localhost.evil.example.com', 'evil-localhost', '127.0.0.1.evil.example.com'])(
    '%s gets nothing of an open sandbox',
    async (name) => {
      const answer = await raw(open.url, post(`host: ${name}:4000\r\n`));
      expect(statusOf(answer)).toBe(421);
      expect(answer).not.toContain('Query');
      const page = `GET /graphql HTTP/1.1\r\nhost: ${name}\r\naccept: text/html\r\nconnection: close\r\n\r\n`;
      expect(statusOf(await raw(open.url, page))).toBe(421);
      // Where tokens are checked, a name opens nothing.
      expect(statusOf(await raw(closed.url, post(`host: ${name}\r\n`)))).toBe(200);
    },
  );

  it.each(['localhost', 'a.localhost', '127.0.0.1', '[::1]', '192.168.1.7'])('%s is none', async (name) => {
    expect(statusOf(await raw(open.url, post(`host: ${name}:4000\r\n`)))).toBe(200);
  });
});
