import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ZVCMS_USERS } from '../../src/sandbox/zvcms.js';
import { inventPeople, startGraph, type TestGraph, toldToCampus } from '../graph/harness.js';
import { codesOf, entities, found, NOBODY, ROUTER } from './entities.js';
import { ROUTER_SECRET } from './shapes.js';

const VOUCHER = '... on Person { id voucher(activityCode: "1") { qrCode } }';
const CARDS = '... on Person { giftCardBalance { amount } }';

describe('of campus alone', () => {
  let graph: TestGraph;
  let ids: string[];
  beforeAll(async () => {
    graph = await startGraph({ ROUTER_SECRET });
    ids = await graph.register(...inventPeople(50));
  });
  afterAll(() => graph.close());

  let alone: TestGraph;
  beforeAll(async () => {
    const { DATABASE_URL } = graph.settings;
    alone = await startGraph({ ROUTER_SECRET, SUBGRAPH: 'campus', DATABASE_URL });
  });
  afterAll(() => alone.close());
  beforeEach(() => alone.campus.forget());

  const person = (id: string | undefined) => ({ __typename: 'Person', id });
  const brought = (id: string | undefined, at: number) => ({
    ...person(id),
    campusName: `带来${at}`,
    campusMobile: `139${String(20_000_000 + at)}`,
    campusMoziId: null,
  });
  /** Whom the vendor was asked about, by mobile. */
  const askedAbout = () =>
    [
      ...alone.campus.requests
        .map(({ body }) => decodeURIComponent(body))
        .join()
        .matchAll(/"mobile":"(\d+)"/g),
    ].map(([, mobile]) => mobile);

  it('fifty people from the directory are three HTTP requests', async () => {
    const answer = await entities(alone, ids.map(person), VOUCHER);
    expect(answer.errors).toBeUndefined();
    expect(found(answer)?.map((one) => one?.['id'])).toEqual(ids);
    expect(alone.campus.requests.map(({ path }) => path)).toEqual(['/router/batch', '/router/batch', '/router/batch']);
    expect(alone.campus.calls).toBe(50);
    expect(new Set(askedAbout())).toEqual(new Set(inventPeople(50).map(({ mobile }) => mobile)));
  });

  it('fifty people whom the router brought are three, too, and the directory is not what they are told by', async () => {
    const answer = await entities(alone, ids.map(brought), VOUCHER);
    expect(answer.errors).toBeUndefined();
    expect(alone.campus.requests).toHaveLength(3);
    expect(askedAbout()).toHaveLength(50);
    for (const mobile of askedAbout()) expect(mobile).toMatch(/^1392/);
  });

  it('people whom the directory does not know have vouchers by what the router brought', async () => {
    const answer = await entities(alone, [brought('urn:elsewhere:7', 7)], VOUCHER);
    expect(answer.errors).toBeUndefined();
    expect(found(answer)).toEqual([
      { __typename: 'Person', id: 'urn:elsewhere:7', voucher: { qrCode: expect.any(String) } },
    ]);
    expect(askedAbout()).toEqual(['13920000007']);
  });

  it('tells what the router did not bring', async () => {
    const without = { ...brought('urn:elsewhere:9', 9), campusMobile: null };
    const { errors } = await entities(alone, [without], VOUCHER);
    expect(errors?.[0]?.extensions).toEqual({ code: 'PERSON_INCOMPLETE', missing: ['mobile'] });
    // A router may leave out what is null.
    const empty = await entities(alone, [person('urn:elsewhere:9')], VOUCHER);
    expect(empty.errors?.[0]?.extensions).toEqual({ code: 'PERSON_INCOMPLETE', missing: ['name', 'mobile'] });
  });

  it('an activity is sent of the id number and the e-mail that the router brought only what it is set up for', async () => {
    const all = {
      ...brought('urn:elsewhere:8', 8),
      campusIdNumber: '11010519491231002X',
      campusEmail: 'a@example.com',
    };
    const asked = (activity: string) => `... on Person { voucher(activityCode: "${activity}") { qrCode } }`;
    for (const activity of ['1', 'by-id', 'by-id-and-mail']) {
      expect((await entities(alone, [all], asked(activity))).errors).toBeUndefined();
    }
    expect(toldToCampus(alone).map(({ idno, email }) => [idno, email])).toEqual([
      [undefined, undefined],
      ['11010519491231002X', undefined],
      ['11010519491231002X', 'a@example.com'],
    ]);
    alone.campus.forget();
    const { errors } = await entities(alone, [{ ...all, campusEmail: null }], asked('by-id-and-mail'));
    expect(errors?.[0]?.extensions).toEqual({ code: 'PERSON_INCOMPLETE', missing: ['email'] });
    expect(alone.campus.requests).toHaveLength(0);
  });

  it.each([
    ['null', null],
    ['a text', 'Person'],
    ['a list', [person('1')]],
    ['no type', { id: '1' }],
    ['a type that is no text', { __typename: 1, id: '1' }],
    ['a type that is no entity', { __typename: 'Voucher', id: '1' }],
    ['a type named like a method of objects', { __typename: 'constructor', id: '1' }],
    ['no key', { __typename: 'Person' }],
    ['an empty key', person('')],
    ['an object for a key', { __typename: 'Person', id: { a: 1 } }],
  ])('%s for a representation is refused at its own place', async (_what, wrong) => {
    const answer = await entities(alone, [brought(ids[0], 1), wrong, brought(ids[1], 2)], VOUCHER);
    if (wrong === null) {
      // The list itself may hold no null, so this is a wrong variable.
      expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
      return;
    }
    expect(codesOf(answer)).toEqual([['_entities.1', 'BAD_USER_INPUT']]);
    expect(found(answer)?.map((one) => one?.['id'] ?? null)).toEqual([ids[0], null, ids[1]]);
    expect(JSON.stringify(answer.errors)).not.toContain('带来');
  });

  it.each([
    ['without the secret', {}],
    ['with another secret', { 'x-router-secret': `${ROUTER_SECRET}.` }],
  ])('%s nobody gets anything', async (_how, headers) => {
    const answer = await entities(alone, [brought(ids[0], 1)], VOUCHER, { headers });
    expect(codesOf(answer)).toEqual([['_entities', 'FORBIDDEN']]);
    expect(codesOf(await alone.ask('{ _service { sdl } }', {}, { headers }))).toEqual([['_service', 'FORBIDDEN']]);
    expect(alone.campus.requests).toHaveLength(0);
  });

  it("the router's secret opens nothing that the caller's token does not", async () => {
    const other = { scopes: [], subject: ids[1] ?? '' };
    const answer = await entities(alone, [brought(ids[0], 1)], VOUCHER, { headers: ROUTER, ...other });
    expect(codesOf(answer)).toEqual([['_entities.0.voucher', 'FORBIDDEN']]);
    expect(alone.campus.requests).toHaveLength(0);
  });
});

describe('where no router secret is set', () => {
  let graph: TestGraph;
  let ids: string[];
  beforeAll(async () => {
    graph = await startGraph();
    ids = await graph.register(
      { name: '甲', mobile: '13800000001', zvcmsUserId: ZVCMS_USERS.noCards },
      { name: '乙', mobile: '13800000002', zvcmsUserId: ZVCMS_USERS.severalCards },
    );
  });
  afterAll(() => graph.close());

  it.each(['campus', 'zvcms'] as const)(
    "a made-up representation does not open what is not the own person's at %s",
    async (subgraph) => {
      const alone = await startGraph({ SUBGRAPH: subgraph, DATABASE_URL: graph.settings['DATABASE_URL'] });
      try {
        // The caller's own id, and everything else the other person's.
        const madeUp = {
          __typename: 'Person',
          id: ids[0],
          campusName: '乙',
          campusMobile: '13800000002',
          zvcmsUserId: ZVCMS_USERS.severalCards,
        };
        const own = { headers: {}, scopes: [], subject: ids[0] ?? '' };
        const answer = await entities(alone, [madeUp], subgraph === 'campus' ? VOUCHER : CARDS, own);
        expect(answer.errors).toBeUndefined();
        const asked = [...alone.campus.requests, ...alone.zvcms.requests]
          .map(({ body }) => decodeURIComponent(body))
          .join();
        expect(asked).toContain(subgraph === 'campus' ? '13800000001' : ZVCMS_USERS.noCards);
        expect(asked).not.toContain('13800000002');
        expect(asked).not.toContain(ZVCMS_USERS.severalCards);

        const another = await entities(
          alone,
          [{ ...madeUp, id: ids[1] }],
          subgraph === 'campus' ? VOUCHER : CARDS,
          own,
        );
        expect(codesOf(another)?.map(([, code]) => code)).toEqual(['FORBIDDEN']);
      } finally {
        await alone.close();
      }
    },
  );

  it('a person whom nobody knows has null, not an error', async () => {
    const alone = await startGraph({ SUBGRAPH: 'campus', DATABASE_URL: graph.settings['DATABASE_URL'] });
    try {
      const answer = await entities(alone, [{ __typename: 'Person', id: NOBODY }], VOUCHER, { headers: {} });
      expect(answer.errors).toBeUndefined();
      expect(found(answer)).toEqual([{ __typename: 'Person', id: NOBODY, voucher: null }]);
    } finally {
      await alone.close();
    }
  });

  it("an own token learns of nobody else's being there", async () => {
    const own = { headers: {}, scopes: [], subject: ids[0] ?? '' };
    const ask = async (id: string | undefined) => {
      const answer = await entities(graph, [{ __typename: 'Person', id }], '... on Person { maskedMobile }', own);
      return { entity: found(answer), codes: codesOf(answer) };
    };
    expect(await ask(ids[1])).toEqual(await ask(NOBODY));
    expect((await ask(ids[0])).codes).toBeUndefined();
  });
});
