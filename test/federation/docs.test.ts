import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { composeSupergraph, subgraphSdls } from '../../scripts/write-schema.js';
import { SUBGRAPH_NAMES } from '../../src/modules/index.js';

const FOLDER = join('docs', 'federation');
const read = (file: string) => readFileSync(join(FOLDER, file), 'utf8');
const NAMES = SUBGRAPH_NAMES;

it("Rover's configuration has every subgraph, at the URL of the committed supergraph", () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(4);
  const yaml = read('supergraph.yaml');
  const listed = [...yaml.matchAll(/^ {2}(\w+):\n {4}routing_url: (\S+)\n {4}schema:\n {6}file: (\S+)$/gm)];
  expect(listed.map(([, name]) => name)).toEqual(NAMES);
  for (const [, , , file] of listed) expect(existsSync(join(FOLDER, file ?? ''))).toBe(true);
  const urls = new Map(listed.map(([, name = '', url = '']) => [name, url]));
  const composed = composeSupergraph(subgraphSdls(), (name) => urls.get(name) ?? '');
  expect(composed).toBe(readFileSync(join('schema', 'supergraph.graphql'), 'utf8'));
});

it("the Apollo Router's configuration names every subgraph and repeats no request", () => {
  const yaml = read('router.yaml');
  for (const name of NAMES) {
    expect(yaml).toMatch(new RegExp(`^ {4}${name}: true$`, 'm'));
    expect(yaml).toMatch(new RegExp(`^ {4}${name}:\\n {6}timeout: 15s$`, 'm'));
  }
  expect(yaml).not.toMatch(/^\s*\w*retry\w*:/m);
  expect(yaml).toMatch(/insert:\n {10}name: x-router-secret\n {10}value: \$\{env\.ROUTER_SECRET\}/);
});

it("the gateway's configuration repeats no request", async () => {
  const { createGatewayConfig } = await import('../../docs/federation/gateway.config.js');
  const config = createGatewayConfig({ ROUTER_SECRET: 'a secret of the router' });
  expect(Object.keys(config)).not.toContain('upstreamRetry');
  expect(Object.keys(config)).not.toContain('genericAuth');
  expect(Object.keys(createGatewayConfig({ AUTH_SECRET: 'x'.repeat(32) }))).toContain('genericAuth');
});
