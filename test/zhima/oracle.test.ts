import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signRequest } from '../../src/datasources/zhima/signature.js';
import { newQuestion, startZhima, TRUSTED_AT_ONCE } from '../scenes/zhima.js';
import { askOracle } from './oracle.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const APP_AUTH_TOKEN = '202212BB_D64b2be8afd4b6c8468cf585bd05E50';
const NONCE = '5f9fba93-bbb2-40f0-b328-04d5ead3e131';

describe('the official SDK', () => {
  let started: Awaited<ReturnType<typeof startZhima>>;
  beforeAll(async () => {
    started = await startZhima({}, {}, { privateKey: createPrivateKey(privateKey), publicKey });
  });
  afterAll(() => started.close());

  const config = () => ({
    appId: started.settings.appId,
    privateKey,
    alipayPublicKey: started.server.alipayPublicKey,
    endpoint: started.server.url,
  });
  const query = () => {
    const { connKey, onceToken } = newQuestion();
    return {
      conn_key: connKey,
      once_token: onceToken,
      query_type: 'exact',
      identity_type: '04',
      service_id: started.settings.serviceId,
      user_id: TRUSTED_AT_ONCE,
    };
  };

  it('passes our sandbox with its signatures, and believes its answers', async () => {
    await expect(askOracle({ config: config(), query: query() })).resolves.toMatchObject({
      data: { identity_result: 'SUCCESS', user_id: TRUSTED_AT_ONCE },
    });
  });

  it('does not believe an answer of our sandbox that is wrongly signed', async () => {
    started.server.play('signed-with-another-key', 1);
    await expect(askOracle({ config: config(), query: query() })).resolves.toMatchObject({
      error: 'response-signature-verify-error',
    });
  });

  it('signs the same request to the byte as we do', async () => {
    started.server.forget();
    const timestampMs = Date.now();
    const options = { appAuthToken: APP_AUTH_TOKEN };
    await askOracle({ config: config(), query: query(), options, nonce: NONCE, timestampMs });
    const [request] = started.server.requests;
    const ours = await signRequest(
      { method: 'GET', target: request?.target ?? '', body: '', appAuthToken: APP_AUTH_TOKEN },
      { appId: started.settings.appId, nonce: NONCE, timestampMs },
      createPrivateKey(privateKey),
    );
    expect(request?.headers['authorization']).toBe(ours);
  });
});
