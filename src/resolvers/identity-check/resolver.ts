import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Context } from '../../context.js';
import {
  IdentityCheckBusyError,
  IdentityCheckConflictError,
  IdentityCheckInputError,
  UnknownPersonError,
} from '../../datasources/identity-checks/index.js';
import { zhima, type ZhimaSubject } from '../../datasources/zhima/index.js';
import { Access } from '../../graph/access.js';
import { Cost } from '../../graph/guard/cost.js';
import { badInput, errorMapper, publicError, when } from '../../graph/errors.js';
import { Person } from '../person/person.js';
import {
  CertificateType,
  CheckIdentityInput,
  IdentityCheck,
  IdentityCheckStart,
  StartIdentityCheckInput,
} from './types.js';

const DEFAULT_FIRST = 20;

/** The ledger's refusals as public errors. */
const mapDomainErrors = errorMapper(
  when(IdentityCheckInputError, ({ argument }) => badInput(argument, 'is not valid')),
  when(IdentityCheckConflictError, () =>
    publicError('CONFLICT', 'These keys belong to another identity check', { field: 'connKey' }),
  ),
  when(UnknownPersonError, () => publicError('NOT_FOUND', 'There is no such person')),
  when(IdentityCheckBusyError, ({ retryAfterSeconds }) =>
    publicError('IDENTITY_CHECK_BUSY', 'The same check is being settled elsewhere right now', {
      retryable: true,
      retryAfterSeconds,
    }),
  ),
);

@Resolver(() => IdentityCheck)
export class IdentityCheckResolver {
  @Access({ scopes: ['identity:read'], inResolver: true })
  @Query(() => IdentityCheck, {
    nullable: true,
    description: 'A check as it is stored here; the vendor is not asked.',
  })
  async identityCheck(
    @Arg('id', () => ID, { description: "The check's id." }) id: string,
    @Ctx() context: Context,
  ): Promise<IdentityCheck | null> {
    return findCheck(id, context);
  }

  @Access({
    scopes: ['identity:write'],
    owner: (_root, { input }: { input: StartIdentityCheckInput }) => input.personId,
    audit: {
      kind: 'identity-start',
      about: (_root, { input }: { input: StartIdentityCheckInput }, answer?: IdentityCheckStart) => ({
        person: input.personId,
        check: answer?.check.id,
        status: answer?.check.status,
      }),
    },
  })
  @Mutation(() => IdentityCheckStart, {
    description:
      "Mints the keys of one identity check (step one of the vendor's flow); the app then opens the vendor's pages with them.",
  })
  async startIdentityCheck(
    @Arg('input', () => StartIdentityCheckInput, { description: 'Whose, and what.' }) input: StartIdentityCheckInput,
    @Ctx() context: Context,
  ): Promise<IdentityCheckStart> {
    context.connection(zhima);
    const { personId, identityType, queryType } = input;
    const subject = await subjectOf(personId, input, context);
    const registered = await isRegistered(personId, context);
    return mapDomainErrors(context.identityChecks.start({ personId, registered, identityType, queryType, subject }));
  }

  @Access({
    scopes: ['identity:write'],
    inResolver: true,
    audit: {
      kind: 'identity-settle',
      about: (_root, { id }: { id: string }, answer?: IdentityCheck) => ({
        person: answer?.personId,
        check: id,
        status: answer?.status,
      }),
    },
  })
  @Cost({ vendorRequests: 1 })
  @Mutation(() => IdentityCheck, {
    description:
      'Asks the vendor for the verdict. Safe to call again: a final verdict is stored and the vendor is not asked twice.',
  })
  async settleIdentityCheck(
    @Arg('id', () => ID, { description: "The check's id." }) id: string,
    @Ctx() context: Context,
  ): Promise<IdentityCheck> {
    const known = await context.identityChecks.find(id);
    context.caller.require(['identity:write'], known?.personId);
    const settled = known && (await mapDomainErrors(context.identityChecks.settle(id, context.observer)));
    if (!settled) throw publicError('NOT_FOUND', 'There is no such identity check');
    return settled;
  }

  @Access({
    scopes: ['identity:write'],
    owner: (_root, { input }: { input: CheckIdentityInput }) => ownerOf(input),
    audit: {
      kind: 'identity-check',
      about: (_root, { input }: { input: CheckIdentityInput }, answer?: IdentityCheck) => ({
        person: input.personId,
        check: answer?.id,
        status: answer?.status,
      }),
    },
  })
  @Cost({ vendorRequests: 1 })
  @Mutation(() => IdentityCheck, {
    description: 'For keys minted elsewhere: start and settle in one.',
  })
  async checkIdentity(
    @Arg('input', () => CheckIdentityInput, { description: 'The keys, and who.' }) input: CheckIdentityInput,
    @Ctx() context: Context,
  ): Promise<IdentityCheck> {
    context.connection(zhima);
    const { connKey, onceToken, identityType, queryType } = input;
    const personId = input.personId ?? undefined;
    const subject = personId === undefined ? givenSubject(input) : await subjectOf(personId, input, context);
    if (!subject) throw badInput('input', 'needs personId, or one of userId, openId and certNo');
    const { id } = await mapDomainErrors(
      context.identityChecks.adopt({
        connKey,
        onceToken,
        identityType,
        queryType,
        personId,
        registered: await isRegistered(personId, context),
        subject,
      }),
    );
    const settled = await mapDomainErrors(context.identityChecks.settle(id, context.observer));
    if (!settled) throw publicError('NOT_FOUND', 'There is no such identity check');
    return settled;
  }

  @Access({ scopes: ['person:read'], owner: (check: IdentityCheck) => check.personId })
  @FieldResolver(() => Person, {
    nullable: true,
    description: 'Whose check it is; null where it was made without a person, or the person was forgotten.',
  })
  async person(@Root('personId') personId: string | null, @Ctx() context: Context): Promise<Person | null> {
    if (personId === null) return null;
    // Behind a router the person may be somebody else's: only the key is known here.
    if (context.peopleAreElsewhere) return new Person(personId, { shown: true });
    const record = await context.person(personId);
    return record && Person.shown(record);
  }
}

@Resolver(() => Person)
export class PersonIdentityChecksResolver {
  @Access({ scopes: ['identity:read'], owner: (person: Person) => person.id })
  @Cost({ size: ({ first }: { first: number | null }) => first ?? DEFAULT_FIRST })
  @FieldResolver(() => [IdentityCheck], {
    nullable: true,
    description: 'Stored here; newest first. To read on, give the last one as `after`.',
  })
  async identityChecks(
    @Root() person: Person,
    @Arg('first', () => Int, { nullable: true, defaultValue: DEFAULT_FIRST, description: 'How many, 1–100.' })
    given: number | null,
    @Arg('after', () => ID, {
      nullable: true,
      description: "The id of one of the person's checks: the list starts behind it.",
    })
    after: string | null | undefined,
    @Ctx() context: Context,
  ): Promise<IdentityCheck[]> {
    const first = given ?? DEFAULT_FIRST;
    if (first < 1 || first > 100) throw badInput('first', 'must be from 1 to 100');
    return mapDomainErrors(
      context.identityCheckLoaders.byPerson.load({ personId: person.id, first, after: after ?? undefined }),
    );
  }
}

/** A check that the caller may read, null where unknown. @throws FORBIDDEN alike for another's check and for none */
export async function findCheck(id: string, context: Context): Promise<IdentityCheck | null> {
  const record = await context.identityCheckLoaders.byId.load(id);
  context.caller.require(['identity:read'], record?.personId);
  return record;
}

type Identity = Pick<CheckIdentityInput, 'userId' | 'openId' | 'certNo' | 'certType'>;

/** Somebody without the scope may only be checked as who they are in the directory, not as whom they name. */
function ownerOf({ personId, userId, openId, certNo }: CheckIdentityInput): string | null | undefined {
  return userId || openId || certNo ? undefined : personId;
}

function givenSubject({ userId, openId, certNo, certType }: Identity): ZhimaSubject | undefined {
  const given = [userId, openId, certNo].filter((one) => one != null);
  if (given.length > 1) throw badInput('input', 'takes one of userId, openId and certNo');
  if (userId != null) return { userId };
  if (openId != null) return { openId };
  return certNo == null ? undefined : { certNo, certType: certType ?? CertificateType.ID_CARD };
}

/**
 * Whom the vendor is asked about: what was given, else what the directory knows. The number of the id card comes last,
 * since the vendor takes it in the URL in clear (zhima.md).
 */
async function subjectOf(personId: string, input: Identity, context: Context): Promise<ZhimaSubject> {
  const given = givenSubject(input);
  if (given && !context.caller.has('identity:write')) throw context.caller.refusal(['identity:write']);
  const person = await context.person(personId);
  if (!person && !(given && context.peopleAreElsewhere)) throw publicError('NOT_FOUND', 'There is no such person');
  if (given) return given;
  const { alipayUserId, alipayOpenId, idNumber } = person ?? {};
  if (alipayUserId) return { userId: alipayUserId };
  if (alipayOpenId) return { openId: alipayOpenId };
  if (idNumber) return { certNo: idNumber, certType: CertificateType.ID_CARD };
  const missing = ['alipayUserId', 'alipayOpenId', 'idNumber'];
  throw publicError('PERSON_INCOMPLETE', `zhima needs one of the person's ${missing.join(', ')}`, { missing });
}

/** As it was when the person was loaded, once in a request: who was there then must still be there when the check is made. */
async function isRegistered(personId: string | undefined, context: Context): Promise<boolean> {
  return personId !== undefined && (await context.person(personId)) !== null;
}
