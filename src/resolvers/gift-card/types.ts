import { GraphQLDateTime, GraphQLURL } from 'graphql-scalars';
import { GraphQLScalarType } from 'graphql';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { type GiftCardRecord } from '../../datasources/zvcms/index.js';
import { formatFen } from '../../datasources/zvcms/money.js';
import { Federation } from '../../graph/federation.js';

/** Only ever given, never taken, so it needs no parser. A float could not hold every amount, hence text. */
const DecimalScalar = new GraphQLScalarType({
  name: 'Decimal',
  description: 'Exact decimal text with two digits, e.g. "128.50".',
  serialize: (value) => {
    if (typeof value === 'string' && /^-?\d+\.\d{2}$/.test(value)) return value;
    throw new TypeError('Decimal must be exact text with two digits');
  },
});

@Federation('@shareable')
@ObjectType('Money', { description: 'An amount of money.', simpleResolvers: true })
export class Money {
  @Field(() => DecimalScalar, { description: 'How much, in the currency, to the fen.' })
  amount!: string;

  @Field(() => String, { description: 'The ISO 4217 code; always CNY.' })
  currency!: string;
}

export const moneyOf = (fen: bigint): Money => ({ amount: formatFen(fen), currency: 'CNY' });

export enum GiftCardStatus {
  UNKNOWN = 'UNKNOWN',
  UNBOUND = 'UNBOUND',
  BEING_GIVEN = 'BEING_GIVEN',
  GIVEN = 'GIVEN',
  BOUND = 'BOUND',
  EXPIRED = 'EXPIRED',
  RECYCLED = 'RECYCLED',
  USED_UP = 'USED_UP',
}
registerEnumType(GiftCardStatus, {
  name: 'GiftCardStatus',
  description: "Where a card is in its life, as the vendor's `status` says.",
  valuesConfig: {
    UNKNOWN: { description: 'The vendor said unknown, or something that its documents do not know.' },
    UNBOUND: { description: 'Bound to nobody yet.' },
    BEING_GIVEN: { description: 'On its way to somebody as a gift.' },
    GIVEN: { description: 'Given away.' },
    BOUND: { description: 'In use by the person.' },
    EXPIRED: { description: 'Its time is over.' },
    RECYCLED: { description: 'Taken back; listed only with includeRecycled: true.' },
    USED_UP: { description: 'Nothing is left on it.' },
  },
});

export enum GiftCardValidity {
  UNKNOWN = 'UNKNOWN',
  LONG_TERM = 'LONG_TERM',
  FROM_BINDING = 'FROM_BINDING',
  FIXED_DATES = 'FIXED_DATES',
}
registerEnumType(GiftCardValidity, {
  name: 'GiftCardValidity',
  description: 'How long a card may be used.',
  valuesConfig: {
    UNKNOWN: { description: 'The vendor said unknown, or something that its documents do not know.' },
    LONG_TERM: { description: 'Without an end.' },
    FROM_BINDING: { description: 'Some time from the day it was bound.' },
    FIXED_DATES: { description: 'From beginsAt to endsAt.' },
  },
});

@ObjectType('GiftCard', { description: 'A gift card at zvcms.', simpleResolvers: true })
export class GiftCard {
  @Field(() => ID, { description: "The card's number." })
  id!: string;

  @Field(() => ID, { nullable: true, description: 'The template that the card was issued from.' })
  templateId!: string | null;

  @Field(() => String, { description: 'The title to show.' })
  title!: string;

  @Field(() => GraphQLURL, { nullable: true, description: 'The picture to show.' })
  coverUrl!: string | null;

  @Field(() => Money, {
    nullable: true,
    description: "What is left on it (the vendor's par_value); null where unknown.",
  })
  balance!: Money | null;

  @Field(() => Money, {
    nullable: true,
    description: "What it was issued for (the vendor's deduct_amount); null where unknown.",
  })
  faceValue!: Money | null;

  @Field(() => GiftCardStatus, { description: 'Where the card is in its life.' })
  status!: GiftCardRecord['status'];

  @Field(() => String, { nullable: true, description: "The vendor's words for the status." })
  statusText!: string | null;

  @Field(() => Boolean, {
    description: 'Whether the card is bound; the status decides where the vendor contradicts itself.',
  })
  bound!: boolean;

  @Field(() => GiftCardValidity, { description: 'How long it may be used.' })
  validity!: GiftCardRecord['validity'];

  @Field(() => String, { nullable: true, description: "The vendor's words for the validity." })
  validityText!: string | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'From when it may be used. Nothing is derived from it here.',
  })
  beginsAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'Until when it may be used. Nothing is derived from it here.',
  })
  endsAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When it was issued.' })
  createdAt!: Date | null;

  @Field(() => Boolean, { description: 'Issued by a third party (非码) rather than by Qmai.' })
  thirdParty!: boolean;
}
