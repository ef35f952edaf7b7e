import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Config, ConfigError, type Environment, loadConfig } from '../config/config.js';
import { type Cipher, createCipher } from '../database/cipher.js';
import { loadOrCreateDataKey } from '../database/data-key.js';
import { DatabaseError } from '../database/errors.js';
import { sqliteFile } from '../database/sqlite.js';
import { Vendors } from '../datasources/transport/vendor.js';
import {
  AccountTakenError,
  createPeople,
  lockLiving,
  type People,
  type PersonData,
} from '../datasources/people/index.js';
import {
  createCheckErasure,
  createIdentityChecks,
  disabledVerdictSource,
} from '../datasources/identity-checks/index.js';
import { zhima, type ZhimaSubject } from '../datasources/zhima/index.js';
import { openStorage } from './storage.js';
import { openLimits } from './limits.js';
import { openAudit } from './observability/logs/audit-log.js';
import { banner, headline, summary } from './banner.js';
import { openLog } from './observability/logs/logging.js';
import { Explorer } from './explorer/explorer.js';
import { readyOperations } from './explorer/ready-operations.js';
import { graphOf, MODULES } from '../modules/index.js';
import { INVENTED_PEOPLE } from '../sandbox/index.js';
import { type Sandbox, startSandbox } from './sandbox.js';
import { createMetrics } from './observability/metrics/metrics.js';
import { sharedLimitsGauges } from './observability/metrics/gauges.js';
import { listen } from './http/listen.js';
import { serveMetrics } from './http/metrics-port.js';
import { Readiness } from './http/readiness.js';
import { createReadCaller } from './authentication/authentication.js';
import { sandboxSecret, signersOf } from './authentication/sandbox-tokens.js';
import { type Close, closeInTime } from './stop.js';
import { openTracing } from './observability/requests/tracing.js';
import { packageFolder, packageVersion } from './version.js';

// Loaded with the rest: nobody who has read where the server listens may say that it is to stop before it would hear.
export { stopOnSignals } from './stop.js';

export interface Running {
  /** Where the graph is served. */
  url: string;
  /** Lets running requests finish, then gives everything back. */
  close: () => Promise<void>;
}

type Print = (text: string) => void;

/** What of the time to stop is the clients'; the rest is for what stands behind them. */
const CLIENTS_SHARE = 0.8;

/**
 * Starts everything that the settings ask for, and tells where to look: prints it for people, logs it for machines.
 * @throws ConfigError for wrong settings, DatabaseError where the database cannot be used
 */
export async function serve(environment: Environment, print: Print, idleConnectionMs?: number): Promise<Running> {
  // In reverse order of opening, whether the start succeeds or not.
  const closers: Close[] = [];
  // Other threads make the sandbox's keys, which takes a while; meanwhile this one loads what answers HTTP.
  const [{ config, sandbox }, { createApp }] = await Promise.all([
    loadWithSandbox(environment),
    import('./http/app.js'),
  ]);
  const close = () => closeInTime(closers.splice(0).reverse(), config.shutdownTimeoutMs);
  try {
    if (sandbox) closers.push(() => sandbox.close());
    const version = packageVersion();
    const terminal = process.stdout.isTTY;
    const { logger, flush } = openLog(config.logLevel, terminal);
    closers.push(flush);
    const metrics = createMetrics(logger, { version, subgraph: config.subgraph });
    const tracing = await openTracing(config, version, logger);
    if (tracing) closers.push(() => tracing.close());

    const database = await openStorage(config.databaseUrl, config.requestTimeoutMs).catch(asWrongSetting);
    closers.push(() => database.close());
    const { poolState } = database;
    if (poolState) metrics.watchDatabasePool(poolState);
    const cipher = openCipher(config);
    const checkErasure = createCheckErasure(cipher);
    const people = await createPeople(
      database,
      cipher,
      [(trx, person) => checkErasure.erase(trx, person.id, identitiesOf(person))],
      [(trx, person) => checkErasure.release(trx, person.id, identitiesOf(person))],
    );
    if (sandbox) await seed(people);

    const limits = await openLimits(config, logger);
    closers.push(() => limits.close?.() ?? Promise.resolve());
    if (limits.state) sharedLimitsGauges(metrics.registry, limits.state);
    const deps = { telemetry: metrics.telemetry, rateLimiter: limits.rateLimiter, holds: limits.holds };
    const vendors = new Vendors();
    for (const vendor of config.vendors.values()) {
      const connection = vendor.connect(vendors, deps);
      closers.push(() => connection.close());
    }
    const verdicts = vendors.find(zhima);
    const identityChecks = createIdentityChecks({
      database,
      cipher,
      client: verdicts ?? disabledVerdictSource,
      timeoutMs: verdicts?.timeoutMs ?? 0,
      lockPerson: lockLiving,
      onState: (state) => metrics.identityCheck(state),
    });
    closers.push(() => identityChecks.idle());
    const { left, unreadable } = await identityChecks.reseal();
    if (left > 0)
      logger.warn({ checks: left }, 'identity checks are still under DATA_KEY_PREVIOUS: keep it, start again');
    if (unreadable > 0) logger.error({ checks: unreadable }, 'identity checks cannot be read with DATA_KEY');

    // The hash under the key that was first: after a change of DATA_KEY the same id has another.
    const hashId = (id: string) => cipher.blindIndexes('audit', id)[0]?.toString('base64url', 0, 16) ?? '';
    const audit = openAudit(config.auditLog, hashId);
    closers.push(audit.close);
    const graph = graphOf(config.subgraph);
    const secret = sandboxSecret(config);
    const readiness = new Readiness(() => database.ping());
    const app = await createApp({
      config,
      graph,
      services: {
        people,
        identityChecks,
        peopleAreElsewhere: config.subgraph !== 'all',
        vendors,
        audit,
      },
      readCaller: createReadCaller(config.auth ?? (secret === undefined ? undefined : { secret }), {
        open: !config.auth,
        onFault: (what) => logger.error(what),
        onRefusal: (reason) => logger.info({ reason }, 'a token was refused'),
        scopeClaim: config.auth?.scopeClaim,
      }),
      recorders: { logger, metrics, tracing },
      explorer: config.explorer
        ? new Explorer({
            folder: join(packageFolder(), 'dist', 'explorer'),
            operations: () => readyOperations(graph.schema, MODULES),
            signers: () => (secret === undefined ? [] : signersOf(people, secret)),
            withoutToken: 'Everybody (no token)',
          })
        : undefined,
      database,
      readiness,
      ...(idleConnectionMs !== undefined && { idleConnectionMs }),
    });
    closers.push(() => app.stop(config.shutdownDrainMs, config.shutdownTimeoutMs * CLIENTS_SHARE));
    const url = `${await listen(app.server, 'PORT', config.host, config.port)}/graphql`;
    const metricsUrl =
      config.metricsPort > 0
        ? await serveMetrics(config, { metrics, readiness, limits: limits.state }, closers)
        : undefined;
    print(banner(config, url, metricsUrl, sandbox?.urls).join('\n'));
    // Whatever the level is: what started, and where, is what every reader of a log looks for first.
    if (!terminal && config.logLevel !== 'silent') {
      logger.child({}, { level: 'info' }).info(summary(config, url, metricsUrl, version), headline(config, url));
    }
    await flush();
    return { url, close };
  } catch (error) {
    // The error says what is wrong; what can not be closed then is not news.
    await close().catch(() => undefined);
    throw error;
  }
}

/** The vendors' local servers alone, with the settings that make a server use them: for a shell, and as they are for .env. */
export async function runSandbox(print: Print): Promise<Running> {
  const sandbox = await startSandbox();
  const settings = {
    SANDBOX: 'false',
    // Outside the sandbox tokens are checked, and npm run token makes them with this.
    AUTH_SECRET: randomBytes(32).toString('hex'),
    ...sandbox.settings,
  };
  print("# The vendors' local servers run until you press Ctrl-C. For a server that uses them, paste these lines into");
  print(
    '# another shell, or into .env, and run: npm start. Its directory has only whom you register; for tokens: npm run token',
  );
  for (const [name, value] of Object.entries(settings)) print(`export ${name}='${value}'`);
  return { url: '', close: () => sandbox.close() };
}

/** The sandbox is decided by the settings, and gives settings of its own. */
async function loadWithSandbox(environment: Environment): Promise<{ config: Config; sandbox?: Sandbox }> {
  const config = loadConfig(environment, MODULES);
  if (!config.sandbox) return { config };
  const sandbox = await startSandbox();
  try {
    return { config: loadConfig(environment, MODULES, sandbox.settings), sandbox };
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

/** So that a database which no waiting will bring is told from one that is down. */
function asWrongSetting(error: unknown): never {
  if (error instanceof DatabaseError && error.kind === 'misconfigured') throw new ConfigError([error.message]);
  throw error;
}

function openCipher(config: Config): Cipher {
  const file = sqliteFile(config.databaseUrl);
  const dataKey = config.dataKey ?? (file === undefined ? undefined : loadOrCreateDataKey(file));
  if (!dataKey) throw new Error('DATA_KEY is missing');
  return createCipher(dataKey, config.previousDataKey);
}

/** What of a person an identity check may be made by. */
function identitiesOf({
  alipayUserId,
  alipayOpenId,
  idNumber,
}: Partial<Pick<PersonData, 'alipayUserId' | 'alipayOpenId' | 'idNumber'>>): ZhimaSubject {
  return {
    userId: alipayUserId ?? undefined,
    openId: alipayOpenId ?? undefined,
    certNo: idNumber ?? undefined,
    certType: '0',
  };
}

async function seed(people: People): Promise<void> {
  const { people: some } = await people.page({ first: 1 });
  if (some.length > 0) return;
  for (const person of INVENTED_PEOPLE) {
    await people.register(person).catch((error: unknown) => {
      // Another server on the same file was a moment earlier.
      if (!(error instanceof AccountTakenError)) throw error;
    });
  }
}
