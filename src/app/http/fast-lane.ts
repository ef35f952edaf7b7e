import { type HTTPGraphQLResponse } from '@apollo/server';
import { type FastifyRequest } from 'fastify';
import {
  type ExecutionResult,
  getOperationAST,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { type Context } from '../../context.js';
import { formatError } from '../../graph/errors.js';
import { executePlan } from '../../graph/executor/execute.js';
import { conditionsOf, type Plan, planQuery } from '../../graph/executor/plan.js';
import { refusalByCost } from '../../graph/guard/cost.js';
import { type KnownDocument } from '../../graph/guard/known-documents.js';
import { coerceVariables, type Variables } from '../../graph/guard/variables.js';
import { type Answer } from './answer.js';

interface Body {
  query?: unknown;
  operationName?: unknown;
  variables?: unknown;
  extensions?: unknown;
}

/** Plans of one document: by the operation and what its conditions decide. Undefined: the GraphQL server's to answer. */
interface Plans {
  conditions: readonly string[];
  byCase: Map<string, Plan | undefined>;
}

/** Clients have a few Accept headers between them; whoever makes up more is answered by the GraphQL server. */
const MAX_ACCEPTS = 50;
/** Conditions that all vary would make a plan each. */
const MAX_CASES = 16;

/**
 * The short way for queries that the GraphQL server has answered before: read, validated and planned already, they are
 * executed and written, and nothing else. Anything unusual (another method, extensions, variables or a cost that are
 * refused, a mutation, introspection, an Accept header not seen yet) goes the long way, before anything of it has run.
 * Both ways end in the same functions for access, audit, errors, logs and metrics; a test sends the same requests both
 * ways and compares the answers byte by byte. It is worth about two thirds of the time of a query without vendors.
 */
export class FastLane {
  private readonly headersFor = new Map<string, Record<string, string>>();
  private readonly plans = new WeakMap<KnownDocument, Plans>();

  constructor(private readonly schema: GraphQLSchema) {}

  /** Learns from an answer of the GraphQL server how whoever accepts this is answered. */
  learn({ method, headers: { accept = '' } }: FastifyRequest, answer: HTTPGraphQLResponse): void {
    const type = answer.headers.get('content-type');
    if (method !== 'POST' || (answer.status ?? 200) !== 200 || type === undefined) return;
    if (this.headersFor.size < MAX_ACCEPTS) this.headersFor.set(accept, { 'content-type': type });
  }

  /** Undefined where the GraphQL server has to answer. */
  answer(request: FastifyRequest, context: Context): Promise<Answer> | undefined {
    const headers = this.headersFor.get(request.headers.accept ?? '');
    const { document } = context;
    if (!headers || request.method !== 'POST' || !document?.validated) return undefined;
    const body = request.body as Body;
    const { operationName, variables: given } = body;
    if (!isPlain(body)) return undefined;
    const operation = getOperationAST(
      document.validated,
      typeof operationName === 'string' ? operationName : undefined,
    );
    if (!operation) return undefined;
    let variables: Variables = {};
    if (operation.variableDefinitions?.length) {
      const { coerced } = coerceVariables(this.schema, operation, (given ?? {}) as Variables);
      if (!coerced) return undefined;
      variables = coerced;
    }
    const plan = this.planOf(document, operation, variables);
    if (!plan || refusalByCost(this.schema, document.validated, operation, variables)) return undefined;
    return this.execute(plan, context, variables, headers);
  }

  private planOf(document: KnownDocument, operation: Plan['operation'], variables: Variables): Plan | undefined {
    const { validated } = document;
    if (!validated) return undefined;
    let plans = this.plans.get(document);
    if (!plans) this.plans.set(document, (plans = { conditions: conditionsOf(validated), byCase: new Map() }));
    const values = plans.conditions.map((name) => String(variables[name]));
    const which = `${operation.name?.value ?? ''} ${values.join(' ')}`;
    if (plans.byCase.has(which)) return plans.byCase.get(which);
    if (plans.byCase.size >= MAX_CASES) return undefined;
    const plan = planQuery(this.schema, validated, operation, variables);
    plans.byCase.set(which, plan);
    return plan;
  }

  private async execute(
    plan: Plan,
    context: Context,
    variables: Variables,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const done = executePlan(plan, context, variables);
    const { data, errors } = done instanceof Promise ? await done : done;
    if (errors) context.observer.failed(errors);
    const formatted = errors?.map(format);
    context.observer.answered('fast', plan.operation, formatted);
    return {
      status: statusOf(errors),
      headers,
      // In the order, and with the line end, of the GraphQL server.
      body: `${JSON.stringify(formatted ? { errors: formatted, data } : { data })}\n`,
    };
  }
}

function isPlain({ query, operationName, variables, extensions }: Body): boolean {
  return (
    (query === undefined || typeof query === 'string') &&
    (operationName === undefined || operationName === null || typeof operationName === 'string') &&
    (variables === undefined || variables === null || (typeof variables === 'object' && !Array.isArray(variables))) &&
    extensions === undefined
  );
}

/** As the GraphQL server completes an error before it is formatted. */
function format(error: GraphQLError): GraphQLFormattedError {
  const code = error.extensions['code'] ?? 'INTERNAL_SERVER_ERROR';
  return formatError({ ...error.toJSON(), extensions: { ...error.extensions, code } }, error);
}

function statusOf(errors: ExecutionResult['errors']): number {
  for (const { extensions } of errors ?? []) {
    const { status } = (extensions['http'] ?? {}) as { status?: number };
    if (status !== undefined) return status;
  }
  return 200;
}
