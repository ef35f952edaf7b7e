import { setTimeout as sleep } from 'node:timers/promises';
import { type Asking, type Told } from './asking.js';
import { isLie, mayRefuse } from './expected.js';
import {
  cardIdsOf,
  codeOf,
  emailOf,
  inputOf,
  merchantIdentityIdOf,
  mobileOf,
  nameOf,
  numberOf,
  verdictOf,
  versionOf,
} from './people.js';
import { type ServerProcess } from './processes.js';
import { type Random } from './random.js';
import { type Violations } from './troubles.js';

/** Whom everybody asks about. */
export interface Known {
  n: number;
  id: string;
  /** The e-mail address's number that was acknowledged last, and the last that was tried. */
  acknowledged: number;
  tried: number;
}

export interface Check {
  of: number;
  id: string;
  connKey: string;
  startedAt: number;
  /** What was told first, and when; and whether an answer may have been lost until then. */
  verdict?: string;
  toldAt?: number;
  interrupted?: boolean;
}

export interface World {
  servers: readonly ServerProcess[];
  asking: Asking;
  violations: Violations;
  people: readonly Known[];
  /** Registered meanwhile, and acknowledged. */
  registered: Map<string, number>;
  /** Of whoever was registered last. */
  lastNumber: number;
  checks: Check[];
  over: boolean;
  /** In milliseconds, between two questions of a client. */
  pause: [number, number];
}

const VOUCHER = 'voucher(activityCode: "1", qrCodeType: STATIC) { qrCode }';
const WALLET = `id name mobile email ${VOUCHER} giftCards @include(if: $cards) { id } identityChecks(first: 3) { id status merchantIdentityId }`;
const LISTED = `id name mobile ${VOUCHER}`;
const CODES: Record<string, boolean> = {
  '900000000000000000001': true,
  '900000000000000000002': false,
  WELCOME2026: true,
};
const SETTLED = 'id status merchantIdentityId';
const FINAL = ['TRUSTED', 'NOT_TRUSTED', 'REFUSED', 'LOST'];
const MAX_OPEN = 3;

type Row = Record<string, unknown>;

/** One of many who ask, one question after the other, and believe nothing. */
export class Client {
  private readonly open: Check[] = [];
  constructor(
    private readonly world: World,
    private readonly random: Random,
    private readonly own: readonly Known[],
  ) {}

  async run(): Promise<void> {
    const { world, random } = this;
    while (!world.over) {
      await this.one();
      await sleep(random.between(...world.pause));
    }
  }

  private async one(): Promise<unknown> {
    const choice = this.random.between(1, 100);
    if (choice <= 35) return this.wallet(this.random.pick(this.world.people));
    if (choice <= 50) return this.me();
    if (choice <= 56) return this.stranger();
    if (choice <= 66) return this.roster();
    if (choice <= 72) return this.directory();
    if (choice <= 80) return this.exchangeCodes();
    if (choice <= 86) return this.register();
    if (choice <= 92) return this.update();
    return this.open.length < MAX_OPEN ? this.start() : this.settle(this.random.pick(this.open));
  }

  private async wallet(person: Known): Promise<void> {
    const lowest = person.acknowledged;
    const told = await this.ask(`query ($id: ID!, $cards: Boolean!) { person(id: $id) { ${WALLET} } }`, {
      id: person.id,
      cards: this.withCards(),
    });
    if (told) this.checkWallet(told, told.data['person'], person, lowest);
  }

  private async me(): Promise<void> {
    const person = this.random.pick(this.own);
    const lowest = person.acknowledged;
    const told = await this.ask(
      `query ($cards: Boolean!) { me { ${WALLET} } }`,
      { cards: this.withCards() },
      { subject: person.id },
    );
    if (told) this.checkWallet(told, told.data['me'], person, lowest);
  }

  /** Somebody who asks for what is another's. */
  private async stranger(): Promise<void> {
    const person = this.random.pick(this.own);
    const other = this.random.pick(this.world.people);
    if (other === person) return;
    const options = { subject: person.id, expected: ['FORBIDDEN'] };
    const told = await this.ask('query ($id: ID!) { person(id: $id) { name mobile } }', { id: other.id }, options);
    if (told?.data['person'] || (told && told.codes.length === 0)) this.wrong("another's data", JSON.stringify(told));
  }

  private async roster(): Promise<void> {
    const people = this.random.shuffled(this.world.people).slice(0, 20);
    const ids = people.map(({ id }) => id);
    const told = await this.ask(`query ($ids: [ID!]!) { people(ids: $ids) { ${LISTED} } }`, { ids });
    const rows = told?.data['people'] as (Row | null)[] | null | undefined;
    rows?.forEach((row, at) => {
      if (row && row['id'] !== ids[at])
        this.wrong("another's data", `${String(row['id'])} in the place of ${ids[at] ?? ''}`);
      else if (told) this.checkListed(told, row, people[at]?.n ?? NaN);
    });
  }

  private async directory(): Promise<void> {
    const search = this.random.next() < 0.5 ? mobileOf(this.random.pick(this.world.people).n) : undefined;
    const first = this.random.between(5, 30);
    const query = `query ($first: Int, $search: String) { directory(first: $first, search: $search) { edges { node { ${LISTED} } } } }`;
    const told = await this.ask(query, { first, search });
    const page = told?.data['directory'] as { edges: { node: Row }[] } | null | undefined;
    if (!told || !page) return;
    const wanted = search === undefined ? first : 1;
    if (page.edges.length !== wanted) this.wrong('a page of another size', `${page.edges.length} for ${wanted}`);
    for (const { node } of page.edges) {
      this.checkListed(told, node, numberOf(node['name']));
      if (search !== undefined && node['mobile'] !== search)
        this.wrong("another's data", 'found by a number that is not theirs');
    }
  }

  private async exchangeCodes(): Promise<void> {
    const codes = this.random.shuffled(Object.keys(CODES)).slice(0, 2);
    const told = await this.ask('query ($codes: [String!]!) { exchangeCodes(codes: $codes) { code redeemable } }', {
      codes,
    });
    const rows = told?.data['exchangeCodes'] as ({ code: string; redeemable: boolean } | null)[] | null | undefined;
    rows?.forEach((row, at) => {
      if (row && (row.code !== codes[at] || row.redeemable !== CODES[row.code]))
        this.wrong('a wrong answer about a code', JSON.stringify(row));
    });
  }

  private async register(): Promise<void> {
    const n = (this.world.lastNumber += 1);
    const query = 'mutation ($input: PersonInput!) { registerPerson(input: $input) { id name mobile } }';
    const told = await this.ask(query, { input: inputOf(n) });
    const row = told?.data['registerPerson'] as Row | null | undefined;
    if (!row) return;
    this.world.registered.set(row['id'] as string, n);
    if (row['name'] !== nameOf(n) || row['mobile'] !== mobileOf(n)) this.wrong("another's data", JSON.stringify(row));
  }

  private async update(): Promise<void> {
    const person = this.random.pick(this.own);
    const version = (person.tried += 1);
    const query =
      'mutation ($id: ID!, $input: UpdatePersonInput!) { updatePerson(id: $id, input: $input) { id email } }';
    const told = await this.ask(query, { id: person.id, input: { email: emailOf(person.n, version) } });
    const row = told?.data['updatePerson'] as Row | null | undefined;
    if (!row) return;
    person.acknowledged = version;
    if (row['email'] !== emailOf(person.n, version)) this.wrong('not what was written', JSON.stringify(row));
  }

  private async start(): Promise<void> {
    const person = this.random.pick(this.own);
    const query =
      'mutation ($input: StartIdentityCheckInput!) { startIdentityCheck(input: $input) { connKey check { id } } }';
    const startedAt = Date.now();
    const told = await this.ask(query, { input: { personId: person.id, identityType: '04' } });
    const row = told?.data['startIdentityCheck'] as { connKey: string; check: { id: string } } | null | undefined;
    if (!row) return;
    const check = { of: person.n, id: row.check.id, connKey: row.connKey, startedAt };
    this.open.push(check);
    this.world.checks.push(check);
  }

  /** Sometimes from two tabs, at two servers, at once. */
  private async settle(check: Check): Promise<void> {
    const tabs = this.random.next() < 0.3 ? this.living() : [this.random.pick(this.living())];
    await Promise.all(tabs.map((server) => settle(this.world, server, check)));
    if (check.verdict !== undefined) this.open.splice(this.open.indexOf(check), 1);
  }

  private checkListed(told: Told, row: Row | null, n: number): void {
    if (!row) return;
    if (row['name'] !== nameOf(n) || row['mobile'] !== mobileOf(n)) this.wrong("another's data", JSON.stringify(row));
    const voucher = row['voucher'] as { qrCode: string | null } | null;
    if (voucher && voucher.qrCode !== codeOf(n) && !isLie(voucher.qrCode, told.troubles))
      this.wrong("another's voucher", `${String(voucher.qrCode)} for ${n}, ${told.troubles.join()}`);
  }

  private checkWallet(told: Told, value: unknown, { n, id, tried }: Known, lowest: number): void {
    const row = value as Row | null;
    if (!row) {
      if (told.codes.length === 0) this.wrong('somebody is gone', id);
      return;
    }
    if (row['id'] !== id) this.wrong("another's data", `${String(row['id'])} in the place of ${id}`);
    this.checkListed(told, row, n);
    const version = versionOf(n, row['email']);
    if (!(version >= lowest && version <= tried))
      this.wrong('an old or foreign address', `${version}, not ${lowest} to ${tried}`);
    const cards = row['giftCards'] as { id: string }[] | null | undefined;
    const cardIds = JSON.stringify(cards?.map((card) => card.id));
    if (cards && cardIds !== JSON.stringify(cardIdsOf(n)) && !isLie(cardIds, told.troubles))
      this.wrong("another's gift cards", `${cardIds} for ${n}`);
    for (const check of (row['identityChecks'] ?? []) as Row[]) checkVerdict(this.world, check, n);
  }

  /** Seldom enough for the vendor's limit, except where all rush. */
  private withCards(): boolean {
    return this.random.next() < 0.3;
  }

  private ask(...[query, variables, options]: [string, Row, { subject?: string; expected?: string[] }?]) {
    return this.world.asking.ask(this.random.pick(this.living()), query, variables, options);
  }

  private living(): readonly ServerProcess[] {
    const living = this.world.servers.filter(({ alive }) => alive);
    return living.length > 0 ? living : this.world.servers;
  }

  private wrong(kind: string, what: string): void {
    this.world.violations.add(kind, what);
  }
}

/** Asks for a verdict, which must be the one that was told before. */
export async function settle(world: World, server: ServerProcess, check: Check): Promise<void> {
  const query = `mutation ($id: ID!) { settleIdentityCheck(id: $id) { ${SETTLED} } }`;
  const told = await world.asking.ask(server, query, { id: check.id });
  const row = told?.data['settleIdentityCheck'] as Row | null | undefined;
  const status = String(row?.['status']);
  if (!told || !row || !FINAL.includes(status)) return;
  checkVerdict(world, row, check.of);
  if (check.verdict !== undefined) {
    if (check.verdict !== status) world.violations.add('a verdict changed', `${check.verdict} became ${status}`);
    return;
  }
  check.verdict = status;
  check.toldAt = Date.now();
  const between = world.asking.troublesBetween(check.startedAt, check.toldAt);
  check.interrupted = between.some((name) => /^(zhima:|server|postgres|standstill)/.test(name));
  if (status === 'LOST' ? check.interrupted : status === verdictOf(check.of)) return;
  if (status === 'REFUSED' && mayRefuse(between)) return;
  world.violations.add('a wrong verdict', `${status} for ${check.of}, ${between.join()}`);
}

function checkVerdict({ violations }: World, { status, merchantIdentityId }: Row, n: number): void {
  const vouched = status === 'TRUSTED' || status === 'NOT_TRUSTED';
  if (vouched && (status !== verdictOf(n) || merchantIdentityId !== merchantIdentityIdOf(n)))
    violations.add("another's verdict", `${status} and ${String(merchantIdentityId)} for ${n}`);
}
