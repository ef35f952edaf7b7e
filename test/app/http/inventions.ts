/** mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** What is sent before anything is done to it; `?` stands for the id of a person. */
const DOCUMENTS: [string, unknown][] = [
  ['{ __typename }', {}],
  ['query Q($id: ID!) { person(id: $id) { maskedName name accounts { moziId } } }', { id: '?' }],
  ['query Q($ids: [ID!]!) { people(ids: $ids) { id createdAt } }', { ids: ['?', '?', 'x'] }],
  [
    'query ($n: Int = 3, $s: String) { directory(first: $n, search: $s) { totalCount edges { cursor node { id } } } }',
    { n: 2, s: '测试' },
  ],
  ['mutation ($i: PersonInput!) { registerPerson(input: $i) { id } }', { i: { name: '模糊', mobile: '1' } }],
  [
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Person { maskedName } ... on ExchangeCode { redeemable } } }',
    { r: [{ __typename: 'Person', id: '?' }] },
  ],
  [
    'query ($id: ID!) { person(id: $id) { identityChecks(first: 3) { id status } } } fragment f on Person { id ...g } fragment g on Person { id }',
    { id: '?' },
  ],
  ['{ __schema { types { name fields { name type { name ofType { name } } } } } }', {}],
  ['query A { me { id } } query B($x: Boolean!) { me { id @include(if: $x) } }', { x: true }],
  ['{ personBy(mobile: "13800000001") { id } exchangeCode(code: "A1") { redeemable } }', {}],
];
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '"',
  '"""',
  '\\',
  '\\u',
  '\\u0000',
  '\u0000',
  ':',
  ',',
  '...',
  '@include(if: true)',
  '@defer',
  '$',
  '$i',
  '!',
  '&',
  '|',
  '#',
  '__proto__',
  'constructor',
  'toString',
  '__typename',
  '__schema',
  'subscription',
  'fragment',
  'on',
  'null',
  'true',
  '1e999',
  '-0',
  '9'.repeat(400),
  '\ufeff',
  '\ud800',
  '张',
  '%ff',
  '[[[[[[[[',
  '{"a":'.repeat(60),
  'a'.repeat(20_000),
  'id '.repeat(1_200),
  '{a'.repeat(200),
  'query',
  'mutation',
  'operationName',
  'variables',
  'extensions',
  '"persistedQuery":{"version":1,"sha256Hash":"x"}',
];
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-16',
  'application/graphql',
  'text/plain',
  'multipart/form-data; boundary=x',
  '',
  ',,;;',
  'application/graphql-response+json',
];
const ACCEPTS = [
  'application/json',
  'application/graphql-response+json',
  'text/html',
  '*/*',
  'multipart/mixed;deferSpec=20220824',
  'image/png',
  '',
];
const METHODS = ['POST', 'POST', 'POST', 'POST', 'POST', 'GET', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'];
const PATHS = [
  '/graphql',
  '/graphql',
  '/graphql',
  '/graphql',
  '/graphql/',
  '/',
  '/healthz',
  '/%ff',
  '//graphql',
  '/graphql;a',
  '/GRAPHQL',
  '/..%2fgraphql',
];

/** A request that hardly fits: one of the documents, changed here and there, by `random`. */
export function invent(random: (below: number) => number, id: string, authorization: string): Sent {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const mutate = (text: string): string => {
    let changed = text;
    for (let times = random(4); times > 0; times -= 1) {
      const at = random(changed.length + 1);
      const to = at + random(12);
      const kind = random(5);
      if (kind === 0) changed = changed.slice(0, at) + changed.slice(to);
      else if (kind === 1) changed = changed.slice(0, at) + pick(PIECES) + changed.slice(at);
      else if (kind === 2) changed = changed.slice(0, at) + pick(PIECES) + changed.slice(to);
      else if (kind === 3)
        changed = changed.slice(0, at) + changed.slice(at, to).repeat(random(50)) + changed.slice(to);
      else changed = changed.slice(0, at) + String.fromCharCode(random(0x250)) + changed.slice(at + 1);
    }
    return changed;
  };
  const [document, variables] = pick(DOCUMENTS);
  const query = random(3) === 0 ? document : mutate(document);
  const given = JSON.stringify(variables).replaceAll('?', id);
  const headers: Record<string, string> = {
    accept: pick(ACCEPTS),
    'content-type': random(4) > 0 ? 'application/json' : pick(TYPES),
  };
  if (random(3) > 0)
    headers['authorization'] = random(8) > 0 ? authorization : `Bearer ${mutate('a.b.c').replace(/[^\x21-\x7e]/g, '')}`;
  if (random(20) === 0) headers['content-encoding'] = pick(['gzip', 'br', 'identity', 'x']);
  if (random(20) === 0) headers['x-router-secret'] = 'guess';
  const method = random(3) > 0 ? 'POST' : pick(METHODS);
  let path = random(6) > 0 ? '/graphql' : pick(PATHS);
  if (method !== 'POST') {
    const parameters = [
      `query=${encodeURIComponent(query.replace(/[\ud800-\udfff]/g, '?')).slice(0, 8_000)}`,
      `variables=${encodeURIComponent(given)}`,
      pick(['', 'query=x', 'operationName=A', 'extensions={', 'variables=']),
    ];
    path += `?${parameters.join('&')}`;
    return { method, path, headers, body: Buffer.alloc(0) };
  }
  const more =
    random(4) === 0
      ? `,"operationName":${pick(['"A"', '"B"', 'null', '7', '""', '[]'])},"extensions":${pick(['{}', 'null', '[]', '{"persistedQuery":7}', '{"__proto__":{}}'])}`
      : '';
  const body = `{"query":${JSON.stringify(query)},"variables":${random(2) ? given : mutate(given)}${more}}`;
  return { method, path, headers, body: Buffer.from(random(4) === 0 ? mutate(body) : body) };
}
