import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { SCOPES, VENDORS } from '../../../src/modules/index.js';
import { startCampusSandbox } from '../../../src/sandbox/campus.js';
import { type SandboxServer, TRANSPORT_SCENES } from '../../../src/sandbox/server.js';
import { startZhimaSandbox } from '../../../src/sandbox/zhima.js';
import { startZvcmsSandbox, ZVCMS_CODES } from '../../../src/sandbox/zvcms.js';
import { COMPILED_SERVER } from '../../compile-server.js';
import { SUBJECTS } from '../../scenes/subjects.js';
import { BY_VENDOR, CERT_NO, hex, KEYS, PERSON } from './personal-operations.js';

const folder = mkdtempSync(join(tmpdir(), 'kaquan-personal-'));
const SECRETS = {
  AUTH_SECRET: hex(32),
  DATA_KEY: randomBytes(32).toString('base64'),
  ROUTER_SECRET: hex(),
  CAMPUS_APP_SECRET: hex(),
  CAMPUS_SESSION: hex(),
  ZVCMS_GRANT_CODE: hex(5),
  ZVCMS_OPEN_KEY: hex(),
  accessKey: hex(),
};

let servers: Record<string, SandboxServer<string>> = {};
let child: ChildProcess;
let output = '';
let url: string;
let metricsUrl: string;
let token: string;
let personId: string;
/** Told by the vendors or made here: nobody's but the person's. */
const told = new Set<string>();
const errorsTold: string[] = [];
const checks: string[] = [];
const lastCheck = () => checks.at(-1) ?? randomUUID();

beforeAll(async () => {
  const activity = { activityCode: '1', sponsorCode: 's', accessKey: SECRETS.accessKey };
  const app = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const appPublicKey = app.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const privateKey = (app.privateKey.export({ type: 'pkcs8', format: 'der' }) as Buffer).toString('base64');
  Object.assign(SECRETS, { privateKey: privateKey.slice(40, 140) });
  const ids = { appId: '2021000000000001', serviceId: '2026000000000000000000000001' };
  const campus = await startCampusSandbox({
    appKey: '12345678',
    appSecret: SECRETS.CAMPUS_APP_SECRET,
    activities: [activity],
  });
  const account = { openId: hex(), grantCode: SECRETS.ZVCMS_GRANT_CODE, openKey: SECRETS.ZVCMS_OPEN_KEY };
  const zvcms = await startZvcmsSandbox({ ...account, style: 'production' });
  const zhima = await startZhimaSandbox({ ...ids, appPublicKey, wait: { times: 0 } });
  servers = { campus, zvcms, zhima };
  const settingsOfOthers: Record<string, string> = {};
  for (const { name, table, startSandbox } of VENDORS.filter(({ name }) => !(name in servers))) {
    const { server, settings } = await startSandbox({});
    servers[name] = server;
    Object.assign(settingsOfOthers, settings);
    Object.assign(SECRETS, Object.fromEntries(Object.entries(settings).filter(([one]) => table[one]?.secret)));
  }
  child = spawn(process.execPath, ['--no-warnings', COMPILED_SERVER], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      METRICS_PORT: String(randomInt(20_000, 32_000)),
      LOG_LEVEL: 'trace',
      SANDBOX: 'false',
      DATABASE_URL: `file:${join(folder, 'test.db')}`,
      AUTH_SECRET: SECRETS.AUTH_SECRET,
      DATA_KEY: SECRETS.DATA_KEY,
      ROUTER_SECRET: SECRETS.ROUTER_SECRET,
      CAMPUS_BASE_URL: campus.url,
      CAMPUS_APP_KEY: '12345678',
      CAMPUS_APP_SECRET: SECRETS.CAMPUS_APP_SECRET,
      CAMPUS_SESSION: SECRETS.CAMPUS_SESSION,
      CAMPUS_ACTIVITIES: JSON.stringify([activity]),
      ZVCMS_BASE_URL: zvcms.url,
      ZVCMS_OPEN_ID: account.openId,
      ZVCMS_GRANT_CODE: account.grantCode,
      ZVCMS_OPEN_KEY: account.openKey,
      ZVCMS_MAX_PER_SECOND: '0',
      ZHIMA_BASE_URL: zhima.url,
      ZHIMA_APP_ID: ids.appId,
      ZHIMA_PRIVATE_KEY: privateKey,
      ZHIMA_SERVICE_ID: ids.serviceId,
      ZHIMA_ALIPAY_PUBLIC_KEY: zhima.alipayPublicKey,
      ...settingsOfOthers,
      ...Object.fromEntries(VENDORS.map(({ name }) => [`${name.toUpperCase()}_TIMEOUT_MS`, '700'])),
    },
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const printed = async (line: RegExp): Promise<string> => {
    for (let waited = 0; waited < 15_000; waited += 20) {
      const found = line.exec(output)?.[1];
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`the server did not start: ${output}`);
  };
  metricsUrl = await printed(/"metrics":"([^"]+)"/);
  url = await printed(/"url":"([^"]+)"/);
  token = await new SignJWT({ scope: SCOPES.join(' ') })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(SECRETS.AUTH_SECRET));
  const answer = await ask('mutation ($input: PersonInput!) { registerPerson(input: $input) { id } }', {
    input: PERSON,
  });
  ({ id: personId } = answer.data?.['registerPerson'] as { id: string });
}, 30_000);
afterAll(async () => {
  child.kill('SIGKILL');
  await Promise.all(Object.values(servers).map((server) => server.close()));
  rmSync(folder, { recursive: true });
});

async function ask(query: string, variables: Record<string, unknown>) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown[] };
  if (answer.errors) errorsTold.push(JSON.stringify(answer.errors));
  remember(answer.data);
  const started = answer.data?.['startIdentityCheck'] as { check: { id: string } } | undefined;
  if (started) checks.push(started.check.id);
  return answer;
}

/** Codes and keys that an answer rightly holds, which nothing else may. */
function remember(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && ['qrCode', 'connKey', 'onceToken', 'merchantIdentityId'].includes(name))
      told.add(inner);
    else remember(inner);
  }
}

const forms = (needle: string) => [
  needle,
  encodeURIComponent(needle),
  Buffer.from(needle).toString('base64').slice(0, -4),
  JSON.stringify(needle).slice(1, -1),
];
const hitsIn = (text: string, needles: readonly string[]) =>
  needles.filter((needle) => forms(needle).some((form) => form.length > 3 && text.includes(form)));

it('every scene of every vendor is played, and nothing of a person, a token or a secret gets out', async () => {
  let played = 0;
  for (const { vendor, scenes } of SUBJECTS) {
    const server = servers[vendor];
    const operations = () => BY_VENDOR[vendor]?.operations(personId, lastCheck()) ?? [];
    if (!server || operations().length === 0) throw new Error(`personal-operations.ts asks nothing of ${vendor}`);
    // A ban lasts: what comes after it would not be asked.
    const inOrder = [...TRANSPORT_SCENES, ...Object.keys(scenes)].sort(
      (one, two) => Number(one === 'banned') - Number(two === 'banned'),
    );
    for (const scene of inOrder) {
      const before = server.requests.length;
      server.play(scene);
      // A short ban from the scene before is waited for.
      for (let attempt = 0; attempt < 8 && server.requests.length === before; attempt += 1) {
        if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 250));
        for (const { query, variables } of operations()) await ask(query, variables);
      }
      expect([scene, server.requests.length > before]).toEqual([scene, true]);
      // A good answer in between, so that no breaker opens.
      server.play(null);
      for (const { query, variables } of operations()) await ask(query, variables);
      played += 1;
    }
  }
  expect(played).toBeGreaterThanOrEqual(3 * TRANSPORT_SCENES.length + 20 + 20 + 22);

  // The needles were really on the wire, so that finding none elsewhere says something.
  for (const [vendor, server] of Object.entries(servers)) {
    const wire = server.requests.map(
      ({ target, body, headers }) =>
        decodeURIComponent(`${target} ${body.replaceAll('+', ' ')}`) + JSON.stringify(headers),
    );
    const needles = [...(BY_VENDOR[vendor]?.told ?? []), ...(vendor === 'campus' ? [SECRETS.CAMPUS_SESSION] : [])];
    expect(needles.length).toBeGreaterThan(0);
    for (const needle of needles) expect(wire.join('\n')).toContain(needle);
  }
  expect(told.size).toBeGreaterThan(10);
  expect(errorsTold.length).toBeGreaterThan(50);

  const needles = [
    ...Object.values(PERSON),
    ...Object.values(KEYS),
    ...Object.values(SECRETS),
    ...told,
    CERT_NO,
    token,
  ];
  const codes = Object.values(ZVCMS_CODES);
  const metrics = await (await fetch(metricsUrl)).text();
  expect(metrics).toContain('kaquan_vendor_request_seconds');
  expect(output.split('\n').length).toBeGreaterThan(60);
  expect(hitsIn(errorsTold.join('\n'), [...needles, ...codes])).toEqual([]);
  expect(hitsIn(output, [...needles, ...codes])).toEqual([]);
  expect(hitsIn(metrics, [...needles, ...codes, personId])).toEqual([]);

  const files = readdirSync(folder).filter((name) => name.startsWith('test.db'));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const bytes = readFileSync(join(folder, file));
    // The verdict keeps the vendor's pseudonym of the person until they are forgotten.
    expect(needles.filter((needle) => !needle.startsWith('V1_') && bytes.includes(needle))).toEqual([]);
  }
}, 90_000);
