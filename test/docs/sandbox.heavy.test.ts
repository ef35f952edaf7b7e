import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { INVENTED_PEOPLE } from '../../src/sandbox/index.js';
import { textOf } from './fences.js';
import { type Answer, type Sandbox, startSandboxServer } from './sandbox-server.js';

const WAITED_MS = 3_100;

const folder = mkdtempSync(join(tmpdir(), 'kaquan-sandbox-'));
let server: Sandbox;
beforeAll(async () => {
  server = await startSandboxServer(folder);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const cellsOf = (row: string) =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
/** The rows of the page's table whose first cell is one of these. */
const rowsOf = (firstCells: readonly string[]): string[][] =>
  textOf('docs/sandbox.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map(cellsOf)
    .filter(([first = '']) => firstCells.includes(first));

const codeOf = ({ errors }: Answer) => errors?.[0]?.extensions.code;
const missingOf = ({ errors }: Answer) => errors?.[0]?.extensions['missing'] as string[] | undefined;

const PEOPLE = rowsOf(INVENTED_PEOPLE.map(({ name }) => name)).map(
  ([name = '', mobile = '', email = '', voucher = '', cards = '', check = '']) => ({
    name,
    lookup: mobile === '' ? { email } : { mobile },
    voucher,
    cards,
    check,
  }),
);

async function idOf(lookup: { mobile?: string; email?: string }): Promise<string> {
  const { data } = await server.ask(
    'query ($mobile: String, $email: String) { personBy(mobile: $mobile, email: $email) { id } }',
    lookup,
  );
  return (data?.['personBy'] as { id: string }).id;
}
/** What a failure's cell says: its code, and what is missing. */
const failureIn = (cell: string) => {
  const [, code, rest = ''] = /^`([A-Z_]+)`(.*)$/.exec(cell) ?? [];
  return {
    code,
    missing: rest.includes('missing') ? [...rest.matchAll(/`(\w+)`/g)].map(([, field]) => field) : undefined,
  };
};

it('the page has everybody', () => {
  expect(PEOPLE.map(({ name }) => name)).toEqual(INVENTED_PEOPLE.map(({ name }) => name));
});

describe.each(PEOPLE)('$name is as the page says', ({ lookup, voucher, cards, check }) => {
  it('with a voucher', async () => {
    const answer = await server.ask('query ($id: ID!) { person(id: $id) { voucher(activityCode: "1") { qrCode } } }', {
      id: await idOf(lookup),
    });
    const { voucher: found } = answer.data?.['person'] as { voucher: { qrCode: string } | null };
    if (voucher.startsWith('a QR code'))
      expect([found?.qrCode, codeOf(answer)]).toEqual([expect.stringMatching(/^D\w{24}$/), undefined]);
    else expect({ code: codeOf(answer), missing: missingOf(answer) }).toEqual(failureIn(voucher));
    const [error] = answer.errors ?? [];
    if (error?.extensions.code === 'VENDOR_THROTTLED') expect(error.extensions['retryAfterSeconds']).toBe(60);
  });

  it('with gift cards', async () => {
    const query =
      'query ($id: ID!) { person(id: $id) { giftCards { status } withRecycled: giftCards(includeRecycled: true) { id } giftCardBalance { amount } } }';
    const answer = await server.ask(query, { id: await idOf(lookup) });
    const [, count, recycled, balance] = /^(\d+) cards.*?( recycled one)?; balance (\S+)$/.exec(cards) ?? [];
    const { giftCards, withRecycled, giftCardBalance } = answer.data?.['person'] as {
      giftCards: { status: string }[] | null;
      withRecycled: unknown[] | null;
      giftCardBalance: { amount: string } | null;
    };
    if (count === undefined) {
      expect({ code: codeOf(answer), missing: missingOf(answer) }).toEqual(failureIn(cards));
      return;
    }
    expect(answer.errors).toBeUndefined();
    expect(giftCards).toHaveLength(Number(count));
    expect(withRecycled).toHaveLength(Number(count) + (recycled === undefined ? 0 : 1));
    expect(giftCardBalance?.amount ?? 'null').toBe(balance);
  });

  it('with an identity check', async () => {
    const started = await server.ask(
      'mutation ($id: ID!) { startIdentityCheck(input: { personId: $id, identityType: "04" }) { check { id } } }',
      { id: await idOf(lookup) },
    );
    if (check.startsWith('`PERSON_INCOMPLETE`')) {
      expect({ code: codeOf(started), missing: missingOf(started) }).toEqual(failureIn(check));
      return;
    }
    const {
      check: { id },
    } = started.data?.['startIdentityCheck'] as { check: { id: string } };
    const settle = async () => {
      const answer = await server.ask(
        'mutation ($id: ID!) { settleIdentityCheck(id: $id) { status refusal { code } } }',
        { id },
      );
      const settled = answer.data?.['settleIdentityCheck'] as
        { status: string; refusal: { code: string } | null } | undefined;
      return settled?.refusal?.code ?? settled?.status ?? codeOf(answer);
    };
    const first = await settle();
    await wait(WAITED_MS);
    const told = [...check.matchAll(/`([A-Z_]+)`/g)].map(([, word]) => word);
    // "REFUSED with CODE" is one thing, "A, then B" two, and "at once" or "for ever" the same one twice.
    const expected = told[0] === 'REFUSED' ? [told[1], told[1]] : [told[0], told[1] ?? told[0]];
    expect([first, await settle()]).toEqual(expected);
  });
});

it('each account and exchange code is as the page says', async () => {
  const accounts = textOf('docs/sandbox.md')
    .split('\n')
    .filter((line) => /^\| `2088\d{12}`/.test(line))
    .map(cellsOf);
  expect(accounts).toHaveLength(8);
  for (const [userId = '', openId = '', check = ''] of accounts) {
    const ask = (identity: object) =>
      server.ask(
        'mutation ($input: CheckIdentityInput!) { checkIdentity(input: $input) { status refusal { code } } }',
        {
          input: { connKey: crypto.randomUUID(), onceToken: crypto.randomUUID(), identityType: '04', ...identity },
        },
      );
    const told = [...check.matchAll(/`([A-Z_]+)`/g)].map(([, word]) => word);
    for (const identity of [{ userId: userId.replaceAll('`', '') }, { openId: openId.replaceAll('`', '') }]) {
      const answer = await ask(identity);
      const found = answer.data?.['checkIdentity'] as { status: string; refusal: { code: string } | null } | undefined;
      expect([found?.status ?? codeOf(answer), found?.refusal?.code]).toEqual([
        told[0],
        told[0] === 'REFUSED' ? told[1] : undefined,
      ]);
    }
  }
  const codes = textOf('docs/sandbox.md')
    .split('\n')
    .filter((line) => /^\| `(9000\d+|WELCOME\d+)`/.test(line))
    .map(cellsOf);
  expect(codes).toHaveLength(4);
  for (const [code = '', says = ''] of codes) {
    const answer = await server.ask('query ($code: String!) { exchangeCode(code: $code) { redeemable } }', {
      code: code.replaceAll('`', ''),
    });
    const { redeemable } = (answer.data?.['exchangeCode'] ?? {}) as { redeemable?: boolean };
    expect(says.startsWith(`\`${codeOf(answer) ?? `redeemable: ${redeemable}`}\``)).toBe(true);
  }
});
