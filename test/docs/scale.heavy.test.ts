import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { QUOTA_PAGE, withQuotaReport } from '../../bench/quota/page.js';
import { VirtualClock } from '../../bench/quota/clock.js';
import { ApiQueue, Fleet } from '../../bench/quota/fleet.js';
import { Deadline } from '../../src/datasources/transport/deadline.js';
import { VendorError } from '../../src/datasources/transport/errors.js';
import { Queue } from '../../src/datasources/transport/queue.js';
import { LocalRateLimiter } from '../../src/datasources/transport/rate-limiter.js';
import { Semaphore } from '../../src/datasources/transport/semaphore.js';

it('docs/scale.md has what the simulation says now (npm run bench:quota -- --write)', () => {
  const text = readFileSync(QUOTA_PAGE, 'utf8');
  expect(withQuotaReport(text)).toBe(text);
  expect(() => withQuotaReport(text.replaceAll('written by', ''))).toThrow(/has lost the comments/);
}, 120_000);

it('the simulated queue lets the same calls through, at the same times, as the one that serves', async () => {
  const [asked, maxPerSecond, timeoutMs, latencyMs] = [20, 4, 3_000, 50];

  const clock = new VirtualClock();
  const simulated: (number | 'throttled')[] = [];
  const fleet = new Fleet(clock, 1, true);
  const model = new ApiQueue(clock, fleet.limiter(), 'api', { maxPerSecond, timeoutMs, latencyMs });
  for (let call = 0; call < asked; call += 1)
    model.ask((answered) => simulated.push(answered ? clock.nowMs - latencyMs : 'throttled'));
  clock.run();

  const began = performance.now();
  const queue = new Queue('v', 'v:a:api', maxPerSecond, new LocalRateLimiter(), new Semaphore(asked));
  const served = await Promise.all(
    Array.from({ length: asked }, () =>
      queue.wait(Deadline.after(timeoutMs)).then(
        (leave) => {
          leave();
          return performance.now() - began;
        },
        (error: unknown) => (error instanceof VendorError ? error.kind : 'another error'),
      ),
    ),
  );

  // Three windows of 1.1 s begin within three seconds.
  const windows = [0, 0, 0, 0, 1_100, 1_100, 1_100, 1_100, 2_200, 2_200, 2_200, 2_200];
  const times = (all: unknown[]) => all.filter((one): one is number => typeof one === 'number');
  expect(simulated.filter((one) => one === 'throttled')).toHaveLength(8);
  expect(times(simulated)).toEqual(windows);
  expect(served.filter((one) => one === 'throttled')).toHaveLength(8);
  for (const [at, ms] of times(served).entries()) expect(Math.abs(ms - (windows[at] ?? NaN))).toBeLessThan(150);
});
