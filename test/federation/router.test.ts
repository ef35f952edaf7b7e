import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FAULTS } from './faults.js';
import { MUTATIONS } from './mutations.js';
import { type Operation } from './operation.js';
import { QUERIES } from './queries.js';
import { SHAPES, type Seen, type Shapes, startShapes } from './shapes.js';

let shapes: Shapes;
beforeAll(async () => {
  shapes = await startShapes();
}, 60_000);
afterAll(() => shapes.close());

async function askBoth({ ask, play }: Operation): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const shape of SHAPES) {
    play?.(shapes.single);
    seen.push(await shapes.ask(shape, ask(shapes.ids, shape)));
    for (const vendor of [shapes.single.campus, shapes.single.zvcms]) vendor.play(null);
  }
  return seen;
}

const OPERATIONS = [...QUERIES, ...FAULTS, ...MUTATIONS];

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
