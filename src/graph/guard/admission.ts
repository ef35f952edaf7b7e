import { type FastifyRequest } from 'fastify';
import { DocumentLimits } from './limits.js';
import { type DocumentRequest, type TrustedDocuments } from './trusted-documents.js';

/**
 * Decides which documents come in at all. Gives the text of the trusted document that a request named by its id, and
 * undefined where the request's own text is to run.
 * @throws PublicError for a document over the limits, or one that is not trusted where only trusted ones run
 */
export type Admit = (request: FastifyRequest, provenRouter: boolean) => string | undefined;

/** A router makes up its own operations from those that it trusted itself, so one that proved itself may send any. */
export function createAdmission(trusted: TrustedDocuments | undefined): Admit {
  const limits = new DocumentLimits();
  return (request, provenRouter) => {
    const asked = documentRequestOf(request);
    const refusal = typeof asked.query === 'string' ? limits.check(asked.query) : undefined;
    if (refusal) throw refusal;
    if (!trusted || provenRouter) return undefined;
    const found = trusted.find(asked);
    if (typeof found !== 'string') throw found;
    return found;
  };
}

/** Read the way the GraphQL server reads it, so that nothing is checked that is not what runs. */
function documentRequestOf({ method, url, body }: FastifyRequest): DocumentRequest {
  if (method !== 'GET') return typeof body === 'object' && body !== null ? body : {};
  const parameters = Object.fromEntries(new URL(url, 'http://localhost').searchParams);
  return { ...parameters, extensions: parsed(parameters['extensions']) };
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    // The GraphQL server says what is wrong with it.
    return undefined;
  }
}
