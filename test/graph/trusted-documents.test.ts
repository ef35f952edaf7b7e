import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import { MODULES } from '../../src/modules/index.js';
import { type Answer, startGraph, type TestGraph } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'kaquan-trusted-'));
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const write = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

const PERSON = 'query Person($id: ID!) {\n  person(id: $id) {\n    id\n  }\n}';
const REGISTER = 'mutation Register { registerPerson(input: { name: "新" }) { maskedName } }';
const [personId, registerId] = [hashOf(PERSON), hashOf(REGISTER)];
const apollo = (operations: unknown) => ({ format: 'apollo-persisted-query-manifest', version: 1, operations });
const MANIFESTS: [string, unknown][] = [
  [
    "Apollo's format",
    apollo([
      { id: personId, name: 'Person', type: 'query', body: PERSON },
      { id: registerId, name: 'Register', type: 'mutation', body: REGISTER },
    ]),
  ],
  ['a plain map', { [personId]: PERSON, [registerId]: REGISTER }],
];

afterAll(() => rmSync(folder, { recursive: true }));

describe.each(MANIFESTS)('a manifest in %s', (name, manifest) => {
  let graph: TestGraph;
  const variables = { id: '0197f9a0-0000-7000-8000-000000000000' };
  beforeAll(async () => {
    graph = await startGraph({
      TRUSTED_DOCUMENTS: write(`${name.length}.json`, manifest),
      ROUTER_SECRET: 'router-secret-of-this-test',
    });
  });
  afterAll(() => graph.close());

  const post = async (body: object, headers: Record<string, string> = {}): Promise<Answer> => {
    const authorization = `Bearer ${await graph.token({})}`;
    const response = await fetch(graph.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization, ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
  };
  const get = async (parameters: Record<string, string>): Promise<Answer> => {
    const url = new URL(graph.url);
    for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await graph.token({})}` };
    const response = await fetch(url, { headers });
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
  };
  const persisted = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

  it.each<[string, object]>([
    ['its id', { id: personId, variables }],
    ['its document id', { documentId: personId, variables }],
    ['its hash', { extensions: persisted(personId), variables }],
    ['its text', { query: PERSON, variables }],
    ['its text in other spaces', { query: PERSON.replace(/\s+/g, ' '), variables }],
    ['its text and its hash', { query: PERSON, extensions: persisted(personId), variables }],
  ])('runs what is known by %s', async (_how, body) => {
    expect(await post(body)).toEqual({ status: 200, data: { person: null } });
  });

  it('runs a known query by GET, and no mutation', async () => {
    const given = { variables: JSON.stringify(variables) };
    const extensions = JSON.stringify(persisted(personId));
    expect(await get({ extensions, ...given })).toEqual({ status: 200, data: { person: null } });
    expect(await get({ documentId: personId, ...given })).toEqual({ status: 200, data: { person: null } });
    expect((await get({ documentId: registerId })).status).toBe(405);
    expect((await post({ id: registerId })).data).toEqual({ registerPerson: { maskedName: '*' } });
  });

  it.each<[string, object]>([
    ['another text', { query: '{ me { id } }' }],
    ['a known text with one field more', { query: PERSON.replace('id\n', 'id name\n'), variables }],
    ['two operations, one of them known', { query: `${PERSON} query Other { me { id } }`, operationName: 'Other' }],
    ['an unknown id', { id: hashOf('{ me { id } }') }],
    ['an unknown hash', { extensions: persisted(hashOf('{ me { id } }')), query: '{ me { id } }' }],
    ['a name that every object has', { id: 'constructor' }],
    ['introspection', { query: '{ __schema { types { name } } }' }],
    ['nothing', { variables }],
    ['no document', { query: '{' }],
    ['an object for a text', { query: { a: 1 } }],
  ])('refuses %s', async (_what, body) => {
    expect(await post(body)).toEqual({
      status: 400,
      errors: [
        {
          message: 'Only operations of the list of trusted documents run here',
          extensions: { code: 'OPERATION_NOT_TRUSTED' },
        },
      ],
    });
  });

  it('lets a router that proved itself ask what it likes, and nobody who did not', async () => {
    const query = '{ _service { sdl } }';
    const proven = await post({ query }, { 'x-router-secret': 'router-secret-of-this-test' });
    expect(proven.data).toHaveProperty('_service.sdl');
    const made = await post({ query }, { 'x-router-secret': 'another-secret-of-this-test' });
    expect(made.errors?.[0]?.extensions['code']).toBe('OPERATION_NOT_TRUSTED');
  });
});

describe('a manifest that is wrong', () => {
  const problemsOf = (path: string): string[] => {
    try {
      loadConfig({ TRUSTED_DOCUMENTS: path, PORT: 'eighty' }, MODULES);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
    }
    return [];
  };

  it.each<[string, () => string, string]>([
    ['missing', () => join(folder, 'nowhere.json'), 'cannot be read'],
    ['no JSON', () => write('a', '{'), 'is not JSON'],
    ['a list', () => write('b', []), 'neither an Apollo'],
    ['of another version', () => write('c', { ...apollo([]), version: 2 }), 'neither an Apollo'],
    ['of Apollo without bodies', () => write('d', apollo([{ id: 'x', name: 'X' }])), 'neither an Apollo'],
    ['empty', () => write('e', {}), 'without operations'],
    [
      'one id for two documents',
      () => write('f', apollo([PERSON, REGISTER].map((body) => ({ id: 'x', name: 'X', body })))),
      'an id twice',
    ],
    ['no GraphQL', () => write('g', { one: PERSON, two: '{' }), 'two: is not one GraphQL operation'],
    ['two operations in a document', () => write('h', { two: `${PERSON} ${REGISTER}` }), 'two: is not one'],
    [
      'a document over the limits',
      () => write('i', { deep: `{ ${'a { '.repeat(20)} b ${'}'.repeat(20)} }` }),
      'deep: An operation has at most',
    ],
  ])('%s stops the start, with every other problem', (_what, path, problem) => {
    expect(problemsOf(path())).toEqual([
      expect.stringContaining('PORT'),
      expect.stringMatching(new RegExp(`^TRUSTED_DOCUMENTS .*${problem}`)),
    ]);
  });
});
