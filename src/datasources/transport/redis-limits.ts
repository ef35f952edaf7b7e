import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { Hold } from './hold.js';
import { ANNOUNCED_MS, Membership, REPLY_MS } from './membership.js';
import { LocalRateLimiter, type Permit, RATE_WINDOW_MS, type RateLimiter } from './rate-limiter.js';
import { ANNOUNCE, HOLD, LEAVE, TRY_ACQUIRE } from './redis-scripts.js';
import { type SharedHolds, type SharedLimits, type SharedState } from './shared-limits.js';

/** How long a start waits for Redis before it goes on without. */
const CONNECT_TIMEOUT_MS = 2_000;
const ANNOUNCE_EVERY_MS = 1_000;
const PROBE_EVERY_MS = 250;
/** In a row, in time: with a Redis that is quick only now and then everybody would come and go. */
const PROBES_TO_RETURN = 3;
/** A connection that leads nowhere, to a machine that went away, is given up for a new one. */
const SILENT_CONNECTION_MS = 5_000;

/**
 * What a call may take to leave, with a connection made for it, say. Where its process dies it counts for so long, and a
 * window more; one that takes longer still is not counted in between.
 */
const DUE_MS = 5_000;

/** In which a wait for Redis is divided. */
const TURNS = 4;

/** The set of holds, and the channel on which they are told. */
const HOLDS = 'kaquan:holds';

export interface RedisLimitsOptions {
  /** The vendors that this process asks: among those who ask them it divides the limits. */
  vendors: readonly string[];
  /** How many processes there are at the least. */
  processes: number;
  log: { warn(text: string): void; info(text: string): void };
}

/** Connects to Redis or Valkey. Where that does not answer, this process goes on alone until it does. */
export async function connectRedisLimits(url: string, options: RedisLimitsOptions): Promise<SharedLimits> {
  const limits = new RedisLimits(url, options);
  await limits.open();
  return limits;
}

/**
 * One connection carries it all: a question for each call to an API that has a rate limit, and word when it leaves; the
 * holds, published when a vendor tells one, so that nothing is asked before a call; and once a second the announcement of
 * this process, whose answer says how many there are and which holds last, for who did not hear of them.
 */
class RedisLimits implements SharedLimits, RateLimiter, SharedHolds {
  readonly rateLimiter = this;
  readonly holds = this;
  private readonly client;
  private readonly membership: Membership;
  private readonly local = new LocalRateLimiter();
  private readonly byKey = new Map<string, Hold>();
  private readonly id = randomUUID();
  private readonly announcedAt: string[];
  private starts = 0;
  private probes = 0;
  private closed = false;

  constructor(
    url: string,
    private readonly options: RedisLimitsOptions,
  ) {
    this.membership = new Membership(options.processes);
    this.announcedAt = options.vendors.map((vendor) => `kaquan:processes:${vendor}`);
    this.client = createClient({
      url,
      disableOfflineQueue: true,
      // The client's own time-out ends when a command is written: one that hangs would be waited for without end.
      commandOptions: { timeout: 0 },
      socket: {
        connectTimeout: CONNECT_TIMEOUT_MS,
        socketTimeout: SILENT_CONNECTION_MS,
        reconnectStrategy: (retries) => Math.min(100 * 2 ** retries, 1_000),
      },
    });
    // Without a listener the client would end the process.
    this.client.on('error', this.lose);
    // Before the connection's first announcement, so that no hold falls between the two.
    this.client.on('ready', () => void this.client.subscribe(HOLDS, this.hear).catch(this.lose));
  }

  async open(): Promise<void> {
    // The client goes on trying for as long as it lives; the start does not wait for that.
    const announced = this.client.connect().then(() => this.announce(), this.lose);
    const failed = new Promise((resolve) => this.client.once('error', resolve));
    await Promise.race([announced, failed, sleep(CONNECT_TIMEOUT_MS, undefined, { ref: false })]);
    if (!this.membership.isJoined()) this.goAlone();
    void this.announceForEver();
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.membership.isJoined())
      await Promise.allSettled(this.announcedAt.map((key) => inTime(this.client.zRem(key, this.id))));
    this.client.destroy();
  }

  readonly state = (): SharedState => ({
    joined: this.membership.isJoined(),
    processes: this.membership.processes(),
  });

  expectedWaitMs(key: string, maxPerSecond: number, ahead: number): number {
    const waitMs = this.local.expectedWaitMs(key, this.membership.shareOf(maxPerSecond), ahead);
    return Math.max(waitMs, this.membership.pauseMs());
  }

  tryAcquire(key: string, maxPerSecond: number): Permit | number | Promise<Permit | number> {
    const waitMs = this.expectedWaitMs(key, maxPerSecond, 0);
    if (waitMs > 0) return waitMs;
    return this.membership.isJoined()
      ? this.tryAcquireTogether(key, maxPerSecond)
      : this.local.acquire(key, maxPerSecond);
  }

  of(key: string): Hold {
    let hold = this.byKey.get(key);
    if (!hold) {
      hold = new Hold(vendorOf(key), (ms) => this.tellHold(key, ms));
      this.byKey.set(key, hold);
    }
    return hold;
  }

  private async tryAcquireTogether(key: string, maxPerSecond: number): Promise<Permit | number> {
    this.starts += 1;
    const keys = [`kaquan:rate:${key}`];
    const call = [...[RATE_WINDOW_MS, DUE_MS].map((ms) => String(ms * 1_000)), `${this.id}:${this.starts}`];
    try {
      const asked = this.client.eval(TRY_ACQUIRE, { keys, arguments: [...call, String(maxPerSecond)] });
      const waitUs = Number(await inTime(asked));
      if (waitUs > 0) return Math.ceil(waitUs / 1_000);
    } catch {
      this.lose();
      return this.membership.pauseMs();
    }
    const leave = this.local.acquire(key, maxPerSecond);
    return () => {
      leave();
      this.tell(LEAVE, keys, call);
    };
  }

  private tellHold(key: string, ms: number): void {
    this.tell(HOLD, [HOLDS], [key, String(Math.ceil(ms))]);
  }

  private tell(script: string, keys: string[], args: string[]): void {
    if (this.membership.isJoined()) inTime(this.client.eval(script, { keys, arguments: args })).catch(this.lose);
  }

  private readonly hear = (message: string): void => {
    const [ms = '', ...key] = message.split(' ');
    this.extend(key.join(' '), Number(ms));
  };

  private extend(key: string, ms: number): void {
    if (this.options.vendors.includes(vendorOf(key))) this.of(key).extend(ms);
  }

  private async announceForEver(): Promise<void> {
    while (!this.closed) {
      await this.announce();
      const everyMs = this.membership.isJoined() ? ANNOUNCE_EVERY_MS : PROBE_EVERY_MS;
      await sleep(everyMs, undefined, { ref: false });
    }
  }

  private async announce(): Promise<void> {
    const keys = [HOLDS, ...this.announcedAt];
    try {
      const asked = this.client.eval(ANNOUNCE, { keys, arguments: [this.id, String(ANNOUNCED_MS)] });
      const timely = await inTime(asked).then(
        () => true,
        () => false,
      );
      if (!timely) this.lose();
      // One question stays under way for as long as Redis is away; no call waits for it.
      const [announced, ...held] = (await asked) as [number, ...(string | number)[]];
      for (let at = 0; at < held.length; at += 2) this.extend(String(held[at]), Number(held[at + 1]));
      if (!timely) this.probes = 0;
      else if (this.membership.isJoined()) this.membership.count(announced);
      else this.join(announced);
    } catch {
      this.probes = 0;
      this.lose();
    }
  }

  private join(announced: number): void {
    this.probes += 1;
    const returns = this.membership.wasAlone();
    if (this.closed || (returns && this.probes < PROBES_TO_RETURN)) return;
    this.membership.join(announced);
    for (const [key, hold] of this.byKey) if (hold.leftMs() > 0) this.tellHold(key, hold.leftMs());
    if (returns) this.options.log.info('Redis answers again: rate limits and holds are kept together as before');
  }

  private readonly lose = (): void => {
    if (this.membership.isJoined()) this.goAlone();
  };

  private goAlone(): void {
    this.probes = 0;
    this.membership.leave();
    if (this.closed) return;
    this.options.log.warn(
      `Redis does not answer: until it does, this process keeps the rate limits by itself, with one of ${this.membership.processes()} shares, and does not hear of others' holds`,
    );
  }
}

const vendorOf = (key: string) => key.slice(0, key.indexOf(':'));

/**
 * Rejects where the answer is not there in time. What is counted are turns of this process that it might have come in: while
 * the process is busy the question is not sent, nor the answer read, and that says nothing about Redis.
 */
function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
      if (turns === TURNS) reject(new Error('late'));
    }, REPLY_MS / TURNS);
    const clear = () => clearInterval(timer);
    answer.then(resolve, reject).then(clear, clear);
  });
}
