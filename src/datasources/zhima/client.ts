import { randomUUID } from 'node:crypto';
import { Deadline } from '../transport/deadline.js';
import { VendorError } from '../transport/errors.js';
import { type HttpAnswer, type HttpRequest } from '../transport/http.js';
import { type Examination } from '../transport/examination.js';
import { type Call } from '../transport/attempt.js';
import { Transport } from '../transport/transport.js';
import { type VendorConnection, type VendorDeps, vendorKey } from '../transport/vendor.js';
import { decrypt } from './encryption.js';
import { examineZhima, type Refusal } from './probe.js';
import { loadCredentials, type ZhimaCredentials, type ZhimaSettings } from './settings.js';
import { signRequest, verifyAnswer } from './signature.js';
import {
  AUTHENTICATION_PATH,
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
export class ZhimaClient implements VendorConnection {
  /** For one check in all. */
  readonly timeoutMs: number;
  private readonly credentials: ZhimaCredentials;
  private readonly transport: Transport;

  /** Throws where {@link checkZhimaSettings} would name a problem. */
  constructor(
    private readonly settings: ZhimaSettings,
    deps: VendorDeps,
  ) {
    this.timeoutMs = settings.timeoutMs;
    this.credentials = loadCredentials(settings);
    this.transport = new Transport(ZHIMA, settings.appId, settings, deps);
  }

  /**
   * Sends once, freshly signed.
   *
   * @throws VendorError; its `maybeSent` is true wherever the vendor may have spent the token and no answer of its
   * could be believed: no answer, a broken one, a wrongly signed one.
   */
  send(request: ZhimaRequest, deadline: Deadline): Promise<ZhimaAnswer> {
    // Made up here, so that whatever comes back can be told by it.
    const requestId = randomUUID().replaceAll('-', '');
    return this.transport.send(
      {
        api: API,
        // Sent too late to hear the answer, it would spend the token for nothing.
        leastMs: this.timeoutMs / 4,
        sign: (sentAtMs) => this.sign(requestPath(request, this.settings.serviceId), requestId, sentAtMs),
        read: (answer) => this.read(answer, request, answer.headers['alipay-trace-id'] ?? requestId),
      },
      deadline,
    );
  }

  examine(): Promise<Examination> {
    return examineZhima(this.transport, this.emptyCall(), Deadline.after(this.timeoutMs));
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  /** The query without a token and without a person: it can start no check and spend nothing; see probe.ts. */
  private emptyCall(): Call<Refusal> {
    const requestId = randomUUID().replaceAll('-', '');
    return {
      api: API,
      sign: (sentAtMs) => this.sign(AUTHENTICATION_PATH, requestId, sentAtMs),
      read: (answer) => {
        const id = answer.headers['alipay-trace-id'] ?? requestId;
        const isSigned = this.verifyWhereSigned(answer, id);
        return { isSigned, failure: decodeRefusal(answer.status, answer.body.toString('utf8'), id) };
      },
    };
  }

  private async sign(path: string, requestId: string, sentAtMs: number): Promise<HttpRequest> {
    const { appId, appAuthToken } = this.settings;
    const { privateKey, appCertSn, rootCertSn, encryptKey } = this.credentials;
    const authorization = await signRequest(
      { method: 'GET', target: this.transport.target(path), body: '', appAuthToken },
      { appId, appCertSn, nonce: randomUUID(), timestampMs: sentAtMs },
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
    return { method: 'GET', path, headers };
  }

  private read(answer: HttpAnswer, { subject }: ZhimaRequest, requestId: string): ZhimaAnswer {
    const { status, body } = answer;
    this.verifyWhereSigned(answer, requestId);
    if (status !== 200) throw decodeRefusal(status, body.toString('utf8'), requestId);

    const decoded = decodeAnswer(this.plainBody(body, requestId));
    if (!decoded) {
      this.transport.anomaly('unknown-identity-result');
      throw protocolError('answered without a result that is documented', requestId);
    }
    // The signature does not bind an answer to its request: this is what tells another person's answer from ours.
    if (areDifferentPeople(subject, decoded)) throw protocolError('answered about somebody else', requestId);
    return decoded;
  }

  /** True where the answer is signed, and rightly. Only a refusal may be without. @throws VendorError */
  private verifyWhereSigned(answer: HttpAnswer, requestId: string): boolean {
    const success = answer.status >= 200 && answer.status < 300;
    // The gateway's own errors carry no signature, or the text "null" in its place.
    const signature = answer.headers['alipay-signature'] ?? '';
    if (!success && (signature === '' || signature === 'null')) return false;
    this.verify(answer, signature, requestId);
    return true;
  }

  private verify({ headers, body }: HttpAnswer, signature: string, requestId: string): void {
    const key = this.credentials.alipayKey(headers['alipay-sn']);
    if (!key) {
      this.transport.anomaly('unknown-alipay-certificate');
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
    const differenceMs = Math.abs(Number(/^\d{1,15}$/.test(timestamp) ? timestamp : NaN) - this.transport.nowMs());
    if (!(differenceMs <= MAX_CLOCK_DIFFERENCE_MS)) throw protocolError('sent an answer of another time', requestId);
  }

  private plainBody(body: Buffer, requestId: string): string {
    const { encryptKey } = this.credentials;
    const text = body.toString('utf8');
    if (!encryptKey) return text;
    try {
      return decrypt(text, encryptKey);
    } catch {
      throw protocolError('sent an answer that does not decrypt with the configured key', requestId);
    }
  }
}

export const zhima = vendorKey<ZhimaClient>(ZHIMA);

export function createZhima(settings: ZhimaSettings, deps: VendorDeps): ZhimaClient {
  return new ZhimaClient(settings, deps);
}

/** Bytes came, nothing of them can be believed: the token may be spent all the same, hence `maybeSent` as it defaults. */
function protocolError(what: string, requestId: string): VendorError {
  return new VendorError({ vendor: ZHIMA, kind: 'protocol', message: `zhima ${what}`, requestId });
}
