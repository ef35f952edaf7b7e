import { type Config } from '../../config/config.js';
import { type People } from '../../datasources/people/index.js';
import { type ReadyOperation } from './page.js';
import { SANDBOX_CODES } from '../../sandbox/index.js';

/** Operations for the explorer's tabs; in the sandbox their variables hold ids of people who are really there. */
export async function readyOperations(config: Config, people: People): Promise<ReadyOperation[]> {
  const ids = config.sandbox ? (await people.page({ first: 3 })).people.map(({ id }) => id) : [];
  const [id = ''] = ids;
  return [
    {
      query: `# The first people of the directory, each with a voucher fetched from the vendor.
query Directory {
  directory(first: 3) {
    totalCount
    edges {
      node {
        id
        maskedName
        maskedMobile
        voucher(activityCode: "1") { type qrCode qrCodePicture expiresAt }
      }
    }
  }
}
`,
    },
    {
      query: `# Everybody at once: the vendor is asked in batches, and one person's failure stays that person's.
query Everybody {
  directory(first: 50) {
    edges { node { maskedName maskedMobile voucher(activityCode: "1") { qrCode expiresAt } } }
  }
}
`,
    },
    {
      query: `query Person($id: ID!) {
  person(id: $id) {
    name
    mobile
    accounts { moziId zvcmsUserId alipayUserId alipayOpenId }
    face: voucher(activityCode: "1", type: FACE) { faceUrl }
    static: voucher(activityCode: "1", qrCodeType: STATIC) { qrCode expiresAt }
  }
}
`,
      variables: { id },
    },
    {
      query: `# Gift cards and exchange codes at zvcms. A code that cannot be checked is null with its own error.
query Wallet($id: ID!, $codes: [String!]!) {
  person(id: $id) {
    giftCardBalance { amount currency }
    giftCards { id title balance { amount } faceValue { amount } status validity beginsAt endsAt coverUrl thirdParty }
  }
  exchangeCodes(codes: $codes) { code redeemable checkedAt }
}
`,
      variables: { id, codes: config.sandbox ? Object.values(SANDBOX_CODES) : [] },
    },
    {
      query: `# Starts an identity check; the app would now open Alipay with the keys. Copy the id into the next tab.
mutation StartCheck($input: StartIdentityCheckInput!) {
  startIdentityCheck(input: $input) { connKey onceToken check { id status startedAt } }
}
`,
      variables: { input: { personId: id, identityType: '04' } },
    },
    {
      query: `# WAITING at first; a few seconds later the verdict, which is kept: ask as often as you like.
mutation Settle($id: ID!) {
  settleIdentityCheck(id: $id) { status askedAt settledAt merchantIdentityId resultPageUrl refusal { code message } person { maskedName } }
}
`,
      variables: { id: '' },
    },
    {
      query: `mutation Register($input: PersonInput!) {
  registerPerson(input: $input) { id maskedName maskedMobile createdAt }
}
`,
      variables: { input: { name: '林新来', email: 'newcomer@example.com' } },
    },
  ];
}
