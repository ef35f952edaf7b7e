import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createMetrics } from '../../../../src/app/observability/metrics/metrics.js';

it('a hundred and twenty thousand anomalies of two kinds are two lines in a minute, and then their counts', async () => {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  let now = 5;
  const { telemetry, registry } = createMetrics(logger, { version: '1.2.3', subgraph: 'all' }, () => now);
  const flood = (times: number) => {
    for (let left = times; left > 0; left -= 1) {
      telemetry.anomaly('zvcms', 'gift_card.status');
      telemetry.anomaly('campus', 'picture-address');
    }
  };
  const told = () => lines.splice(0).map(({ level, vendor, what, times }) => ({ level, vendor, what, times }));
  const both = (times: number) => [
    { level: 40, vendor: 'zvcms', what: 'gift_card.status', times },
    { level: 40, vendor: 'campus', what: 'picture-address', times },
  ];

  flood(30_000);
  now += 59_999;
  flood(30_000);
  expect(told()).toEqual(both(1));

  now += 1;
  flood(1);
  // Every one that was not told, and the one that brought the line.
  expect(told()).toEqual(both(60_000));
  flood(10);
  expect(told()).toEqual([]);

  // The counter has them all, told or not.
  const { values = [] } = (await registry.getSingleMetric('kaquan_vendor_anomalies_total')?.get()) ?? {};
  expect(values.map(({ value }) => value)).toEqual([60_011, 60_011]);
});
