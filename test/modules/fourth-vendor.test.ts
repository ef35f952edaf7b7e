import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { FieldResolver, Int, Resolver } from 'type-graphql';
import { ConfigError, type Environment, loadConfig } from '../../src/config/config.js';
import { setting, text } from '../../src/config/setting.js';
import { vendorKey } from '../../src/datasources/transport/vendor.js';
import { Access, Caller, type Scope } from '../../src/graph/access.js';
import { Requires } from '../../src/graph/federation.js';
import { MODULES } from '../../src/modules/index.js';
import { commonSettings, commonValues, defineVendor, type GraphModule } from '../../src/modules/module.js';
import { registryOf } from '../../src/modules/registry.js';
import { Person, personFromRouter } from '../../src/resolvers/person/person.js';

/*
 * A vendor that does not exist, as one entry: everything that the process says of its vendors elsewhere must follow from
 * it. What else a vendor's code needs is in docs/adding-a-vendor.md.
 */
@Resolver(() => Person)
class PersonPointsResolver {
  @Access({ scopes: ['points:read'], owner: (person: Person) => person.id })
  @Requires('acmeMember')
  @FieldResolver(() => Int, { nullable: true, description: 'At acme.' })
  points(): number {
    return 5;
  }
}

const acme: GraphModule = {
  name: 'acme',
  scopes: { 'points:read': "anybody's points" },
  scopesOfAPerson: ['points:read'],
  needs: {
    scope: 'points:read',
    fields: { acmeMember: { from: 'moziId', id: true, description: 'Whose points acme is asked for.' } },
  },
  subgraph: { resolvers: [PersonPointsResolver], entities: { Person: personFromRouter }, orphanedTypes: [Person] },
  vendor: defineVendor({
    key: vendorKey('acme'),
    table: {
      ACME_BASE_URL: setting(text, 'Where it is', { required: true }),
      ACME_SECRET: setting(text, 'Signs', { required: true, secret: true }),
      ...commonSettings('ACME', { maxConcurrency: 8, maxPerSecond: 0 }),
    },
    settings: (values) => ({
      baseUrl: values.ACME_BASE_URL,
      secret: values.ACME_SECRET,
      ...commonValues('ACME', values),
    }),
    open: () => ({ close: () => Promise.resolve() }),
    startSandbox: () => Promise.reject(new Error('not started here')),
  }),
};

const vendorModules = MODULES.filter(({ name }) => name !== 'people');
const three = registryOf(vendorModules);
const four = registryOf([...vendorModules, acme]);

const AUTH = { AUTH_SECRET: 'a'.repeat(32) };

function problemsOf(environment: Environment, { modules } = four): string {
  try {
    loadConfig({ ...AUTH, ...environment }, modules);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n');
    throw error;
  }
  return '';
}

describe('what one more entry brings by itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-fourth-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is a choice of SUBGRAPH, and the vendor's place in the list of vendors", () => {
    expect(problemsOf({ SUBGRAPH: 'acme' })).toBe('');
    expect(problemsOf({ SUBGRAPH: 'acme' }, three)).toMatch(/^SUBGRAPH /);
    expect(four.vendors.map(({ name }) => name)).toEqual([...three.vendors.map(({ name }) => name), 'acme']);
  });

  it('is settings that are read, also from files, missed together and guessed where they are misspelt', () => {
    const file = join(folder, 'secret');
    writeFileSync(file, 'from a file\n');
    const given = { ...AUTH, ACME_BASE_URL: 'https://acme.example', ACME_SECRET_FILE: file };
    expect([...loadConfig(given, four.modules).vendors.keys()]).toEqual(['acme']);
    expect(problemsOf({ ACME_BASE_URL: 'https://acme.example' })).toMatch(
      /^ACME_SECRET missing: acme has ACME_BASE_URL/,
    );
    expect(problemsOf({ ACME_SECRETS: 'x' })).toBe('ACME_SECRETS is no setting: did you mean ACME_SECRET?');
    expect(problemsOf({ ACME_MAX_CONCURRENCY: '0', ...given })).toMatch(/^ACME_MAX_CONCURRENCY /);
  });

  it('is a scope that tokens can hold, without which its field would make no graph', () => {
    expect(four.scopes).toEqual([...three.scopes, 'points:read']);
    expect(() => registryOf([...vendorModules, { ...acme, scopes: {} }]).graphOf('acme')).toThrow(
      'Person.points asks for the unknown scope points:read',
    );
  });

  it('lets the holders of its scope be told whether a person exists, whom they may then ask its field of', async () => {
    const findPerson = ({ modules }: typeof four, scope: Scope) => {
      const caller = new Caller(true, undefined, new Set([scope]));
      const person = () => Promise.resolve(null);
      return modules[0]?.subgraph.entities['Person']?.({ __typename: 'Person', id: 'p1' }, { caller, person } as never);
    };
    // Null is the directory's word that nobody is there; others are told nothing and get a person of this id.
    expect(await findPerson(four, 'points:read')).toBeNull();
    expect(await findPerson(three, 'points:read')).toBeInstanceOf(Person);
    expect(await findPerson(four, 'exchange:read')).toBeInstanceOf(Person);
  });

  it('is what a router brings it of a person, told by our people and hidden from clients', () => {
    expect(four.graphOf('acme').subgraphSdl).toMatch(/acmeMember: ID @external\n/);
    expect(four.graphOf('people').subgraphSdl).toMatch(/acmeMember: ID @inaccessible\n/);
    expect(three.graphOf('people').subgraphSdl).not.toContain('acmeMember');
    const { errors, publicSdl = '' } = composeServices(
      four.subgraphNames.map((name) => ({
        name,
        url: `http://${name}/graphql`,
        typeDefs: parse(four.graphOf(name).subgraphSdl),
      })),
    );
    expect(errors).toBeUndefined();
    expect(publicSdl).toContain('points: Int');
    expect(publicSdl).not.toContain('acmeMember');
    expect(four.graphOf('all').apiSdl).toContain('points: Int');
    expect(four.graphOf('all').apiSdl).not.toContain('acmeMember');
  });
});
