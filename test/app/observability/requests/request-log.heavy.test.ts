import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packageVersion } from '../../../../src/app/version.js';
import { startGraph, type TestGraph } from '../../../graph/harness.js';
import { type LoggingServer, startLogging } from './log-lines.js';

let graph: TestGraph;
let server: LoggingServer;
let person: string;
beforeAll(async () => {
  graph = await startGraph({ ZVCMS_MAX_PER_SECOND: '0' });
  [person = ''] = await graph.register({ name: '慕容雪', mobile: '13976543210', zvcmsUserId: '1001' });
  server = await startLogging({ ...graph.settings, AUDIT_LOG: `${graph.folder}/another-audit.log` });
});
afterAll(async () => {
  await server.stop();
  await graph.close();
});

async function send(query: string, headers: Record<string, string> = {}, variables?: Record<string, unknown>) {
  return fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await graph.token({})}`, ...headers },
    body: JSON.stringify({ query, variables }),
  });
}

async function ask(...question: Parameters<typeof send>) {
  const response = await send(...question);
  const requestId = response.headers.get('x-request-id') ?? '';
  const answer = (await response.json()) as { errors?: { message: string; extensions: Record<string, unknown> }[] };
  return { requestId, answer, line: await server.lineOf(requestId) };
}

const WALLET = 'query Wallet($id: ID!) { person(id: $id) { voucher(activityCode: "1") { qrCode } giftCards { id } } }';

describe('where the output is no terminal', () => {
  it('there are JSON lines and nothing else, the first of which says what is served', () => {
    expect(server.output()).toMatch(/^\{"level":30,/);
    expect(server.lines()[0]).toMatchObject({
      version: packageVersion(),
      url: server.url,
      subgraph: 'all',
      sandbox: false,
      access: 'by token',
      vendors: expect.arrayContaining(['campus', 'zvcms', 'zhima']),
      msg: `Kaquan serves the whole graph at ${server.url}`,
    });
  });

  it('each request is a line: what ran, how long it took, what was asked of vendors, in either lane', async () => {
    for (const lane of ['server', 'fast']) {
      const { line } = await ask(WALLET, {}, { id: person });
      expect(line).toEqual({
        level: 30,
        time: expect.any(Number),
        pid: expect.any(Number),
        hostname: expect.any(String),
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        method: 'POST',
        route: '/graphql',
        status: 200,
        ms: expect.any(Number),
        operation: 'Wallet',
        kind: 'query',
        lane,
        vendorCalls: { campus: 1, zvcms: 1 },
        msg: 'request',
      });
    }
  });

  it("takes up the caller's request id and trace, and gives the id back", async () => {
    const { requestId, line } = await ask('{ me { id } }', {
      'x-request-id': 'edge-7f3a.42',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    expect(requestId).toBe('edge-7f3a.42');
    expect(line).toMatchObject({ operation: 'anonymous', traceId: '0af7651916cd43dd8448eb211c80319c' });
  });

  it('of a failure the operator reads what to look at, and the client does not', async () => {
    graph.campus.play('invalid-signature');
    graph.zvcms.play('wrong-token');
    const { line, answer } = await ask(WALLET, {}, { id: person });
    graph.campus.play(null);
    graph.zvcms.play(null);
    expect(line).toMatchObject({
      level: 50,
      codes: { VENDOR_MISCONFIGURED: 2 },
      failures: expect.arrayContaining([
        expect.objectContaining({
          vendor: 'campus',
          kind: 'misconfigured',
          vendorCode: '25',
          vendorRequestId: expect.any(String),
          cause: 'campus: refused the signature: check CAMPUS_APP_SECRET and CAMPUS_SIGN_METHOD',
          times: 1,
        }),
        expect.objectContaining({
          vendor: 'zvcms',
          vendorCode: '110004',
          cause: expect.stringContaining('check ZVCMS_OPEN_KEY'),
        }),
      ]),
    });
    expect(answer.errors).toHaveLength(2);
    expect(answer.errors?.map(({ message }) => message).sort()).toEqual([
      'campus cannot be asked until its operator has mended something here',
      'zvcms cannot be asked until its operator has mended something here',
    ]);
    expect(JSON.stringify(answer.errors)).not.toMatch(/secret|signature|sign|key|SECRET|KEY/);
  });

  it('a hundred people who fail alike are one failure, counted', async () => {
    const ids = await graph.register(
      ...Array.from({ length: 30 }, (_, at) => ({ name: `测${at}`, mobile: `1380000${String(1000 + at)}` })),
    );
    graph.campus.play('unavailable');
    const { line } = await ask(
      'query Many($ids: [ID!]!) { people(ids: $ids) { voucher(activityCode: "1") { qrCode } } }',
      {},
      { ids },
    );
    graph.campus.play(null);
    expect(line).toMatchObject({
      level: 40,
      codes: { VENDOR_UNAVAILABLE: 30 },
      failures: [{ vendor: 'campus', kind: 'unavailable', times: 30 }],
    });
  });

  it('what never became an operation is a line as well, without its address', async () => {
    const requestId = 'no-operation-at-all';
    await fetch(new URL('/people/13976543210?mobile=13976543210', server.url), {
      headers: { 'x-request-id': requestId },
    });
    const line = await server.lineOf(requestId);
    expect(line).toMatchObject({ level: 30, method: 'GET', status: 404 });
    expect(line).not.toHaveProperty('route');
    const { line: unread } = await ask('{ person(id: ');
    expect(unread).toMatchObject({ status: 400, codes: { GRAPHQL_PARSE_FAILED: 1 } });
    const { line: stranger } = await ask('{ me { id } }', { authorization: 'Bearer nonsense' });
    expect(stranger).toMatchObject({ codes: { UNAUTHENTICATED: 1 } });
  });

  it('probes are no lines', async () => {
    await fetch(new URL('/healthz', server.url), { headers: { 'x-request-id': 'a-probe' } });
    await ask('{ me { id } }');
    expect(server.output()).not.toContain('a-probe');
  });

  it('every field of a line has its row in docs/observability.md', () => {
    const lines = server.lines().filter(({ msg }) => msg === 'request');
    const failures = lines.flatMap((line) => (line['failures'] ?? []) as Record<string, unknown>[]);
    const fields = new Set([server.lines()[0] ?? {}, ...lines, ...failures].flatMap((line) => Object.keys(line)));
    fields.delete('msg');
    expect(fields.size).toBeGreaterThan(25);
    const rows = readFileSync('docs/observability.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|')[1] ?? '');
    expect([...fields].filter((field) => !rows.some((row) => row.includes(`\`${field}\``)))).toEqual([]);
  });

  it('nothing personal is in a line, wherever a client puts it', async () => {
    const NEEDLES = ['13976543210', '11010519491231002X', '慕容雪', 'xue@example.com', 'tok-3f9c'];
    const places: (() => Promise<unknown>)[] = NEEDLES.flatMap((needle) => [
      () => send('query Q($id: ID!) { person(id: $id) { name } }', {}, { id: needle }),
      () => send(`{ person(id: "${needle}") { name mobile } }`),
      () => send(`# ${needle}\n{ me { id } }`),
      () => send(`{ me { ${needle} } }`),
      () => send('{ me { id } }', { 'x-request-id': encodeURIComponent(needle).replaceAll('tok-3f9c', '%') }),
      () => send('{ me { id } }', { traceparent: encodeURIComponent(needle), tracestate: encodeURIComponent(needle) }),
      () => send('{ me { id } }', { 'user-agent': encodeURIComponent(needle), cookie: encodeURIComponent(needle) }),
      () => send('{ me { id } }', { authorization: `Bearer ${encodeURIComponent(needle)}` }),
      () => fetch(`${server.url}?query=${encodeURIComponent(`{ person(id: "${needle}") { id } }`)}`),
      () => fetch(new URL(`/${encodeURIComponent(needle)}`, server.url)),
      () => send('mutation M($i: PersonInput!) { registerPerson(input: $i) { id } }', {}, { i: { name: [needle] } }),
      () => send('query D($t: String!) { directory(first: 1, search: $t) { totalCount } }', {}, { t: needle }),
    ]);
    for (const number of ['13976543210', '11010519491231002X']) {
      places.push(
        () => send(`query q${number} { me { id } }`),
        () => send(`query _${number} { _${number}: me { id } }`),
      );
    }
    const before = server.lines().length;
    for (const place of places) await place();
    await ask('{ me { id } }');
    expect(server.lines().length - before).toBeGreaterThan(places.length);
    for (const needle of NEEDLES) {
      for (const form of [needle, encodeURIComponent(needle), Buffer.from(needle).toString('base64')])
        expect([form, server.output().includes(form)]).toEqual([form, false]);
    }
  });
});

it('what waits to be written is written when the server is stopped', async () => {
  const short = await startLogging({ ...graph.settings, AUDIT_LOG: `${graph.folder}/short-audit.log` });
  await fetch(short.url, { headers: { 'x-request-id': 'the-last-of-all' } });
  expect(await short.stop()).toBe(0);
  expect(short.lines().at(-1)).toMatchObject({ requestId: 'the-last-of-all' });
});

it('one subgraph names only the vendor that it asks', async () => {
  const zvcms = await startLogging({
    ...graph.settings,
    SUBGRAPH: 'zvcms',
    AUDIT_LOG: `${graph.folder}/zvcms-audit.log`,
  });
  await zvcms.stop();
  expect(zvcms.lines()[0]).toMatchObject({ subgraph: 'zvcms', vendors: ['zvcms'] });
});
