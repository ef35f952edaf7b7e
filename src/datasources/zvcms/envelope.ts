import { VendorError } from '../transport/errors.js';
import { type HttpAnswer } from '../transport/http.js';
import { isObject, parseExactly } from '../transport/exact-json.js';
import { decodeFlag, decodeText } from './wire.js';

/** What every answer is wrapped in, V2 and V3, in the spellings of the documents and of production alike. */
export interface Envelope {
  /** True: the vendor understood the question. False: it failed itself. */
  status: boolean;
  /** Digits, kept as text. */
  code: string;
  /** Undefined where it is missing; PHP also sends `[]` and null for nothing. */
  data: unknown;
  /** V3's `traceId`. */
  requestId: string | undefined;
}

/** What an answer in a good envelope can come to, in our words: the vendor's may quote what it was sent. */
const MESSAGES = {
  protocol: 'zvcms did not accept the format of the request',
  misconfigured:
    'zvcms refused the signature: check ZVCMS_OPEN_KEY, ZVCMS_OPEN_ID and ZVCMS_GRANT_CODE, then ZVCMS_SIGN_CASE_V2',
  rejected: 'zvcms refused the request',
  unavailable: 'zvcms failed on its side',
};
type FailureKind = keyof typeof MESSAGES;

/**
 * The codes whose meaning is known; the vendor's full list is not. 110004 (signature) is for an operator: a wrong key does
 * not heal. 100002 (format of the parameters) is for us: whatever we sent, no setting and no other user would mend it.
 */
const KIND_BY_CODE: Partial<Record<string, FailureKind>> = { '100002': 'protocol', '110004': 'misconfigured' };

export function protocolError(what: string, envelope?: Envelope): VendorError {
  return new VendorError({
    vendor: 'zvcms',
    kind: 'protocol',
    message: `zvcms ${what}`,
    requestId: envelope?.requestId,
  });
}

/**
 * Reads the envelope at any HTTP status. A body that is no envelope is an HTTP error: `unavailable` for 5xx, which may be
 * a gateway's page or JSON of its own, and `protocol` for everything else. No cause is kept: a parser quotes what it read.
 */
export function readEnvelope({ status: httpStatus, body }: HttpAnswer): Envelope {
  const json = parseJson(body);
  if (!isObject(json) || !('status' in json) || !('code' in json)) {
    if (httpStatus < 500) throw protocolError(`answered HTTP ${httpStatus} without its envelope`);
    throw new VendorError({ vendor: 'zvcms', kind: 'unavailable', message: `zvcms answered HTTP ${httpStatus}` });
  }
  const status = decodeFlag(json['status']);
  const code = decodeText(json['code']);
  if (typeof status !== 'boolean') throw protocolError('answered with a status that is neither true nor false');
  if (typeof code !== 'string' || !/^-?\d{1,18}$/.test(code))
    throw protocolError('answered with a code that is no integer');
  const traceId = decodeText(json['traceId']);
  const requestId = typeof traceId === 'string' ? traceId : undefined;
  return { status, code, data: json['data'], requestId };
}

/**
 * The data of an answer that says status true and code 0; every other pair is a failure. Unless the code is a known one,
 * true with another code is the vendor's "no" (`rejected`), and false is its own fault (`unavailable`).
 */
export function dataOf({ status, code, data, requestId }: Envelope): unknown {
  if (status && code === '0') return data;
  const kind = KIND_BY_CODE[code] ?? (status ? 'rejected' : 'unavailable');
  throw new VendorError({ vendor: 'zvcms', kind, message: MESSAGES[kind], vendorCode: code, requestId });
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON with every number as it was written; undefined where it is none, or not UTF-8. */
function parseJson(body: Buffer): unknown {
  try {
    return parseExactly(UTF8.decode(body));
  } catch {
    return undefined;
  }
}
