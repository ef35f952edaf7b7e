import { describe, expect, it } from '@jest/globals';
import { checkZvcmsSettings, createZvcms, type ZvcmsSettings } from '../../src/datasources/zvcms/index.js';
import { recordingDeps } from '../scenes/subject.js';

const good: ZvcmsSettings = {
  baseUrl: 'https://zvcms.example',
  openId: 'abc123',
  grantCode: 'def456',
  openKey: 'a made-up key',
  allowHttp: false,
  signCaseV2: 'camel',
  moneyUnit: 'yuan',
  giftCardApi: 'v2',
  utcOffset: '+08:00',
  timeoutMs: 5_000,
  maxConcurrency: 4,
  maxPerSecond: 8,
  clockOffsetMs: 0,
};

describe('the settings', () => {
  it.each<Partial<ZvcmsSettings>>([
    {},
    { baseUrl: 'https://zvcms.example/gateway/' },
    { baseUrl: 'http://127.0.0.1:4001' },
    { baseUrl: 'http://localhost:4001' },
    { baseUrl: 'http://[::1]:4001' },
    { baseUrl: 'http://zvcms.example', allowHttp: true },
    { utcOffset: '-03:30' },
  ])('may be %j', (change) => expect(checkZvcmsSettings({ ...good, ...change })).toEqual([]));

  it.each<[string, Partial<ZvcmsSettings>]>([
    ['ZVCMS_BASE_URL', { baseUrl: 'http://zvcms.example' }],
    ['ZVCMS_BASE_URL', { baseUrl: 'http://127.0.0.1.zvcms.example' }],
    ['ZVCMS_BASE_URL', { baseUrl: 'ftp://zvcms.example' }],
    ['ZVCMS_BASE_URL', { baseUrl: 'zvcms.example' }],
    ['ZVCMS_BASE_URL', { baseUrl: 'https://me:secret@zvcms.example' }],
    ['ZVCMS_BASE_URL', { baseUrl: 'https://zvcms.example?x=y' }],
    ['ZVCMS_OPEN_ID', { openId: 'abc-123' }],
    ['ZVCMS_OPEN_ID', { openId: '' }],
    ['ZVCMS_GRANT_CODE', { grantCode: 'def 456' }],
    ['ZVCMS_GRANT_CODE', { grantCode: 'def456\n' }],
    ['ZVCMS_OPEN_KEY', { openKey: '' }],
    ['ZVCMS_UTC_OFFSET', { utcOffset: 'Asia/Shanghai' }],
    ['ZVCMS_UTC_OFFSET', { utcOffset: '+8' }],
  ])('are refused at %s for %j, without quoting it', (name, change) => {
    const problems = checkZvcmsSettings({ ...good, ...change });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
    for (const value of Object.values(change)) {
      if (typeof value === 'string' && value !== '' && value !== '+8') expect(problems[0]).not.toContain(value);
    }
    expect(() => createZvcms({ ...good, ...change }, recordingDeps())).toThrow(name);
  });

  it('are told with all that is wrong at once', () => {
    const all = { baseUrl: 'http://zvcms.example', openId: '!', grantCode: '!', openKey: '', utcOffset: '' };
    expect(checkZvcmsSettings({ ...good, ...all })).toHaveLength(5);
  });
});
