import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  Source,
  TokenKind,
} from 'graphql';
import { type PublicError, refusedOperation } from '../errors.js';

/** What a document may have before anything else looks at it. All counts are taken with fragments spread out. */
export const LIMITS = {
  bytes: 64 * 1024,
  tokens: 4_000,
  depth: 12,
  /** Below __schema and __type: what explorers and code generators ask goes down the `ofType` of a type. */
  introspectionDepth: 20,
  /** Brackets of any kind within each other. The parser goes one call deeper for each, and a stack has an end. */
  brackets: 50,
  aliases: 100,
  rootFields: 100,
  directives: 50,
  fields: 1_000,
} as const;

interface Size {
  depth: number;
  introspectionDepth: number;
  aliases: number;
  directives: number;
  fields: number;
}

const tooComplex = (what: string) => refusedOperation('OPERATION_TOO_COMPLEX', what);

export interface Measured {
  /** Undefined where the document may go on, also where it is none: the library tells that. */
  refusal?: PublicError;
  /** How much a document that may go on takes to keep. */
  tokens: number;
}

/**
 * Measures a document that would cost much to validate or run, without doing either: validation itself compares fields
 * with fields, so this must come first.
 */
export function measureDocument(source: string): Measured {
  if (source.length > LIMITS.bytes || Buffer.byteLength(source) > LIMITS.bytes) {
    return { refusal: tooComplex(`A document has at most ${LIMITS.bytes} bytes`), tokens: 0 };
  }
  const counted = measureTokens(source);
  if (counted.refusal) return counted;
  let document: DocumentNode;
  try {
    document = parse(source, { noLocation: true });
  } catch {
    return counted;
  }
  const refusal = measure(document);
  return refusal ? { refusal, tokens: counted.tokens } : counted;
}

const OPENING: readonly string[] = [TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L];
const CLOSING: readonly string[] = [TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R];

/** Before parsing, which goes as deep as the document does. */
function measureTokens(source: string): Measured {
  const lexer = new Lexer(new Source(source));
  let tokens = 0;
  let open = 0;
  try {
    for (let { kind } = lexer.advance(); kind !== TokenKind.EOF; { kind } = lexer.advance()) {
      tokens += 1;
      if (tokens > LIMITS.tokens)
        return { refusal: tooComplex(`A document has at most ${LIMITS.tokens} tokens`), tokens };
      if (OPENING.includes(kind)) open += 1;
      else if (CLOSING.includes(kind)) open -= 1;
      if (open > LIMITS.brackets) {
        return { refusal: tooComplex(`A document has at most ${LIMITS.brackets} brackets within each other`), tokens };
      }
    }
  } catch {
    // No document: the parser tells.
  }
  return { tokens };
}

function measure(document: DocumentNode): PublicError | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
  }
  const ruler = new Ruler(fragments);
  try {
    // Fragments that nothing spreads are validated all the same, so they count.
    for (const { name, typeCondition } of fragments.values()) {
      const size = ruler.sizeOfFragment(name.value);
      const refusal = refusalOf(typeCondition.name.value.startsWith('__') ? asIntrospection(size) : size);
      if (refusal) return refusal;
    }
    for (const { selectionSet, directives } of operations) {
      const size = ruler.sizeOf(selectionSet);
      size.directives += directives?.length ?? 0;
      const refusal = refusalOf(size);
      if (refusal) return refusal;
      if (ruler.rootFields(selectionSet) > LIMITS.rootFields) {
        return tooComplex(`An operation has at most ${LIMITS.rootFields} fields at the top`);
      }
    }
    return undefined;
  } catch (error) {
    if (error instanceof FragmentCycle) return tooComplex('A fragment may not spread itself');
    throw error;
  }
}

const NAMES: Record<keyof Size, string> = {
  depth: 'levels of fields',
  introspectionDepth: 'levels of introspection',
  aliases: 'aliases',
  directives: 'directives',
  fields: 'fields',
};

function refusalOf(size: Size): PublicError | undefined {
  const over = (Object.keys(NAMES) as (keyof Size)[]).find((what) => size[what] > LIMITS[what]);
  return over && tooComplex(`An operation has at most ${LIMITS[over]} ${NAMES[over]}`);
}

class FragmentCycle extends Error {}

/** Measures with each fragment measured once, so that fragments of fragments cost no more than they are long. */
class Ruler {
  private readonly measured = new Map<string, Size | 'under way'>();
  private readonly rootFieldsOf = new Map<string, number>();

  constructor(private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>) {}

  sizeOf(set: SelectionSetNode): Size {
    const size: Size = { ...NOTHING };
    for (const selection of set.selections) {
      size.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FIELD) {
        size.fields += 1;
        if (selection.alias) size.aliases += 1;
        add(
          size,
          levelOf(selection.name.value, selection.selectionSet ? this.sizeOf(selection.selectionSet) : NOTHING),
        );
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        add(size, this.sizeOf(selection.selectionSet));
      } else {
        add(size, this.sizeOfFragment(selection.name.value));
      }
    }
    return size;
  }

  sizeOfFragment(name: string): Size {
    const known = this.measured.get(name);
    if (known === 'under way') throw new FragmentCycle();
    if (known) return known;
    const fragment = this.fragments.get(name);
    if (!fragment) return NOTHING;
    this.measured.set(name, 'under way');
    const size = this.sizeOf(fragment.selectionSet);
    this.measured.set(name, size);
    return size;
  }

  /** To be asked after sizeOf, which has refused cycles. */
  rootFields(set: SelectionSetNode): number {
    let count = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) count += 1;
      else if (selection.kind === Kind.INLINE_FRAGMENT) count += this.rootFields(selection.selectionSet);
      else count += this.rootFieldsOfFragment(selection.name.value);
    }
    return count;
  }

  private rootFieldsOfFragment(name: string): number {
    let count = this.rootFieldsOf.get(name);
    if (count === undefined) {
      const fragment = this.fragments.get(name);
      count = fragment ? this.rootFields(fragment.selectionSet) : 0;
      this.rootFieldsOf.set(name, count);
    }
    return count;
  }
}

const NOTHING: Size = { depth: 0, introspectionDepth: 0, aliases: 0, directives: 0, fields: 0 };

/** A field with what is below it. Introspection has levels of its own, since its answers lead nowhere but into the schema. */
function levelOf(field: string, below: Size): Size {
  return field === '__schema' || field === '__type' ? asIntrospection(below) : { ...below, depth: below.depth + 1 };
}

const asIntrospection = (size: Size): Size => ({
  ...size,
  depth: 1,
  introspectionDepth: Math.max(size.depth, size.introspectionDepth),
});

function add(size: Size, inner: Size): void {
  for (const what of ['depth', 'introspectionDepth'] as const) size[what] = Math.max(size[what], inner[what]);
  for (const what of ['aliases', 'directives', 'fields'] as const) size[what] += inner[what];
}
