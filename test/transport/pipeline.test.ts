import { afterEach, describe, expect, it } from '@jest/globals';
import { VendorError } from '../../src/datasources/transport/errors.js';
import { SLOW_MS } from '../../src/sandbox/server.js';
import { SUBJECTS } from '../scenes/subjects.js';

const outcomeOf = (asked: Promise<unknown>) => asked.catch((error: unknown) => error);

it('has every vendor of the registry to test', () => {
  expect(SUBJECTS.length).toBeGreaterThanOrEqual(3);
});

describe.each(SUBJECTS)('the pipeline to $vendor', (subject) => {
  let stop: () => Promise<void> = () => Promise.resolve();
  afterEach(() => stop());

  async function start(settings: Parameters<typeof subject.start>[0]) {
    const started = await subject.start(settings);
    stop = started.close;
    return started;
  }

  it('counts one request a call, and nothing as not sent where all left', async () => {
    const { ask, server, deps } = await start({});
    await ask();
    expect(server.requests).toHaveLength(1);
    expect(deps.calls).toMatchObject([{ outcome: 'ok', size: 1 }]);
    expect(deps.notSent).toEqual([]);
  });

  it('opens its breaker after ten failures, then sends nothing, spends no place and says when to come back', async () => {
    const { ask, server, deps } = await start({ maxConcurrency: 1 });
    server.play('unavailable');
    while (server.requests.length < 10) await outcomeOf(ask());
    const refused = await outcomeOf(ask());
    expect(refused).toMatchObject({ kind: 'unavailable', retryAfterSeconds: 5, maybeSent: false });
    expect(refused).toBeInstanceOf(VendorError);
    expect(server.requests).toHaveLength(10);
    expect(deps.calls.map(({ outcome }) => outcome)).toEqual(Array(10).fill('unavailable'));
    expect(deps.notSent.at(-1)).toMatchObject({ kind: 'unavailable' });
  });

  it('refuses with its breaker those who queued when it opened', async () => {
    const { ask, server } = await start({ maxConcurrency: 10, timeoutMs: 3_000 });
    server.play('unavailable');
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => outcomeOf(ask())));
    expect(outcomes).toHaveLength(40);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'unavailable' });
    // Ten that opened it, and no more than were under way at that moment.
    expect(server.requests.length).toBeLessThan(25);
  });

  it('runs no more at once than it may, and tells who cannot start in time', async () => {
    const { ask, server, deps } = await start({ maxConcurrency: 2, timeoutMs: SLOW_MS * 1.6 });
    server.play('slow');
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => outcomeOf(ask())));
    const failures = outcomes.filter((outcome) => outcome instanceof VendorError);
    expect(failures).toHaveLength(2);
    // Two were on their way when their time was up; none of them was a third at once.
    for (const { kind } of failures) expect(['timeout', 'throttled']).toContain(kind);
    expect(deps.calls.filter(({ outcome }) => outcome === 'ok')).toHaveLength(2);
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });

  it('keeps the rate limit, and counts who cannot start in time as throttled and not sent', async () => {
    const { ask, server, deps } = await start({ maxPerSecond: 1, timeoutMs: 1_000 });
    const outcomes = await Promise.all(Array.from({ length: 3 }, () => outcomeOf(ask())));
    const refused = { kind: 'throttled', retryable: true, maybeSent: false };
    expect(outcomes.slice(1)).toMatchObject([refused, refused]);
    expect(server.requests).toHaveLength(1);
    expect(deps.calls).toHaveLength(1);
    expect(deps.notSent.map(({ kind }) => kind)).toEqual(['throttled', 'throttled']);
  });

  it('ends at its deadline where the vendor hangs, and repeats nothing then', async () => {
    const { ask, server, deps } = await start({ timeoutMs: 200 });
    server.play('hang');
    const startedAt = performance.now();
    expect(await outcomeOf(ask())).toMatchObject({ kind: 'timeout', maybeSent: true });
    expect(performance.now() - startedAt).toBeLessThan(700);
    expect(server.requests).toHaveLength(1);
    expect(deps.calls).toMatchObject([{ outcome: 'timeout' }]);
  });

  it('knows that nothing was sent where nobody listens', async () => {
    const { ask, server } = await start({ timeoutMs: 400 });
    await server.close();
    expect(await outcomeOf(ask())).toMatchObject({ kind: 'unavailable', maybeSent: false });
  });
});
