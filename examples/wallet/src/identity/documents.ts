import { graphql } from '../../generated';

graphql(`
  fragment Check on IdentityCheck {
    id
    identityType
    queryType
    status
    refusal {
      code
      message
    }
    resultPageUrl
    merchantIdentityId
    startedAt
    askedAt
    settledAt
  }
`);

export const IDENTITY_CHECKS = graphql(`
  query IdentityChecks($personId: ID!, $first: Int!, $after: ID) {
    person(id: $personId) {
      id
      identityChecks(first: $first, after: $after) {
        ...Check
      }
    }
  }
`);

/**
 * The keys that come with it (connKey, onceToken) are for the app that opens Alipay with them. A page that only asks for
 * the verdict does not even fetch them: what is not here cannot leak.
 */
export const START = graphql(`
  mutation StartIdentityCheck($input: StartIdentityCheckInput!) {
    startIdentityCheck(input: $input) {
      check {
        ...Check
      }
    }
  }
`);

export const SETTLE = graphql(`
  mutation SettleIdentityCheck($id: ID!) {
    settleIdentityCheck(id: $id) {
      ...Check
    }
  }
`);
