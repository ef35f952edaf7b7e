import { type ApolloServerPlugin } from '@apollo/server';
import { type Context } from '../../../context.js';
import { checkCost } from '../../../graph/guard/cost.js';

/** Refuses an operation that would lead to too much, before any of it runs. */
export const budget: ApolloServerPlugin<Context> = {
  requestDidStart: () =>
    Promise.resolve({
      didResolveOperation: ({ schema, document, operation, request }) => {
        const refusal = operation && checkCost(schema, document, operation, request.variables ?? {});
        return refusal ? Promise.reject(refusal) : Promise.resolve();
      },
    }),
};
