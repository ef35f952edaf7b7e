import { type People, type PersonRecord } from './datasources/people/index.js';
import { type IdentityCheckLoaders, type IdentityChecks } from './datasources/identity-checks/index.js';
import { type Cancellation } from './datasources/transport/cancellation.js';
import {
  type LoadingConnection,
  type VendorConnection,
  type VendorKey,
  type Vendors,
} from './datasources/transport/vendor.js';
import { type Caller } from './graph/access.js';
import { type AuditLog, AuditTrail } from './graph/audit.js';
import { type KnownDocument } from './graph/guard/known-documents.js';

/** What lives as long as the process. */
export interface Services {
  people: People;
  identityChecks: IdentityChecks;
  /** Whether the people may be another subgraph's, so that the directory here need not know them. */
  peopleAreElsewhere: boolean;
  vendors: Vendors;
  audit: AuditLog;
}

/** What is known of a request before anything of it runs. */
export interface Asked {
  caller: Caller;
  /** Whether the request may ask what only a router may. */
  fromRouter: boolean;
  /** Whether the request may read the schema as SDL. */
  readsSchema: boolean;
  /** Whether what a representation says beyond its key may be believed: true where the router proved itself. */
  trustsRepresentations: boolean;
  /** The document that was let in, undefined where the request has none. */
  document: KnownDocument | undefined;
  /** Cancelled when the request is over or its caller gone; made where somebody first asks for it. */
  departure: () => Cancellation;
}

/**
 * What one request carries. Born with it and gone with it: nothing here may outlive or be shared between requests. What
 * only some requests need is made when it is first asked for.
 */
export class Context {
  readonly caller: Caller;
  readonly fromRouter: boolean;
  readonly readsSchema: boolean;
  readonly trustsRepresentations: boolean;
  readonly document: KnownDocument | undefined;
  readonly audit: AuditTrail;
  readonly people: People;
  readonly identityChecks: IdentityChecks;
  readonly peopleAreElsewhere: boolean;
  private readonly vendors: Vendors;
  private readonly watchDeparture: () => Cancellation;
  private departure: Cancellation | undefined;
  private personLoader: ((id: string) => Promise<PersonRecord | null>) | undefined;
  private checkLoaders: IdentityCheckLoaders | undefined;
  private loaders: Map<unknown, unknown> | undefined;

  constructor(services: Services, asked: Asked) {
    this.caller = asked.caller;
    this.fromRouter = asked.fromRouter;
    this.readsSchema = asked.readsSchema;
    this.trustsRepresentations = asked.trustsRepresentations;
    this.document = asked.document;
    this.watchDeparture = asked.departure;
    this.audit = new AuditTrail(services.audit);
    this.people = services.people;
    this.identityChecks = services.identityChecks;
    this.peopleAreElsewhere = services.peopleAreElsewhere;
    this.vendors = services.vendors;
  }

  /** A person of the directory, null where unknown; loaded once. */
  person(id: string): Promise<PersonRecord | null> {
    return (this.personLoader ??= this.people.loaders().person)(id);
  }

  get identityCheckLoaders(): IdentityCheckLoaders {
    return (this.checkLoaders ??= this.identityChecks.loaders());
  }

  /** A vendor's process-wide side. @throws VendorError of kind disabled */
  connection<Connection extends VendorConnection>(vendor: VendorKey<Connection>): Connection {
    return this.vendors.get(vendor);
  }

  /** A vendor's loaders of this request. @throws VendorError of kind disabled */
  vendor<Loaders>(vendor: VendorKey<LoadingConnection<Loaders>>): Loaders {
    this.loaders ??= new Map();
    this.departure ??= this.watchDeparture();
    let found = this.loaders.get(vendor) as Loaders | undefined;
    if (found === undefined) {
      found = this.vendors.get(vendor).loaders(this.departure);
      this.loaders.set(vendor, found);
    }
    return found;
  }
}
