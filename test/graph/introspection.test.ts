import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  buildClientSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { startGraph, type TestGraph } from './harness.js';

const NAMES = ['_service', '_entities', '_Service', '_Entity', '_Any'];

/** The schema that a process tells its clients, as SDL. */
async function told(graph: TestGraph): Promise<string> {
  const { data } = await graph.ask(getIntrospectionQuery());
  return `${printSchema(lexicographicSortSchema(buildClientSchema(data as unknown as IntrospectionQuery)))}\n`;
}

describe('the whole graph', () => {
  let graph: TestGraph;
  let id: string;
  beforeAll(async () => {
    graph = await startGraph();
    [id = ''] = await graph.register({ name: '张三' });
  });
  afterAll(() => graph.close());

  it('tells its clients what schema/graph.graphql tells them, byte for byte', async () => {
    expect(await told(graph)).toBe(readFileSync('schema/graph.graphql', 'utf8'));
  });

  it('finds no type of federation by its name, and every other one', async () => {
    const query = 'query ($name: String!) { __type(name: $name) { name fields { name } } }';
    const find = async (name: string) => (await graph.ask(query, { name })).data?.['__type'];
    for (const name of ['_Service', '_Entity', '_Any', 'Nothing', 'toString']) expect(await find(name)).toBeNull();
    for (const name of ['Person', 'Decimal', 'String', '__Type']) expect(await find(name)).toMatchObject({ name });
    const { fields } = (await find('Query')) as { fields: { name: string }[] };
    expect(fields.map(({ name }) => name).sort()).toEqual([
      'directory',
      'exchangeCode',
      'exchangeCodes',
      'identityCheck',
      'me',
      'people',
      'person',
      'personBy',
    ]);
  });

  it.each([
    ['a field', '{ _entitie { id } }'],
    ['a field', '{ _servic { sdl } }'],
    ['a type', 'query ($key: [_An!]!) { me { id } }'],
    ['a type', '{ me { ... on _Entit { id } } }'],
  ])('suggests nothing of federation for %s that is nearly there: %s', async (_what, query) => {
    const { errors } = await graph.ask(query);
    expect(errors?.[0]?.extensions['code']).toBe('GRAPHQL_VALIDATION_FAILED');
    const suggested = errors?.map(({ message }) => message.split('Did you mean')[1] ?? '').join();
    for (const name of NAMES) expect(suggested).not.toContain(`"${name}"`);
    // The same mistake with a name that clients know is still mended.
    const { errors: known } = await graph.ask('{ peopl { id } }');
    expect(known?.[0]?.message).toContain('Did you mean "people"');
  });

  it('answers as a subgraph all the same where it is asked as one', async () => {
    const { data, errors } = await graph.ask(
      'query ($key: [_Any!]!) { _service { __typename sdl } _entities(representations: $key) { __typename ... on Person { maskedName } } }',
      { key: [{ __typename: 'Person', id }] },
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      _service: { __typename: '_Service', sdl: expect.stringContaining('type Person @key(fields: "id")') },
      _entities: [{ __typename: 'Person', maskedName: '张*' }],
    });
  });
});

it('a lone subgraph lists what routers ask', async () => {
  const graph = await startGraph({ SUBGRAPH: 'campus' });
  try {
    const sdl = await told(graph);
    for (const name of NAMES) expect(sdl).toContain(name);
  } finally {
    await graph.close();
  }
});
