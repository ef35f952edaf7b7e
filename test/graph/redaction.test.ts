import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGraph, type TestGraph } from './harness.js';

let graph: TestGraph;
/** Somebody whose name and number are in none of these requests. */
let person = '';
beforeAll(async () => {
  graph = await startGraph({
    NODE_ENV: 'production',
    DATA_KEY: Buffer.alloc(32, 7).toString('base64'),
    HOST: '127.0.0.1',
  });
  [person = ''] = await graph.register({ name: '甲', mobile: '13900000001' });
});
afterAll(() => graph.close());

const MOBILE = '13812345678';
const NAME = 'zhangsan';
const INPUT = 'mutation ($input: PersonInput!) { registerPerson(input: $input) { id } }';
const VOUCHER = 'query ($type: VoucherType!) { me { voucher(activityCode: "1", type: $type) { qrCode } } }';

/** Each holds the number or the name where graphql-js would quote it. */
const DOCUMENTS: [string, string, Record<string, unknown>?][] = [
  ['an unexpected name', `{ person(id: "x") ${NAME} } ]`],
  ['an unexpected number', `{ person(${MOBILE}: 1) { id } }`],
  ['an unexpected text', `{ "${MOBILE}" }`],
  ['an unexpected block text', `{ """${MOBILE}""" }`],
  ['a text that does not end', `{ person(id: "${MOBILE}`],
  ['a number that runs into a name', `{ person(id: ${MOBILE}${NAME}) { id } }`],
  ['a wrong escape', `{ person(id: "\\uzz${MOBILE}") { id } }`],
  ['a character of another alphabet', `{ person(id: 张${NAME}) { id } }`],
  ['an enum for an id', `{ person(id: ${NAME}) { id } }`],
  ['a fraction for an id', `{ person(id: ${MOBILE}.5) { id } }`],
  ['an object for an id', `{ person(id: { mobile: "${MOBILE}" }) { id } }`],
  ['a list for an id', `{ person(id: ["${MOBILE}"]) { id } }`],
  ['a number too large', `{ directory(first: ${MOBILE}) { totalCount } }`],
  ['a text for a number', `{ directory(first: "${MOBILE}") { totalCount } }`],
  ['an unknown enum value', `{ me { voucher(activityCode: "1", type: ${NAME}) { qrCode } } }`],
  ['a text for an enum', `{ me { voucher(activityCode: "1", type: "${MOBILE}") { qrCode } } }`],
  ['a text for an input', `mutation { registerPerson(input: "${MOBILE}") { id } }`],
  ['a number for a name', `mutation { registerPerson(input: { name: ${MOBILE} }) { id } }`],
  ['a text for a condition', `{ me { id @include(if: "${MOBILE}") } }`],
  ['a default of a variable', `query ($first: Int! = "${MOBILE}") { directory(first: $first) { totalCount } }`],
  ['a number for a text variable', INPUT, { input: { name: Number(MOBILE) } }],
  ['a list for a text variable', INPUT, { input: { name: [MOBILE] } }],
  ['an object for a text variable', INPUT, { input: { name: { first: NAME, at: ` at "${MOBILE}"; ` } } }],
  ['a text for an input variable', INPUT, { input: MOBILE }],
  ['an input without its name', INPUT, { input: { mobile: MOBILE, email: `${NAME}@example.com` } }],
  ['an input with an unknown field', INPUT, { input: { name: NAME, phone: MOBILE } }],
  ['an unknown enum value in a variable', VOUCHER, { type: MOBILE }],
  ['a number for an enum variable', VOUCHER, { type: Number(MOBILE) }],
  ['an object for an id variable', 'query ($id: ID!) { person(id: $id) { id } }', { id: { mobile: MOBILE } }],
  ['a fraction for a whole number', 'query ($n: Int!) { directory(first: $n) { totalCount } }', { n: `${MOBILE}.5` }],
  ['two texts that end like a message', INPUT, { input: { name: 7, email: `; ${MOBILE} Field "${NAME}"` } }],
  [
    'null by a variable',
    'query ($t: VoucherType = QR_CODE, $person: ID!) { person(id: $person) { voucher(activityCode: "1", type: $t) { qrCode } } }',
    { t: null, person: '?' },
  ],
  ['a wrong mobile', INPUT, { input: { name: '甲', mobile: `${MOBILE}9` } }],
  ['a wrong e-mail', INPUT, { input: { name: '甲', email: `${NAME}@` } }],
  ['a search too long', 'query ($s: String) { directory(search: $s) { totalCount } }', { s: MOBILE.repeat(7) }],
  ['a cursor of nothing', 'query ($s: String) { directory(after: $s) { totalCount } }', { s: MOBILE }],
  [
    'an unknown activity',
    'query ($s: String!, $person: ID!) { person(id: $person) { id voucher(activityCode: $s) { qrCode } } }',
    { s: MOBILE, person: '?' },
  ],
  ['a wrong code', 'query ($s: String!) { exchangeCode(code: $s) { code } }', { s: `${MOBILE} ${NAME} 码` }],
  [
    'a representation of nothing',
    'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
    { r: [MOBILE, { __typename: NAME }] },
  ],
];

const leaks = (text: string) => [MOBILE, NAME, '张', '1.3812'].filter((needle) => text.includes(needle));

describe('an error', () => {
  it.each(DOCUMENTS.map(([what, query, variables]) => ({ what, query, variables })))(
    'for $what says what is wrong without the value',
    async ({ query, variables }) => {
      const { errors = [], status } = await graph.ask(
        query,
        variables?.['person'] ? { ...variables, person } : variables,
      );
      expect(errors.length).toBeGreaterThan(0);
      for (const { message, extensions } of errors) {
        expect(message.length).toBeGreaterThan(10);
        expect(extensions['code']).toMatch(/^(GRAPHQL_|BAD_USER_INPUT)/);
      }
      expect(leaks(JSON.stringify(errors))).toEqual([]);
      expect(JSON.stringify(errors)).not.toMatch(/stack|node_modules|at \w+ \(/);
      expect(status).toBeLessThan(500);
    },
  );

  it('helps where nothing personal is in it', async () => {
    const messages = async (query: string, variables?: Record<string, unknown>) =>
      (await graph.ask(query, variables)).errors?.map(({ message }) => message);
    expect(await messages('{ me { nmae } }')).toEqual(['Cannot query field "nmae" on type "Person".']);
    expect(await messages(INPUT, { input: { mobile: MOBILE } })).toEqual([
      'Variable "$input" got an invalid value; Field "name" of required type "String!" was not provided.',
    ]);
    expect(await messages(INPUT, { input: { name: 7 } })).toEqual([
      'Variable "$input" got an invalid value at "input.name"; String cannot represent what was given.',
    ]);
    expect(await messages('{ me { id }')).toEqual(['Syntax Error: Expected Name.']);
    expect(await messages('{ me { voucher(activityCode: "1", type: FACES) { qrCode } } }')).toEqual([
      'A value does not exist in the enum "VoucherType".',
    ]);
  });

  it('suggests nothing and tells no schema where introspection is off', async () => {
    const { errors } = await graph.ask('{ perso(id: "x") { id } }');
    expect(errors?.[0]?.message).toBe('Cannot query field "perso" on type "Query".');
    const introspection = await graph.ask('{ __schema { types { name } } }');
    expect(introspection.errors?.map(({ extensions }) => extensions['code'])).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    const typed = await graph.ask('{ __type(name: "Person") { name } }');
    expect(typed.data ?? null).toBeNull();
    expect((await graph.ask('{ _service { sdl } }')).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };
const REQUESTS: [string, number, string, RequestInit][] = [
  [
    'a body over two megabytes',
    413,
    '',
    {
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify({ query: `{ me { id } } # ${MOBILE.repeat(250_000)}` }),
    },
  ],
  ['a body that is no JSON', 400, '', { method: 'POST', headers: JSON_TYPE, body: `{"query": ${NAME} ${MOBILE}` }],
  [
    'a body that would reach into every object',
    400,
    '',
    { method: 'POST', headers: JSON_TYPE, body: `{"__proto__": {"a": "${MOBILE}"}}` },
  ],
  ['an empty body', 400, '', { method: 'POST', headers: JSON_TYPE, body: '' }],
  [
    'a body of another type',
    415,
    '',
    { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `query=${MOBILE}` },
  ],
  [
    'a batch',
    400,
    '',
    { method: 'POST', headers: JSON_TYPE, body: JSON.stringify([{ query: `{ person(id: "${MOBILE}") { id } }` }]) },
  ],
  [
    'a form that another site could send',
    415,
    '',
    { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' },
  ],
  [
    'a text that another site could send',
    400,
    '',
    {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ query: `{ person(id: "${MOBILE}") { id } }` }),
    },
  ],
  ['a GET that another site could send', 400, `?query=${encodeURIComponent(`{person(id:"${MOBILE}"){id}}`)}`, {}],
  [
    'a mutation by GET',
    405,
    `?query=${encodeURIComponent(`mutation{forgetPerson(id:"${MOBILE}")}`)}`,
    { headers: JSON_TYPE },
  ],
  ['variables that are no JSON', 400, `?query={me{id}}&variables={${MOBILE}`, { headers: JSON_TYPE }],
  [
    'an operation that is not there',
    400,
    '',
    {
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify({ query: 'query A { me { id } }', operationName: NAME }),
    },
  ],
  ['another place', 404, `/../${NAME}?mobile=${MOBILE}`, {}],
  ['another method', 405, '', { method: 'DELETE' }],
];

describe('a request', () => {
  it.each(REQUESTS)('of %s is refused in plain words', async (_what, status, suffix, init) => {
    const response = await fetch(graph.url + suffix, init);
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(leaks(text)).toEqual([]);
    const { errors } = JSON.parse(text) as { errors: { message: string; extensions: { code: string } }[] };
    expect(errors[0]?.message.length).toBeGreaterThan(10);
    expect(errors[0]?.extensions.code).toMatch(
      /^(BAD_REQUEST|GRAPHQL_VALIDATION_FAILED|OPERATION_RESOLUTION_FAILURE)$/,
    );
    expect(text).not.toMatch(/stack|node_modules|FST_/);
  });

  it('that is not HTTP at all learns nothing', async () => {
    const { port } = new URL(graph.url);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(`${NAME} ${MOBILE}\r\n\r\n`));
      socket
        .on('data', (chunk) => (text += String(chunk)))
        .on('end', () => resolve(text))
        .on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect(leaks(answer)).toEqual([]);
  });

  it('gets headers that keep its answer where it belongs', async () => {
    const response = await fetch(graph.url, { method: 'POST', headers: JSON_TYPE, body: '{"query":"{__typename}"}' });
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect((await fetch(graph.url, { headers: { accept: 'text/html' } })).status).toBe(400);
  });
});
