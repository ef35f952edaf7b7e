import { graphql } from './generated/index.js';

export const Wallet = graphql(`
  query Wallet($id: ID!, $codes: [String!]!) {
    person(id: $id) {
      id
      maskedName
      voucher(activityCode: "1") {
        activityCode
        qrCode
        expiresAt
      }
      giftCards {
        id
        title
        status
        balance {
          amount
          currency
        }
      }
      identityChecks {
        id
        status
      }
    }
    exchangeCodes(codes: $codes) {
      code
      redeemable
    }
  }
`);

export const People = graphql(`
  query People($first: Int!, $after: String) {
    directory(first: $first, after: $after) {
      totalCount
      edges {
        cursor
        node {
          id
          maskedName
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const Rename = graphql(`
  mutation Rename($id: ID!, $name: String!) {
    updatePerson(id: $id, input: { name: $name }) {
      id
      maskedName
    }
  }
`);
