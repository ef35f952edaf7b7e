import { Arg, Ctx, FieldResolver, ID, Resolver, Root } from 'type-graphql';
import { type Context } from '../../context.js';
import { zvcms } from '../../datasources/zvcms/vendor.js';
import { type GiftCardRecord } from '../../datasources/zvcms/index.js';
import { Access } from '../../graph/access.js';
import { Cost } from '../../graph/guard/cost.js';
import { publicError } from '../../graph/errors.js';
import { Federation, Requires } from '../../graph/federation.js';
import { Person } from '../person/person.js';
import { broughtByRouter, isVouchedFor } from '../person/representation.js';
import { GiftCard, GiftCardStatus, Money } from './types.js';

const mayRead = () => Access({ scopes: ['giftcard:read'], owner: (person: Person) => person.id });

@Resolver(() => Person)
export class PersonGiftCardsResolver {
  @mayRead()
  @Cost({ vendorRequests: 1 })
  @Requires('zvcmsUserId')
  @FieldResolver(() => [GiftCard], {
    nullable: true,
    description: 'At zvcms. Needs giftcard:read, or being that person.',
  })
  async giftCards(
    @Root() person: Person,
    @Arg('statuses', () => [GiftCardStatus], {
      nullable: true,
      description: 'Only cards in one of these; all where left out.',
    })
    statuses: GiftCardStatus[] | null | undefined,
    @Arg('includeRecycled', () => Boolean, {
      defaultValue: false,
      description: 'Whether the vendor is to list recycled cards, too.',
    })
    includeRecycled: boolean,
    @Ctx() context: Context,
  ): Promise<GiftCard[] | null> {
    const cards = await cardsOf(person, includeRecycled, context);
    return cards && cards.filter(({ status }) => statuses?.includes(GiftCardStatus[status]) ?? true).map(toGiftCard);
  }

  @mayRead()
  @Cost({ vendorRequests: 1 })
  @Requires('zvcmsUserId')
  @FieldResolver(() => Money, {
    nullable: true,
    description:
      'Sum of the balances of the bound cards; null where a balance is unknown. Needs giftcard:read, or being that person.',
  })
  async giftCardBalance(@Root() person: Person, @Ctx() context: Context): Promise<Money | null> {
    const bound = (await cardsOf(person, false, context))?.filter(({ status }) => status === 'BOUND');
    if (!bound) return null;
    let sum = 0n;
    for (const { balanceFen } of bound) {
      if (balanceFen === null) return null;
      sum += balanceFen;
    }
    return Money.ofFen(sum);
  }
}

/** Null where nobody knows the person. */
async function cardsOf(person: Person, includeRecycled: boolean, context: Context): Promise<GiftCardRecord[] | null> {
  const { giftCards } = context.vendor(zvcms);
  const brought = broughtByRouter(person, context, 'giftcard:read', ['zvcmsUserId']);
  const known = brought ?? person.record ?? (await context.person(person.id));
  if (!known && !isVouchedFor(person, context)) return null;
  if (!known?.zvcmsUserId) {
    throw publicError('PERSON_INCOMPLETE', "zvcms needs the person's zvcmsUserId", { missing: ['zvcmsUserId'] });
  }
  return giftCards(known.zvcmsUserId, includeRecycled);
}

function toGiftCard({ balanceFen, faceValueFen, ...card }: GiftCardRecord): GiftCard {
  const money = (fen: bigint | null) => (fen === null ? null : Money.ofFen(fen));
  return Object.assign(new GiftCard(), card, { balance: money(balanceFen), faceValue: money(faceValueFen) });
}

/** A stand-in for the field that the router fetches elsewhere for the cards. */
@Resolver(() => Person)
export class PersonForZvcmsResolver {
  @Federation('@external')
  @FieldResolver(() => ID, { nullable: true, description: 'Whose gift cards zvcms is asked for.' })
  zvcmsUserId(): null {
    return null;
  }
}
