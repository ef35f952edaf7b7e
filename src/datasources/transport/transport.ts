import { type Api, Attempt, type AttemptParts, type Call, type Turn } from './attempt.js';
import { Breaker } from './breaker.js';
import { type Deadline } from './deadline.js';
import { VendorError } from './errors.js';
import { Hold } from './hold.js';
import { VendorHttp } from './http.js';
import { Queue } from './queue.js';
import { type Permit } from './rate-limiter.js';
import { retry, RetryBudget } from './retry.js';
import { Semaphore } from './semaphore.js';
import { type VendorState } from './telemetry.js';
import { type VendorDeps, type VendorSettings } from './vendor.js';

/**
 * The one pipeline to a vendor. Each call goes through, in this order:
 *
 *   hold → breaker → queue (places and rate limit) → hold and breaker once more → sign → send → size cap → read
 *
 * and then counts for the metrics, the breaker and the hold. A vendor brings how to sign, how to read, and what may be
 * repeated. Lives as long as the process, so that limits hold over all requests.
 */
export class Transport {
  private readonly parts: AttemptParts;
  private readonly semaphore: Semaphore;
  private readonly retries: RetryBudget;
  private readonly apis = new Map<string, Api>();

  /** @param account what the vendor counts calls by besides the API */
  constructor(
    private readonly vendor: string,
    private readonly account: string,
    private readonly settings: VendorSettings,
    private readonly deps: VendorDeps,
  ) {
    this.semaphore = new Semaphore(settings.maxConcurrency);
    this.retries = new RetryBudget((outcome) => deps.telemetry.retry(vendor, outcome));
    this.parts = {
      vendor,
      http: new VendorHttp(vendor, settings.baseUrl, settings.maxConcurrency),
      breaker: new Breaker(vendor, (error) => {
        for (const { queue } of this.apis.values()) queue.clear(error);
      }),
      telemetry: deps.telemetry,
    };
    deps.telemetry.vendorOpened(() => this.state());
  }

  /**
   * One HTTP request at most.
   * @throws VendorError, whose `maybeSent` is false where it is certain that no byte of the request left
   */
  send<T>(call: Call<T>, deadline: Deadline): Promise<T> {
    const api = this.apiOf(call.api);
    // Mostly nothing is in the way; to find that out in steps that could wait costs more than signing.
    const isFree = !api.hold.isOn() && !this.parts.breaker.refusal() && api.queue.enter(deadline);
    return isFree ? this.attempt(call, api, deadline) : this.sendInTurn(call, api, deadline);
  }

  private async sendInTurn<T>(call: Call<T>, api: Api, deadline: Deadline): Promise<T> {
    const { hold, queue } = api;
    const askedAt = performance.now();
    const patience = call.leastMs === undefined ? deadline : deadline.allBut(call.leastMs);
    let permit: Permit;
    try {
      const refusal = (hold.isOn() ? await hold.pass(patience) : undefined) ?? this.parts.breaker.refusal();
      if (refusal) throw refusal;
      permit = await queue.wait(patience);
      // Once more: either may have come while this call queued.
      const late = hold.refusal() ?? this.parts.breaker.refusal();
      if (late) {
        permit();
        queue.leave();
        throw late;
      }
    } catch (error) {
      if (error instanceof VendorError) this.deps.telemetry.notSent(this.vendor, call.api, error.kind);
      throw error;
    }
    return this.attempt(call, api, deadline, { askedAt, permit });
  }

  /** Up to `attempts` calls of `attempt`, within the deadline and the vendor's retry budget. */
  retry<T>(
    attempts: number,
    deadline: Deadline,
    mayRepeat: (error: VendorError) => boolean,
    attempt: () => Promise<T>,
  ): Promise<T> {
    return retry(attempts, deadline, this.retries, mayRepeat, attempt);
  }

  /** Whether a hold on the API is on, and over early enough for a call within the deadline. */
  holdEndsBefore(api: string, deadline: Deadline): boolean {
    return this.apiOf(api).hold.endsBefore(deadline);
  }

  /** The request target as it will stand on the request line, for signatures that cover it. */
  target(path: string): string {
    return this.parts.http.target(path);
  }

  /** The vendor's clock, in milliseconds since the epoch. */
  nowMs(): number {
    return Date.now() + this.settings.clockOffsetMs;
  }

  anomaly(name: string): void {
    this.deps.telemetry.anomaly(this.vendor, name);
  }

  close(): Promise<void> {
    return this.parts.http.close();
  }

  private state(): VendorState {
    return {
      vendor: this.vendor,
      breaker: this.parts.breaker.state(),
      retriesLeft: this.retries.remaining(),
      apis: [...this.apis].map(([api, { queue, hold }]) => ({ api, ...queue.state(), heldMs: hold.leftMs() })),
    };
  }

  /** To be called with a place of the queue, which it gives back. */
  private attempt<T>(call: Call<T>, api: Api, deadline: Deadline, turn?: Turn): Promise<T> {
    return new Promise((resolve, reject) => {
      new Attempt(this.parts, api, call, deadline, this.nowMs(), turn, resolve, reject).begin();
    });
  }

  private apiOf(name: string): Api {
    let api = this.apis.get(name);
    if (!api) {
      const key = `${this.vendor}:${this.account}:${name}`;
      const { rateLimiter, holds } = this.deps;
      api = {
        queue: new Queue(this.vendor, key, this.settings.maxPerSecond, rateLimiter, this.semaphore),
        hold: holds?.of(key) ?? new Hold(this.vendor),
      };
      this.apis.set(name, api);
    }
    return api;
  }
}
