import { readFileSync } from 'node:fs';
import { Kind, parse, stripIgnoredCharacters } from 'graphql';
import { z } from 'zod';
import { refusedOperation } from '../errors.js';
import { type KnownDocument } from './known-documents.js';
import { measureDocument } from './limits.js';

/** A request as far as it says which document it means. */
export interface DocumentRequest {
  query?: unknown;
  id?: unknown;
  documentId?: unknown;
  extensions?: unknown;
}

const ApolloManifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), name: z.string(), body: z.string() })),
});
const PlainManifest = z.record(z.string(), z.string());
const WithHash = z.object({ persistedQuery: z.object({ sha256Hash: z.string() }) });

/** The only documents that run, where there is a manifest of them. */
export class TrustedDocuments {
  private readonly texts: ReadonlySet<string>;

  constructor(private readonly byId: ReadonlyMap<string, string>) {
    this.texts = new Set([...byId.values()].map(stripIgnoredCharacters));
  }

  /** The text of the trusted document that the request means by an id, if it does. */
  named({ id, documentId, extensions }: DocumentRequest): string | undefined {
    const hash = WithHash.safeParse(extensions).data?.persistedQuery.sha256Hash;
    for (const given of [id, documentId, hash]) {
      const text = typeof given === 'string' ? this.byId.get(given) : undefined;
      if (text !== undefined) return text;
    }
    return undefined;
  }

  /**
   * The document, where its text is trusted; spaces and commas make no other text of it.
   * @throws OPERATION_NOT_TRUSTED where it is not, or where there is none
   */
  only(document: KnownDocument | undefined): KnownDocument {
    if (document) {
      document.trusted ??= this.texts.has(stripped(document.text));
      if (document.trusted) return document;
    }
    throw refusedOperation('OPERATION_NOT_TRUSTED', 'Only operations of the list of trusted documents run here');
  }
}

function stripped(text: string): string {
  try {
    return stripIgnoredCharacters(text);
  } catch {
    return '';
  }
}

/**
 * Reads a manifest in Apollo's format (persisted-query-manifest, version 1) or a plain map from id to text, as GraphQL
 * Code Generator's client preset writes it. Undefined where there is something wrong with it, said in `problems`.
 */
export function readTrustedDocuments(path: string, problems: string[]): TrustedDocuments | undefined {
  const problem = (what: string) => {
    problems.push(`TRUSTED_DOCUMENTS ${what}`);
    return undefined;
  };
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    problem(error instanceof SyntaxError ? 'names a file that is not JSON' : 'names a file that cannot be read');
    return;
  }
  const entries = entriesOf(content);
  if (!entries) {
    problem('names a file that is neither an Apollo persisted-query-manifest (version 1) nor a map {id: document}');
    return;
  }
  if (entries.length === 0) {
    problem('names a manifest without operations: nothing could be asked');
    return;
  }
  const byId = new Map(entries);
  if (byId.size < entries.length) {
    problem('names a manifest that has an id twice');
    return;
  }
  const wrong = entries.flatMap(([id, text]) => {
    const what = !hasOneOperation(text) ? 'is not one GraphQL operation' : measureDocument(text).refusal?.message;
    return what === undefined ? [] : [`${id}: ${what}`];
  });
  if (wrong.length > 0) {
    problem(`names a manifest with documents that cannot run: ${wrong.join('; ')}`);
    return;
  }
  return new TrustedDocuments(byId);
}

function entriesOf(content: unknown): [string, string][] | undefined {
  const apollo = ApolloManifest.safeParse(content);
  if (apollo.success) return apollo.data.operations.map(({ id, body }) => [id, body]);
  const plain = PlainManifest.safeParse(content);
  return plain.success ? Object.entries(plain.data) : undefined;
}

function hasOneOperation(text: string): boolean {
  try {
    return parse(text).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length === 1;
  } catch {
    return false;
  }
}
