import { type Breaker } from './breaker.js';
import { type Deadline } from './deadline.js';
import { VendorError } from './errors.js';
import { type Hold } from './hold.js';
import { type RequestListener, type HttpAnswer, type HttpRequest, type VendorHttp } from './http.js';
import { type Queue } from './queue.js';
import { type Permit } from './rate-limiter.js';
import { type Telemetry } from './telemetry.js';
import { type VendorCall } from './vendor-call.js';

/** One call as its vendor describes it. */
export interface Call<T> {
  /** The vendor's name of the API: what it counts calls by, and a metrics label. */
  api: string;
  /** How many of our requests the one HTTP request carries, as is known once it is signed; 1 where left out. */
  size?: number;
  /** What has to be left of its time when it is sent, in milliseconds; 0 where left out. */
  leastMs?: number;
  /** Signs and encodes. Made when the call's turn has come: a timestamp or a nonce made earlier would be stale by the wait. */
  sign(sentAtMs: number): HttpRequest | Promise<HttpRequest>;
  /** Verifies and decodes. @throws VendorError, and nothing else */
  read(answer: HttpAnswer, sentAtMs: number): T;
  /** The failures inside an answer that carries several replies; none where left out. */
  failuresOf?(value: T): readonly VendorError[];
}

/** What the attempts of one vendor have in common. */
export interface AttemptParts {
  vendor: string;
  http: VendorHttp;
  breaker: Breaker;
  telemetry: Telemetry;
}

/** What a call had to wait for. */
export interface Turn {
  /** When it began to wait, by performance.now(). */
  askedAt: number;
  permit: Permit;
}

/** What the calls of one API share. */
export interface Api {
  queue: Queue;
  hold: Hold;
}

/**
 * One HTTP request of a call, from the signature to its end: sign → send → size cap → read, and then it counts for the
 * metrics, the breaker and the hold, and gives back its place of the queue.
 *
 * An object that is called back, and not an async function: what those make beside their promises was a twentieth of a
 * wallet.
 */
export class Attempt<T> implements RequestListener {
  private readonly sentAt = performance.now();
  private readonly askedAt: number;
  private permit: Permit | undefined;
  private method = 'POST';
  private status: number | undefined;

  /**
   * @param sentAtMs when it leaves, by the vendor's clock
   * @param turn undefined where it did not have to wait
   */
  constructor(
    private readonly parts: AttemptParts,
    private readonly api: Api,
    private readonly call: Call<T>,
    private readonly deadline: Deadline,
    private readonly sentAtMs: number,
    turn: Turn | undefined,
    private readonly resolve: (value: T) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.askedAt = turn?.askedAt ?? this.sentAt;
    this.permit = turn?.permit;
  }

  begin(): void {
    this.parts.breaker.sending();
    try {
      const signed = this.call.sign(this.sentAtMs);
      if (signed instanceof Promise) {
        signed.then((request) => this.send(request)).catch((error: unknown) => this.failed(error));
      } else {
        this.send(signed);
      }
    } catch (error) {
      this.failed(error);
    }
  }

  /** Counts for the rate limit from now on. */
  written(): void {
    this.permit?.();
    this.permit = undefined;
  }

  answered(answer: HttpAnswer): void {
    const { call, api } = this;
    this.status = answer.status;
    let value: T;
    let failures: readonly VendorError[] | undefined;
    try {
      value = call.read(answer, this.sentAtMs);
      failures = call.failuresOf?.(value);
    } catch (error) {
      this.failed(error);
      return;
    }
    for (const one of failures ?? []) startHold(api.hold, one);
    // Good where at least one of its replies is.
    const isGood = failures === undefined || failures.length < (call.size ?? 1);
    this.end(isGood ? undefined : failures?.[0]);
    this.resolve(value);
  }

  failed(error: unknown): void {
    if (error instanceof VendorError) {
      startHold(this.api.hold, error);
      this.end(error);
    } else {
      this.end(undefined, 'protocol');
    }
    this.reject(error);
  }

  private send(request: HttpRequest): void {
    this.method = request.method;
    this.parts.http.send(request, this.deadline, this);
  }

  private end(failure: VendorError | undefined, outcome: VendorCall['outcome'] = failure?.kind ?? 'ok'): void {
    const { parts, call, deadline, sentAt } = this;
    const { vendor, breaker, telemetry } = parts;
    // Where it was never written, its permit is given back.
    this.written();
    breaker.answered(failure, deadline);
    const endedAt = performance.now();
    this.api.queue.leave(endedAt - sentAt);
    const made: VendorCall = {
      vendor,
      api: call.api,
      outcome,
      size: call.size ?? 1,
      method: this.method,
      status: this.status,
      askedAt: this.askedAt,
      sentAt,
      endedAt,
    };
    telemetry.vendorCall(made);
    deadline.observer?.vendorCall(made);
  }
}

function startHold(hold: Hold, { kind, retryAfterSeconds }: VendorError): void {
  if (kind === 'throttled' && retryAfterSeconds !== undefined) hold.start(retryAfterSeconds);
}
