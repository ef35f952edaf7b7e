import { createHash, timingSafeEqual } from 'node:crypto';
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import cors from '@fastify/cors';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Logger } from 'pino';
import { type Config } from '../config/config.js';
import { type Context, createContext, type Services } from '../context.js';
import { createAdmission } from '../graph/guard/admission.js';
import { formatError } from '../graph/errors.js';
import { type ExplorerPage } from './explorer/page.js';
import { type Graph } from '../graph/schema.js';
import { apolloLogger, described, observe } from './observe.js';
import { type Metrics } from './metrics.js';
import { type ReadCaller } from './authentication.js';

const MAX_BODY_BYTES = 2 * 1024 * 1024;
/** Apollo Sandbox runs in the browser from here. */
const APOLLO_SANDBOX_ORIGIN = 'https://studio.apollographql.com';

export interface AppParts {
  config: Pick<Config, 'sandbox' | 'corsOrigins' | 'introspection' | 'routerSecret' | 'trustedDocuments'>;
  graph: Graph;
  services: Services;
  readCaller: ReadCaller;
  metrics: Metrics;
  logger: Logger;
  /** The page for a browser that opens /graphql; undefined = none. */
  explorerPage: ExplorerPage | undefined;
  /** Rejects where the database cannot be reached. */
  ping: () => Promise<void>;
}

/** The HTTP server, ready to listen. Closing it lets running requests finish. */
export async function createApp(parts: AppParts): Promise<FastifyInstance> {
  const { config, graph, services, readCaller, metrics, logger, explorerPage, ping } = parts;
  // Without Fastify's own log: it writes URLs, and a GET carries its variables there.
  const app = fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, forceCloseConnections: 'idle' });
  const apollo = new ApolloServer<Context>({
    schema: graph.schema,
    introspection: config.introspection,
    hideSchemaDetailsFromClientErrors: !config.introspection,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    logger: apolloLogger(logger),
    formatError,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      fastifyApolloDrainPlugin(app),
      observe(metrics, logger),
    ],
  });
  await apollo.start();

  const origins = [...config.corsOrigins, ...(config.sandbox ? [APOLLO_SANDBOX_ORIGIN] : [])];
  if (config.sandbox) {
    // A public page may ask a loopback address only with this leave (Private Network Access).
    app.addHook('onRequest', (request, reply) => {
      if (request.headers['access-control-request-private-network'] === 'true') {
        void reply.header('access-control-allow-private-network', 'true');
      }
      return Promise.resolve();
    });
  }
  if (origins.length > 0) await app.register(cors, { origin: origins, methods: ['GET', 'POST'], maxAge: 600 });
  app.setErrorHandler((error, _request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status >= 500) logger.error(described(error), 'a request failed outside of the graph');
    // The parser's own message would quote what was sent.
    const message = status === 413 ? `A request has at most ${MAX_BODY_BYTES} bytes` : 'The request could not be read';
    void reply
      .code(status)
      .send({ errors: [{ message, extensions: { code: status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST' } }] });
  });

  app.setNotFoundHandler((_request, reply) => {
    // The framework's own answer would repeat the URL, which may hold anything.
    void reply.code(404).send({ errors: [{ message: 'There is nothing here', extensions: { code: 'BAD_REQUEST' } }] });
  });
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    done();
  });

  let stopping = false;
  app.addHook('preClose', () => {
    stopping = true;
    return Promise.resolve();
  });
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    if (stopping) return reply.code(503).send({ status: 'stopping' });
    try {
      await ping();
      return { status: 'ok' };
    } catch {
      return reply.code(503).send({ status: 'the database cannot be used' });
    }
  });

  const admit = createAdmission(config.trustedDocuments);
  const isRouter = routerCheck(config.routerSecret);
  const graphql = fastifyApolloHandler(apollo, {
    context: async (request: FastifyRequest, reply: FastifyReply) => {
      const ended = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) ended.abort();
      });
      const proven = isRouter(request.headers['x-router-secret']);
      const open = config.routerSecret === undefined;
      return createContext(services, {
        document: admit(request, proven),
        caller: await readCaller(request.headers.authorization),
        fromRouter: proven || open,
        readsSchema: proven || (open && config.introspection),
        trustsRepresentations: proven,
        signal: ended.signal,
      });
    },
  });
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    onRequest: async (_request, reply) => {
      void reply.header('cache-control', 'no-store');
      return Promise.resolve();
    },
    handler: async (request, reply) => {
      if (explorerPage !== undefined && wantsPage(request))
        return reply.headers(explorerPage.headers).send(explorerPage.html);
      return graphql.call(app, request, reply);
    },
  });
  app.get('/', (_request, reply) => reply.redirect('/graphql'));
  return app;
}

function wantsPage(request: FastifyRequest): boolean {
  const { query } = request.query as { query?: unknown };
  return request.method === 'GET' && query === undefined && /\btext\/html\b/.test(request.headers.accept ?? '');
}

/** Compares digests, so that neither the length nor the first wrong character shows in the time it takes. */
function routerCheck(secret: string | undefined): (given: unknown) => boolean {
  if (secret === undefined) return () => false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(secret);
  return (given) => typeof given === 'string' && timingSafeEqual(digest(given), expected);
}
