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
class PersonFourthResolver {
  @Access({ scopes: ['fourth:read'], owner: (person: Person) => person.id })
  @Requires('fourthMember')
  @FieldResolver(() => Int, { nullable: true, description: 'At fourth.' })
  fourthPoints(): number {
    return 5;
  }
}

const fourth: GraphModule = {
  name: 'fourth',
  scopes: { 'fourth:read': "anybody's points" },
  scopesOfAPerson: ['fourth:read'],
  needs: {
    scope: 'fourth:read',
    fields: { fourthMember: { from: 'moziId', id: true, description: 'Whose points fourth is asked for.' } },
  },
  subgraph: { resolvers: [PersonFourthResolver], entities: { Person: personFromRouter }, orphanedTypes: [Person] },
  vendor: defineVendor({
    key: vendorKey('fourth'),
    table: {
      FOURTH_BASE_URL: setting(text, 'Where it is', { required: true }),
      FOURTH_SECRET: setting(text, 'Signs', { required: true, secret: true }),
      ...commonSettings('FOURTH', { maxConcurrency: 8, maxPerSecond: 0 }),
    },
    settings: (values) => ({
      baseUrl: values.FOURTH_BASE_URL,
      secret: values.FOURTH_SECRET,
      ...commonValues('FOURTH', values),
    }),
    open: () => ({
      examine: () => Promise.resolve({ answered: false, probes: [] }),
      close: () => Promise.resolve(),
    }),
    startSandbox: () => Promise.reject(new Error('not started here')),
  }),
};

const vendorModules = MODULES.filter(({ name }) => name !== 'people');
const three = registryOf(vendorModules);
const four = registryOf([...vendorModules, fourth]);

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
    expect(problemsOf({ SUBGRAPH: 'fourth' })).toBe('');
    expect(problemsOf({ SUBGRAPH: 'fourth' }, three)).toMatch(/^SUBGRAPH /);
    expect(four.vendors.map(({ name }) => name)).toEqual([...three.vendors.map(({ name }) => name), 'fourth']);
  });

  it('is settings that are read, also from files, missed together and guessed where they are misspelt', () => {
    const file = join(folder, 'secret');
    writeFileSync(file, 'from a file\n');
    const given = { ...AUTH, FOURTH_BASE_URL: 'https://fourth.example', FOURTH_SECRET_FILE: file };
    expect([...loadConfig(given, four.modules).vendors.keys()]).toEqual(['fourth']);
    expect(problemsOf({ FOURTH_BASE_URL: 'https://fourth.example' })).toMatch(
      /^FOURTH_SECRET missing: fourth has FOURTH_BASE_URL/,
    );
    expect(problemsOf({ FOURTH_SECRETS: 'x' })).toBe('FOURTH_SECRETS is no setting: did you mean FOURTH_SECRET?');
    expect(problemsOf({ FOURTH_MAX_CONCURRENCY: '0', ...given })).toMatch(/^FOURTH_MAX_CONCURRENCY /);
  });

  it('is a scope that tokens can hold, without which its field would make no graph', () => {
    expect(four.scopes).toEqual([...three.scopes, 'fourth:read']);
    expect(() => registryOf([...vendorModules, { ...fourth, scopes: {} }]).graphOf('fourth')).toThrow(
      'Person.fourthPoints asks for the unknown scope fourth:read',
    );
  });

  it('lets the holders of its scope be told whether a person exists, whom they may then ask its field of', async () => {
    const findPerson = ({ modules }: typeof four, scope: Scope) => {
      const caller = new Caller(true, undefined, new Set([scope]));
      const person = () => Promise.resolve(null);
      return modules[0]?.subgraph.entities['Person']?.({ __typename: 'Person', id: 'p1' }, { caller, person } as never);
    };
    // Null is the directory's word that nobody is there; others are told nothing and get a person of this id.
    expect(await findPerson(four, 'fourth:read')).toBeNull();
    expect(await findPerson(three, 'fourth:read')).toBeInstanceOf(Person);
    expect(await findPerson(four, 'exchange:read')).toBeInstanceOf(Person);
  });

  it('is what a router brings it of a person, told by our people and hidden from clients', () => {
    expect(four.graphOf('fourth').subgraphSdl).toMatch(/fourthMember: ID @external\n/);
    expect(four.graphOf('people').subgraphSdl).toMatch(/fourthMember: ID @inaccessible\n/);
    expect(three.graphOf('people').subgraphSdl).not.toContain('fourthMember');
    const { errors, publicSdl = '' } = composeServices(
      four.subgraphNames.map((name) => ({
        name,
        url: `http://${name}/graphql`,
        typeDefs: parse(four.graphOf(name).subgraphSdl),
      })),
    );
    expect(errors).toBeUndefined();
    expect(publicSdl).toContain('fourthPoints: Int');
    expect(publicSdl).not.toContain('fourthMember');
    expect(four.graphOf('all').apiSdl).toContain('fourthPoints: Int');
    expect(four.graphOf('all').apiSdl).not.toContain('fourthMember');
  });
});
