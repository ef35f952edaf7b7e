import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  buildSchema,
  type DocumentNode,
  findBreakingChanges,
  type InputValueDefinitionNode,
  Kind,
  parse,
  print,
  visit,
} from 'graphql';

/** Every file of a folder by its path there, with its text. */
export function readFolder(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

export function writeFolder(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [file, content] of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
}

/** The files that differ between two folders' contents, those that only one has included. */
export function driftBetween(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter((file) => one.get(file) !== other.get(file)).sort();
}

/** Everything of a document that a client reads about and that has no description, by its place: `Type.field.argument`. */
export function undescribed(document: DocumentNode): string[] {
  const found: string[] = [];
  visit(document, {
    enter: (node, _key, _parent, _path, ancestors) => {
      if (!/^(.*TypeDefinition|FieldDefinition|InputValueDefinition|EnumValueDefinition)$/.test(node.kind)) return;
      if (!('description' in node && 'name' in node && node.name)) return;
      if (node.description?.value) return;
      const above = ancestors.flatMap((one) => ('kind' in one && 'name' in one && one.name ? [one.name.value] : []));
      found.push([...above, node.name.value].join('.'));
    },
  });
  return found;
}

/** How a breaking change's description names what changed, with the coordinate that the changelog must name. */
const COORDINATES: [RegExp, string][] = [
  [/^A required arg (\w+) on (\w+\.\w+) /, '$2($1:)'],
  [/^A required field (\w+) on input type (\w+) /, '$2.$1'],
  [/^(\w+) was removed from (?:enum|union) type (\w+)\.$/, '$2.$1'],
  [/^(\w+\.\w+) arg (\w+) /, '$1($2:)'],
  [/^(\w+\.\w+|\w+) /, '$1'],
];

function coordinateOf(description: string): string {
  const [pattern, template] = COORDINATES.find(([one]) => one.test(description)) ?? [];
  const [match] = (pattern && description.match(pattern)) ?? [];
  return pattern && match && template ? match.replace(pattern, template) : description;
}

/** Breaking changes of the API schema since the release whose coordinates the changelog's part Unreleased does not name. */
export function unnamedBreakingChanges(released: string, current: string, changelog: string): string[] {
  const unreleased = /^## Unreleased$([^]*?)(?=^## |$(?![^]))/m.exec(changelog)?.[1] ?? '';
  return findBreakingChanges(buildSchema(released), buildSchema(current))
    .map(({ description }) => description)
    .filter((description) => !unreleased.includes(`\`${coordinateOf(description)}\``));
}

/** What a schema promises, a line for each type, field, argument, input field and enum value, types and defaults included. */
function promises(sdl: string): string[] {
  const value = ({ name, type, defaultValue }: InputValueDefinitionNode) =>
    `${name.value}: ${print(type)}${defaultValue ? ` = ${print(defaultValue)}` : ''}`;
  return parse(sdl).definitions.flatMap((definition) => {
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION: {
        const { name, fields = [] } = definition;
        return fields.flatMap((field) => [
          `${name.value}.${field.name.value}: ${print(field.type)}`,
          ...(field.arguments ?? []).map((argument) => `${name.value}.${field.name.value}(${value(argument)})`),
        ]);
      }
      case Kind.INPUT_OBJECT_TYPE_DEFINITION:
        return (definition.fields ?? []).map((field) => `input ${definition.name.value} ${value(field)}`);
      case Kind.ENUM_TYPE_DEFINITION:
        return (definition.values ?? []).map(({ name }) => `enum ${definition.name.value} ${name.value}`);
      case Kind.SCALAR_TYPE_DEFINITION:
        return [`scalar ${definition.name.value}`];
      default:
        throw new Error(`a contract with a ${definition.kind} was not thought of`);
    }
  });
}

/**
 * Where a schema differs from a contract, to the letter: each promise that it does not keep, and what it adds that a
 * client of the contract would have to give. Other additions are none.
 */
export function deviationsFrom(contract: string, sdl: string): string[] {
  const kept = new Set(promises(sdl));
  return [
    ...promises(contract).filter((promise) => !kept.has(promise)),
    ...findBreakingChanges(buildSchema(contract), buildSchema(sdl)).flatMap(({ type, description }) =>
      type.startsWith('REQUIRED_') ? [description] : [],
    ),
  ];
}
