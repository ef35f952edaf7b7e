import { type GatewayConfigSupergraph, type GatewayPlugin } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import {
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  isNonNullType,
} from 'graphql';
import { type JWTPayload, jwtVerify } from 'jose';

/** The texts that Kaquan's subgraphs are given by the same names. */
interface Secrets {
  /** Proves to the subgraphs that the router asks. */
  ROUTER_SECRET?: string | undefined;
  /** Checks HS256 tokens. With a key set, give `createRemoteJWKSet(new URL(…))` of jose to jwtVerify instead. */
  AUTH_SECRET?: string | undefined;
}

/**
 * Hive Gateway's configuration for a supergraph with Kaquan's subgraphs; the tests run a gateway with exactly this.
 * Without AUTH_SECRET (the sandbox) only the subgraphs decide who may see what.
 */
export function createGatewayConfig({ ROUTER_SECRET, AUTH_SECRET }: Secrets) {
  return {
    // The other query planner tells every failure in a list as the first item's: its error paths lose the index.
    unifiedGraphHandler,
    propagateHeaders: {
      fromClientToSubgraphs: ({ request }) => ({
        // The subgraphs read the caller's token themselves: they alone know whose each thing is.
        authorization: request.headers.get('authorization'),
        // From here, never from the client: whoever has it may say in a representation who a person is.
        'x-router-secret': ROUTER_SECRET,
        // One request is found by one id, and one trace, in every process's log.
        'x-request-id': request.headers.get('x-request-id'),
        traceparent: request.headers.get('traceparent'),
        tracestate: request.headers.get('tracestate'),
      }),
    },
    ...(AUTH_SECRET !== undefined && {
      genericAuth: {
        // Without a mode that reads @authenticated and @requiresScopes the gateway ignores both.
        mode: 'protect-granular',
        // Nulls the fields that the caller may not see and answers the rest, as the subgraphs do.
        rejectUnauthenticated: false,
        resolveUserFn: async ({ request }) => {
          const token = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
          if (token === undefined) return null;
          try {
            const key = new TextEncoder().encode(AUTH_SECRET);
            return (await jwtVerify(token, key, { algorithms: ['HS256'], requiredClaims: ['exp'] })).payload;
          } catch {
            return null;
          }
        },
        // By default every refusal is UNAUTHORIZED_FIELD_OR_TYPE; clients of the subgraphs know these two codes.
        validateUser: ({ user, executionArgs, parentType, field, fieldAuthArgs, fieldScopes, userScopes, path }) => {
          // The gateway nulls just the field that it refuses, in all items of a list alike. So it refuses at the top,
          // where null is allowed; deeper down and where null must go upwards, the subgraph refuses, as it does anyway.
          const atTop =
            parentType === executionArgs.schema.getQueryType() || parentType === executionArgs.schema.getMutationType();
          if (!atTop || isNonNullType(field.type)) return undefined;
          if (!(user as JWTPayload | null)) {
            return fieldAuthArgs || fieldScopes
              ? refusal('UNAUTHENTICATED', 'This needs a valid token', path)
              : undefined;
          }
          const enough =
            !fieldScopes?.length || fieldScopes.some((all) => all.every((scope) => userScopes.includes(scope)));
          return enough ? undefined : refusal('FORBIDDEN', 'This needs a scope that the token lacks', path);
        },
      },
    }),
    plugins: () => [answersAsGraphQlWants],
    transportEntries: {
      // Two questions for a dynamic code are two codes, even where they come at the same moment.
      '*.http': { options: { deduplicateInflightRequests: false } },
    },
    // Longer than the subgraph waits for its vendor, so that the subgraph's own VENDOR_TIMEOUT is what a client reads.
    upstreamTimeout: 15_000,
    // The errors' codes stay as the subgraphs give them.
    subgraphErrors: false,
    // No upstreamRetry: the subgraphs repeat what their vendor lets them repeat. A repeated identity check would find
    // its token spent; where other subgraphs need retries, give a function that returns undefined for zhima.
  } satisfies Omit<GatewayConfigSupergraph, 'supergraph'>;
}

/** The gateway writes `@` before the name of a list and would put the null there; at the top the name is the path. */
const refusal = (code: string, message: string, path: readonly (string | number)[] | undefined) =>
  new GraphQLError(message, { extensions: { code }, ...(path && { path: path.filter((part) => part !== '@') }) });

/** Mends what the planner and the patching of refused fields leave open, so that a client reads what GraphQL promises. */
const answersAsGraphQlWants: GatewayPlugin = {
  onExecute: ({ args, executeFn, setExecuteFn }) => {
    const { schema, document, operationName, variableValues } = args as ExecutionArgs;
    const operation = getOperationAST(document, operationName);
    const { errors } = getVariableValues(schema, operation?.variableDefinitions ?? [], variableValues ?? {});
    let allNull = false;
    // The planner would answer with 200 and without a code.
    if (errors) setExecuteFn(() => ({ errors: errors.map(({ message }) => badVariables(message)) }));
    // Everything was refused: the planner would fail on an operation without a field.
    else if (operation?.selectionSet.selections.length === 0) setExecuteFn(() => ({ data: {} }));
    else {
      setExecuteFn(async (given: ExecutionArgs) => {
        const result = (await executeFn(given)) as ExecutionResult;
        allNull = !result.data && (result.errors?.some(({ path }) => path) ?? false);
        return result;
      });
    }
    return {
      onExecuteDone: ({ result, setResult }) => {
        // A null that went up to the top: the planner leaves `data` out, and a refused field would be put into it.
        if (allNull) setResult({ ...(result as ExecutionResult), data: null });
      },
    };
  },
};

const badVariables = (message: string) =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } });

/** What the command `hive-gateway supergraph supergraph.graphql` reads. */
export const gatewayConfig = createGatewayConfig(process.env);
