import { LocalRateLimiter } from '../../datasources/transport/rate-limiter.js';
import { type Probe } from '../../datasources/transport/examination.js';
import { type Telemetry } from '../../datasources/transport/telemetry.js';
import { type ConfiguredVendor, type Expiry, Vendors } from '../../datasources/transport/vendor.js';
import { dayOf, type Finding, ok, wrong } from './finding.js';

/** The vendors refuse a clock that is ten minutes off; well before that it should be mended. */
const MAX_SKEW_MS = 60_000;
const RENEW_BEFORE_MS = 14 * 24 * 60 * 60 * 1000;

const nothing = () => undefined;
const DEAF: Telemetry = {
  vendorOpened: nothing,
  vendorCall: nothing,
  notSent: nothing,
  retry: nothing,
  coalesced: nothing,
  anomaly: nothing,
};

/** What of its settings ends, whether it answers, by which clock, and whether it takes what we sign. */
export async function examineVendor(name: string, vendor: ConfiguredVendor): Promise<Finding[]> {
  const prefix = name.toUpperCase();
  const ends = vendor.expiries().map((expiry) => endOf(name, expiry));
  const connection = vendor.connect(new Vendors(), { telemetry: DEAF, rateLimiter: new LocalRateLimiter() });
  try {
    const { answered, fault, skewMs, probes } = await connection.examine();
    if (!answered) {
      const advice = `check ${prefix}_BASE_URL, the network and its proxies`;
      return [...ends, wrong(name, `does not answer${fault === undefined ? '' : ` (${fault})`}`, advice)];
    }
    return [
      ...ends,
      ...(skewMs === undefined ? [] : [clockOf(name, skewMs, vendor.clockOffsetMs)]),
      ...probes.map((probe) => signatureOf(name, probe)),
    ];
  } finally {
    await connection.close();
  }
}

function clockOf(name: string, skewMs: number, offsetMs: number): Finding {
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return ok(name, 'the clocks agree');
  const setting = `${name.toUpperCase()}_CLOCK_OFFSET_MS`;
  const seconds = Math.round(skewMs / 1000);
  const fitting = Math.abs(seconds * 1000 + offsetMs) <= MAX_SKEW_MS ? 0 : seconds * 1000 + offsetMs;
  const advice =
    fitting === 0
      ? `take ${setting} away: this machine's clock is right`
      : `set this clock by NTP, or ${setting}=${fitting}`;
  return wrong(
    name,
    `its clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} what we take for it`,
    advice,
  );
}

function signatureOf(name: string, { asked, verdict, certainty, because, advice }: Probe): Finding {
  const words = {
    accepted: 'takes our signature',
    refused: 'refuses us',
    unknown: 'does not tell whether it takes our signature',
  };
  return {
    subject: name,
    state: verdict === 'accepted' ? 'ok' : verdict === 'refused' ? 'wrong' : 'unknown',
    what: `${words[verdict]}: ${asked}, ${because}`,
    ...(verdict !== 'unknown' && { certainty }),
    ...(advice !== undefined && { advice }),
  };
}

function endOf(name: string, { name: setting, endsAt, problem }: Expiry): Finding {
  if (problem !== undefined) return wrong(name, `${setting} ${problem}`, 'put the one in force in its place');
  const end = `${setting} ends on ${dayOf(endsAt)}`;
  return endsAt.getTime() - Date.now() < RENEW_BEFORE_MS ? wrong(name, end, 'renew it') : ok(name, end);
}
