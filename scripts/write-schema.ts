import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { graphOf, SUBGRAPHS } from '../src/subgraphs.js';

/** Writes the public contract: the API schema for clients, each subgraph for composition, and the supergraph. */
function writeSchema(folder: string): void {
  mkdirSync(join(folder, 'subgraphs'), { recursive: true });
  writeFileSync(join(folder, 'graph.graphql'), graphOf('all').apiSdl);
  const subgraphs = SUBGRAPHS.map(({ name }) => ({ name, sdl: graphOf(name).subgraphSdl }));
  for (const { name, sdl } of subgraphs) writeFileSync(join(folder, 'subgraphs', `${name}.graphql`), sdl);

  const composed = composeServices(
    subgraphs.map(({ name, sdl }) => ({ name, typeDefs: parse(sdl), url: `http://${name}:4000/graphql` })),
  );
  if (composed.errors)
    throw new Error(`The subgraphs do not compose:\n${composed.errors.map(({ message }) => message).join('\n')}`);
  writeFileSync(join(folder, 'supergraph.graphql'), `${composed.supergraphSdl.trim()}\n`);
}

writeSchema(process.argv[2] ?? 'schema');
