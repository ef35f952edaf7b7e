import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ConfigError, type Environment, loadConfig } from '../../src/config/config.js';
import { MODULES } from '../../src/modules/index.js';

const good: Environment = {
  AUTH_SECRET: randomBytes(32).toString('hex'),
  ZVCMS_BASE_URL: 'https://zvcms.example',
  ZVCMS_OPEN_ID: 'abc123',
  ZVCMS_GRANT_CODE: 'def456',
  ZVCMS_OPEN_KEY: 'a made-up key',
};

function problemsOf(change: Environment): string[] {
  try {
    loadConfig({ ...good, ...change }, MODULES);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the settings', () => {
  it.each<Environment>([
    {},
    { ZVCMS_BASE_URL: 'https://zvcms.example/gateway/' },
    { ZVCMS_BASE_URL: 'http://127.0.0.1:4001' },
    { ZVCMS_BASE_URL: 'http://localhost:4001' },
    { ZVCMS_BASE_URL: 'http://[::1]:4001' },
    { ZVCMS_BASE_URL: 'http://zvcms.example', ZVCMS_ALLOW_HTTP: 'true' },
    { ZVCMS_UTC_OFFSET: '-03:30' },
  ])('may be %j', (change) => expect(problemsOf(change)).toEqual([]));

  it.each<[string, Environment]>([
    ['ZVCMS_BASE_URL', { ZVCMS_BASE_URL: 'http://zvcms.example' }],
    ['ZVCMS_BASE_URL', { ZVCMS_BASE_URL: 'http://127.0.0.1.zvcms.example' }],
    ['ZVCMS_BASE_URL', { ZVCMS_BASE_URL: 'ftp://zvcms.example' }],
    ['ZVCMS_BASE_URL', { ZVCMS_BASE_URL: 'zvcms.example' }],
    ['ZVCMS_BASE_URL', { ZVCMS_BASE_URL: 'https://me:secret@zvcms.example' }],
    ['ZVCMS_BASE_URL', { ZVCMS_BASE_URL: 'https://zvcms.example?x=y' }],
    ['ZVCMS_OPEN_ID', { ZVCMS_OPEN_ID: 'abc-123' }],
    ['ZVCMS_OPEN_ID', { ZVCMS_OPEN_ID: '' }],
    ['ZVCMS_GRANT_CODE', { ZVCMS_GRANT_CODE: 'def 456' }],
    ['ZVCMS_GRANT_CODE', { ZVCMS_GRANT_CODE: 'def456\n' }],
    ['ZVCMS_OPEN_KEY', { ZVCMS_OPEN_KEY: '' }],
    ['ZVCMS_UTC_OFFSET', { ZVCMS_UTC_OFFSET: 'Asia/Shanghai' }],
    ['ZVCMS_UTC_OFFSET', { ZVCMS_UTC_OFFSET: '+8' }],
  ])('are refused at %s for %j, without quoting it', (name, change) => {
    const problems = problemsOf(change);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
    for (const value of Object.values(change)) {
      if (value !== undefined && value !== '' && value !== '+8') expect(problems[0]).not.toContain(value);
    }
  });

  it('are told with all that is wrong at once, also where another is missing', () => {
    const wrong = { ZVCMS_BASE_URL: 'zvcms.example', ZVCMS_OPEN_ID: '!', ZVCMS_GRANT_CODE: '!', ZVCMS_UTC_OFFSET: '8' };
    expect(problemsOf({ ...wrong, ZVCMS_OPEN_KEY: '' })).toHaveLength(5);
  });
});
