import { type Call } from './attempt.js';
import { type Deadline } from './deadline.js';
import { VendorError } from './errors.js';
import { type Examination, type Probe } from './examination.js';
import { type Transport } from './transport.js';

export interface Observed<T> extends Omit<Examination, 'probes'> {
  value?: T;
  failure?: VendorError;
}

/** Sends one call, once, and keeps what its answer says besides. Never rejects for the vendor's sake. */
export async function observe<T>(transport: Transport, call: Call<T>, deadline: Deadline): Promise<Observed<T>> {
  const seen: Observed<T> = { answered: false };
  const read: Call<T>['read'] = (answer, sentAtMs) => {
    seen.answered = true;
    const date = Date.parse(answer.headers['date'] ?? '');
    if (!Number.isNaN(date)) seen.skewMs = date - transport.nowMs();
    return call.read(answer, sentAtMs);
  };
  try {
    seen.value = await transport.send({ api: call.api, sign: (sentAtMs) => call.sign(sentAtMs), read }, deadline);
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    seen.failure = error;
    const { code } = (error.cause ?? {}) as { code?: unknown };
    seen.fault = typeof code === 'string' ? code : error.kind;
  }
  return seen;
}

/** The verdict where the vendor answered, and its answer says nothing of the signature. */
export function undecided(asked: string, failure: VendorError | undefined): Probe {
  return {
    asked,
    verdict: 'unknown',
    certainty: 'likely',
    because: failure ? toldBy(failure) : 'nothing came back that tells',
    advice: 'try again in a minute',
  };
}

/** Our words for a failure, with the vendor's code and request id where it gave them. */
export function toldBy({ message, vendorCode, requestId }: VendorError): string {
  const details = [vendorCode && `code ${vendorCode}`, requestId && `request ${requestId}`].filter(Boolean);
  return details.length > 0 ? `${message} (${details.join(', ')})` : message;
}
