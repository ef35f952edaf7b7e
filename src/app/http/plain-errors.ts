import { type Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import { type FastifyInstance, type FastifyReply } from 'fastify';
import { PublicError } from '../../graph/errors.js';

export const MAX_BODY_BYTES = 2 * 1024 * 1024;

const JSON_TYPE = 'application/json; charset=utf-8';

/** What is said by status. The framework's own words would repeat the URL or what was sent, which may hold anything. */
const MESSAGES: Record<number, string> = {
  404: 'There is nothing here',
  405: 'Only GET and POST are understood here',
  408: 'The request took too long to arrive',
  413: `A request has at most ${MAX_BODY_BYTES} bytes`,
  415: 'The request must be sent as content-type: application/json',
  421: 'An open sandbox answers only under a name of this machine: an address, localhost or HOST',
  431: 'The headers of the request are too large',
};

const bodyOf = (status: number, message = MESSAGES[status] ?? 'The request could not be read', code = codeOf(status)) =>
  JSON.stringify({ errors: [{ message, extensions: { code } }] });
const codeOf = (status: number) => (status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST');

export function refuse(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).type(JSON_TYPE).send(bodyOf(status));
}

/** Says what goes wrong outside of the graph in the graph's shape. */
export function answerPlainly(app: FastifyInstance, graphqlPath: string): void {
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof PublicError) {
      return reply
        .code(400)
        .type(JSON_TYPE)
        .send(bodyOf(400, error.message, error.code));
    }
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status < 500) return refuse(reply, status);
    request.record.logFault(error, 'a request failed outside of the graph');
    return refuse(reply, 500);
  });
  app.setNotFoundHandler((request, reply) =>
    request.url.split('?', 1)[0] === graphqlPath ? refuse(reply.header('allow', 'GET, POST'), 405) : refuse(reply, 404),
  );
}

/** For what is not even a request: garbage, headers without end, a client that does not come to an end. */
export function refuseConnection(error: { code?: string; rawPacket?: unknown }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = CONNECTION_STATUS[error.code ?? ''] ?? 400;
  const body = bodyOf(status);
  // Who asked for the head alone would take a body for the next answer.
  const onlyHead = Buffer.isBuffer(error.rawPacket) && error.rawPacket.toString('latin1', 0, 5) === 'HEAD ';
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${onlyHead ? '' : body}`,
    );
  }
  socket.destroy();
}

const CONNECTION_STATUS: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };
