import { type FastifyInstance } from 'fastify';
import { type Recorders, RequestRecord } from './request-record.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What is heard of this request. */
    record: RequestRecord;
  }
}

/** Gives every request a record and an id, which its answer carries. To be called before anything that may answer. */
export function recordRequests(app: FastifyInstance, recorders: Recorders): void {
  app.decorateRequest('record');
  app.addHook('onRequest', (request, reply, done) => {
    request.record = new RequestRecord(recorders, request);
    void reply.header('x-request-id', request.record.id);
    done();
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    request.record.finish(reply.statusCode);
    done();
  });
}
