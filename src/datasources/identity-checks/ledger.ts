import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { validate as isUuid } from 'uuid';
import { type Database } from '../../database/open.js';
import { type Tables } from '../../database/tables.js';
import { type ZhimaAnswer, type ZhimaIdentity } from '../zhima/index.js';
import { type Clock } from './clock.js';
import {
  recordOf,
  type CheckCredentials,
  type CheckRow,
  type IdentityCheckRecord,
  type LedgerSeals,
  type Result,
} from './record.js';

/*
 * The once-only ledger. The vendor tells a verdict once; this table is where it is kept.
 *
 *              ┌──── no lease ────┐        lease: owner, expiry, fence
 *   STARTED ──┤                    ├── tryLease ──▶ (asking) ── commitAnswer ──▶ TRUSTED │ NOT_TRUSTED │ REFUSED │ LOST
 *   WAITING ──┤                    │                  │  │  │                      final: never asked nor written again
 *      ▲      └────────────────────┘                  │  │  └── release ──▶ as it was (the vendor refused or was not reached)
 *      │                  ▲                           │  └───── release, maybe lost ──▶ as it was, answer_maybe_lost = 1
 *      │                  └── lease expired: its owner died asking ──▶ the next tryLease, or sealing anew (reseal.ts),
 *      │                                                             takes it over and sets answer_maybe_lost = 1
 *      └───────────────────────── commitAnswer(WAITING)
 *
 * Each arrow is one conditional UPDATE, so that two processes can never both follow it. `answer_maybe_lost` is never
 * taken back: a request of a dead process may still be on its way while the vendor answers WAITING to a later one.
 */

/** The right to ask about one check, until it expires or the answer is committed. */
export interface Lease {
  id: string;
  fence: number;
  /** The check as it was before. */
  before: Look;
  /** An earlier attempt may have spent the token. */
  answerMaybeLost: boolean;
}

export type Outcome =
  { status: ZhimaAnswer['verdict']; result: Result } | { status: 'REFUSED'; code: string } | { status: 'LOST' };

/** A check as others see it while it is being asked about. */
export interface Look {
  record: IdentityCheckRecord;
  /** Null for final checks, and for those whose person was forgotten. */
  credentials: CheckCredentials | null;
  /** Whom the vendor's last answer was about, as far as it said. */
  told: ZhimaIdentity;
  fence: number;
  answeredFence: number;
  /** Milliseconds until the lease of whoever asks now expires; 0 where nobody does. */
  leaseRemainingMs: number;
}

const OPEN: CheckRow['status'][] = ['STARTED', 'WAITING'];

const NO_RESULT = { result: null, told_user_hash: null, told_open_hash: null };

/** Whoever held a lease that is taken from them may have spent the token. */
export const MAYBE_LOST_WITH_LEASE = sql<number>`case when lease_owner is not null then 1 else answer_maybe_lost end`;

export class Ledger {
  private readonly owner = randomUUID();
  private readonly db: Kysely<Tables>;

  /**
   * @param leaseMs how long an attempt may take before others count its process as dead
   * @param nowMs by the database's clock: leases of several machines must not depend on theirs
   */
  constructor(
    { db }: Database,
    private readonly seals: LedgerSeals,
    private readonly leaseMs: number,
    private readonly nowMs: Clock,
  ) {
    this.db = db;
  }

  /**
   * Takes the right to ask about a check that is as it was `seen`, or null where somebody else was faster, or sealed it
   * anew. When this returns, the intent to ask is committed: from here on a crash counts as an answer that may be lost.
   */
  async tryLease(seen: Look): Promise<Lease | null> {
    const { id } = seen.record;
    const now = this.nowMs();
    const row = await this.db
      .updateTable('identity_checks')
      .set((eb) => ({
        lease_owner: this.owner,
        lease_expires_at: sql<number>`${now} + ${sql.lit(this.leaseMs)}`,
        fence: eb('fence', '+', 1),
        asked_at: now,
        answer_maybe_lost: MAYBE_LOST_WITH_LEASE,
      }))
      .where('id', '=', id)
      .where('status', 'in', OPEN)
      // Another server may have sealed it anew: an answer under our key could not be opened once that is taken away.
      .where('fence', '=', seen.fence)
      .where('answered_fence', '=', seen.answeredFence)
      // The person may have been forgotten since: what was seen of their keys must not be used any more.
      .where('keys', 'is not', null)
      .where((eb) => eb.or([eb('lease_owner', 'is', null), eb('lease_expires_at', '<=', now)]))
      .returning(['fence', 'answer_maybe_lost'])
      .executeTakeFirst();
    return row ? { id, fence: row.fence, before: seen, answerMaybeLost: row.answer_maybe_lost === 1 } : null;
  }

  /**
   * Writes down what the vendor told. Null where the lease was lost: somebody else asks by now, or has written.
   * If the person was forgotten meanwhile, the verdict is kept and what came with it is not.
   */
  async commitAnswer({ id, fence, before }: Lease, outcome: Outcome): Promise<IdentityCheckRecord | null> {
    const told = 'result' in outcome ? this.seals.sealResult(id, withTold(outcome.result, before.told)) : NO_RESULT;
    // Without keys the person was forgotten, and with them what the row had from an answer: those columns stay empty.
    const unlessForgotten = (column: keyof typeof told) =>
      sql<Buffer | null>`case when keys is null then ${sql.ref(column)} else ${told[column]} end`;
    const row = await this.db
      .updateTable('identity_checks')
      .set({
        status: outcome.status,
        refusal_code: outcome.status === 'REFUSED' ? outcome.code : null,
        result: unlessForgotten('result'),
        told_user_hash: unlessForgotten('told_user_hash'),
        told_open_hash: unlessForgotten('told_open_hash'),
        settled_at: outcome.status === 'WAITING' ? null : this.nowMs(),
        answered_fence: fence,
        lease_owner: null,
        lease_expires_at: null,
      })
      .where('id', '=', id)
      .where('fence', '=', fence)
      .where('lease_owner', '=', this.owner)
      .returningAll()
      .executeTakeFirst();
    return row ? recordOf(row, this.seals) : null;
  }

  /**
   * Ends an attempt that brought no answer. `asked`: false where there was nobody to ask. `maybeSent`: the vendor may
   * have spent the token all the same.
   */
  async release(
    { id, fence, before }: Lease,
    { asked, maybeSent }: { asked: boolean; maybeSent: boolean },
  ): Promise<void> {
    await this.db
      .updateTable('identity_checks')
      .set({
        lease_owner: null,
        lease_expires_at: null,
        ...(maybeSent ? { answer_maybe_lost: 1 } : {}),
        ...(asked ? {} : { asked_at: before.record.askedAt?.getTime() ?? null }),
      })
      .where('id', '=', id)
      .where('fence', '=', fence)
      .where('lease_owner', '=', this.owner)
      .execute();
  }

  /** Throws DatabaseError of kind `key` or `corrupt` where the check cannot be opened: before anybody asks about it. */
  async look(id: string): Promise<Look | null> {
    if (!isUuid(id)) return null;
    const row = await this.db
      .selectFrom('identity_checks')
      .selectAll()
      .select(this.nowMs().as('now_ms'))
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) return null;
    return {
      record: recordOf(row, this.seals),
      credentials: OPEN.includes(row.status) && row.keys ? this.seals.openCredentials(id, row.keys) : null,
      told: this.seals.openResult(row),
      fence: row.fence,
      answeredFence: row.answered_fence,
      leaseRemainingMs: Math.max(0, (row.lease_expires_at ?? 0) - row.now_ms),
    };
  }

  /** Whom the last verdict about this certificate was about; empty where there is none, or none that can be read. */
  async earlierVerdict({ subject }: CheckCredentials): Promise<ZhimaIdentity> {
    // Only for certificates: an account may come to be another person's, and a person may have several accounts.
    if (subject.certNo === undefined) return {};
    const row = await this.db
      .selectFrom('identity_checks')
      .select(['id', 'result'])
      .where('subject_hash', 'in', this.seals.subjectHashes(subject))
      .where('status', 'in', ['TRUSTED', 'NOT_TRUSTED'])
      .orderBy('settled_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    try {
      return row ? { merchantIdentityId: this.seals.openResult(row).merchantIdentityId } : {};
    } catch {
      // One check that cannot be read must not keep others from being settled.
      return {};
    }
  }
}

/** An answer that does not say whom it is about must not make the check forget whom an earlier one was about. */
function withTold(result: Result, told: ZhimaIdentity): Result {
  return {
    resultPageUrl: result.resultPageUrl,
    merchantIdentityId: result.merchantIdentityId ?? told.merchantIdentityId,
    userId: result.userId ?? told.userId,
    openId: result.openId ?? told.openId,
  };
}
