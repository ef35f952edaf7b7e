import { type ApolloServer, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Context } from '../../context.js';
import { atEndOfTurn } from '../../datasources/transport/turn.js';
import { INTERNAL_MESSAGE } from '../../graph/errors.js';
import { searchOf } from '../../graph/guard/admission.js';
import { EXPLORER_PATH, type Explorer } from '../explorer/explorer.js';
import { type Answer } from './answer.js';
import { type FastLane } from './fast-lane.js';
import { hostNameOf, isOwnHost } from './hosts.js';
import { type Overload } from './overload.js';
import { refuse } from './plain-errors.js';

export const GRAPHQL_PATH = '/graphql';

interface RouteParts {
  apollo: ApolloServer<Context>;
  fastLane: FastLane;
  /** @throws what the GraphQL server is to answer instead */
  createContext: (request: FastifyRequest, reply: FastifyReply, arrivedAtMs: number) => Context | Promise<Context>;
  /** The page for a browser; undefined = none. */
  explorer: Explorer | undefined;
  /** Where everybody may do everything: the only name, besides those of this machine, under which that is so. */
  onlyUnder: string | undefined;
  overload: Overload;
  /** Hears of each request in the turn of the event loop that brought it. */
  requestArrived: () => void;
}

const UNWRITTEN: Answer = {
  status: 500,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify({ errors: [{ message: INTERNAL_MESSAGE, extensions: { code: 'INTERNAL_SERVER_ERROR' } }] }),
};

/** Puts the GraphQL server behind its path. */
export function routeGraphql(app: FastifyInstance, parts: RouteParts): void {
  const { apollo, fastLane, createContext, explorer, onlyUnder, overload, requestArrived } = parts;
  const askServer = async (request: FastifyRequest, context: () => Context | Promise<Context>): Promise<Answer> => {
    const response = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: readHttp(request),
      context: async () => context(),
    });
    fastLane.learn(request, response);
    const { status = 200, headers, body } = response;
    // In parts only for @defer and @stream, which the schema does not have.
    if (body.kind !== 'complete') throw new Error('An answer came in parts');
    return { status, headers: Object.fromEntries(headers), body: body.string };
  };
  const answerInTurn = overload.inTurn(async (request, reply, arrivedAtMs): Promise<Answer> => {
    let context: Context | undefined;
    let refusal: unknown;
    try {
      const created = createContext(request, reply, arrivedAtMs);
      context = created instanceof Promise ? await created : created;
    } catch (error) {
      refusal = error;
      request.record.refused(error);
    }
    const short = context && fastLane.answer(request, context);
    const answer = short ? await short : await askServer(request, () => context ?? refused(refusal));
    try {
      context?.audit.settle();
    } catch (error) {
      // What leaves no line is not shown.
      request.record.logFault(error, 'the audit log cannot be written');
      return UNWRITTEN;
    }
    return answer;
  });
  app.route({
    method: ['GET', 'POST'],
    url: GRAPHQL_PATH,
    exposeHeadRoute: false,
    onRequest: (request, reply, done) => {
      if (overload.isFull()) {
        overload.refuse(reply);
        return;
      }
      const name = hostNameOf(request.headers.host);
      if (name === undefined) return void refuse(reply, 400);
      if (onlyUnder !== undefined && !isOwnHost(name, onlyUnder)) return void refuse(reply, 421);
      void reply.header('cache-control', 'no-store');
      done();
    },
    handler: (request, reply) => {
      if (explorer !== undefined && wantsPage(request)) {
        void explorer.page().then(
          ({ headers, body }) => reply.headers(headers).send(body),
          (error: unknown) => reply.send(error),
        );
        return;
      }
      requestArrived();
      answerInTurn(request, reply).then(
        ({ status, headers, body }) => atEndOfTurn(() => void reply.code(status).headers(headers).send(body)),
        (error: unknown) => void reply.send(error),
      );
    },
  });
  if (explorer !== undefined) {
    app.get<{ Params: { name: string } }>(`${EXPLORER_PATH}/:name`, async (request, reply) => {
      const file = await explorer.asset(request.params.name, request.headers['accept-encoding']);
      return file ? reply.headers(file.headers).send(file.body) : refuse(reply, 404);
    });
  }
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

/** Thrown where the GraphQL server asks for the context, so that it is answered like all that it refuses itself. */
function refused(refusal: unknown): never {
  throw refusal;
}
