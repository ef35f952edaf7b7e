import { validate } from 'uuid';
import { badInput } from '../../graph/errors.js';

const PREFIX = 'person:';

/** A place in the directory. It names the person before it, so it stays right while others come and go. */
export const encodeCursor = (id: string): string => Buffer.from(PREFIX + id).toString('base64url');

/** @throws BAD_USER_INPUT for anything that encodeCursor did not make */
export function decodeCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  const id = text.slice(PREFIX.length);
  if (!text.startsWith(PREFIX) || !validate(id) || encodeCursor(id) !== cursor)
    throw badInput('after', 'is not a cursor of this list');
  return id;
}
