import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { INVENTED_PEOPLE, SANDBOX_CODES } from '../../src/sandbox/index.js';
import { cardsSettled, describeInBrowser, passSettled, Stage } from './stage.js';

interface Told {
  person: {
    voucher: { qrCode: string } | null;
    giftCards: { id: string; status: string; balance: { amount: string } | null }[] | null;
    giftCardBalance: { amount: string } | null;
  };
}

const TELL = `query ($id: ID!) {
  person(id: $id) {
    voucher(activityCode: "1") { qrCode }
    giftCards { id status balance { amount } }
    giftCardBalance { amount }
  }
}`;

/** What becomes of a check that the person starts, in the order in which the page shows it. */
const CHECKS: Record<string, string[]> = {
  张三: ['WAITING', 'TRUSTED'],
  李四: ['WAITING', 'NOT_TRUSTED'],
  王小明: ['WAITING'],
  欧阳娜娜: ['REFUSED'],
  陈静: ['TRUSTED'],
};

describeInBrowser('the people of the sandbox', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-browser-'));
  const stage = Stage.forSuite(() => ({ SANDBOX: 'true', DATABASE_URL: `file:${join(folder, 'sandbox.db')}` }));
  const ids = new Map<string, string>();

  beforeAll(async () => {
    const { data } = await stage.ask<{ directory: { edges: { node: { id: string; name: string } }[] } }>(
      '{ directory(first: 50) { edges { node { id name } } } }',
    );
    for (const { node } of data.directory.edges) ids.set(node.name, node.id);
  });
  afterEach(() => stage.clear());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const idOf = (name: string) => ids.get(name) ?? '';

  it('are all in the picker, by their masked names', async () => {
    expect(ids.size).toBe(12);
    const { data } = await stage.ask<{ directory: { edges: { node: { maskedName: string } }[] } }>(
      '{ directory(first: 50) { edges { node { maskedName } } } }',
    );
    const page = await stage.page();
    await page.locator('.tile').first().waitFor();
    expect(await page.locator('.tile__name').allTextContents()).toEqual(
      data.directory.edges.map(({ node }) => node.maskedName),
    );
  });

  it.each(INVENTED_PEOPLE.map(({ name }) => name))('%s is shown what the graph tells', async (name) => {
    const { data, errors = [] } = await stage.ask<Told>(TELL, { id: idOf(name) });
    const failureOf = (field: string) => errors.find(({ path }) => path[1] === field)?.extensions;

    const page = await stage.page(`/?person=${idOf(name)}`);
    await Promise.all([passSettled(page), cardsSettled(page)]);

    const codesShown = (part: string) =>
      page.locator(`${part} .notice`).evaluateAll((notices) => notices.map((one) => one.getAttribute('data-code')));
    const told = (field: string) => [failureOf(field)?.code].filter((code) => code !== undefined);

    expect(await codesShown('#pass')).toEqual(told('voucher'));
    expect(await page.locator('#pass img').count()).toBe(data.person.voucher ? 1 : 0);

    expect(await codesShown('#cards')).toEqual(told('giftCards'));
    const cards = await page
      .locator('[data-card]')
      .evaluateAll((elements) =>
        elements.map((one) => [one.getAttribute('data-card'), one.getAttribute('data-status')].join(' ')),
      );
    expect(cards.sort()).toEqual((data.person.giftCards ?? []).map(({ id, status }) => `${id} ${status}`).sort());
    for (const { id, balance } of data.person.giftCards ?? []) {
      const shown = (await page.locator(`[data-card="${id}"]`).textContent()) ?? '';
      expect(shown.replaceAll(',', '')).toContain(balance ? `¥${balance.amount}` : '读不出');
    }
    const sum = page.locator('.balance__sum');
    if (data.person.giftCardBalance) {
      expect((await sum.textContent())?.replaceAll(',', '')).toBe(`¥${data.person.giftCardBalance.amount}`);
    } else {
      expect(await sum.count()).toBe(0);
    }
    // Whatever failed, the parts that do not depend on it are there.
    expect(await page.locator('#codes textarea').isVisible()).toBe(true);
    expect(await page.locator('#identity form').isVisible()).toBe(true);
    expect(stage.complaints).toEqual([]);
  });

  it('says in words what a person lacks', async () => {
    const page = await stage.page(`/?person=${idOf('郑无号')}`, { locale: 'en-US' });
    await Promise.all([passSettled(page), cardsSettled(page)]);
    expect(await page.locator('#pass .notice').textContent()).toContain('Missing: mobile number');
    expect(await page.locator('#cards .notice').textContent()).toContain('Missing: gift card membership');
  });

  it.each(Object.entries(CHECKS))('a check of %s goes through %j', async (name, statuses) => {
    const page = await stage.page(`/?person=${idOf(name)}`);
    await page.getByRole('button', { name: '开始核验' }).click();
    for (const status of statuses) {
      const check = page.locator(`.check[data-status="${status}"]`);
      await check.waitFor({ timeout: 20_000 });
    }
    if (statuses.at(-1) === 'WAITING') {
      await page.getByText(/已询问 [3-9] 次/).waitFor({ timeout: 20_000 });
      expect(await page.locator('.verdict').count()).toBe(0);
    }
  });

  it('a check whose answer is lost on its way says so, and is lost when it is asked for again', async () => {
    const page = await stage.page(`/?person=${idOf('Ann Smith')}`);
    await page.getByRole('button', { name: '开始核验' }).click();
    const notice = page.locator('#identity .notice');
    await notice.waitFor();
    expect(await notice.getAttribute('data-code')).toBe('VENDOR_UNAVAILABLE');
    await notice.getByRole('button', { name: '重试' }).click();
    await page.locator('.check[data-status="LOST"]').waitFor();
  });

  it('a check cannot be started of a person without an account', async () => {
    const page = await stage.page(`/?person=${idOf('赵限流')}`);
    await page.getByRole('button', { name: '开始核验' }).click();
    const notice = page.locator('#identity .notice');
    await notice.waitFor();
    expect(await notice.getAttribute('data-code')).toBe('PERSON_INCOMPLETE');
  });

  it('a check that was left open is taken up again from the records', async () => {
    const page = await stage.page(`/?person=${idOf('王小明')}`);
    await page.getByRole('button', { name: '继续核验' }).first().click();
    await page.locator('.check[data-status="WAITING"]').waitFor();
  });

  it('older checks are fetched page by page, to the end', async () => {
    const personId = idOf('陈静');
    const start = 'mutation ($input: StartIdentityCheckInput!) { startIdentityCheck(input: $input) { check { id } } }';
    for (let at = 0; at < 12; at += 1) await stage.ask(start, { input: { personId, identityType: '04' } });
    const page = await stage.page(`/?person=${personId}`);
    const rows = page.locator('.history__row');
    const more = page.getByRole('button', { name: '更早的记录' });
    await rows.first().waitFor();
    expect(await rows.count()).toBe(5);
    await more.click();
    await rows.nth(9).waitFor();
    await more.click();
    await rows.nth(11).waitFor();
    await more.waitFor({ state: 'detached' });
    // The one that was settled above, if it was, is the oldest.
    expect([12, 13]).toContain(await rows.count());
  });

  it('exchange codes are each shown with their own outcome', async () => {
    const page = await stage.page(`/?person=${idOf('张三')}`);
    const { redeemable, redeemed, universal, refused } = SANDBOX_CODES;
    await page.locator('#codes textarea').fill([redeemable, redeemed, universal, refused].join('，'));
    await page.getByRole('button', { name: '查询', exact: true }).click();
    const stateOf = async (code: string) => {
      const result = page.locator(`[data-exchange-code="${code}"]:not([data-state="checking"])`);
      await result.waitFor();
      return result.getAttribute('data-state');
    };
    expect(await stateOf(redeemable)).toBe('redeemable');
    expect(await stateOf(redeemed)).toBe('not-redeemable');
    expect(await stateOf(universal)).toBe('redeemable');
    expect(await stateOf(refused)).toBe('failed');
    expect(await page.locator(`[data-exchange-code="${refused}"] .notice`).getAttribute('data-code')).toBe(
      'VENDOR_REJECTED',
    );
  });

  it('a part that the server cannot be asked for leaves the others', async () => {
    const page = await stage.page();
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('query GiftCards') ? route.abort() : route.continue(),
    );
    await page.locator('.tile').first().click();
    await Promise.all([passSettled(page), cardsSettled(page)]);
    expect(await page.locator('#cards .notice').getAttribute('data-code')).toBe('OFFLINE');
    expect(await page.locator('#pass img').isVisible()).toBe(true);

    await page.unroute('**/graphql');
    await page.locator('#cards').getByRole('button', { name: '重试' }).press('Enter');
    await page.locator('#cards .balance__sum').waitFor();
    // The button that was pressed is gone; the keyboard goes on from the heading of the part.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('cards-heading');
  });
});
