import { type ApolloServerPlugin } from '@apollo/server';
import { type Context } from '../../../context.js';

/** Has the document run that was let in, and has it read and validated once for all requests that bring it. */
export const documents: ApolloServerPlugin<Context> = {
  requestDidStart: ({ request, contextValue: { document } }) => {
    if (document === undefined) return Promise.resolve();
    request.query = document.text;
    // By its text from here on, also where it was asked for by its hash.
    delete request.extensions?.['persistedQuery'];
    return Promise.resolve({
      didResolveSource: (asked) => {
        // The server reads and validates what is not there yet.
        if (document.validated) Object.assign(asked, { document: document.validated });
        return Promise.resolve();
      },
      validationDidStart: (asked) =>
        Promise.resolve((errors?: readonly Error[]) => {
          if (!errors?.length) document.validated = asked.document;
          return Promise.resolve();
        }),
    });
  },
};
