import { identifierOf, VendorError, type VendorErrorKind } from '../transport/errors.js';

export const VENDOR = 'campus';

/** The members of TOP's `error_response`, as far as they came. */
export interface GatewayError {
  /** NaN where it is missing or no number. */
  code: number;
  subCode: string | undefined;
  subMessage: string | undefined;
  requestId: string | undefined;
}

/** Vendor faults that the same question meets again: the document's retry table excludes them by name. */
const LASTING_FAULTS = new Set(['isp.null-pointer-exception', 'isp.top-parse-error', 'isp.top-mapping-parse-error']);

/** "Per app a day" is the longest limit that the document knows. */
const LONGEST_BAN_SECONDS = 24 * 60 * 60;

const NO_PERMISSION = 'gives the app of CAMPUS_APP_KEY no permission for this API: ask for it on the open platform';

/** What an operator is to look at; in our words, by the code of the platform's own table. */
const SET_UP_ADVICE: Readonly<Record<number, string>> = {
  11: NO_PERMISSION,
  12: NO_PERMISSION,
  13: NO_PERMISSION,
  25: 'refused the signature: check CAMPUS_APP_SECRET and CAMPUS_SIGN_METHOD',
  26: 'misses a session: check CAMPUS_SESSION',
  27: 'refused the session: check CAMPUS_SESSION, which may have ended',
  28: 'misses the app key: check CAMPUS_APP_KEY',
  29: 'does not know the app key: check CAMPUS_APP_KEY',
  30: 'misses a timestamp: check CAMPUS_CLOCK_OFFSET_MS',
  31: "refused the timestamp: check this machine's clock, or CAMPUS_CLOCK_OFFSET_MS",
};

/** Codes of a gateway that does not batch this API: no permission, and no `method` where a batch has none in its query. */
const BATCH_REFUSALS = new Set([11, 12, 13, 21, 22]);

/**
 * Whether a whole-batch error may mean "not in a batch" rather than "not with this key": the second kind (signature, app
 * key, clock, session) would refuse single calls as well.
 */
export function refusesBatches({ code }: GatewayError): boolean {
  return BATCH_REFUSALS.has(code);
}

/** The vendor's `error_response` as our error, by the table of the vendor's document. The vendor's texts stay behind. */
export function fromGatewayError(error: GatewayError): VendorError {
  const { code, subCode = '', requestId } = error;
  const vendorCode = identifierOf(error.subCode) ?? (Number.isNaN(code) ? undefined : String(code));
  const told = { vendorCode, requestId };
  if (code === 7 || subCode.startsWith('accesscontrol.limited-by-') || subCode === 'isp.call-limited') {
    return campusError('throttled', 'limits how often it is asked', {
      ...told,
      retryAfterSeconds: banSeconds(error.subMessage),
    });
  }
  // Before the sub_code: TOP sends codes such as 29 together with "isv.…", and they are still the operator's to mend.
  if (isSetUpCode(code))
    return campusError(
      'misconfigured',
      SET_UP_ADVICE[code] ?? 'refused how it is set up: look up its code among the settings of CAMPUS',
      told,
    );
  if (subCode.startsWith('isp.')) {
    return campusError('unavailable', 'has a fault of its own', { ...told, retryable: !LASTING_FAULTS.has(subCode) });
  }
  if (code === 10 || (isRemoteCode(code) && subCode === '')) {
    return campusError('unavailable', 'has a fault of its own', { ...told, retryable: true });
  }
  return campusError('rejected', 'refused the question', told);
}

/** The only place where this vendor's errors are worded. */
export function campusError(
  kind: VendorErrorKind,
  what: string,
  details: {
    vendorCode?: string | undefined;
    requestId?: string | undefined;
    retryable?: boolean;
    retryAfterSeconds?: number | undefined;
    maybeSent?: boolean;
  } = {},
): VendorError {
  return new VendorError({ vendor: VENDOR, kind, message: `${VENDOR}: ${what}`, ...details });
}

function isSetUpCode(code: number): boolean {
  return (code >= 11 && code <= 13) || (code >= 21 && code <= 34) || code === 53;
}

/** 15 and 50 only say "remote service error"; the sub_code says whose fault it is. */
function isRemoteCode(code: number): boolean {
  return code === 15 || code === 50;
}

function banSeconds(subMessage: string | undefined): number | undefined {
  const seconds = Number(/ban will last for (\d+)/i.exec(subMessage ?? '')?.[1] ?? 0);
  return seconds > 0 ? Math.min(seconds, LONGEST_BAN_SECONDS) : undefined;
}
