import { type Context } from '../context.js';
import { type SettingTable, type SettingValues, type Setting, setting, whole } from '../config/setting.js';
import {
  type ConfiguredVendor,
  type Expiry,
  type VendorConnection,
  type VendorDeps,
  type VendorKey,
  type VendorSettings,
} from '../datasources/transport/vendor.js';
import { type Scope } from '../graph/access.js';
import { type Subgraph } from '../graph/schema.js';
import { type PersonNeeds } from '../resolvers/person/needs.js';
import { type SandboxOptions } from '../sandbox/server.js';
import { type StartedVendor } from '../sandbox/start.js';

/**
 * One part of the graph, all that belongs to it in one entry: served alone as a subgraph, or with the others as the
 * whole. What the process must know of its parts (SUBGRAPH's choices, the settings, the list of scopes, who may open a
 * person) is derived from these entries and written nowhere else.
 */
export interface GraphModule {
  /** Also the choice of SUBGRAPH and the name of the subgraph. */
  name: string;
  subgraph: Omit<Subgraph<Context>, 'name'>;
  /** Which scopes it brings, each with what it opens. */
  scopes: Readonly<Record<Scope, string>>;
  /** Those of its scopes that open something of a person, so that their holder may be told whether the person exists. */
  scopesOfAPerson: readonly Scope[];
  /** What it must know of a person; a router fetches it from whoever has the people. */
  needs?: PersonNeeds;
  vendor?: VendorPart;
  /** What the explorer has ready of it. */
  examples?: readonly ExampleOperation[];
}

/** An operation to begin with. One that a process does not serve, its page does not offer. */
export interface ExampleOperation {
  /** What is to be seen, in a few words. */
  name: string;
  /** The operation; or, of one person, the fields in braces: a process without the directory is asked for them as by a router. */
  query: string | { ofPerson: string };
  variables?: Readonly<Record<string, unknown>>;
}

/** In an example's variables: the id of the person as whom the page asks, or of the first in the directory. */
export const SOMEBODY = '<person>';

/** How the process configures and opens one vendor. It is on where any required setting is there, and then needs all of them. */
export interface VendorPart {
  table: SettingTable;
  /** What is wrong beyond one setting by itself, in plain words and without a value; settings may be missing. */
  check(values: Record<string, unknown>): string[];
  /** From the table's values, everything required among them and `check` content, to a vendor that can be opened. */
  configure(values: Record<string, unknown>): ConfiguredVendor;
  /** Starts its half of the sandbox, which tells its fault scenes; loaded only where it is used. */
  startSandbox: (options: SandboxOptions) => Promise<StartedVendor>;
}

/** Puts a vendor together from its typed parts. */
export function defineVendor<
  const Table extends SettingTable,
  Settings extends VendorSettings,
  Connection extends VendorConnection,
>(parts: {
  key: VendorKey<Connection>;
  table: Table;
  check?: (values: Partial<SettingValues<Table>>) => string[];
  settings: (values: SettingValues<Table>) => Settings;
  open: (settings: Settings, deps: VendorDeps) => Connection;
  /** What of the settings ends at some time, for the doctor. */
  expiries?: (settings: Settings) => Expiry[];
  startSandbox: (options: SandboxOptions) => Promise<StartedVendor>;
}): VendorPart {
  const { key, table, startSandbox } = parts;
  return {
    table,
    // Whoever calls these two has read the values by this very table, and before `configure` found all that is required.
    check: (values) => parts.check?.(values as Partial<SettingValues<Table>>) ?? [],
    configure: (values) => {
      const settings = parts.settings(values as SettingValues<Table>);
      return {
        baseUrl: settings.baseUrl,
        clockOffsetMs: settings.clockOffsetMs,
        expiries: () => parts.expiries?.(settings) ?? [],
        connect: (vendors, deps) => {
          const connection = parts.open(settings, deps);
          vendors.add(key, connection);
          return connection;
        },
      };
    },
    startSandbox,
  };
}

type Required<T> = Setting<T> & { default: string };
type CommonTable<Prefix extends string> = {
  [
    Suffix in 'TIMEOUT_MS' | 'MAX_CONCURRENCY' | 'MAX_PER_SECOND' | 'CLOCK_OFFSET_MS' as `${Prefix}_${Suffix}`
  ]: Required<number>;
};

/** The settings `<PREFIX>_TIMEOUT_MS` and its kin, which every vendor has. */
export function commonSettings<const Prefix extends string>(
  prefix: Prefix,
  defaults: { maxConcurrency: number; maxPerSecond: number },
): CommonTable<Prefix> {
  const table: Record<string, Required<number>> = {
    [`${prefix}_TIMEOUT_MS`]: setting(
      whole(1, 600_000),
      'The most that one answer may take, waiting and retries included',
      { default: '5000' },
    ),
    [`${prefix}_MAX_CONCURRENCY`]: setting(whole(1, 1_000), 'Calls in flight at once', {
      default: String(defaults.maxConcurrency),
    }),
    [`${prefix}_MAX_PER_SECOND`]: setting(
      whole(0, 10_000),
      'Calls started in any sliding second, per API; 0 = no rate limit',
      { default: String(defaults.maxPerSecond) },
    ),
    [`${prefix}_CLOCK_OFFSET_MS`]: setting(
      whole(-86_400_000, 86_400_000),
      "Added to this machine's clock to get the vendor's",
      { default: '0' },
    ),
  };
  return table as CommonTable<Prefix>;
}

/** What `commonSettings` came to, as a datasource takes it. */
export function commonValues<const Prefix extends string>(
  prefix: Prefix,
  values: Record<keyof CommonTable<Prefix>, number>,
): Omit<VendorSettings, 'baseUrl'> {
  const of = (suffix: string) => (values as Record<string, number>)[`${prefix}_${suffix}`] ?? 0;
  return {
    timeoutMs: of('TIMEOUT_MS'),
    maxConcurrency: of('MAX_CONCURRENCY'),
    maxPerSecond: of('MAX_PER_SECOND'),
    clockOffsetMs: of('CLOCK_OFFSET_MS'),
  };
}
