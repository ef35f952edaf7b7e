import {
  BREAK,
  type FieldNode,
  getArgumentValues,
  type GraphQLField,
  isNonNullType,
  Kind,
  type ValueNode,
  valueFromAST,
  visit,
} from 'graphql';

type Values = Readonly<Record<string, unknown>>;

export interface FieldArguments {
  /** Whether they are the same whatever the variables are. */
  fixed: boolean;
  /** By coerced variables. @throws GraphQLError where they do not fit */
  read: (variables: Values) => Record<string, unknown>;
}

/**
 * The arguments of one field of a document, as graphql-js reads them, with what the document itself says read once. Its
 * own way, which begins with the definitions each time, is kept for all that is not a plain value or a plain variable.
 */
export function argumentsOf(definition: GraphQLField<unknown, unknown>, node: FieldNode): FieldArguments {
  const whole = (variables: Values) => getArgumentValues(definition, node, variables);
  const { arguments: given = [] } = node;
  const fixed = !given.some(({ value }) => hasVariable(value));
  const written: Record<string, unknown> = {};
  const variable: { name: string; from: string; nullable: boolean }[] = [];
  for (const { name, type, defaultValue } of definition.args) {
    const value = given.find((argument) => argument.name.value === name)?.value;
    if (value?.kind === Kind.VARIABLE) {
      const from = value.name.value;
      // What every object has by nature would look like a variable that was given.
      if (from in written) return { fixed, read: whole };
      variable.push({ name, from, nullable: !isNonNullType(type) });
      continue;
    }
    const read = value === undefined ? defaultValue : hasVariable(value) ? undefined : valueFromAST(value, type);
    if (read !== undefined) written[name] = read;
    else if (value !== undefined || isNonNullType(type)) return { fixed, read: whole };
  }
  const read = (variables: Values) => {
    const values = { ...written };
    for (const { name, from, nullable } of variable) {
      const value = variables[from];
      if (value === undefined || (value === null && !nullable)) return whole(variables);
      values[name] = value;
    }
    return values;
  };
  return { fixed, read };
}

function hasVariable(value: ValueNode): boolean {
  let found = false;
  visit(value, {
    Variable: () => {
      found = true;
      return BREAK;
    },
  });
  return found;
}
