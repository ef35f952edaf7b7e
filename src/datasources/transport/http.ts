import { Pool, errors as undiciErrors } from 'undici';
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

/** The most that any vendor's honest answer was seen to need is a few hundred KB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Servers behind the vendors' gateways drop idle connections after 15 s and more; leave earlier than they do. */
const KEEP_ALIVE_MS = 10_000;

const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

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
      // The deadline's signal bounds the whole exchange; a second set of timers would only give other errors.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** The request target as it will stand on the request line, for signatures that cover it. */
  target(path: string): string {
    return this.basePath + path;
  }

  /** Answers of any status but 3xx are returned; everything else is a VendorError of kind timeout, unavailable or protocol. */
  async send(request: HttpRequest, deadline: Deadline): Promise<HttpAnswer> {
    // By the clock, not by the signal: in a process that was suspended the timer fires later than the code goes on.
    if (deadline.remainingMs() === 0) throw this.fault('timeout', 'was not asked: the time was up', undefined, false);
    let answer;
    try {
      answer = await this.pool.request({
        method: request.method,
        path: this.target(request.path),
        headers: { ...request.headers, 'accept-encoding': 'identity' },
        body: request.body ?? null,
        signal: deadline.signal,
      });
    } catch (cause) {
      throw this.exchangeFault(cause, deadline);
    }
    const { statusCode: status, body } = answer;
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
    }
    try {
      if (status >= 300 && status < 400) throw this.fault('protocol', `answered with a redirect (${status})`);
      const encoding = headers['content-encoding'];
      if (encoding !== undefined && encoding !== 'identity')
        throw this.fault('protocol', 'sent an encoding nobody asked for');
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) throw this.fault('protocol', `sent more than ${MAX_ANSWER_BYTES} bytes`);
        chunks.push(chunk);
      }
      return { status, headers, body: Buffer.concat(chunks) };
    } catch (cause) {
      // Leaving the loop early closes the socket: nothing more of a too large answer is read.
      body.on('error', () => undefined).destroy();
      throw cause instanceof VendorError ? cause : this.exchangeFault(cause, deadline);
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private exchangeFault(cause: unknown, deadline: Deadline): VendorError {
    if (deadline.signal.aborted) return this.fault('timeout', 'did not answer in time', cause);
    const code = (cause as { code?: unknown } | null)?.code;
    const neverSent = typeof code === 'string' && NEVER_SENT.has(code);
    if (cause instanceof undiciErrors.HTTPParserError) return this.fault('protocol', 'did not answer in HTTP', cause);
    return this.fault('unavailable', neverSent ? 'could not be reached' : 'broke the connection', cause, !neverSent);
  }

  private fault(
    kind: 'timeout' | 'unavailable' | 'protocol',
    what: string,
    cause?: unknown,
    maybeSent = true,
  ): VendorError {
    return new VendorError({ vendor: this.vendor, kind, message: `${this.vendor} ${what}`, cause, maybeSent });
  }
}
