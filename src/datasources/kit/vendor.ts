import { type Pace } from './pacing.js';
import { type Telemetry } from './telemetry.js';

/** The settings that every vendor has: `<VENDOR>_BASE_URL`, `_TIMEOUT_MS`, `_MAX_CONCURRENCY`, `_MAX_PER_SECOND`, `_CLOCK_OFFSET_MS`. */
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
