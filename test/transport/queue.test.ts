import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deadline } from '../../src/datasources/transport/deadline.js';
import { VendorError } from '../../src/datasources/transport/errors.js';
import { Concurrency, Gate } from '../../src/datasources/transport/queue.js';
import { LocalPace, PACE_WINDOW_MS, type Pace } from '../../src/datasources/transport/rate-limiter.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const ONE_MINUTE = 60_000;

interface Asked {
  /** Fake milliseconds at which each call started, in the order of starting. */
  starts: { name: string; atMs: number }[];
  running: number;
  mostRunning: number;
  ask: (gate: Gate, name: string, tookMs?: number, deadline?: Deadline) => Promise<string>;
}

function asking(): Asked {
  const began = performance.now();
  const asked: Asked = {
    starts: [],
    running: 0,
    mostRunning: 0,
    ask: (gate, name, tookMs = 0, deadline = Deadline.after(ONE_MINUTE)) =>
      gate.run(deadline, async () => {
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

describe('the pace of a gate', () => {
  it('starts calls in the order they came, and never more than n in any sliding window', async () => {
    const { ask, starts } = asking();
    const gate = new Gate('somebody', 'api', 3, new LocalPace(), new Concurrency(100));
    const answers = Promise.all(names(10).map((name) => ask(gate, name)));
    await jest.advanceTimersByTimeAsync(10_000);
    await expect(answers).resolves.toEqual(names(10));
    expect(starts.map(({ name }) => name)).toEqual(names(10));
    for (let call = 3; call < starts.length; call += 1) {
      const gap = (starts[call]?.atMs ?? 0) - (starts[call - 3]?.atMs ?? 0);
      expect(gap).toBeGreaterThanOrEqual(PACE_WINDOW_MS);
      expect(gap).toBeLessThan(PACE_WINDOW_MS + 50);
    }
  });

  it('refuses at once, with the wait to expect, a call that cannot start in time, and starts those that can', async () => {
    const { ask, starts } = asking();
    const gate = new Gate('somebody', 'api', 1, new LocalPace(), new Concurrency(100));
    const patient = [ask(gate, 'first'), ask(gate, 'second')];
    const before = performance.now();
    await expect(ask(gate, 'hasty', 0, Deadline.after(2 * PACE_WINDOW_MS))).rejects.toMatchObject({
      ...refused,
      vendor: 'somebody',
      retryAfterSeconds: 3,
    });
    expect(performance.now()).toBe(before);
    patient.push(ask(gate, 'third'));
    await jest.advanceTimersByTimeAsync(5_000);
    await Promise.all(patient);
    expect(starts.map(({ name }) => name)).toEqual(['first', 'second', 'third']);
  });

  it('does not hold one API up because another is at its pace', async () => {
    const { ask, starts } = asking();
    const pace = new LocalPace();
    const concurrency = new Concurrency(1);
    const slow = new Gate('somebody', 'slow', 1, pace, concurrency);
    const quick = new Gate('somebody', 'quick', 100, pace, concurrency);
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

  it('fails one call, and loses no place, when the pace cannot be told', async () => {
    const { ask } = asking();
    let broken = true;
    const pace: Pace = {
      tryStart: () => (broken ? Promise.reject(new Error('no Redis')) : Promise.resolve(0)),
      expectedWaitMs: () => 0,
    };
    const gate = new Gate('somebody', 'api', 5, pace, new Concurrency(1));
    await expect(ask(gate, 'unlucky')).rejects.toMatchObject({ kind: 'unavailable', maybeSent: false });
    broken = false;
    const answer = ask(gate, 'lucky');
    await jest.advanceTimersByTimeAsync(1);
    await expect(answer).resolves.toBe('lucky');
  });

  it('starts the queue in order and once each where the pace is told over a network', async () => {
    const { ask, starts } = asking();
    const local = new LocalPace();
    let counted = 0;
    const pace: Pace = {
      tryStart: async (key, maxPerSecond) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        const waitMs = local.tryStart(key, maxPerSecond);
        if (waitMs === 0) counted += 1;
        return waitMs;
      },
      expectedWaitMs: () => 0,
    };
    const gate = new Gate('somebody', 'api', 4, pace, new Concurrency(8));
    const answers: Promise<string>[] = [];
    for (const name of names(12)) {
      answers.push(ask(gate, name, 30));
      await jest.advanceTimersByTimeAsync(7);
    }
    await jest.advanceTimersByTimeAsync(10_000);
    await expect(Promise.all(answers)).resolves.toEqual(names(12));
    expect(starts.map(({ name }) => name)).toEqual(names(12));
    expect(counted).toBe(12);
  });
});

it('takes no place of the pace for a call that left while the pace was asked', async () => {
  const { ask } = asking();
  const caller = new AbortController();
  let counted = 0;
  const pace: Pace = {
    tryStart: async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      counted += 1;
      return 0;
    },
    expectedWaitMs: () => 0,
  };
  const gate = new Gate('somebody', 'api', 4, pace, new Concurrency(8));
  const stays = ask(gate, 'stays');
  const leaves = ask(gate, 'leaves', 0, Deadline.after(ONE_MINUTE, caller.signal));
  caller.abort();
  await expect(leaves).rejects.toMatchObject(refused);
  await jest.advanceTimersByTimeAsync(200);
  await expect(stays).resolves.toBe('stays');
  expect(counted).toBe(1);
});

describe('the concurrency of a gate', () => {
  it('runs no more than n at once over all gates of a vendor, and all of them in the end', async () => {
    const asked = asking();
    const concurrency = new Concurrency(3);
    const gates = ['cards', 'codes'].map((api) => new Gate('somebody', api, 0, new LocalPace(), concurrency));
    const answers = gates.flatMap((gate) => names(20).map((name) => asked.ask(gate, name, 50)));
    await jest.advanceTimersByTimeAsync(5_000);
    await expect(Promise.all(answers)).resolves.toHaveLength(40);
    expect(asked.mostRunning).toBe(3);
  });

  it('wakes the next call when one fails', async () => {
    const { ask } = asking();
    const gate = new Gate('somebody', 'api', 0, new LocalPace(), new Concurrency(1));
    const failing = gate.run(Deadline.after(ONE_MINUTE), () => Promise.reject(new Error('broken')));
    const next = ask(gate, 'next');
    await expect(failing).rejects.toThrow('broken');
    await jest.advanceTimersByTimeAsync(10);
    await expect(next).resolves.toBe('next');
  });

  it('takes a waiting call whose time is up out of the queue, and the next one moves up', async () => {
    const { ask, starts } = asking();
    const gate = new Gate('somebody', 'api', 0, new LocalPace(), new Concurrency(1));
    const long = ask(gate, 'long', 500);
    const impatient = ask(gate, 'impatient', 0, Deadline.after(100));
    const patient = ask(gate, 'patient');
    const outcome = expect(impatient).rejects.toMatchObject(refused);
    await jest.advanceTimersByTimeAsync(200);
    await outcome;
    await jest.advanceTimersByTimeAsync(500);
    await expect(Promise.all([long, patient])).resolves.toEqual(['long', 'patient']);
    expect(starts.map(({ name }) => name)).toEqual(['long', 'patient']);
  });

  it('takes a waiting call whose caller left out of the queue', async () => {
    const { ask, starts } = asking();
    const caller = new AbortController();
    const gate = new Gate('somebody', 'api', 0, new LocalPace(), new Concurrency(1));
    const long = ask(gate, 'long', 100);
    const left = ask(gate, 'left', 0, Deadline.after(ONE_MINUTE, caller.signal));
    caller.abort();
    await expect(left).rejects.toBeInstanceOf(VendorError);
    await jest.advanceTimersByTimeAsync(200);
    await long;
    expect(starts).toHaveLength(1);
  });

  it('refuses a call whose time is up before it is asked', async () => {
    const { ask, starts } = asking();
    const gate = new Gate('somebody', 'api', 0, new LocalPace(), new Concurrency(1));
    await expect(ask(gate, 'late', 0, Deadline.after(ONE_MINUTE, AbortSignal.abort()))).rejects.toMatchObject(refused);
    expect(starts).toHaveLength(0);
  });

  it('keeps its queue bounded', async () => {
    const { ask } = asking();
    const gate = new Gate('somebody', 'api', 0, new LocalPace(), new Concurrency(1));
    const answers = [ask(gate, 'running', 10)];
    await jest.advanceTimersByTimeAsync(1);
    answers.push(...names(1_000).map((name) => ask(gate, name)));
    await expect(ask(gate, 'one too many')).rejects.toMatchObject(refused);
    await jest.advanceTimersByTimeAsync(5_000);
    await expect(Promise.all(answers)).resolves.toHaveLength(1_001);
  });
});
