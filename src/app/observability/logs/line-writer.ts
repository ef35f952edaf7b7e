import { fstatSync, write } from 'node:fs';
import { writeThrough } from './write-through.js';

/** What the system writes to a pipe in one piece: no line of the audit log comes into the middle of one of these. */
const PIPE_PIECE_LENGTH = 4_096;
/** A file takes any piece whole, and to begin a write takes as long as making a dozen lines. */
const FILE_PIECE_LENGTH = 65_536;
/** What is not yet a whole piece is written after this. */
const FLUSH_MS = 250;
/** What waits for a reader that does not read. What comes then is dropped. */
const MAX_WAITING_LENGTH = 16 * 1024 * 1024;
const READER_BEHIND_MS = 20;

/**
 * Writes lines beside the work rather than in it, in pieces. Lines that cannot be written, for a disk that is full or a
 * reader that is gone, are dropped: an answer is worth more than its line.
 *
 * Ours rather than pino's own destination, which measures each line and what it is put behind: that costs as much as
 * making the line.
 */
export class LineWriter {
  private piece = '';
  private waiting: string[] = [];
  private writing = false;
  private idle: (() => void)[] = [];

  private readonly pieceLength: number;

  constructor(private readonly fd: number) {
    this.pieceLength = fstatSync(fd).isFile() ? FILE_PIECE_LENGTH : PIPE_PIECE_LENGTH;
    setInterval(() => this.endPiece(), FLUSH_MS).unref();
  }

  write(line: string): void {
    if (this.piece.length + line.length > this.pieceLength) this.endPiece();
    this.piece += line;
  }

  /** Resolves when all of it is written, or cannot be. */
  flush(): Promise<void> {
    this.endPiece();
    return this.writing ? new Promise((resolve) => this.idle.push(resolve)) : Promise.resolve();
  }

  /** For the end of the process, when nothing can be waited for. */
  flushNow(): void {
    const rest = this.waiting.join('') + this.piece;
    this.waiting = [];
    this.piece = '';
    try {
      writeThrough(this.fd, Buffer.from(rest), { bytes: 0 });
    } catch {
      // Nobody is there any more to be told.
    }
  }

  private endPiece(): void {
    if (this.piece !== '' && this.waiting.length * this.pieceLength < MAX_WAITING_LENGTH) this.waiting.push(this.piece);
    this.piece = '';
    if (!this.writing) this.next();
  }

  private next(): void {
    const piece = this.waiting.shift();
    this.writing = piece !== undefined;
    if (piece !== undefined) this.out(Buffer.from(piece));
    else for (const resolve of this.idle.splice(0)) resolve();
  }

  private out(bytes: Buffer): void {
    write(this.fd, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(() => this.out(bytes), READER_BEHIND_MS).unref();
      else if (!error && written < bytes.length) this.out(bytes.subarray(written));
      else this.next();
    });
  }
}
