import { type GraphQLField, isObjectType } from 'graphql';
import { accessRuleOf } from '../../src/graph/access.js';
import { graphOf, SCOPES, SUBGRAPH_NAMES } from '../../src/modules/index.js';
import { ENTITY_TYPES, type Expected, FIELDS, type World } from './access-cases.js';
import { type AskOptions } from './harness.js';

export const SHAPES = ['all', ...SUBGRAPH_NAMES];
/** Nothing but the specification's own, which guard themselves. */
export const FOR_ROUTERS = ['Query._service', 'Query._entities'];

export function fieldsOf(shape: string): [name: string, field: GraphQLField<unknown, unknown>][] {
  const types = Object.values(graphOf(shape).schema.getTypeMap()).filter(isObjectType);
  return types
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) =>
      Object.values(type.getFields()).map((field): [string, GraphQLField<unknown, unknown>] => [
        `${type.name}.${field.name}`,
        field,
      ]),
    );
}
export const isExternal = (field: GraphQLField<unknown, unknown>) =>
  (field.extensions['federation'] as string[] | undefined)?.includes('@external') ?? false;
export const isGuarded = (name: string, field: GraphQLField<unknown, unknown>) =>
  accessRuleOf(field) !== undefined || (FIELDS[name]?.byNull === true && !isExternal(field));
export const guardedIn = (shape: string) =>
  fieldsOf(shape).flatMap(([name, field]) => (isGuarded(name, field) ? [name] : []));

export const ROUTER_SECRET = 'router-secret-of-this-test';
export const ROUTER = { 'x-router-secret': ROUTER_SECRET };
export const NO_TOKEN = { authorization: '' };
export const STRANGER = '0197f9a0-0000-7000-8000-00000000000a';

type Outcome = 'data' | 'null' | 'FORBIDDEN' | 'UNAUTHENTICATED';
export interface Cell {
  shape: string;
  what: string;
  who: string;
  asker: (world: World) => AskOptions;
  expected: Expected;
  outcome: Outcome;
}

/** Everyone who may come: with each scope alone, with none, as the owner, as somebody else, and without a token. */
function cellsOf(shape: string, what: string, expected: Expected): Cell[] {
  const { scopes, own, via = [], byNull } = expected;
  const anyone = scopes.length === 0;
  const cell = (who: string, asker: Cell['asker'], outcome: Outcome): Cell => ({
    shape,
    what,
    who,
    asker: (world) => ({ ...asker(world), headers: { ...ROUTER, ...asker(world).headers } }),
    expected,
    outcome,
  });
  const openTo = (open: boolean): Outcome => (open ? 'data' : byNull ? 'null' : 'FORBIDDEN');
  return [
    ...SCOPES.map((scope) =>
      cell(scope, () => ({ scopes: [scope, ...via] }), openTo(anyone || scopes.includes(scope))),
    ),
    cell('no scope', () => ({ scopes: via }), openTo(anyone)),
    cell('the owner', ({ owner }) => ({ scopes: [], subject: owner }), openTo(anyone || own)),
    cell('somebody else', () => ({ scopes: via, subject: STRANGER }), openTo(anyone)),
    cell('no token', () => ({ headers: NO_TOKEN }), byNull ? 'null' : 'UNAUTHENTICATED'),
  ];
}

export const WHO = SCOPES.length + 4;
export const CELLS = SHAPES.flatMap((shape) => {
  const entities = Object.keys(ENTITY_TYPES).filter((name) => graphOf(shape).schema.getType(name));
  return [
    ...guardedIn(shape).flatMap((name) => cellsOf(shape, name, FIELDS[name] ?? missing(name))),
    ...entities.flatMap((name) => cellsOf(shape, `entity ${name}`, ENTITY_TYPES[name] ?? missing(name))),
  ];
});

function missing(name: string): never {
  throw new Error(`${name} has an access rule, but the list of this test does not say who may see it`);
}
