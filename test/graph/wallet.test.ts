import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ZVCMS_CODES, ZVCMS_USERS } from '../../src/sandbox/zvcms.js';
import { startGraph, type TestGraph } from './harness.js';

const CARD_FIELDS = `id templateId title coverUrl balance { amount currency } faceValue { amount } status statusText bound
  validity validityText beginsAt endsAt createdAt thirdParty`;

describe.each([
  ['documented', 'v2'],
  ['production', 'v3'],
] as const)('in the %s style over the API %s', (zvcmsStyle, giftCardApi) => {
  let graph: TestGraph;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    graph = await startGraph(
      { ZVCMS_MAX_PER_SECOND: '0', ZVCMS_TIMEOUT_MS: '1500', ZVCMS_GIFT_CARD_API: giftCardApi },
      { zvcmsStyle },
    );
    const users = Object.entries(ZVCMS_USERS);
    const registered = await graph.register(
      ...users.map(([name, zvcmsUserId]) => ({ name, zvcmsUserId, mobile: `1390000${zvcmsUserId.slice(-4)}` })),
    );
    users.forEach(([name], at) => (ids[name] = registered[at] ?? ''));
  });
  afterAll(() => graph.close());
  afterEach(() => {
    graph.zvcms.play(null);
    graph.campus.play(null);
    graph.zvcms.forget();
  });

  const wallet = async (name: keyof typeof ZVCMS_USERS, args = '') => {
    const { data, errors } = await graph.ask(
      `query ($id: ID!) { person(id: $id) { giftCardBalance { amount currency } giftCards${args} { ${CARD_FIELDS} } } }`,
      { id: ids[name] },
    );
    return {
      ...(data?.['person'] as { giftCardBalance: unknown; giftCards: Record<string, unknown>[] | null }),
      errors,
    };
  };

  it('the balance is the sum of the bound cards, and both fields are one call', async () => {
    const { giftCardBalance, giftCards, errors } = await wallet('severalCards');
    expect(errors).toBeUndefined();
    expect(giftCardBalance).toEqual({ amount: '128.50', currency: 'CNY' });
    expect(graph.zvcms.requests).toHaveLength(1);
    expect(giftCards).toHaveLength(3);
    expect(giftCards?.[1]).toEqual({
      id: '710000000000000012',
      templateId: '610000000000000077',
      title: '生日卡',
      coverUrl: 'https://cards.example/cover.png',
      balance: { amount: '28.50', currency: 'CNY' },
      faceValue: { amount: '50.00' },
      status: 'BOUND',
      statusText: '已绑定',
      bound: true,
      validity: 'FIXED_DATES',
      validityText: '2026-02-01 至 2027-01-31',
      beginsAt: '2026-01-31T16:00:00.000Z',
      endsAt: '2027-01-31T15:59:59.000Z',
      createdAt: '2026-01-01T19:04:05.000Z',
      thirdParty: true,
    });
  });

  it('recycled cards come only where they are asked for', async () => {
    const { giftCards } = await wallet('severalCards', '(includeRecycled: true)');
    expect(giftCards?.map(({ status }) => status)).toEqual(['BOUND', 'BOUND', 'USED_UP', 'RECYCLED']);
    // The balance is read off the same list.
    expect(graph.zvcms.requests.map(({ body }) => body.includes('needCycleCard'))).toEqual([true]);
  });

  it('what is shown as bound is in the balance, whatever its status', async () => {
    const { giftCards, giftCardBalance } = await wallet('unknownYetBound');
    expect(giftCards?.map(({ status, bound }) => [status, bound])).toEqual([
      ['UNKNOWN', true],
      ['BOUND', true],
    ]);
    expect(giftCardBalance).toEqual({ amount: '25.00', currency: 'CNY' });
  });

  it('one query asks a list once, however many want it, and each gets its own of it', async () => {
    const fields = `balance: giftCardBalance { amount } plain: giftCards { status } used: giftCards(statuses: [USED_UP, RECYCLED]) { status }
      all: giftCards(includeRecycled: true) { status } gone: giftCards(includeRecycled: true, statuses: [RECYCLED]) { status }`;
    const { data, errors } = await graph.ask(
      `query ($id: ID!, $other: ID!) { person(id: $id) { ${fields} } same: person(id: $id) { ${fields} }
        other: person(id: $other) { giftCardBalance { amount } giftCards { status } } }`,
      { id: ids['severalCards'], other: ids['unknownStatus'] },
    );
    expect(errors).toBeUndefined();
    const cards = (...statuses: string[]) => statuses.map((status) => ({ status }));
    const seen = {
      balance: { amount: '128.50' },
      plain: cards('BOUND', 'BOUND', 'USED_UP'),
      used: cards('USED_UP'),
      all: cards('BOUND', 'BOUND', 'USED_UP', 'RECYCLED'),
      gone: cards('RECYCLED'),
    };
    expect(data).toEqual({
      person: seen,
      same: seen,
      other: { giftCardBalance: { amount: '5.00' }, giftCards: cards('UNKNOWN', 'BOUND') },
    });
    const { severalCards, unknownStatus } = ZVCMS_USERS;
    expect(
      graph.zvcms.requests
        .map(({ path, body }) => [
          path,
          body.includes(severalCards) ? severalCards : body.includes(unknownStatus) ? unknownStatus : '',
          body.includes('needCycleCard'),
        ])
        .sort(),
    ).toEqual(
      [
        [severalCards, true],
        [unknownStatus, false],
      ].map((asked) => [giftCardApi === 'v2' ? '/api/v2' : '/v3/crm/giftCard/getCustomerGiftCardList', ...asked]),
    );
  });

  it('a list that fails, fails for all who want it, after one question', async () => {
    graph.zvcms.play('business-error');
    const { errors } = await wallet('severalCards', '(includeRecycled: true)');
    expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code']]).sort()).toEqual([
      ['person.giftCardBalance', 'VENDOR_REJECTED'],
      ['person.giftCards', 'VENDOR_REJECTED'],
    ]);
    expect(graph.zvcms.requests).toHaveLength(1);
  });

  it('statuses are filtered here', async () => {
    const { giftCards } = await wallet('everyStatus', '(statuses: [EXPIRED, UNBOUND])');
    expect(giftCards?.map(({ status }) => status)).toEqual(['UNBOUND', 'EXPIRED']);
    expect((await wallet('everyStatus', '(statuses: [])')).giftCards).toEqual([]);
  });

  it('nobody has an empty list and nothing on it', async () => {
    expect(await wallet('noCards')).toEqual({
      giftCardBalance: { amount: '0.00', currency: 'CNY' },
      giftCards: [],
      errors: undefined,
    });
  });

  it('an unknown status is UNKNOWN and does not drop the list', async () => {
    const { giftCards, giftCardBalance } = await wallet('unknownStatus');
    expect(giftCards?.map(({ status }) => status)).toEqual(['UNKNOWN', 'BOUND']);
    expect(giftCardBalance).toEqual({ amount: '5.00', currency: 'CNY' });
  });

  it('an unreadable balance makes the sum unknown, not smaller', async () => {
    const { giftCards, giftCardBalance, errors } = await wallet('unreadableBalance');
    expect(errors).toBeUndefined();
    expect(giftCardBalance).toBeNull();
    expect(giftCards?.map(({ balance }) => balance)).toEqual([null, { amount: '5.00', currency: 'CNY' }]);
  });

  it('money beyond what a float holds is exact', async () => {
    const { giftCards } = await wallet('oddSpellings');
    expect(giftCards?.[1]).toMatchObject({
      balance: { amount: '90071992547409.93' },
      faceValue: null,
      coverUrl: null,
      validity: 'UNKNOWN',
    });
    expect(giftCards?.[0]).toMatchObject({
      balance: null,
      faceValue: { amount: '0.50' },
      bound: false,
      beginsAt: '2026-02-28T16:00:00.000Z',
    });
  });

  it('codes come in order, each failing alone, the same one asked once', async () => {
    const { redeemable, redeemed, universal, refused } = ZVCMS_CODES;
    const codes = [redeemed, ` ${redeemable} `, refused, universal, redeemable, 'not a code', 'nowhere1'];
    const { data, errors } = await graph.ask(
      'query ($codes: [String!]!) { exchangeCodes(codes: $codes) { code redeemable } }',
      { codes },
    );
    expect(data?.['exchangeCodes']).toEqual([
      { code: redeemed, redeemable: false },
      { code: redeemable, redeemable: true },
      null,
      { code: universal, redeemable: true },
      { code: redeemable, redeemable: true },
      null,
      { code: 'nowhere1', redeemable: false },
    ]);
    expect(errors?.map(({ path, extensions }) => [path, extensions['code']])).toEqual(
      expect.arrayContaining([
        [['exchangeCodes', 2], 'VENDOR_REJECTED'],
        [['exchangeCodes', 5], 'BAD_USER_INPUT'],
      ]),
    );
    expect(errors).toHaveLength(2);
    expect(graph.zvcms.requests).toHaveLength(5);
  });

  it('a verdict is not kept beyond the request', async () => {
    const ask = () => graph.ask(`{ exchangeCode(code: "${ZVCMS_CODES.redeemable}") { redeemable checkedAt } }`);
    expect((await ask()).data).toMatchObject({ exchangeCode: { redeemable: true } });
    await ask();
    expect(graph.zvcms.requests).toHaveLength(2);
  });

  it.each(['data-missing', 'data-null', 'data-empty-list', 'system-error', 'reset'] as const)(
    '"%s" is an error and never "false"',
    async (scene) => {
      graph.zvcms.play(scene);
      const { data, errors } = await graph.ask(`{ exchangeCode(code: "${ZVCMS_CODES.redeemable}") { redeemable } }`);
      expect(data).toEqual({ exchangeCode: null });
      expect(errors?.[0]?.extensions).toMatchObject({
        code: scene.startsWith('data') ? 'VENDOR_PROTOCOL' : 'VENDOR_UNAVAILABLE',
        vendor: 'zvcms',
      });
    },
  );

  it("one vendor's failure leaves the other's fields in the same answer", async () => {
    const both =
      'query ($id: ID!) { person(id: $id) { voucher(activityCode: "1") { type } giftCardBalance { amount } } }';
    graph.zvcms.play('hang');
    const first = await graph.ask(both, { id: ids['severalCards'] });
    expect(first.data).toEqual({ person: { voucher: { type: 'QR_CODE' }, giftCardBalance: null } });
    expect(first.errors?.map(({ extensions }) => [extensions['code'], extensions['vendor']])).toEqual([
      ['VENDOR_TIMEOUT', 'zvcms'],
    ]);
    graph.zvcms.play(null);
    graph.campus.play('invalid-signature');
    const second = await graph.ask(both, { id: ids['severalCards'] });
    expect(second.data).toEqual({ person: { voucher: null, giftCardBalance: { amount: '128.50' } } });
    expect(second.errors?.map(({ extensions }) => [extensions['code'], extensions['vendor']])).toEqual([
      ['VENDOR_MISCONFIGURED', 'campus'],
    ]);
  });
});
