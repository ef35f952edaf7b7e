import {
  type DocumentNode,
  type FieldNode,
  getArgumentValues,
  getNamedType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  Kind,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { type PublicError, refusedOperation } from '../errors.js';
import { coerceVariables, type Variables } from './variables.js';

/**
 * What one operation may lead to. A hundred people, each with a voucher, fit; twice that does not. A picture of 1,024
 * pixels takes a million of them, so that a page of vouchers has its pictures in the size of a screen.
 */
const BUDGET = {
  vendorRequests: 150,
  objects: 10_000,
  searches: 10,
  pictures: 200,
  pixels: 16 * 1024 * 1024,
} as const;

type Dimension = keyof typeof BUDGET;
type Total = Record<Dimension, number>;

const WORDS: Record<Dimension, (most: number) => string> = {
  vendorRequests: (most) => `An operation may lead to ${most} vendor requests at most`,
  objects: (most) => `An operation may ask for ${most} objects at most`,
  searches: (most) => `An operation may search ${most} times at most`,
  pictures: (most) => `An operation may draw ${most} pictures at most`,
  pixels: (most) => `The pictures of an operation may have ${most} pixels at most`,
};

type Price<Args> = number | ((args: Args) => number);
type Arguments = Readonly<Record<string, unknown>>;

/** What a field leads to by itself. On an object type: what it takes to find one by its key, for a router. */
export interface CostRule<Args = Arguments> extends Partial<Record<Exclude<Dimension, 'objects'>, Price<Args>>> {
  /** How many objects it gives at most, by its arguments. */
  size?: (args: Args) => number;
  /** Which entities the field gives, by the names of their types. */
  entities?: (args: Args) => string[];
}

/** A field without it costs one object where it gives objects, and nothing where not. */
export function Cost<Args>(rule: CostRule<Args>): MethodDecorator & ClassDecorator {
  return Extensions({ cost: rule });
}

const NO_RULE: CostRule = {};
const ruleOf = ({ extensions }: { extensions: Readonly<Record<string, unknown>> }): CostRule =>
  (extensions['cost'] as CostRule | undefined) ?? NO_RULE;

/** Operations whose cost is the same whoever asks, and within the budget. */
const affordable = new WeakSet<OperationDefinitionNode>();

/**
 * The refusal of an operation over the budget, before any of it runs; variables count as they were given. Ours, and not
 * graphql-query-complexity, which leaves out what @skip and @include leave out, takes a union for the dearest of its
 * types instead of those that a router names, and knows one dimension only.
 */
export function checkCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  given: Variables,
): PublicError | undefined {
  if (affordable.has(operation)) return undefined;
  const { coerced, refusal } = coerceVariables(schema, operation, given);
  return coerced ? refusalByCost(schema, document, operation, coerced) : refusal;
}

/** The same where the variables have been coerced already. */
export function refusalByCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  coerced: Variables,
): PublicError | undefined {
  if (affordable.has(operation)) return undefined;
  const root = schema.getRootType(operation.operation);
  // The library would fail in the middle of the execution.
  if (!root) return refusedOperation('BAD_USER_INPUT', `There are no ${operation.operation}s here`);
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const total = new Estimate(schema, fragments, coerced).of(root, operation.selectionSet);
  for (const dimension of DIMENSIONS) {
    const most = BUDGET[dimension];
    if (total[dimension] > most) return refusedOperation('OPERATION_TOO_COMPLEX', WORDS[dimension](most));
  }
  if (!operation.variableDefinitions?.length) affordable.add(operation);
  return undefined;
}

class Estimate {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly variables: Record<string, unknown>,
  ) {}

  of(type: GraphQLObjectType, set: SelectionSetNode): Total {
    const total = nothing();
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const field = type.getFields()[selection.name.value];
        if (field) this.addField(total, field, selection);
      } else {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value);
        if (fragment && this.applies(fragment.typeCondition?.name.value, type)) {
          add(total, this.of(type, fragment.selectionSet));
        }
      }
    }
    return total;
  }

  private applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const named = this.schema.getType(condition);
    return isAbstractType(named) && this.schema.isSubType(named, type);
  }

  private addField(total: Total, field: GraphQLField<unknown, unknown>, node: FieldNode): void {
    const rule = ruleOf(field);
    const args = rule === NO_RULE ? undefined : this.argumentsOf(field, node);
    const size = rule.size && args ? Math.max(0, rule.size(args) || 1) : 1;
    addPrices(total, rule, args);
    const { selectionSet } = node;
    if (!selectionSet) return;
    const type = getNamedType(field.type);
    if (rule.entities && args) this.addEntities(total, rule.entities(args), selectionSet);
    else {
      total.objects += size;
      if (isObjectType(type)) add(total, this.of(type, selectionSet), size);
      else if (isAbstractType(type)) add(total, this.dearest(this.schema.getPossibleTypes(type), selectionSet), size);
    }
  }

  /** Each costs what finding it costs, and what is asked of its own type. */
  private addEntities(total: Total, types: readonly string[], set: SelectionSetNode): void {
    total.objects += types.length;
    const counts = new Map<string, number>();
    for (const name of types) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const [name, count] of counts) {
      const type = this.schema.getType(name);
      if (!isObjectType(type)) continue;
      addPrices(total, ruleOf(type), undefined, count);
      add(total, this.of(type, set), count);
    }
  }

  private dearest(types: readonly GraphQLObjectType[], set: SelectionSetNode): Total {
    const most = nothing();
    for (const type of types) {
      const one = this.of(type, set);
      for (const dimension of DIMENSIONS) most[dimension] = Math.max(most[dimension], one[dimension]);
    }
    return most;
  }

  /** Undefined where the arguments are wrong: execution tells what is wrong with them, and does not run the field. */
  private argumentsOf(field: GraphQLField<unknown, unknown>, node: FieldNode): Arguments | undefined {
    try {
      return getArgumentValues(field, node, this.variables);
    } catch {
      return undefined;
    }
  }
}

const DIMENSIONS = Object.keys(BUDGET) as Dimension[];
const PRICED = DIMENSIONS.filter((dimension) => dimension !== 'objects');

const nothing = (): Total => ({ vendorRequests: 0, objects: 0, searches: 0, pictures: 0, pixels: 0 });

function add(total: Total, more: Total, times = 1): void {
  for (const dimension of DIMENSIONS) total[dimension] += more[dimension] * times;
}

function addPrices(total: Total, rule: CostRule, args: Arguments | undefined, times = 1): void {
  if (rule === NO_RULE) return;
  for (const dimension of PRICED) {
    const price = rule[dimension];
    if (typeof price === 'number') total[dimension] += price * times;
    else if (price && args) total[dimension] += price(args) * times;
  }
}
