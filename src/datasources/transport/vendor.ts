import { type Pace } from './rate-limiter.js';
import { setting, type SettingTable, type SettingValues, whole } from '../../config/setting.js';
import { type Telemetry } from './telemetry.js';

/** The settings that every vendor has, as its datasource takes them. */
export interface VendorSettings {
  baseUrl: string;
  /** For one question in all: queueing, attempts and pauses. */
  timeoutMs: number;
  maxConcurrency: number;
  /** 0 = unpaced. */
  maxPerSecond: number;
  /** Added to this machine's clock to get the vendor's. */
  clockOffsetMs: number;
}

/** What the process lends to every vendor. */
export interface VendorDeps {
  telemetry: Telemetry;
  pace: Pace;
}

/** A vendor in use: what it holds lives as long as the process, its loaders as long as one request. */
export interface VendorConnection<Loaders = unknown> {
  /** `signal` aborts when the request is over or its caller gone. */
  loaders(signal?: AbortSignal): Loaders;
  close(): Promise<void>;
}

/** A vendor whose settings were found good. */
export interface ConfiguredVendor<Connection extends VendorConnection = VendorConnection> {
  baseUrl: string;
  open(deps: VendorDeps): Connection;
}

/**
 * All that the process must know to configure and open one vendor. The vendor is on where any of `required` is set, and
 * then needs all of them.
 */
export interface Vendor<Connection extends VendorConnection = VendorConnection> {
  name: string;
  table: SettingTable;
  required: readonly string[];
  /**
   * From the table's values, everything required among them, to a vendor that can be opened. Problems in plain words go
   * to `problems`, never with a value.
   */
  configure(values: Record<string, unknown>, problems: string[]): ConfiguredVendor<Connection>;
}

/** Puts a vendor together from its typed parts. */
export function defineVendor<
  const Table extends SettingTable,
  Settings extends VendorSettings,
  Connection extends VendorConnection,
>(parts: {
  name: string;
  table: Table;
  required: readonly (keyof Table & string)[];
  settings: (values: SettingValues<Table>, problems: string[]) => Settings;
  open: (settings: Settings, deps: VendorDeps) => Connection;
}): Vendor<Connection> {
  const { name, table, required } = parts;
  return {
    name,
    table,
    required,
    configure: (values, problems) => {
      const settings = parts.settings(values as SettingValues<Table>, problems);
      return { baseUrl: settings.baseUrl, open: (deps) => parts.open(settings, deps) };
    },
  };
}

interface CommonDefaults {
  maxConcurrency: number;
  maxPerSecond: number;
}

/** The settings `<PREFIX>_TIMEOUT_MS` and its kin, which every vendor has. */
export function commonSettings<const Prefix extends string>(prefix: Prefix, defaults: CommonDefaults) {
  const table = {
    TIMEOUT_MS: setting(whole(1, 600_000), 'The most that one answer may take, waiting and retries included', {
      default: '5000',
    }),
    MAX_CONCURRENCY: setting(whole(1, 1_000), 'Calls in flight at once', { default: String(defaults.maxConcurrency) }),
    MAX_PER_SECOND: setting(whole(0, 10_000), 'Calls started in any sliding second, per API; 0 = unpaced', {
      default: String(defaults.maxPerSecond),
    }),
    CLOCK_OFFSET_MS: setting(whole(-86_400_000, 86_400_000), "Added to this machine's clock to get the vendor's", {
      default: '0',
    }),
  };
  type Suffix = keyof typeof table;
  return Object.fromEntries(Object.entries(table).map(([suffix, one]) => [`${prefix}_${suffix}`, one])) as {
    [S in Suffix as `${Prefix}_${S}`]: (typeof table)[S];
  };
}
