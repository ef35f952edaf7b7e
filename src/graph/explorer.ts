import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

export interface ReadyOperation {
  query: string;
  variables?: Record<string, unknown>;
}

/** One self-contained page: nothing in it is loaded from elsewhere, so it works without internet. */
export function renderExplorer(title: string, operations: ReadyOperation[]): string {
  return renderGraphiQL({
    title,
    defaultTabs: operations.map(({ query, variables }) => ({
      query,
      ...(variables && { variables: JSON.stringify(variables, null, 2) }),
    })),
    ...(operations[0] && { defaultQuery: operations[0].query }),
    shouldPersistHeaders: false,
  });
}
