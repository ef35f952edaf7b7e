import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError } from '../../database/errors.js';
import {
  areDifferentPeople,
  isRefusalCode,
  TOKEN_SPENT,
  ZHIMA,
  type ZhimaAnswer,
  type ZhimaIdentity,
  type ZhimaRequest,
} from '../zhima/index.js';
import { Deadline } from '../transport/deadline.js';
import { VendorError } from '../transport/errors.js';
import { type CallObserver } from '../transport/vendor-call.js';
import { disabled } from '../transport/vendor.js';
import { type Lease, type Ledger, type Look, type Outcome } from './ledger.js';
import { type CheckCredentials, type IdentityCheckRecord } from './record.js';

/** Where verdicts come from. Each `send` is at most one request, never repeated. */
export interface VerdictSource {
  /**
   * @throws VendorError; its `maybeSent` is true wherever the vendor may have spent the token and no answer of its could
   * be believed
   */
  send(request: ZhimaRequest, deadline: Deadline): Promise<ZhimaAnswer>;
}

/** Where the vendor is not configured: checks can be read, and asking about an open one is refused. */
export const disabledVerdictSource: VerdictSource = {
  send: () => Promise.reject(disabled({ name: ZHIMA })),
};

/** The points between which a crash makes a difference. */
export type SettlementStep = 'before-intent' | 'intent-committed' | 'answered' | 'answer-committed';

/** What a check came to be: a state of the ledger, or an answer that is lost perhaps. */
export type LedgerState = IdentityCheckRecord['status'] | 'MAYBE_LOST';

/** Somebody else is asking about the same check, and has not heard yet. */
export class IdentityCheckBusyError extends Error {
  override readonly name = 'IdentityCheckBusyError';

  constructor(
    /** When their attempt ends or is given up for dead. */
    readonly retryAfterSeconds: number,
  ) {
    super('the same identity check is being settled elsewhere right now');
  }
}

const FIRST_POLL_MS = 20;
const LAST_POLL_MS = 250;
const COMMIT_RETRY_MS = 100;

/** One walk from "settle" to an answer: take the lease and send, or wait for whoever has it. */
export class Settlement {
  constructor(
    private readonly ledger: Ledger,
    private readonly client: VerdictSource,
    private readonly timeoutMs: number,
    private readonly onStep: (step: SettlementStep, checkId: string) => Promise<void> = () => Promise.resolve(),
    private readonly onState: (state: LedgerState) => void = () => undefined,
  ) {}

  async settle(id: string, observer?: CallObserver): Promise<IdentityCheckRecord | null> {
    const waiting = Deadline.after(this.timeoutMs);
    let first: Look | undefined;
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(LAST_POLL_MS, pollMs * 2)) {
      const seen = await this.ledger.look(id);
      if (!seen?.credentials) return seen?.record ?? null;
      first ??= seen;
      // Somebody asked while we waited: their WAITING is as fresh as ours would be.
      if (seen.answeredFence > first.answeredFence) return seen.record;
      if (seen.leaseRemainingMs === 0) {
        const record = await this.sendOnce(seen, seen.credentials, observer);
        if (record) return record;
        continue;
      }
      if (waiting.remainingMs() === 0) throw new IdentityCheckBusyError(Math.ceil(seen.leaseRemainingMs / 1000));
      await pause(Math.min(pollMs, waiting.remainingMs()));
    }
  }

  /** Null where somebody else was faster, or took over because this process stood still for too long. */
  private async sendOnce(
    seen: Look,
    credentials: CheckCredentials,
    observer: CallObserver | undefined,
  ): Promise<IdentityCheckRecord | null> {
    const { id, identityType, queryType } = seen.record;
    await this.onStep('before-intent', id);
    const known = [seen.told, await this.ledger.earlierVerdict(credentials)];
    // Before the lease begins, so that the request is over before the lease is, however slow the database.
    const deadline = Deadline.after(this.timeoutMs, undefined, observer);
    const lease = await this.ledger.tryLease(seen);
    if (!lease) return null;
    await this.onStep('intent-committed', id);
    const outcome = await this.send({ ...credentials, identityType, queryType }, lease, known, deadline);
    await this.onStep('answered', id);
    const record = await this.commit(lease, outcome);
    if (record) this.onState(record.status);
    await this.onStep('answer-committed', id);
    return record;
  }

  /** `known`: whom earlier answers were about. */
  private async send(
    request: ZhimaRequest,
    lease: Lease,
    known: readonly ZhimaIdentity[],
    deadline: Deadline,
  ): Promise<Outcome> {
    try {
      const answer = await this.client.send(request, deadline);
      if (known.some((person) => areDifferentPeople(person, answer))) throw aboutSomebodyElse();
      return { status: answer.verdict, result: answer };
    } catch (error) {
      const outcome = finalOutcome(error, lease);
      if (outcome) return outcome;
      const { maybeSent, kind } = error instanceof VendorError ? error : { maybeSent: true, kind: undefined };
      if (maybeSent) this.onState('MAYBE_LOST');
      // If this fails too, the lease runs out and counts as "maybe sent": the vendor's error is what the caller must know.
      await this.ledger.release(lease, { asked: kind !== 'disabled', maybeSent }).catch(() => undefined);
      throw error;
    }
  }

  /** The vendor will not tell this again: while the lease lasts, a database that is away for a moment is asked again. */
  private async commit(lease: Lease, outcome: Outcome): Promise<IdentityCheckRecord | null> {
    const patience = Deadline.after(this.timeoutMs);
    for (;;) {
      try {
        return await this.ledger.commitAnswer(lease, outcome);
      } catch (error) {
        if (!(error instanceof DatabaseError) || patience.remainingMs() <= COMMIT_RETRY_MS) throw error;
        await pause(COMMIT_RETRY_MS);
      }
    }
  }
}

/** Refusals of the person or the token are answers too; null for everything else, which leaves the check as it was. */
function finalOutcome(error: unknown, lease: Lease): Outcome | null {
  if (!(error instanceof VendorError) || error.kind !== 'rejected' || !isRefusalCode(error.vendorCode)) return null;
  // Spent, perhaps by an answer of ours that never arrived: that is not the person's fault, and not a bad token.
  if (error.vendorCode === TOKEN_SPENT && lease.answerMaybeLost) return { status: 'LOST' };
  return { status: 'REFUSED', code: error.vendorCode };
}

/** It is signed by Alipay, and still not the answer to our request: the token may be spent all the same. */
function aboutSomebodyElse(): VendorError {
  return new VendorError({ vendor: ZHIMA, kind: 'protocol', message: 'zhima answered about somebody else' });
}
