import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getDirectiveValues,
  getNullableType,
  GraphQLIncludeDirective,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
  visit,
} from 'graphql';
import { argumentsOf } from '../arguments.js';

/** How the values of one type are completed, worked out once for each place of a document. */
export type TypePlan = { nullable: boolean; type: GraphQLOutputType } & (
  | { kind: 'leaf'; leaf: GraphQLLeafType }
  | { kind: 'object'; object: GraphQLObjectType; fields: readonly FieldPlan[] }
  | { kind: 'list'; item: TypePlan }
);

/** What graphql-js itself tells resolvers; other libraries add to its type. */
export type ResolveInfo = Pick<
  GraphQLResolveInfo,
  | 'fieldName'
  | 'fieldNodes'
  | 'returnType'
  | 'parentType'
  | 'path'
  | 'schema'
  | 'fragments'
  | 'rootValue'
  | 'operation'
  | 'variableValues'
>;
export type Resolve = (source: unknown, args: unknown, context: unknown, info: ResolveInfo) => unknown;

/** One field of a selection. */
export interface FieldPlan {
  /** The key in the answer: the alias, or the name. */
  key: string;
  name: string;
  parent: GraphQLObjectType;
  nodes: readonly FieldNode[];
  plan: TypePlan;
  /** Undefined: the value is the property of the source of this name. */
  resolve: Resolve | undefined;
  /** The arguments, where they are the same for every request. */
  args: Readonly<Record<string, unknown>> | undefined;
  argsOf: (variables: Readonly<Record<string, unknown>>) => Record<string, unknown>;
}

/** A query as it will be executed; the same for all requests that bring its document and the same conditions. */
export interface Plan {
  schema: GraphQLSchema;
  operation: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
  fields: readonly FieldPlan[];
  root: GraphQLObjectType;
}

type Variables = Readonly<Record<string, unknown>>;

/** Thrown inside planning where a document needs what plans do not have. */
class NotPlannable extends Error {}

/** Answered by the GraphQL server alone: they are asked rarely, and by tools. */
const SERVERS_OWN = new Set(['__schema', '__type', '_service', '_entities']);

/**
 * Works out how a query is executed, or undefined for what plans do not cover: mutations, introspection, what routers
 * ask, and abstract types. `variables` are coerced ones; only those in @skip and @include matter (see conditionsOf).
 */
export function planQuery(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): Plan | undefined {
  const root = schema.getQueryType();
  if (operation.operation !== OperationTypeNode.QUERY || !root) return undefined;
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  try {
    const fields = new Planner(schema, fragments, variables).fieldsOf(root, [operation.selectionSet]);
    return { schema, operation, fragments, fields, root };
  } catch (error) {
    if (error instanceof NotPlannable) return undefined;
    throw error;
  }
}

/** The names of the variables that decide which fields an operation has. */
export function conditionsOf(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive: ({ name, arguments: given = [] }) => {
      if (name.value !== 'skip' && name.value !== 'include') return;
      for (const { value } of given) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

class Planner {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>,
    private readonly variables: Variables,
  ) {}

  fieldsOf(parent: GraphQLObjectType, sets: readonly SelectionSetNode[]): FieldPlan[] {
    const collected = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    for (const set of sets) this.collect(parent, set, collected, spread);
    return [...collected].map(([key, nodes]) => this.fieldOf(parent, key, nodes));
  }

  /** As the specification's CollectFields. */
  private collect(
    parent: GraphQLObjectType,
    set: SelectionSetNode,
    collected: Map<string, FieldNode[]>,
    spread: Set<string>,
  ): void {
    for (const selection of set.selections) {
      if (!this.isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = collected.get(key);
        if (nodes) nodes.push(selection);
        else collected.set(key, [selection]);
        continue;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        if (spread.has(selection.name.value)) continue;
        spread.add(selection.name.value);
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments[selection.name.value];
      if (!fragment) throw new NotPlannable();
      const condition = fragment.typeCondition?.name.value;
      if (condition === undefined || condition === parent.name) {
        this.collect(parent, fragment.selectionSet, collected, spread);
      } else if (!isObjectType(this.schema.getType(condition))) {
        throw new NotPlannable();
      }
    }
  }

  private isIncluded(node: Parameters<typeof getDirectiveValues>[1]): boolean {
    if (!node.directives?.length) return true;
    const skip = getDirectiveValues(GraphQLSkipDirective, node, this.variables);
    const include = getDirectiveValues(GraphQLIncludeDirective, node, this.variables);
    return skip?.['if'] !== true && include?.['if'] !== false;
  }

  private fieldOf(parent: GraphQLObjectType, key: string, nodes: FieldNode[]): FieldPlan {
    const [first] = nodes;
    if (!first || SERVERS_OWN.has(first.name.value)) throw new NotPlannable();
    const name = first.name.value;
    const definition = name === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef : parent.getFields()[name];
    if (!definition) throw new NotPlannable();
    const { fixed, read } = argumentsOf(definition, first);
    return {
      key,
      name,
      parent,
      nodes,
      plan: this.typeOf(definition.type, nodes),
      resolve: definition.resolve as Resolve | undefined,
      args: fixed ? valuesOf(read) : undefined,
      argsOf: read,
    };
  }

  private typeOf(type: GraphQLOutputType, nodes: readonly FieldNode[]): TypePlan {
    const nullable = !isNonNullType(type);
    const named = getNullableType(type);
    if (isLeafType(named)) return { kind: 'leaf', nullable, type, leaf: named };
    if (isListType(named)) return { kind: 'list', nullable, type, item: this.typeOf(named.ofType, nodes) };
    if (!isObjectType(named) || named.isTypeOf) throw new NotPlannable();
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    return { kind: 'object', nullable, type, object: named, fields: this.fieldsOf(named, sets) };
  }
}

/** Undefined where they are wrong: each execution then finds that out, in its place. */
function valuesOf(read: (variables: Variables) => Record<string, unknown>): Record<string, unknown> | undefined {
  try {
    return read({});
  } catch {
    return undefined;
  }
}
