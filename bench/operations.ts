/** The operations of the workloads, as a front end would write them. */

export const WALLET = `query Wallet($id: ID!, $codes: [String!]!) {
  person(id: $id) {
    id
    maskedName
    maskedMobile
    voucher(activityCode: "1", type: QR_CODE, qrCodeType: DYNAMIC) {
      type
      activityCode
      qrCodeType
      qrCode
      issuedAt
      expiresAt
    }
    giftCards {
      id
      title
      balance { amount currency }
      faceValue { amount currency }
      status
      statusText
      bound
      validity
      endsAt
      coverUrl
    }
  }
  exchangeCodes(codes: $codes) {
    code
    redeemable
    checkedAt
  }
}`;

export const ROSTER = `query Roster($ids: [ID!]!) {
  people(ids: $ids) {
    id
    maskedName
    voucher(activityCode: "1") {
      qrCode
      expiresAt
    }
    giftCards {
      id
      title
      balance { amount currency }
      status
    }
  }
}`;

export const PLAIN = `query Plain($id: ID!) {
  person(id: $id) {
    id
    maskedName
    maskedMobile
  }
}`;

export const CARDS = `query Cards($id: ID!) {
  person(id: $id) {
    id
    giftCards {
      id
      templateId
      title
      coverUrl
      balance { amount currency }
      faceValue { amount currency }
      status
      statusText
      bound
      validity
      validityText
      beginsAt
      endsAt
      createdAt
      thirdParty
    }
  }
}`;

/** One of many that differ in their aliases, as generated clients' do; the cards are not asked for. */
export function distinctDocument(number: number): string {
  return `query Screen${number}($id: ID!, $withCards: Boolean!) {
  person(id: $id) {
    id
    name${number}: maskedName
    mobile${number}: maskedMobile
    cards${number}: giftCards @include(if: $withCards) {
      id
      title
      coverUrl
      balance { amount currency }
      faceValue { amount currency }
      status
      statusText
      bound
      validity
      endsAt
    }
  }
}`;
}

/** For measuring how cost grows with the people in one answer. */
export const VOUCHERS = `query Vouchers($ids: [ID!]!) {
  people(ids: $ids) {
    id
    maskedName
    voucher(activityCode: "1") {
      qrCode
      expiresAt
    }
  }
}`;

export const FIRST_PAGE = `{
  directory(first: 20) {
    edges { node { id maskedName } }
    pageInfo { hasNextPage endCursor }
  }
}`;

export const SEARCH = `query Search($search: String!) {
  directory(first: 20, search: $search) {
    edges { node { id maskedName } }
  }
}`;
