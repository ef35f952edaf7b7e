import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec?: unknown;
  data?: Record<string, string>;
}

type Tree = Record<string, unknown>;

interface Patch {
  target: { kind: string; name?: string };
  patch: string;
}

interface Kustomization {
  apiVersion: string;
  kind: string;
  resources?: string[];
  components?: string[];
  nameSuffix?: string;
  labels?: { pairs: Record<string, string>; includeSelectors: true }[];
  images?: { name: string; newName: string; newTag: string }[];
  configMapGenerator?: { name: string; envs: string[] }[];
  patches?: Patch[];
}

/** What render knows: another field would be left out in silence. */
const KNOWN = [
  'apiVersion',
  'kind',
  'resources',
  'components',
  'nameSuffix',
  'labels',
  'images',
  'configMapGenerator',
  'patches',
];

/**
 * What `kubectl kustomize FOLDER` prints, for the part of Kustomize that ops/kubernetes uses, and no more: it throws at
 * any other field or operation. Generated names get no hash. kubectl itself does not run here.
 */
export function render(folder: string): Resource[] {
  const all = readKustomization(folder);
  const resources = (all.resources ?? []).flatMap((name) => load(join(folder, name)));
  for (const { name, envs } of all.configMapGenerator ?? []) {
    const data = Object.assign({}, ...envs.map((file) => readEnv(join(folder, file)))) as Record<string, string>;
    resources.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  }
  const patches = [
    ...(all.components ?? []).flatMap((one) => readKustomization(join(folder, one)).patches ?? []),
    ...(all.patches ?? []),
  ];
  for (const patch of patches) apply(patch, resources);
  for (const { pairs } of all.labels ?? []) for (const resource of resources) label(resource, pairs);
  for (const image of all.images ?? [])
    walk(resources, 'image', (was) => (was === image.name ? `${image.newName}:${image.newTag}` : was));
  if (all.nameSuffix !== undefined) rename(resources, all.nameSuffix);
  return resources;
}

function readKustomization(folder: string): Kustomization {
  const all = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const unknown = Object.keys(all).filter((field) => !KNOWN.includes(field));
  if (unknown.length > 0) throw new Error(`${folder}: render does not know ${unknown.join(', ')}`);
  return all;
}

function load(path: string): Resource[] {
  if (existsSync(join(path, 'kustomization.yaml'))) return render(path);
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as Resource);
}

/** As kubectl reads it: lines NAME=value, comments, and nothing else. */
export function readEnv(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) throw new Error(`${file}: ${line}`);
      return [name, value];
    }),
  );
}

function apply({ target, patch }: Patch, resources: Resource[]): void {
  const hit = resources.filter(
    ({ kind, metadata }) => kind === target.kind && new RegExp(`^(${target.name ?? '.*'})$`).test(metadata.name),
  );
  if (hit.length === 0) throw new Error(`a patch finds no ${target.kind} ${target.name ?? ''}`);
  for (const resource of hit) {
    for (const { op, path, value } of parse(patch) as { op: string; path: string; value: unknown }[]) {
      const steps = path.slice(1).split('/');
      const last = steps.pop() ?? '';
      const parent = steps.reduce<unknown>((at, step) => (at as Tree)[step], resource);
      if (op === 'add' && last === '-' && Array.isArray(parent)) parent.push(structuredClone(value));
      else if (op === 'replace' && last in (parent as Tree)) (parent as Tree)[last] = structuredClone(value);
      else throw new Error(`render does not know ${op} ${path}`);
    }
  }
}

/** Everywhere that Kustomize puts a label with includeSelectors; a selector that is not there stays away. */
function label(resource: Resource, pairs: Record<string, string>): void {
  Object.assign(resource.metadata, { labels: { ...(resource.metadata as { labels?: object }).labels, ...pairs } });
  if (resource.kind === 'ConfigMap') return;
  walk(resource, 'matchLabels', (was, path) =>
    // A policy's peers are other pods than its own.
    path.includes('ingress') || path.includes('egress') ? was : { ...(was as object), ...pairs },
  );
  walk(resource.spec, 'labels', (was) => ({ ...(was as object), ...pairs }));
}

function rename(resources: Resource[], suffix: string): void {
  const names = new Map(resources.map(({ metadata: { name } }) => [name, `${name}${suffix}`]));
  for (const resource of resources) {
    resource.metadata.name += suffix;
    for (const reference of ['configMapRef', 'scaleTargetRef'])
      walk(resource, reference, (was) => ({
        ...(was as Tree),
        name: names.get((was as { name: string }).name) ?? (was as { name: string }).name,
      }));
  }
}

/** Gives each member of that name, at any depth, what `change` makes of it. */
function walk(at: unknown, name: string, change: (was: unknown, path: string[]) => unknown, path: string[] = []): void {
  if (typeof at !== 'object' || at === null) return;
  for (const [key, value] of Object.entries(at as Tree)) {
    if (key === name) (at as Tree)[key] = change(value, path);
    else walk(value, name, change, [...path, key]);
  }
}
