import { Audience } from '../transport/audience.js';
import { type Deadline } from '../transport/deadline.js';
import { type VendorError } from '../transport/errors.js';
import { VENDOR } from './errors.js';
import { type VoucherRecord } from './voucher.js';
import { type Reply, type VoucherQuery } from './wire.js';

/** One voucher that somebody waits for, and what it came to so far. */
export interface Pending {
  query: VoucherQuery;
  deadline: Deadline;
  reply?: Reply<VoucherRecord>;
  settle: (reply: Reply<VoucherRecord>) => void;
}

/** Vouchers of several requests, each of which is told when its own time is over. */
export class SharedBatch {
  private readonly audience = new Audience(VENDOR);
  readonly deadline = this.audience.deadline;

  constructor(readonly pending: Pending[]) {
    for (const one of pending) this.include(one);
  }

  add(one: Pending): void {
    this.include(one);
    this.pending.push(one);
  }

  private include(one: Pending): void {
    const { settle } = one;
    const answer = new Promise<Reply<VoucherRecord>>((resolve) => {
      one.settle = resolve;
    });
    this.audience.join(one.deadline, answer).then(settle, (error: unknown) => settle(error as VendorError));
  }
}
