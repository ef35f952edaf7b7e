import {
  type DocumentNode,
  type FieldNode,
  getArgumentValues,
  getNamedType,
  getVariableValues,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
  isUnionType,
  Kind,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { type PublicError, refusedOperation } from '../errors.js';

/** What one operation may lead to. A hundred people, each with a voucher, fit; twice that does not. */
export const BUDGET = { vendorQuestions: 150, objects: 10_000 } as const;

interface CostRule {
  /** Questions to a vendor that the field itself leads to. */
  vendorQuestions?: number;
  /** How many objects it gives at most, by its arguments. */
  size?: (args: never) => number;
}

/** Says beside a field what it leads to. A field without it costs one object where it gives objects, and nothing where not. */
export function Cost(rule: CostRule): MethodDecorator {
  return Extensions({ cost: rule });
}

interface Total {
  vendorQuestions: number;
  objects: number;
}

/** The refusal of an operation over the budget, before any of it runs; variables count as they were given. */
export function checkCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): PublicError | undefined {
  const root = schema.getRootType(operation.operation);
  if (!root) return undefined;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  // Wrong variables: execution tells what is wrong with them, and runs nothing.
  if (!coerced) return undefined;
  const total = new Estimate(schema, fragments, coerced).of(root, operation.selectionSet);
  if (total.vendorQuestions > BUDGET.vendorQuestions) {
    return refusedOperation(
      'OPERATION_TOO_COMPLEX',
      `An operation may lead to ${BUDGET.vendorQuestions} questions to vendors at most`,
    );
  }
  if (total.objects > BUDGET.objects) {
    return refusedOperation('OPERATION_TOO_COMPLEX', `An operation may ask for ${BUDGET.objects} objects at most`);
  }
  return undefined;
}

class Estimate {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly variables: Record<string, unknown>,
  ) {}

  of(type: GraphQLObjectType, set: SelectionSetNode): Total {
    const total: Total = { vendorQuestions: 0, objects: 0 };
    const add = (more: Total, times = 1) => {
      total.vendorQuestions += more.vendorQuestions * times;
      total.objects += more.objects * times;
    };
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const field = type.getFields()[selection.name.value];
        if (!field) continue;
        const rule = (field.extensions['cost'] as CostRule | undefined) ?? {};
        const size = rule.size ? this.sizeOf(rule.size, field, selection) : 1;
        const inner = getNamedType(field.type);
        total.vendorQuestions += (rule.vendorQuestions ?? 0) * (rule.size ? size : 1);
        if (!selection.selectionSet) continue;
        total.objects += size;
        if (isObjectType(inner)) add(this.of(inner, selection.selectionSet), size);
        // An entity may be any of the union's types: each inline fragment is counted by itself.
        else if (isUnionType(inner)) add(this.ofUnion(selection.selectionSet), size);
      } else {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value);
        if (fragment) add(this.of(type, fragment.selectionSet));
      }
    }
    return total;
  }

  /** One where the arguments are wrong: execution tells what is wrong with them, and does not run the field. */
  private sizeOf(size: (args: never) => number, field: GraphQLField<unknown, unknown>, node: FieldNode): number {
    try {
      return Math.max(0, size(getArgumentValues(field, node, this.variables) as never) || 1);
    } catch {
      return 1;
    }
  }

  /** One entity has one type, but which is not known here: the dearest. */
  private ofUnion(set: SelectionSetNode): Total {
    const totals = [...this.byType(set).values()];
    return {
      vendorQuestions: Math.max(0, ...totals.map(({ vendorQuestions }) => vendorQuestions)),
      objects: Math.max(0, ...totals.map(({ objects }) => objects)),
    };
  }

  /** What is asked of each type, however deep within fragments that stand for the whole union or for no type at all. */
  private byType(set: SelectionSetNode): Map<GraphQLObjectType, Total> {
    const found = new Map<GraphQLObjectType, Total>();
    const add = (type: GraphQLObjectType, more: Total) => {
      const before = found.get(type) ?? NOTHING;
      found.set(type, {
        vendorQuestions: before.vendorQuestions + more.vendorQuestions,
        objects: before.objects + more.objects,
      });
    };
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) continue;
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.fragments.get(selection.name.value);
      if (!fragment) continue;
      const type = fragment.typeCondition && this.schema.getType(fragment.typeCondition.name.value);
      if (isObjectType(type)) add(type, this.of(type, fragment.selectionSet));
      else for (const [inner, total] of this.byType(fragment.selectionSet)) add(inner, total);
    }
    return found;
  }
}

const NOTHING: Total = { vendorQuestions: 0, objects: 0 };
