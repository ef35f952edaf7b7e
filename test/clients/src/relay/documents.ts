import relay from 'relay-runtime';

const { graphql } = relay;

/** For Relay's compiler alone, which writes what ../relay.ts runs; nothing here is called. */
export const documents = () => [
  graphql`
    query documentsWalletQuery($id: ID!) {
      person(id: $id) {
        id
        maskedName
        voucher(activityCode: "1") {
          qrCode
          expiresAt
        }
        giftCards {
          id
          title
          status
        }
      }
    }
  `,
  graphql`
    query documentsPeopleQuery($first: Int!, $after: String) {
      ...documentsPeople @arguments(first: $first, after: $after)
    }
  `,
  graphql`
    fragment documentsPeople on Query
    @refetchable(queryName: "documentsNextPeopleQuery")
    @argumentDefinitions(first: { type: "Int", defaultValue: 5 }, after: { type: "String" }) {
      directory(first: $first, after: $after) @connection(key: "documents_directory") {
        totalCount
        edges {
          node {
            id
            maskedName
          }
        }
      }
    }
  `,
  graphql`
    mutation documentsRenameMutation($id: ID!, $name: String!) {
      updatePerson(id: $id, input: { name: $name }) {
        id
        maskedName
      }
    }
  `,
];
