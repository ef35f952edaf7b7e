import { readFileSync } from 'node:fs';
import { isLoopback, type SettingTable, type SettingValues } from './setting.js';
import { type ConfiguredVendor, type Vendor } from '../datasources/transport/vendor.js';
import { SERVER_SETTINGS } from './server-settings.js';
import { readTrustedDocuments, type TrustedDocuments } from '../graph/guard/trusted-documents.js';

export type Environment = Record<string, string | undefined>;
export type SubgraphName = 'all' | 'people' | 'campus' | 'zvcms' | 'zhima';

export type AuthConfig = { issuer: string | undefined; audience: string | undefined } & (
  { jwksUrl: string } | { secret: string }
);

export interface Config {
  production: boolean;
  host: string;
  port: number;
  metricsPort: number;
  /** Whether somebody asked for that port, so that it must not be left out. */
  metricsPortGiven: boolean;
  logLevel: string;
  subgraph: SubgraphName;
  sandbox: boolean;
  databaseUrl: string;
  redisUrl: string | undefined;
  /** Undefined only outside production: then it is made once and kept beside the database file. */
  dataKey: Buffer | undefined;
  previousDataKey: Buffer | undefined;
  /** Undefined only in the sandbox: then everyone has every scope. */
  auth: AuthConfig | undefined;
  routerSecret: string | undefined;
  /** Undefined where any document may be sent. */
  trustedDocuments: TrustedDocuments | undefined;
  /** `stdout` or a path. */
  auditLog: string;
  corsOrigins: string[];
  introspection: boolean;
  explorer: boolean;
  /** By the vendor's name; a vendor that is off has no entry. */
  vendors: Map<string, ConfiguredVendor>;
}

/** Every problem of the settings at once, each with what to do about it and none with a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: string[]) {
    super(
      `The settings have ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n- ${problems.join('\n- ')}`,
    );
  }
}

/**
 * Settings from the environment to one typed object. `fromSandbox` is what the sandbox's servers give, once they run.
 * @throws ConfigError listing every problem found
 */
export function loadConfig(environment: Environment, vendors: readonly Vendor[], fromSandbox?: Environment): Config {
  const problems: string[] = [];
  const raw = readFiles(environment, problems);
  const configured = vendors.filter((vendor) => vendor.required.some((name) => raw.has(name)));
  for (const [name, value] of Object.entries(fromSandbox ?? {})) {
    if (raw.has(name))
      problems.push(`${name} is set, but in the sandbox the local server gives it: remove it, or set SANDBOX=false`);
    if (value !== undefined) raw.set(name, value);
  }
  const values = readTable(SERVER_SETTINGS, raw, problems);
  const isSet = (name: string) => raw.has(name);

  const production = values.NODE_ENV === 'production';
  const sandbox = values.SANDBOX ?? (configured.length === 0 && !production);

  const configuredVendors = new Map<string, ConfiguredVendor>();
  for (const vendor of vendors) {
    const found = configureVendor(vendor, raw, sandbox, problems);
    if (found) configuredVendors.set(vendor.name, found);
  }

  const { AUTH_JWKS_URL: jwksUrl, AUTH_SECRET: secret, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = values;
  let auth: AuthConfig | undefined;
  if (jwksUrl !== undefined) auth = { jwksUrl, issuer, audience };
  else if (secret !== undefined) auth = { secret, issuer, audience };
  if (isSet('AUTH_JWKS_URL') && isSet('AUTH_SECRET')) {
    problems.push('AUTH_JWKS_URL and AUTH_SECRET are both set: keep the one by which your tokens are signed');
  } else if (!isSet('AUTH_JWKS_URL') && !isSet('AUTH_SECRET')) {
    if (!sandbox) problems.push('AUTH_JWKS_URL or AUTH_SECRET is missing: outside the sandbox tokens must be checked');
    if (isSet('AUTH_ISSUER') || isSet('AUTH_AUDIENCE')) {
      problems.push(
        'AUTH_ISSUER or AUTH_AUDIENCE is set, but neither AUTH_JWKS_URL nor AUTH_SECRET: set one of these two',
      );
    }
  }
  if (jwksUrl?.startsWith('http:') && !isLoopback(jwksUrl)) {
    problems.push('AUTH_JWKS_URL must be https: whoever can change the keys on the way can sign any token');
  }
  if (production && !isSet('DATA_KEY')) {
    problems.push('DATA_KEY is missing: production needs it; make one with: openssl rand -base64 32');
  }
  if (isSet('DATA_KEY_PREVIOUS') && !isSet('DATA_KEY')) {
    problems.push('DATA_KEY_PREVIOUS is set without DATA_KEY: set DATA_KEY to the new key');
  }
  if (values.DATA_KEY && values.DATA_KEY_PREVIOUS?.equals(values.DATA_KEY)) {
    problems.push('DATA_KEY_PREVIOUS is the same as DATA_KEY: remove it, or set DATA_KEY to the new key');
  }
  if (!production && !isSet('DATA_KEY') && /^postgres/.test(values.DATABASE_URL ?? '')) {
    problems.push(
      'DATA_KEY is missing: a key can be kept beside a database file, not beside PostgreSQL; make one with: openssl rand -base64 32',
    );
  }
  if (production && values.SUBGRAPH !== 'all' && !isSet('ROUTER_SECRET')) {
    problems.push('ROUTER_SECRET is missing: in production a single subgraph answers entities only to its router');
  }
  const { TRUSTED_DOCUMENTS: manifest } = values;
  const trustedDocuments = manifest === undefined ? undefined : readTrustedDocuments(manifest, problems);

  if (problems.length > 0) throw new ConfigError(problems);
  return {
    production,
    host: values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    metricsPortGiven: isSet('METRICS_PORT'),
    logLevel: values.LOG_LEVEL,
    subgraph: values.SUBGRAPH,
    sandbox,
    databaseUrl: values.DATABASE_URL ?? (sandbox ? 'file:./data/sandbox.db' : 'file:./data/kaquan.db'),
    redisUrl: values.REDIS_URL,
    dataKey: values.DATA_KEY,
    previousDataKey: values.DATA_KEY_PREVIOUS,
    auth,
    routerSecret: values.ROUTER_SECRET,
    trustedDocuments,
    auditLog: values.AUDIT_LOG,
    corsOrigins: values.CORS_ORIGINS ?? [],
    introspection: values.INTROSPECTION ?? !production,
    explorer: values.EXPLORER ?? !production,
    vendors: configuredVendors,
  };
}

/** `NAME_FILE` names a file that holds NAME's value. An empty value counts as not set, as compose files leave them. */
function readFiles(environment: Environment, problems: string[]): Map<string, string> {
  const raw = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) if (value) raw.set(name, value);
  for (const [fileName, path] of [...raw]) {
    if (!fileName.endsWith('_FILE')) continue;
    const name = fileName.slice(0, -'_FILE'.length);
    if (!(name in SERVER_SETTINGS) && !/^(CAMPUS|ZVCMS|ZHIMA)_/.test(name)) continue;
    if (raw.has(name)) {
      problems.push(`${name} and ${fileName} are both set: keep one`);
      continue;
    }
    try {
      const content = readFileSync(path, 'utf8').trim();
      if (content) raw.set(name, content);
      else problems.push(`${fileName} names an empty file`);
    } catch {
      problems.push(`${fileName} names a file that cannot be read`);
    }
  }
  return raw;
}

function readTable<Table extends SettingTable>(
  table: Table,
  raw: Map<string, string>,
  problems: string[],
): SettingValues<Table> {
  const values: Record<string, unknown> = {};
  for (const [name, { type, default: fallback }] of Object.entries(table)) {
    const value = raw.get(name) ?? fallback;
    if (value === undefined) continue;
    const result = type.safeParse(value);
    if (result.success) values[name] = result.data;
    else problems.push(`${name} ${result.error.issues[0]?.message ?? 'is not valid'}`);
  }
  return values as SettingValues<Table>;
}

function configureVendor(
  vendor: Vendor,
  raw: Map<string, string>,
  sandbox: boolean,
  problems: string[],
): ConfiguredVendor | undefined {
  const names = Object.keys(vendor.table);
  const found = names.filter((name) => raw.has(name));
  const missing = vendor.required.filter((name) => !raw.has(name));
  const own: string[] = [];
  const values = readTable(vendor.table, raw, own);
  problems.push(...own);
  if (found.length === 0) return undefined;
  if (missing.length > 0) {
    // In the sandbox the local server brings the rest; there a time-out may be set alone.
    if (!sandbox || missing.length < vendor.required.length) {
      problems.push(
        `${missing.join(', ')} missing: ${vendor.name} has ${found.join(', ')}; set all of them, or none to switch it off`,
      );
    }
    return undefined;
  }
  return own.length > 0 ? undefined : vendor.configure(values, problems);
}
