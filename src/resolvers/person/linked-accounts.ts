import { Field, ID } from 'type-graphql';
import { LINKED_ACCOUNT_KINDS, LINKED_ACCOUNTS, type LinkedAccount } from '../../datasources/people/index.js';

/**
 * Gives a type, an input or a class of arguments one optional field for each linked account, as TypeGraphQL's decorator
 * would if the fields were written out.
 */
export function withLinkedAccounts(
  { prototype }: { prototype: object },
  describe = ({ whose }: LinkedAccount) => `${whose}.`,
): void {
  for (const kind of LINKED_ACCOUNT_KINDS)
    Field(() => ID, { nullable: true, description: describe(LINKED_ACCOUNTS[kind]) })(prototype, kind);
}
