import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { create } from 'qrcode';
import { Pictures } from '../../src/resolvers/voucher/picture.js';
import { PictureFormat } from '../../src/resolvers/voucher/types.js';
import { inventPeople, startGraph, type TestGraph } from './harness.js';
import { longestStallMs } from './stall.js';

let graph: TestGraph;
let ids: string[];
beforeAll(async () => {
  graph = await startGraph();
  ids = await graph.register(...inventPeople(100));
});
afterAll(() => graph.close());

const aliases = (n: number, picture: (at: number) => string) =>
  `query ($id: ID!) { person(id: $id) { voucher(activityCode: "1") { ${Array.from({ length: n }, (_, at) => `p${at}: ${picture(at)}`).join(' ')} } } }`;
const codesOf = ({ errors = [] }: { errors?: { extensions: Record<string, unknown> }[] }) =>
  errors.map(({ extensions }) => extensions['code']);

const CODE = 'https://example.com/voucher?code=0123456789abcdef';
const modules = create(CODE).modules;
const isDark = (x: number, y: number) =>
  x >= 0 && y >= 0 && x < modules.size && y < modules.size && Boolean(modules.data[y * modules.size + x]);
const bytesOf = (uri: string) => Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64');

describe('pictures that would cost too much', () => {
  it.each([
    ['ninety large ones of one voucher', aliases(90, (at) => `qrCodePicture(format: PNG, size: ${935 + at})`)],
    ['ninety of one voucher, all the same', aliases(90, () => 'qrCodePicture(format: PNG, size: 1024)')],
    [
      'three of each of a hundred vouchers',
      'query ($ids: [ID!]!) { people(ids: $ids) { voucher(activityCode: "1") { a: qrCodePicture b: qrCodePicture(size: 64) c: qrCodePicture(size: 65) } } }',
    ],
    [
      'sizes in a variable',
      'query ($ids: [ID!]!, $size: Int = 1024) { people(ids: $ids) { voucher(activityCode: "1") { qrCodePicture(format: PNG, size: $size) } } }',
    ],
  ])('%s are refused before anything runs', async (_what, query) => {
    graph.campus.forget();
    const answer = await graph.ask(query, { id: ids[0], ids });
    expect(codesOf(answer)).toEqual(['OPERATION_TOO_COMPLEX']);
    expect(graph.campus.calls).toBe(0);
  });

  it('as many as are let through leave the loop free', async () => {
    const query = aliases(15, (at) => `qrCodePicture(format: PNG, size: ${1010 + at})`);
    const stalls: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      stalls.push(
        await longestStallMs(async () => {
          const { data, errors } = await graph.ask(query, { id: ids[0] });
          expect(errors).toBeUndefined();
          expect(data).toHaveProperty('person.voucher.p14');
        }),
      );
    }
    // As the library draws them, these fifteen take more than a second of the loop.
    expect(Math.min(...stalls)).toBeLessThan(500);
  });

  it('a hundred people with a picture each fit', async () => {
    const query =
      'query ($ids: [ID!]!) { people(ids: $ids) { voucher(activityCode: "1") { qrCodePicture(format: PNG) } } }';
    const { data, errors } = await graph.ask(query, { ids });
    expect(errors).toBeUndefined();
    const people = data?.['people'] as { voucher: { qrCodePicture: string } }[];
    expect(new Set(people.map(({ voucher }) => voucher.qrCodePicture)).size).toBe(100);
  });
});

describe('a picture', () => {
  it('is drawn once, however often it is asked for', async () => {
    const pictures = new Pictures();
    const one = pictures.draw(CODE, PictureFormat.PNG, 256);
    expect(pictures.draw(CODE, PictureFormat.PNG, 256)).toBe(one);
    expect(await pictures.draw(CODE, PictureFormat.PNG, 257)).not.toBe(await one);
    expect(await pictures.draw(CODE, PictureFormat.SVG, 256)).not.toBe(await one);
    expect(await pictures.draw(`${CODE}0`, PictureFormat.PNG, 256)).not.toBe(await one);
  });

  it.each([64, 100, 256, 1_024])('is the code as PNG of %i pixels', async (size) => {
    const png = bytesOf(await new Pictures().draw(CODE, PictureFormat.PNG, size));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([size, size]);
    const at = png.indexOf('IDAT');
    const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    const rowBytes = 1 + Math.ceil(size / 8);
    expect(rows).toHaveLength(rowBytes * size);
    const whole = modules.size + 4;
    // One pixel of every square, the white ones around the code included.
    for (let y = 0; y < whole; y += 1) {
      for (let x = 0; x < whole; x += 1) {
        const [px, py] = [x, y].map((module) => Math.ceil((module * size) / whole)) as [number, number];
        const white = ((rows[py * rowBytes + 1 + (px >> 3)] ?? 0) >> (7 - (px & 7))) & 1;
        expect({ x, y, dark: white === 0 }).toEqual({ x, y, dark: isDark(x - 2, y - 2) });
      }
    }
  });

  it('has a square for each of the code where fewer pixels were asked for', async () => {
    const long = 'x'.repeat(1_000);
    const png = bytesOf(await new Pictures().draw(long, PictureFormat.PNG, 64));
    expect(png.readUInt32BE(16)).toBe(create(long).modules.size + 4);
  });

  it('is the code as SVG', async () => {
    const svg = bytesOf(await new Pictures().draw(CODE, PictureFormat.SVG, 300)).toString();
    expect(svg).toMatch(/^<svg [^>]*width="300" height="300" viewBox="0 0 37 37"/);
    const dark = new Set<string>();
    for (const [, x, y, run] of svg.matchAll(/M(\d+) (\d+)\.5h(\d+)/g)) {
      for (let step = 0; step < Number(run); step += 1) dark.add(`${Number(x) + step} ${y}`);
    }
    const expected = Array.from({ length: 37 * 37 }, (_, at) => [at % 37, Math.floor(at / 37)] as const).filter(
      ([x, y]) => isDark(x - 2, y - 2),
    );
    expect(dark).toEqual(new Set(expected.map(([x, y]) => `${x} ${y}`)));
  });

  it('of a text that no code can hold is refused', async () => {
    await expect(new Pictures().draw('x'.repeat(3_000), PictureFormat.SVG, 64)).rejects.toThrow();
  });
});
