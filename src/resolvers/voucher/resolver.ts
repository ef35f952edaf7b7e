import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { type Context } from '../../context.js';
import { campus, type CampusDetail } from '../../datasources/campus/index.js';
import { VendorError } from '../../datasources/transport/errors.js';
import { Access } from '../../graph/access.js';
import { Cost } from '../../graph/guard/cost.js';
import { badInput, publicError } from '../../graph/errors.js';
import { Requires } from '../../graph/federation.js';
import { Person } from '../person/person.js';
import { namesOf, needsOf } from '../person/needs.js';
import { CAMPUS_NEEDS } from './needs.js';
import { Pictures } from './picture.js';
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

type CampusNeed = keyof typeof CAMPUS_NEEDS.fields;

/** What an activity is sent, by the names of our needs. */
const DETAILS: Record<CampusDetail, CampusNeed> = {
  idno: 'campusIdNumber',
  email: 'campusEmail',
};

@Resolver(() => Person)
export class PersonVoucherResolver {
  @Access({ scopes: ['voucher:read'], owner: (person: Person) => person.id })
  @Cost({ vendorRequests: 1 })
  @Requires(namesOf(CAMPUS_NEEDS).join(' '))
  @FieldResolver(() => Voucher, {
    nullable: true,
    description: 'At Alibaba campus. A dynamic code is issued anew for each request.',
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
    const told = await needsOf(CAMPUS_NEEDS, person, context);
    if (!told) return null;
    const { campusName: userName, campusMobile: mobile, campusMoziId: moziId } = told;
    const { campusIdNumber: idNumber, campusEmail: email } = told;
    if (!userName || !mobile || sends.some((detail) => !told[DETAILS[detail]])) throw incomplete(told, sends);
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

function incomplete(told: Record<CampusNeed, string | null>, sends: readonly CampusDetail[]): Error {
  const needed = ['campusName', 'campusMobile', ...sends.map((detail) => DETAILS[detail])] as const;
  const missing = needed.filter((name) => !told[name]).map((name) => CAMPUS_NEEDS.fields[name].from);
  return publicError('PERSON_INCOMPLETE', `campus needs the person's ${missing.join(' and ')}`, { missing });
}

const MIN_PICTURE_SIZE = 64;
const MAX_PICTURE_SIZE = 1_024;
const picturesOf = new WeakMap<Context, Pictures>();

/** An SVG takes no pixels. */
const pixelsOf = ({ format, size }: { format: PictureFormat; size: number }) =>
  format === PictureFormat.PNG ? Math.min(size, MAX_PICTURE_SIZE) ** 2 : 0;

@Resolver(() => Voucher)
export class VoucherPictureResolver {
  @Cost({ pictures: 1, pixels: pixelsOf })
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The code drawn here, from qrCode, as a data: URI; null where there is no qrCode.',
  })
  async qrCodePicture(
    @Root() { qrCode }: Voucher,
    @Arg('format', () => PictureFormat, { defaultValue: PictureFormat.SVG, description: 'SVG or PNG.' })
    format: PictureFormat,
    @Arg('size', () => Int, { defaultValue: 256, description: 'Width and height in pixels, 64–1,024.' }) size: number,
    @Ctx() context: Context,
  ): Promise<string | null> {
    if (size < MIN_PICTURE_SIZE || size > MAX_PICTURE_SIZE) throw badInput('size', 'must be from 64 to 1,024');
    if (qrCode === null) return null;
    let pictures = picturesOf.get(context);
    if (!pictures) {
      pictures = new Pictures();
      picturesOf.set(context, pictures);
    }
    try {
      return await pictures.draw(qrCode, format, size);
    } catch (cause) {
      throw new VendorError({
        vendor: campus.name,
        kind: 'protocol',
        message: 'campus gave a text that no QR code can hold',
        cause,
      });
    }
  }
}
