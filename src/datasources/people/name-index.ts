import { Block, BLOCK_SIZE, type Needle } from './name-blocks.js';

const bytesOf = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

function textOf(id: Buffer): string {
  const hex = id.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Names in memory, in the order of ids: about 5 MB for 100,000 people (per person 16 bytes of id, 8 of `seq`, 4 of place,
 * 8 of filter, and the name in UTF-8 with up to as much again in reserve). Ids are UUIDs in small letters.
 */
export class NameIndex {
  /** None is empty. */
  private readonly blocks: Block[] = [];

  /** Enters a person, or changes their name. */
  set(id: string, seq: number, name: string): void {
    const key = bytesOf(id);
    const at = this.blockOf(key);
    let block = this.blocks[at];
    if (!block) {
      block = new Block();
      this.blocks.push(block);
    }
    let place = block.placeOf(key);
    if (place < block.count && block.compare(place, key) === 0) block.remove(place);
    if (block.count === BLOCK_SIZE) {
      const isLast = at === this.blocks.length - 1 && place === BLOCK_SIZE;
      // Most come in the order of their ids: splitting then would leave every block half empty.
      const other = isLast ? new Block() : block.split();
      this.blocks.splice(at + 1, 0, other);
      if (place > block.count || isLast) {
        place -= block.count;
        block = other;
      }
    }
    block.insert(place, key, seq, name);
  }

  removeId(id: string): void {
    this.remove(bytesOf(id));
  }

  removeSeq(seq: number): void {
    for (const [at, block] of this.blocks.entries()) {
      if (seq < block.minSeq || seq > block.maxSeq) continue;
      const place = block.seqs.subarray(0, block.count).indexOf(seq);
      if (place >= 0) {
        this.removeAt(at, place);
        return;
      }
    }
  }

  clear(): void {
    for (const block of this.blocks.splice(0)) while (block.count > 0) block.remove(block.count - 1);
  }

  /** Ids of the first `limit` people behind `after` whose names contain the text. */
  find(needle: Needle, after: string | undefined, limit: number): string[] {
    const found: string[] = [];
    for (const [block, place] of this.hits(needle, after)) {
      found.push(textOf(block.idAt(place)));
      if (found.length >= limit) break;
    }
    return found;
  }

  /** How many names contain the text; stops counting at `limit`. */
  count(needle: Needle, limit: number): number {
    const hits = this.hits(needle, undefined);
    let count = 0;
    while (count < limit && hits.next().done !== true) count += 1;
    return count;
  }

  private *hits(needle: Needle, after: string | undefined): Generator<[Block, number]> {
    const key = after === undefined ? undefined : bytesOf(after);
    let at = key ? this.blockOf(key) : 0;
    let from = 0;
    const first = this.blocks[at];
    if (key && first) {
      from = first.placeOf(key);
      if (from < first.count && first.compare(from, key) === 0) from += 1;
    }
    for (; at < this.blocks.length; at += 1, from = 0) {
      const block = this.blocks[at];
      if (!block) return;
      for (let place = block.find(needle, from); place >= 0; place = block.find(needle, place + 1))
        yield [block, place];
    }
  }

  /** The last block that begins at or before the id; the first one where none does. */
  private blockOf(key: Buffer): number {
    let [low, high] = [0, this.blocks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.blocks[middle]?.compare(0, key) ?? 0) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private remove(key: Buffer): void {
    const at = this.blockOf(key);
    const block = this.blocks[at];
    const place = block?.placeOf(key) ?? 0;
    if (block && place < block.count && block.compare(place, key) === 0) this.removeAt(at, place);
  }

  private removeAt(at: number, place: number): void {
    const block = this.blocks[at];
    block?.remove(place);
    if (block?.count === 0) this.blocks.splice(at, 1);
  }
}
