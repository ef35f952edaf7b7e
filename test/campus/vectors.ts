import { readFileSync } from 'node:fs';
import { type SignMethod } from '../../src/datasources/campus/signature.js';

interface Vectors {
  vectors: {
    id: string;
    sign_method: SignMethod;
    secret: string;
    params: Record<string, string>;
    body?: string;
    sign: string;
  }[];
  wire: {
    name: string;
    path: string;
    query_raw: string;
    query: Record<string, string>;
    headers: Record<string, string>;
    body: string;
  }[];
}

/** Literal signatures, and whole requests as the vendor's Java SDK sent them. */
export const { vectors, wire } = JSON.parse(
  readFileSync(new URL('../vectors/campus.json', import.meta.url), 'utf8'),
) as Vectors;

/** The made-up secret of the `wire` requests. */
export const WIRE_SECRET = 'test-secret-0001';
