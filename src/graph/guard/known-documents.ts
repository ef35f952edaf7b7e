import { type DocumentNode } from 'graphql';
import { type PublicError } from '../errors.js';
import { measureDocument } from './limits.js';

/** A document that is within the limits. The same text is the same object as long as it is remembered. */
export interface KnownDocument {
  readonly text: string;
  /** Read and found to fit the schema: set once somebody has done both, so that nobody does them again. */
  validated?: DocumentNode;
  /** Whether it is on the list of trusted documents, once somebody has looked. */
  trusted?: boolean;
}

/**
 * Room for a front end with some two thousand operations: where they go round and there is not room for all of them, the one
 * that is asked next is the one that was forgotten. A token of a validated document takes 340 bytes: 50 MB at most.
 */
const MAX_TOKENS = 150_000;

/**
 * Documents by their text: measuring, reading, validating and comparing are done once for each that people really send.
 * The least lately used are forgotten first; those over the limits are not remembered, since refusing them is cheap.
 */
export class KnownDocuments {
  private readonly known = new Map<string, { document: KnownDocument; tokens: number }>();
  private tokens = 0;

  /** The document of that text, or the refusal of one that is over the limits. */
  admit(text: string): KnownDocument | PublicError {
    const found = this.known.get(text);
    if (found) {
      // To the end, where what is used lately stands.
      this.known.delete(text);
      this.known.set(text, found);
      return found.document;
    }
    const { refusal, tokens } = measureDocument(text);
    if (refusal) return refusal;
    const document: KnownDocument = { text };
    this.known.set(text, { document, tokens });
    this.tokens += tokens;
    for (const [oldest, { tokens: freed }] of this.known) {
      if (this.tokens <= MAX_TOKENS) break;
      this.known.delete(oldest);
      this.tokens -= freed;
    }
    return document;
  }
}
