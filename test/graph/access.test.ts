import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GraphQLField, isNonNullType, Kind, parse, type ObjectTypeDefinitionNode } from 'graphql';
import { accessRuleOf } from '../../src/graph/access.js';
import { ZVCMS_CODES } from '../../src/sandbox/zvcms.js';
import { graphOf } from '../../src/modules/index.js';
import { ABOUT_SOMEBODY, type Expected, FIELDS, OWNER, type World } from './access-cases.js';
import {
  CELLS,
  fieldsOf,
  FOR_ROUTERS,
  guardedIn,
  isExternal,
  isGuarded,
  NO_TOKEN,
  ROUTER,
  ROUTER_SECRET,
  SHAPES,
  STRANGER,
  WHO,
} from './access-cells.js';
import { type Answer, type AskOptions, startGraph, type TestGraph } from './harness.js';

const NOBODY_KNOWN = '0197f9a0-0000-7000-8000-00000000000b';

const graphs = new Map<string, TestGraph>();
const graph = (shape: string): TestGraph => {
  const found = graphs.get(shape);
  if (!found) throw new Error(`no graph ${shape}`);
  return found;
};
let world: World;

beforeAll(async () => {
  const whole = await startGraph({ ROUTER_SECRET, ZVCMS_MAX_PER_SECOND: '0' });
  graphs.set('all', whole);
  const [owner = ''] = await whole.register(OWNER);
  const started = await whole.ask(
    'mutation ($id: ID!) { startIdentityCheck(input: { personId: $id, identityType: "04" }) { check { id } } }',
    { id: owner },
  );
  const { check } = started.data?.['startIdentityCheck'] as { check: { id: string } };
  const newPerson = async () => (await whole.register({ name: '过客' }))[0] ?? '';
  world = { owner, check: check.id, code: ZVCMS_CODES.redeemable, newPerson };
  for (const shape of SHAPES.slice(1)) {
    const environment = {
      SUBGRAPH: shape,
      ROUTER_SECRET,
      ZVCMS_MAX_PER_SECOND: '0',
      DATABASE_URL: `file:${join(whole.folder, 'test.db')}`,
    };
    graphs.set(shape, await startGraph(environment));
  }
});
afterAll(async () => {
  for (const one of [...graphs.values()].reverse()) await one.close();
});

const outcomeOf = ({ data, errors }: Answer): string => {
  if (errors) return [...new Set(errors.map(({ extensions }) => String(extensions['code'])))].join();
  return /^\{"\w+":(null|\[null\]|\[\{"\w+":null\}\])\}$/.test(JSON.stringify(data)) ? 'null' : 'data';
};

describe('the rules', () => {
  it('stand at every field of Query, Mutation and Person but its id', () => {
    for (const shape of SHAPES) {
      const open = fieldsOf(shape).flatMap(([name, field]) =>
        isGuarded(name, field) || isExternal(field) ? [] : [name],
      );
      const ofThree = open.filter((name) => /^(Query|Mutation|Person)\./.test(name));
      expect(ofThree.filter((name) => name !== 'Person.id' && !FOR_ROUTERS.includes(name))).toEqual([]);
    }
  });

  it('are all in the list of this test, and it has none that is not in the schema', () => {
    const found = [...new Set(SHAPES.flatMap(guardedIn))].sort();
    expect(found.length).toBeGreaterThanOrEqual(34);
    expect(found).toEqual(Object.keys(FIELDS).sort());
  });

  it('stand at fields that may be null, so that a refusal nulls nothing else', () => {
    const mayBeNull = (name: string, field: GraphQLField<unknown, unknown>) =>
      // What is shown with the person is refused only where a router asks for an entity that it got from nobody.
      name.startsWith('Mutation.') || accessRuleOf(field)?.unless !== undefined || !isNonNullType(field.type);
    for (const shape of SHAPES) {
      const guarded = fieldsOf(shape).filter(([name, field]) => isGuarded(name, field));
      expect(guarded.length).toBeGreaterThan(0);
      expect(guarded.filter(([name, field]) => !mayBeNull(name, field)).map(([name]) => name)).toEqual([]);
    }
  });

  it('are told in each description, so that a client knows what to ask for', () => {
    const told = fieldsOf('all').filter(([name]) => FIELDS[name]);
    expect(told.length).toBeGreaterThanOrEqual(28);
    for (const [name, { description }] of told) {
      const { scopes, own } = FIELDS[name] as Expected;
      const need = scopes.length === 0 ? 'a valid token, and no scope' : scopes.join(' or ');
      const told = `Needs ${need}${own ? ', or being the person it is about' : ''}.`;
      expect({ name, description }).toEqual({ name, description: expect.stringMatching(/^\S.*\. Needs [^.]*\.$/) });
      expect(description?.slice(description.lastIndexOf('Needs'))).toBe(told);
    }
  });

  it('are told to routers as they are enforced here', () => {
    let told = 0;
    for (const shape of SHAPES) {
      const { definitions } = parse(graphOf(shape).subgraphSdl);
      const types = definitions.filter(
        (one): one is ObjectTypeDefinitionNode => one.kind === Kind.OBJECT_TYPE_DEFINITION,
      );
      for (const { name: type, fields = [] } of types) {
        for (const { name, directives = [] } of fields) {
          const expected = FIELDS[`${type.value}.${name.value}`];
          const guards = directives.filter(({ name: { value } }) => /^(authenticated|requiresScopes)$/.test(value));
          const external = directives.some(({ name: { value } }) => value === 'external');
          if (!expected || external || expected.byNull) {
            if (expected?.byNull && !external) told += 1;
            expect(guards).toEqual([]);
            continue;
          }
          told += 1;
          // A router knows scopes, not whose a thing is.
          const byScopeAlone = expected.scopes.length > 0 && !expected.own;
          expect(guards.map(({ name: { value } }) => value)).toEqual([
            byScopeAlone ? 'requiresScopes' : 'authenticated',
          ]);
          if (byScopeAlone) {
            const [argument] = guards[0]?.arguments ?? [];
            const scopes = (argument?.value.kind === Kind.LIST ? argument.value.values : []).map((all) =>
              all.kind === Kind.LIST ? all.values.map((one) => (one.kind === Kind.STRING ? one.value : '')) : [],
            );
            expect(scopes).toEqual(expected.scopes.map((scope) => [scope]));
          }
        }
      }
    }
    expect(told).toBe(SHAPES.flatMap(guardedIn).length);
  });
});

describe('every cell of scope × field', () => {
  it('is there', () => {
    expect(CELLS.length).toBeGreaterThanOrEqual((30 + 23 + 1 + 5 + 7) * WHO);
  });

  const rows = [...new Set(CELLS.map(({ shape, what }) => `${what} in ${shape}`))];
  it.each(rows)('%s opens to whom the documents say and to nobody else', async (row) => {
    const cells = CELLS.filter(({ shape, what }) => `${what} in ${shape}` === row);
    expect(cells).toHaveLength(WHO);
    const wanted: Record<string, string> = {};
    const found: Record<string, string> = {};
    for (const { shape, who, asker, expected, outcome } of cells) {
      const { query, variables } = await expected.ask(world);
      const answer = await graph(shape).ask(query, variables, asker(world));
      wanted[who] = outcome;
      found[who] = outcomeOf(answer);
    }
    expect(found).toEqual(wanted);
  });
});

describe('a stranger', () => {
  it('is told the same of who exists and of who does not', async () => {
    const askers: AskOptions[] = [{ scopes: [], subject: STRANGER }, { scopes: [] }, { headers: NO_TOKEN }];
    let asked = 0;
    for (const shape of SHAPES) {
      const names = fieldsOf(shape).map(([name]) => name);
      for (const [name, query] of ABOUT_SOMEBODY.filter(([field]) => names.includes(field))) {
        const isCheck =
          /dentityCheck/.test(name) && name !== 'Mutation.startIdentityCheck' && !name.startsWith('Person.');
        const known = isCheck ? world.check : world.owner;
        for (const asker of askers) {
          const options = { ...asker, headers: { ...ROUTER, ...asker.headers } };
          const ofKnown = await graph(shape).ask(query, { id: known }, options);
          const ofUnknown = await graph(shape).ask(query, { id: NOBODY_KNOWN }, options);
          expect(JSON.stringify(ofKnown).replaceAll(known, '*')).toBe(
            JSON.stringify(ofUnknown).replaceAll(NOBODY_KNOWN, '*'),
          );
          asked += 1;
        }
      }
    }
    expect(asked).toBeGreaterThan(60);
  });

  it.each(SHAPES)('cannot ask entities or the schema of %s, which has a router', async (shape) => {
    const ask = (query: string, headers = {}) => graph(shape).ask(query, { id: world.owner }, { headers });
    const questions = [
      '{ _service { sdl } }',
      'query ($id: _Any!) { _entities(representations: [{ __typename: "Person", id: $id }]) { __typename } }',
    ];
    for (const query of questions) {
      expect(outcomeOf(await ask(query))).toBe('FORBIDDEN');
      expect(outcomeOf(await ask(query, { 'x-router-secret': `${ROUTER_SECRET}.` }))).toBe('FORBIDDEN');
      expect(outcomeOf(await ask(query, ROUTER))).toBe('data');
    }
  });
});
