import {
  type ExecutionResult,
  GraphQLError,
  type GraphQLLeafType,
  type GraphQLObjectType,
  locatedError,
} from 'graphql';
import { isoText } from './iso-text.js';
import { type FieldPlan, type Plan, type ResolveInfo, type TypePlan } from './plan.js';

interface Path {
  readonly prev: Path | undefined;
  readonly key: string | number;
  readonly typename: string | undefined;
}

type Variables = Record<string, unknown>;
type Answer = Record<string, unknown>;

/**
 * Executes a planned query as graphql-js would, to the letter of its errors (a test compares the two over every query of
 * the tests). What it saves is finding out again for each object what the plan knows: fields, types, arguments.
 */
export function executePlan(
  plan: Plan,
  context: unknown,
  variables: Variables,
): ExecutionResult | Promise<ExecutionResult> {
  const execution = new Execution(plan, context, variables);
  try {
    const data = execution.fieldsOf(undefined, plan.fields, undefined);
    if (!isPromise(data)) return execution.result(data);
    return data.then(
      (resolved) => execution.result(resolved),
      (error: unknown) => execution.failure(error),
    );
  } catch (error) {
    return execution.failure(error);
  }
}

const isPromise = <T>(value: T | Promise<T>): value is Promise<T> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';

class Execution {
  private readonly errors: GraphQLError[] = [];
  /** Where an error has made null: what fails below of it later is not told any more. */
  private readonly nulled = new Set<Path | undefined>();

  constructor(
    private readonly plan: Plan,
    private readonly context: unknown,
    private readonly variables: Variables,
  ) {}

  result(data: Answer | null): ExecutionResult {
    return this.errors.length === 0 ? { data } : { errors: this.errors, data };
  }

  failure(error: unknown): ExecutionResult {
    this.collect(error as GraphQLError, undefined);
    return this.result(null);
  }

  fieldsOf(source: unknown, fields: readonly FieldPlan[], path: Path | undefined): Answer | Promise<Answer> {
    const answer: Answer = {};
    let waiting: [FieldPlan, Promise<unknown>][] | undefined;
    for (const field of fields) {
      let value: unknown;
      try {
        value = this.field(source, field, path);
      } catch (error) {
        if (!waiting) throw error;
        // As graphql-js has it: told when the others are through, so that none of them fails unheard and ends the process.
        const tell = () => {
          throw error;
        };
        return Promise.all(waiting.map(([, promise]) => promise)).then(tell, tell);
      }
      // Where it has to be waited for, its place in the order of the answer is kept.
      answer[field.key] = isPromise(value) ? undefined : value;
      if (isPromise(value)) (waiting ??= []).push([field, value]);
    }
    return waiting ? filled(answer, waiting) : answer;
  }

  private field(source: unknown, field: FieldPlan, parent: Path | undefined): unknown {
    const { plan } = field;
    if (field.resolve || plan.kind !== 'leaf') return this.resolved(source, field, pathTo(field, parent));
    // Most fields are a property that is there: without a path, which is made for each field otherwise.
    const value = property(source, field.name);
    if (!isPlain(value)) return this.resolved(source, field, pathTo(field, parent));
    try {
      if (value === null || value === undefined) return plan.nullable ? null : throwNull(field);
      return serialized(plan.leaf, value);
    } catch (error) {
      return this.nullOrThrow(error, plan, field, pathTo(field, parent));
    }
  }

  private resolved(source: unknown, field: FieldPlan, path: Path): unknown {
    const { plan } = field;
    let value: unknown;
    try {
      value = this.valueOf(source, field, path);
    } catch (error) {
      return this.nullOrThrow(error, plan, field, path);
    }
    return this.completed(plan, value, field, path);
  }

  private valueOf(source: unknown, field: FieldPlan, path: Path): unknown {
    let { resolve } = field;
    if (!resolve) {
      const value = property(source, field.name);
      if (typeof value !== 'function') return value;
      resolve = (_source, ...given) => (value as (...given: unknown[]) => unknown).apply(source, given);
    }
    return resolve(source, field.args ?? field.argsOf(this.variables), this.context, this.infoOf(field, path));
  }

  /** What a value comes to in its place: null where it fails and may be null. */
  private completed(plan: TypePlan, value: unknown, field: FieldPlan, path: Path): unknown {
    if (isPromise(value)) {
      return value.then(
        (resolved) => this.completed(plan, resolved, field, path),
        (error: unknown) => this.nullOrThrow(error, plan, field, path),
      );
    }
    try {
      const complete = this.complete(plan, value, field, path);
      if (!isPromise(complete)) return complete;
      return complete.then(undefined, (error: unknown) => this.nullOrThrow(error, plan, field, path));
    } catch (error) {
      return this.nullOrThrow(error, plan, field, path);
    }
  }

  private complete(plan: TypePlan, value: unknown, field: FieldPlan, path: Path): unknown {
    if (value instanceof Error) throw value;
    if (value === null || value === undefined) return plan.nullable ? null : throwNull(field);
    switch (plan.kind) {
      case 'leaf':
        return serialized(plan.leaf, value);
      case 'object':
        return this.fieldsOf(value, plan.fields, path);
      case 'list':
        return this.items(plan.item, value, field, path);
    }
  }

  private items(item: TypePlan, value: unknown, field: FieldPlan, path: Path): unknown {
    if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${field.parent.name}.${field.name}".`);
    }
    const items: unknown[] = [];
    let waits = false;
    for (const one of value as Iterable<unknown>) {
      const itemPath: Path = { prev: path, key: items.length, typename: undefined };
      try {
        const completed = this.completed(item, one, field, itemPath);
        if (isPromise(completed)) waits = true;
        items.push(completed);
      } catch (error) {
        ignore([...items, ...(value as Iterable<unknown>)]);
        throw error;
      }
    }
    return waits ? Promise.all(items) : items;
  }

  private nullOrThrow(raw: unknown, plan: TypePlan, field: FieldPlan, path: Path): null {
    const error = locatedError(raw, field.nodes, keysOf(path));
    if (!plan.nullable) throw error;
    this.collect(error, path);
    return null;
  }

  private collect(error: GraphQLError, path: Path | undefined): void {
    for (let at = path; at; at = at.prev) if (this.nulled.has(at)) return;
    if (this.nulled.has(undefined)) return;
    this.nulled.add(path);
    this.errors.push(error);
  }

  private infoOf(field: FieldPlan, path: Path): ResolveInfo {
    const { schema, fragments, operation } = this.plan;
    return {
      fieldName: field.name,
      fieldNodes: field.nodes,
      returnType: field.plan.type,
      parentType: field.parent,
      path,
      schema,
      fragments,
      rootValue: undefined,
      operation,
      variableValues: this.variables,
    };
  }
}

const pathTo = (field: FieldPlan, prev: Path | undefined): Path => ({
  prev,
  key: field.key,
  typename: field.parent.name,
});

/** Neither to be called, nor waited for, nor a failure. */
const isPlain = (value: unknown): boolean =>
  typeof value === 'object' ? !(value instanceof Error) && !isPromise(value) : typeof value !== 'function';

/** The answer with what had to be waited for in its places. */
function filled(answer: Answer, waiting: readonly [FieldPlan, Promise<unknown>][]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let left = waiting.length;
    for (const [{ key }, promise] of waiting) {
      promise.then((value) => {
        answer[key] = value;
        left -= 1;
        if (left === 0) resolve(answer);
      }, reject);
    }
  });
}

/** What goes on beside a failure that has been told: were it to fail as well, unheard, it would end the process. */
function ignore(values: readonly unknown[]): void {
  Promise.allSettled(values).catch(() => undefined);
}

function property(source: unknown, name: string): unknown {
  return typeof source === 'object' && source !== null ? (source as Record<string, unknown>)[name] : undefined;
}

function serialized(leaf: GraphQLLeafType, value: unknown): unknown {
  const result: unknown = leaf.serialize(value);
  if (result === null || result === undefined)
    throw new Error(`Expected \`${leaf.name}.serialize\` to return non-nullable value`);
  // As JSON writes it, only faster.
  return result instanceof Date ? isoText(result) : result;
}

function throwNull({ parent, name }: { parent: GraphQLObjectType; name: string }): never {
  throw new Error(`Cannot return null for non-nullable field ${parent.name}.${name}.`);
}

function keysOf(path: Path): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at: Path | undefined = path; at; at = at.prev) keys.push(at.key);
  return keys.reverse();
}
