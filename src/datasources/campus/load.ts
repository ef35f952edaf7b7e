import { type Deadline } from '../transport/deadline.js';
import { VendorError } from '../transport/errors.js';
import { type CampusClient } from './client.js';
import { type VoucherRecord } from './voucher.js';
import { METHOD, type Reply, type VoucherContent, type VoucherQuery } from './wire.js';

/** Reading a voucher changes nothing at the vendor, so it may be asked again; but once, as somebody waits. */
const ATTEMPTS = 2;
/** What a dynamic code lives where no life was asked for: the sample of the vendor's document. */
const DEFAULT_VALID_SECONDS = 300;

/** A query and what it came to so far. */
interface Pending {
  query: VoucherQuery;
  reply?: Reply<VoucherRecord>;
}

/** Loads chunks of vouchers, in a batch each unless the vendor refuses batches, which is remembered for the process. */
export class VoucherLoad {
  private batchRefused = false;

  constructor(private readonly client: CampusClient) {}

  /**
   * A record or an error for each query, in their order. What failed for a passing reason is asked again, and only that:
   * asking for the others as well would cost quota and replace codes that are good.
   */
  async chunk(queries: readonly VoucherQuery[], deadline: Deadline): Promise<Reply<VoucherRecord>[]> {
    const pending = queries.map((query): Pending => ({ query }));
    let due = pending;
    const mayRepeat = (error: VendorError) => this.mayRepeat(error, deadline);
    try {
      await this.client.transport.retry(ATTEMPTS, deadline, mayRepeat, async () => {
        await this.settle(due, deadline);
        due = due.filter(({ reply }) => reply instanceof VendorError && mayRepeat(reply));
        if (due[0]?.reply instanceof VendorError) throw due[0].reply;
      });
    } catch (error) {
      // A vendor's failure is by now the reply to the pending that it concerns.
      if (!(error instanceof VendorError)) throw error;
    }
    return pending.map(({ reply }) => {
      if (!reply) throw new Error('a voucher query was left without a reply');
      return reply;
    });
  }

  private async settle(pending: Pending[], deadline: Deadline): Promise<void> {
    if (this.batchRefused) return this.settleSingly(pending, deadline);
    if (await this.send(pending, deadline)) return;
    // No permission to batch, or none for the API at all? The first single call tells, before the others are spent.
    const [probe, ...others] = pending;
    if (!probe) return;
    await this.send([probe], deadline);
    const { reply } = probe;
    if (reply instanceof VendorError && reply.kind === 'misconfigured') {
      for (const one of others) one.reply = reply;
      return;
    }
    this.batchRefused = true;
    this.client.transport.anomaly('batch-refused');
    await this.settleSingly(others, deadline);
  }

  private async settleSingly(pending: Pending[], deadline: Deadline): Promise<void> {
    await Promise.all(pending.map((one) => this.send([one], deadline)));
  }

  /** One HTTP request. False where the vendor may have refused it for being a batch. */
  private async send(pending: Pending[], deadline: Deadline): Promise<boolean> {
    const queries = pending.map(({ query }) => query);
    const { replies, sentAtMs, batchRefused } = await this.client.send(queries, deadline);
    for (const [at, one] of pending.entries()) {
      const reply = replies[at];
      if (reply) one.reply = reply instanceof VendorError ? reply : toRecord(one.query, reply, sentAtMs);
    }
    return !batchRefused;
  }

  /** Timeouts are not asked again: the deadline is over. Nor what a breaker refused: it stays open for longer than a pause. */
  private mayRepeat({ kind, retryable, retryAfterSeconds }: VendorError, deadline: Deadline): boolean {
    if (kind === 'throttled')
      return retryAfterSeconds !== undefined && this.client.transport.holdEndsBefore(METHOD, deadline);
    return kind === 'unavailable' && retryable && retryAfterSeconds === undefined;
  }
}

function toRecord(query: VoucherQuery, content: VoucherContent, sentAtMs: number): VoucherRecord {
  const hasCode = content.qrCode !== null || content.qrCodeUrl !== null;
  const validSeconds = query.valid_time ?? DEFAULT_VALID_SECONDS;
  return {
    ...content,
    issuedAt: new Date(sentAtMs),
    expiresAt: hasCode && query.qr_code_type_enum === 'DYNAMIC' ? new Date(sentAtMs + validSeconds * 1000) : null,
  };
}
