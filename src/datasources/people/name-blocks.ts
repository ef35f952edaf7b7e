/** People in a block: few enough to be looked through in some microseconds, many enough that a million are a thousand blocks. */
export const BLOCK_SIZE = 1_024;
const ID_BYTES = 16;
const LINE_END = 0x0a;
const { imul, min, max } = Math;
/** Of a block's filter, see Block: two of 2^16 bits for each piece, of which a full block of Chinese names has some 3,000. */
const FILTER_BITS = 16;

/**
 * Gives `take` the pieces of a text as places in a filter, two for each: every character, and every two that
 * are neighbours. A line end parts names, and is in no piece.
 */
function pieces(text: string, take: (place: number, isPair: boolean) => void): void {
  let before = 0;
  for (let at = 0; at < text.length;) {
    const point = text.codePointAt(at) ?? 0;
    at += point > 0xffff ? 2 : 1;
    if (point === LINE_END) {
      before = 0;
      continue;
    }
    if (before !== 0) piece(before, point, take);
    piece(point, 0, take);
    before = point;
  }
}

function piece(one: number, two: number, take: (place: number, isPair: boolean) => void): void {
  let hash = imul(one, 0x9e37_79b1) ^ imul(two + 1, 0x85eb_ca6b);
  hash = imul(hash ^ (hash >>> 15), 0x2c1b_3c6d);
  hash ^= hash >>> 13;
  take(hash >>> (32 - FILTER_BITS), two !== 0);
  take(imul(hash, 0xc2b2_ae35) >>> (32 - FILTER_BITS), two !== 0);
}

/** Half a surrogate has no UTF-8: what is asked for with one is a byte that no name has. */
const IN_NO_NAME = Buffer.of(0xff);

/** A part of a name, as blocks are asked for it. */
export class Needle {
  readonly bytes: Buffer;
  readonly places: number[];
  constructor(text: string) {
    const bytes = Buffer.from(text);
    this.bytes = bytes.toString() === text ? bytes : IN_NO_NAME;
    const [pairs, singles]: [number[], number[]] = [[], []];
    pieces(text, (place, isPair) => (isPair ? pairs : singles).push(place));
    // Who has the pair has its characters.
    this.places = pairs.length > 0 ? pairs : singles;
  }
}

/**
 * Some people who are neighbours in the order of ids. Their names stand one after another in one buffer, so that looking
 * for a part of a name is one search through it, and the filter tells which blocks need not be looked through.
 */
export class Block {
  count = 0;
  /** No `seq` here is outside these two, though some may have gone. */
  minSeq = Infinity;
  maxSeq = -Infinity;
  readonly ids = Buffer.alloc(ID_BYTES * BLOCK_SIZE);
  readonly seqs = new Float64Array(BLOCK_SIZE);
  /** Where each name begins; behind the last one, where the next would. */
  private readonly starts = new Uint32Array(BLOCK_SIZE + 1);
  private names = Buffer.alloc(8_192);
  private readonly filter = new Uint32Array(1 << (FILTER_BITS - 5));

  /** The place of the first id that is not before this one. */
  placeOf(id: Buffer): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.compare(middle, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Byte by byte, which is several times faster than Buffer's own for the few that tell two ids apart. */
  compare(place: number, id: Buffer): number {
    for (let at = 0; at < ID_BYTES; at += 1) {
      const difference = (this.ids[place * ID_BYTES + at] ?? 0) - (id[at] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  idAt(place: number): Buffer {
    return this.ids.subarray(place * ID_BYTES, (place + 1) * ID_BYTES);
  }

  nameAt(place: number): string {
    return this.names.toString('utf8', this.starts[place], (this.starts[place + 1] ?? 0) - 1);
  }

  insert(place: number, id: Buffer, seq: number, name: string): void {
    const { starts, ids, seqs, count } = this;
    const bytes = Buffer.from(`${name}\n`);
    const used = starts[count] ?? 0;
    if (used + bytes.length > this.names.length) {
      const grown = Buffer.alloc(2 * (used + bytes.length));
      this.names.copy(grown);
      this.names.fill(0);
      this.names = grown;
    }
    const start = starts[place] ?? 0;
    this.names.copyWithin(start + bytes.length, start, used);
    bytes.copy(this.names, start);
    for (let at = count; at >= place; at -= 1) starts[at + 1] = (starts[at] ?? 0) + bytes.length;
    ids.copyWithin((place + 1) * ID_BYTES, place * ID_BYTES, count * ID_BYTES);
    id.copy(ids, place * ID_BYTES);
    seqs.copyWithin(place + 1, place, count);
    seqs[place] = seq;
    this.count += 1;
    this.minSeq = min(this.minSeq, seq);
    this.maxSeq = max(this.maxSeq, seq);
    pieces(name, this.mark);
  }

  /** Afterwards nothing of the name is left here: what follows is moved over it, and its room is emptied. */
  remove(place: number): void {
    const { starts, ids, seqs, count, names } = this;
    const start = starts[place] ?? 0;
    const length = (starts[place + 1] ?? 0) - start;
    const used = starts[count] ?? 0;
    names.copyWithin(start, start + length, used).fill(0, used - length, used);
    for (let at = place; at < count; at += 1) starts[at] = (starts[at + 1] ?? 0) - length;
    ids
      .copyWithin(place * ID_BYTES, (place + 1) * ID_BYTES, count * ID_BYTES)
      .fill(0, (count - 1) * ID_BYTES, count * ID_BYTES);
    seqs.copyWithin(place, place + 1, count);
    this.count -= 1;
    this.markAll();
  }

  /** Moves the second half of the people into a block of their own. */
  split(): Block {
    const other = new Block();
    const half = this.count >> 1;
    for (let place = half; place < this.count; place += 1)
      other.insert(place - half, this.idAt(place), this.seqs[place] ?? 0, this.nameAt(place));
    const used = this.starts[this.count] ?? 0;
    this.names.fill(0, this.starts[half], used);
    this.count = half;
    this.markAll();
    return other;
  }

  private readonly mark = (place: number): void => {
    this.filter[place >> 5] = (this.filter[place >> 5] ?? 0) | (1 << (place & 31));
  };

  private markAll(): void {
    this.filter.fill(0);
    pieces(this.names.toString('utf8', 0, this.starts[this.count]), this.mark);
  }

  /** The first place from `from` on whose name contains the text; -1 where there is none. */
  find({ bytes, places }: Needle, from: number): number {
    for (const place of places) if (((this.filter[place >> 5] ?? 0) & (1 << (place & 31))) === 0) return -1;
    const hit = this.names.indexOf(bytes, this.starts[from]);
    if (hit < 0 || hit >= (this.starts[this.count] ?? 0)) return -1;
    // The last place whose name begins at or before the hit.
    let [low, high] = [from, this.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= hit) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
