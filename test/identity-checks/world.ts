import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { createCipher } from '../../src/database/cipher.js';
import { type Database } from '../../src/database/open.js';
import { VendorError } from '../../src/datasources/transport/errors.js';
import { createIdentityChecks, type IdentityChecks } from '../../src/datasources/identity-checks/index.js';
import { type ZhimaAnswer } from '../../src/datasources/zhima/index.js';

const LEASE_MS = 1_000;
const FINAL = ['TRUSTED', 'NOT_TRUSTED', 'REFUSED', 'LOST'];

interface Process {
  alive: boolean;
  checks: IdentityChecks;
  /** Its last attempt, and when by the database's clock its lease began. */
  attempt: number;
  leasedAtMs: number;
}

interface Request {
  process: Process;
  attempt: number;
  /** What the vendor made of it; undefined while it is on its way. */
  answer?: ZhimaAnswer | VendorError;
  /** Nobody waits for it any more, though it may still arrive at the vendor. */
  over: boolean;
  resolve: (answer: ZhimaAnswer) => void;
  reject: (error: VendorError) => void;
}

/** What may happen next; `n` picks among the processes, steps or requests that it can happen to. */
export interface Event {
  kind: 'settle' | 'step' | 'deliver' | 'answer' | 'lose' | 'throttle' | 'confirm' | 'crash' | 'expire' | 'takeOver';
  n: number;
}

const fault = (kind: 'timeout' | 'throttled' | 'rejected', maybeSent: boolean, vendorCode?: string) =>
  new VendorError({ vendor: 'zhima', kind, message: 'fake', maybeSent, vendorCode });

/**
 * The ledger on a real database, between processes, a vendor and a clock that do only what they are told, and a model
 * of what must come of it. Every promise stands still at every step until an event lets it go on.
 */
export class World {
  /** What went wrong; empty as long as the ledger keeps its word. */
  readonly violations: string[] = [];
  readonly seen = { takeovers: 0, fencedOff: 0, told: 0 };
  /** The verdict that must be in the ledger by now. */
  private committed: string | undefined;
  private stored = 'STARTED';
  private readonly vendor = { confirmed: false, spent: false };
  private readonly processes: Process[] = [];
  private steps: { process: Process; step: string; goOn: () => void }[] = [];
  private readonly requests: Request[] = [];
  private attempts = 0;
  private clockMs = 1_000_000;

  private constructor(
    private readonly database: Database,
    private readonly cipher: ReturnType<typeof createCipher>,
    private checkId: string,
  ) {}

  static async create(database: Database): Promise<World> {
    const world = new World(database, createCipher(randomBytes(32)), '');
    for (let count = 1; count <= 3; count += 1) world.processes.push(world.startProcess());
    const input = { personId: 'p', identityType: '04', queryType: 'EXACT', subject: { userId: 'u' } } as const;
    world.checkId = (await world.startProcess().checks.start(input)).check.id;
    return world;
  }

  async play({ kind, n }: Event): Promise<void> {
    const pick = <T>(list: T[]): T | undefined => list[n % Math.max(1, list.length)];
    switch (kind) {
      case 'settle':
        this.settle(pick(this.processes));
        break;
      case 'step':
        this.goOn(pick(this.steps));
        break;
      case 'deliver':
        this.deliver(pick(this.requests.filter(({ answer }) => !answer)));
        break;
      case 'answer':
        this.answer(pick(this.requests.filter(({ answer, over }) => answer && !over)));
        break;
      case 'lose':
        this.finish(pick(this.requests.filter(({ over }) => !over)), fault('timeout', true));
        break;
      case 'throttle': {
        const request = pick(this.requests.filter(({ answer, over }) => !answer && !over));
        if (request) request.answer = fault('throttled', false);
        this.answer(request);
        break;
      }
      case 'confirm':
        this.vendor.confirmed = true;
        break;
      case 'crash':
        this.crash(n % this.processes.length);
        break;
      case 'expire':
        this.clockMs += LEASE_MS;
        break;
      case 'takeOver': {
        // What chance alone seldom brings about: a lease expires, and another process gets its own request out.
        this.clockMs += LEASE_MS;
        const process = pick(this.processes);
        this.settle(process);
        for (let step = 1; step <= 2; step += 1) {
          await this.check();
          this.goOn(this.steps.find((parked) => parked.process === process && parked.step !== 'answered'));
        }
        break;
      }
    }
    await this.check();
  }

  /** Everybody dies, the leases expire, the person has confirmed: what does a new process find? */
  async end(): Promise<{ status: string; expected: string }> {
    for (let place = 0; place < this.processes.length; place += 1) this.crash(place);
    this.clockMs += LEASE_MS;
    this.vendor.confirmed = true;
    const expected = this.committed ?? (this.vendor.spent ? 'LOST' : 'TRUSTED');
    const [last] = this.processes;
    this.settle(last);
    for (let turn = 0; turn < 20 && !FINAL.includes(this.stored); turn += 1) {
      this.goOn(this.steps[0]);
      this.deliver(this.requests.find(({ answer, over }) => !answer && !over));
      this.answer(this.requests.find(({ answer, over }) => answer && !over));
      await this.check();
    }
    return { status: this.stored, expected };
  }

  private startProcess(): Process {
    const process: Process = { alive: true, attempt: 0, leasedAtMs: 0, checks: this.newChecks(() => process) };
    return process;
  }

  private newChecks(self: () => Process): IdentityChecks {
    return createIdentityChecks({
      database: this.database,
      cipher: this.cipher,
      timeoutMs: 1,
      leaseMs: LEASE_MS,
      nowMs: () => sql<number>`${this.clockMs}`,
      client: { send: () => this.receive(self()) },
      onStep: (step) => {
        // Killed while it waited for somebody else: it wakes up, since all share one event loop, and gets no further.
        if (!self().alive) return new Promise(() => undefined);
        if (step === 'intent-committed') {
          Object.assign(self(), { attempt: (this.attempts += 1), leasedAtMs: this.clockMs });
          if (this.requests.some(({ over, process }) => !over || !process.alive)) this.seen.takeovers += 1;
        }
        return new Promise((goOn) => this.steps.push({ process: self(), step, goOn }));
      },
    });
  }

  private receive(process: Process): Promise<ZhimaAnswer> {
    // As the client does it: its deadline began before the lease did.
    if (this.clockMs - process.leasedAtMs >= LEASE_MS) return Promise.reject(fault('timeout', false));
    if (FINAL.includes(this.stored)) this.violations.push('asked though the verdict was known');
    const rival = this.requests.find(
      (other) => !other.over && other.process.alive && this.clockMs - other.process.leasedAtMs < LEASE_MS,
    );
    if (rival) this.violations.push('asked while somebody else was asking');
    return new Promise((resolve, reject) =>
      this.requests.push({ process, attempt: process.attempt, over: false, resolve, reject }),
    );
  }

  private settle(process: Process | undefined): void {
    process?.checks.settle(this.checkId).then(
      (record) => {
        if (!process.alive || !record) return;
        this.seen.told += 1;
        if (FINAL.includes(record.status) && record.status !== (this.committed ?? 'LOST'))
          this.violations.push(`told ${record.status} where ${this.committed ?? 'nothing'} was committed`);
      },
      () => undefined,
    );
  }

  private goOn(parked: (typeof this.steps)[number] | undefined): void {
    if (!parked) return;
    this.steps = this.steps.filter((other) => other !== parked);
    const { process, step } = parked;
    const read = this.requests.findLast((request) => request.process === process && request.over)?.answer;
    if (step === 'answered' && read && !(read instanceof VendorError)) {
      // The fence: only the last to take the lease may write.
      if (process.attempt !== this.attempts) this.seen.fencedOff += 1;
      else if (read.verdict !== 'WAITING') this.committed = read.verdict;
    }
    parked.goOn();
  }

  private deliver(request: Request | undefined): void {
    if (!request) return;
    const { confirmed, spent } = this.vendor;
    const person = { resultPageUrl: null, merchantIdentityId: null, userId: null, openId: null };
    if (spent) request.answer = fault('rejected', false, 'TOKEN_INVALID');
    else if (!confirmed) request.answer = { verdict: 'WAITING', ...person };
    else {
      this.vendor.spent = true;
      request.answer = { verdict: 'TRUSTED', ...person };
    }
  }

  private answer(request: Request | undefined): void {
    this.finish(request, request?.answer);
  }

  private finish(request: Request | undefined, answer: ZhimaAnswer | VendorError | undefined): void {
    if (!request || !answer) return;
    request.over = true;
    if (answer instanceof VendorError) request.reject(answer);
    else request.resolve(answer);
  }

  private crash(place: number): void {
    const process = this.processes[place];
    if (!process) return;
    process.alive = false;
    this.steps = this.steps.filter((step) => step.process !== process);
    for (const request of this.requests) if (request.process === process) request.over = true;
    this.processes[place] = this.startProcess();
  }

  private async check(): Promise<void> {
    // Long enough for every statement that the event has set off; whoever then waits does so for a later event.
    for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const row = await this.database.db
      .selectFrom('identity_checks')
      .select('status')
      .where('id', '=', this.checkId)
      .executeTakeFirstOrThrow();
    if (FINAL.includes(this.stored) && row.status !== this.stored)
      this.violations.push(`${this.stored} became ${row.status}`);
    if (row.status === 'REFUSED') this.violations.push('a good token was refused');
    if (row.status === 'LOST' && !this.vendor.spent) this.violations.push('LOST though nothing was spent');
    if (this.committed !== undefined && row.status !== this.committed)
      this.violations.push(`${this.committed} was read and ${row.status} is stored`);
    this.stored = row.status;
  }
}
