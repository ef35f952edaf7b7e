import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { type IdentityCheckRecord } from '../../datasources/identity-checks/index.js';
import { Federation } from '../../graph/federation.js';

export enum IdentityQueryType {
  EXACT = 'EXACT',
  FUZZY = 'FUZZY',
}
registerEnumType(IdentityQueryType, {
  name: 'IdentityQueryType',
  description: 'How closely the vendor matches.',
  valuesConfig: { EXACT: { description: 'Exactly.' }, FUZZY: { description: 'Fuzzily (the vendor calls it dim).' } },
});

export enum CertificateType {
  ID_CARD = '0',
  PASSPORT = '1',
  HOME_RETURN_PERMIT = '2',
  HK_MACAO_TRAVEL_PERMIT = '3',
  TAIWAN_TRAVEL_PERMIT = '4',
  HK_MACAO_DOCUMENT = '5',
}
registerEnumType(CertificateType, {
  name: 'CertificateType',
  description: 'What kind of certificate a number is of.',
  valuesConfig: {
    ID_CARD: { description: 'The id card of the mainland (身份证).' },
    PASSPORT: { description: 'A passport.' },
    HOME_RETURN_PERMIT: { description: 'The home-return permit (回乡证).' },
    HK_MACAO_TRAVEL_PERMIT: { description: 'The travel permit to Hong Kong and Macao (港澳通行证).' },
    TAIWAN_TRAVEL_PERMIT: { description: 'The Taiwan travel permit (台胞证).' },
    HK_MACAO_DOCUMENT: { description: 'A document of Hong Kong or Macao.' },
  },
});

export enum IdentityCheckStatus {
  STARTED = 'STARTED',
  WAITING = 'WAITING',
  TRUSTED = 'TRUSTED',
  NOT_TRUSTED = 'NOT_TRUSTED',
  REFUSED = 'REFUSED',
  LOST = 'LOST',
}
registerEnumType(IdentityCheckStatus, {
  name: 'IdentityCheckStatus',
  description: 'How far a check has come. TRUSTED, NOT_TRUSTED, REFUSED and LOST are final.',
  valuesConfig: {
    STARTED: { description: 'Keys minted, vendor not asked yet.' },
    WAITING: { description: 'Asked; the vendor does not know yet. May be asked again.' },
    TRUSTED: { description: 'The vendor vouches for it.' },
    NOT_TRUSTED: { description: 'The vendor does not vouch for it.' },
    REFUSED: { description: "The vendor refused for a reason of the person's or the token's: see refusal." },
    LOST: {
      description: 'The vendor may have answered, the answer never arrived, and the token is spent: start again.',
    },
  },
});

@ObjectType('IdentityRefusal', { description: 'Why the vendor refused a check.', simpleResolvers: true })
export class IdentityRefusal {
  @Field(() => String, { description: "The vendor's code." })
  code!: string;

  @Field(() => String, { description: 'What it means, in plain words.' })
  message!: string;
}

@Federation('@key(fields: "id")')
@ObjectType('IdentityCheck', {
  description: 'A question to Zhima whether a person is what they say; asked once, its answer kept.',
  simpleResolvers: true,
})
export class IdentityCheck {
  @Field(() => ID, { description: 'Opaque and stable.' })
  id!: string;

  personId!: string | null;

  @Field(() => String, { description: "What is checked, by the vendor's code, e.g. 04 for a teacher." })
  identityType!: string;

  @Field(() => IdentityQueryType, { description: 'How closely the vendor matches.' })
  queryType!: IdentityCheckRecord['queryType'];

  @Field(() => IdentityCheckStatus, { description: 'How far the check has come.' })
  status!: IdentityCheckRecord['status'];

  @Field(() => IdentityRefusal, { nullable: true, description: 'Why, where the status is REFUSED.' })
  refusal!: IdentityRefusal | null;

  @Field(() => String, { nullable: true, description: "Opens the vendor's page of the result inside Alipay." })
  resultPageUrl!: string | null;

  @Field(() => String, { nullable: true, description: 'The same for the same person, within one merchant.' })
  merchantIdentityId!: string | null;

  @Field(() => GraphQLDateTime, { description: 'When the check came to be here.' })
  startedAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the vendor was last asked.' })
  askedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the check became final.' })
  settledAt!: Date | null;
}

@ObjectType('IdentityCheckStart', {
  description: "The keys that the app hands to the vendor's page; told once, here.",
  simpleResolvers: true,
})
export class IdentityCheckStart {
  @Field(() => IdentityCheck, { description: 'The check that was started.' })
  check!: IdentityCheck;

  @Field(() => String, { description: "The merchant's own number of the agreement (out_agreement_no)." })
  connKey!: string;

  @Field(() => String, { description: 'What the result is fetched with, once (extra_param.onceToken).' })
  onceToken!: string;
}

@InputType('StartIdentityCheckInput', { description: 'A check to start.' })
export class StartIdentityCheckInput {
  @Field(() => ID, { description: 'Whose.' })
  personId!: string;

  @Field(() => String, { description: "What is checked, by the vendor's code, e.g. 04 for a teacher." })
  identityType!: string;

  @Field(() => IdentityQueryType, {
    defaultValue: IdentityQueryType.EXACT,
    description: 'How closely the vendor matches.',
  })
  queryType!: IdentityQueryType;

  @Field(() => String, {
    nullable: true,
    description: "The person's Alipay user id, where the directory does not know it.",
  })
  userId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The person's Alipay open id, where the directory does not know it.",
  })
  openId?: string | null;
}

@InputType('CheckIdentityInput', { description: 'Who: personId, or one of userId, openId and certNo.' })
export class CheckIdentityInput {
  @Field(() => String, { description: 'The out_agreement_no that the app opened the vendor with.' })
  connKey!: string;

  @Field(() => String, { description: 'The onceToken that the app opened the vendor with.' })
  onceToken!: string;

  @Field(() => String, { description: "What is checked, by the vendor's code, e.g. 04 for a teacher." })
  identityType!: string;

  @Field(() => IdentityQueryType, {
    defaultValue: IdentityQueryType.EXACT,
    description: 'How closely the vendor matches.',
  })
  queryType!: IdentityQueryType;

  @Field(() => ID, { nullable: true, description: 'A person of the directory.' })
  personId?: string | null;

  @Field(() => String, { nullable: true, description: "Alipay's user id (2088…)." })
  userId?: string | null;

  @Field(() => String, { nullable: true, description: "Alipay's open id." })
  openId?: string | null;

  @Field(() => String, { nullable: true, description: "A certificate's number." })
  certNo?: string | null;

  @Field(() => CertificateType, {
    nullable: true,
    defaultValue: CertificateType.ID_CARD,
    description: 'What certNo is the number of.',
  })
  certType?: CertificateType | null;
}
