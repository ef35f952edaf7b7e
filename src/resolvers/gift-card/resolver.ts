import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { type Context } from '../../context.js';
import { type GiftCardRecord, zvcms } from '../../datasources/zvcms/index.js';
import { Access } from '../../graph/access.js';
import { Cost } from '../../graph/guard/cost.js';
import { publicError } from '../../graph/errors.js';
import { Requires } from '../../graph/federation.js';
import { Person } from '../person/person.js';
import { namesOf, needsOf } from '../person/needs.js';
import { ZVCMS_NEEDS } from './needs.js';
import { GiftCard, GiftCardStatus, Money, moneyOf } from './types.js';

const mayRead = () => Access({ scopes: ['giftcard:read'], owner: (person: Person) => person.id });

@Resolver(() => Person)
export class PersonGiftCardsResolver {
  @mayRead()
  @Cost({ vendorRequests: 1 })
  @Requires(namesOf(ZVCMS_NEEDS).join(' '))
  @FieldResolver(() => [GiftCard], {
    nullable: true,
    description: 'The gift cards at zvcms.',
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
    const wanted = cards && statuses ? cards.filter(({ status }) => statuses.includes(GiftCardStatus[status])) : cards;
    return wanted && wanted.map(toGiftCard);
  }

  @mayRead()
  @Cost({ vendorRequests: 1 })
  @Requires(namesOf(ZVCMS_NEEDS).join(' '))
  @FieldResolver(() => Money, {
    nullable: true,
    description: 'Sum of the balances of the bound cards (`bound: true`); null where one of them is unknown.',
  })
  async giftCardBalance(@Root() person: Person, @Ctx() context: Context): Promise<Money | null> {
    const cards = await cardsOf(person, false, context);
    if (!cards) return null;
    let sum = 0n;
    for (const { bound, balanceFen } of cards) {
      if (!bound) continue;
      if (balanceFen === null) return null;
      sum += balanceFen;
    }
    return moneyOf(sum);
  }
}

/** Null where nobody knows the person. */
async function cardsOf(person: Person, includeRecycled: boolean, context: Context): Promise<GiftCardRecord[] | null> {
  const { giftCards } = context.vendor(zvcms);
  const told = await needsOf(ZVCMS_NEEDS, person, context);
  if (!told) return null;
  const { zvcmsUserId } = told;
  if (!zvcmsUserId) {
    throw publicError('PERSON_INCOMPLETE', "zvcms needs the person's zvcmsUserId", { missing: ['zvcmsUserId'] });
  }
  return giftCards(zvcmsUserId, includeRecycled);
}

function toGiftCard(card: GiftCardRecord): GiftCard {
  const { balanceFen, faceValueFen } = card;
  // Written out: to copy an object takes longer than to make one of known fields.
  return {
    id: card.id,
    templateId: card.templateId,
    title: card.title,
    coverUrl: card.coverUrl,
    status: card.status,
    statusText: card.statusText,
    bound: card.bound,
    validity: card.validity,
    validityText: card.validityText,
    beginsAt: card.beginsAt,
    endsAt: card.endsAt,
    createdAt: card.createdAt,
    thirdParty: card.thirdParty,
    balance: balanceFen === null ? null : moneyOf(balanceFen),
    faceValue: faceValueFen === null ? null : moneyOf(faceValueFen),
  };
}
