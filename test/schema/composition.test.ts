import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { buildSchema, isObjectType, lexicographicSortSchema, parse, printSchema } from 'graphql';
import { MODULES } from '../../src/modules/index.js';
import { namesOf } from '../../src/resolvers/person/needs.js';
import { subgraphSdls, type SubgraphSdl } from '../../scripts/write-schema.js';

interface Composed {
  errors: string[];
  hints: string[];
}

/** The MIT-licensed composition, which `npm run schema` uses. It gives no hints. */
function composeByGuild(subgraphs: SubgraphSdl[]): Composed & { publicSdl: string | undefined } {
  const { errors, publicSdl } = composeServices(withUrls(subgraphs));
  return { errors: errors?.map(({ message }) => message) ?? [], hints: [], publicSdl };
}

/** The reference composition. Its licence is Elastic 2.0, so it stays in the tests. */
async function composeByApollo(subgraphs: SubgraphSdl[]): Promise<Composed> {
  const apollo = await import('@apollo/composition');
  const { errors, hints } = apollo.composeServices(withUrls(subgraphs));
  return { errors: errors?.map(({ message }) => message) ?? [], hints: hints?.map(String) ?? [] };
}

const withUrls = (subgraphs: SubgraphSdl[]) =>
  subgraphs.map(({ name, sdl }) => ({ name, url: `http://${name}/graphql`, typeDefs: parse(sdl) }));

const sorted = (sdl: string) => printSchema(lexicographicSortSchema(buildSchema(sdl)));

let subgraphs: SubgraphSdl[];
beforeAll(() => {
  subgraphs = subgraphSdls();
});

/** The subgraphs with one text of one of them replaced. */
const broken = (name: string, from: string, to: string): SubgraphSdl[] =>
  subgraphs.map((one) => {
    if (one.name !== name) return one;
    expect(one.sdl).toContain(from);
    return { name, sdl: one.sdl.replace(from, to) };
  });

describe('composition', () => {
  it('both compositions accept the subgraphs, without a hint', async () => {
    expect(subgraphs.length).toBeGreaterThanOrEqual(3);
    expect(composeByGuild(subgraphs)).toMatchObject({ errors: [], hints: [] });
    expect(await composeByApollo(subgraphs)).toEqual({ errors: [], hints: [] });
  });

  it('both refuse a field that is required and that nobody provides', async () => {
    const wrong = broken('people', 'zvcmsUserId: ID @inaccessible', 'renamed: ID @inaccessible');
    expect(composeByGuild(wrong).errors.length).toBeGreaterThan(0);
    expect((await composeByApollo(wrong)).errors.length).toBeGreaterThan(0);
  });

  it('both refuse a field with two owners', async () => {
    const wrong = broken('zvcms', 'giftCards(', 'mobile: String\n  giftCards(');
    expect(composeByGuild(wrong).errors.length).toBeGreaterThan(0);
    expect((await composeByApollo(wrong)).errors.length).toBeGreaterThan(0);
  });

  it('a shared type that is described in two ways is a hint', async () => {
    const wrong = broken('campus', 'Somebody whose credentials', 'Someone whose credentials');
    expect((await composeByApollo(wrong)).hints.join()).toMatch(/INCONSISTENT_DESCRIPTION/);
  });
});

describe("the supergraph's API schema", () => {
  it('is what the whole graph in one process shows to clients', () => {
    const { publicSdl = '' } = composeByGuild(subgraphs);
    expect(sorted(publicSdl)).toBe(sorted(readFileSync('schema/graph.graphql', 'utf8')));
  });

  it('lets no client see what the router brings to the vendors', () => {
    const { publicSdl = '' } = composeByGuild(subgraphs);
    const people = subgraphs.find(({ name }) => name === 'people')?.sdl ?? '';
    const hidden = [...people.matchAll(/^ {2}(\w+): \w+ @inaccessible$/gm)].map(([, field]) => field);
    expect(hidden).toEqual(expect.arrayContaining(['campusEmail', 'campusIdNumber', 'campusName', 'zvcmsUserId']));
    expect(hidden).toEqual(MODULES.flatMap(({ needs }) => (needs ? namesOf(needs) : [])).sort());
    const person = buildSchema(publicSdl).getType('Person');
    const seen = isObjectType(person) ? Object.keys(person.getFields()) : [];
    expect(seen).toContain('voucher');
    expect(seen.filter((field) => hidden.includes(field))).toEqual([]);
  });

  it('would show a field whose @inaccessible was lost', () => {
    const wrong = broken('people', 'campusName: String @inaccessible', 'campusName: String');
    expect(sorted(composeByGuild(wrong).publicSdl ?? '')).not.toBe(sorted(readFileSync('schema/graph.graphql', 'utf8')));
  });
});
