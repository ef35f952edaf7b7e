import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { openAudit } from '../../../../src/app/observability/logs/audit-log.js';
import { type Running, serve } from '../../../../src/app/serve.js';
import { type AuditEntry, AuditTrail } from '../../../../src/graph/audit.js';
import { COMPILED_SERVER } from '../../../compile-server.js';

const folder = mkdtempSync(join(tmpdir(), 'kaquan-audit-'));
let running: Running | undefined;
let child: ChildProcess | undefined;
afterEach(async () => {
  child?.kill('SIGKILL');
  await running?.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const environment = (auditLog?: string) => ({
  PORT: '0',
  METRICS_PORT: '0',
  SANDBOX: 'true',
  DATABASE_URL: `file:${join(folder, 'sandbox.db')}`,
  ...(auditLog !== undefined && { AUDIT_LOG: auditLog, LOG_LEVEL: 'silent' }),
});
const QUERY = '{ directory(first: 1) { edges { node { maskedName name mobile } } } }';
const ask = async (url: string, query = QUERY) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return { status: response.status, body: (await response.json()) as unknown };
};
const NOTHING_SHOWN = {
  status: 500,
  body: {
    errors: [
      {
        message: 'Something went wrong here; it has been logged',
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      },
    ],
  },
};
const SHOWN = { status: 200, body: { data: expect.objectContaining({ directory: expect.anything() }) } };

describe('personal data without a line', () => {
  it('is not shown where the disk is full', async () => {
    running = await serve(environment('/dev/full'), () => undefined);
    expect(await ask(running.url)).toEqual(NOTHING_SHOWN);
    expect((await ask(running.url, '{ directory(first: 1) { edges { node { maskedName } } } }')).status).toBe(200);
  });

  it('is no key of an identity check either', async () => {
    running = await serve(environment('/dev/full'), () => undefined);
    const found = await ask(running.url, '{ directory(first: 1) { edges { node { id } } } }');
    const [, id = ''] = /"id":"([^"]+)"/.exec(JSON.stringify(found.body)) ?? [];
    const start = `mutation { startIdentityCheck(input: { personId: "${id}", identityType: "04" }) { connKey } }`;
    expect(await ask(running.url, start)).toEqual(NOTHING_SHOWN);
  });

  it('is not shown where the folder of the log is gone for good, and is where it can be made again', async () => {
    const place = join(folder, 'gone');
    running = await serve(environment(join(place, 'audit.log')), () => undefined);
    expect(await ask(running.url)).toEqual(SHOWN);
    rmSync(place, { recursive: true });
    writeFileSync(place, 'a file where the folder was');
    expect(await ask(running.url)).toEqual(NOTHING_SHOWN);
    rmSync(place);
    expect(await ask(running.url)).toEqual(SHOWN);
    expect(readFileSync(join(place, 'audit.log'), 'utf8').match(/"Person\.name"/g)).toHaveLength(1);
  });

  it('is not shown where nobody reads the pipe any more', async () => {
    child = spawn(process.execPath, ['--no-warnings', COMPILED_SERVER], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { stdout } = child;
    if (!stdout) throw new Error('no pipe');
    let output = '';
    stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    while (!/ at http[^\s"]+/.test(output)) await once(stdout, 'data');
    const url = / at (http[^\s"]+)/.exec(output)?.[1] ?? '';
    expect(await ask(url)).toEqual(SHOWN);
    stdout.destroy();
    await once(stdout, 'close');
    expect(await ask(url)).toEqual(NOTHING_SHOWN);
    expect(child.exitCode).toBeNull();
  });
});

describe('the lines of one request', () => {
  const entry: AuditEntry = { who: 'x', kind: 'pii', field: 'Person.name', person: '1', verdict: 'allowed' };

  it('are written in one go, and once', () => {
    const written: string[] = [];
    const trail = new AuditTrail({ lineOf: ({ field }) => `${field}\n`, write: (lines) => written.push(lines) });
    trail.add(entry);
    trail.add({ ...entry, field: 'Person.mobile' });
    expect(written).toEqual([]);
    trail.settle();
    trail.settle();
    expect(written).toEqual(['Person.name\nPerson.mobile\n']);
  });

  it('cannot be forged by a subject with a line of its own in it', async () => {
    const path = join(folder, 'forged.log');
    const log = openAudit(path, () => 'h');
    log.write(log.lineOf({ ...entry, who: 'x"}\n{"audit":true,"who":"someone else"}' }));
    await log.close();
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      who: 'x"}\n{"audit":true,"who":"someone else"}',
      person: 'hash:h',
    });
  });

  it('are refused after the end', async () => {
    const path = join(folder, 'ended.log');
    const log = openAudit(path, () => 'h');
    await log.close();
    expect(() => log.write('late\n')).toThrow();
    expect(existsSync(path) && readFileSync(path, 'utf8')).toBe('');
  });
});
