import { type ApolloServerPlugin } from '@apollo/server';
import { type Context } from '../../../context.js';

/** Tells the request's observer of the operation that the GraphQL server answers. */
export const operations: ApolloServerPlugin<Context> = {
  requestDidStart: ({ contextValue: { observer } }) =>
    Promise.resolve({
      didEncounterErrors: ({ errors }) => {
        observer.failed(errors);
        return Promise.resolve();
      },
      willSendResponse: ({ operation, response: { body } }) => {
        observer.answered('server', operation, body.kind === 'single' ? body.singleResult.errors : undefined);
        return Promise.resolve();
      },
    }),
};
