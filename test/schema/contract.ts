import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSchema, findBreakingChanges, type DocumentNode, visit } from 'graphql';

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
