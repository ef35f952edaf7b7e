import { type VendorErrorKind } from '../../src/datasources/transport/errors.js';
import { TRANSPORT_SCENES } from '../../src/sandbox/server.js';
import { subject as campus } from '../scenes/campus.js';
import { type SceneSubject } from '../scenes/subject.js';
import { subject as zhima } from '../scenes/zhima.js';
import { subject as zvcms } from '../scenes/zvcms.js';
import { STANDSTILL } from './troubles.js';

const SUBJECTS: readonly SceneSubject[] = [campus, zvcms, zhima];

/** A ban of an hour would leave nothing to see of the vendor. The short one is among the scenes. */
const TOO_LONG = ['banned'];

const CODES: Record<VendorErrorKind | 'ok', string[]> = {
  ok: [],
  timeout: ['VENDOR_TIMEOUT'],
  unavailable: ['VENDOR_UNAVAILABLE'],
  throttled: ['VENDOR_THROTTLED'],
  rejected: ['VENDOR_REJECTED'],
  misconfigured: ['VENDOR_MISCONFIGURED'],
  protocol: ['VENDOR_PROTOCOL'],
  disabled: [],
};
/** Who waits behind a call that takes long: in the queue, for the breaker, or until the time is over. */
const SLOW = ['VENDOR_TIMEOUT', 'VENDOR_UNAVAILABLE', 'VENDOR_THROTTLED'];

const TRANSPORT: Record<(typeof TRANSPORT_SCENES)[number], string[]> = {
  malformed: CODES.protocol,
  slow: SLOW,
  hang: SLOW,
  reset: CODES.unavailable,
  cut: CODES.unavailable,
  huge: [...CODES.protocol, ...SLOW],
  redirect: CODES.protocol,
  unavailable: CODES.unavailable,
};
/** What the scenes come to for many at once, where that is another thing than for one. */
const OF_MANY: Record<string, string[]> = {
  'campus:banned-briefly': [...CODES.throttled, ...CODES.timeout],
  'campus:one-bad-piece': CODES.rejected,
  'campus:one-flaky-piece': CODES.unavailable,
  'campus:wrong-piece-count': CODES.protocol,
};

export const SCENES: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  SUBJECTS.map(({ vendor, scenes }) => [
    vendor,
    [...TRANSPORT_SCENES, ...Object.keys(scenes).filter((name) => !TOO_LONG.includes(name))],
  ]),
);

const BY_SCENE = new Map<string, readonly string[]>(
  SUBJECTS.flatMap(({ vendor, scenes }) => [
    ...Object.entries(TRANSPORT).map(([name, codes]) => [`${vendor}:${name}`, codes] as const),
    ...Object.entries(scenes).map(
      ([name, { kind }]) => [`${vendor}:${name}`, [...CODES[kind], ...(OF_MANY[`${vendor}:${name}`] ?? [])]] as const,
    ),
  ]),
);

/** In these the vendor says another thing than the truth, and well signed: nobody could tell. */
const LIES: Record<string, unknown[]> = {
  'campus:text-result': ['12345'],
  'campus:no-content': [null],
  'zvcms:data-missing': ['[]'],
  'zvcms:data-null': ['[]'],
  'zvcms:data-empty-list': ['[]'],
};
/** In these it refuses people whom it would else have vouched for. */
const REFUSING = ['zhima:not-authorized', 'zhima:token-invalid'];

/** Whether a code of a voucher, or the ids of gift cards in JSON, are what the vendor really said, though it is not true. */
export function isLie(value: unknown, troubles: readonly string[]): boolean {
  return troubles.some((name) => LIES[name]?.includes(value));
}

export function mayRefuse(troubles: readonly string[]): boolean {
  return troubles.some((name) => REFUSING.includes(name));
}

/** Those whose calls are counted, and so may have to wait where many come, or where the count cannot be shared. */
export const LIMITED = ['zvcms', 'zhima'];
/** A server that starts waits for a window of the limits, as one does that lost Redis. */
const CROWDS = ['rush', 'redis', 'server'];

interface Told {
  code: string;
  vendor?: string;
  retryable?: boolean;
}

/** Whether an error is one that follows from what was wrong. */
export function follows({ code, vendor, retryable }: Told, troubles: readonly string[]): boolean {
  if (troubles.includes(STANDSTILL) && (retryable === true || code === 'IDENTITY_CHECK_BUSY')) return true;
  if (vendor === undefined) {
    if (code === 'INTERNAL_SERVER_ERROR') return retryable === true && troubles.includes('postgres');
    // Somebody else settles the same check, for as long as the vendor takes, or until a dead process's lease is over.
    const busy = ['zhima:', 'postgres', ...CROWDS];
    return code === 'IDENTITY_CHECK_BUSY' && troubles.some((name) => busy.some((one) => name.startsWith(one)));
  }
  if (
    LIMITED.includes(vendor) &&
    troubles.some((name) => CROWDS.some((one) => name.startsWith(one))) &&
    SLOW.includes(code)
  )
    return true;
  return troubles.some((name) => name.startsWith(`${vendor}:`) && (BY_SCENE.get(name)?.includes(code) ?? false));
}
