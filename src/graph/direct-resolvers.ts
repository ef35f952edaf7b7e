import { type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { type getMetadataStorage } from 'type-graphql';

type Storage = ReturnType<typeof getMetadataStorage>;
type ResolverMetadata = Pick<Storage['queries'][number], 'target' | 'methodName' | 'schemaName' | 'params'>;
type Parameter = NonNullable<ResolverMetadata['params']>[number];
type Resolver = GraphQLFieldResolver<unknown, unknown, Record<string, unknown>>;
type Read = (root: unknown, args: Record<string, unknown>, context: unknown) => unknown;

/**
 * Has each query and field resolver called with its parameters straight away. TypeGraphQL sorts, converts and checks them
 * anew at each call, to make instances of their classes, which nobody here asks for; what they are is known once the
 * schema is built. Worth 5 % of a page of people. Mutations, which take input objects, stay with the library.
 */
export function callDirectly(
  schema: GraphQLSchema,
  { queries, fieldResolvers, resolverClasses }: Storage,
  isChosen: (target: ResolverMetadata['target']) => boolean,
): void {
  const instances = new Map<unknown, Record<string, (...given: unknown[]) => unknown>>();
  const bind = (typeName: string, { target, methodName, schemaName, params = [] }: ResolverMetadata) => {
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[schemaName] : undefined;
    if (!field) return;
    let instance = instances.get(target);
    if (!instance) {
      instance = new (target as new () => NonNullable<typeof instance>)();
      instances.set(target, instance);
    }
    const method = instance[methodName];
    if (method)
      field.resolve = calling(method.bind(instance), [...params].sort((a, b) => a.index - b.index).map(reader));
  };
  for (const query of queries) if (isChosen(query.target)) bind(schema.getQueryType()?.name ?? '', query);
  for (const field of fieldResolvers) {
    if (!isChosen(field.target)) continue;
    const owner = resolverClasses.find(({ target }) => target === field.target);
    if (owner) bind(owner.getObjectType().name, field);
  }
}

function reader(parameter: Parameter): Read {
  switch (parameter.kind) {
    case 'root': {
      const { propertyName } = parameter;
      if (propertyName === undefined) return (root) => root;
      return (root) => (root as Record<string, unknown>)[propertyName];
    }
    case 'context':
      return (_root, _args, context) => context;
    case 'arg': {
      const { name } = parameter;
      return (_root, args) => args[name];
    }
    case 'args':
      return (_root, args) => args;
    default:
      throw new Error(`A resolver has a parameter of kind ${parameter.kind}, which is not known here`);
  }
}

/** By their number, since spreading a list takes longer than what most resolvers do. */
function calling(method: (...given: unknown[]) => unknown, readers: readonly Read[]): Resolver {
  const [a, b, c] = readers;
  if (a && b && c && readers.length === 3)
    return (root, args, context) => method(a(root, args, context), b(root, args, context), c(root, args, context));
  if (a && b && readers.length === 2)
    return (root, args, context) => method(a(root, args, context), b(root, args, context));
  if (a && readers.length === 1) return (root, args, context) => method(a(root, args, context));
  return (root, args, context) => method(...readers.map((read) => read(root, args, context)));
}
