import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Scope } from '../../src/graph/access.js';
import { startGraph, type TestGraph } from './harness.js';

const ROUTER_SECRET = 'router-secret-of-this-test';
const PERSON = { name: '王五', mobile: '13800000077', moziId: 'mozi-7', zvcmsUserId: '777' };
const BROUGHT = { campusName: '王五', campusMobile: '13800000077', campusMoziId: 'mozi-7', zvcmsUserId: '777' };
const NOTHING = { campusName: null, campusMobile: null, campusMoziId: null, zvcmsUserId: null };
const SCOPES: Scope[] = ['directory:read', 'person:read', 'voucher:read', 'giftcard:read'];
const QUERY = `{ directory { edges { node { ${Object.keys(BROUGHT).join(' ')} } } } }`;

let people: TestGraph;
let id: string;
beforeAll(async () => {
  people = await startGraph({ SUBGRAPH: 'people', ROUTER_SECRET });
  [id = ''] = await people.register(PERSON);
});
afterAll(() => people.close());

let read = 0;
const newLines = () => {
  const text = readFileSync(join(people.folder, 'audit.log'), 'utf8').slice(read);
  read += text.length;
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const { field, person, verdict } = JSON.parse(line) as Record<string, unknown>;
      return [field, person, verdict];
    });
};
const lines = (verdict: string) => ['campusName', 'campusMobile'].map((field) => [`Person.${field}`, id, verdict]);

it.each<[string, Record<string, string>]>([
  ['without the router secret', {}],
  ['with another one', { 'x-router-secret': `${ROUTER_SECRET}.` }],
])('what the vendors are told of a person is nobody’s to read %s, and leaves a line', async (_how, headers) => {
  const answer = await people.ask(QUERY, {}, { scopes: SCOPES, headers });
  expect(answer).toEqual({ status: 200, data: { directory: { edges: [{ node: NOTHING }] } } });
  expect(newLines()).toEqual(lines('refused'));
});

it('the router reads it for whom the vendor’s field is open to, and leaves a line, too', async () => {
  const headers = { 'x-router-secret': ROUTER_SECRET };
  const { data } = await people.ask(QUERY, {}, { scopes: SCOPES, headers });
  expect(data).toEqual({ directory: { edges: [{ node: BROUGHT }] } });
  expect(newLines()).toEqual(lines('allowed'));
  const without = await people.ask(QUERY, {}, { scopes: ['directory:read', 'person:pii'], headers });
  expect(without.data).toEqual({ directory: { edges: [{ node: NOTHING }] } });
  expect(newLines()).toEqual(lines('refused'));
});
