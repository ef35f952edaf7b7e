import { type AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { type Config, type Environment, loadConfig } from '../config/config.js';
import { type Cipher, createCipher } from '../database/cipher.js';
import { loadOrCreateDataKey } from '../database/data-key.js';
import { type Database, openDatabase } from '../database/open.js';
import { sqliteFile } from '../database/sqlite.js';
import { LocalPace, type Pace } from '../datasources/transport/rate-limiter.js';
import { type VendorConnection } from '../datasources/transport/vendor.js';
import { AccountTakenError, createPeople, type Forgetting, type People } from '../datasources/people/index.js';
import { createIdentityChecks, forgetChecks, type IdentityChecks } from '../datasources/zhima/index.js';
import { zhima, type ZhimaConnection } from '../datasources/zhima/vendor.js';
import { openAudit } from './audit-log.js';
import { banner } from './banner.js';
import { type ExplorerPage } from './explorer/page.js';
import { createApp } from './http.js';
import { readyOperations } from './explorer/ready-operations.js';
import { INVENTED_PEOPLE, type Sandbox, startSandbox } from '../sandbox/index.js';
import { graphOf, VENDORS } from '../modules/index.js';
import { createMetrics, type Metrics } from './metrics.js';
import { createReadCaller } from './authentication.js';
import { type Close, closeInTime } from './stop.js';

export interface Running {
  /** Where the graph is served. */
  url: string;
  /** Lets running requests finish, then gives everything back. */
  close: () => Promise<void>;
}

type Print = (text: string) => void;

export interface ServeOptions {
  /** How long a request may take to arrive, and then may wait for vendors in all. */
  requestTimeoutMs: number;
  /** How long stopping may take in all, whatever clients and vendors do. */
  shutdownTimeoutMs: number;
  /** How long /readyz says "not ready" before the port is closed. */
  drainMs: number;
  /** The claim of a token that holds its scopes. */
  scopeClaim: string | undefined;
}

/** What of the time to stop is the clients'; the rest is for what stands behind them. */
const CLIENTS_SHARE = 0.8;

/**
 * Starts everything that the settings ask for and prints where to look.
 * @throws ConfigError for wrong settings, DatabaseError where the database cannot be used
 */
export async function serve(
  environment: Environment,
  print: Print,
  { requestTimeoutMs = 10_000, shutdownTimeoutMs = 10_000, drainMs = 0, scopeClaim }: Partial<ServeOptions> = {},
): Promise<Running> {
  // In reverse order of opening, whether the start succeeds or not.
  const closers: Close[] = [];
  const close = () => closeInTime(closers.splice(0).reverse(), shutdownTimeoutMs);
  try {
    const { config, sandbox } = await loadWithSandbox(environment);
    if (sandbox) closers.push(() => sandbox.close());
    const logger = pino({ level: config.logLevel });
    const metrics = createMetrics(logger);

    const database = await openDatabase(config.databaseUrl);
    closers.push(() => database.close());
    const cipher = openCipher(config);
    const people = await createPeople(database, cipher, [forgetChecksOf(cipher)]);
    if (sandbox) await seed(people);

    const onFault = (what: string) => {
      logger.error(what);
    };
    const deps = { telemetry: metrics.telemetry, pace: await openPace(config, onFault, closers) };
    const vendors = new Map([...config.vendors].map(([name, vendor]) => [name, vendor.open(deps)]));
    for (const vendor of vendors.values()) closers.push(() => vendor.close());
    const identityChecks = await openIdentityChecks(database, cipher, vendors.get(zhima.name));
    closers.push(() => identityChecks.idle());

    // The hash under the key that was first: after a change of DATA_KEY the same id has another.
    const hashId = (id: string) => cipher.blindIndexes('audit', id)[0]?.toString('base64url', 0, 16) ?? '';
    const audit = openAudit(config.auditLog, hashId);
    closers.push(audit.close);
    const app = await createApp({
      config,
      graph: graphOf(config.subgraph),
      services: {
        people,
        identityChecks,
        peopleAreElsewhere: config.subgraph !== 'all',
        vendors,
        audit,
      },
      readCaller: createReadCaller(config.auth, {
        onFault,
        onRefusal: (reason) => logger.info({ reason }, 'a token was refused'),
        scopeClaim,
      }),
      metrics,
      logger,
      explorerPage: config.explorer ? await renderPage(config, people) : undefined,
      ping: () => database.ping(),
      requestTimeoutMs,
    });
    closers.push(() => app.stop(drainMs, shutdownTimeoutMs * CLIENTS_SHARE));
    const url = `${await listen(app.server, 'PORT', config.host, config.port)}/graphql`;
    const metricsUrl = config.metricsPort > 0 ? await serveMetrics(config, metrics, closers) : undefined;
    print(banner(config, url, metricsUrl, sandbox?.urls).join('\n'));
    return { url, close };
  } catch (error) {
    // The error says what is wrong; what can not be closed then is not news.
    await close().catch(() => undefined);
    throw error;
  }
}

/** The page is of some megabytes, and production has none: it is loaded only where it is served. */
async function renderPage(config: Config, people: People): Promise<ExplorerPage> {
  const { renderExplorer } = await import('./explorer/page.js');
  return renderExplorer('Kaquan', await readyOperations(config, people));
}

/** The vendors' local servers alone, with the settings that make a server use them. */
export async function runSandbox(print: Print): Promise<Running> {
  const sandbox = await startSandbox();
  print("# The vendors' local servers run until you press Ctrl-C. To use them, set in another shell or in .env:");
  print('SANDBOX=false');
  for (const [name, value] of Object.entries(sandbox.settings))
    print(`${name}=${value.includes('"') ? `'${value}'` : value}`);
  return { url: '', close: () => sandbox.close() };
}

/** The sandbox is decided by the settings, and gives settings of its own. */
async function loadWithSandbox(environment: Environment): Promise<{ config: Config; sandbox?: Sandbox }> {
  const config = loadConfig(environment, VENDORS);
  if (!config.sandbox) return { config };
  const sandbox = await startSandbox();
  try {
    return { config: loadConfig(environment, VENDORS, sandbox.settings), sandbox };
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

function openCipher(config: Config): Cipher {
  const file = sqliteFile(config.databaseUrl);
  const dataKey = config.dataKey ?? (file === undefined ? undefined : loadOrCreateDataKey(file));
  if (!dataKey) throw new Error('DATA_KEY is missing');
  return createCipher(dataKey, config.previousDataKey);
}

/** A person's checks keep their verdict; who they were about goes with the person, whether or not zhima is configured. */
function forgetChecksOf(cipher: Cipher): Forgetting {
  return async (trx, { id, alipayUserId, alipayOpenId, idNumber }) => {
    await forgetChecks(trx, cipher, id, {
      userId: alipayUserId ?? undefined,
      openId: alipayOpenId ?? undefined,
      certNo: idNumber ?? undefined,
      certType: '0',
    });
  };
}

/** Checks can be read where the vendor is off; then only asking about them fails. */
async function openIdentityChecks(
  database: Database,
  cipher: Cipher,
  vendor: VendorConnection | undefined,
): Promise<IdentityChecks> {
  const asking = vendor as ZhimaConnection | undefined;
  const checks = createIdentityChecks({
    database,
    cipher,
    client: asking?.client ?? null,
    timeoutMs: asking?.timeoutMs ?? 0,
  });
  await checks.reseal();
  return checks;
}

async function openPace(config: Config, onFault: (what: string) => void, closers: Close[]): Promise<Pace> {
  if (config.redisUrl === undefined) return new LocalPace();
  // Only where it is used: the client takes a third of a second to load.
  const { connectRedisPace } = await import('../datasources/transport/redis-rate-limiter.js');
  const shared = await connectRedisPace(config.redisUrl, onFault);
  closers.push(() => shared.close());
  return shared;
}

async function seed(people: People): Promise<void> {
  const { totalCount } = await people.page({ first: 1 });
  if (totalCount > 0) return;
  for (const person of INVENTED_PEOPLE) {
    await people.register(person).catch((error: unknown) => {
      // Another server on the same file was a moment earlier.
      if (!(error instanceof AccountTakenError)) throw error;
    });
  }
}

async function listen(app: FastifyInstance, setting: string, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be listened on (${code ?? 'unknown'})`;
    throw new Error(`${setting} ${port} on ${host} ${why}: choose another one`, { cause: error });
  }
  const { address, port: actual, family } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`;
}

/**
 * On a port of its own, so that whoever may reach the graph does not also read the metrics. Undefined where the port is
 * taken and nobody asked for it: a second server on one machine should start without a setting.
 */
async function serveMetrics(config: Config, metrics: Metrics, closers: Close[]): Promise<string | undefined> {
  const app = fastify({ logger: false });
  closers.push(() => app.close());
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  try {
    return `${await listen(app, 'METRICS_PORT', config.host, config.metricsPort)}/metrics`;
  } catch (error) {
    if (config.metricsPortGiven) throw error;
    return undefined;
  }
}
