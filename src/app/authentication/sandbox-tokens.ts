import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { type Config } from '../../config/config.js';
import { loadOrCreateAuthSecret } from '../../database/data-key.js';
import { sqliteFile } from '../../database/sqlite.js';
import { type People } from '../../datasources/people/index.js';
import { SCOPES } from '../../modules/index.js';
import { type Signer } from '../explorer/browser/page-data.js';

const LIFETIME = '12h';
/** So many can be chosen from a list. */
const MAX_SIGNERS = 100;

/**
 * By what the open sandbox knows its own tokens. Undefined where real ones are checked, and in production, where nobody
 * gets a token from a page.
 */
export function sandboxSecret({ sandbox, auth, production, databaseUrl }: Config): string | undefined {
  if (!sandbox || auth || production) return undefined;
  const file = sqliteFile(databaseUrl);
  return file === undefined ? randomBytes(32).toString('base64') : loadOrCreateAuthSecret(file);
}

/** A token for each of the first people, who may see what is theirs, and one for staff, who may do everything. */
export async function signersOf(people: People, secret: string): Promise<Signer[]> {
  const page = await people.page({ first: MAX_SIGNERS });
  return signersFor(page.people, secret);
}

export function signersFor(people: readonly { id: string; name: string | null }[], secret: string): Promise<Signer[]> {
  const key = new TextEncoder().encode(secret);
  const sign = (token: SignJWT) =>
    token.setProtectedHeader({ alg: 'HS256' }).setIssuedAt().setExpirationTime(LIFETIME).sign(key);
  return Promise.all([
    ...people.map(async ({ id, name }) => ({
      label: name ?? id,
      personId: id,
      token: await sign(new SignJWT().setSubject(id)),
    })),
    sign(new SignJWT({ scope: SCOPES.join(' ') })).then((token) => ({ label: 'Staff, with every scope', token })),
  ]);
}
