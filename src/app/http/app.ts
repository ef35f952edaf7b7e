import { createHash, timingSafeEqual } from 'node:crypto';
import { type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import cors from '@fastify/cors';
import fastify, { type FastifyInstance } from 'fastify';
import { type Config } from '../../config/config.js';
import { Context, type Services } from '../../context.js';
import { type Database } from '../../database/open.js';
import { type Caller } from '../../graph/access.js';
import { formatError } from '../../graph/errors.js';
import { Cancellation } from '../../datasources/transport/cancellation.js';
import { createAdmission } from '../../graph/guard/admission.js';
import { MAX_VARIABLE_ERRORS } from '../../graph/guard/variables.js';
import { type Graph } from '../../graph/schema.js';
import { type ReadCaller } from '../authentication/authentication.js';
import { type Explorer } from '../explorer/explorer.js';
import { FastLane } from './fast-lane.js';
import { GRAPHQL_PATH, routeGraphql } from './graphql-route.js';
import { acceptJsonBodies } from './json-body.js';
import { apolloLogger } from '../observability/logs/logging.js';
import { Overload } from './overload.js';
import { answerPlainly, MAX_BODY_BYTES, refuse, refuseConnection } from './plain-errors.js';
import { budget } from './plugins/budget.js';
import { documents } from './plugins/documents.js';
import { operations } from './plugins/operations.js';
import { type Readiness } from './readiness.js';
import { recordRequests } from '../observability/requests/request-log.js';
import { type Recorders } from '../observability/requests/request-record.js';

/** Apollo Sandbox runs in the browser from here. */
const APOLLO_SANDBOX_ORIGIN = 'https://studio.apollographql.com';
/** The most that a request may take to arrive, headers and body, however long answering may take. */
const MAX_ARRIVAL_MS = 30_000;
/** A client that reads nothing of its answer, or says nothing between two requests, for longer than a proxy would wait. */
const IDLE_CONNECTION_MS = 75_000;

export interface AppParts {
  config: Pick<
    Config,
    | 'sandbox'
    | 'auth'
    | 'host'
    | 'corsOrigins'
    | 'introspection'
    | 'routerSecret'
    | 'trustedDocuments'
    | 'requestTimeoutMs'
  >;
  graph: Graph;
  services: Services;
  readCaller: ReadCaller;
  recorders: Recorders;
  /** The page for a browser that opens /graphql; undefined = none. */
  explorer: Explorer | undefined;
  database: Pick<Database, 'requestArrived'>;
  readiness: Readiness;
  /** A connection without a byte either way for so long is ended. */
  idleConnectionMs?: number;
}

export interface App {
  /** Ready to listen. */
  server: FastifyInstance;
  /**
   * Says "not ready" for `drainMs` and then takes no more connections. What is being answered is answered; after
   * `timeoutMs` in all, whoever still holds a connection loses it.
   */
  stop: (drainMs: number, timeoutMs: number) => Promise<void>;
}

export async function createApp(parts: AppParts): Promise<App> {
  const {
    config,
    graph,
    services,
    readCaller,
    recorders,
    explorer,
    database,
    idleConnectionMs = IDLE_CONNECTION_MS,
  } = parts;
  const arrivalTimeoutMs = Math.min(config.requestTimeoutMs, MAX_ARRIVAL_MS);
  const app = fastify({
    // Without Fastify's own log: it writes URLs, and a GET carries its variables there.
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: 'idle',
    // What comes while the server stops over a connection that was open before is answered, too.
    return503OnClosing: false,
    requestTimeout: arrivalTimeoutMs,
    connectionTimeout: idleConnectionMs,
    keepAliveTimeout: idleConnectionMs,
    http: {
      headersTimeout: arrivalTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, Math.ceil(arrivalTimeoutMs / 4)),
    },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (_error, _request, reply) => void refuse(reply, 400),
  });
  acceptJsonBodies(app);
  const apollo = new ApolloServer<Context>({
    schema: graph.schema,
    introspection: config.introspection,
    hideSchemaDetailsFromClientErrors: !config.introspection,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    // Known documents are kept by their text (see plugins/documents.ts).
    documentStore: null,
    executionOptions: { maxCoercionErrors: MAX_VARIABLE_ERRORS },
    stopOnTerminationSignals: false,
    logger: apolloLogger(recorders.logger),
    formatError,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      documents,
      budget,
      operations,
    ],
  });
  await apollo.start();
  app.addHook('onClose', () => apollo.stop());

  recordRequests(app, recorders);
  await allowOrigins(app, config);
  answerPlainly(app, GRAPHQL_PATH);
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (parts.readiness.stopping) void reply.header('connection', 'close');
    done();
  });
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const { code, status } = await parts.readiness.check();
    return reply.code(code).send({ status });
  });

  const admit = createAdmission(config.trustedDocuments);
  const isRouter = routerCheck(config.routerSecret);
  const open = config.routerSecret === undefined;
  const overload = new Overload(config.requestTimeoutMs, recorders.metrics.registry, recorders.logger);
  app.addHook('onClose', () => overload.stop());
  routeGraphql(app, {
    apollo,
    fastLane: new FastLane(graph.schema),
    explorer,
    onlyUnder: config.auth ? undefined : config.host,
    overload,
    requestArrived: () => database.requestArrived(),
    createContext: (request, reply, arrivedAtMs) => {
      const proven = isRouter(request.headers['x-router-secret']);
      const document = admit(request, proven);
      const contextOf = (caller: Caller) =>
        new Context(services, {
          document,
          caller,
          fromRouter: proven || open,
          readsSchema: proven || (open && config.introspection),
          trustsRepresentations: proven,
          observer: request.record,
          departure: () => departureOf(reply.raw, arrivedAtMs + config.requestTimeoutMs),
        });
      const caller = readCaller(request.headers.authorization);
      return caller instanceof Promise ? caller.then(contextOf) : contextOf(caller);
    },
  });
  app.get('/', (_request, reply) => reply.redirect(GRAPHQL_PATH));
  return {
    server: app,
    stop: async (drainMs, timeoutMs) => {
      parts.readiness.stopping = true;
      const force = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
      await wait(drainMs);
      await app.close();
      clearTimeout(force);
    },
  };
}

/** Cancelled when the client is gone or the request's time is up, so that what only they wait for ends as well. */
function departureOf(response: ServerResponse, endsAt: number): Cancellation {
  const departure = new Cancellation();
  const end = () => departure.cancel();
  const timer = setTimeout(end, Math.max(0, endsAt - performance.now())).unref();
  response.once('close', () => {
    clearTimeout(timer);
    if (!response.writableFinished) end();
  });
  if (response.closed) end();
  return departure;
}

async function allowOrigins(app: FastifyInstance, { sandbox, corsOrigins }: AppParts['config']): Promise<void> {
  const origins = [...corsOrigins, ...(sandbox ? [APOLLO_SANDBOX_ORIGIN] : [])];
  if (sandbox) {
    // A public page may ask a loopback address only with this leave (Private Network Access).
    app.addHook('onRequest', (request, reply, done) => {
      if (request.headers['access-control-request-private-network'] === 'true') {
        void reply.header('access-control-allow-private-network', 'true');
      }
      done();
    });
  }
  if (origins.length > 0)
    await app.register(cors, {
      origin: origins,
      methods: ['GET', 'POST'],
      exposedHeaders: ['x-request-id', 'retry-after'],
      maxAge: 600,
    });
}

/** Compares digests, so that neither the length nor the first wrong character shows in the time it takes. */
function routerCheck(secret: string | undefined): (given: unknown) => boolean {
  if (secret === undefined) return () => false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(secret);
  return (given) => typeof given === 'string' && timingSafeEqual(digest(given), expected);
}
