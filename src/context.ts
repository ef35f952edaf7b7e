import { type People, type PersonRecord } from './datasources/people/index.js';
import { type IdentityCheckLoaders, type IdentityChecks } from './datasources/zhima/index.js';
import { VendorError } from './datasources/transport/errors.js';
import { type Vendor, type VendorConnection } from './datasources/transport/vendor.js';
import { type Caller } from './graph/access.js';
import { type AuditLog, AuditTrail } from './graph/audit.js';
import { type KnownDocument } from './graph/guard/known-documents.js';

/** What lives as long as the process. */
export interface Services {
  people: People;
  identityChecks: IdentityChecks;
  /** Whether the people may be another subgraph's, so that the directory here need not know them. */
  peopleAreElsewhere: boolean;
  /** By the vendor's name; one that is off has no entry. */
  vendors: ReadonlyMap<string, VendorConnection>;
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
  connection<C extends VendorConnection>(vendor: Vendor<C>): C;
  /** A vendor's loaders of this request. @throws VendorError of kind disabled */
  vendor<L>(vendor: Vendor<VendorConnection<L>>): L;
}

export function createContext(
  services: Services,
  request: Pick<Context, 'caller' | 'fromRouter' | 'readsSchema' | 'trustsRepresentations' | 'document'> & {
    signal: AbortSignal;
  },
): Context {
  const loaders = new Map<string, unknown>();
  const connection = <C extends VendorConnection>({ name }: Vendor<C>): C => {
    const found = services.vendors.get(name);
    if (!found) throw new VendorError({ vendor: name, kind: 'disabled', message: `${name} is not configured here` });
    return found as C;
  };
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
    connection,
    vendor<L>(vendor: Vendor<VendorConnection<L>>): L {
      let found = loaders.get(vendor.name) as L | undefined;
      if (found === undefined) loaders.set(vendor.name, (found = connection(vendor).loaders(request.signal)));
      return found;
    },
  };
}
