const NAME = '"[$@]?[_A-Za-z][\\w.]*"';
const TYPE = '"[\\[\\]!\\w]+"';
const HINT = '( Did you mean [^]*\\?)?';

/** `N` stands for a quoted name, `T` for a quoted type and `H` for the library's suggestion, which holds names of the schema. */
const template = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/\bN\b/g, NAME).replace(/\bT\b/g, TYPE).replace(/\bH\b/g, HINT)}$`);

/** Messages that hold nothing but names of fields, arguments, types, variables and fragments. */
const HARMLESS = [
  'Cannot query field N on type N\\.H',
  'Unknown (?:argument|directive|type|fragment) N(?: on (?:field|directive) N)?\\.H',
  'Variable N is (?:not defined|never used)(?: (?:by|in) operation N)?\\.',
  'Variable N of type T used in position expecting type T\\.',
  'Variable N cannot be non-input type T\\.',
  'Variable N of (?:required|non-null) type T (?:was not provided|must not be null)\\.',
  'Argument N of (?:required|non-null) type T (?:was not provided|must not be null)\\.',
  'Argument N of required type T was provided the variable N which was not provided a runtime value\\.',
  'Field N must not have a selection since type T has no subfields\\.',
  'Field N of type T must have a selection of subfields\\.H',
  '(?:Field|Directive) N argument N of type T is required, but it was not provided\\.',
  'Field N of required type T was not provided\\.',
  'Field N is not defined by type N\\.H',
  'Fields N conflict because [^]*',
  'Fragment N is never used\\.',
  'Fragment N cannot condition on non composite type N\\.',
  'Fragment (?:N )?cannot be spread here as objects of type N can never be of type N\\.',
  'Cannot spread fragment N within itself(?: via [^]*)?\\.',
  'There can be only one (?:operation|argument|variable|fragment|input field) named N\\.',
  'This anonymous operation must be the only defined operation\\.',
  'Directive N may not be used on [A-Z_]+\\.',
  'The directive N can only be used once at this location\\.',
  'Expected non-nullable type T not to be null\\.',
  'Expected type T to be an object\\.',
  'Expected value of type T, found null\\.',
  'Must provide an operation\\.',
  'Must provide operation name if query contains multiple operations\\.',
  'Maximum introspection depth exceeded',
  'Validation aborted\\.',
].map(template);

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
