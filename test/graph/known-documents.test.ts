import { expect, it } from '@jest/globals';
import { PublicError } from '../../src/graph/errors.js';
import { KnownDocuments } from '../../src/graph/guard/known-documents.js';

/** A hundred tokens. */
const documentOf = (number: number) => `{ a${number} ${'b '.repeat(97)}}`;

it('remembers the operations of a large front end, and forgets first what was asked longest ago', () => {
  const documents = new KnownDocuments();
  const admitted = Array.from({ length: 1_490 }, (_, number) => documents.admit(documentOf(number)));
  // Once round, in the same order: each is the object that it was.
  for (const [number, document] of admitted.entries()) expect(documents.admit(documentOf(number))).toBe(document);

  documents.admit(documentOf(0));
  for (let number = 2_000; number < 2_100; number += 1) documents.admit(documentOf(number));
  expect(documents.admit(documentOf(0))).toBe(admitted[0]);
  expect(documents.admit(documentOf(1_489))).toBe(admitted[1_489]);
  expect(documents.admit(documentOf(1))).not.toBe(admitted[1]);
});

it('does not remember what is over the limits', () => {
  const documents = new KnownDocuments();
  const huge = `{ ${'a '.repeat(100_000)}}`;
  expect(documents.admit(huge)).toBeInstanceOf(PublicError);
  expect(documents.admit(documentOf(1))).toEqual({ text: documentOf(1) });
});
