import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GiftCardRecord } from '../../src/datasources/zvcms/index.js';
import { ZVCMS_CODES, ZVCMS_USERS } from '../../src/sandbox/zvcms.js';
import { startZvcms, type Started } from './start.js';

let started: Started | undefined;
afterEach(async () => {
  await started?.close();
  started = undefined;
});
const start = async (...args: Parameters<typeof startZvcms>): Promise<Started> => (started = await startZvcms(...args));

const card: GiftCardRecord = {
  id: '710000000000000011',
  templateId: '610000000000000077',
  title: '新年卡',
  coverUrl: 'https://cards.example/cover.png',
  balanceFen: 10_000n,
  faceValueFen: 10_000n,
  status: 'BOUND',
  statusText: '已绑定',
  bound: true,
  validity: 'LONG_TERM',
  validityText: '长期有效',
  beginsAt: null,
  endsAt: null,
  createdAt: new Date('2026-01-01T19:04:05Z'),
  thirdParty: false,
};
const severalCards: GiftCardRecord[] = [
  card,
  {
    ...card,
    id: '710000000000000012',
    title: '生日卡',
    balanceFen: 2_850n,
    faceValueFen: 5_000n,
    validity: 'FIXED_DATES',
    validityText: '2026-02-01 至 2027-01-31',
    beginsAt: new Date('2026-01-31T16:00:00Z'),
    endsAt: new Date('2027-01-31T15:59:59Z'),
    thirdParty: true,
  },
  {
    ...card,
    id: '710000000000000013',
    title: '咖啡卡',
    balanceFen: 0n,
    status: 'USED_UP',
    statusText: '已用完',
    bound: false,
  },
];
const recycled: GiftCardRecord = {
  ...card,
  id: '710000000000000014',
  title: '旧卡',
  balanceFen: 0n,
  status: 'RECYCLED',
  statusText: '已回收',
  bound: false,
};

describe.each([
  { style: 'documented' as const, giftCardApi: 'v2' as const },
  { style: 'documented' as const, giftCardApi: 'v3' as const },
  { style: 'production' as const, giftCardApi: 'v2' as const },
  { style: 'production' as const, giftCardApi: 'v3' as const },
])('in the $style style over $giftCardApi', ({ style, giftCardApi }) => {
  beforeEach(async () => {
    await start({ giftCardApi }, { style });
  });
  const loaders = () => {
    if (!started) throw new Error('not started');
    return started.zvcms.loaders();
  };

  it('gives every field of every card exactly', async () => {
    await expect(loaders().giftCards(ZVCMS_USERS.severalCards, false)).resolves.toEqual(severalCards);
    expect(started?.deps.anomalies).toEqual([]);
  });

  it('gives recycled cards only where they are asked for', async () => {
    await expect(loaders().giftCards(ZVCMS_USERS.severalCards, true)).resolves.toEqual([...severalCards, recycled]);
  });

  it('knows every status', async () => {
    const cards = await loaders().giftCards(ZVCMS_USERS.everyStatus, true);
    expect(cards.map(({ status, bound }) => `${status} ${bound}`)).toEqual([
      'UNKNOWN false',
      'UNBOUND false',
      'BEING_GIVEN false',
      'GIVEN false',
      'BOUND true',
      'EXPIRED false',
      'RECYCLED false',
      'USED_UP false',
    ]);
  });

  it('gives an empty list to someone without cards', async () => {
    await expect(loaders().giftCards(ZVCMS_USERS.noCards, false)).resolves.toEqual([]);
    await expect(loaders().giftCards('700000000000009999', false)).resolves.toEqual([]);
  });

  it('keeps a list with an unknown status or an unreadable balance, and tells them', async () => {
    await expect(loaders().giftCards(ZVCMS_USERS.unknownStatus, false)).resolves.toMatchObject([
      { id: '710000000000000031', status: 'UNKNOWN', balanceFen: 2_000n, bound: false },
      { id: '710000000000000032', status: 'BOUND', balanceFen: 500n },
    ]);
    expect(started?.deps.anomalies).toEqual(['gift_card.status']);
    await expect(loaders().giftCards(ZVCMS_USERS.unreadableBalance, false)).resolves.toMatchObject([
      { id: '710000000000000041', balanceFen: null, faceValueFen: 10_000n, bound: true },
      { id: '710000000000000042', balanceFen: 500n },
    ]);
    expect(started?.deps.anomalies).toEqual(['gift_card.status', 'gift_card.par_value']);
  });

  it('reads the other spellings of dates, absence and money', async () => {
    await expect(loaders().giftCards(ZVCMS_USERS.oddSpellings, false)).resolves.toMatchObject([
      {
        coverUrl: null,
        balanceFen: null,
        faceValueFen: 50n,
        bound: false,
        validity: 'FROM_BINDING',
        beginsAt: new Date('2026-02-28T16:00:00Z'),
        endsAt: new Date('2026-12-31T15:59:59Z'),
        createdAt: new Date('2026-01-01T19:04:05Z'),
      },
      {
        coverUrl: null,
        balanceFen: 9_007_199_254_740_993n,
        faceValueFen: null,
        validity: 'UNKNOWN',
        beginsAt: null,
        endsAt: null,
        createdAt: null,
      },
    ]);
    expect(started?.deps.anomalies.toSorted()).toEqual([
      'gift_card.cover',
      'gift_card.deduct_amount',
      'gift_card.endAt',
      'gift_card.validType',
    ]);
  });

  it('tells good exchange codes from the others', async () => {
    const before = Date.now();
    const answer = await loaders().exchangeCode(ZVCMS_CODES.redeemable);
    expect(answer.redeemable).toBe(true);
    expect(answer.checkedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(answer.checkedAt.getTime()).toBeLessThanOrEqual(Date.now());
    await expect(loaders().exchangeCode(ZVCMS_CODES.universal)).resolves.toMatchObject({ redeemable: true });
    await expect(loaders().exchangeCode(ZVCMS_CODES.redeemed)).resolves.toMatchObject({ redeemable: false });
    await expect(loaders().exchangeCode('123456789012345678901')).resolves.toMatchObject({ redeemable: false });
  });

  it.each(['data-missing', 'data-null', 'data-empty-list'] as const)('takes "%s" for no cards', async (scene) => {
    started?.server.play(scene);
    await expect(loaders().giftCards(ZVCMS_USERS.severalCards, false)).resolves.toEqual([]);
  });

  it('does not take an object for a list of cards', async () => {
    started?.server.play('data-with-odd-status');
    await expect(loaders().giftCards(ZVCMS_USERS.severalCards, false)).rejects.toMatchObject({ kind: 'protocol' });
  });
});
