import { type FastifyRequest } from 'fastify';
import { PublicError } from '../errors.js';
import { type KnownDocument, KnownDocuments } from './known-documents.js';
import { type DocumentRequest, type TrustedDocuments } from './trusted-documents.js';

/**
 * Decides which documents come in at all: gives the one that is to run, or undefined where the request has none, which
 * the GraphQL server then says.
 * @throws PublicError for a document over the limits, or one that is not trusted where only trusted ones run
 */
type Admit = (request: FastifyRequest, provenRouter: boolean) => KnownDocument | undefined;

/** A router makes up its own operations from those that it trusted itself, so one that proved itself may send any. */
export function createAdmission(trusted: TrustedDocuments | undefined): Admit {
  const documents = new KnownDocuments();
  const admit = (text: string): KnownDocument => {
    const known = documents.admit(text);
    if (known instanceof PublicError) throw known;
    return known;
  };
  return (request, provenRouter) => {
    const asked = documentRequestOf(request);
    const sent = typeof asked.query === 'string' && asked.query !== '' ? admit(asked.query) : undefined;
    if (!trusted || provenRouter) return sent;
    const named = trusted.named(asked);
    if (named !== undefined) return admit(named);
    return trusted.only(sent);
  };
}

/** Read the way the GraphQL server reads it, so that nothing is checked that is not what runs. */
function documentRequestOf({ method, url, body }: FastifyRequest): DocumentRequest {
  if (method !== 'GET') return typeof body === 'object' && body !== null ? body : {};
  const parameters = Object.fromEntries(new URLSearchParams(searchOf(url)));
  return { ...parameters, extensions: parsed(parameters['extensions']) };
}

/** What stands behind the question mark, with it; nothing else of a URL is read, since it may be no URL at all. */
export function searchOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at);
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    // The GraphQL server says what is wrong with it.
    return undefined;
  }
}
