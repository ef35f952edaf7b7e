import {
  getVariableValues,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type TypeNode,
  type VariableDefinitionNode,
} from 'graphql';
import { type PublicError, refusedOperation } from '../errors.js';

/** What the variables of an operation may hold before anything else looks at them; nothing of the graph takes more. */
export const VARIABLE_LIMITS = {
  /** Values within one variable, lists and objects included. */
  values: 1_000,
  /** Characters of all texts and names of fields within one variable: the library copies them for each mistake. */
  characters: 100_000,
  /** Lists and objects within each other. */
  depth: 10,
  /** Characters of one text, or of a field's name. */
  textCharacters: 10_000,
} as const;

/** The same where a router brings entities, each with what the vendors' fields need. */
const REPRESENTATION_LIMITS = { values: 60_000, characters: 2_000_000 } as const;

/** How many mistakes are told: each costs the library a walk through the document and a copy of what is wrong. */
export const MAX_VARIABLE_ERRORS = 3;

export type Variables = Readonly<Record<string, unknown>>;

/** The type of what a router brings (see federation.ts). */
const REPRESENTATION = '_Any';

/**
 * The variables as the fields will get them; undefined where they are wrong, which execution then tells, and runs
 * nothing. Refused where they are so large that looking for what is wrong would itself cost much.
 */
export function coerceVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Variables,
): { coerced?: Variables; refusal?: PublicError } {
  const asGiven = readPlain(variableDefinitions, given);
  if (asGiven) return { coerced: asGiven };
  for (const definition of variableDefinitions) {
    const problem = problemOf(definition, given);
    if (problem !== undefined) return { refusal: refusedOperation('OPERATION_TOO_COMPLEX', problem) };
  }
  // Not one mistake more is looked for than the first.
  const { coerced } = getVariableValues(schema, variableDefinitions, given, { maxErrors: 0, hideSuggestions: true });
  return coerced ? { coerced } : {};
}

/**
 * Texts and lists of texts, as nearly all variables are: coercing leaves them as they are, and to see that they are within
 * the limits takes less than the library's walk, which is 4 % of a query without vendors. Undefined for all else.
 */
function readPlain(definitions: readonly VariableDefinitionNode[], given: Variables): Variables | undefined {
  const read: Record<string, unknown> = {};
  for (const { variable, type, defaultValue } of definitions) {
    const name = variable.name.value;
    const named = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
    if (defaultValue || !Object.hasOwn(given, name) || name === '__proto__') return undefined;
    const value = given[name];
    if (named.kind === Kind.NAMED_TYPE ? !isPlainText(named, value) : !isPlainList(named.type, value)) return undefined;
    read[name] = value;
  }
  return read;
}

function isPlainText(type: TypeNode, value: unknown): value is string {
  return (
    type.kind === Kind.NAMED_TYPE &&
    (type.name.value === 'ID' || type.name.value === 'String') &&
    typeof value === 'string' &&
    value.length <= VARIABLE_LIMITS.textCharacters
  );
}

function isPlainList(type: TypeNode, value: unknown): boolean {
  const item = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  if (!Array.isArray(value) || value.length >= VARIABLE_LIMITS.values) return false;
  let characters = 0;
  for (const one of value) {
    if (!isPlainText(item, one)) return false;
    characters += one.length;
  }
  return characters <= VARIABLE_LIMITS.characters;
}

function problemOf({ variable, type }: VariableDefinitionNode, given: Variables): string | undefined {
  const name = variable.name.value;
  const value = Object.hasOwn(given, name) ? given[name] : undefined;
  if (typeof value !== 'object' && typeof value !== 'string') return undefined;
  return new Meter(namedType(type) === REPRESENTATION ? REPRESENTATION_LIMITS : VARIABLE_LIMITS).problemOf(value, 0);
}

class Meter {
  private values = 0;
  private characters = 0;

  constructor(private readonly limits: { values: number; characters: number }) {}

  problemOf(value: unknown, depth: number): string | undefined {
    this.values += 1;
    if (this.values > this.limits.values) return `A variable holds at most ${this.limits.values} values`;
    if (typeof value === 'string') return this.problemOfText(value);
    if (typeof value !== 'object' || value === null) return undefined;
    if (depth >= VARIABLE_LIMITS.depth) return `A variable has at most ${VARIABLE_LIMITS.depth} levels`;
    if (Array.isArray(value)) {
      for (const item of value) {
        const problem = this.problemOf(item, depth + 1);
        if (problem !== undefined) return problem;
      }
      return undefined;
    }
    for (const [key, item] of Object.entries(value)) {
      const problem = this.problemOfText(key) ?? this.problemOf(item, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  private problemOfText({ length }: string): string | undefined {
    this.characters += length;
    if (length > VARIABLE_LIMITS.textCharacters) {
      return `A text in a variable has at most ${VARIABLE_LIMITS.textCharacters} characters`;
    }
    const { characters } = this.limits;
    return this.characters > characters ? `A variable holds at most ${characters} characters` : undefined;
  }
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
