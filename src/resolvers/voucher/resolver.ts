import { toBuffer, toString as toSvg } from 'qrcode';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Int, Resolver, Root } from 'type-graphql';
import { type Context } from '../../context.js';
import { campus, type CampusDetail } from '../../datasources/campus/index.js';
import { Access } from '../../graph/access.js';
import { Cost } from '../../graph/guard/cost.js';
import { badInput, publicError } from '../../graph/errors.js';
import { Federation, Requires } from '../../graph/federation.js';
import { Person } from '../person/person.js';
import { broughtByRouter, isVouchedFor } from '../person/representation.js';
import { PictureFormat, QrCodeType, Voucher, VoucherType } from './types.js';

@ArgsType()
class VoucherArgs {
  @Field(() => String, { description: 'The event; one that is not set up here is BAD_USER_INPUT.' })
  activityCode!: string;

  @Field(() => VoucherType, { defaultValue: VoucherType.QR_CODE, description: 'By what the person is let in.' })
  type!: VoucherType;

  @Field(() => QrCodeType, { defaultValue: QrCodeType.DYNAMIC, description: 'The kind of QR code.' })
  qrCodeType!: QrCodeType;

  @Field(() => Int, {
    nullable: true,
    description: 'How long a dynamic code is to live: 30–86,400 seconds; the vendor takes 300 where nothing is said.',
  })
  validSeconds?: number | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether the vendor is to draw its own picture of the code, for qrCodeUrl.',
  })
  withPicture!: boolean;
}

/** What campus may be told of a person. */
interface Contact {
  name: string | null;
  mobile: string | null;
  moziId: string | null;
  idNumber: string | null;
  email: string | null;
}

/** Where in it is what an activity is sent. */
const DETAILS: Record<CampusDetail, keyof Contact> = { idno: 'idNumber', email: 'email' };

/** The same as a router brings it, by the fields of a person that campus requires. */
const BROUGHT = ['campusName', 'campusMobile', 'campusMoziId', 'campusIdNumber', 'campusEmail'] as const;

@Resolver(() => Person)
export class PersonVoucherResolver {
  @Access({ scopes: ['voucher:read'], owner: (person: Person) => person.id })
  @Cost({ vendorQuestions: 1 })
  @Requires(BROUGHT.join(' '))
  @FieldResolver(() => Voucher, {
    nullable: true,
    description:
      'At Alibaba campus. A dynamic code is issued anew for each request. Needs voucher:read, or being that person.',
  })
  async voucher(
    @Root() person: Person,
    @Args(() => VoucherArgs) args: VoucherArgs,
    @Ctx() context: Context,
  ): Promise<Voucher | null> {
    const { activityCode, type, qrCodeType, withPicture } = args;
    const validSeconds = args.validSeconds ?? undefined;
    if (validSeconds !== undefined && (validSeconds < 30 || validSeconds > 86_400)) {
      throw badInput('validSeconds', 'must be from 30 to 86,400');
    }
    const sends = context.connection(campus).sendsFor(activityCode);
    if (!sends) throw badInput('activityCode', 'is not an activity that is set up here');
    const contact = await contactOf(person, context);
    if (!contact && !isVouchedFor(person, context)) return null;
    const { name: userName, mobile, moziId, idNumber, email } = contact ?? {};
    const needed: (keyof Contact)[] = ['name', 'mobile', ...sends.map((detail) => DETAILS[detail])];
    const missing = needed.filter((field) => !contact?.[field]);
    if (!userName || !mobile || missing.length > 0)
      throw publicError('PERSON_INCOMPLETE', `campus needs the person's ${missing.join(' and ')}`, { missing });
    const record = await context.vendor(campus).voucher({
      activityCode,
      userName,
      mobile,
      voucherType: type,
      qrCodeType,
      withPicture,
      ...(moziId && { moziId }),
      // An activity learns of these two only what it is set up to be sent.
      ...(idNumber && sends.includes('idno') && { idNumber }),
      ...(email && sends.includes('email') && { email }),
      ...(validSeconds !== undefined && { validSeconds }),
    });
    return { ...record, type, activityCode, qrCodeType };
  }
}

/** From the router where it brought them, else from the directory; null where neither knows the person. */
async function contactOf(person: Person, context: Context): Promise<Contact | null> {
  const brought = broughtByRouter(person, context, 'voucher:read', BROUGHT);
  if (!brought) return person.record ?? (await context.person(person.id));
  return {
    name: brought.campusName,
    mobile: brought.campusMobile,
    moziId: brought.campusMoziId,
    idNumber: brought.campusIdNumber,
    email: brought.campusEmail,
  };
}

/** Stand-ins for the fields that the router fetches elsewhere for `voucher`. */
@Resolver(() => Person)
export class PersonForCampusResolver {
  @Federation('@external')
  @FieldResolver(() => String, { nullable: true, description: 'The name that campus is told.' })
  campusName(): null {
    return null;
  }

  @Federation('@external')
  @FieldResolver(() => String, { nullable: true, description: 'The mobile number that campus is told.' })
  campusMobile(): null {
    return null;
  }

  @Federation('@external')
  @FieldResolver(() => ID, { nullable: true, description: 'The Mozi account that campus is told.' })
  campusMoziId(): null {
    return null;
  }

  @Federation('@external')
  @FieldResolver(() => String, { nullable: true, description: 'The id card number that campus is told.' })
  campusIdNumber(): null {
    return null;
  }

  @Federation('@external')
  @FieldResolver(() => String, { nullable: true, description: 'The e-mail address that campus is told.' })
  campusEmail(): null {
    return null;
  }
}

@Resolver(() => Voucher)
export class VoucherPictureResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The code drawn here, from qrCode, as a data: URI; null where there is no qrCode.',
  })
  async qrCodePicture(
    @Root() { qrCode }: Voucher,
    @Arg('format', () => PictureFormat, { defaultValue: PictureFormat.SVG, description: 'SVG or PNG.' })
    format: PictureFormat,
    @Arg('size', () => Int, { defaultValue: 256, description: 'Width and height in pixels, 64–1,024.' }) size: number,
  ): Promise<string | null> {
    if (size < 64 || size > 1_024) throw badInput('size', 'must be from 64 to 1,024');
    if (qrCode === null) return null;
    if (format === PictureFormat.PNG) {
      return `data:image/png;base64,${(await toBuffer(qrCode, { width: size, margin: 2 })).toString('base64')}`;
    }
    return `data:image/svg+xml;base64,${Buffer.from(await toSvg(qrCode, { type: 'svg', width: size, margin: 2 })).toString('base64')}`;
  }
}
