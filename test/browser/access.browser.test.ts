import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type Page } from 'playwright-core';
import { INVENTED_PEOPLE } from '../../src/sandbox/index.js';
import { cardsSettled, describeInBrowser, passSettled, Stage } from './stage.js';
import { type Closed, closedServer } from './vendors.js';

describeInBrowser('signing in', () => {
  let vendors: Closed;
  let personId: string;
  const stage = Stage.forSuite(async () => {
    vendors = await closedServer();
    return vendors.settings;
  });

  beforeAll(async () => {
    const [first] = INVENTED_PEOPLE;
    const { data } = await stage.ask<{ registerPerson: { id: string } }>(
      'mutation ($input: PersonInput!) { registerPerson(input: $input) { id } }',
      { input: first },
      vendors.staffToken,
    );
    personId = data.registerPerson.id;
  });
  afterEach(() => stage.clear());
  afterAll(() => vendors.close());

  async function signIn(page: Page, token: string) {
    await page.getByLabel('访问令牌').fill(token);
    await page.getByRole('button', { name: '登录', exact: true }).click();
  }

  const codeOf = (page: Page, part: string) => page.locator(`${part} .notice`).first().getAttribute('data-code');

  it('is asked for where the directory is closed', async () => {
    const page = await stage.page();
    await page.locator('.directory .notice').waitFor();
    expect(await codeOf(page, '.directory')).toBe('UNAUTHENTICATED');
    expect(await page.locator('.tile').count()).toBe(0);
  });

  it('refuses a token that does not hold, and says so where the focus is', async () => {
    const page = await stage.page();
    await signIn(page, 'not-a-token');
    const failure = page.locator('#sign-in-failure');
    await failure.filter({ hasText: /./ }).waitFor();
    expect(await failure.textContent()).toMatch(/无效或已过期/);
    expect(await page.getByLabel('访问令牌').getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('#sign-in input:focus').count()).toBe(1);
  });

  it("opens the wallet of the token's person, with all that is theirs and nothing more", async () => {
    const page = await stage.page();
    await signIn(page, await vendors.tokenOf(personId));
    await Promise.all([passSettled(page), cardsSettled(page)]);
    expect(await page.locator('#pass img').isVisible()).toBe(true);
    expect(await page.locator('.balance__sum').textContent()).toBe('¥128.50');

    await page.locator('#codes textarea').fill('WELCOME2026');
    await page.getByRole('button', { name: '查询', exact: true }).click();
    await page.locator('#codes .notice').waitFor();
    expect(await codeOf(page, '#codes')).toBe('FORBIDDEN');
  });

  it('shows a vendor that is not configured as such, beside those that are', async () => {
    const page = await stage.page();
    await signIn(page, await vendors.tokenOf(personId));
    await page.getByRole('button', { name: '开始核验' }).click();
    await page.locator('#identity .notice').waitFor();
    expect(await codeOf(page, '#identity')).toBe('VENDOR_DISABLED');
    await passSettled(page);
    expect(await page.locator('#pass img').isVisible()).toBe(true);
  });

  it('with a token that is nobody’s own leads to the directory', async () => {
    const page = await stage.page();
    await signIn(page, vendors.staffToken);
    await page.locator('.tile').waitFor();
    expect(await page.locator('.sign-in').count()).toBe(0);
    await page.getByRole('button', { name: '退出登录' }).click();
    await page.locator('.directory .notice').waitFor();
    expect(await page.locator('.tile').count()).toBe(0);
  });

  it('lasts until the page is loaded anew: the token is kept nowhere', async () => {
    const page = await stage.page();
    const token = await vendors.tokenOf(personId);
    await signIn(page, token);
    await page.locator('.balance__sum').waitFor();
    const kept = await page.evaluate(
      'JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie])',
    );
    expect(kept).not.toContain(token.slice(-20));
    await page.reload();
    await page.locator('main .notice').first().waitFor();
    expect(await codeOf(page, 'main')).toBe('UNAUTHENTICATED');
    expect(await page.locator('.balance__sum').count()).toBe(0);
  });
});
