import { type Deadline } from '../transport/deadline.js';
import { type VendorError } from '../transport/errors.js';
import { type Call } from '../transport/attempt.js';
import { Transport } from '../transport/transport.js';
import { type HttpAnswer, type HttpRequest } from '../transport/http.js';
import { type VendorDeps } from '../transport/vendor.js';
import { dataOf, readEnvelope } from './envelope.js';
import { type Credentials, encodeRequest, Nonces, type ZvcmsQuery } from './request.js';
import { type ZvcmsSettings } from './settings.js';
import { tokenSigner } from './signature.js';

const ATTEMPTS = 2;
export const ZVCMS = 'zvcms';

/** Signs, sends and unwraps. Lives as long as the process. */
export class ZvcmsClient {
  /** The vendor counts each API of each account. */
  readonly transport: Transport;
  private readonly nonces = new Nonces();
  private readonly credentials: Credentials;

  constructor(settings: ZvcmsSettings, deps: VendorDeps) {
    this.credentials = { ...settings, sign: tokenSigner(settings.openKey) };
    this.transport = new Transport(ZVCMS, settings.openId, settings, deps);
  }

  /** The decoded data of a good answer; `decode` gets undefined where data is missing. @throws VendorError */
  send<T>(query: ZvcmsQuery, decode: (data: unknown) => T, deadline: Deadline): Promise<T> {
    const call = this.call(query, decode);
    return this.transport.retry(ATTEMPTS, deadline, mayRepeat, () => this.transport.send(call, deadline));
  }

  /** One attempt, for the transport to send. */
  call<T>(query: ZvcmsQuery, decode: (data: unknown) => T): Call<T> {
    return new ZvcmsCall(query, decode, this.credentials, this.nonces);
  }

  close(): Promise<void> {
    return this.transport.close();
  }
}

class ZvcmsCall<T> implements Call<T> {
  readonly api: string;

  constructor(
    private readonly query: ZvcmsQuery,
    private readonly decode: (data: unknown) => T,
    private readonly credentials: Credentials,
    private readonly nonces: Nonces,
  ) {
    this.api = query.api;
  }

  sign(sentAtMs: number): HttpRequest {
    const timestamp = Math.floor(sentAtMs / 1000).toString();
    const { path, body } = encodeRequest(this.credentials, this.query, timestamp, this.nonces.next());
    return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body };
  }

  read(answer: HttpAnswer): T {
    return this.decode(dataOf(readEnvelope(answer)));
  }
}

/**
 * Both calls read, so what the transport lost may be asked again. Not what the vendor answered, whatever the answer
 * (it has a code): calls cost money. Nor an open breaker, which says itself when to come back.
 */
function mayRepeat({ kind, vendorCode, retryAfterSeconds }: VendorError): boolean {
  return (kind === 'unavailable' || kind === 'timeout') && vendorCode === undefined && retryAfterSeconds === undefined;
}
