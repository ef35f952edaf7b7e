import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { type AuthConfig } from '../../config/config.js';
import { Caller, EVERYONE, NOBODY } from '../../graph/access.js';

/** From the Authorization header to who asks, at once where that is known. Never fails: a token that does not hold is as good as none. */
export type ReadCaller = (authorization: string | undefined) => Caller | Promise<Caller>;

/** No clock needs more; a longer tolerance would keep expired tokens alive. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** Every request with a token waits for the key set while there is none. */
const JWKS_TIMEOUT_MS = 2_000;
/** A token with an unknown key id has the set fetched again at most this often: a new key is seen soon, and made-up ids cannot flood. */
const JWKS_COOLDOWN_MS = 1_000;
/** A set that is older is fetched again, and no token is believed for longer without a look at it. */
const JWKS_MAX_AGE_MS = 600_000;
const BEARER = /^Bearer +(\S+)$/i;
/** Verifying one takes a tenth of a millisecond, and a client sends the same one for minutes. */
const MAX_KNOWN_TOKENS = 5_000;
const SCOPE_CLAIMS = ['scope', 'scp', 'permissions'];
const JWKS_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Why a token was refused, for the log; none of it is told to the client, and nothing of the token is in it. */
type TokenFault =
  | 'it is no bearer token'
  | 'it cannot be read'
  | 'its algorithm is not taken'
  | 'no key of the set signed it'
  | 'its signature is wrong'
  | 'it has expired'
  | 'it has no exp'
  | 'it is not valid yet'
  | 'its issuer is another'
  | 'its audience is another'
  | 'its sub is no text'
  | 'a claim is wrong';

class TokenRefused extends Error {
  constructor(readonly reason: TokenFault) {
    super(reason);
  }
}

export interface ReadCallerOptions {
  /** Hears of key sets that could not be fetched, since the caller is told the same as for a bad token. */
  onFault: (what: string) => void;
  onRefusal?: (reason: TokenFault) => void;
  /** The claim that holds the scopes. Default: `scope`, `scp` and `permissions`, whichever are there. */
  scopeClaim?: string | undefined;
  /** Whether a request without a token may do everything, as in the sandbox, where a token can only make somebody of one. */
  open?: boolean;
  /** Milliseconds since 1970. */
  now?: () => number;
  maxKnownTokens?: number;
}

/** Without `auth` everyone has every scope. */
export function createReadCaller(auth: AuthConfig | undefined, options: ReadCallerOptions): ReadCaller {
  if (!auth) return () => EVERYONE;
  const { onFault, onRefusal, scopeClaim, now = Date.now, maxKnownTokens = MAX_KNOWN_TOKENS } = options;
  const withoutToken = options.open ? EVERYONE : NOBODY;
  const claims = scopeClaim === undefined ? SCOPE_CLAIMS : [scopeClaim];
  const known = new KnownTokens(maxKnownTokens);
  const verify = verifierOf(auth, now, () => known.clear());
  const callerOf = async (token: string | undefined): Promise<Caller> => {
    try {
      if (token === undefined) throw new TokenRefused('it is no bearer token');
      const payload = await verify(token);
      const { sub, exp = 0 } = payload as { sub?: unknown; exp?: number };
      if (sub !== undefined && typeof sub !== 'string') throw new TokenRefused('its sub is no text');
      const found = new Caller(true, sub === '' ? undefined : sub, scopesOf(payload, claims));
      known.add(token, found, Math.min((exp + CLOCK_TOLERANCE_SECONDS) * 1000, now() + JWKS_MAX_AGE_MS));
      return found;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) onFault('the key set could not be fetched');
      else onRefusal?.(reason);
      return withoutToken;
    }
  };
  return (authorization) => {
    if (authorization === undefined || authorization === '') return withoutToken;
    const token = BEARER.exec(authorization)?.[1];
    return (token === undefined ? undefined : known.find(token, now())) ?? callerOf(token);
  };
}

/** Callers by the token that was verified, the least lately used forgotten first. */
class KnownTokens {
  private readonly callers = new Map<string, { caller: Caller; untilMs: number }>();

  constructor(private readonly max: number) {}

  find(token: string, nowMs: number): Caller | undefined {
    const found = this.callers.get(token);
    if (!found) return undefined;
    this.callers.delete(token);
    // As the library has it: a token ends with the second that it names.
    if (Math.floor(nowMs / 1000) * 1000 >= found.untilMs) return undefined;
    this.callers.set(token, found);
    return found.caller;
  }

  add(token: string, caller: Caller, untilMs: number): void {
    const [oldest] = this.callers.keys();
    if (this.callers.size >= this.max && oldest !== undefined) this.callers.delete(oldest);
    this.callers.set(token, { caller, untilMs });
  }

  clear(): void {
    this.callers.clear();
  }
}

/** Fetched when first asked for, and then by the rules above. */
export function remoteKeySet(url: string): ReturnType<typeof createRemoteJWKSet> {
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: JWKS_TIMEOUT_MS,
    cooldownDuration: JWKS_COOLDOWN_MS,
    cacheMaxAge: JWKS_MAX_AGE_MS,
  });
}

/** @param onRotation called when the key set is not what it was, so that nothing verified by the old one holds */
function verifierOf(
  auth: AuthConfig,
  now: () => number,
  onRotation: () => void,
): (token: string) => Promise<JWTPayload> {
  const checks = () => ({
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(now()),
    requiredClaims: ['exp'],
    ...(auth.issuer !== undefined && { issuer: auth.issuer }),
    ...(auth.audience !== undefined && { audience: auth.audience }),
  });
  if ('secret' in auth) {
    const key = new TextEncoder().encode(auth.secret);
    return async (token) => (await jwtVerify(token, key, { ...checks(), algorithms: ['HS256'] })).payload;
  }
  const keys = remoteKeySet(auth.jwksUrl);
  let lastSet: string | undefined;
  return async (token) => {
    try {
      return (await jwtVerify(token, keys, { ...checks(), algorithms: JWKS_ALGORITHMS })).payload;
    } finally {
      const set = JSON.stringify(keys.jwks());
      if (set !== lastSet) onRotation();
      lastSet = set;
    }
  };
}

/** Undefined where the token may be good and the key set is at fault. */
function reasonOf(error: unknown): TokenFault | undefined {
  if (error instanceof TokenRefused) return error.reason;
  const { code, claim, reason } = error as { code?: unknown; claim?: unknown; reason?: unknown };
  switch (code) {
    case 'ERR_JWT_EXPIRED':
      return 'it has expired';
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      if (claim === 'exp') return reason === 'missing' ? 'it has no exp' : 'a claim is wrong';
      if (claim === 'nbf') return 'it is not valid yet';
      if (claim === 'iss') return 'its issuer is another';
      if (claim === 'aud') return 'its audience is another';
      return 'a claim is wrong';
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return 'its signature is wrong';
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
    case 'ERR_JOSE_NOT_SUPPORTED':
      return 'its algorithm is not taken';
    case 'ERR_JWKS_NO_MATCHING_KEY':
    case 'ERR_JWKS_MULTIPLE_MATCHING_KEYS':
      return 'no key of the set signed it';
    case 'ERR_JWS_INVALID':
    case 'ERR_JWT_INVALID':
      return 'it cannot be read';
    default:
      return undefined;
  }
}

/** Each claim is a text with spaces, or an array. */
function scopesOf(payload: JWTPayload, claims: readonly string[]): Set<string> {
  const scopes = new Set<string>();
  for (const claim of claims) {
    const value: unknown = Object.hasOwn(payload, claim) ? payload[claim] : undefined;
    const given: unknown[] = typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
    for (const scope of given) if (typeof scope === 'string') scopes.add(scope);
  }
  return scopes;
}
