import { type Deadline } from '../transport/deadline.js';
import { VendorError } from '../transport/errors.js';
import { atEndOfTurn } from '../transport/turn.js';
import { type Pending, SharedBatch } from './batch.js';
import { type CampusClient } from './client.js';
import { VENDOR } from './errors.js';
import { type CampusSettings, type VoucherRecord } from './voucher.js';
import { METHOD, type Reply, type VoucherContent, type VoucherQuery } from './wire.js';

/** Reading a voucher changes nothing at the vendor, so it may be asked again; but once, as somebody waits. */
const ATTEMPTS = 2;
/** What a dynamic code lives where no life was asked for: the sample of the vendor's document. */
const DEFAULT_VALID_SECONDS = 300;
/** While fewer batches than these are under way, another is begun at once; else vouchers wait for others, until one is back. */
const FEW_UNDER_WAY = 8;

/**
 * Asks for vouchers in batches that requests share: a lone voucher never waits, and under load twenty people's are one
 * HTTP request, whoever asked for them. Where the rate is limited, a batch is filled until its turn comes. Each voucher is
 * asked for by itself, also where two requests want the same: a dynamic code is for one. Batches that the vendor refuses are
 * remembered for the process.
 */
export class VoucherBatches {
  private batchRefused = false;
  private waiting: Pending[] = [];
  private underWay = 0;
  private scheduled = false;
  /** Waits for its turn; those before it are full. */
  private open: SharedBatch | undefined;
  private readonly batchSize: number;
  private readonly isPaced: boolean;

  constructor(
    private readonly client: CampusClient,
    { batchSize, maxPerSecond }: Pick<CampusSettings, 'batchSize' | 'maxPerSecond'>,
  ) {
    this.batchSize = batchSize;
    this.isPaced = maxPerSecond > 0;
  }

  /** @throws VendorError */
  load(query: VoucherQuery, deadline: Deadline): Promise<VoucherRecord> {
    return new Promise((resolve, reject) => {
      const settle = (reply: Reply<VoucherRecord>) => {
        if (reply instanceof VendorError) reject(reply);
        else resolve(reply);
      };
      this.waiting.push({ query, deadline, settle });
      if (this.scheduled) return;
      this.scheduled = true;
      // Nothing leaves before, so that whatever else this turn asks for may come along.
      atEndOfTurn(this.dispatch);
    });
  }

  private readonly dispatch = (): void => {
    this.scheduled = false;
    const { open } = this;
    if (open && open.deadline.remainingMs() > 0)
      for (const one of this.waiting.splice(0, this.batchSize - open.pending.length)) open.add(one);
    while (this.waiting.length > 0 && (this.underWay < FEW_UNDER_WAY || this.waiting.length >= this.batchSize)) {
      const batch = this.waiting.splice(0, this.batchSize);
      this.underWay += 1;
      void this.run(batch).finally(() => {
        this.underWay -= 1;
        this.dispatch();
      });
    }
  };

  /** Settles every voucher of the batch; never rejects. */
  private async run(batch: Pending[]): Promise<void> {
    const [first] = batch;
    if (!first) return;
    try {
      // One request's vouchers have one deadline, and need no audience.
      const own = !this.isPaced && batch.every(({ deadline }) => deadline === first.deadline);
      await this.settleAll(batch, own ? first.deadline : this.share(batch));
    } catch (cause) {
      const error = new VendorError({
        vendor: VENDOR,
        kind: 'protocol',
        message: `${VENDOR}: could not be read`,
        cause,
      });
      for (const { settle } of batch) settle(error);
    }
  }

  private share(batch: Pending[]): Deadline {
    const shared = new SharedBatch(batch);
    if (this.isPaced) this.open = shared;
    return shared.deadline;
  }

  /** Nobody can join it any more. */
  private close(batch: Pending[]): void {
    if (this.open?.pending === batch) this.open = undefined;
  }

  /**
   * What failed for a passing reason is asked again, and only that: asking for the others as well would cost quota and
   * replace codes that are good. What is known is told at once.
   */
  private async settleAll(batch: Pending[], deadline: Deadline): Promise<void> {
    let due = batch;
    const mayRepeat = (error: VendorError) => this.mayRepeat(error, deadline);
    try {
      await this.client.transport.retry(ATTEMPTS, deadline, mayRepeat, async () => {
        await this.ask(due, deadline);
        const failed: Pending[] = [];
        for (const one of due) {
          if (one.reply instanceof VendorError && mayRepeat(one.reply)) failed.push(one);
          else if (one.reply) one.settle(one.reply);
        }
        due = failed;
        if (due[0]?.reply instanceof VendorError) throw due[0].reply;
      });
    } catch (error) {
      // A vendor's failure is by now the reply to the vouchers that it concerns.
      if (!(error instanceof VendorError)) throw error;
    }
    for (const { reply, settle } of due) if (reply) settle(reply);
  }

  private async ask(pending: Pending[], deadline: Deadline): Promise<void> {
    if (this.batchRefused) return this.askSingly(pending, deadline);
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
    await this.askSingly(others, deadline);
  }

  private async askSingly(pending: Pending[], deadline: Deadline): Promise<void> {
    this.close(pending);
    await Promise.all(pending.map((one) => this.send([one], deadline)));
  }

  /** One HTTP request. False where the vendor may have refused it for being a batch. */
  private async send(pending: Pending[], deadline: Deadline): Promise<boolean> {
    const gather = () => {
      this.close(pending);
      return pending.map(({ query }) => query);
    };
    const { replies, sentAtMs, batchRefused } = await this.client.send(gather, deadline);
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
