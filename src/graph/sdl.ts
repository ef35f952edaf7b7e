import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  isObjectType,
  Kind,
  lexicographicSortSchema,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  printSchema,
  visit,
} from 'graphql';
import { accessRuleOf } from './access.js';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: [
  "@key", "@requires", "@external", "@shareable", "@inaccessible", "@tag", "@authenticated", "@requiresScopes"
])`;

/** The schema as clients see it: sorted, described, without federation. */
export function printApiSdl(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

/**
 * The schema of a subgraph with its federation directives. `alone` says that the subgraph runs by itself behind a
 * router, which then has to bring the fields named by `@requires`.
 */
export function printSubgraphSdl(schema: GraphQLSchema, alone: boolean): string {
  const document = parse(printSchema(lexicographicSortSchema(schema)));
  const annotated: DocumentNode = visit(document, {
    ObjectTypeDefinition: (node) => {
      const type = schema.getType(node.name.value);
      if (!isObjectType(type)) return undefined;
      const fields = type.getFields();
      return {
        ...node,
        directives: directives(federationOf(type)),
        fields: node.fields?.map((field) => {
          const source = fields[field.name.value];
          return source
            ? { ...field, directives: [...(field.directives ?? []), ...directives(fieldDirectives(source, alone))] }
            : field;
        }),
      } satisfies ObjectTypeDefinitionNode;
    },
  });
  return `${LINK}\n\n${print(annotated)}\n`;
}

interface Extended {
  extensions: Readonly<Record<string, unknown>>;
}

function federationOf({ extensions }: Extended): string[] {
  return (extensions['federation'] as string[] | undefined) ?? [];
}

function fieldDirectives(field: Extended, alone: boolean): string[] {
  const found = [...federationOf(field)];
  const requires = field.extensions['requires'];
  if (alone && typeof requires === 'string') found.push(`@requires(fields: ${JSON.stringify(requires)})`);
  const rule = accessRuleOf(field);
  if (rule) {
    // A router knows scopes but not whose a thing is: where the own-person rule may open a field, it can only ask for a token.
    const byScopeAlone = rule.scopes.length > 0 && !rule.owner && !rule.inResolver && !rule.unless;
    found.push(
      byScopeAlone
        ? `@requiresScopes(scopes: ${JSON.stringify(rule.scopes.map((scope) => [scope]))})`
        : '@authenticated',
    );
  }
  return found;
}

function directives(texts: string[]): ConstDirectiveNode[] {
  if (texts.length === 0) return [];
  const { definitions } = parse(`type T ${texts.join(' ')} { f: Int }`);
  const [holder] = definitions;
  return holder?.kind === Kind.OBJECT_TYPE_DEFINITION ? [...(holder.directives ?? [])] : [];
}
