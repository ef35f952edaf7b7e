import { type People, type PersonRecord } from './datasources/people/index.js';
import { type IdentityCheckLoaders, type IdentityChecks } from './datasources/identity-checks/index.js';
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

/** What one request carries. Born with it and gone with it: nothing here may outlive or be shared between requests. */
export interface Context {
  caller: Caller;
  audit: AuditTrail;
  /** Whether the request may ask what only a router may. */
  fromRouter: boolean;
  /** Whether the request may read the schema as SDL. */
  readsSchema: boolean;
  /** Whether what a representation says beyond its key may be believed: true where the router proved itself. */
  trustsRepresentations: boolean;
  /** The document that was let in, undefined where the request has none. */
  document: KnownDocument | undefined;
  people: People;
  person: (id: string) => Promise<PersonRecord | null>;
  identityChecks: IdentityChecks;
  identityCheckLoaders: IdentityCheckLoaders;
  peopleAreElsewhere: boolean;
  /** A vendor's process-wide side. @throws VendorError of kind disabled */
  connection<Connection extends VendorConnection>(vendor: VendorKey<Connection>): Connection;
  /** A vendor's loaders of this request. @throws VendorError of kind disabled */
  vendor<Loaders>(vendor: VendorKey<LoadingConnection<Loaders>>): Loaders;
}

export function createContext(
  services: Services,
  request: Pick<Context, 'caller' | 'fromRouter' | 'readsSchema' | 'trustsRepresentations' | 'document'> & {
    signal: AbortSignal;
  },
): Context {
  const { vendors } = services;
  const loaders = new Map<unknown, unknown>();
  return {
    caller: request.caller,
    audit: new AuditTrail(services.audit),
    fromRouter: request.fromRouter,
    readsSchema: request.readsSchema,
    trustsRepresentations: request.trustsRepresentations,
    document: request.document,
    people: services.people,
    person: services.people.loaders().person,
    identityChecks: services.identityChecks,
    identityCheckLoaders: services.identityChecks.loaders(),
    peopleAreElsewhere: services.peopleAreElsewhere,
    connection: (vendor) => vendors.get(vendor),
    vendor<Loaders>(vendor: VendorKey<LoadingConnection<Loaders>>): Loaders {
      let found = loaders.get(vendor) as Loaders | undefined;
      if (found === undefined) loaders.set(vendor, (found = vendors.get(vendor).loaders(request.signal)));
      return found;
    },
  };
}
