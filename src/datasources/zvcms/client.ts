import { type Deadline } from '../transport/deadline.js';
import { type VendorError } from '../transport/errors.js';
import { type Call, Transport } from '../transport/transport.js';
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
    return {
      api: query.api,
      sign: (sentAtMs) => {
        const timestamp = Math.floor(sentAtMs / 1000).toString();
        const { path, body } = encodeRequest(this.credentials, query, timestamp, this.nonces.next());
        return { method: 'POST', path, headers: { 'content-type': 'application/json' }, body };
      },
      read: (answer) => decode(dataOf(readEnvelope(answer))),
    };
  }

  close(): Promise<void> {
    return this.transport.close();
  }
}

/**
 * Both calls read, so what the transport lost may be asked again. Not what the vendor answered, whatever the answer
 * (it has a code): calls cost money. Nor an open breaker, which says itself when to come back.
 */
function mayRepeat({ kind, vendorCode, retryAfterSeconds }: VendorError): boolean {
  return (kind === 'unavailable' || kind === 'timeout') && vendorCode === undefined && retryAfterSeconds === undefined;
}
