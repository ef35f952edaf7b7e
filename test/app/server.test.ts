import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { serve } from '../../src/app/serve.js';
import { COMPILED_SERVER } from '../compile-server.js';

const folder = mkdtempSync(join(tmpdir(), 'kaquan-server-'));
const children: ChildProcess[] = [];
const holders: Server[] = [];
afterEach(() => {
  for (const holder of holders.splice(0)) holder.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  output: string;
}

/** The server in a process and a folder of its own, with nothing of this process's environment but PATH. */
function start(environment: Record<string, string>, args: string[] = []) {
  const child = spawn(process.execPath, ['--no-warnings', resolve(COMPILED_SERVER), ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      METRICS_PORT: '0',
      ...environment,
    },
  });
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, output })));
  /** Waits for a line and gives what its group matched. */
  const printed = async (line: RegExp): Promise<string> => {
    for (;;) {
      const found = line.exec(output)?.[1];
      if (found !== undefined) return found;
      const outcome = await Promise.race([ended, new Promise<undefined>((next) => setTimeout(next, 20))]);
      if (outcome) throw new Error(`ended with ${outcome.code}: ${outcome.output}`);
    }
  };
  return { child, ended, printed, url: () => printed(/"url":"([^"]+)"/), output: () => output };
}

/** A port that was free a moment ago: METRICS_PORT=0 means none. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

const post = async (url: string, query: string): Promise<unknown> => {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })).json();
};

describe('a newcomer', () => {
  it('starts with nothing set, reads where to look, and gets real vouchers', async () => {
    const server = start({});
    const url = await server.url();
    expect(await server.printed(/"sandbox":(\w+)/)).toBe('true');
    expect(await server.printed(/"access":"([^"]+)"/)).toBe('open');
    const answer = (await post(
      url,
      '{ directory(first: 12) { totalCount edges { node { id voucher(activityCode: "1") { type qrCode qrCodePicture expiresAt } } } } }',
    )) as {
      data: { directory: { totalCount: number; edges: { node: { voucher: unknown } }[] } };
      errors: { extensions: { code: string } }[];
    };
    expect(answer.data.directory.totalCount).toBe(12);
    // Seven succeed, one of them on the second try; the five others differ in what went wrong.
    expect(answer.data.directory.edges.filter(({ node }) => node.voucher !== null)).toHaveLength(7);
    expect(answer.errors.map(({ extensions }) => extensions.code).sort()).toEqual([
      'PERSON_INCOMPLETE',
      'VENDOR_REJECTED',
      'VENDOR_REJECTED',
      'VENDOR_THROTTLED',
      'VENDOR_UNAVAILABLE',
    ]);
    server.child.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
    expect(statSync(join(folder, 'data/sandbox.db')).mode & 0o077).toBe(0);
    expect(statSync(join(folder, 'data/sandbox.db.key')).mode & 0o077).toBe(0);
  });

  it('reads every wrong setting at once and gets exit code 78', async () => {
    const { code, output } = await start({ PORT: 'eighty', SUBGRAPH: 'orders', CAMPUS_APP_SECRET: 'very-secret-text' })
      .ended;
    expect(code).toBe(78);
    for (const name of [
      'PORT must',
      'SUBGRAPH must',
      'CAMPUS_APP_KEY, CAMPUS_ACTIVITIES missing',
      'AUTH_JWKS_URL or AUTH_SECRET',
    ]) {
      expect(output).toContain(name);
    }
    expect(output).not.toContain('very-secret-text');
    expect(output).not.toMatch(/\n\s+at /);
  });

  it('is told when the port is taken', async () => {
    const first = start({});
    const port = new URL(await first.url()).port;
    const { code, output } = await start({ PORT: port }).ended;
    expect(code).toBe(1);
    expect(output).toContain(`PORT ${port} on 127.0.0.1 is in use`);
  });

  it('starts without metrics where their port is taken and nobody asked for it', async () => {
    // By this process, or else by somebody on this machine, whom it follows should they go.
    const holder = createServer();
    const hold = () => holder.listen(9464, '127.0.0.1');
    holder.on('error', () => setTimeout(hold, 5).unref()).unref();
    holders.push(holder);
    hold();
    const second = start({ METRICS_PORT: '', SANDBOX: 'true', DATABASE_URL: `file:${join(folder, 'second.db')}` });
    await second.url();
    expect(await second.printed(/"metrics":"([^"]+)"/)).toContain('none, port 9464 is taken');
    const third = await start({
      METRICS_PORT: '9464',
      SANDBOX: 'true',
      DATABASE_URL: `file:${join(folder, 'third.db')}`,
    }).ended;
    expect(third).toMatchObject({
      code: 1,
      output: expect.stringContaining('METRICS_PORT 9464 on 127.0.0.1 is in use'),
    });
  });

  it('is told when the database cannot be reached', async () => {
    const { code, output } = await start({
      SANDBOX: 'true',
      DATABASE_URL: 'postgres://kaquan:very-secret-text@127.0.0.1:9/none',
      DATA_KEY: 'A'.repeat(43) + '=',
    }).ended;
    expect(code).toBe(1);
    expect(output).toMatch(/PostgreSQL|database/i);
    expect(output).not.toContain('very-secret-text');
  });

  it('the doctor finds the sandbox well, and says what is wrong elsewhere', async () => {
    expect(await start({}, ['doctor']).ended).toMatchObject({
      code: 0,
      output: expect.stringContaining('ok    settings'),
    });
    const ill = await start(
      {
        AUTH_SECRET: 'x'.repeat(32),
        CAMPUS_APP_KEY: '1',
        CAMPUS_APP_SECRET: 's',
        CAMPUS_ACTIVITIES: '[{"activityCode":"1","sponsorCode":"s","accessKey":"k"}]',
        CAMPUS_BASE_URL: 'http://127.0.0.1:9',
      },
      ['doctor'],
    ).ended;
    expect(ill).toMatchObject({
      code: 1,
      output: expect.stringMatching(/WRONG campus: does not answer \(ECONNREFUSED\)\n {6}-> check CAMPUS_BASE_URL/),
    });
  });
});

describe('over HTTP', () => {
  const open = () =>
    serve(
      {
        PORT: '0',
        METRICS_PORT: '0',
        LOG_LEVEL: 'silent',
        SANDBOX: 'true',
        DATABASE_URL: `file:${join(folder, 'http.db')}`,
      },
      () => undefined,
    );

  it('answers are not kept by anyone on the way', async () => {
    const { url, close } = await open();
    try {
      const response = await fetch(`${url}?query=${encodeURIComponent('{ me { id } }')}`, {
        headers: { 'apollo-require-preflight': 'true' },
      });
      expect(await response.json()).toEqual({ data: { me: null } });
      expect(response.headers.get('cache-control')).toBe('no-store');
    } finally {
      await close();
    }
  });

  it('is alive and ready, and gone when it has stopped', async () => {
    const { url, close } = await open();
    const at = (path: string) => new URL(path, url).href;
    expect((await fetch(at('/healthz'))).status).toBe(200);
    expect((await fetch(at('/readyz'))).status).toBe(200);
    await close();
    await expect(fetch(at('/readyz'))).rejects.toThrow();
  });

  it('metrics are on a port of their own', async () => {
    const lines: string[] = [];
    const metricsPort = String(await freePort());
    const { url, close } = await serve(
      {
        PORT: '0',
        METRICS_PORT: metricsPort,
        LOG_LEVEL: 'silent',
        SANDBOX: 'true',
        DATABASE_URL: `file:${join(folder, 'metrics.db')}`,
      },
      (line) => lines.push(line),
    );
    try {
      await post(url, '{ directory { edges { node { voucher(activityCode: "1") { qrCode } } } } }');
      const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      expect(metrics).toMatch(
        /kaquan_vendor_batch_size_sum\{vendor="campus",api="alibaba.campus.bs.voucher.get"\} 1[1-9]/,
      );
      expect(metrics).toMatch(/kaquan_errors_total\{code="PERSON_INCOMPLETE"\} 1/);
      expect((await fetch(new URL('/metrics', url))).status).toBe(404);
    } finally {
      await close();
    }
  });
});
