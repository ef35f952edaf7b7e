import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';
import { PictureFormat } from './types.js';

/** White modules around the code; scanners need some. */
const MARGIN = 2;
const deflated = promisify<Buffer, Buffer>(deflate);

/** A code as squares: `dark` in rows of `size`. */
interface Modules {
  size: number;
  dark: Uint8Array;
}

/**
 * The pictures of one request. The same one is drawn once, however often it is asked for, and drawing leaves the event
 * loop free: one code is laid out a turn, and what takes long in a PNG happens on zlib's threads.
 */
export class Pictures {
  private readonly drawn = new Map<string, Promise<string>>();
  private readonly codes = new Map<string, Promise<Modules>>();
  private layingOut: Promise<unknown> = Promise.resolve();

  /**
   * A data: URI.
   * @param size width and height in pixels; a PNG has at least one for each square
   * @throws Error where no QR code can hold the text
   */
  draw(code: string, format: PictureFormat, size: number): Promise<string> {
    const key = `${format} ${size} ${code}`;
    const drawn = this.drawn.get(key);
    if (drawn) return drawn;
    const picture = this.drawAnew(code, format, size);
    this.drawn.set(key, picture);
    return picture;
  }

  private async drawAnew(code: string, format: PictureFormat, size: number): Promise<string> {
    const modules = await this.modulesOf(code);
    return format === PictureFormat.PNG
      ? `data:image/png;base64,${(await drawPng(modules, size)).toString('base64')}`
      : `data:image/svg+xml;base64,${Buffer.from(drawSvg(modules, size)).toString('base64')}`;
  }

  private modulesOf(code: string): Promise<Modules> {
    let found = this.codes.get(code);
    if (!found) {
      found = this.layingOut.then(async () => {
        await nextTurn();
        // Loaded with the first picture: most processes draw none.
        const { create } = await import('qrcode');
        const { size, data } = create(code).modules;
        return { size, dark: data };
      });
      this.layingOut = found.catch(() => undefined);
      this.codes.set(code, found);
    }
    return found;
  }
}

/** One path of horizontal strokes. */
function drawSvg({ size: modules, dark }: Modules, size: number): string {
  const whole = modules + 2 * MARGIN;
  let path = '';
  for (let y = 0; y < modules; y += 1) {
    for (let x = 0; x < modules; x += 1) {
      const from = x;
      while (x < modules && dark[y * modules + x]) x += 1;
      if (x > from) path += `M${from + MARGIN} ${y + MARGIN + 0.5}h${x - from}`;
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${whole} ${whole}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${whole}v${whole}H0z"/><path stroke="#000" d="${path}"/></svg>\n`;
}

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** One bit a pixel, grey (so black or white), and nothing else that PNG can do. */
const PNG_KIND = Buffer.from([1, 0, 0, 0, 0]);

/** By the PNG specification: a code has two colours, so that a pixel takes one bit and not the four bytes of a photograph. */
async function drawPng({ size: modules, dark }: Modules, asked: number): Promise<Buffer> {
  const whole = modules + 2 * MARGIN;
  const size = Math.max(asked, whole);
  const moduleAt = (pixel: number) => Math.floor((pixel * whole) / size) - MARGIN;
  // Each row begins with its filter: 0, none.
  const rowBytes = 1 + Math.ceil(size / 8);
  const rows = Buffer.alloc(rowBytes * size);
  for (let pixelY = 0; pixelY < size; pixelY += 1) {
    const at = pixelY * rowBytes;
    const y = moduleAt(pixelY);
    if (pixelY > 0 && moduleAt(pixelY - 1) === y) {
      rows.copyWithin(at, at - rowBytes, at);
      continue;
    }
    rows.fill(0xff, at + 1, at + rowBytes);
    if (y < 0 || y >= modules) continue;
    for (let pixelX = 0; pixelX < size; pixelX += 1) {
      const x = moduleAt(pixelX);
      if (x < 0 || x >= modules || !dark[y * modules + x]) continue;
      const byte = at + 1 + (pixelX >> 3);
      rows[byte] = (rows[byte] ?? 0) & ~(0x80 >> (pixelX & 7));
    }
  }
  const header = Buffer.alloc(8);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  return Buffer.concat([
    PNG_SIGNATURE,
    chunk('IHDR', Buffer.concat([header, PNG_KIND])),
    chunk('IDAT', await deflated(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
