import { LocalRateLimiter, type Permit, type RateLimiter } from '../../src/datasources/transport/rate-limiter.js';
import { type VirtualClock } from './clock.js';

/** Hears, at the time when it is so, whether the vendor answered. */
export type Told = (answered: boolean) => void;

export interface VendorRules {
  /** `<VENDOR>_MAX_PER_SECOND`; 0 = no limit. */
  maxPerSecond: number;
  /** `<VENDOR>_TIMEOUT_MS`. */
  timeoutMs: number;
  /** How long the vendor takes. */
  latencyMs: number;
}

/** One limit for each API, which the processes keep together at Redis, or of which each keeps its share. */
export class Fleet {
  private readonly shared: LocalRateLimiter | undefined;

  constructor(
    readonly clock: VirtualClock,
    readonly processes: number,
    together: boolean,
  ) {
    // What Redis runs is this sliding window, by its own clock.
    this.shared = together ? new LocalRateLimiter(() => clock.nowMs) : undefined;
  }

  /** As one process sees it. */
  limiter(): RateLimiter {
    const { shared } = this;
    const own = new LocalRateLimiter(() => this.clock.nowMs, shared ? 1 : this.processes);
    if (!shared) return own;
    return {
      // A process knows of its own calls only.
      expectedWaitMs: (key, most, ahead) => own.expectedWaitMs(key, most, ahead),
      tryAcquire: (key, most) => {
        const waitMs = own.expectedWaitMs(key, most, 0);
        const told = waitMs > 0 ? waitMs : shared.tryAcquire(key, most);
        if (typeof told === 'number') return told;
        const leave = own.acquire(key, most);
        return () => {
          told();
          leave();
        };
      },
    };
  }
}

/** A call, and whether its wait is over. */
interface Waiting {
  endsMs: number;
  told: Told;
  isOver: boolean;
}

/**
 * The queue of one process before one API, by the rules of src/datasources/transport/queue.ts: first come, first served; who
 * has to expect to wait for longer than the deadline is told at once, and who waits is told when it is over.
 */
export class ApiQueue {
  calls = 0;
  private readonly waiting: Waiting[] = [];
  private timer = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly limiter: RateLimiter,
    private readonly api: string,
    private readonly rules: VendorRules,
  ) {}

  /** `told` hears when the vendor has answered, or that it was not asked. */
  ask(told: Told): Waiting {
    const { maxPerSecond, timeoutMs } = this.rules;
    const call = { endsMs: this.clock.nowMs + timeoutMs, told, isOver: false };
    if (maxPerSecond === 0) this.start(call);
    else if (this.limiter.expectedWaitMs(this.api, maxPerSecond, this.waiting.length) >= timeoutMs) fail(call);
    else {
      this.waiting.push(call);
      this.advance();
    }
    return call;
  }

  private advance(): void {
    const now = this.clock.nowMs;
    const timer = (this.timer += 1);
    for (let first = this.waiting[0]; first; first = this.waiting[0]) {
      if (first.endsMs <= now) {
        this.waiting.shift();
        fail(first);
        continue;
      }
      // Nothing here asks a network, so that it is never a promise.
      const answer = this.limiter.tryAcquire(this.api, this.rules.maxPerSecond) as Permit | number;
      if (typeof answer === 'number') {
        this.clock.at(Math.min(now + Math.ceil(answer), first.endsMs), () => {
          if (timer === this.timer) this.advance();
        });
        return;
      }
      answer();
      this.waiting.shift();
      this.start(first);
    }
  }

  private start(call: Waiting): void {
    call.isOver = true;
    this.calls += 1;
    this.clock.at(this.clock.nowMs + this.rules.latencyMs, () => call.told(true));
  }
}

function fail(call: Waiting): void {
  call.isOver = true;
  call.told(false);
}

/** While fewer of a process's batches are under way, another is begun at once; else a voucher waits for others. */
const FEW_UNDER_WAY = 8;

/** As VoucherBatches has it; a process's vouchers go in as few requests as there is time to gather them for. */
export class Batches {
  private readonly waiting: Told[] = [];
  private underWay = 0;
  /** Begun last, and filled until its turn comes. */
  private open: { batch: Told[]; call: Waiting } | undefined;

  constructor(
    private readonly clock: VirtualClock,
    private readonly queue: ApiQueue,
    private readonly batchSize: number,
    private readonly timeoutMs: number,
  ) {}

  ask(told: Told): void {
    const endsMs = this.clock.nowMs + this.timeoutMs;
    // A batch has the latest of its deadlines, and each of its vouchers its own.
    this.waiting.push((answered) => told(answered && this.clock.nowMs <= endsMs));
    this.dispatch();
  }

  private dispatch(): void {
    if (this.open && !this.open.call.isOver) {
      const joining = this.waiting.splice(0, this.batchSize - this.open.batch.length);
      this.open.batch.push(...joining);
      if (joining.length > 0) this.open.call.endsMs = this.clock.nowMs + this.timeoutMs;
    }
    while (this.waiting.length > 0 && (this.underWay < FEW_UNDER_WAY || this.waiting.length >= this.batchSize)) {
      const batch = this.waiting.splice(0, this.batchSize);
      this.underWay += 1;
      const call = this.queue.ask((answered) => {
        this.underWay -= 1;
        for (const told of batch) told(answered);
        this.dispatch();
      });
      this.open = { batch, call };
    }
  }
}

/** As SharedReads has it: who asks what is being asked for already waits for that answer, if it is not too old. */
export class Joined {
  private readonly underWay = new Map<number, { startedMs: number; told: Told[] }>();

  constructor(
    private readonly clock: VirtualClock,
    private readonly queue: ApiQueue,
    private readonly joinMs: number,
  ) {}

  ask(person: number, told: Told): void {
    const now = this.clock.nowMs;
    const shared = this.underWay.get(person);
    if (shared && now - shared.startedMs <= this.joinMs) {
      shared.told.push(told);
      return;
    }
    const own = { startedMs: now, told: [told] };
    this.underWay.set(person, own);
    this.queue.ask((answered) => {
      if (this.underWay.get(person) === own) this.underWay.delete(person);
      for (const one of own.told) one(answered);
    });
  }
}
