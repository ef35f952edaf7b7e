import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ZVCMS_CODES } from '../../src/sandbox/zvcms.js';
import { startGraph, type TestGraph } from '../graph/harness.js';
import { codesOf, entities, found, NOBODY, ROUTER } from './entities.js';
import { ROUTER_SECRET } from './shapes.js';

describe('of the whole graph', () => {
  let graph: TestGraph;
  beforeAll(async () => {
    graph = await startGraph({ ROUTER_SECRET, ZVCMS_MAX_PER_SECOND: '0' });
  });
  afterAll(() => graph.close());
  beforeEach(() => graph.zvcms.forget());

  it('the same exchange code asked several times is one call', async () => {
    const code = (text: string) => ({ __typename: 'ExchangeCode', code: text });
    const { redeemable, redeemed } = ZVCMS_CODES;
    const answer = await entities(
      graph,
      [code(redeemable), code(redeemed), code(` ${redeemable}`), code(redeemable)],
      '... on ExchangeCode { code redeemable }',
    );
    const [yes, no] = [
      { __typename: 'ExchangeCode', code: redeemable, redeemable: true },
      { __typename: 'ExchangeCode', code: redeemed, redeemable: false },
    ];
    expect(found(answer)).toEqual([yes, no, yes, yes]);
    expect(graph.zvcms.requests).toHaveLength(2);
  });

  it('each code fails alone, and only with the scope is any of them asked for', async () => {
    const representations = [ZVCMS_CODES.refused, 'not a code', ZVCMS_CODES.universal].map((code) => ({
      __typename: 'ExchangeCode',
      code,
    }));
    const answer = await entities(graph, representations, '... on ExchangeCode { redeemable }');
    expect(found(answer)?.map((one) => one?.['redeemable'])).toEqual([undefined, undefined, true]);
    expect(codesOf(answer)?.sort()).toEqual([
      ['_entities.0', 'VENDOR_REJECTED'],
      ['_entities.1', 'BAD_USER_INPUT'],
    ]);
    graph.zvcms.forget();
    const refused = await entities(graph, representations, '... on ExchangeCode { redeemable }', {
      headers: ROUTER,
      scopes: ['person:read'],
    });
    expect(codesOf(refused)?.map(([, code]) => code)).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
    expect(graph.zvcms.requests).toHaveLength(0);
  });

  it('people and checks are there by their ids, null where unknown', async () => {
    const [id] = await graph.register({ name: '查', alipayUserId: '2088000000000006' });
    const { data } = await graph.ask(
      'mutation ($input: StartIdentityCheckInput!) { startIdentityCheck(input: $input) { check { id } } }',
      { input: { personId: id, identityType: '04' } },
    );
    const check = (data?.['startIdentityCheck'] as { check: { id: string } }).check.id;
    const answer = await entities(
      graph,
      [
        { __typename: 'Person', id },
        { __typename: 'Person', id: NOBODY },
        { __typename: 'IdentityCheck', id: check },
        { __typename: 'IdentityCheck', id: NOBODY },
      ],
      '... on Person { maskedName } ... on IdentityCheck { status }',
    );
    expect(answer.errors).toBeUndefined();
    expect(found(answer)).toEqual([
      { __typename: 'Person', maskedName: '*' },
      null,
      { __typename: 'IdentityCheck', status: 'STARTED' },
      null,
    ]);
    const others = await entities(
      graph,
      [
        { __typename: 'IdentityCheck', id: check },
        { __typename: 'IdentityCheck', id: NOBODY },
      ],
      '... on IdentityCheck { status }',
      { headers: ROUTER, scopes: [], subject: NOBODY },
    );
    expect(codesOf(others)?.sort()).toEqual([
      ['_entities.0', 'FORBIDDEN'],
      ['_entities.1', 'FORBIDDEN'],
    ]);
  });
});
