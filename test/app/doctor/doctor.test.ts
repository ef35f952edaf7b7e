import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runDoctor } from '../../../src/app/doctor/index.js';
import { openStorage } from '../../../src/app/storage.js';
import { createCipher } from '../../../src/database/cipher.js';
import { sqliteFile } from '../../../src/database/sqlite.js';
import { createPeople } from '../../../src/datasources/people/index.js';
import { probeRedis } from '../../../src/datasources/transport/redis-probe.js';
import { VENDORS } from '../../../src/modules/index.js';
import { startCampusSandbox } from '../../../src/sandbox/campus.js';
import { type StartedVendor } from '../../../src/sandbox/start.js';
import { SQLITE } from '../../engines.js';
import { CertificateMaker, OPENSSL_IS_HERE } from '../../zhima/openssl.js';

const REDIS_URL = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const REDIS_IS_HERE = (await probeRedis(REDIS_URL)).fault === undefined;
if (!REDIS_IS_HERE)
  console.warn(`skipped: Redis does not answer at ${REDIS_URL}, so that the doctor is shown only a dead one.`);
/** Nobody's whom anybody here knows. */
const STRANGER = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Nobody listens there any more; a port as low as 1 would not even be tried by fetch. */
let DEAD = '';
beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  DEAD = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise((resolve) => server.close(resolve));
});

let url = '';
let drop: () => Promise<void>;
beforeEach(async () => {
  ({ url, drop } = await SQLITE.open());
});
afterEach(() => drop());

const newKey = () => randomBytes(32).toString('base64');

interface Verdict {
  exitCode: number;
  findings: { subject: string; state: string; what: string; certainty?: string; advice?: string }[];
}

/** What it says to machines. */
async function examine(environment: Record<string, string>): Promise<Verdict> {
  const printed: string[] = [];
  const exitCode = await runDoctor({ DATABASE_URL: url, ...environment }, (text) => printed.push(text), true);
  const verdict = JSON.parse(printed.join('\n')) as Verdict;
  expect(verdict.exitCode).toBe(exitCode);
  return verdict;
}

/** What it tells people, of the given subjects. */
async function lines(environment: Record<string, string>, about: RegExp): Promise<[number, ...string[]]> {
  const printed: string[] = [];
  const exitCode = await runDoctor({ SANDBOX: 'true', DATABASE_URL: url, ...environment }, (line) =>
    printed.push(line),
  );
  return [exitCode, ...printed.filter((line) => about.test(line))];
}

describe('the database and its key', () => {
  const ABOUT = /database|DATA_KEY/;

  it('finds a database that is still to be made well, and does not make it', async () => {
    expect(await lines({}, ABOUT)).toEqual([
      0,
      `ok    database: ${url}: the first start makes it`,
      'ok    DATA_KEY: the first start makes it',
    ]);
    expect(existsSync(dirname(sqliteFile(url) ?? ''))).toBe(false);
  });

  it('knows the key that fits from one that does not, and from none', async () => {
    const [fits, other] = [newKey(), newKey()];
    const database = await openStorage(url);
    await (await createPeople(database, createCipher(Buffer.from(fits, 'base64')))).register({ name: '甲' });
    await database.close();
    const well: unknown = expect.stringMatching(/^ok {4}database: file:\S+, a write takes \d+\.\d ms$/);
    const opens = 'ok    DATA_KEY: opens what the database holds';
    expect(await lines({ DATA_KEY: fits }, ABOUT)).toEqual([0, well, opens]);
    expect(await lines({ DATA_KEY: other, DATA_KEY_PREVIOUS: fits }, ABOUT)).toEqual([
      0,
      well,
      opens,
      expect.stringMatching(/^ok {4}DATA_KEY_PREVIOUS: still needed/),
    ]);
    expect(await lines({ DATA_KEY: fits, DATA_KEY_PREVIOUS: other }, ABOUT)).toEqual([
      0,
      well,
      opens,
      'ok    DATA_KEY_PREVIOUS: nothing is sealed with it any more: remove it',
    ]);
    expect(await lines({ DATA_KEY: other }, ABOUT)).toEqual([
      1,
      well,
      expect.stringMatching(/^WRONG DATA_KEY: .*is not the key that this database was written with/),
      '      -> set the key from before, in DATA_KEY or in DATA_KEY_PREVIOUS',
    ]);
    expect(await lines({}, ABOUT)).toEqual([
      1,
      well,
      'WRONG DATA_KEY: the database is sealed with a key that is not here',
      '      -> set DATA_KEY, or put the key file back',
    ]);
  });

  it('says what is due, and that a server does not answer', async () => {
    const { findings } = await examine({ SANDBOX: 'true', DATA_KEY: newKey(), DATABASE_URL: `postgres://${DEAD}/x` });
    expect(findings.filter(({ state }) => state !== 'ok')).toEqual([
      {
        subject: 'database',
        state: 'wrong',
        what: `the database ${DEAD}/x is not reachable (ECONNREFUSED)`,
        advice: expect.stringContaining('check DATABASE_URL'),
      },
    ]);
  });
});

describe('the settings', () => {
  it('end it with 78 where they do not hold, each problem a finding', async () => {
    expect(await examine({ AUTH_SECRETS: 'x', PORT: 'eighty', SANDBOX: 'true' })).toEqual({
      exitCode: 78,
      findings: [
        { subject: 'settings', state: 'wrong', what: 'AUTH_SECRETS is no setting: did you mean AUTH_SECRET?' },
        { subject: 'settings', state: 'wrong', what: 'PORT must be a whole number from 0 to 65535' },
      ],
    });
  });

  it('are told where a secret looks made up, and only then', async () => {
    const made = { AUTH_SECRET: randomBytes(16).toString('hex'), ROUTER_SECRET: randomBytes(8).toString('hex') };
    expect(await examine({ SANDBOX: 'true', ...made, DATA_KEY: newKey() })).toMatchObject({ exitCode: 0 });
    const { exitCode, findings } = await examine({
      SANDBOX: 'true',
      AUTH_SECRET: 'change-me-'.repeat(4),
      ROUTER_SECRET: 'routerrouterrouter',
      DATA_KEY: Buffer.alloc(32).toString('base64'),
    });
    expect(exitCode).toBe(1);
    expect(findings.filter(({ state }) => state === 'wrong').map(({ subject, what }) => `${subject} ${what}`)).toEqual([
      'DATA_KEY looks as if it could be guessed',
      'AUTH_SECRET looks as if it could be guessed',
      'ROUTER_SECRET looks as if it could be guessed',
    ]);
  });
});

describe('what stands beside the server', () => {
  let keySet: Server;
  let keys: object[] = [];
  let jwksUrl = '';
  beforeAll(async () => {
    keySet = createServer((_request, response) => response.end(JSON.stringify({ keys })));
    await new Promise<void>((resolve) => keySet.listen(0, '127.0.0.1', resolve));
    jwksUrl = `http://127.0.0.1:${(keySet.address() as AddressInfo).port}/jwks`;
  });
  afterAll(() => new Promise((resolve) => keySet.close(resolve)));

  const rsa = STRANGER.publicKey.export({ format: 'jwk' });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const elliptic = pair.publicKey.export({ format: 'jwk' });
  const tokens = async (given: object[], at = jwksUrl) => {
    keys = given;
    const { findings } = await examine({ SANDBOX: 'true', AUTH_JWKS_URL: at });
    return findings.filter(({ subject }) => subject === 'key set').map(({ state, what }) => `${state}: ${what}`);
  };

  it('is a key set whose keys can sign, and none that must not', async () => {
    expect(await tokens([rsa, elliptic, { ...weak, use: 'enc' }])).toEqual(['ok: 2 of its 3 keys can sign tokens']);
    expect(await tokens([])).toEqual(['wrong: has no key by which a token could be signed']);
    expect(await tokens([elliptic, weak])).toEqual(['wrong: key 2 of 2 has 1024 bits; 2048 are needed']);
    expect(
      await tokens([{ kty: 'oct', k: 'c2VjcmV0' }, pair.privateKey.export({ format: 'jwk' }), { kty: 'RSA' }]),
    ).toEqual([
      'wrong: key 1 of 3 is a secret: whoever reads the set can sign any token',
      'wrong: key 2 of 3 has its private half in it: whoever reads the set can sign any token',
      'wrong: key 3 of 3 cannot be read',
    ]);
    expect(await tokens([], `http://${DEAD}/jwks`)).toEqual(['wrong: cannot be fetched (ECONNREFUSED)']);
    expect(await tokens([], jwksUrl.replace('http://', 'https://'))).toEqual([
      expect.stringMatching(/^wrong: cannot be fetched \(ERR_SSL/),
    ]);
  });

  it('is a Redis that answers, or none', async () => {
    const redis = async (REDIS_URL: string) => {
      const { findings } = await examine({ SANDBOX: 'true', REDIS_URL });
      return findings.filter(({ subject }) => subject === 'Redis').map(({ state, what }) => `${state}: ${what}`);
    };
    expect(await redis(`redis://:very-secret-text@${DEAD}`)).toEqual([
      'wrong: does not do what a rate limit needs (ECONNREFUSED)',
    ]);
    if (!REDIS_IS_HERE) return;
    expect(await redis(REDIS_URL)).toEqual([expect.stringMatching(/^ok: answers in \d+\.\d ms$/)]);
  });
});

describe('the vendors', () => {
  const started: (StartedVendor & { name: string })[] = [];
  let settings: Record<string, string> = {};
  beforeAll(async () => {
    for (const { name, startSandbox } of VENDORS) started.push({ name, ...(await startSandbox({ record: true })) });
    settings = Object.assign(
      { AUTH_SECRET: newKey(), DATA_KEY: newKey() },
      ...started.map((one) => one.settings),
    ) as Record<string, string>;
  });
  afterAll(() => Promise.all(started.map(({ server }) => server.close())));
  afterEach(() => started.forEach(({ server }) => server.play(null)));

  const serverOf = (vendor: string) => {
    const found = started.find(({ name }) => name === vendor);
    if (!found) throw new Error(vendor);
    return found.server;
  };
  const illness = async (change: Record<string, string>) => {
    const { exitCode, findings } = await examine({ ...settings, ...change });
    return { exitCode, findings: findings.filter(({ state }) => state !== 'ok') };
  };

  it('take what we sign, by calls that name nobody and change nothing', async () => {
    for (const { server } of started) server.forget();
    const { exitCode, findings } = await examine(settings);
    expect(exitCode).toBe(0);
    const took = findings.filter(({ what }) => what.startsWith('takes our signature'));
    expect(took.map(({ subject, certainty }) => `${subject} ${certainty}`)).toEqual([
      'campus likely',
      'zvcms proved',
      'zvcms proved',
      'zhima proved',
    ]);
    expect(findings.filter(({ what }) => what === 'the clocks agree').map(({ subject }) => subject)).toEqual([
      'campus',
      'zvcms',
      'zhima',
    ]);
    const bodies = serverOf('zvcms').requests.map(
      ({ body }) => JSON.parse(body) as { params?: unknown; Params?: unknown },
    );
    expect(bodies.map(({ params, Params }) => params ?? Params)).toEqual([
      { exchangeCode: '0'.repeat(64) },
      { user_id: '0' },
    ]);
    const [campus, ...more] = serverOf('campus').requests;
    expect(more).toEqual([]);
    expect([...new URLSearchParams(campus?.body).keys()]).not.toContain('param');
    expect(serverOf('zhima').requests.map(({ target }) => target)).toEqual([
      '/v3/zhima/customer/jobworth/authentication',
    ]);
  });

  it.each<[string, () => Record<string, string>, string, RegExp, RegExp]>([
    ['secret', () => ({ CAMPUS_APP_SECRET: 'wrong' }), 'campus', /code 25/, /CAMPUS_APP_SECRET/],
    ['app key', () => ({ CAMPUS_APP_KEY: '1' }), 'campus', /appkey-not-exists/, /CAMPUS_APP_KEY/],
    ['open key', () => ({ ZVCMS_OPEN_KEY: 'wrong' }), 'zvcms', /110004/, /ZVCMS_OPEN_KEY/],
    ['case of V2', () => ({ ZVCMS_SIGN_CASE_V2: 'pascal' }), 'zvcms', /cards.*110004/, /ZVCMS_SIGN_CASE_V2/],
    [
      'private key',
      () => ({ ZHIMA_PRIVATE_KEY: STRANGER.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }),
      'zhima',
      /invalid-signature/,
      /ZHIMA_PRIVATE_KEY/,
    ],
    ['app id', () => ({ ZHIMA_APP_ID: '2021' }), 'zhima', /invalid-app-id/, /ZHIMA_APP_ID/],
    [
      'key of Alipay',
      () => ({ ZHIMA_ALIPAY_PUBLIC_KEY: STRANGER.publicKey.export({ type: 'spki', format: 'pem' }) as string }),
      'zhima',
      /not signed by/,
      /ALIPAY_PUBLIC_KEY/,
    ],
  ])('are told apart from a wrong %s of ours', async (_what, change, subject, what, advice) => {
    expect(await illness(change())).toEqual({
      exitCode: 1,
      findings: [
        {
          subject,
          state: 'wrong',
          what: expect.stringMatching(what),
          certainty: 'proved',
          advice: expect.stringMatching(advice),
        },
      ],
    });
  });

  it('are asked by a clock that is off, and by one that is set right', async () => {
    const activities = [{ activityCode: '1', sponsorCode: 's', accessKey: 'k' }];
    const app = { appKey: '12345678', appSecret: newKey() };
    const ahead = await startCampusSandbox({ ...app, activities, clockOffsetMs: 3_600_000 });
    try {
      const campus = {
        CAMPUS_BASE_URL: ahead.url,
        CAMPUS_APP_KEY: app.appKey,
        CAMPUS_APP_SECRET: app.appSecret,
        CAMPUS_ACTIVITIES: JSON.stringify(activities),
      };
      const { findings } = await illness(campus);
      expect(findings).toMatchObject([
        {
          what: expect.stringMatching(/^its clock is 3(600|599) s ahead of what we take for it$/),
          advice: expect.stringMatching(/^set this clock by NTP, or CAMPUS_CLOCK_OFFSET_MS=3(600|599)000$/),
        },
        { what: expect.stringContaining('code 31'), advice: expect.stringContaining('NTP') },
      ]);
      expect(await illness({ ...campus, CAMPUS_CLOCK_OFFSET_MS: '3600000' })).toMatchObject({ exitCode: 0 });
    } finally {
      await ahead.close();
    }
    const needless = await illness({ CAMPUS_CLOCK_OFFSET_MS: '-300000' });
    expect(needless.findings).toMatchObject([
      { advice: "take CAMPUS_CLOCK_OFFSET_MS away: this machine's clock is right" },
    ]);
  });

  it('that do not answer, or not to the point, are no proof of anything', async () => {
    expect(await illness({ ZHIMA_BASE_URL: `http://${DEAD}` })).toMatchObject({
      exitCode: 1,
      findings: [{ subject: 'zhima', state: 'wrong', what: 'does not answer (ECONNREFUSED)' }],
    });
    serverOf('campus').play('hang');
    serverOf('zvcms').play('unavailable');
    serverOf('zhima').play('too-many-requests');
    const { exitCode, findings } = await illness({ CAMPUS_TIMEOUT_MS: '200' });
    expect(exitCode).toBe(1);
    expect(findings.map(({ subject, state }) => `${subject} ${state}`)).toEqual([
      'campus wrong',
      'zvcms unknown',
      'zvcms unknown',
      'zhima unknown',
    ]);
  });

  (OPENSSL_IS_HERE ? it : it.skip)('have certificates that end, and some have to be renewed', async () => {
    const maker = new CertificateMaker();
    try {
      const root = maker.make('/C=CN/CN=Invented Root');
      const alipay = maker.make('/C=CN/CN=Alipay', { issuer: root });
      const app = maker.make('/C=CN/CN=App', { issuer: root, days: 7 });
      const certificates = {
        ZHIMA_BASE_URL: `http://${DEAD}`,
        ZHIMA_PRIVATE_KEY: app.privateKey,
        ZHIMA_ALIPAY_PUBLIC_KEY: '',
        ZHIMA_APP_CERT: app.certificate,
        ZHIMA_ALIPAY_CERT: alipay.certificate,
        ZHIMA_ALIPAY_ROOT_CERT: root.certificate,
      };
      const { findings } = await examine({ ...settings, ...certificates });
      expect(findings.filter(({ what }) => what.includes('CERT'))).toEqual([
        {
          subject: 'zhima',
          state: 'wrong',
          what: expect.stringMatching(/^ZHIMA_APP_CERT ends on \d{4}-\d\d-\d\d$/),
          advice: 'renew it',
        },
        { subject: 'zhima', state: 'ok', what: expect.stringMatching(/^ZHIMA_ALIPAY_CERT ends on/) },
        { subject: 'zhima', state: 'ok', what: expect.stringMatching(/^ZHIMA_ALIPAY_ROOT_CERT ends on/) },
      ]);
    } finally {
      maker.erase();
    }
  });
});
