import { type Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import { type Telemetry } from '../../../datasources/transport/telemetry.js';
import { Histogram, type Observations } from './histogram.js';
import { type OncePerMinute } from './once-per-minute.js';

const CALL_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const QUEUE_SECONDS = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const SIZES = [1, 2, 5, 10, 20, 50];

/** Counts what datasources tell of their vendors; their anomalies become lines of the log as well. */
export function vendorMetrics(
  registry: Registry,
  logger: Logger,
  anomalyLog: OncePerMinute,
): Omit<Telemetry, 'vendorOpened'> {
  const registers = [registry];
  const seconds = new Histogram({
    name: 'kaquan_vendor_request_seconds',
    help: 'HTTP requests to vendors, by outcome, from the signature to the decoded answer',
    labelNames: ['vendor', 'api', 'outcome'],
    buckets: CALL_SECONDS,
    registry,
  });
  const sizes = new Histogram({
    name: 'kaquan_vendor_batch_size',
    help: 'How many questions each HTTP request to a vendor carried',
    labelNames: ['vendor', 'api'],
    buckets: SIZES,
    registry,
  });
  const queued = new Histogram({
    name: 'kaquan_vendor_queue_seconds',
    help: 'How long HTTP requests to vendors waited for their turn: for a place, the rate limit or the end of a ban',
    labelNames: ['vendor', 'api'],
    buckets: QUEUE_SECONDS,
    registry,
  });
  const notSent = new Counter({
    name: 'kaquan_vendor_not_sent_total',
    help: 'Calls that never left: refused by the queue, the breaker, a hold or their deadline',
    labelNames: ['vendor', 'api', 'kind'],
    registers,
  });
  const retries = new Counter({
    name: 'kaquan_vendor_retries_total',
    help: 'Calls that were made again, and those that were not since the retry budget was spent',
    labelNames: ['vendor', 'outcome'],
    registers,
  });
  const coalesced = new Counter({
    name: 'kaquan_vendor_coalesced_total',
    help: "Questions that were answered by another request's call",
    labelNames: ['vendor'],
    registers,
  });
  const anomalies = new Counter({
    name: 'kaquan_vendor_anomalies_total',
    help: "Things in vendors' answers that their documents do not know",
    labelNames: ['vendor', 'what'],
    registers,
  });

  /** What each call of an API is counted by, so that counting it looks nothing up in the library. */
  const apiChildren = (vendor: string, api: string) => ({
    size: sizes.labels(vendor, api),
    queued: queued.labels(vendor, api),
    seconds: new Map<string, Observations>(),
  });
  const apis = new Map<string, ReturnType<typeof apiChildren>>();
  const childrenOf = (vendor: string, api: string) => {
    const key = `${vendor} ${api}`;
    let found = apis.get(key);
    if (!found) apis.set(key, (found = apiChildren(vendor, api)));
    return found;
  };

  return {
    vendorCall: ({ vendor, api, outcome, size, askedAt, sentAt, endedAt }) => {
      const counted = childrenOf(vendor, api);
      let timed = counted.seconds.get(outcome);
      if (!timed) counted.seconds.set(outcome, (timed = seconds.labels(vendor, api, outcome)));
      timed.observe((endedAt - sentAt) / 1000);
      counted.size.observe(size);
      counted.queued.observe((sentAt - askedAt) / 1000);
    },
    notSent: (vendor, api, kind) => notSent.inc({ vendor, api, kind }),
    retry: (vendor, outcome) => retries.inc({ vendor, outcome }),
    coalesced: (vendor) => coalesced.inc({ vendor }),
    anomaly: (vendor, what) => {
      anomalies.inc({ vendor, what });
      const times = anomalyLog.count(`${vendor} ${what}`);
      if (times > 0) logger.warn({ vendor, what, times }, "a vendor's answer has something its documents do not know");
    },
  };
}
