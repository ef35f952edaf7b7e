import { type IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, Pool, errors as undiciErrors } from 'undici';
import { type Deadline } from './deadline.js';
import { VendorError } from './errors.js';

export interface HttpRequest {
  method: 'GET' | 'POST';
  /** Path and query, sent to the byte as given: a signature may cover it. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export interface HttpAnswer {
  status: number;
  /** Lower-case names; a repeated header is joined with ", ". */
  headers: Record<string, string>;
  body: Buffer;
}

/** Hears of a request's way: that it is written, and then of its answer or its failure; each once. */
export interface RequestListener {
  /** Not before: a connection may have to be made first, and a busy process writes late. */
  written(): void;
  /** Of any status but 3xx. */
  answered(answer: HttpAnswer): void;
  /** Of kind timeout, unavailable or protocol; `maybeSent` is false where it is certain that no byte left. */
  failed(error: VendorError): void;
}

/** The most that any vendor's honest answer was seen to need is a few hundred KB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Servers behind the vendors' gateways drop idle connections after 15 s and more; leave earlier than they do. */
const KEEP_ALIVE_MS = 10_000;

/**
 * One bounded keep-alive pool to one vendor. Sends a request once: no redirect, no retry, no decompression, so that
 * what was signed is what goes out, and what arrives is what was signed.
 */
export class VendorHttp {
  private readonly pool: Pool;
  private readonly basePath: string;

  constructor(
    private readonly vendor: string,
    baseUrl: string,
    maxConnections: number,
  ) {
    const url = new URL(baseUrl);
    this.basePath = url.pathname.replace(/\/+$/, '');
    this.pool = new Pool(url.origin, {
      connections: maxConnections,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // The deadline bounds the whole exchange; a second set of timers would only give other errors.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** The request target as it will stand on the request line, for signatures that cover it. */
  target(path: string): string {
    return this.basePath + path;
  }

  send({ method, path, headers, body }: HttpRequest, deadline: Deadline, listener: RequestListener): void {
    headers['accept-encoding'] = 'identity';
    const exchange = new Exchange(this.vendor, deadline, listener);
    // By the clock, not by a timer: in a process that was suspended the timer fires later than the code goes on.
    if (deadline.remainingMs() === 0) exchange.fail('timeout', 'was not asked: the time was up');
    else this.pool.dispatch({ method, path: this.target(path), headers, body: body ?? null }, exchange);
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }
}

/**
 * One request on its way. By undici's dispatch rather than its request(): that makes a stream of every answer, which
 * costs about as much as all the rest of a small exchange.
 */
class Exchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private over = false;
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  constructor(
    private readonly vendor: string,
    private readonly deadline: Deadline,
    private readonly listener: RequestListener,
  ) {
    deadline.onEnd(this.timeOut);
  }

  /** Called just before the first byte is written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.over) {
      controller.abort(new Error('nobody waits for this request any more'));
      return;
    }
    this.controller = controller;
    this.listener.written();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
    if (status >= 300 && status < 400) {
      this.fail('protocol', `answered with a redirect (${status})`);
      return;
    }
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') this.fail('protocol', 'sent an encoding nobody asked for');
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > MAX_ANSWER_BYTES) this.fail('protocol', `sent more than ${MAX_ANSWER_BYTES} bytes`);
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.over) return;
    this.end();
    const [only = Buffer.alloc(0)] = this.chunks;
    const body = this.chunks.length > 1 ? Buffer.concat(this.chunks) : only;
    this.listener.answered({ status: this.status, headers: joined(this.headers), body });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, cause: Error): void {
    if (cause instanceof undiciErrors.HTTPParserError) this.fail('protocol', 'did not answer in HTTP', cause);
    else this.fail('unavailable', this.controller ? 'broke the connection' : 'could not be reached', cause);
  }

  /** Ends the exchange; aborting closes the socket, so that nothing more of an answer is read. */
  fail(kind: 'timeout' | 'unavailable' | 'protocol', what: string, cause?: unknown): void {
    if (this.over) return;
    this.end();
    const maybeSent = this.controller !== undefined;
    const error = new VendorError({ vendor: this.vendor, kind, message: `${this.vendor} ${what}`, cause, maybeSent });
    if (cause === undefined) this.controller?.abort(error);
    this.listener.failed(error);
  }

  private readonly timeOut = (): void => {
    this.fail('timeout', 'did not answer in time');
  };

  private end(): void {
    this.over = true;
    this.deadline.offEnd(this.timeOut);
  }
}

function joined(headers: IncomingHttpHeaders): Record<string, string> {
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) headers[name] = value.join(', ');
  }
  return headers as Record<string, string>;
}
