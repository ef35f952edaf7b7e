import { type Context } from '../../context.js';
import { type Scope } from '../../graph/access.js';
import { type Person } from './person.js';

/**
 * What a router brought of a person for a vendor's field, or undefined where it brought nothing that may be believed.
 * Somebody who could make up a representation may not use it to be shown another's things as their own: without proof
 * of the router, only those are believed whose `scope` opens everybody's anyway.
 */
export function broughtByRouter<Name extends string>(
  person: Person,
  context: Context,
  scope: Scope,
  names: readonly Name[],
): Record<Name, string | null> | undefined {
  const { representation } = person;
  if (!representation || !(context.trustsRepresentations || context.caller.has(scope))) return undefined;
  if (!names.some((name) => name in representation)) return undefined;
  const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  return Object.fromEntries(names.map((name) => [name, textOf(representation[name])])) as Record<Name, string | null>;
}

/**
 * Whether a proven router vouches for the person. Some leave out of a representation what is null, so for a person of
 * somebody else's an empty one means that they lack what the vendor needs, not that nobody knows them.
 */
export function isVouchedFor({ representation }: Person, { trustsRepresentations }: Context): boolean {
  return representation !== undefined && trustsRepresentations;
}
