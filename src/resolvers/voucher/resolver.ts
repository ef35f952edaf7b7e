import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Int, Resolver, Root } from 'type-graphql';
import { type Context } from '../../context.js';
import { campus } from '../../datasources/campus/vendor.js';
import { VendorError } from '../../datasources/transport/errors.js';
import { Access } from '../../graph/access.js';
import { Cost } from '../../graph/guard/cost.js';
import { badInput, publicError } from '../../graph/errors.js';
import { Federation, Requires } from '../../graph/federation.js';
import { Person } from '../person/person.js';
import { broughtByRouter, isVouchedFor } from '../person/representation.js';
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

/** What campus must be told of a person. */
interface Contact {
  name: string | null;
  mobile: string | null;
  moziId: string | null;
}

@Resolver(() => Person)
export class PersonVoucherResolver {
  @Access({ scopes: ['voucher:read'], owner: (person: Person) => person.id })
  @Cost({ vendorRequests: 1 })
  @Requires('campusName campusMobile campusMoziId')
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
    if (!context.connection(campus).knowsActivity(activityCode))
      throw badInput('activityCode', 'is not an activity that is set up here');
    const contact = await contactOf(person, context);
    if (!contact && !isVouchedFor(person, context)) return null;
    const { name: userName, mobile, moziId } = contact ?? {};
    if (!userName || !mobile) {
      const missing = [...(userName ? [] : ['name']), ...(mobile ? [] : ['mobile'])];
      throw publicError('PERSON_INCOMPLETE', `campus needs the person's ${missing.join(' and ')}`, { missing });
    }
    const record = await context.vendor(campus).voucher({
      activityCode,
      userName,
      mobile,
      voucherType: type,
      qrCodeType,
      withPicture,
      ...(moziId && { moziId }),
      ...(validSeconds !== undefined && { validSeconds }),
    });
    return Object.assign(new Voucher(), record, { type, activityCode, qrCodeType });
  }
}

/** From the router where it brought them, else from the directory; null where neither knows the person. */
async function contactOf(person: Person, context: Context): Promise<Contact | null> {
  const brought = broughtByRouter(person, context, 'voucher:read', ['campusName', 'campusMobile', 'campusMoziId']);
  if (!brought) return person.record ?? (await context.person(person.id));
  return { name: brought.campusName, mobile: brought.campusMobile, moziId: brought.campusMoziId };
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
    if (!pictures) picturesOf.set(context, (pictures = new Pictures()));
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
