import { type Deadline } from '../transport/deadline.js';
import { VendorError } from '../transport/errors.js';
import { type HttpAnswer } from '../transport/http.js';
import { type Call } from '../transport/attempt.js';
import { Transport } from '../transport/transport.js';
import { type VendorDeps } from '../transport/vendor.js';
import { campusError, fromGatewayError, type GatewayError, VENDOR } from './errors.js';
import { batchRequest, singleRequest } from './request.js';
import { createSigner, type Signer } from './signature.js';
import { type CampusSettings } from './voucher.js';
import {
  METHOD,
  decodeBatch,
  decodeGatewayError,
  decodeSingle,
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

/** Signs, sends, reads and decodes: one HTTP request a call, no retries. Lives as long as the process. */
export class CampusClient {
  /**
   * What is limited is the HTTP request. The vendor's quota counts each call inside a batch by itself: who limits the
   * rate by a quota divides it by the batch size.
   */
  readonly transport: Transport;
  private readonly sign: Signer;

  constructor(
    private readonly settings: CampusSettings,
    deps: VendorDeps,
  ) {
    this.transport = new Transport(VENDOR, settings.appKey, settings, deps);
    this.sign = createSigner(settings.signMethod, settings.appSecret);
  }

  /**
   * Sends one query as a single call and several as a batch: to a batch of one, the error of its only call and that of
   * the whole batch would look the same. They are gathered when their turn has come, or when it is certain that it
   * will not. Never rejects for the vendor's sake: failures are replies.
   */
  async send(gather: () => readonly VoucherQuery[], deadline: Deadline): Promise<Outcome> {
    let queries: readonly VoucherQuery[] = [];
    try {
      return await this.transport.send(
        {
          api: METHOD,
          get size() {
            return queries.length;
          },
          sign: (sentAtMs) => {
            queries = gather();
            const [first] = queries;
            return first && queries.length === 1
              ? singleRequest(first, this.settings, this.sign, sentAtMs)
              : batchRequest(queries, this.settings, this.sign, sentAtMs);
          },
          read: (answer, sentAtMs) => {
            const text = textOf(answer);
            const decoded =
              queries.length === 1
                ? decodeSingle(text, this.tellAnomaly)
                : decodeBatch(text, queries.length, this.tellAnomaly);
            return { sentAtMs, ...decoded };
          },
          failuresOf: ({ replies }) => replies.filter((reply) => reply instanceof VendorError),
        },
        deadline,
      );
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      return { sentAtMs: this.transport.nowMs(), replies: gather().map(() => error), batchRefused: false };
    }
  }

  /** A single call without its parameter, and the refusal that it meets; see probe.ts. */
  emptyCall(): Call<{ gateway: GatewayError; failure: VendorError } | undefined> {
    return {
      api: METHOD,
      sign: (sentAtMs) => singleRequest(undefined, this.settings, this.sign, sentAtMs),
      read: (answer) => {
        const gateway = decodeGatewayError(textOf(answer));
        return gateway && { gateway, failure: fromGatewayError(gateway) };
      },
    };
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  private readonly tellAnomaly = (name: string): void => {
    this.transport.anomaly(name);
  };
}

function textOf({ status, body }: HttpAnswer): string {
  // TOP tells its own errors with status 200; a 5xx comes from a machine in front of it.
  if (status >= 500) throw campusError('unavailable', `answered with status ${status}`);
  return body.toString('utf8');
}
