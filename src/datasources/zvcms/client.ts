import { createBreaker, type Breaker } from '../transport/breaker.js';
import { type Deadline } from '../transport/deadline.js';
import { VendorError } from '../transport/errors.js';
import { Concurrency, Gate } from '../transport/queue.js';
import { VendorHttp } from '../transport/http.js';
import { retry } from '../transport/retry.js';
import { type VendorCall } from '../transport/telemetry.js';
import { type VendorDeps } from '../transport/vendor.js';
import { dataOf, readEnvelope, type Envelope } from './envelope.js';
import { encodeRequest, nextNonce, type ZvcmsQuestion } from './request.js';
import { type ZvcmsSettings } from './settings.js';

const ATTEMPTS = 2;

/** Queues, signs, sends and unwraps: one for the process, so that the pace and the places hold over all requests. */
export class ZvcmsClient {
  private readonly http: VendorHttp;
  private readonly breaker: Breaker = createBreaker('zvcms');
  private readonly concurrency: Concurrency;
  private readonly gates = new Map<string, Gate>();

  constructor(
    private readonly settings: ZvcmsSettings,
    private readonly deps: VendorDeps,
  ) {
    this.http = new VendorHttp('zvcms', settings.baseUrl, settings.maxConcurrency);
    this.concurrency = new Concurrency(settings.maxConcurrency);
  }

  /** The decoded data of a good answer; `decode` gets undefined where data is missing. Throws a VendorError. */
  ask<T>(question: ZvcmsQuestion, decode: (data: unknown) => T, deadline: Deadline): Promise<T> {
    return retry(ATTEMPTS, deadline, mayRepeat, () => this.attempt(question, decode, deadline));
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async attempt<T>(question: ZvcmsQuestion, decode: (data: unknown) => T, deadline: Deadline): Promise<T> {
    let sentAtMs: number | undefined;
    let outcome: VendorCall['outcome'] = 'ok';
    try {
      const envelope = await this.breaker(
        () =>
          this.gateOf(question.api).run(deadline, () => {
            sentAtMs = performance.now();
            return this.exchange(question, deadline);
          }),
        deadline,
      );
      return decode(dataOf(envelope));
    } catch (error) {
      outcome = error instanceof VendorError ? error.kind : 'protocol';
      throw error;
    } finally {
      const seconds = sentAtMs === undefined ? 0 : (performance.now() - sentAtMs) / 1000;
      this.deps.telemetry.vendorCall({ vendor: 'zvcms', api: question.api, outcome, seconds, size: 1 });
    }
  }

  /** Runs when the call has left the queue: a timestamp or a nonce made earlier would be stale by the wait. */
  private async exchange(question: ZvcmsQuestion, deadline: Deadline): Promise<Envelope> {
    const timestamp = Math.floor((Date.now() + this.settings.clockOffsetMs) / 1000).toString();
    const { path, body } = encodeRequest(this.settings, question, timestamp, nextNonce());
    const headers = { 'content-type': 'application/json' };
    return readEnvelope(await this.http.send({ method: 'POST', path, headers, body }, deadline));
  }

  private gateOf(api: string): Gate {
    let gate = this.gates.get(api);
    if (!gate) {
      // The vendor counts each API of each account.
      const key = `zvcms:${this.settings.openId}:${api}`;
      gate = new Gate('zvcms', key, this.settings.maxPerSecond, this.deps.pace, this.concurrency);
      this.gates.set(api, gate);
    }
    return gate;
  }
}

/**
 * Both calls read, so what the transport lost may be asked again. Not what the vendor answered, whatever the answer
 * (it has a code): calls cost money. Nor an open breaker, which says itself when to come back.
 */
function mayRepeat({ kind, vendorCode, retryAfterSeconds }: VendorError): boolean {
  return (kind === 'unavailable' || kind === 'timeout') && vendorCode === undefined && retryAfterSeconds === undefined;
}
