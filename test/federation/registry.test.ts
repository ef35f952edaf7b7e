import { describe, expect, it } from '@jest/globals';
import { type GraphQLSchema, isObjectType, parse, validate } from 'graphql';
import { composeServices } from '@theguild/federation-composition';
import { FieldResolver, Mutation, Query, Resolver } from 'type-graphql';
import { type Context } from '../../src/context.js';
import { buildGraph, type ResolverClass, type Subgraph } from '../../src/graph/schema.js';
import { namesOf } from '../../src/resolvers/person/needs.js';
import { Person } from '../../src/resolvers/person/person.js';
import { graphOf, MODULES, SUBGRAPH_NAMES } from '../../src/modules/index.js';

@Resolver(() => Person)
class SecondMobileResolver {
  @FieldResolver(() => String, { nullable: true, description: 'Once more.' })
  mobile(): null {
    return null;
  }
}

@Resolver()
class SecondMeResolver {
  @Query(() => Person, { nullable: true, description: 'Once more.' })
  me(): null {
    return null;
  }
}

@Resolver()
class SecondForgetResolver {
  @Mutation(() => Boolean, { description: 'Once more.' })
  forgetPerson(): boolean {
    return false;
  }
}

describe('one owner a field', () => {
  const people = MODULES.filter(({ name }) => name === 'people').map(({ name, subgraph }) => ({ name, ...subgraph }));
  const with_ = (resolver: ResolverClass): Subgraph<Context>[] => [
    ...people,
    { name: 'second', resolvers: [resolver], entities: {} },
  ];

  it.each([
    [
      'field',
      SecondMobileResolver,
      /^Person\.mobile is owned twice: by PersonProfileResolver and by SecondMobileResolver$/,
    ],
    ['query', SecondMeResolver, /^Query\.me is owned twice/],
    ['mutation', SecondForgetResolver, /^Mutation\.forgetPerson is owned twice/],
  ])('two subgraphs with the same %s do not make a graph', (_what, resolver, message) => {
    expect(() => buildGraph(with_(resolver), false)).toThrow(message);
    expect(() => buildGraph(people, false)).not.toThrow();
  });

  it('no field but keys and what the router brings is in two subgraphs', () => {
    const owners = new Map<string, string[]>();
    for (const name of SUBGRAPH_NAMES) {
      for (const field of fieldsOf(graphOf(name).schema)) owners.set(field, [...(owners.get(field) ?? []), name]);
    }
    const shared = [...owners].filter(([field, names]) => names.length > 1 && !/^(Query\._|_Service\.)/.test(field));
    const brought = MODULES.flatMap(({ needs }) => (needs ? namesOf(needs) : [])).map((name) => `Person.${name}`);
    expect(brought).toEqual(expect.arrayContaining(['Person.campusName', 'Person.zvcmsUserId']));
    expect(shared.map(([field]) => field).sort()).toEqual(['Person.id', ...brought].sort());
  });
});

describe('several graphs in one process', () => {
  const NAMES = ['all', ...SUBGRAPH_NAMES];
  const print = (name: string) => {
    const { apiSdl, subgraphSdl } = graphOf(name);
    return { apiSdl, subgraphSdl };
  };

  it('none has fields of the one before it', () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(5);
    const forwards = NAMES.map(print);
    const backwards = [...NAMES].reverse().map(print).reverse();
    expect(backwards).toEqual(forwards);
    expect(print('campus').subgraphSdl).not.toMatch(/giftCards|registerPerson|IdentityCheck/);
    expect(Object.keys(personFields(graphOf('campus').schema)).sort()).toEqual([
      'campusEmail',
      'campusIdNumber',
      'campusMobile',
      'campusMoziId',
      'campusName',
      'id',
      'voucher',
    ]);
  });

  it('an earlier one keeps the resolvers of all its fields', () => {
    const all = graphOf('all').schema;
    const before = resolversOf(all);
    expect(before.length).toBeGreaterThan(20);
    for (const name of NAMES) graphOf(name);
    expect(resolversOf(all)).toEqual(before);
    expect(validate(all, parse('{ me { voucher(activityCode: "1") { qrCodePicture } giftCards { id } } }'))).toEqual(
      [],
    );
  });

  it('refuses a name that is not in the registry', () => {
    expect(() => graphOf('constructor')).toThrow('There is no subgraph constructor');
  });

  it('the whole graph is a federation 2 subgraph by itself', () => {
    const { subgraphSdl } = graphOf('all');
    expect(subgraphSdl).toMatch(/@link\(url: "https:\/\/specs\.apollo\.dev\/federation\/v2/);
    const { errors } = composeServices([
      { name: 'kaquan', url: 'http://kaquan/graphql', typeDefs: parse(subgraphSdl) },
    ]);
    expect(errors).toBeUndefined();
  });
});

const personFields = (schema: GraphQLSchema) => {
  const person = schema.getType('Person');
  return isObjectType(person) ? person.getFields() : {};
};

function fieldsOf(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__'))
    .flatMap((type) =>
      isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [],
    );
}

/** The fields with resolvers, each with what resolves it. */
function resolversOf(schema: GraphQLSchema) {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type)
      ? Object.values(type.getFields()).flatMap(({ name, resolve }) =>
          resolve ? [{ field: `${type.name}.${name}`, resolve }] : [],
        )
      : [],
  );
}
