import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EMPLOYEES } from '../../examples/bring-your-own-person/people.js';
import { CHECK, QUERY, startSupergraph } from '../../examples/bring-your-own-person/supergraph.js';
import { type Federation } from '../../scripts/federation.js';
import { VENDORS } from '../../src/modules/index.js';
import { type Answer, type AskOptions, startGraph, type TestGraph, toldToCampus } from '../graph/harness.js';
import { ROUTER_SECRET } from './shapes.js';

let kaquan: TestGraph;
let supergraph: Federation;
// In reverse order, also where the start fails half way: a server left behind would keep the tests from ending.
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  // Its own whole graph is not asked; it brings the vendors and an empty directory.
  kaquan = await startGraph({ ROUTER_SECRET });
  closers.push(() => kaquan.close());
  supergraph = await startSupergraph(kaquan.settings, 0);
  closers.push(() => supergraph.close());
}, 60_000);
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

async function ask(query: string, as: AskOptions = {}, url = supergraph.url): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await kaquan.token(as)}` },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
}

it("the company's people are not in our directory", async () => {
  const { data } = await kaquan.ask('{ directory { totalCount } }');
  expect(data).toEqual({ directory: { totalCount: 0 } });
  expect(Object.keys(supergraph.subgraphUrls).sort()).toEqual(['company', ...VENDORS.map(({ name }) => name)].sort());
});

it("anybody's Person has vouchers, gift cards and identity checks", async () => {
  const started = await ask(CHECK);
  expect(started.errors).toBeUndefined();
  expect(started.data).toMatchObject({
    startIdentityCheck: { check: { status: 'STARTED', person: { displayName: '小张' } } },
  });
  kaquan.campus.forget();
  const { data, errors } = await ask(QUERY);
  const voucher = { qrCode: expect.any(String), expiresAt: expect.any(String) };
  expect(data).toEqual({
    employees: [
      {
        id: 'emp-1',
        displayName: '小张',
        department: '前台',
        voucher,
        giftCardBalance: { amount: '128.50' },
        identityChecks: [{ status: 'STARTED' }],
      },
      { id: 'emp-2', displayName: '小李', department: '食堂', voucher, giftCardBalance: null, identityChecks: [] },
      {
        id: 'emp-3',
        displayName: '小赵',
        department: '机房',
        voucher: null,
        giftCardBalance: { amount: expect.any(String) },
        identityChecks: [],
      },
    ],
  });
  expect(
    errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code'], extensions['missing']]).sort(),
  ).toEqual([
    ['employees.1.giftCardBalance', 'PERSON_INCOMPLETE', ['zvcmsUserId']],
    ['employees.2.voucher', 'PERSON_INCOMPLETE', ['mobile']],
  ]);
  // The two with a mobile number, in one request.
  expect(kaquan.campus.requests.map(({ path }) => path)).toEqual(['/router/batch']);
});

it('the vendor is told what the company knows of the person', async () => {
  kaquan.campus.forget();
  await ask('{ employees { voucher(activityCode: "1", qrCodeType: STATIC) { qrCode } } }');
  const sent = decodeURIComponent(kaquan.campus.requests.map(({ body }) => body).join());
  expect(sent).toContain('18209099090');
  expect(sent).toContain('mozi-1001');
  expect(sent).not.toContain(EMPLOYEES[0]?.id);
  expect(sent).not.toContain('idno');
  kaquan.campus.forget();
  await ask('{ employees { voucher(activityCode: "by-id-and-mail") { qrCode } } }');
  expect(toldToCampus(kaquan)).toEqual([
    expect.objectContaining({ mobile: '18209099090', idno: EMPLOYEES[0]?.idCard, email: EMPLOYEES[0]?.mail }),
  ]);
});

it('a token of one of them opens their own things and nobody elses', async () => {
  const { data, errors } = await ask(
    '{ employees { id voucher(activityCode: "1") { qrCode } giftCardBalance { amount } } }',
    { scopes: [], subject: 'emp-1' },
  );
  expect(data).toMatchObject({
    employees: [
      { id: 'emp-1', voucher: { qrCode: expect.any(String) }, giftCardBalance: { amount: '128.50' } },
      { id: 'emp-2', voucher: null, giftCardBalance: null },
      { id: 'emp-3', voucher: null, giftCardBalance: null },
    ],
  });
  expect(new Set(errors?.map(({ extensions }) => extensions['code']))).toEqual(new Set(['FORBIDDEN']));
});

it('no client sees what the router brings to the vendors', async () => {
  expect((await ask('{ employees { campusMobile } }')).errors?.[0]?.extensions['code']).toBe(
    'GRAPHQL_VALIDATION_FAILED',
  );
  const direct = await ask('{ employees { campusMobile } }', {}, supergraph.subgraphUrls['company']);
  expect(direct.data).toBeUndefined();
});
