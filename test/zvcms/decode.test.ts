import { describe, expect, it } from '@jest/globals';
import { LosslessNumber } from 'lossless-json';
import { VendorError } from '../../src/datasources/transport/errors.js';
import { decodeExchangeCode } from '../../src/datasources/zvcms/exchange-code.js';
import { giftCardDecoder, type GiftCardRecord } from '../../src/datasources/zvcms/gift-cards.js';
import { normaliseExchangeCode } from '../../src/datasources/zvcms/index.js';
import { decodeInstant, UNREADABLE } from '../../src/datasources/zvcms/wire.js';

describe('the status of an exchange code', () => {
  it.each([true, 'true', '1', new LosslessNumber('1')])('reads %j as redeemable', (status) => {
    expect(decodeExchangeCode({ status })).toBe(true);
  });
  it.each([false, 'false', '0', new LosslessNumber('0')])('reads %j as not redeemable', (status) => {
    expect(decodeExchangeCode({ status })).toBe(false);
  });
  it.each([undefined, null, [], {}, '', 'false', false, { status: null }, { status: '' }, { status: 'no' }, [false]])(
    'never reads %j as "false"',
    (data) => expect(() => decodeExchangeCode(data)).toThrow(VendorError),
  );
  it.each([
    ['164822200532619796511', '164822200532619796511'],
    [' WELCOME2026\n', 'WELCOME2026'],
    ['a'.repeat(64), 'a'.repeat(64)],
    ['a'.repeat(65), null],
    ['', null],
    ['   ', null],
    ['12 34', null],
    ['12-34', null],
    ['１２３', null],
    ['1\u00002', null],
  ])('takes the code %j for %j', (text, code) => expect(normaliseExchangeCode(text)).toBe(code));
});

describe('an instant', () => {
  it.each([
    ['2026-01-02 03:04:05', '2026-01-01T19:04:05.000Z'],
    ['2026-01-02', '2026-01-01T16:00:00.000Z'],
    ['2024-02-29 00:00:00', '2024-02-28T16:00:00.000Z'],
    ['1767294245', '2026-01-01T19:04:05.000Z'],
    ['1767294245123', '2026-01-01T19:04:05.123Z'],
    [new LosslessNumber('1767294245'), '2026-01-01T19:04:05.000Z'],
    [new LosslessNumber('1767294245123'), '2026-01-01T19:04:05.123Z'],
  ])('is read from %j', (value, expected) => {
    expect(decodeInstant('+08:00')(value)).toEqual(new Date(expected));
  });

  it('is in the zone of the settings', () => {
    expect(decodeInstant('-03:30')('2026-01-02 03:04:05')).toEqual(new Date('2026-01-02T06:34:05Z'));
  });

  it.each([undefined, null, '', '  ', '0', new LosslessNumber('0'), '0000-00-00', '0000-00-00 00:00:00'])(
    'is absent in %j',
    (value) => expect(decodeInstant('+08:00')(value)).toBeNull(),
  );

  it.each(['2026-02-30', '2026-13-01', '2026-01-02 24:00:00', '2026-01-02 03:04', '长期', '20260102', true, [], '-1'])(
    'is unreadable in %j',
    (value) => expect(decodeInstant('+08:00')(value)).toBe(UNREADABLE),
  );
});

describe('gift cards', () => {
  const decode = (data: unknown, moneyUnit: 'yuan' | 'fen' = 'yuan') => {
    const anomalies: string[] = [];
    const cards = giftCardDecoder({ moneyUnit, utcOffset: '+08:00' }, (name) => anomalies.push(name))(data);
    return { cards, anomalies };
  };
  const plain = { id: '1', gift_title: '卡', status: '4', validType: '1' };
  const one = (members: object): GiftCardRecord | undefined => decode([{ ...plain, ...members }]).cards[0];

  it.each([undefined, null, []])('are none in %j', (data) => {
    expect(decode(data)).toEqual({ cards: [], anomalies: [] });
  });

  it.each([
    [{}],
    [''],
    [false],
    [[null]],
    [[[]]],
    [['card']],
    [[{}]],
    [[{ ...plain, id: '' }]],
    [[{ ...plain, id: null }]],
    [[{ ...plain, id: new LosslessNumber('7.1e17') }]],
    [[plain, plain]],
  ])('are not to be had from %j', (data) => {
    expect(() => decode(data)).toThrow(expect.objectContaining({ kind: 'protocol', vendor: 'zvcms' }));
  });

  it('say nothing where the vendor says nothing, and nothing is odd about it', () => {
    expect(decode([plain])).toEqual({
      cards: [
        {
          id: '1',
          templateId: null,
          title: '卡',
          coverUrl: null,
          balanceFen: null,
          faceValueFen: null,
          status: 'BOUND',
          statusText: null,
          bound: true,
          validity: 'LONG_TERM',
          validityText: null,
          beginsAt: null,
          endsAt: null,
          createdAt: null,
          thirdParty: false,
        },
      ],
      anomalies: [],
    });
  });

  it('tell each field that cannot be read, and keep the card', () => {
    const unreadable = {
      gift_card_id: {},
      gift_title: null,
      cover: 'not a URL',
      par_value: '1.234',
      deduct_amount: new LosslessNumber('1e2'),
      status: '8',
      status_desc: [],
      bind_status: '2',
      validType: new LosslessNumber('4'),
      expired_desc: true,
      isErp: 'maybe',
      beginAt: 'soon',
      endAt: '2026-02-30',
      createdAt: {},
    };
    const { cards, anomalies } = decode([{ ...plain, ...unreadable }]);
    expect(anomalies.toSorted()).toEqual(
      Object.keys(unreadable)
        .map((field) => `gift_card.${field}`)
        .toSorted(),
    );
    expect(cards).toMatchObject([
      {
        id: '1',
        title: '',
        coverUrl: null,
        balanceFen: null,
        faceValueFen: null,
        status: 'UNKNOWN',
        bound: false,
        validity: 'UNKNOWN',
        endsAt: null,
        thirdParty: false,
      },
    ]);
  });

  it('read the money in the unit of the settings', () => {
    const card = { ...plain, par_value: '12850', deduct_amount: new LosslessNumber('20000') };
    expect(decode([card], 'fen').cards).toMatchObject([{ balanceFen: 12_850n, faceValueFen: 20_000n }]);
    expect(decode([card], 'yuan').cards).toMatchObject([{ balanceFen: 1_285_000n, faceValueFen: 2_000_000n }]);
  });

  it.each([
    ['1', '1', false],
    ['4', '0', true],
    ['5', '1', false],
    ['0', '1', true],
    ['0', '0', false],
    ['9', '1', true],
    ['9', undefined, false],
  ])('with status %s and bind_status %s are bound: %s', (status, bind_status, bound) => {
    expect(one({ status, bind_status })?.bound).toBe(bound);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'ftp://cards.example/x', '//cards.example/x', 'cover.png'])(
    'have no cover at %s',
    (cover) => expect(one({ cover })?.coverUrl).toBeNull(),
  );
});
