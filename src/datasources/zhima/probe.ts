import { type Deadline } from '../transport/deadline.js';
import { type VendorError } from '../transport/errors.js';
import { type Examination, type Probe } from '../transport/examination.js';
import { observe, toldBy, undecided } from '../transport/observe.js';
import { type Call } from '../transport/attempt.js';
import { type Transport } from '../transport/transport.js';

/** What the gateway said to a call that it can only refuse. */
export interface Refusal {
  /** By Alipay's key, which was verified. */
  isSigned: boolean;
  failure: VendorError;
}

const ASKED = 'asked for a check without a token and without a person';

/**
 * One query that lacks everything a check is made of, so that none is started and no token spent. A refusal that Alipay
 * signed proves both directions: it took our signature, and ours is the key to verify its answers.
 */
export async function examineZhima(
  transport: Transport,
  call: Call<Refusal>,
  deadline: Deadline,
): Promise<Examination> {
  const { value, failure, ...seen } = await observe(transport, call, deadline);
  return { ...seen, probes: seen.answered ? [verdictOf(value, failure)] : [] };
}

function verdictOf(refusal: Refusal | undefined, unbelieved: VendorError | undefined): Probe {
  if (!refusal) {
    const wrongKey = unbelieved && ['protocol', 'misconfigured'].includes(unbelieved.kind);
    if (!wrongKey) return undecided(ASKED, unbelieved);
    const advice =
      "check ZHIMA_ALIPAY_PUBLIC_KEY or ZHIMA_ALIPAY_CERT: they are Alipay's, from the console, not the application's";
    return { asked: ASKED, verdict: 'refused', certainty: 'proved', because: toldBy(unbelieved), advice };
  }
  const { isSigned, failure } = refusal;
  if (failure.kind === 'misconfigured')
    return {
      asked: ASKED,
      verdict: 'refused',
      certainty: 'proved',
      because: toldBy(failure),
      advice: adviceOn(failure),
    };
  if (failure.kind !== 'rejected') return undecided(ASKED, failure);
  return {
    asked: ASKED,
    verdict: 'accepted',
    certainty: isSigned ? 'proved' : 'likely',
    because: isSigned
      ? 'it refused the missing parameters, in an answer signed by Alipay'
      : "it refused the missing parameters, which it looks at after the signature; whether Alipay's key here is the right one shows only in a signed answer",
  };
}

/** The gateway's codes are an open list: these words of them say where to look. */
function adviceOn({ vendorCode = '' }: VendorError): string {
  if (vendorCode === 'MERCHANT_INTERCEPT') return "ask the vendor's operations to open the service for this merchant";
  if (vendorCode.includes('app-id')) return 'check ZHIMA_APP_ID and, for the sandbox of Alipay, ZHIMA_BASE_URL';
  if (vendorCode.includes('cert')) return 'check ZHIMA_APP_CERT and ZHIMA_ALIPAY_ROOT_CERT against the console';
  if (vendorCode.includes('timestamp')) return "set this machine's clock by NTP, or ZHIMA_CLOCK_OFFSET_MS";
  if (vendorCode.includes('token')) return 'check ZHIMA_APP_AUTH_TOKEN';
  if (vendorCode.includes('signature') || vendorCode.includes('sign'))
    return "check that the public key of ZHIMA_PRIVATE_KEY is the one in Alipay's console";
  return "look the code up in Alipay's list of gateway errors";
}
