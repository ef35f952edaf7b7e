/** A name of a field, a type, a variable or a directive, in quotes. */
const NAME = '"[$@]?[_A-Za-z][\\w.]*"';
/** A type with its lists and marks, in quotes. */
const TYPE = '"[\\[\\]!\\w]+"';
/** What the library suggests: names of the schema. */
const HINT = '( Did you mean [^]*\\?)?';

/** Messages that hold nothing but names of fields, arguments, types, variables and fragments. */
const HARMLESS = [
  `Cannot query field ${NAME} on type ${NAME}\\.${HINT}`,
  `Unknown (?:argument|directive|type|fragment) ${NAME}(?: on (?:field|directive) ${NAME})?\\.${HINT}`,
  `Variable ${NAME} is (?:not defined|never used)(?: (?:by|in) operation ${NAME})?\\.`,
  `Variable ${NAME} of type ${TYPE} used in position expecting type ${TYPE}\\.`,
  `Variable ${NAME} cannot be non-input type ${TYPE}\\.`,
  `Variable ${NAME} of (?:required|non-null) type ${TYPE} (?:was not provided|must not be null)\\.`,
  `Argument ${NAME} of (?:required|non-null) type ${TYPE} (?:was not provided|must not be null)\\.`,
  `Argument ${NAME} of required type ${TYPE} was provided the variable ${NAME} which was not provided a runtime value\\.`,
  `Field ${NAME} must not have a selection since type ${TYPE} has no subfields\\.`,
  `Field ${NAME} of type ${TYPE} must have a selection of subfields\\.${HINT}`,
  `(?:Field|Directive) ${NAME} argument ${NAME} of type ${TYPE} is required, but it was not provided\\.`,
  `Field ${NAME} of required type ${TYPE} was not provided\\.`,
  `Field ${NAME} is not defined by type ${NAME}\\.${HINT}`,
  `Fields ${NAME} conflict because [^]*`,
  `Fragment ${NAME} is never used\\.`,
  `Fragment ${NAME} cannot condition on non composite type ${NAME}\\.`,
  `Fragment (?:${NAME} )?cannot be spread here as objects of type ${NAME} can never be of type ${NAME}\\.`,
  `Cannot spread fragment ${NAME} within itself(?: via [^]*)?\\.`,
  `There can be only one (?:operation|argument|variable|fragment|input field) named ${NAME}\\.`,
  `This anonymous operation must be the only defined operation\\.`,
  `Directive ${NAME} may not be used on [A-Z_]+\\.`,
  `The directive ${NAME} can only be used once at this location\\.`,
  `Expected non-nullable type ${TYPE} not to be null\\.`,
  `Expected type ${TYPE} to be an object\\.`,
  `Expected value of type ${TYPE}, found null\\.`,
  `Must provide an operation\\.`,
  `Must provide operation name if query contains multiple operations\\.`,
  `Maximum introspection depth exceeded`,
  `Validation aborted\\.`,
].map((message) => new RegExp(`^${message}$`));

/** Messages that quote what the client sent, said again without it. */
const SAID_AGAIN: [RegExp, string][] = [
  [/^GraphQL introspection is not allowed [^]*$/, 'The schema cannot be asked for here: __schema and __type are off.'],
  [/^Too many errors processing variables, [^]*$/, 'The variables have more mistakes than are told at once.'],
  [/^Value [^]* does not exist in ("\w+") enum\.[^]*$/, 'A value does not exist in the enum $1.'],
  [/^Enum ("\w+") cannot represent [^]*$/, 'The enum $1 cannot represent what was given.'],
  [/^(\w+) cannot represent [^]*$/, '$1 cannot represent what was given.'],
  [/^Expected value of type ("[[\]!\w]+"), found [^]*$/, 'Expected a value of type $1.'],
  [/^Argument ("\w+") has invalid value [^]*$/, 'Argument $1 has an invalid value.'],
  [/^Syntax Error: Expected ("[^"\w]{1,3}"|"on"|[A-Z][A-Za-z]*), found [^]*$/, 'Syntax Error: Expected $1.'],
];

const WRONG_VARIABLE =
  /^Variable ("\$\w+") got invalid value (?:[^]* at "([_A-Za-z][\w.[\]]*)"; |[^]*?; (?=[A-Z]))([^]*)$/;

const IN_GENERAL: Record<string, string> = {
  GRAPHQL_PARSE_FAILED: 'Syntax Error: the document cannot be read from here on.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  OPERATION_RESOLUTION_FAILURE: 'The document has no such operation.',
};

/**
 * What graphql-js says of a wrong document or variable, without the values that it quotes: they may be a person's.
 * A message that is not known to be harmless is replaced, so that a new one in the library cannot quote anything.
 */
export function withoutValues(message: string, code: string): string {
  if (HARMLESS.some((pattern) => pattern.test(message))) return message;
  const variable = WRONG_VARIABLE.exec(message);
  if (variable) {
    const [, name = '', path, reason = ''] = variable;
    return `Variable ${name} got an invalid value${path === undefined ? '' : ` at "${path}"`}; ${withoutValues(reason, code)}`;
  }
  for (const [pattern, again] of SAID_AGAIN) if (pattern.test(message)) return message.replace(pattern, again);
  return IN_GENERAL[code] ?? 'A value is not what its type takes.';
}
