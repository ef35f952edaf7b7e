import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import { atEndOfTurn } from '../../datasources/transport/turn.js';
import { OVERLOADED } from '../../graph/errors.js';

const TICK_MS = 100;
/** Where turns of the event loop are longer and leave no time to spare, each thing begun makes all the others later. */
const [SHORT_TURN_MS, LONG_TURN_MS] = [20, 50];
const BUSY = 0.9;
/**
 * So many requests run at once, however long turns are: what a crowd is refused makes them long as well, and fewer would
 * leave the loop to the refusals.
 */
const MIN_WIDTH = 128;
/** By how much that changes at once: the longer a turn was, the more. */
const [MIN_SHRINK, MAX_SHRINK, GROWTH] = [0.9, 0.5, 2];
/** Of a request's time. A client rather waits for so long than being refused; much longer, and it would have given up. */
const WAITING_SHARE = 1 / 4;
/** How many may wait before it is known how fast they are answered. */
const FIRST_WAITING = 1_000;
/** Even where nothing is answered: who lets nobody in does not learn that things are better. */
const MIN_WAITING = 32;
/** How long a sample of the rate counts. */
const MEMORY_MS = 1_000;
/** Above it another wave of requests may end the process. */
const HEAP_IN_USE = 0.8;
const MINUTE_MS = 60_000;

const MESSAGE = 'There is more work here than can be done in time; nothing of the request has run: send it again later';

type Work<T> = (request: FastifyRequest, reply: FastifyReply, arrivedAtMs: number) => Promise<T>;

/**
 * Lets requests run as far as the event loop keeps up; the others wait in their order, for as long as they will have
 * their turn in time, and the rest is refused at once.
 *
 * - How many run at once follows the event loop's delay. Where the loop has time to spare they wait for vendors, and more
 *   are let in: a vendor that hangs holds up nobody else. Where turns become long, less is begun until what was begun is
 *   done: with everything begun at once all would be late, and vendors' deadlines would pass while their answers lie here.
 * - How many may wait follows from the time that the last of them would wait: by Little's law, those who wait divided by
 *   how many are answered in a second.
 *
 * Ready-made guards refuse everything while a delay is over a fixed number. That swings between all and nothing, and a
 * number that fits one machine and query does not fit another.
 */
export class Overload {
  private running = 0;
  private width = MIN_WIDTH;
  private waiting: (() => void)[] = [];
  private head = 0;
  private maxWaiting = FIRST_WAITING;
  private readonly waitSeconds: number;
  private perSecond: number;
  private answered = 0;
  private refused = 0;
  private warnedAtMs = -Infinity;
  private refusal = refusalAfter(1);
  private measuredAtMs = performance.now();
  private used: EventLoopUtilization = performance.eventLoopUtilization();
  private readonly timer = setInterval(() => {
    // Between a timer and an immediate lies what one turn does with all that has arrived, and no waiting for more.
    const beganAtMs = performance.now();
    setImmediate(() => this.measure(beganAtMs));
  }, TICK_MS).unref();

  constructor(
    requestTimeoutMs: number,
    registry: Registry,
    private readonly logger: Logger,
  ) {
    this.waitSeconds = (requestTimeoutMs * WAITING_SHARE) / 1000;
    this.perSecond = FIRST_WAITING / this.waitSeconds;
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(value());
        },
      });
    gauge('kaquan_requests_running', 'GraphQL requests that are being answered', () => this.running);
    gauge('kaquan_requests_waiting', 'GraphQL requests that wait for their turn', () => this.length);
    gauge('kaquan_requests_waiting_limit', 'How many may wait before others are refused', () => this.maxWaiting);
  }

  private get length(): number {
    return this.waiting.length - this.head;
  }

  /** Whether a request that comes now would have to wait for too long. */
  isFull(): boolean {
    return this.length >= this.maxWaiting;
  }

  refuse(reply: FastifyReply): void {
    this.refused += 1;
    reply.request.record.told(OVERLOADED);
    const { retryAfter, body } = this.refusal;
    // Whoever gets it at once sends the next one in the same turn: of a crowd that turn would not end, and what runs waits.
    atEndOfTurn(
      () => void reply.code(503).header('retry-after', retryAfter).type('application/json; charset=utf-8').send(body),
    );
  }

  /** The work on a request, begun when its turn has come; never for a client that is gone by then. */
  inTurn<T>(work: Work<T>): (request: FastifyRequest, reply: FastifyReply) => Promise<T> {
    const end = () => {
      this.running -= 1;
      this.answered += 1;
      if (this.length > 0) this.startNext();
    };
    const begin: Work<T> = (request, reply, arrivedAtMs) => {
      this.running += 1;
      const done = work(request, reply, arrivedAtMs);
      done.then(end, end);
      return done;
    };
    return (request, reply) => {
      const arrivedAtMs = performance.now();
      if (this.running < this.width) return begin(request, reply, arrivedAtMs);
      return new Promise((resolve) => {
        this.waiting.push(() => {
          if (reply.raw.closed) void reply.hijack();
          else resolve(begin(request, reply, arrivedAtMs));
        });
      });
    };
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private startNext(): void {
    while (this.running < this.width && this.head < this.waiting.length) {
      const start = this.waiting[this.head];
      this.head += 1;
      start?.();
    }
    // Array.shift() moves everything behind it.
    if (this.head > 1_000 || this.head === this.waiting.length) {
      this.waiting = this.waiting.slice(this.head);
      this.head = 0;
    }
  }

  private measure(turnBeganAtMs: number): void {
    const now = performance.now();
    const passedMs = now - this.measuredAtMs;
    const used = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(used, this.used);
    const turnMs = now - turnBeganAtMs;
    const hasTime = utilization < BUSY || turnMs < SHORT_TURN_MS;
    if (hasTime) {
      if (this.running * GROWTH > this.width) this.width *= GROWTH;
      else this.width = Math.max(MIN_WIDTH, Math.ceil(this.width * MIN_SHRINK));
    } else if (turnMs > LONG_TURN_MS) {
      const shrink = Math.max(MAX_SHRINK, Math.min(MIN_SHRINK, LONG_TURN_MS / turnMs));
      this.width = Math.max(MIN_WIDTH, Math.floor(Math.min(this.width, this.running) * shrink));
    }
    // Where the loop has time, whoever waits is let in now, and the rate says what was asked rather than what could be.
    if (!hasTime && this.length > 0) {
      const weight = 1 - Math.exp(-passedMs / MEMORY_MS);
      this.perSecond += ((this.answered * 1000) / passedMs - this.perSecond) * weight;
    }
    this.maxWaiting = Math.max(MIN_WAITING, Math.ceil(this.perSecond * this.waitSeconds));
    const { used_heap_size: heap, heap_size_limit: mostHeap } = getHeapStatistics();
    if (heap > mostHeap * HEAP_IN_USE) this.maxWaiting = 0;
    this.startNext();

    // Another time with each tick, so that those who were refused do not come back together.
    this.refusal = refusalAfter(1 + Math.floor(Math.random() * (1 + this.length / this.perSecond)));
    if (this.refused > 0 && now - this.warnedAtMs > MINUTE_MS) {
      this.warnedAtMs = now;
      const { running, length: waiting, refused } = this;
      this.logger.warn({ running, waiting, refused }, 'there is more work than can be done in time: it is refused');
      this.refused = 0;
    }
    this.answered = 0;
    this.used = used;
    this.measuredAtMs = now;
  }
}

function refusalAfter(seconds: number): { retryAfter: string; body: string } {
  const extensions = { code: OVERLOADED, retryable: true, retryAfterSeconds: seconds };
  return { retryAfter: String(seconds), body: JSON.stringify({ errors: [{ message: MESSAGE, extensions }] }) };
}
