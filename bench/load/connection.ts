import { connect, type Socket } from 'node:net';
import { type Deferred, defer } from './deferred.js';

export interface Answer {
  status: number;
  body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const TIMEOUT_MS = 20_000;

/**
 * One HTTP/1.1 connection that sends prepared bytes and reads answers with a Content-Length, which is all that the
 * contenders give. A general client would cost more CPU than some of the servers that it is to measure.
 */
export class Connection {
  private chunks: Buffer[] = [];
  private size = 0;
  /** Of the whole answer; known once the head is there. */
  private expected = Infinity;
  private bodyAt = 0;
  private status = 0;
  private waiting: Deferred<Answer> | undefined;
  private failure: Error | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer in time')));
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the connection was closed')));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  /** Whether it can be asked again. */
  get usable(): boolean {
    return this.failure === undefined;
  }

  ask(request: Buffer): Promise<Answer> {
    if (this.failure) return Promise.reject(this.failure);
    this.waiting = defer();
    this.socket.write(request);
    return this.waiting.promise;
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.expected === Infinity) this.readHead();
    if (this.size < this.expected) return;
    const whole = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    const answer = { status: this.status, body: whole.subarray(this.bodyAt) };
    this.chunks = [];
    this.size = 0;
    this.expected = Infinity;
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(answer);
  }

  private readHead(): void {
    const whole = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
    const end = whole?.indexOf(HEAD_END) ?? -1;
    if (!whole || end < 0) return;
    const head = whole.toString('latin1', 0, end);
    const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
    if (length === undefined) {
      this.socket.destroy(new Error('an answer without content-length'));
      return;
    }
    this.status = Number(head.slice(9, 12));
    this.bodyAt = end + HEAD_END.length;
    this.expected = this.bodyAt + Number(length);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.waiting?.reject(this.failure);
    this.waiting = undefined;
  }
}
