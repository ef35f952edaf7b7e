// The directory, in memory: [{ id, name, mobile, zvcmsUserId }], written by the harness.
import { readFileSync } from 'node:fs';

export const people = new Map(
  JSON.parse(readFileSync(process.env.PEOPLE_FILE, 'utf8')).map((person) => [person.id, person]),
);

export function maskName(name) {
  const [first, ...rest] = Array.from(name);
  return rest.length === 0 ? '*' : first + '*'.repeat(Math.min(rest.length, 3));
}

export function maskMobile(mobile) {
  return `${mobile.slice(0, 3)}****${mobile.slice(-4)}`;
}
