import { readFileSync } from 'node:fs';

/**
 * What is set, by name. `NAME_FILE` names a file that holds NAME's value. An empty value counts as not set, as compose
 * files leave them. A name that begins like one of ours and is unknown is a problem: a misspelt AUTH_SECRET would
 * otherwise leave a door open without a word.
 */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
  vendors: readonly string[],
  problems: string[],
): Map<string, string> {
  const names = new Set(known);
  const ours = new RegExp(`^(${[...vendors.map((name) => name.toUpperCase()), 'AUTH'].join('|')})_`);
  const raw = new Map<string, string>();
  for (const [given, value] of Object.entries(environment)) {
    if (!value) continue;
    const name = names.has(given) ? given : given.replace(/_FILE$/, '');
    if (!names.has(name)) {
      const meant = looksLikeOurs(name, ours, known) ? nearest(name, known) : undefined;
      if (meant !== undefined) problems.push(`${given} is no setting: did you mean ${meant}?`);
    } else if (name === given) {
      if (!raw.has(name)) raw.set(name, value);
    } else if (environment[name]) {
      problems.push(`${name} and ${given} are both set: keep one`);
    } else {
      const content = readValue(given, value, problems);
      if (content !== undefined) raw.set(name, content);
    }
  }
  return raw;
}

function readValue(fileName: string, path: string, problems: string[]): string | undefined {
  try {
    const content = readFileSync(path, 'utf8').trim();
    if (content) return content;
    problems.push(`${fileName} names an empty file`);
  } catch {
    problems.push(`${fileName} names a file that cannot be read`);
  }
  return undefined;
}

/** Kubernetes tells every container of the services beside it, and a service may be called campus. */
const OF_KUBERNETES = /_(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$/;
/** Shorter names of ours (PORT, HOST) begin too many of other programs'. */
const LONG_ENOUGH = 7;
const FEW_MISTAKES = 2;

function looksLikeOurs(name: string, ours: RegExp, known: readonly string[]): boolean {
  if (name.startsWith('NODE_')) return false;
  if (ours.test(name)) return !OF_KUBERNETES.test(name);
  return known.some((one) => one.length >= LONG_ENOUGH && isNear(name, one));
}

function isNear(name: string, one: string): boolean {
  return name.startsWith(one) || (name[0] === one[0] && distance(name, one) <= FEW_MISTAKES);
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const byDistance = known.map((one) => ({ one, mistakes: distance(name, one) }));
  return byDistance.sort((a, b) => a.mistakes - b.mistakes)[0]?.one;
}

/** Levenshtein's: how many characters must be put in, taken out or replaced. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, place) => place);
  for (const [done, character] of Array.from(from).entries()) {
    const next = [done + 1];
    for (let place = 1; place <= to.length; place += 1) {
      const replaced = (row[place - 1] ?? 0) + (character === to[place - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[place] ?? 0) + 1, (next[place - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
