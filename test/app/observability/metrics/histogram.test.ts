import { expect, it } from '@jest/globals';
import { Histogram as Theirs, Registry } from 'prom-client';
import { Histogram } from '../../../../src/app/observability/metrics/histogram.js';

const SHAPE = { name: 'seconds', help: 'How "long"\nit took', labelNames: ['vendor', 'outcome'], buckets: [0.1, 1, 2] };
const SEEN: [vendor: string, outcome: string, value: number][] = [
  ['campus', 'ok', 0],
  ['campus', 'ok', 0.1],
  ['campus', 'ok', 0.1000001],
  ['campus', 'ok', 2],
  ['campus', 'ok', 17.5],
  ['zvcms', 'timeout', 1],
  ['a "b"\\\n', '', 1.5],
];

it("tells Prometheus what prom-client's own tells, to the letter", async () => {
  const registry = new Registry();
  const ours = new Histogram({ ...SHAPE, registry });
  const others = new Registry();
  const theirs = new Theirs({ ...SHAPE, registers: [others] });
  for (const [vendor, outcome, value] of SEEN) {
    ours.labels(vendor, outcome).observe(value);
    theirs.labels(vendor, outcome).observe(value);
  }
  const told = await registry.metrics();
  expect(told).toBe(await others.metrics());
  expect(told.split('\n')).toHaveLength(2 + 3 * 6 + 1);
});

it('begins again after a reset, also where somebody keeps a child, and refuses a name that is taken', async () => {
  const registry = new Registry();
  const child = new Histogram({ ...SHAPE, registry }).labels('campus', 'ok');
  child.observe(5);
  registry.resetMetrics();
  child.observe(0.5);
  expect(await registry.metrics()).toContain('seconds_sum{vendor="campus",outcome="ok"} 0.5\n');
  expect(() => new Histogram({ ...SHAPE, registry })).toThrow('already been registered');
});
