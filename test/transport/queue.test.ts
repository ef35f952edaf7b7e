import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cancellation } from '../../src/datasources/transport/cancellation.js';
import { Deadline } from '../../src/datasources/transport/deadline.js';
import { VendorError } from '../../src/datasources/transport/errors.js';
import { Queue } from '../../src/datasources/transport/queue.js';
import {
  LocalRateLimiter,
  type Permit,
  RATE_WINDOW_MS,
  type RateLimiter,
} from '../../src/datasources/transport/rate-limiter.js';
import { Semaphore } from '../../src/datasources/transport/semaphore.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const ONE_MINUTE = 60_000;
const PERMIT: Permit = () => undefined;

interface Asked {
  /** Fake milliseconds at which each call started, in the order of starting. */
  starts: { name: string; atMs: number }[];
  running: number;
  mostRunning: number;
  ask: (queue: Queue, name: string, tookMs?: number, deadline?: Deadline) => Promise<string>;
}

/** As the transport uses the queue. */
async function run<T>(queue: Queue, deadline: Deadline, call: () => Promise<T>): Promise<T> {
  const leave = await queue.wait(deadline);
  const startedAt = performance.now();
  try {
    leave();
    return await call();
  } finally {
    queue.leave(performance.now() - startedAt);
  }
}

function asking(): Asked {
  const began = performance.now();
  const asked: Asked = {
    starts: [],
    running: 0,
    mostRunning: 0,
    ask: (queue, name, tookMs = 0, deadline = Deadline.after(ONE_MINUTE)) =>
      run(queue, deadline, async () => {
        asked.starts.push({ name, atMs: performance.now() - began });
        asked.running += 1;
        asked.mostRunning = Math.max(asked.mostRunning, asked.running);
        await new Promise((resolve) => setTimeout(resolve, tookMs));
        asked.running -= 1;
        return name;
      }),
  };
  return asked;
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `call ${index}`);
const refused = { kind: 'throttled', retryable: true, maybeSent: false };

describe('the pace of a queue', () => {
  it('starts calls in the order they came, and never more than n in any sliding window', async () => {
    const { ask, starts } = asking();
    const queue = new Queue('somebody', 'api', 3, new LocalRateLimiter(), new Semaphore(100));
    const answers = Promise.all(names(10).map((name) => ask(queue, name)));
    await jest.advanceTimersByTimeAsync(10_000);
    await expect(answers).resolves.toEqual(names(10));
    expect(starts.map(({ name }) => name)).toEqual(names(10));
    for (let call = 3; call < starts.length; call += 1) {
      const gap = (starts[call]?.atMs ?? 0) - (starts[call - 3]?.atMs ?? 0);
      expect(gap).toBeGreaterThanOrEqual(RATE_WINDOW_MS);
      expect(gap).toBeLessThan(RATE_WINDOW_MS + 50);
    }
  });

  it('refuses at once, with the wait to expect, a call that cannot start in time, and starts those that can', async () => {
    const { ask, starts } = asking();
    const queue = new Queue('somebody', 'api', 1, new LocalRateLimiter(), new Semaphore(100));
    const patient = [ask(queue, 'first'), ask(queue, 'second')];
    const before = performance.now();
    await expect(ask(queue, 'hasty', 0, Deadline.after(2 * RATE_WINDOW_MS))).rejects.toMatchObject({
      ...refused,
      vendor: 'somebody',
      retryAfterSeconds: 3,
    });
    expect(performance.now()).toBe(before);
    patient.push(ask(queue, 'third'));
    await jest.advanceTimersByTimeAsync(5_000);
    await Promise.all(patient);
    expect(starts.map(({ name }) => name)).toEqual(['first', 'second', 'third']);
  });

  it('does not hold one API up because another is at its limiter', async () => {
    const { ask, starts } = asking();
    const limiter = new LocalRateLimiter();
    const concurrency = new Semaphore(1);
    const slow = new Queue('somebody', 'slow', 1, limiter, concurrency);
    const quick = new Queue('somebody', 'quick', 100, limiter, concurrency);
    const answers = Promise.all([
      ask(slow, 'slow 1'),
      ask(slow, 'slow 2'),
      ask(quick, 'quick 1'),
      ask(quick, 'quick 2'),
    ]);
    await jest.advanceTimersByTimeAsync(500);
    expect(starts.map(({ name }) => name)).toEqual(['slow 1', 'quick 1', 'quick 2']);
    await jest.advanceTimersByTimeAsync(1_000);
    await answers;
  });

  it('fails one call, and loses no place, when the limiter cannot be told', async () => {
    const { ask } = asking();
    let broken = true;
    const limiter: RateLimiter = {
      tryAcquire: () => (broken ? Promise.reject(new Error('no Redis')) : Promise.resolve(PERMIT)),
      expectedWaitMs: () => 0,
    };
    const queue = new Queue('somebody', 'api', 5, limiter, new Semaphore(1));
    await expect(ask(queue, 'unlucky')).rejects.toMatchObject({ kind: 'unavailable', maybeSent: false });
    broken = false;
    const answer = ask(queue, 'lucky');
    await jest.advanceTimersByTimeAsync(1);
    await expect(answer).resolves.toBe('lucky');
  });

  it('starts the queue in order and once each where the pace is told over a network', async () => {
    const { ask, starts } = asking();
    const local = new LocalRateLimiter();
    let counted = 0;
    const limiter: RateLimiter = {
      tryAcquire: async (key, maxPerSecond) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        const told = local.tryAcquire(key, maxPerSecond);
        if (typeof told !== 'number') counted += 1;
        return told;
      },
      expectedWaitMs: () => 0,
    };
    const queue = new Queue('somebody', 'api', 4, limiter, new Semaphore(8));
    const answers: Promise<string>[] = [];
    for (const name of names(12)) {
      answers.push(ask(queue, name, 30));
      await jest.advanceTimersByTimeAsync(7);
    }
    await jest.advanceTimersByTimeAsync(10_000);
    await expect(Promise.all(answers)).resolves.toEqual(names(12));
    expect(starts.map(({ name }) => name)).toEqual(names(12));
    expect(counted).toBe(12);
  });
});

it('takes no place of the limiter for a call that left while the limiter was asked', async () => {
  const { ask } = asking();
  const caller = new Cancellation();
  let counted = 0;
  const limiter: RateLimiter = {
    tryAcquire: async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      counted += 1;
      return PERMIT;
    },
    expectedWaitMs: () => 0,
  };
  const queue = new Queue('somebody', 'api', 4, limiter, new Semaphore(8));
  const stays = ask(queue, 'stays');
  const leaves = ask(queue, 'leaves', 0, Deadline.after(ONE_MINUTE, caller));
  caller.cancel();
  await expect(leaves).rejects.toMatchObject(refused);
  await jest.advanceTimersByTimeAsync(200);
  await expect(stays).resolves.toBe('stays');
  expect(counted).toBe(1);
});

describe('the concurrency of a queue', () => {
  it('runs no more than n at once over all queues of a vendor, and all of them in the end', async () => {
    const asked = asking();
    const concurrency = new Semaphore(3);
    const queues = ['cards', 'codes'].map((api) => new Queue('somebody', api, 0, new LocalRateLimiter(), concurrency));
    const answers = queues.flatMap((queue) => names(20).map((name) => asked.ask(queue, name, 50)));
    await jest.advanceTimersByTimeAsync(5_000);
    await expect(Promise.all(answers)).resolves.toHaveLength(40);
    expect(asked.mostRunning).toBe(3);
  });

  it('wakes the next call when one fails', async () => {
    const { ask } = asking();
    const queue = new Queue('somebody', 'api', 0, new LocalRateLimiter(), new Semaphore(1));
    const failing = run(queue, Deadline.after(ONE_MINUTE), () => Promise.reject(new Error('broken')));
    const next = ask(queue, 'next');
    await expect(failing).rejects.toThrow('broken');
    await jest.advanceTimersByTimeAsync(10);
    await expect(next).resolves.toBe('next');
  });

  it('takes a waiting call whose time is up out of the queue, and the next one moves up', async () => {
    const { ask, starts } = asking();
    const queue = new Queue('somebody', 'api', 0, new LocalRateLimiter(), new Semaphore(1));
    const long = ask(queue, 'long', 500);
    const impatient = ask(queue, 'impatient', 0, Deadline.after(100));
    const patient = ask(queue, 'patient');
    const outcome = expect(impatient).rejects.toMatchObject(refused);
    await jest.advanceTimersByTimeAsync(200);
    await outcome;
    await jest.advanceTimersByTimeAsync(500);
    await expect(Promise.all([long, patient])).resolves.toEqual(['long', 'patient']);
    expect(starts.map(({ name }) => name)).toEqual(['long', 'patient']);
  });

  it('takes a waiting call whose caller left out of the queue', async () => {
    const { ask, starts } = asking();
    const caller = new Cancellation();
    const queue = new Queue('somebody', 'api', 0, new LocalRateLimiter(), new Semaphore(1));
    const long = ask(queue, 'long', 100);
    const left = ask(queue, 'left', 0, Deadline.after(ONE_MINUTE, caller));
    caller.cancel();
    await expect(left).rejects.toBeInstanceOf(VendorError);
    await jest.advanceTimersByTimeAsync(200);
    await long;
    expect(starts).toHaveLength(1);
  });

  it('refuses a call whose time is up before it is asked', async () => {
    const { ask, starts } = asking();
    const queue = new Queue('somebody', 'api', 0, new LocalRateLimiter(), new Semaphore(1));
    await expect(ask(queue, 'late', 0, Deadline.after(ONE_MINUTE, gone()))).rejects.toMatchObject(refused);
    expect(starts).toHaveLength(0);
  });

  it('lets thousands wait whose turn comes in time, and refuses at once who has to expect more than the deadline', async () => {
    const { ask } = asking();
    const queue = new Queue('somebody', 'api', 0, new LocalRateLimiter(), new Semaphore(10));
    // How long calls take is known once some were made.
    const first = names(50).map((name) => ask(queue, name, 100));
    await jest.advanceTimersByTimeAsync(600);
    await Promise.all(first);
    const answers = names(5_000).map((name) => ask(queue, name, 100));
    await expect(ask(queue, 'in a hurry', 0, Deadline.after(1_000))).rejects.toMatchObject({
      ...refused,
      retryAfterSeconds: 50,
    });
    await jest.advanceTimersByTimeAsync(51_000);
    await expect(Promise.all(answers)).resolves.toHaveLength(5_000);
  });

  it('keeps its queue bounded all the same', async () => {
    const { ask } = asking();
    const queue = new Queue('somebody', 'api', 0, new LocalRateLimiter(), new Semaphore(1));
    const answers = [ask(queue, 'running', 10)];
    await jest.advanceTimersByTimeAsync(1);
    answers.push(...names(20_000).map((name) => ask(queue, name)));
    await expect(ask(queue, 'one too many')).rejects.toMatchObject(refused);
    await jest.advanceTimersByTimeAsync(30_000);
    await expect(Promise.all(answers)).resolves.toHaveLength(20_001);
  });

  it('fails all who wait at once where it is cleared, and goes on with those who come later', async () => {
    const { ask, starts } = asking();
    const queue = new Queue('somebody', 'api', 0, new LocalRateLimiter(), new Semaphore(1));
    const running = ask(queue, 'running', 10);
    const waiting = [ask(queue, 'one'), ask(queue, 'two')];
    const down = new VendorError({ vendor: 'somebody', kind: 'unavailable', message: 'down' });
    queue.clear(down);
    for (const one of waiting) await expect(one).rejects.toBe(down);
    const later = ask(queue, 'later');
    await jest.advanceTimersByTimeAsync(100);
    await expect(Promise.all([running, later])).resolves.toEqual(['running', 'later']);
    expect(starts.map(({ name }) => name)).toEqual(['running', 'later']);
  });
});

function gone(): Cancellation {
  const departure = new Cancellation();
  departure.cancel();
  return departure;
}
