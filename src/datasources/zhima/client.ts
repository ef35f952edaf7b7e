import { randomUUID } from 'node:crypto';
import { createBreaker, type Breaker } from '../transport/breaker.js';
import { type Deadline } from '../transport/deadline.js';
import { VendorError } from '../transport/errors.js';
import { Concurrency, Gate } from '../transport/queue.js';
import { VendorHttp, type HttpAnswer } from '../transport/http.js';
import { type VendorDeps } from '../transport/vendor.js';
import { decrypt } from './encryption.js';
import { loadCredentials, type ZhimaCredentials, type ZhimaSettings } from './settings.js';
import { signRequest, verifyAnswer } from './signature.js';
import {
  ZHIMA,
  areDifferentPeople,
  decodeAnswer,
  decodeRefusal,
  requestPath,
  type ZhimaAnswer,
  type ZhimaRequest,
} from './wire.js';

const API = 'jobworth.authentication';
/** How far an answer's time may be from ours, milliseconds: what the vendor allows our requests too. */
const MAX_CLOCK_DIFFERENCE_MS = 10 * 60 * 1000;

/**
 * Alipay's job record check over OpenAPI V3. Each `send` is at most one HTTP request, never repeated: the GET has a side
 * effect, since the first final answer spends the token. Whoever calls must have written that intent down (ledger.ts).
 */
export class ZhimaClient {
  private readonly credentials: ZhimaCredentials;
  private readonly http: VendorHttp;
  private readonly gate: Gate;
  private readonly breaker: Breaker = createBreaker(ZHIMA);

  /** Throws where {@link checkZhimaSettings} would name a problem. */
  constructor(
    private readonly settings: ZhimaSettings,
    private readonly deps: VendorDeps,
  ) {
    this.credentials = loadCredentials(settings);
    this.http = new VendorHttp(ZHIMA, settings.baseUrl, settings.maxConcurrency);
    const concurrency = new Concurrency(settings.maxConcurrency);
    this.gate = new Gate(ZHIMA, `zhima:${settings.appId}`, settings.maxPerSecond, deps.pace, concurrency);
  }

  /**
   * Asks once, freshly signed.
   *
   * @throws VendorError; its `maybeSent` is true wherever the vendor may have spent the token and no answer of its
   * could be believed: no answer, a broken one, a wrongly signed one.
   */
  send(question: ZhimaRequest, deadline: Deadline): Promise<ZhimaAnswer> {
    return this.breaker(() => this.gate.run(deadline, () => this.askObserved(question, deadline)));
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  private async askObserved(question: ZhimaRequest, deadline: Deadline): Promise<ZhimaAnswer> {
    const startedMs = performance.now();
    const tell = (outcome: 'ok' | VendorError['kind']) =>
      this.deps.telemetry.vendorCall({
        vendor: ZHIMA,
        api: API,
        outcome,
        seconds: (performance.now() - startedMs) / 1000,
        size: 1,
      });
    try {
      const answer = await this.exchange(question, deadline);
      tell('ok');
      return answer;
    } catch (error) {
      if (error instanceof VendorError) tell(error.kind);
      throw error;
    }
  }

  private async exchange(question: ZhimaRequest, deadline: Deadline): Promise<ZhimaAnswer> {
    const { appId, serviceId, appAuthToken } = this.settings;
    const { privateKey, appCertSn, rootCertSn, encryptKey } = this.credentials;
    const path = requestPath(question, serviceId);
    const requestId = randomUUID().replaceAll('-', '');
    const authorization = await signRequest(
      { method: 'GET', target: this.http.target(path), body: '', appAuthToken },
      { appId, appCertSn, nonce: randomUUID(), timestampMs: this.vendorNowMs() },
      privateKey,
    );
    const headers: Record<string, string> = {
      accept: 'application/json',
      authorization,
      'alipay-request-id': requestId,
    };
    if (rootCertSn !== undefined) headers['alipay-root-cert-sn'] = rootCertSn;
    if (appAuthToken !== undefined) headers['alipay-app-auth-token'] = appAuthToken;
    if (encryptKey) Object.assign(headers, { 'alipay-encrypt-type': 'AES', 'content-type': 'text/plain' });
    const answer = await this.http.send({ method: 'GET', path, headers }, deadline);
    return this.read(answer, question, answer.headers['alipay-trace-id'] ?? requestId);
  }

  private read(answer: HttpAnswer, { subject }: ZhimaRequest, traceId: string): ZhimaAnswer {
    const requestId = /^[\w-]{1,64}$/.test(traceId) ? traceId : undefined;
    const { status, body } = answer;
    const success = status >= 200 && status < 300;
    // The gateway's own errors carry no signature, or the text "null" in its place.
    const signature = answer.headers['alipay-signature'] ?? '';
    if (success || (signature !== '' && signature !== 'null')) this.verify(answer, signature, requestId);
    if (status !== 200) throw decodeRefusal(status, body.toString('utf8'), requestId);

    const decoded = decodeAnswer(this.plainBody(body, requestId));
    if (!decoded) {
      this.deps.telemetry.oddity(ZHIMA, 'unknown-identity-result');
      throw protocolError('answered without a result that is documented', requestId);
    }
    // The signature does not bind an answer to its question: this is what tells another person's answer from ours.
    if (areDifferentPeople(subject, decoded)) throw protocolError('answered about somebody else', requestId);
    return decoded;
  }

  private verify({ headers, body }: HttpAnswer, signature: string, requestId: string | undefined): void {
    const key = this.credentials.alipayKey(headers['alipay-sn']);
    if (!key) {
      this.deps.telemetry.oddity(ZHIMA, 'unknown-alipay-certificate');
      throw new VendorError({
        vendor: ZHIMA,
        kind: 'misconfigured',
        message: 'zhima signed with a certificate that is not configured here',
        requestId,
      });
    }
    const timestamp = headers['alipay-timestamp'] ?? '';
    const nonce = headers['alipay-nonce'] ?? '';
    if (!verifyAnswer({ timestamp, nonce, body, signature }, key))
      throw protocolError('sent an answer that is not signed by Alipay', requestId);
    const differenceMs = Math.abs(Number(/^\d{1,15}$/.test(timestamp) ? timestamp : NaN) - this.vendorNowMs());
    if (!(differenceMs <= MAX_CLOCK_DIFFERENCE_MS)) throw protocolError('sent an answer of another time', requestId);
  }

  private plainBody(body: Buffer, requestId: string | undefined): string {
    const { encryptKey } = this.credentials;
    const text = body.toString('utf8');
    if (!encryptKey) return text;
    try {
      return decrypt(text, encryptKey);
    } catch {
      throw protocolError('sent an answer that does not decrypt with the configured key', requestId);
    }
  }

  private vendorNowMs(): number {
    return Date.now() + this.settings.clockOffsetMs;
  }
}

/** Bytes came, nothing of them can be believed: the token may be spent all the same, hence `maybeSent` as it defaults. */
function protocolError(what: string, requestId: string | undefined): VendorError {
  return new VendorError({ vendor: ZHIMA, kind: 'protocol', message: `zhima ${what}`, requestId });
}
