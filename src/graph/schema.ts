import { type GraphQLSchema } from 'graphql';
import { buildSchemaSync, type BuildSchemaOptions, getMetadataStorage } from 'type-graphql';
import { describeAccess, enforceAccess } from './access.js';
import { callDirectly } from './direct-resolvers.js';
import { type FederationContext, type ReferenceResolver, withFederation } from './federation.js';
import { printApiSdl, printSubgraphSdl } from './sdl.js';

export type ResolverClass = BuildSchemaOptions['resolvers'][number];

/** A part of the graph that can be served alone; `Context` is what its resolvers get of a request. */
export interface Subgraph<Context extends FederationContext> {
  name: string;
  resolvers: ResolverClass[];
  /** Fields that only a router needs: served where the subgraph stands alone, never to clients of the whole graph. */
  routerResolvers?: ResolverClass[];
  /** How each entity is found by its key. */
  entities: Record<string, ReferenceResolver<Context>>;
  /** Types that no field of these resolvers mentions. */
  orphanedTypes?: ResolverClass[];
}

/** Its texts are printed when somebody asks: most processes start and end without. */
export interface Graph {
  schema: GraphQLSchema;
  /** For clients. */
  readonly apiSdl: string;
  /** For composition. */
  readonly subgraphSdl: string;
}

/**
 * Assembles the given subgraphs into one executable schema.
 * @throws Error where two of them own the same field
 */
export function buildGraph<Context extends FederationContext>(
  subgraphs: readonly Subgraph<Context>[],
  alone: boolean,
): Graph {
  const resolvers = subgraphs.flatMap((subgraph) => [
    ...subgraph.resolvers,
    ...(alone ? (subgraph.routerResolvers ?? []) : []),
  ]);
  const orphanedTypes = subgraphs.flatMap((subgraph) => subgraph.orphanedTypes ?? []);
  const plain = buildIsolated(resolvers, orphanedTypes);
  const apiSdl = once(() => printApiSdl(plain));
  const subgraphSdl = once(() => printSubgraphSdl(plain, alone));
  // Clients of the whole graph are told what schema/graph.graphql tells them; a lone subgraph is the router's.
  const schema = withFederation(plain, subgraphSdl, entitiesOf(subgraphs), alone);
  enforceAccess(schema);
  return {
    schema,
    get apiSdl() {
      return apiSdl();
    },
    get subgraphSdl() {
      return subgraphSdl();
    },
  };
}

function once(print: () => string): () => string {
  let printed: string | undefined;
  return () => (printed ??= print());
}

/**
 * TypeGraphQL builds from a copy of its global store, but shares the types in it, into which it writes the fields of the
 * chosen resolvers; a second build in the same process would show them without their resolvers. So they are taken out again.
 */
function buildIsolated(resolvers: ResolverClass[], orphanedTypes: ResolverClass[]): GraphQLSchema {
  const storage = getMetadataStorage();
  try {
    refuseTwoOwners(resolvers);
    const schema = buildSchemaSync({
      resolvers: resolvers as [ResolverClass, ...ResolverClass[]],
      orphanedTypes,
      validate: false,
      skipCheck: true,
    });
    describeRoots(schema);
    describeAccess(schema);
    callDirectly(schema, storage, (target) => resolvers.includes(target));
    return schema;
  } finally {
    // Only object types: resolvers read the arguments' and inputs' fields here while they run.
    for (const type of storage.objectTypes) delete type.fields;
  }
}

/** TypeGraphQL makes the root types itself and leaves no place to describe them. The words are the same in every subgraph. */
function describeRoots(schema: GraphQLSchema): void {
  const [query, mutation] = [schema.getQueryType(), schema.getMutationType()];
  if (query) query.description = 'What can be asked.';
  if (mutation) mutation.description = 'What can be changed.';
}

/** TypeGraphQL lets the first of two owners win in silence. */
function refuseTwoOwners(resolvers: ResolverClass[]): void {
  const storage = getMetadataStorage();
  const owners = new Map<string, string>();
  const claim = (name: string, owner: string) => {
    const other = owners.get(name);
    if (other !== undefined) throw new Error(`${name} is owned twice: by ${other} and by ${owner}`);
    owners.set(name, owner);
  };
  const chosen = (target: ResolverClass) => resolvers.includes(target);
  for (const query of storage.queries) if (chosen(query.target)) claim(`Query.${query.schemaName}`, query.target.name);
  for (const mutation of storage.mutations) {
    if (chosen(mutation.target)) claim(`Mutation.${mutation.schemaName}`, mutation.target.name);
  }
  for (const field of storage.fieldResolvers) {
    if (!chosen(field.target)) continue;
    const type = storage.resolverClasses.find(({ target }) => target === field.target)?.getObjectType().name ?? '?';
    claim(`${type}.${field.schemaName}`, field.target.name);
  }
}

function entitiesOf<Context extends FederationContext>(
  subgraphs: readonly Subgraph<Context>[],
): Record<string, ReferenceResolver<Context>> {
  const entities: Record<string, ReferenceResolver<Context>> = {};
  // Person is known to every subgraph; the directory's way of finding one comes first where it is served.
  for (const subgraph of subgraphs) {
    for (const [name, resolve] of Object.entries(subgraph.entities)) entities[name] ??= resolve;
  }
  return entities;
}
