import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway } from '../../scripts/gateway.js';
import { composeSupergraph, subgraphSdls } from '../../scripts/write-schema.js';
import { type Scope } from '../../src/graph/access.js';
import { type Answer } from '../graph/harness.js';
import { FAULTS } from './faults.js';
import { IDENTITY_CHECKS } from './identity-checks.js';
import { MUTATIONS } from './mutations.js';
import { type Operation } from './operation.js';
import { QUERIES } from './queries.js';
import { ROUTER_SECRET, SHAPES, type Seen, type Shapes, startShapes } from './shapes.js';

let shapes: Shapes;
beforeAll(async () => {
  shapes = await startShapes();
}, 60_000);
afterAll(() => shapes.close());

async function askBoth({ ask, play }: Operation): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const shape of SHAPES) {
    play?.(shapes.single);
    seen.push(await shapes.ask(shape, ask(shapes.ids, shape, shapes.checks[shape])));
    for (const vendor of Object.values(shapes.single.vendors)) vendor.play(null);
  }
  return seen;
}

const OPERATIONS = [...QUERIES, ...FAULTS, ...IDENTITY_CHECKS, ...MUTATIONS];

it('compares enough operations', () => {
  expect(OPERATIONS.length).toBeGreaterThanOrEqual(25);
  expect(MUTATIONS.length).toBeGreaterThanOrEqual(5);
});

describe('through a router over a process for each subgraph, the answer is that of the single process', () => {
  it.each(OPERATIONS)('$name', async (operation) => {
    const [single, router] = await askBoth(operation);
    expect(router).toEqual(single);
    const codes = new Set(single?.errors.map(({ extensions }) => extensions['code']));
    expect([...codes].sort()).toEqual([...(operation.codes ?? [])].sort());
  });
});

describe('the gateway', () => {
  it('refuses by the directives itself, before it asks a subgraph', async () => {
    const gateway = await startGateway({
      // Nobody listens there: whatever is answered, the gateway answered alone.
      supergraph: composeSupergraph(subgraphSdls(), () => 'http://127.0.0.1:9/graphql'),
      port: 0,
      authSecret: shapes.single.settings['AUTH_SECRET'] ?? '',
    });
    try {
      const ask = async (authorization: string) => {
        const response = await fetch(gateway.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization },
          body: JSON.stringify({ query: '{ exchangeCode(code: "1") { redeemable } }' }),
        });
        const { errors } = (await response.json()) as Answer;
        return errors?.map(({ extensions }) => extensions['code']);
      };
      const token = (scopes: Scope[]) => shapes.single.token({ scopes });
      expect(await ask('')).toEqual(['UNAUTHENTICATED']);
      expect(await ask(`Bearer ${(await token(['exchange:read'])).slice(0, -2)}`)).toEqual(['UNAUTHENTICATED']);
      expect(await ask(`Bearer ${await token(['person:read'])}`)).toEqual(['FORBIDDEN']);
      expect(await ask(`Bearer ${await token(['exchange:read'])}`)).not.toContain('FORBIDDEN');
    } finally {
      await gateway.close();
    }
  });

  it("proves itself to the subgraphs, and takes no client's word for it", async () => {
    const query = '{ _service { sdl } }';
    const url = shapes.federation.subgraphUrls['campus'] ?? '';
    const ask = async (secret?: string) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(secret !== undefined && { 'x-router-secret': secret }) },
        body: JSON.stringify({ query }),
      });
      return (await response.json()) as Answer;
    };
    expect((await ask()).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    expect((await ask('something else')).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    expect((await ask(ROUTER_SECRET)).data).toHaveProperty('_service.sdl');
    expect((await shapes.ask('router', { query })).status).toBe(400);
  });
});
