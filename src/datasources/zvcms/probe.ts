import { Deadline } from '../transport/deadline.js';
import { type VendorError } from '../transport/errors.js';
import { type Examination, type Probe } from '../transport/examination.js';
import { observe, toldBy, undecided } from '../transport/observe.js';
import { type ZvcmsClient } from './client.js';
import { decodeExchangeCode, exchangeCodeQuery } from './exchange-code.js';
import { giftCardsQuery } from './gift-cards.js';
import { type ZvcmsQuery } from './request.js';
import { type ZvcmsSettings } from './settings.js';

/** As long as a code may be, and of one digit: no platform gives it out. */
const IMPOSSIBLE_CODE = '0'.repeat(64);
/** An id that no user has. */
const NOBODY = '0';

const WRONG_PARAMETERS = '100002';

/**
 * Whether a code that cannot exist may be redeemed, and the cards of nobody: each reads, and finds nothing. The second
 * only by V2, which may sign otherwise (ZVCMS_SIGN_CASE_V2): the first cannot tell that.
 */
export async function examineZvcms(client: ZvcmsClient, settings: ZvcmsSettings): Promise<Examination> {
  const ask = (query: ZvcmsQuery, decode: (data: unknown) => unknown) =>
    observe(client.transport, client.call(query, decode), Deadline.after(settings.timeoutMs));

  const { failure, ...seen } = await ask(exchangeCodeQuery(IMPOSSIBLE_CODE), decodeExchangeCode);
  if (!seen.answered) return { ...seen, probes: [] };
  const code = verdictOf('asked whether an exchange code that cannot exist is good', failure, ADVICE);
  if (settings.giftCardApi === 'v3' || code.verdict === 'refused') return { ...seen, probes: [code] };
  const cards = await ask(giftCardsQuery(NOBODY, false, settings), () => undefined);
  return { ...seen, probes: [code, verdictOf('asked for the gift cards of nobody', cards.failure, ADVICE_V2)] };
}

const ADVICE = "check ZVCMS_OPEN_ID, ZVCMS_GRANT_CODE and ZVCMS_OPEN_KEY, and this machine's clock";
const ADVICE_V2 = 'set ZVCMS_SIGN_CASE_V2 to the other value: what V3 signs was taken';

function verdictOf(asked: string, failure: VendorError | undefined, advice: string): Probe {
  if (!failure) return { asked, verdict: 'accepted', certainty: 'proved', because: 'it answered the question' };
  if (failure.kind === 'misconfigured')
    return { asked, verdict: 'refused', certainty: 'proved', because: toldBy(failure), advice };
  if (failure.kind !== 'rejected' && failure.vendorCode !== WRONG_PARAMETERS) return undecided(asked, failure);
  return { asked, verdict: 'accepted', certainty: 'likely', because: 'it refused the question and not the signature' };
}
