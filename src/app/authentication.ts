import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { type AuthConfig } from '../config/config.js';
import { Caller, EVERYONE, NOBODY } from '../graph/access.js';

/** From the Authorization header to who asks. Never throws: a token that does not hold is as good as none. */
export type ReadCaller = (authorization: string | undefined) => Promise<Caller>;

/** No clock needs more; a longer tolerance would keep expired tokens alive. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** Every request with a token waits for the key set while there is none. */
const JWKS_TIMEOUT_MS = 2_000;
/** A token with an unknown key id has the set fetched again at most this often: a new key is seen soon, and made-up ids cannot flood. */
const JWKS_COOLDOWN_MS = 1_000;
/** What jose calls a token that is at fault; whatever else goes wrong is the key set's fault. */
const TOKEN_FAULT = /^ERR_(JWT|JWS|JOSE_(ALG|NOT)|JWKS_(NO|MULTIPLE)_MATCHING)/;
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

/**
 * Without `auth` (the sandbox) everyone has every scope. `onFault` hears of key sets that could not be fetched, since
 * the caller is told the same as for a bad token.
 */
export function createReadCaller(auth: AuthConfig | undefined, onFault: (what: string) => void): ReadCaller {
  if (!auth) return () => Promise.resolve(EVERYONE);
  const verify = verifierOf(auth);
  return async (authorization) => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return NOBODY;
    try {
      const payload = await verify(token);
      return new Caller(true, payload.sub === '' ? undefined : payload.sub, scopesOf(payload));
    } catch (error) {
      const code = (error as { code?: unknown } | null)?.code;
      if (typeof code !== 'string' || !TOKEN_FAULT.test(code)) onFault('the key set could not be fetched');
      return NOBODY;
    }
  };
}

function verifierOf(auth: AuthConfig): (token: string) => Promise<JWTPayload> {
  const checks = {
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(auth.issuer !== undefined && { issuer: auth.issuer }),
    ...(auth.audience !== undefined && { audience: auth.audience }),
  };
  if ('secret' in auth) {
    const key = new TextEncoder().encode(auth.secret);
    return async (token) => (await jwtVerify(token, key, { ...checks, algorithms: ['HS256'] })).payload;
  }
  const keys = createRemoteJWKSet(new URL(auth.jwksUrl), {
    timeoutDuration: JWKS_TIMEOUT_MS,
    cooldownDuration: JWKS_COOLDOWN_MS,
  });
  return async (token) => (await jwtVerify(token, keys, { ...checks, algorithms: JWKS_ALGORITHMS })).payload;
}

/** The claim `scope`: text with spaces, or an array. */
function scopesOf(payload: JWTPayload): Set<string> {
  const { scope } = payload as { scope?: unknown };
  if (typeof scope === 'string') return new Set(scope.split(' '));
  if (Array.isArray(scope)) return new Set(scope.filter((one) => typeof one === 'string'));
  return new Set();
}
