import { createPublicKey, type KeyObject } from 'node:crypto';
import { type JWK } from 'jose';
import { type Config } from '../../config/config.js';
import { remoteKeySet } from '../authentication/authentication.js';
import { type Finding, ok, wrong } from './finding.js';

/** What the library that verifies tokens takes at least. */
const MIN_RSA_BITS = 2048;

/** The key set by which tokens are checked, fetched as the server fetches it; nothing where there is none. */
export async function examineTokens({ auth }: Config): Promise<Finding[]> {
  if (!auth || !('jwksUrl' in auth)) return [];
  const set = remoteKeySet(auth.jwksUrl);
  try {
    await set.reload();
  } catch (error) {
    const advice = 'check AUTH_JWKS_URL; without the set every token is refused';
    return [wrong('key set', `cannot be fetched (${faultOf(error)})`, advice)];
  }
  const keys = set.jwks()?.keys ?? [];
  const problems = keys.flatMap((key, place) => {
    const problem = problemOf(key);
    return problem === undefined ? [] : [wrong('key set', `key ${place + 1} of ${keys.length} ${problem}`, ADVICE)];
  });
  const good = keys.filter((key) => isForSigning(key) && problemOf(key) === undefined).length;
  if (problems.length > 0) return problems;
  return good > 0
    ? [ok('key set', `${good} of its ${keys.length} keys can sign tokens`)]
    : [wrong('key set', 'has no key by which a token could be signed', ADVICE)];
}

const ADVICE = 'tell whoever issues the tokens';

const isForSigning = ({ use }: JWK) => use !== 'enc';

function problemOf(jwk: JWK): string | undefined {
  if (!isForSigning(jwk)) return undefined;
  if (jwk.kty === 'oct') return 'is a secret: whoever reads the set can sign any token';
  if (jwk.d !== undefined) return 'has its private half in it: whoever reads the set can sign any token';
  let key: KeyObject;
  try {
    key = createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return 'cannot be read';
  }
  const bits = key.asymmetricKeyDetails?.modulusLength;
  return bits !== undefined && bits < MIN_RSA_BITS ? `has ${bits} bits; ${MIN_RSA_BITS} are needed` : undefined;
}

function faultOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const found = cause?.code ?? code;
  return typeof found === 'string' ? found : 'no answer';
}
