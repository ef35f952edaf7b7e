// The part of schema/graph.graphql that the workloads ask for. The scalars pass their texts on as they are.
export const typeDefs = /* GraphQL */ `
  scalar DateTime
  scalar URL
  scalar Decimal

  enum VoucherType {
    QR_CODE
    FACE
  }
  enum QrCodeType {
    DYNAMIC
    STATIC
  }
  enum GiftCardStatus {
    UNKNOWN
    UNBOUND
    BEING_GIVEN
    GIVEN
    BOUND
    EXPIRED
    RECYCLED
    USED_UP
  }
  enum GiftCardValidity {
    UNKNOWN
    LONG_TERM
    FROM_BINDING
    FIXED_DATES
  }

  type Query {
    person(id: ID!): Person
    people(ids: [ID!]!): [Person]
    exchangeCodes(codes: [String!]!): [ExchangeCode]
  }

  type Person {
    id: ID!
    maskedName: String!
    maskedMobile: String
    voucher(activityCode: String!, type: VoucherType! = QR_CODE, qrCodeType: QrCodeType! = DYNAMIC): Voucher
    giftCards: [GiftCard!]
  }

  type Voucher {
    type: VoucherType!
    activityCode: String!
    qrCodeType: QrCodeType!
    qrCode: String
    issuedAt: DateTime!
    expiresAt: DateTime
  }

  type Money {
    amount: Decimal!
    currency: String!
  }

  type GiftCard {
    id: ID!
    templateId: ID
    title: String!
    coverUrl: URL
    balance: Money
    faceValue: Money
    status: GiftCardStatus!
    statusText: String
    bound: Boolean!
    validity: GiftCardValidity!
    validityText: String
    beginsAt: DateTime
    endsAt: DateTime
    createdAt: DateTime
    thirdParty: Boolean!
  }

  type ExchangeCode {
    code: String!
    redeemable: Boolean!
    checkedAt: DateTime!
  }
`;
