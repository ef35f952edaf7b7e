import { Breaker } from './breaker.js';
import { type Deadline } from './deadline.js';
import { VendorError } from './errors.js';
import { Hold } from './hold.js';
import { type HttpAnswer, type HttpRequest, VendorHttp } from './http.js';
import { Queue } from './queue.js';
import { type Permit } from './rate-limiter.js';
import { retry, RetryBudget } from './retry.js';
import { Semaphore } from './semaphore.js';
import { type VendorState } from './telemetry.js';
import { type VendorCall } from './vendor-call.js';
import { type VendorDeps, type VendorSettings } from './vendor.js';

/** One call as its vendor describes it. */
export interface Call<T> {
  /** The vendor's name of the API: what it counts calls by, and a metrics label. */
  api: string;
  /** How many of our requests the one HTTP request carries, as is known once it is signed; 1 where left out. */
  size?: number;
  /** What has to be left of its time when it is sent, in milliseconds; 0 where left out. */
  leastMs?: number;
  /** Signs and encodes. Made when the call's turn has come: a timestamp or a nonce made earlier would be stale by the wait. */
  sign: (sentAtMs: number) => HttpRequest | Promise<HttpRequest>;
  /** Verifies and decodes. @throws VendorError, and nothing else */
  read: (answer: HttpAnswer, sentAtMs: number) => T;
  /** The failures inside an answer that carries several replies; none where left out. */
  failuresOf?: (value: T) => readonly VendorError[];
}

interface Api {
  queue: Queue;
  hold: Hold;
}

/** What a call got that had to wait. */
interface Turn {
  askedAt: number;
  permit: Permit;
}

/**
 * The one pipeline to a vendor. Each call goes through, in this order:
 *
 *   hold → breaker → queue (places and rate limit) → hold and breaker once more → sign → send → size cap → read
 *
 * and then counts for the metrics, the breaker and the hold. A vendor brings how to sign, how to read, and what may be
 * repeated. Lives as long as the process, so that limits hold over all requests.
 */
export class Transport {
  private readonly http: VendorHttp;
  private readonly semaphore: Semaphore;
  private readonly breaker: Breaker;
  private readonly retries: RetryBudget;
  private readonly apis = new Map<string, Api>();

  /** @param account what the vendor counts calls by besides the API */
  constructor(
    private readonly vendor: string,
    private readonly account: string,
    private readonly settings: VendorSettings,
    private readonly deps: VendorDeps,
  ) {
    this.http = new VendorHttp(vendor, settings.baseUrl, settings.maxConcurrency);
    this.semaphore = new Semaphore(settings.maxConcurrency);
    this.retries = new RetryBudget((outcome) => deps.telemetry.retry(vendor, outcome));
    this.breaker = new Breaker(vendor, (error) => {
      for (const { queue } of this.apis.values()) queue.clear(error);
    });
    deps.telemetry.vendorOpened(() => this.state());
  }

  /**
   * One HTTP request at most.
   * @throws VendorError, whose `maybeSent` is false where it is certain that no byte of the request left
   */
  send<T>(call: Call<T>, deadline: Deadline): Promise<T> {
    const api = this.apiOf(call.api);
    // Mostly nothing is in the way; to find that out in steps that could wait costs more than signing.
    const isFree = !api.hold.isOn() && !this.breaker.refusal() && api.queue.enter(deadline);
    return isFree ? this.exchange(call, api, deadline) : this.sendInTurn(call, api, deadline);
  }

  private async sendInTurn<T>(call: Call<T>, api: Api, deadline: Deadline): Promise<T> {
    const { hold, queue } = api;
    const askedAt = performance.now();
    const patience = call.leastMs === undefined ? deadline : deadline.allBut(call.leastMs);
    let permit: Permit;
    try {
      const refusal = (hold.isOn() ? await hold.pass(patience) : undefined) ?? this.breaker.refusal();
      if (refusal) throw refusal;
      permit = await queue.wait(patience);
      // Once more: either may have come while this call queued.
      const late = hold.refusal() ?? this.breaker.refusal();
      if (late) {
        permit();
        queue.leave();
        throw late;
      }
    } catch (error) {
      if (error instanceof VendorError) this.deps.telemetry.notSent(this.vendor, call.api, error.kind);
      throw error;
    }
    return this.exchange(call, api, deadline, { askedAt, permit });
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
    return this.http.target(path);
  }

  /** The vendor's clock, in milliseconds since the epoch. */
  nowMs(): number {
    return Date.now() + this.settings.clockOffsetMs;
  }

  anomaly(name: string): void {
    this.deps.telemetry.anomaly(this.vendor, name);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private state(): VendorState {
    return {
      vendor: this.vendor,
      breaker: this.breaker.state(),
      retriesLeft: this.retries.remaining(),
      apis: [...this.apis].map(([api, { queue, hold }]) => ({ api, ...queue.state(), heldMs: hold.leftMs() })),
    };
  }

  /** To be called with a place of the queue, which it gives back. */
  private async exchange<T>(call: Call<T>, { hold, queue }: Api, deadline: Deadline, turn?: Turn): Promise<T> {
    this.breaker.sending();
    const sentAtMs = this.nowMs();
    const sentAt = performance.now();
    const askedAt = turn?.askedAt ?? sentAt;
    let permit = turn?.permit;
    const spend = () => {
      permit?.();
      permit = undefined;
    };
    let outcome: VendorCall['outcome'] = 'protocol';
    let method = 'POST';
    let status: number | undefined;
    let failure: VendorError | undefined;
    try {
      const signed = call.sign(sentAtMs);
      const request = signed instanceof Promise ? await signed : signed;
      ({ method } = request);
      const answer = await this.http.send(request, deadline, spend);
      ({ status } = answer);
      const value = call.read(answer, sentAtMs);
      if (call.failuresOf) {
        const failures = call.failuresOf(value);
        for (const one of failures) startHold(hold, one);
        // Good where at least one of its replies is.
        failure = failures.length < (call.size ?? 1) ? undefined : failures[0];
      }
      outcome = failure?.kind ?? 'ok';
      return value;
    } catch (error) {
      if (error instanceof VendorError) {
        failure = error;
        outcome = error.kind;
        startHold(hold, error);
      }
      throw error;
    } finally {
      spend();
      this.breaker.answered(failure, deadline);
      const endedAt = performance.now();
      queue.leave(endedAt - sentAt);
      const { vendor } = this;
      const { api, size = 1 } = call;
      const made: VendorCall = { vendor, api, outcome, size, method, status, askedAt, sentAt, endedAt };
      this.deps.telemetry.vendorCall(made);
      deadline.observer?.vendorCall(made);
    }
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

function startHold(hold: Hold, { kind, retryAfterSeconds }: VendorError): void {
  if (kind === 'throttled' && retryAfterSeconds !== undefined) hold.start(retryAfterSeconds);
}
