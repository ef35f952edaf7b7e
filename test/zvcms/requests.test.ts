import { afterEach, describe, expect, it } from '@jest/globals';
import { ZVCMS_CODES, ZVCMS_USERS } from '../../src/sandbox/zvcms.js';
import { startZvcms, type Started } from './start.js';

let started: Started | undefined;
afterEach(async () => {
  await started?.close();
  started = undefined;
});
const start = async (...args: Parameters<typeof startZvcms>): Promise<Started> => (started = await startZvcms(...args));

const bodiesOf = ({ server }: Started) =>
  server.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);

describe('a request', () => {
  it('has the documented path, members and types in V2, and leaves needCycleCard out', async () => {
    const { server, zvcms, settings } = await start();
    await zvcms.loaders().giftCards(ZVCMS_USERS.noCards, false);
    await zvcms.loaders().giftCards(ZVCMS_USERS.noCards, true);
    expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'POST /api/v2',
      'POST /api/v2',
    ]);
    expect(server.requests[0]?.headers['content-type']).toBe('application/json');
    const bodies = started ? bodiesOf(started) : [];
    expect(bodies[0]).toEqual({
      OpenId: settings.openId,
      GrantCode: settings.grantCode,
      Timestamp: expect.stringMatching(/^\d{10}$/),
      Nonce: expect.stringMatching(/^[1-9]\d*$/),
      Token: expect.stringMatching(/%3D$/),
      Action: 'user.my-cards',
      Params: { user_id: ZVCMS_USERS.noCards },
    });
    expect(bodies[1]?.['Params']).toEqual({ user_id: ZVCMS_USERS.noCards, needCycleCard: 1 });
  });

  it('has the documented paths and members in V3', async () => {
    const here = await start({ giftCardApi: 'v3' });
    await here.zvcms.loaders().giftCards(ZVCMS_USERS.noCards, false);
    await here.zvcms.loaders().exchangeCode(ZVCMS_CODES.redeemed);
    expect(here.server.requests.map(({ target }) => target)).toEqual([
      '/v3/crm/giftCard/getCustomerGiftCardList',
      '/v3/coupon/exchange/getExchangeCodeStatus',
    ]);
    const [cards, code] = bodiesOf(here);
    expect(Object.keys(cards ?? {})).toEqual(['openId', 'grantCode', 'timestamp', 'nonce', 'token', 'params']);
    expect(cards?.['params']).toEqual({ user_id: ZVCMS_USERS.noCards });
    expect(code?.['params']).toEqual({ exchangeCode: ZVCMS_CODES.redeemed });
  });

  it('keeps the path of the base URL', async () => {
    const { server, another } = await start();
    await expect(
      another({ baseUrl: `${server.url}/gateway/` })
        .loaders()
        .exchangeCode(ZVCMS_CODES.redeemed),
    ).rejects.toMatchObject({ kind: 'protocol' });
    expect(server.requests[0]?.target).toBe('/gateway/v3/coupon/exchange/getExchangeCodeStatus');
  });

  it('signs V2 in the case that the settings name', async () => {
    const { another, zvcms } = await start({ signCaseV2: 'pascal' }, { signCaseV2: 'pascal' });
    await expect(zvcms.loaders().giftCards(ZVCMS_USERS.noCards, false)).resolves.toEqual([]);
    await expect(zvcms.loaders().exchangeCode(ZVCMS_CODES.redeemed)).resolves.toMatchObject({ redeemable: false });
    await expect(
      another({ signCaseV2: 'camel' }).loaders().giftCards(ZVCMS_USERS.noCards, false),
    ).rejects.toMatchObject({ kind: 'misconfigured', vendorCode: '110004' });
  });

  it('is refused, once, with another key or a clock that is off, and the offset mends the clock', async () => {
    const { server, another, deps } = await start({}, { timestampWindowSeconds: 60 });
    const ask = (settings: Parameters<typeof another>[0]) =>
      another(settings).loaders().exchangeCode(ZVCMS_CODES.redeemable);
    const refused = { kind: 'misconfigured', vendorCode: '110004', retryable: false };
    await expect(ask({ openKey: 'another' })).rejects.toMatchObject(refused);
    await expect(ask({ clockOffsetMs: -120_000 })).rejects.toMatchObject(refused);
    expect(server.requests).toHaveLength(2);
    await expect(ask({ clockOffsetMs: 30_000 })).resolves.toMatchObject({ redeemable: true });
    expect(deps.calls.map(({ outcome }) => outcome)).toEqual(['misconfigured', 'misconfigured', 'ok']);
  });

  it('is signed afresh when it is repeated', async () => {
    const here = await start();
    here.server.play('reset', 1);
    await expect(here.zvcms.loaders().exchangeCode(ZVCMS_CODES.redeemable)).resolves.toMatchObject({
      redeemable: true,
    });
    const [first, second, ...more] = bodiesOf(here);
    expect(more).toEqual([]);
    expect(first?.['params']).toEqual(second?.['params']);
    expect(first?.['nonce']).not.toBe(second?.['nonce']);
    expect(first?.['token']).not.toBe(second?.['token']);
    expect(here.deps.calls.map(({ outcome }) => outcome)).toEqual(['unavailable', 'ok']);
  });
});

describe('an error', () => {
  it('quotes nothing that was sent or received', async () => {
    const { server, zvcms, another, settings } = await start({ timeoutMs: 600 });
    const messages: string[] = [];
    const ask = (client: typeof zvcms) => client.loaders().giftCards(ZVCMS_USERS.severalCards, false);
    const tell = (error: unknown) => messages.push(error instanceof Error ? error.message : '');
    for (const scene of ['business-error', 'wrong-parameters', 'text-with-http-500', 'malformed', 'hang'] as const) {
      server.play(scene);
      await ask(zvcms).catch(tell);
    }
    server.play(null);
    await ask(another({ openKey: 'another' })).catch(tell);
    expect(messages).toHaveLength(6);
    const { openId, grantCode, openKey } = settings;
    for (const secret of [openId, grantCode, openKey, server.url, ZVCMS_USERS.severalCards, 'Fatal', 'fail"']) {
      for (const message of messages) expect(message).not.toContain(secret);
    }
  });

  it("carries the vendor's traceId", async () => {
    const { zvcms } = await start({}, { style: 'production' });
    await expect(zvcms.loaders().exchangeCode(ZVCMS_CODES.refused)).rejects.toMatchObject({
      kind: 'rejected',
      vendorCode: '200123',
      requestId: 'sandbox.1',
    });
  });
});
