import { type ApolloServer, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Logger } from 'pino';
import { type Context } from '../context.js';
import { INTERNAL_MESSAGE } from '../graph/errors.js';
import { searchOf } from '../graph/guard/admission.js';
import { type ExplorerPage } from './explorer/page.js';
import { hostNameOf, isOwnHost } from './hosts.js';
import { described } from './logging.js';
import { refuse } from './plain-errors.js';

export const GRAPHQL_PATH = '/graphql';

interface RouteParts {
  apollo: ApolloServer<Context>;
  createContext: (request: FastifyRequest, reply: FastifyReply) => Promise<Context>;
  /** The page for a browser; undefined = none. */
  explorerPage: ExplorerPage | undefined;
  /** Where everybody may do everything: the only name, besides those of this machine, under which that is so. */
  onlyUnder: string | undefined;
  logger: Logger;
}

const UNWRITTEN = JSON.stringify({
  errors: [{ message: INTERNAL_MESSAGE, extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
});

/** Puts the GraphQL server behind its path. */
export function routeGraphql(app: FastifyInstance, parts: RouteParts): void {
  const { apollo, createContext, explorerPage, onlyUnder, logger } = parts;
  app.route({
    method: ['GET', 'POST'],
    url: GRAPHQL_PATH,
    exposeHeadRoute: false,
    onRequest: (request, reply, done) => {
      const name = hostNameOf(request.headers.host);
      if (name === undefined) return void refuse(reply, 400);
      if (onlyUnder !== undefined && !isOwnHost(name, onlyUnder)) return void refuse(reply, 421);
      void reply.header('cache-control', 'no-store');
      done();
    },
    handler: async (request, reply) => {
      if (explorerPage !== undefined && wantsPage(request)) {
        return reply.headers(explorerPage.headers).send(explorerPage.html);
      }
      let context: Context | undefined;
      const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: readHttp(request),
        context: async () => (context = await createContext(request, reply)),
      });
      try {
        context?.audit.settle();
      } catch (error) {
        // What leaves no line is not shown.
        logger.error(described(error), 'the audit log cannot be written');
        return reply.code(500).type('application/json; charset=utf-8').send(UNWRITTEN);
      }
      for (const [name, value] of headers) void reply.header(name, value);
      // In parts only for @defer and @stream, which the schema does not have.
      if (body.kind !== 'complete') throw new Error('An answer came in parts');
      return reply.code(status ?? 200).send(body.string);
    },
  });
}

function readHttp({ method, headers, url, body }: FastifyRequest): HTTPGraphQLRequest {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return { method, headers: map, search: searchOf(url), body };
}

function wantsPage(request: FastifyRequest): boolean {
  const { query } = request.query as { query?: unknown };
  return request.method === 'GET' && query === undefined && /\btext\/html\b/.test(request.headers.accept ?? '');
}
