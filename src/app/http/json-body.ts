import { type FastifyInstance } from 'fastify';
import { refusedOperation } from '../../graph/errors.js';

/** Values of one body, whatever they are for: more than any operation may bring (see VARIABLE_LIMITS). */
const MAX_VALUES = 100_000;
const MAX_DEPTH = 100;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [BRACKET_L, BRACKET_R, BRACE_L, BRACE_R] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Bodies are JSON. Two megabytes of empty lists are more than half a million objects, which take a second to read and to
 * clear away: what has too many is refused by its bytes, before anything is made of it.
 */
export function acceptJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer;
    if (hasTooMuch(bytes)) {
      done(
        refusedOperation('OPERATION_TOO_COMPLEX', `A request holds at most ${MAX_VALUES} values, ${MAX_DEPTH} deep`),
      );
    } else {
      const text = bytes.toString();
      const value = PERHAPS_POISONED.test(text) ? undefined : parsed(text);
      // Fastify's own looks through every text for such names, and says what is wrong.
      if (value === undefined) void parse(request, text, done);
      else done(null, value);
    }
  });
}

/** Names that would change what objects are, and escapes that may spell them. */
const PERHAPS_POISONED = /\\u|__proto__|constructor/;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Exact for JSON; for anything else it does not matter, since the parser refuses that. */
function hasTooMuch(bytes: Buffer): boolean {
  // A body of some kilobytes, as nearly all are, cannot be deep enough to matter.
  if (bytes.length < MAX_VALUES / 10) return false;
  let values = 0;
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    switch (bytes[at]) {
      case QUOTE:
        for (at += 1; at < bytes.length && bytes[at] !== QUOTE; at += 1) if (bytes[at] === BACKSLASH) at += 1;
        break;
      case BRACKET_L:
      case BRACE_L:
        depth += 1;
        values += 1;
        if (depth > MAX_DEPTH || values > MAX_VALUES) return true;
        break;
      case COMMA:
        values += 1;
        if (values > MAX_VALUES) return true;
        break;
      case BRACKET_R:
      case BRACE_R:
        depth -= 1;
        break;
    }
  }
  return false;
}
