import { z } from 'zod';
import { base64Bytes, choice, flag, secureUrl, setting, text, whole } from './setting.js';
import { TRACING_SETTINGS } from './tracing-settings.js';

const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const origins = list.refine((items) => items.every((item) => URL.canParse(item) && new URL(item).origin === item), {
  error: 'must be origins such as https://app.example.com, separated by commas',
});

const databaseUrl = z.string().regex(/^(file:.+|postgres(ql)?:\/\/.+)$/, {
  error: 'must be file:PATH or postgres://…',
});

/** The settings of the process itself; each vendor's stand in its module. What has no default here may be absent. */
export const serverSettings = (subgraphs: readonly string[]) => ({
  NODE_ENV: setting(text, 'production closes what only a developer needs'),
  PORT: setting(whole(0, 65_535), 'Where the graph is served', { default: '4000' }),
  HOST: setting(text, 'The address it listens on (127.0.0.1; 0.0.0.0 in production)'),
  METRICS_PORT: setting(
    whole(0, 65_535),
    'Prometheus /metrics, and /readyz?verbose with the state of each vendor; 0 = off',
    { default: '9464' },
  ),
  LOG_LEVEL: setting(
    choice('trace', 'debug', 'info', 'warn', 'error', 'silent'),
    'What is logged: JSON lines, or readable ones where the output is a terminal',
    { default: 'info' },
  ),
  SUBGRAPH: setting(choice('all', ...subgraphs), `What this process serves: all, ${subgraphs.join(', ')}`, {
    default: 'all',
  }),
  SANDBOX: setting(
    flag,
    "Serve from local servers that speak the vendors' protocols. True by itself only outside production, for the whole graph, with no vendor, database, key, router secret or token check configured",
  ),
  DATABASE_URL: setting(databaseUrl, 'file:./data/kaquan.db (the sandbox: file:./data/sandbox.db) or postgres://…', {
    secret: true,
  }),
  REDIS_URL: setting(
    z.string().regex(/^rediss?:\/\/.+$/, { error: 'must be redis://… or rediss://…' }),
    "Redis or Valkey, by which several processes keep the vendors' limits together: rate limits, and holds after a ban (none: each process keeps its own)",
    { secret: true },
  ),
  PROCESSES: setting(
    whole(1, 1_000),
    "How many processes divide the vendors' rate limits where they cannot ask Redis, or there is none; with Redis at least as many as were last seen there",
    { default: '1' },
  ),
  DATA_KEY: setting(
    base64Bytes(32),
    'Encrypts personal data and once tokens at rest: 32 bytes in base64. Required in production, elsewhere made once beside the database file',
    { secret: true },
  ),
  DATA_KEY_PREVIOUS: setting(base64Bytes(32), 'The key before DATA_KEY, while rotating', { secret: true }),
  AUTH_JWKS_URL: setting(
    secureUrl('whoever can change the keys on the way can sign any token'),
    'Where the public keys of the tokens are; or AUTH_SECRET',
  ),
  AUTH_SECRET: setting(
    z.string().refine((value) => Buffer.byteLength(value) >= 32, { error: 'must be 32 bytes or more' }),
    'Checks HS256 tokens; its UTF-8 bytes are the key',
    { secret: true },
  ),
  AUTH_ISSUER: setting(text, 'The issuer that a token must name'),
  AUTH_AUDIENCE: setting(text, 'The audience that a token must name'),
  AUTH_SCOPE_CLAIM: setting(text, 'The claim that holds the scopes (scope; scp and permissions are understood, too)'),
  ROUTER_SECRET: setting(
    z.string().min(16, { error: 'must be 16 characters or more' }),
    '_entities and _service answer only with this text in the header x-router-secret; required in production where SUBGRAPH is not all',
    { secret: true },
  ),
  REQUEST_TIMEOUT_MS: setting(
    whole(1, 600_000),
    'The most that one request may take; what is not there by then is VENDOR_TIMEOUT',
    {
      default: '10000',
    },
  ),
  SHUTDOWN_DRAIN_MS: setting(
    whole(0, 600_000),
    'How long /readyz says 503 before the port closes, so that a load balancer can leave',
    { default: '0' },
  ),
  SHUTDOWN_TIMEOUT_MS: setting(whole(0, 600_000), 'From SIGTERM to the end of the process, whatever clients do', {
    default: '10000',
  }),
  TRUSTED_DOCUMENTS: setting(
    text,
    'A manifest file: only the operations in it run. In the format of apollo-persisted-query-manifest, or a map {id: document}',
  ),
  AUDIT_LOG: setting(
    text,
    'Where each read of personal data and each identity check leaves a line: stdout, or a file',
    {
      default: 'stdout',
    },
  ),
  CORS_ORIGINS: setting(origins, 'Origins whose pages may ask, separated by commas'),
  INTROSPECTION: setting(flag, 'Whether the schema may be asked for (true; false in production)'),
  EXPLORER: setting(flag, 'Whether a browser gets the explorer page (true; false in production)'),
  ...TRACING_SETTINGS,
});
