// Before anything decorated is loaded: TypeGraphQL reads the types that it keeps.
import 'reflect-metadata';
import { type Context } from '../context.js';
import { ruledFields, type Scope } from '../graph/access.js';
import { buildGraph, type Graph, type Subgraph } from '../graph/schema.js';
import { standInsFor } from '../resolvers/person/needs.js';
import { type GraphModule, type VendorPart } from './module.js';
import { peopleModule } from './people.js';

/** What the process knows of its parts. */
export interface Registry {
  modules: readonly GraphModule[];
  /** Every vendor that the settings can switch on, with its name. */
  vendors: readonly ({ name: string } & VendorPart)[];
  /** What SUBGRAPH can name besides `all`. */
  subgraphNames: readonly string[];
  /** Every scope that a token can hold. */
  scopes: readonly Scope[];
  /**
   * The graph that a process serves: the whole, or one subgraph alone.
   * @throws Error where a field asks for a scope that no module brings
   */
  graphOf: (name: string) => Graph;
}

/** Our people and the given vendors: all that is said of them elsewhere is derived here. */
export function registryOf(vendorModules: readonly GraphModule[]): Registry {
  const modules = [peopleModule(vendorModules), ...vendorModules];
  const scopes = modules.flatMap((module) => Object.keys(module.scopes) as Scope[]);
  // What a router brings of a person for a vendor has stand-ins in that vendor's own subgraph.
  const subgraphs = modules.map(({ name, subgraph, needs }): Subgraph<Context> => ({
    name,
    ...subgraph,
    ...(needs && { routerResolvers: [standInsFor(needs)] }),
  }));
  return {
    modules,
    vendors: modules.flatMap(({ name, vendor }) => (vendor ? [{ name, ...vendor }] : [])),
    subgraphNames: modules.map(({ name }) => name),
    scopes,
    graphOf: (name) => {
      const chosen = subgraphs.filter((subgraph) => name === 'all' || subgraph.name === name);
      if (chosen.length === 0) throw new Error(`There is no subgraph ${name}`);
      const graph = buildGraph(chosen, name !== 'all');
      refuseUnknownScopes(graph, scopes);
      return graph;
    },
  };
}

/** A misspelt scope would close a field for everybody. */
function refuseUnknownScopes({ schema }: Graph, known: readonly Scope[]): void {
  for (const [, { scopes }, name] of ruledFields(schema)) {
    for (const scope of scopes)
      if (!known.includes(scope)) throw new Error(`${name} asks for the unknown scope ${scope}`);
  }
}
