import { createBreaker } from '../transport/breaker.js';
import { type Deadline } from '../transport/deadline.js';
import { VendorError, type VendorErrorKind } from '../transport/errors.js';
import { Concurrency, Gate } from '../transport/queue.js';
import { VendorHttp, type HttpRequest } from '../transport/http.js';
import { type VendorDeps } from '../transport/vendor.js';
import { Ban } from './ban.js';
import { VENDOR, campusError } from './errors.js';
import { batchRequest, singleRequest } from './request.js';
import { createSigner, type Signer } from './signature.js';
import { type CampusSettings } from './voucher.js';
import {
  METHOD,
  decodeBatch,
  decodeSingle,
  type Decoded,
  type Reply,
  type VoucherContent,
  type VoucherQuery,
} from './wire.js';

/** What one HTTP request came to. */
export interface Outcome {
  /** A reply to each query, in their order; a failure of the request as a whole is the reply to each of them. */
  replies: Reply<VoucherContent>[];
  /** The vendor's clock when the request was sent, in milliseconds since the epoch. */
  sentAtMs: number;
  /** Whether the vendor may have refused the batch because it is one. */
  batchRefused: boolean;
}

/** Signs, sends, reads and decodes: one HTTP request a call, no retries. Holds what belongs to the process. */
export class CampusClient {
  /** Of this app on this API, whoever is asked about. */
  readonly ban = new Ban();
  private readonly http: VendorHttp;
  private readonly sign: Signer;
  private readonly breaker = createBreaker(VENDOR);
  private readonly gate: Gate;

  constructor(
    private readonly settings: CampusSettings,
    private readonly deps: VendorDeps,
  ) {
    this.http = new VendorHttp(VENDOR, settings.baseUrl, settings.maxConcurrency);
    this.sign = createSigner(settings.signMethod, settings.appSecret);
    // What is paced is the HTTP request. The vendor's quota counts each call inside a batch by itself: who paces by a
    // quota divides it by the batch size.
    this.gate = new Gate(
      VENDOR,
      `${VENDOR}:${settings.appKey}:${METHOD}`,
      settings.maxPerSecond,
      deps.pace,
      new Concurrency(settings.maxConcurrency),
    );
  }

  /**
   * Asks one query as a single call and several as a batch: to a batch of one, the error of its only call and that of the
   * whole batch would look the same. Never rejects for the vendor's sake: failures are replies.
   */
  async ask(queries: readonly VoucherQuery[], deadline: Deadline): Promise<Outcome> {
    let sentAtMs = this.nowMs();
    try {
      await this.ban.pass(deadline);
      const decoded = await this.gate.run(deadline, () => {
        // Once more: the ban may have come while this call queued.
        this.ban.check();
        sentAtMs = this.nowMs();
        return this.exchange(queries, sentAtMs, deadline);
      });
      return { sentAtMs, ...decoded };
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      return { sentAtMs, replies: queries.map(() => error), batchRefused: false };
    }
  }

  tellOddity(name: string): void {
    this.deps.telemetry.oddity(VENDOR, name);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private nowMs(): number {
    return Date.now() + this.settings.clockOffsetMs;
  }

  private async exchange(queries: readonly VoucherQuery[], sentAtMs: number, deadline: Deadline): Promise<Decoded> {
    const [first] = queries;
    const single = queries.length === 1 && first !== undefined;
    const request = single
      ? singleRequest(first, this.settings, this.sign, sentAtMs)
      : batchRequest(queries, this.settings, this.sign, sentAtMs);
    let startedAtMs: number | undefined;
    let outcome: 'ok' | VendorErrorKind = 'protocol';
    try {
      const text = await this.breaker(() => {
        startedAtMs = performance.now();
        return this.read(request, deadline);
      }, deadline);
      const tellOddity = this.tellOddity.bind(this);
      const decoded = single ? decodeSingle(text, tellOddity) : decodeBatch(text, queries.length, tellOddity);
      outcome = this.note(decoded.replies);
      return decoded;
    } catch (error) {
      if (error instanceof VendorError) outcome = error.kind;
      throw error;
    } finally {
      // Not where the breaker was open: nothing was sent then.
      if (startedAtMs !== undefined) {
        const seconds = (performance.now() - startedAtMs) / 1000;
        this.deps.telemetry.vendorCall({ vendor: VENDOR, api: METHOD, outcome, seconds, size: queries.length });
      }
    }
  }

  private async read(request: HttpRequest, deadline: Deadline): Promise<string> {
    const { status, body } = await this.http.send(request, deadline);
    // TOP tells its own errors with status 200; a 5xx comes from a machine in front of it.
    if (status >= 500) throw campusError('unavailable', `answered with status ${status}`);
    return body.toString('utf8');
  }

  /** Starts the bans that replies tell of, and sums the request up: 'ok' where at least one of its calls was answered. */
  private note(replies: readonly Reply<VoucherContent>[]): 'ok' | VendorErrorKind {
    const errors = replies.filter((reply) => reply instanceof VendorError);
    for (const { kind, retryAfterSeconds } of errors) {
      if (kind === 'throttled' && retryAfterSeconds !== undefined) this.ban.start(retryAfterSeconds);
    }
    return errors.length < replies.length ? 'ok' : (errors[0]?.kind ?? 'protocol');
  }
}
