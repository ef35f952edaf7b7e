import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { graphOf, SUBGRAPH_NAMES } from '../src/modules/index.js';

/** Where each subgraph of schema/supergraph.graphql is looked for: the service names of a container network. */
const deployedUrl = (name: string) => `http://${name}:4000/graphql`;

export interface SubgraphSdl {
  name: string;
  sdl: string;
}

/** Each subgraph as it stands alone, in the registry's order. */
export function subgraphSdls(): SubgraphSdl[] {
  return SUBGRAPH_NAMES.map((name) => ({ name, sdl: graphOf(name).subgraphSdl }));
}

/**
 * The supergraph for routers, with every subgraph at the URL that `urlOf` gives.
 * @throws Error listing what keeps the subgraphs from composing
 */
export function composeSupergraph(subgraphs: readonly SubgraphSdl[], urlOf: (name: string) => string): string {
  const composed = composeServices(
    subgraphs.map(({ name, sdl }) => ({ name, typeDefs: parse(sdl), url: urlOf(name) })),
  );
  if (composed.errors)
    throw new Error(`The subgraphs do not compose:\n${composed.errors.map(({ message }) => message).join('\n')}`);
  return `${composed.supergraphSdl.trim()}\n`;
}

/** The public contract by file name: the API schema for clients, each subgraph for composition, and the supergraph. */
export function contractFiles(): Map<string, string> {
  const subgraphs = subgraphSdls();
  return new Map([
    ['graph.graphql', graphOf('all').apiSdl],
    ...subgraphs.map(({ name, sdl }) => [join('subgraphs', `${name}.graphql`), sdl] as const),
    ['supergraph.graphql', composeSupergraph(subgraphs, deployedUrl)],
  ]);
}

function writeSchema(folder: string): void {
  // A subgraph that is no more must not leave its file behind.
  rmSync(join(folder, 'subgraphs'), { recursive: true, force: true });
  mkdirSync(join(folder, 'subgraphs'), { recursive: true });
  for (const [file, content] of contractFiles()) writeFileSync(join(folder, file), content);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeSchema('schema');
