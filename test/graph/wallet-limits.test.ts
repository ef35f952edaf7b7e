import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inventPeople, startGraph, type TestGraph } from './harness.js';

describe('a wallet and the limits', () => {
  let graph: TestGraph;
  beforeAll(async () => {
    graph = await startGraph({ ZVCMS_TIMEOUT_MS: '1500' });
  });
  afterAll(() => graph.close());

  it('takes at most a hundred codes', async () => {
    const { errors } = await graph.ask('query ($codes: [String!]!) { exchangeCodes(codes: $codes) { code } }', {
      codes: Array<string>(101).fill('x'),
    });
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: 'codes' });
    expect(graph.zvcms.requests).toHaveLength(0);
  });

  it('asks eight times a second at most, and tells at once which calls cannot start in time', async () => {
    const codes = Array.from({ length: 40 }, (_, at) => `code${at}`);
    const { data, errors } = await graph.ask(
      'query ($codes: [String!]!) { exchangeCodes(codes: $codes) { redeemable } }',
      { codes },
    );
    const answered = (data?.['exchangeCodes'] as unknown[]).filter((one) => one !== null);
    // Eight at once and eight more a second later; the third eight would start after the 1.5 s that a question has.
    expect(answered).toHaveLength(16);
    expect(errors).toHaveLength(24);
    for (const { extensions } of errors ?? []) {
      expect(extensions).toMatchObject({ code: 'VENDOR_THROTTLED', vendor: 'zvcms', retryable: true });
      expect(extensions['retryAfterSeconds']).toBeGreaterThanOrEqual(1);
    }
    const times = graph.zvcms.requests.map(({ receivedAt }) => receivedAt);
    expect(times).toHaveLength(16);
    for (let first = 0; first + 8 < times.length; first += 1) {
      // Client and vendor share a process here, so an arrival may be seen late; without a pace this would be about 0.
      expect((times[first + 8] ?? 0) - (times[first] ?? 0)).toBeGreaterThanOrEqual(900);
    }
  });

  it('tells what a person lacks, without asking the vendor', async () => {
    graph.zvcms.forget();
    const [id] = await graph.register(...inventPeople(1));
    const { data, errors } = await graph.ask('query ($id: ID!) { person(id: $id) { giftCards { id } } }', { id });
    expect(data).toEqual({ person: { giftCards: null } });
    expect(errors?.[0]?.extensions).toEqual({ code: 'PERSON_INCOMPLETE', missing: ['zvcmsUserId'] });
    expect(graph.zvcms.requests).toHaveLength(0);
  });
});
