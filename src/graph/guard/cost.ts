import {
  type DocumentNode,
  type FieldNode,
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
import { argumentsOf, type FieldArguments } from '../arguments.js';
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

/** What a selection costs: a part that is the same for everybody, and what depends on the variables. */
interface Bill {
  fixed: Total;
  open: ((total: Total, variables: Variables, times: number) => void)[];
}

const bills = new WeakMap<OperationDefinitionNode, Bill>();

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
  const { coerced, refusal } = coerceVariables(schema, operation, given);
  return coerced ? refusalByCost(schema, document, operation, coerced) : refusal;
}

/** The same where the variables have been coerced already. The bill is made out once for each operation. */
export function refusalByCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  coerced: Variables,
): PublicError | undefined {
  let bill = bills.get(operation);
  if (!bill) {
    const root = schema.getRootType(operation.operation);
    // The library would fail in the middle of the execution.
    if (!root) return refusedOperation('BAD_USER_INPUT', `There are no ${operation.operation}s here`);
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    }
    bill = new Pricing(schema, fragments).of(root, operation.selectionSet);
    bills.set(operation, bill);
  }
  const total = sumOf(bill, coerced);
  for (const dimension of DIMENSIONS) {
    const most = BUDGET[dimension];
    if (total[dimension] > most) return refusedOperation('OPERATION_TOO_COMPLEX', WORDS[dimension](most));
  }
  return undefined;
}

class Pricing {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {}

  of(type: GraphQLObjectType, set: SelectionSetNode): Bill {
    const bill: Bill = { fixed: nothing(), open: [] };
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const field = type.getFields()[selection.name.value];
        if (field) this.addField(bill, field, selection);
      } else {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value);
        if (fragment && this.applies(fragment.typeCondition?.name.value, type)) {
          const { fixed, open } = this.of(type, fragment.selectionSet);
          add(bill.fixed, fixed);
          bill.open.push(...open);
        }
      }
    }
    return bill;
  }

  private applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const named = this.schema.getType(condition);
    return isAbstractType(named) && this.schema.isSubType(named, type);
  }

  private addField(bill: Bill, field: GraphQLField<unknown, unknown>, node: FieldNode): void {
    const rule = ruleOf(field);
    const { fixed, read } = argumentsOf(field, node);
    const below = this.below(field, node);
    const charge = (total: Total, variables: Variables, times: number) => {
      const args = rule === NO_RULE ? undefined : valuesOf(read, variables);
      addPrices(total, rule, args, times);
      const { selectionSet } = node;
      if (!selectionSet) return;
      if (rule.entities && args) {
        this.addEntities(total, rule.entities(args), selectionSet, variables, times);
        return;
      }
      const size = (rule.size && args ? Math.max(0, rule.size(args) || 1) : 1) * times;
      total.objects += size;
      // A single type, or the dearest of those that it may be.
      const [only] = below;
      if (only && below.length === 1) addBill(total, only, variables, size);
      else if (only) add(total, dearest(below.map((one) => sumOf(one, variables))), size);
    };
    const depends =
      (!fixed && rule !== NO_RULE) || rule.entities !== undefined || below.some(({ open }) => open.length);
    if (depends) bill.open.push(charge);
    else charge(bill.fixed, {}, 1);
  }

  private below(field: GraphQLField<unknown, unknown>, { selectionSet }: FieldNode): Bill[] {
    const type = getNamedType(field.type);
    if (!selectionSet || ruleOf(field).entities) return [];
    if (isObjectType(type)) return [this.of(type, selectionSet)];
    return isAbstractType(type) ? this.schema.getPossibleTypes(type).map((one) => this.of(one, selectionSet)) : [];
  }

  /** Each costs what finding it costs, and what is asked of its own type. */
  private addEntities(
    total: Total,
    types: readonly string[],
    set: SelectionSetNode,
    variables: Variables,
    times: number,
  ): void {
    total.objects += types.length * times;
    const counts = new Map<string, number>();
    for (const name of types) counts.set(name, (counts.get(name) ?? 0) + times);
    for (const [name, count] of counts) {
      const type = this.schema.getType(name);
      if (!isObjectType(type)) continue;
      addPrices(total, ruleOf(type), undefined, count);
      addBill(total, this.of(type, set), variables, count);
    }
  }
}

function sumOf(bill: Bill, variables: Variables): Total {
  const total = nothing();
  addBill(total, bill, variables, 1);
  return total;
}

function addBill(total: Total, { fixed, open }: Bill, variables: Variables, times: number): void {
  add(total, fixed, times);
  for (const charge of open) charge(total, variables, times);
}

function dearest(totals: readonly Total[]): Total {
  const most = nothing();
  for (const one of totals) {
    for (const dimension of DIMENSIONS) most[dimension] = Math.max(most[dimension], one[dimension]);
  }
  return most;
}

/** Undefined where they are wrong: execution tells what is wrong with them, and does not run the field. */
function valuesOf(read: FieldArguments['read'], variables: Variables): Arguments | undefined {
  try {
    return read(variables);
  } catch {
    return undefined;
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
