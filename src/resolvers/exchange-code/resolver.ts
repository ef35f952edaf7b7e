import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Ctx, Field, ObjectType, Query, Resolver } from 'type-graphql';
import { type Context } from '../../context.js';
import { normaliseExchangeCode, zvcms } from '../../datasources/zvcms/index.js';
import { Access } from '../../graph/access.js';
import { Cost } from '../../graph/guard/cost.js';
import { badInput } from '../../graph/errors.js';
import { Federation } from '../../graph/federation.js';

const MAX_CODES = 100;
const codesIn = ({ codes }: { codes: string[] }) => codes.length;

@Federation('@key(fields: "code")')
@Cost({ vendorRequests: 1 })
@ObjectType('ExchangeCode', {
  description: 'A code that is exchanged for goods at zvcms, as it stands right now.',
  simpleResolvers: true,
})
export class ExchangeCode {
  @Field(() => String, { description: 'The code.' })
  code!: string;

  @Field(() => Boolean, {
    description:
      'True: exists and can be redeemed, or a universal code. False: does not exist or is already redeemed; the vendor does not tell which.',
  })
  redeemable!: boolean;

  @Field(() => GraphQLDateTime, { description: 'When the vendor said so.' })
  checkedAt!: Date;
}

@Resolver(() => ExchangeCode)
export class ExchangeCodeResolver {
  @Access({ scopes: ['exchange:read'] })
  @Cost({ vendorRequests: 1 })
  @Query(() => ExchangeCode, { nullable: true, description: 'Whether a code can be redeemed.' })
  exchangeCode(
    @Arg('code', () => String, { description: 'The code.' }) code: string,
    @Ctx() context: Context,
  ): Promise<ExchangeCode> {
    return checkCode(code, context, 'code');
  }

  @Access({ scopes: ['exchange:read'] })
  @Cost({ vendorRequests: codesIn, size: codesIn })
  @Query(() => [ExchangeCode], {
    nullable: 'itemsAndList',
    description: `In the order asked; a code that could not be checked is null with its own error; at most ${MAX_CODES}.`,
  })
  exchangeCodes(
    @Arg('codes', () => [String], { description: 'The codes.' }) codes: string[],
    @Ctx() context: Context,
  ): Promise<ExchangeCode>[] {
    if (codes.length > MAX_CODES) throw badInput('codes', `takes at most ${MAX_CODES}`);
    return codes.map((code) => checkCode(code, context, 'codes'));
  }
}

/** @throws BAD_USER_INPUT for what cannot be a code, before the vendor is asked; VendorError where it does not answer */
export async function checkCode(given: string, context: Context, field: string): Promise<ExchangeCode> {
  const code = normaliseExchangeCode(given);
  if (code === null) throw badInput(field, 'has something that cannot be an exchange code');
  const { redeemable, checkedAt } = await context.vendor(zvcms).exchangeCode(code);
  return { code, redeemable, checkedAt };
}
