import { type Deadline } from '../transport/deadline.js';
import { type Examination, type Probe } from '../transport/examination.js';
import { observe, toldBy, undecided } from '../transport/observe.js';
import { type CampusClient } from './client.js';
import { type GatewayError } from './errors.js';
import { METHOD } from './wire.js';

const ASKED = 'asked for a voucher without saying whose';

/** By the platform's own table of codes: what to look at. */
const ADVICE: Readonly<Record<number, string>> = {
  22: 'ask the platform whether this app may call alibaba.campus.bs.voucher.get',
  25: 'check CAMPUS_APP_SECRET and CAMPUS_SIGN_METHOD',
  26: 'the API wants a session: set CAMPUS_SESSION',
  27: 'CAMPUS_SESSION has ended: get a new one',
  29: 'check CAMPUS_APP_KEY',
  31: "set this machine's clock by NTP, or CAMPUS_CLOCK_OFFSET_MS",
};

/**
 * The call without its one parameter: it names nobody and no activity, so that the platform can only refuse it, and it
 * must refuse it for the parameter. What it cannot tell is whether the activities' access keys are good.
 */
export async function examineCampus(client: CampusClient, deadline: Deadline): Promise<Examination> {
  const { value, failure, ...seen } = await observe(client.transport, client.emptyCall(), deadline);
  return { ...seen, probes: seen.answered ? [value ? verdictOf(value) : undecided(ASKED, failure)] : [] };
}

function verdictOf({ gateway, failure }: { gateway: GatewayError; failure: Parameters<typeof toldBy>[0] }): Probe {
  const { code } = gateway;
  const because = toldBy(failure);
  if (code >= 11 && code <= 13) {
    const advice = `ask for the permission of ${METHOD} in the platform's console`;
    return { asked: ASKED, verdict: 'refused', certainty: 'proved', because, advice };
  }
  if (failure.kind === 'misconfigured') {
    const advice = ADVICE[code] ?? "look the code up in the platform's table of errors";
    return { asked: ASKED, verdict: 'refused', certainty: 'proved', because, advice };
  }
  if (failure.kind !== 'rejected') return undecided(ASKED, failure);
  return {
    asked: ASKED,
    verdict: 'accepted',
    certainty: 'likely',
    because: 'it refused the missing parameter, which it looks at after the signature',
  };
}
