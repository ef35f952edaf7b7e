import {
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  TypeMetaFieldDef,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { publicError } from './errors.js';
import { type CostRule } from './guard/cost.js';

/**
 * Federation directives of a type or field, as they stand in the SDL, e.g. `@shareable`. They are kept in the schema's
 * extensions and printed by sdl.ts: the executable schema needs none of them.
 */
export function Federation(...directives: string[]): ClassDecorator & MethodDecorator & PropertyDecorator {
  return Extensions({ federation: directives });
}

/** Fields that the router must bring along before it asks for this one; needed only where the subgraph stands alone. */
export function Requires(fields: string): MethodDecorator & PropertyDecorator {
  return Extensions({ requires: fields });
}

export type Representation = Readonly<Record<string, unknown>> & { __typename: string };

/** From an entity's key to its object, null where unknown; batched by the request's loaders. */
export type ReferenceResolver<Context> = (representation: Representation, context: Context) => unknown;

export interface FederationContext {
  /** False where a router secret is set and the request did not bring it. */
  fromRouter: boolean;
  /** False also where introspection is off and no router proved itself: the SDL tells the same. */
  readsSchema: boolean;
}

interface EntitiesArgs {
  representations: unknown[];
}

const AnyScalar = new GraphQLScalarType({
  name: '_Any',
  description: 'An entity as a router writes it: its __typename and its key.',
  parseValue: (value) => value,
});

/**
 * Adds `_service` and `_entities` to a schema, by the Apollo federation subgraph specification. Where they are not
 * `listed`, they answer all the same, and neither introspection nor a suggestion tells of them.
 */
export function withFederation<Context extends FederationContext>(
  schema: GraphQLSchema,
  sdl: () => string,
  entities: Readonly<Record<string, ReferenceResolver<Context>>>,
  listed: boolean,
): GraphQLSchema {
  const service = new GraphQLObjectType({
    name: '_Service',
    description: 'What a router asks of a subgraph.',
    fields: { sdl: { type: GraphQLString, description: "The subgraph's schema with its federation directives." } },
  });
  const types = Object.keys(entities).map((name) => {
    const type = schema.getType(name);
    if (!(type instanceof GraphQLObjectType))
      throw new Error(`The entity ${name} is not an object type of this schema`);
    return type;
  });
  const entity = new GraphQLUnionType({
    name: '_Entity',
    description: 'Every type that other subgraphs may refer to.',
    types,
    resolveType: (value: { __typename?: string }) => value.__typename,
  });
  const onlyIf = (allowed: boolean) => {
    if (!allowed) throw publicError('FORBIDDEN', 'Only the router may ask this');
  };

  const query = schema.getQueryType();
  const config = schema.toConfig();
  const federated = new GraphQLSchema({
    ...config,
    types: [...config.types.filter((type) => type !== query), entity],
    query: new GraphQLObjectType({
      ...(query?.toConfig() ?? { name: 'Query', description: 'What can be asked.' }),
      fields: {
        ...query?.toConfig().fields,
        _service: {
          type: new GraphQLNonNull(service),
          description: "This subgraph's schema, for routers.",
          resolve: (_root, _args, context: FederationContext) => {
            onlyIf(context.readsSchema);
            return { sdl: sdl() };
          },
        },
        _entities: {
          type: new GraphQLNonNull(new GraphQLList(entity)),
          description: 'Entities by their keys, for routers.',
          extensions: { cost: { entities: namesOfTypes } satisfies CostRule<EntitiesArgs> },
          args: {
            representations: {
              type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(AnyScalar))),
              description: 'Keys of entities, each with its __typename.',
            },
          },
          resolve: (_root, args: EntitiesArgs, context: Context) => {
            onlyIf(context.fromRouter);
            return args.representations.map((representation) => resolveReference(representation, entities, context));
          },
        },
      },
    }),
  });
  if (!listed) {
    unlist(federated.getQueryType()?.getFields(), ['_service', '_entities']);
    unlist(federated.getTypeMap(), [service.name, entity.name, AnyScalar.name]);
  }
  return federated;
}

/**
 * graphql-js finds fields and types by their names, and lists them, for introspection, suggestions and printing, by what
 * can be enumerated. What cannot be is there for whoever knows its name; a test reads the introspection of such a schema.
 */
function unlist(names: Record<string, unknown> | undefined, hidden: readonly string[]): void {
  for (const name of hidden) if (names) Object.defineProperty(names, name, { enumerable: false });
}

/** `__type(name:)` is the one introspection field that looks a type up by its name, and so would find an unlisted one. */
const { resolve: findType } = TypeMetaFieldDef;
TypeMetaFieldDef.resolve = (source, args: { name: string }, context, info) =>
  Object.prototype.propertyIsEnumerable.call(info.schema.getTypeMap(), args.name)
    ? findType?.(source, args, context, info)
    : null;

const namesOfTypes = ({ representations }: EntitiesArgs): string[] =>
  representations.map((one) => (isRepresentation(one) ? one.__typename : ''));

/** An error for one representation nulls that entity only, as the specification wants it. */
async function resolveReference<Context>(
  representation: unknown,
  entities: Readonly<Record<string, ReferenceResolver<Context>>>,
  context: Context,
): Promise<unknown> {
  if (!isRepresentation(representation)) {
    throw publicError('BAD_USER_INPUT', 'A representation must be an object with a __typename');
  }
  const resolve = Object.hasOwn(entities, representation.__typename) ? entities[representation.__typename] : undefined;
  if (!resolve) throw publicError('BAD_USER_INPUT', 'A representation names a type that is not an entity here');
  const found: unknown = await resolve(representation, context);
  return typeof found === 'object' && found !== null
    ? Object.assign(found, { __typename: representation.__typename })
    : null;
}

function isRepresentation(value: unknown): value is Representation {
  return typeof value === 'object' && value !== null && '__typename' in value && typeof value.__typename === 'string';
}

/** @throws BAD_USER_INPUT where the key is not a text (or a number, as some routers write ids) */
export function keyOf(representation: Representation, name: string): string {
  const key = representation[name];
  if (typeof key === 'string' && key !== '') return key;
  if (typeof key === 'number' && Number.isSafeInteger(key)) return String(key);
  throw publicError('BAD_USER_INPUT', `A representation of ${representation.__typename} lacks its key ${name}`);
}
