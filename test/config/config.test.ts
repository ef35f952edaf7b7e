import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { renderEnvExample } from '../../scripts/env-example.js';
import { ConfigError, type Environment, loadConfig } from '../../src/config/config.js';
import { serverSettings } from '../../src/config/server-settings.js';
import { MODULES, SUBGRAPH_NAMES, VENDORS } from '../../src/modules/index.js';

const SECRET = randomBytes(24).toString('hex');
const CAMPUS: Environment = {
  CAMPUS_APP_KEY: '12345678',
  CAMPUS_APP_SECRET: SECRET,
  CAMPUS_ACTIVITIES: '[{"activityCode":"1","sponsorCode":"s","accessKey":"k"}]',
};
const AUTH: Environment = { AUTH_SECRET: randomBytes(32).toString('hex') };

const load = (environment: Environment) => loadConfig(environment, MODULES);

function problemsOf(environment: Environment): string[] {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the sandbox', () => {
  it('is on where nothing is set, open to everyone, on loopback', () => {
    expect(load({})).toMatchObject({
      sandbox: true,
      production: false,
      host: '127.0.0.1',
      port: 4000,
      metricsPort: 9464,
      processes: 1,
      subgraph: 'all',
      databaseUrl: 'file:./data/sandbox.db',
      auth: undefined,
      introspection: true,
      explorer: true,
    });
  });

  it.each<Environment>([
    { ...AUTH },
    { AUTH_ISSUER: 'https://id.example.com' },
    { DATA_KEY: randomBytes(32).toString('base64') },
    { DATABASE_URL: 'file:./data/people.db' },
    { ROUTER_SECRET: SECRET },
    { CAMPUS_TIMEOUT_MS: '100' },
    { SUBGRAPH: 'people' },
    { NODE_ENV: 'production' },
  ])('does not open by itself where somebody sets up a real server: %j', (environment) => {
    expect(problemsOf({ ...environment, SANDBOX: 'true' }).join()).not.toContain(
      'AUTH_JWKS_URL or AUTH_SECRET is missing',
    );
    const opened = (() => {
      try {
        return load(environment).sandbox;
      } catch (error) {
        // Without a sandbox tokens must be checked: that is what stops these.
        expect(String(error)).toMatch(/AUTH_JWKS_URL or AUTH_SECRET is missing|neither AUTH_JWKS_URL nor AUTH_SECRET/);
        return false;
      }
    })();
    expect(opened).toBe(false);
  });

  it('asked for in production listens on loopback, unless HOST is given', () => {
    const production = { NODE_ENV: 'production', DATA_KEY: randomBytes(32).toString('base64'), SANDBOX: 'true' };
    expect(load(production)).toMatchObject({ sandbox: true, host: '127.0.0.1' });
    expect(load({ ...production, HOST: '0.0.0.0' })).toMatchObject({ sandbox: true, host: '0.0.0.0' });
  });

  it('is off where a vendor is configured', () => {
    expect(load({ ...CAMPUS, ...AUTH })).toMatchObject({ sandbox: false, databaseUrl: 'file:./data/kaquan.db' });
  });

  it('must be asked for by name in production', () => {
    const production = { NODE_ENV: 'production', DATA_KEY: randomBytes(32).toString('base64'), ...AUTH };
    expect(load(production)).toMatchObject({ sandbox: false, host: '0.0.0.0', introspection: false, explorer: false });
    expect(load({ ...production, SANDBOX: 'true' })).toMatchObject({ sandbox: true });
  });

  it('takes a time-out alone, since its local server brings the rest', () => {
    expect(problemsOf({ SANDBOX: 'true', CAMPUS_TIMEOUT_MS: '100' })).toEqual([]);
    expect(problemsOf({ SANDBOX: 'false', ...AUTH, CAMPUS_TIMEOUT_MS: '100' })).toEqual([
      expect.stringContaining('CAMPUS_APP_KEY, CAMPUS_APP_SECRET, CAMPUS_ACTIVITIES missing'),
    ]);
  });

  it('refuses a setting that its local server gives', () => {
    const given = { CAMPUS_BASE_URL: 'http://127.0.0.1:1', ...CAMPUS };
    expect(() => loadConfig({ SANDBOX: 'true', CAMPUS_BASE_URL: 'https://gw.api.taobao.com' }, MODULES, given)).toThrow(
      'CAMPUS_BASE_URL is set, but in the sandbox',
    );
  });
});

describe('problems', () => {
  it('are told all at once, by name, without any value', () => {
    const problems = problemsOf({
      PORT: 'eighty',
      METRICS_PORT: '70000',
      PROCESSES: '0',
      SANDBOX: 'yes',
      SUBGRAPH: 'orders',
      DATA_KEY: SECRET,
      CAMPUS_APP_SECRET: SECRET,
      CAMPUS_ACTIVITIES: `{"accessKey":"${SECRET}"}`,
    });
    for (const name of [
      'PORT',
      'METRICS_PORT',
      'PROCESSES',
      'SANDBOX',
      'SUBGRAPH',
      'DATA_KEY',
      'CAMPUS_ACTIVITIES',
      'CAMPUS_APP_KEY',
      'AUTH_JWKS_URL',
    ]) {
      expect(problems.filter((problem) => problem.startsWith(name))).toHaveLength(1);
    }
    expect(problems.join()).not.toContain(SECRET);
    expect(problems.join()).not.toContain('eighty');
  });

  it.each([
    ['no way to check tokens outside the sandbox', CAMPUS, 'AUTH_JWKS_URL or AUTH_SECRET is missing'],
    ['a short secret', { AUTH_SECRET: 'short' }, 'AUTH_SECRET must be 32 bytes or more'],
    ['both ways at once', { ...AUTH, AUTH_JWKS_URL: 'https://id.example.com/jwks' }, 'are both set'],
    [
      'an issuer that nothing checks',
      { SANDBOX: 'true', AUTH_ISSUER: 'https://id.example.com' },
      'neither AUTH_JWKS_URL nor AUTH_SECRET',
    ],
    ['keys over plain http', { AUTH_JWKS_URL: 'http://id.example.com/jwks' }, 'must be https'],
    ['production without a data key', { NODE_ENV: 'production', ...AUTH }, 'DATA_KEY is missing'],
    [
      'a lone previous key',
      { SANDBOX: 'true', DATA_KEY_PREVIOUS: randomBytes(32).toString('base64') },
      'DATA_KEY_PREVIOUS is set without DATA_KEY',
    ],
    [
      'PostgreSQL without a data key',
      { SANDBOX: 'true', DATABASE_URL: 'postgres://127.0.0.1/x' },
      'DATA_KEY is missing',
    ],
    ['a vendor half set', { ...AUTH, CAMPUS_APP_KEY: '1' }, 'CAMPUS_APP_SECRET, CAMPUS_ACTIVITIES missing'],
    [
      'a vendor over plain http',
      { ...AUTH, ...CAMPUS, CAMPUS_BASE_URL: 'http://campus.example.com' },
      'CAMPUS_BASE_URL must be https',
    ],
    [
      'an activity named twice',
      {
        ...AUTH,
        ...CAMPUS,
        CAMPUS_ACTIVITIES: JSON.stringify([1, 2].map(() => ({ activityCode: '1', sponsorCode: 's', accessKey: 'k' }))),
      },
      'names an activityCode twice',
    ],
    ['a wrong origin', { CORS_ORIGINS: 'https://app.example.com/' }, 'CORS_ORIGINS must be origins'],
    [
      'a database of another kind',
      { SANDBOX: 'true', DATABASE_URL: 'mysql://x' },
      'DATABASE_URL must be file:PATH or postgres://',
    ],
  ] as [string, Environment, string][])('refuse %s', (_what, environment, problem) => {
    expect(problemsOf(environment)).toEqual([expect.stringContaining(problem)]);
  });

  it("tell of a vendor's bad values also while another of its names is missing", () => {
    const zhima = {
      ZHIMA_APP_ID: '2021',
      ZHIMA_PRIVATE_KEY: SECRET,
      ZHIMA_ENCRYPT_KEY: 'c2hvcnQ=',
      ZHIMA_ALIPAY_CERT: 'x',
    };
    expect(problemsOf({ ...AUTH, ...zhima })).toEqual([
      expect.stringMatching(/^ZHIMA_SERVICE_ID missing: zhima has /),
      'ZHIMA_PRIVATE_KEY is not an RSA private key of 2048 bits or more (PEM or base64)',
      'ZHIMA_ENCRYPT_KEY is not base64 of an AES key (16, 24 or 32 bytes)',
      'certificate mode needs all three of ZHIMA_APP_CERT, ZHIMA_ALIPAY_CERT and ZHIMA_ALIPAY_ROOT_CERT',
    ]);
    expect(problemsOf({ ...AUTH, ZVCMS_BASE_URL: 'http://zvcms.example.com', ZVCMS_OPEN_ID: 'not-signable' })).toEqual([
      'ZVCMS_OPEN_ID may hold only letters A-Z, a-z and digits',
      expect.stringMatching(/^ZVCMS_GRANT_CODE, ZVCMS_OPEN_KEY missing: zvcms has /),
      'ZVCMS_BASE_URL is plain http to another machine; use https, or set ZVCMS_ALLOW_HTTP=true',
    ]);
    const twice = JSON.stringify([1, 2].map(() => ({ activityCode: '1', sponsorCode: 's', accessKey: 'k' })));
    expect(problemsOf({ ...AUTH, CAMPUS_ACTIVITIES: twice })).toEqual([
      expect.stringMatching(/^CAMPUS_APP_KEY, CAMPUS_APP_SECRET missing: campus has /),
      'CAMPUS_ACTIVITIES names an activityCode twice: keep one of each',
    ]);
  });

  it('refuse a single subgraph in production without a router secret', () => {
    const production = { NODE_ENV: 'production', DATA_KEY: randomBytes(32).toString('base64'), ...AUTH };
    expect(problemsOf({ ...production, SUBGRAPH: 'campus' })).toEqual([
      expect.stringContaining('ROUTER_SECRET is missing'),
    ]);
    expect(problemsOf({ ...production, SUBGRAPH: 'campus', ROUTER_SECRET: SECRET })).toEqual([]);
  });
});

describe('a name that is none of ours', () => {
  it.each([
    ['AUTH_SECRETS', 'AUTH_SECRET'],
    ['CAMPUS_APPKEY', 'CAMPUS_APP_KEY'],
    ['ZHIMA_PRIVATE_KEYS', 'ZHIMA_PRIVATE_KEY'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATA_KEY_OLD', 'DATA_KEY'],
    ['ROUTER_SECRET_2', 'ROUTER_SECRET'],
    ['AUTH_SECRETS_FILE', 'AUTH_SECRET'],
    ['METRIC_PORT', 'METRICS_PORT'],
  ])('but begins like one stops the start: %s', (given, meant) => {
    expect(problemsOf({ [given]: SECRET })).toEqual([`${given} is no setting: did you mean ${meant}?`]);
  });

  it.each([
    'HOSTNAME',
    'PORTAGE',
    'NODE_OPTIONS',
    'CAMPUS_SERVICE_HOST',
    'CAMPUS_PORT_4000_TCP_ADDR',
    'ZVCMS_PORT',
    'PATH',
    'LOGNAME',
  ])('and belongs to somebody else is left alone: %s', (name) => {
    expect(problemsOf({ [name]: 'something' })).toEqual([]);
  });
});

describe('a value in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'secret');
  writeFileSync(file, `${SECRET}${SECRET}\n`);

  it('is read, without the line end', () => {
    expect(load({ AUTH_SECRET_FILE: file }).auth).toMatchObject({ secret: SECRET + SECRET });
  });

  it('works for a vendor, too', () => {
    expect(
      load({ ...AUTH, ...CAMPUS, CAMPUS_APP_SECRET: undefined, CAMPUS_APP_SECRET_FILE: file }).vendors.has('campus'),
    ).toBe(true);
  });

  it('is a problem where it is missing or set twice', () => {
    expect(problemsOf({ AUTH_SECRET_FILE: join(folder, 'nowhere') })).toEqual([
      'AUTH_SECRET_FILE names a file that cannot be read',
    ]);
    expect(problemsOf({ ...AUTH, AUTH_SECRET_FILE: file })).toEqual([
      'AUTH_SECRET and AUTH_SECRET_FILE are both set: keep one',
    ]);
  });
});

describe('the documents', () => {
  const names = [serverSettings(SUBGRAPH_NAMES), ...VENDORS.map(({ table }) => table)].flatMap((table) =>
    Object.keys(table),
  );

  it('.env.example is what the tables say', () => {
    expect(names.length).toBeGreaterThan(30);
    expect(readFileSync('.env.example', 'utf8')).toBe(renderEnvExample());
  });

  it('the README names every setting', () => {
    const readme = readFileSync('README.md', 'utf8');
    const named = (name: string) => readme.includes(name) || readme.includes(name.replace(/^[A-Z]+(?=_)/, '<VENDOR>'));
    expect(names.filter((name) => !named(name))).toEqual([]);
  });
});
