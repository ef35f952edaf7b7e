import {
  type GraphQLArgument,
  type GraphQLEnumValue,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';
import { byId, element } from './element.js';

type Member = GraphQLField<unknown, unknown> | GraphQLInputField | GraphQLEnumValue;

/** What the graph has, to be read and searched, beside the operation. */
export class SchemaPanel {
  private readonly panel = byId('schema');
  private readonly toggle = byId('schema-toggle');
  private readonly search = element('input', {
    type: 'search',
    placeholder: 'Search types and fields',
    'aria-label': 'Search the schema',
    input: () => this.find(),
  }) as HTMLInputElement;
  private readonly content = element('div', { tabindex: '-1' });
  private readonly visited: GraphQLNamedType[] = [];
  private schema: GraphQLSchema | undefined;

  constructor() {
    this.panel.append(this.search, this.content);
    this.toggle.addEventListener('click', () => this.open(this.panel.hidden === true));
    this.tell('The schema is on its way.');
  }

  show(schema: GraphQLSchema): void {
    this.schema = schema;
    this.overview();
  }

  /** In place of a schema. */
  tell(text: string): void {
    this.content.replaceChildren(element('p', {}, text));
  }

  /** What the cursor stands on in an operation. */
  showNamed(typeName: string, field?: string): void {
    const type = this.schema?.getType(typeName);
    if (!type) return;
    this.open(true);
    this.visit(type, field);
  }

  private open(open: boolean): void {
    this.panel.hidden = !open;
    this.toggle.setAttribute('aria-expanded', String(open));
  }

  private types(): GraphQLNamedType[] {
    const all = Object.values(this.schema?.getTypeMap() ?? {}).filter(
      (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
    );
    const roots = [this.schema?.getQueryType(), this.schema?.getMutationType()].filter((type) => type != null);
    return [...roots, ...all.filter((type) => !roots.some((root) => root === type))];
  }

  private overview(): void {
    this.visited.length = 0;
    this.content.replaceChildren(
      ...this.types().map((type) =>
        element('p', {}, this.link(type), ' ', element('small', {}, type.description ?? '')),
      ),
    );
  }

  private find(): void {
    const wanted = this.search.value.trim().toLowerCase();
    if (wanted === '') {
      this.overview();
      return;
    }
    const found = this.types().flatMap((type) => [
      ...(type.name.toLowerCase().includes(wanted) ? [element('p', {}, this.link(type))] : []),
      ...membersOf(type)
        .filter(({ name }) => name.toLowerCase().includes(wanted))
        .map(({ name }) => element('p', {}, this.link(type, name, `${type.name}.${name}`))),
    ]);
    this.content.replaceChildren(...(found.length > 0 ? found : [element('p', {}, 'Nothing is called so.')]));
  }

  private visit(type: GraphQLNamedType, field?: string): void {
    this.visited.push(type);
    const members = membersOf(type).map((member) => this.member(member, member.name === field));
    this.content.replaceChildren(
      element('button', { click: () => this.back() }, '← Back'),
      element('h2', {}, type.name),
      element('p', {}, type.description ?? ''),
      ...(isUnionType(type) ? type.getTypes().map((one) => element('p', {}, this.link(one))) : []),
      element('dl', {}, ...members.flat()),
    );
    this.content.querySelector('.sought')?.scrollIntoView({ block: 'center' });
    if (field === undefined) this.content.focus();
  }

  private back(): void {
    this.visited.pop();
    const before = this.visited.pop();
    if (before) this.visit(before);
    else this.overview();
  }

  private member(member: Member, sought: boolean): HTMLElement[] {
    const args = 'args' in member ? member.args : [];
    const { deprecationReason } = member;
    return [
      element(
        'dt',
        { class: sought ? 'sought' : '' },
        element('strong', {}, member.name),
        ...('type' in member ? [': ', this.typeOf(member.type)] : []),
        ...defaultOf(member),
      ),
      element(
        'dd',
        {},
        member.description ?? '',
        ...(deprecationReason == null ? [] : [element('em', {}, ` Deprecated: ${deprecationReason}`)]),
        ...(args.length > 0 ? [element('dl', {}, ...args.flatMap((arg) => this.argument(arg)))] : []),
      ),
    ];
  }

  private argument(argument: GraphQLArgument): HTMLElement[] {
    return [
      element('dt', {}, `${argument.name}: `, this.typeOf(argument.type), ...defaultOf(argument)),
      element('dd', {}, argument.description ?? ''),
    ];
  }

  /** A type with its brackets and exclamation marks, of which the name leads on. */
  private typeOf(type: GraphQLOutputType | GraphQLInputType): HTMLElement {
    const named = getNamedType(type);
    const [before = '', after = ''] = String(type).split(named.name);
    return element('code', {}, before, this.link(named), after);
  }

  private link(type: GraphQLNamedType, field?: string, text = type.name): HTMLElement {
    return element('button', { class: 'type', click: () => this.visit(type, field) }, text);
  }
}

function membersOf(type: GraphQLNamedType): Member[] {
  if (isInputObjectType(type)) return Object.values(type.getFields());
  if (isObjectType(type) || isInterfaceType(type)) return Object.values(type.getFields());
  return isEnumType(type) ? [...type.getValues()] : [];
}

function defaultOf(member: Member | GraphQLArgument): string[] {
  const value: unknown = 'defaultValue' in member ? member.defaultValue : undefined;
  return value === undefined ? [] : [` = ${JSON.stringify(value)}`];
}
