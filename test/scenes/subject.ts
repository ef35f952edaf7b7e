import { type VendorErrorKind } from '../../src/datasources/transport/errors.js';
import { type VendorDeps, type VendorSettings } from '../../src/datasources/transport/vendor.js';
import { LocalRateLimiter } from '../../src/datasources/transport/rate-limiter.js';
import { type SandboxServer } from '../../src/sandbox/server.js';

/** What a question must come to while a scene plays. */
export interface Expected {
  kind: VendorErrorKind | 'ok';
  retryable?: boolean;
  retryAfterSeconds?: number;
  vendorCode?: string;
  /** HTTP requests that the vendor saw for the one question. */
  requests?: number;
}

/** One vendor as the table of scenes sees it: its local server, and one plain question asked over a real socket. */
export interface SceneSubject {
  vendor: string;
  /** The vendor's own scenes; those of the transport are the same for all. */
  scenes: Record<string, Expected>;
  /** HTTP requests that one question costs where the transport fails in a way that the protocol allows to repeat. */
  requestsWhereRepeatable: number;
  start: (settings: Partial<VendorSettings>) => Promise<{
    server: SandboxServer<string>;
    deps: RecordingDeps;
    ask: () => Promise<unknown>;
    close: () => Promise<void>;
  }>;
}

/** What a datasource told, for assertions. */
interface RecordingDeps extends VendorDeps {
  anomalies: string[];
  calls: { api: string; outcome: string; size: number }[];
  notSent: { api: string; kind: string }[];
  retries: string[];
  coalesced: string[];
}

export function recordingDeps(): RecordingDeps {
  const told: Pick<RecordingDeps, 'anomalies' | 'calls' | 'notSent' | 'retries' | 'coalesced'> = {
    anomalies: [],
    calls: [],
    notSent: [],
    retries: [],
    coalesced: [],
  };
  return {
    ...told,
    rateLimiter: new LocalRateLimiter(),
    telemetry: {
      vendorOpened: () => undefined,
      vendorCall: ({ api, outcome, size }) => told.calls.push({ api, outcome, size }),
      notSent: (_vendor, api, kind) => told.notSent.push({ api, kind }),
      retry: (_vendor, outcome) => told.retries.push(outcome),
      coalesced: (vendor) => told.coalesced.push(vendor),
      anomaly: (_vendor, name) => told.anomalies.push(name),
    },
  };
}
