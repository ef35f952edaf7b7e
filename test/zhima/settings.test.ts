import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { checkZhimaSettings, ZhimaClient, type ZhimaSettings } from '../../src/datasources/zhima/index.js';
import { newAppKeys } from '../scenes/zhima.js';
import { recordingDeps } from '../scenes/subject.js';

const { privateKey, publicKey: ownPublicKey } = newAppKeys();
const { publicKey: alipayPublicKey } = newAppKeys();

const SETTINGS: ZhimaSettings = {
  baseUrl: 'http://127.0.0.1:1',
  timeoutMs: 1_000,
  maxConcurrency: 1,
  maxPerSecond: 0,
  clockOffsetMs: 0,
  appId: '2014060600164699',
  serviceId: '2019120400000000000004450100',
  privateKey,
  alipayPublicKey,
};

const pem = (type: 'pkcs1' | 'pkcs8') => privateKey.export({ type, format: 'pem' }) as string;
const der = (type: 'pkcs1' | 'pkcs8') => privateKey.export({ type, format: 'der' }).toString('base64');

it.each([
  ['PKCS#8 PEM', pem('pkcs8')],
  ['PKCS#1 PEM', pem('pkcs1')],
  ['PKCS#8 PEM with escaped line breaks', pem('pkcs8').replaceAll('\n', '\\n')],
  ['PKCS#1 PEM on one line', pem('pkcs1').replaceAll('\n', ' ')],
  ['bare base64 of PKCS#8', der('pkcs8')],
  ['bare base64 of PKCS#1, wrapped', der('pkcs1').replace(/(.{76})/g, '$1\n')],
])('takes the private key as %s', (_name, text) => {
  expect(checkZhimaSettings({ ...SETTINGS, privateKey: text })).toEqual([]);
});

it("takes Alipay's public key as PEM and as bare base64", () => {
  const bare = createPublicKey(alipayPublicKey).export({ type: 'spki', format: 'der' }).toString('base64');
  expect(checkZhimaSettings({ ...SETTINGS, alipayPublicKey: bare })).toEqual([]);
  expect(checkZhimaSettings(SETTINGS)).toEqual([]);
});

it('names every problem at once and quotes no value', () => {
  const secret = 'c2VjcmV0';
  const problems = checkZhimaSettings({
    ...SETTINGS,
    appId: 'has,comma',
    serviceId: '',
    privateKey: secret,
    alipayPublicKey: `${secret}!`,
    encryptKey: secret,
    appAuthToken: 'two words',
  });
  expect(problems).toEqual([
    'ZHIMA_APP_ID is empty or has a character that an app id cannot have',
    'ZHIMA_SERVICE_ID is empty',
    'ZHIMA_APP_AUTH_TOKEN is empty or has a character that a token cannot have',
    'ZHIMA_PRIVATE_KEY is not an RSA private key of 2048 bits or more (PEM or base64)',
    'ZHIMA_ENCRYPT_KEY is not base64 of an AES key (16, 24 or 32 bytes)',
    'ZHIMA_ALIPAY_PUBLIC_KEY is not an RSA public key (PEM or base64)',
  ]);
  expect(problems.join()).not.toContain(secret);
  expect(() => new ZhimaClient({ ...SETTINGS, serviceId: '' }, recordingDeps())).toThrow('ZHIMA_SERVICE_ID is empty');
});

it("notices the application's own public key in the place of Alipay's", () => {
  expect(checkZhimaSettings({ ...SETTINGS, alipayPublicKey: ownPublicKey })).toEqual([
    "ZHIMA_ALIPAY_PUBLIC_KEY is the application's own public key; Alipay's is wanted",
  ]);
});

it('wants a key to verify with, and keys that are RSA of 2048 bits or more', () => {
  expect(checkZhimaSettings({ ...SETTINGS, alipayPublicKey: undefined })).toEqual([
    'ZHIMA_ALIPAY_PUBLIC_KEY is missing (or the three certificates in its place)',
  ]);
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  for (const key of [short, elliptic]) expect(checkZhimaSettings({ ...SETTINGS, privateKey: key })).toHaveLength(1);
});
