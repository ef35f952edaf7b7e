import { type ConfiguredVendor } from '../datasources/transport/vendor.js';
import { readTrustedDocuments, type TrustedDocuments } from '../graph/guard/trusted-documents.js';
import { readEnvironment } from './environment.js';
import { serverSettings } from './server-settings.js';
import { type SettingTable, type SettingValues } from './setting.js';
import { type TracingConfig, tracingConfig } from './tracing-settings.js';

export type Environment = Record<string, string | undefined>;

/** A part of the graph as far as the settings are concerned. */
interface ConfigurablePart {
  name: string;
  vendor?: {
    table: SettingTable;
    check(values: Record<string, unknown>): string[];
    configure(values: Record<string, unknown>): ConfiguredVendor;
  };
}

export type AuthConfig = {
  issuer?: string | undefined;
  audience?: string | undefined;
  /** The claim that holds the scopes, where it has an unusual name. */
  scopeClaim?: string | undefined;
} & ({ jwksUrl: string } | { secret: string });

export interface Config {
  production: boolean;
  host: string;
  port: number;
  metricsPort: number;
  /** Whether somebody asked for that port, so that it must not be left out. */
  metricsPortGiven: boolean;
  logLevel: SettingValues<ReturnType<typeof serverSettings>>['LOG_LEVEL'];
  /** Undefined where nobody asked for traces. */
  tracing: TracingConfig | undefined;
  /** `all`, or the name of one part. */
  subgraph: string;
  sandbox: boolean;
  databaseUrl: string;
  redisUrl: string | undefined;
  /** How many processes divide the vendors' limits, at the least. */
  processes: number;
  /** Undefined only outside production: then it is made once and kept beside the database file. */
  dataKey: Buffer | undefined;
  previousDataKey: Buffer | undefined;
  /** Undefined only in the sandbox: then everyone has every scope. */
  auth: AuthConfig | undefined;
  routerSecret: string | undefined;
  requestTimeoutMs: number;
  shutdownTimeoutMs: number;
  shutdownDrainMs: number;
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

/** Where any of these is set, somebody is configuring a server for real people: no sandbox opens by itself. */
const SIGNS_OF_A_REAL_SERVER = /^(DATABASE_URL|DATA_KEY|DATA_KEY_PREVIOUS|ROUTER_SECRET|AUTH_.*)$/;

/**
 * Settings from the environment to one typed object. `fromSandbox` is what the sandbox's servers give, once they run.
 * @throws ConfigError listing every problem found
 */
export function loadConfig(
  environment: Environment,
  parts: readonly ConfigurablePart[],
  fromSandbox: Environment = {},
): Config {
  const problems: string[] = [];
  const vendors = parts.flatMap(({ name, vendor }) => (vendor ? [{ name, ...vendor }] : []));
  const table = serverSettings(parts.map(({ name }) => name));
  const vendorNames = vendors.flatMap((vendor) => Object.keys(vendor.table));
  const raw = readEnvironment(
    environment,
    [...Object.keys(table), ...vendorNames],
    vendors.map(({ name }) => name),
    problems,
  );
  const isSet = (name: string) => raw.has(name);
  const values = readTable(table, raw, problems);
  const production = values.NODE_ENV === 'production';
  const sandbox =
    values.SANDBOX ??
    (!production &&
      values.SUBGRAPH === 'all' &&
      ![...raw.keys()].some((name) => SIGNS_OF_A_REAL_SERVER.test(name) || vendorNames.includes(name)));
  for (const [name, value] of Object.entries(fromSandbox)) {
    if (isSet(name))
      problems.push(`${name} is set, but in the sandbox the local server gives it: remove it, or set SANDBOX=false`);
    if (value !== undefined) raw.set(name, value);
  }

  const configuredVendors = new Map<string, ConfiguredVendor>();
  for (const vendor of vendors) {
    const found = configureVendor(vendor, raw, sandbox, problems);
    if (found) configuredVendors.set(vendor.name, found);
  }

  const { AUTH_JWKS_URL: jwksUrl, AUTH_SECRET: secret } = values;
  const checks = { issuer: values.AUTH_ISSUER, audience: values.AUTH_AUDIENCE, scopeClaim: values.AUTH_SCOPE_CLAIM };
  let auth: AuthConfig | undefined;
  if (jwksUrl !== undefined) auth = { jwksUrl, ...checks };
  else if (secret !== undefined) auth = { secret, ...checks };
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
    // A sandbox has invented people and open doors: it is nobody else's business unless HOST says so.
    host: values.HOST ?? (production && !sandbox ? '0.0.0.0' : '127.0.0.1'),
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    metricsPortGiven: isSet('METRICS_PORT'),
    logLevel: values.LOG_LEVEL,
    tracing: tracingConfig(values),
    subgraph: values.SUBGRAPH,
    sandbox,
    databaseUrl: values.DATABASE_URL ?? (sandbox ? 'file:./data/sandbox.db' : 'file:./data/kaquan.db'),
    redisUrl: values.REDIS_URL,
    processes: values.PROCESSES,
    dataKey: values.DATA_KEY,
    previousDataKey: values.DATA_KEY_PREVIOUS,
    auth,
    routerSecret: values.ROUTER_SECRET,
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_MS,
    shutdownDrainMs: values.SHUTDOWN_DRAIN_MS,
    trustedDocuments,
    auditLog: values.AUDIT_LOG,
    corsOrigins: values.CORS_ORIGINS ?? [],
    introspection: values.INTROSPECTION ?? !production,
    explorer: values.EXPLORER ?? !production,
    vendors: configuredVendors,
  };
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
  vendor: { name: string } & NonNullable<ConfigurablePart['vendor']>,
  raw: Map<string, string>,
  sandbox: boolean,
  problems: string[],
): ConfiguredVendor | undefined {
  const { name, table } = vendor;
  const found = Object.keys(table).filter((one) => raw.has(one));
  const required = Object.entries(table).flatMap(([one, { required: wanted }]) => (wanted ? [one] : []));
  const missing = required.filter((one) => !raw.has(one));
  const own: string[] = [];
  const values = readTable(table, raw, own);
  if (found.length === 0) return undefined;
  // In the sandbox the local server brings the rest; there a time-out may be set alone.
  if (sandbox && missing.length > 0 && missing.length === required.length) {
    problems.push(...own);
    return undefined;
  }
  if (missing.length > 0) {
    own.push(
      `${missing.join(', ')} missing: ${name} has ${found.join(', ')}; set all of them, or none to switch it off`,
    );
  }
  // What is there is checked also where something is missing, so that one start tells all.
  own.push(...vendor.check(values));
  problems.push(...own);
  return own.length === 0 ? vendor.configure(values) : undefined;
}
