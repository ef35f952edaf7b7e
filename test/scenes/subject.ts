import { type VendorErrorKind } from '../../src/datasources/transport/errors.js';
import { type VendorDeps } from '../../src/datasources/transport/vendor.js';
import { LocalPace } from '../../src/datasources/transport/rate-limiter.js';
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
  start: (timeoutMs: number) => Promise<{
    server: SandboxServer<string>;
    ask: () => Promise<unknown>;
    close: () => Promise<void>;
  }>;
}

/** Collects what a datasource tells, for assertions. */
export function recordingDeps(): VendorDeps & {
  oddities: string[];
  calls: { api: string; outcome: string; size: number }[];
} {
  const oddities: string[] = [];
  const calls: { api: string; outcome: string; size: number }[] = [];
  return {
    oddities,
    calls,
    pace: new LocalPace(),
    telemetry: {
      vendorCall: ({ api, outcome, size }) => calls.push({ api, outcome, size }),
      oddity: (_vendor, name) => oddities.push(name),
    },
  };
}
