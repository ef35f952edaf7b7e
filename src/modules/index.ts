// Before anything decorated is loaded: TypeGraphQL reads the types that it keeps.
import 'reflect-metadata';
import { type Context } from '../context.js';
import { accessRuleOf, type Scope } from '../graph/access.js';
import { buildGraph, type Graph, type Subgraph } from '../graph/schema.js';
import { isObjectType } from 'graphql';
import { standInsFor } from '../resolvers/person/needs.js';
import { campus } from './campus.js';
import { type GraphModule, type VendorPart } from './module.js';
import { peopleModule } from './people.js';
import { zhima } from './zhima.js';
import { zvcms } from './zvcms.js';

export { type GraphModule } from './module.js';

const VENDOR_MODULES: readonly GraphModule[] = [campus, zvcms, zhima];

/** THE REGISTRY. A new vendor is one more line above. */
export const MODULES: readonly GraphModule[] = [peopleModule(VENDOR_MODULES), ...VENDOR_MODULES];

/** Every vendor that the settings can switch on, with its name. */
export const VENDORS: readonly ({ name: string } & VendorPart)[] = MODULES.flatMap(({ name, vendor }) =>
  vendor ? [{ name, ...vendor }] : [],
);

/** What SUBGRAPH can name besides `all`. */
export const SUBGRAPH_NAMES: readonly string[] = MODULES.map(({ name }) => name);

/** Every scope that a token can hold. */
export const SCOPES: readonly Scope[] = MODULES.flatMap(({ scopes }) => Object.keys(scopes) as Scope[]);

/** The parts as subgraphs; what a router brings of a person for a vendor has stand-ins in that vendor's own. */
const SUBGRAPHS: readonly Subgraph<Context>[] = MODULES.map(({ name, subgraph, needs }) => ({
  name,
  ...subgraph,
  ...(needs && { routerResolvers: [standInsFor(needs)] }),
}));

/**
 * The graph that a process serves: the whole, or one subgraph alone.
 * @throws Error where a field asks for a scope that no module brings
 */
export function graphOf(name: string): Graph {
  const chosen = SUBGRAPHS.filter((subgraph) => name === 'all' || subgraph.name === name);
  if (chosen.length === 0) throw new Error(`There is no subgraph ${name}`);
  const graph = buildGraph(chosen, name !== 'all');
  refuseUnknownScopes(graph);
  return graph;
}

/** A misspelt scope would close a field for everybody. */
function refuseUnknownScopes({ schema }: Graph): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      for (const scope of accessRuleOf(field)?.scopes ?? [])
        if (!SCOPES.includes(scope)) throw new Error(`${type.name}.${field.name} asks for the unknown scope ${scope}`);
    }
  }
}
