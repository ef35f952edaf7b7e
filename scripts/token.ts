import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { SignJWT } from 'jose';
import { type Environment, loadConfig } from '../src/config/config.js';
import { readEnvironment } from '../src/config/environment.js';
import { serverSettings } from '../src/config/server-settings.js';
import { sqliteFile } from '../src/database/sqlite.js';
import { MODULES, SCOPES, SUBGRAPH_NAMES } from '../src/modules/index.js';

const USAGE = `npm run --silent token -- [--sub ID] [--scope "SCOPE …"] [--expires 1h]

Prints a token for a server with the same settings, from the environment or .env: AUTH_SECRET signs it, and AUTH_ISSUER,
AUTH_AUDIENCE and AUTH_SCOPE_CLAIM count as they do there. With nothing configured, one for the open sandbox in this folder.

  --sub      whose it is: a person's id, and it opens what is theirs. Left out: nobody's
  --scope    what it opens of everybody: ${SCOPES.join(', ')}, or all
  --expires  when it ends, from now: 30m, 1h, 7d (1h)`;

const OPTIONS = {
  sub: { type: 'string' },
  scope: { type: 'string', default: '' },
  expires: { type: 'string', default: '1h' },
  production: { type: 'boolean', default: false },
  'yes-in-production': { type: 'boolean', default: false },
} as const;

/** @throws Error listing every problem, without a value of the settings */
export async function makeToken(args: string[], environment: Environment): Promise<string> {
  const { values: asked } = parseArgs({ args, options: OPTIONS });
  const problems: string[] = [];
  const table = serverSettings(SUBGRAPH_NAMES);
  const settings = readEnvironment(environment, Object.keys(table), [], problems);
  const secret = settings.get('AUTH_SECRET') ?? sandboxSecret(environment);
  if (settings.get('NODE_ENV') === 'production' && !(asked.production && asked['yes-in-production'])) {
    problems.push(
      'NODE_ENV is production, where the identity provider makes the tokens; one made here opens real people to whoever holds it. If that is meant, add --production --yes-in-production',
    );
  }
  if (settings.has('AUTH_JWKS_URL')) {
    problems.push('AUTH_JWKS_URL is set: such a server takes only what the identity provider signed');
  } else if (secret === undefined) {
    problems.push('AUTH_SECRET is missing, and there is no sandbox in this folder: run npm start once for that');
  } else if (!table.AUTH_SECRET.type.safeParse(secret).success) {
    problems.push('AUTH_SECRET must be 32 bytes or more: no server starts with a shorter one');
  }
  const scopes = asked.scope === 'all' ? SCOPES : asked.scope.split(/[\s,]+/).filter((scope) => scope !== '');
  const unknown = scopes.filter((scope) => !SCOPES.some((known) => known === scope));
  if (unknown.length > 0) problems.push(`There is no scope ${unknown.join(', ')}: use some of ${SCOPES.join(', ')}`);
  if (!/^\d+[smhd]$/.test(asked.expires)) problems.push('--expires must be like 30m, 1h or 7d');
  if (asked.sub === '') problems.push('--sub is empty');
  if (asked.sub === undefined && scopes.length === 0) problems.push(`--sub or --scope is missing.\n\n${USAGE}`);
  if (secret === undefined || problems.length > 0) throw new Error(problems.join('\n'));

  const [iss, aud] = [settings.get('AUTH_ISSUER'), settings.get('AUTH_AUDIENCE')];
  return new SignJWT({
    [settings.get('AUTH_SCOPE_CLAIM') ?? 'scope']: scopes.join(' '),
    ...(asked.sub !== undefined && { sub: asked.sub }),
    ...(iss !== undefined && { iss }),
    ...(aud !== undefined && { aud }),
  })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime(asked.expires)
    .sign(new TextEncoder().encode(secret));
}

/** What the open sandbox knows its own tokens by; a server keeps it beside its database. None in production. */
function sandboxSecret(environment: Environment): string | undefined {
  try {
    const { sandbox, auth, production, databaseUrl } = loadConfig(environment, MODULES);
    const file = sandbox && !auth && !production ? sqliteFile(databaseUrl) : undefined;
    return file === undefined ? undefined : readFileSync(`${file}.auth`, 'utf8').trim();
  } catch {
    // Settings that no server would start with, or no sandbox that ever ran here.
    return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const args = process.argv.slice(2);
  try {
    process.stdout.write(`${args.includes('--help') ? USAGE : await makeToken(args, process.env)}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'No token could be made'}\n`);
    process.exitCode = 1;
  }
}
