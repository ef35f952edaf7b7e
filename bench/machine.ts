import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

/** What the figures were measured on and with, as lines of a list. */
export function machineFacts(): string[] {
  const [cpu] = cpus();
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  return [
    `${availableParallelism()} cores of ${cpu?.model.trim() ?? 'an unknown CPU'}, ${memoryGib} GiB, ${type()} ${release()}`,
    `Node ${process.versions.node}`,
    `this server: ${versions('package.json', ['@apollo/server', 'fastify', 'graphql', 'type-graphql', 'undici'])}`,
    `the alternatives: ${versions('bench/alternatives/package.json')}`,
  ];
}

function versions(file: string, names?: readonly string[]): string {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '..', file), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return (names ?? Object.keys(dependencies))
    .flatMap((name) => (name in dependencies ? [`${name} ${dependencies[name] ?? ''}`] : []))
    .join(', ');
}
