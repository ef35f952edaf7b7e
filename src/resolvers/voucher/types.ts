import { GraphQLDateTime, GraphQLURL } from 'graphql-scalars';
import { Field, ObjectType, registerEnumType } from 'type-graphql';

export enum VoucherType {
  QR_CODE = 'QR_CODE',
  FACE = 'FACE',
}
registerEnumType(VoucherType, {
  name: 'VoucherType',
  description: 'By what the person is let in.',
  valuesConfig: {
    QR_CODE: { description: 'A QR code to be shown.' },
    FACE: { description: 'A face picture known to the gate.' },
  },
});

export enum QrCodeType {
  DYNAMIC = 'DYNAMIC',
  STATIC = 'STATIC',
}
registerEnumType(QrCodeType, {
  name: 'QrCodeType',
  description: 'How long a QR code lives.',
  valuesConfig: {
    DYNAMIC: { description: 'Issued anew for each request, and soon expired.' },
    STATIC: { description: 'The same each time.' },
  },
});

export enum PictureFormat {
  SVG = 'SVG',
  PNG = 'PNG',
}
registerEnumType(PictureFormat, {
  name: 'PictureFormat',
  description: 'The format of a drawn picture.',
  valuesConfig: { SVG: { description: 'Sharp at any size.' }, PNG: { description: 'Pixels.' } },
});

@ObjectType('Voucher', { description: "A person's credential for one event at Alibaba campus.", simpleResolvers: true })
export class Voucher {
  @Field(() => VoucherType, { description: 'By what the person is let in.' })
  type!: VoucherType;

  @Field(() => String, { description: 'The event.' })
  activityCode!: string;

  @Field(() => QrCodeType, { description: 'The kind of QR code that was asked for.' })
  qrCodeType!: QrCodeType;

  @Field(() => String, { nullable: true, description: 'The text of the QR code; null where the vendor gave none.' })
  qrCode!: string | null;

  @Field(() => GraphQLURL, {
    nullable: true,
    description: "The vendor's own picture of the code; given only with withPicture: true.",
  })
  qrCodeUrl!: string | null;

  @Field(() => GraphQLURL, { nullable: true, description: "The vendor's picture of the face." })
  faceUrl!: string | null;

  @Field(() => GraphQLDateTime, { description: 'When the vendor was asked for it.' })
  issuedAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'Known for dynamic codes.' })
  expiresAt!: Date | null;
}
