import { type Cancellation } from './cancellation.js';
import { VendorError } from './errors.js';
import { type Examination } from './examination.js';
import { type RateLimiter } from './rate-limiter.js';
import { type SharedHolds } from './shared-limits.js';
import { type Telemetry } from './telemetry.js';
import { type CallObserver } from './vendor-call.js';

/** The settings that every vendor has, as its datasource takes them. */
export interface VendorSettings {
  baseUrl: string;
  /** For one load in all: queueing, attempts and pauses. */
  timeoutMs: number;
  maxConcurrency: number;
  /** 0 = no rate limit. */
  maxPerSecond: number;
  /** Added to this machine's clock to get the vendor's. */
  clockOffsetMs: number;
}

/** What the process lends to every vendor. */
export interface VendorDeps {
  telemetry: Telemetry;
  rateLimiter: RateLimiter;
  /** Where other processes are told of holds; left out where each keeps its own. */
  holds?: SharedHolds | undefined;
}

/** A vendor in use; lives as long as the process. */
export interface VendorConnection {
  /** Looks whether the vendor answers, by which clock, and takes what we sign, by calls that change nothing there. */
  examine(): Promise<Examination>;
  close(): Promise<void>;
}

/** A vendor whose answers are loaded for one request of the graph at a time. */
export interface LoadingConnection<Loaders> extends VendorConnection {
  /** `departure` is cancelled when the request is over or its caller gone; `observer` hears of the calls made for it. */
  loaders(departure?: Cancellation, observer?: CallObserver): Loaders;
}

/**
 * Names a vendor by the type of its connection, so that whoever asks for it by this key gets that type. It carries no
 * code: resolvers may know it without knowing how the vendor is configured.
 */
export interface VendorKey<Connection extends VendorConnection> {
  readonly name: string;
  /** Never there; it only ties the type to the key. */
  readonly connection?: Connection;
}

export function vendorKey<Connection extends VendorConnection>(name: string): VendorKey<Connection> {
  return { name };
}

/** The vendors that are configured, by their keys. */
export class Vendors {
  private readonly connections = new Map<string, VendorConnection>();

  add<Connection extends VendorConnection>({ name }: VendorKey<Connection>, connection: Connection): void {
    this.connections.set(name, connection);
  }

  /** Undefined where the vendor is not configured here. */
  find<Connection extends VendorConnection>({ name }: VendorKey<Connection>): Connection | undefined {
    // Only add() fills the map, and only with what fits the key.
    return this.connections.get(name) as Connection | undefined;
  }

  /** @throws VendorError of kind `disabled` where the vendor is not configured here */
  get<Connection extends VendorConnection>(key: VendorKey<Connection>): Connection {
    const found = this.find(key);
    if (!found) throw disabled(key);
    return found;
  }
}

export function disabled({ name }: { name: string }): VendorError {
  return new VendorError({
    vendor: name,
    kind: 'disabled',
    message: `${name} is not configured here`,
    maybeSent: false,
  });
}

/** What of the settings ends by itself, e.g. a certificate. */
export interface Expiry {
  /** Its setting, with its place where that holds several. */
  name: string;
  endsAt: Date;
  /** Why it is no use at the moment, in words that follow the name. */
  problem?: string | undefined;
}

/** A vendor whose settings were found good. */
export interface ConfiguredVendor {
  /** Both: see VendorSettings. */
  baseUrl: string;
  clockOffsetMs: number;
  expiries(): Expiry[];
  /** Opens the connection and enters it among the vendors. */
  connect(vendors: Vendors, deps: VendorDeps): VendorConnection;
}
