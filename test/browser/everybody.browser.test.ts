import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { barriersOn } from './barriers.js';
import { cardsSettled, describeInBrowser, DESKTOP, keepScreenshot, passSettled, PHONE, Stage } from './stage.js';

/** One whose everything works, one in each status, one for whom most fails. */
const SHOWN = ['张三', '陈静', '赵限流', '郑无号'];

const LOOKS = [
  { name: 'phone-zh', viewport: PHONE, locale: 'zh-CN', colorScheme: 'light' },
  { name: 'desktop-zh', viewport: DESKTOP, locale: 'zh-CN', colorScheme: 'light' },
  { name: 'phone-en-dark', viewport: PHONE, locale: 'en-US', colorScheme: 'dark' },
  { name: 'desktop-en', viewport: DESKTOP, locale: 'en-US', colorScheme: 'light' },
] as const;

describeInBrowser('the wallet is for everybody', () => {
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

  it.each(LOOKS)('axe finds no barrier, and nothing is wider than the screen: $name', async ({ name, ...look }) => {
    const page = await stage.page('/', look);
    await page.locator('.tile').first().waitFor();
    const found = await barriersOn(page);
    await keepScreenshot(page, `${name}-picker`);
    for (const person of SHOWN) {
      await page.goto(new URL(`/?person=${ids.get(person) ?? ''}`, page.url()).href);
      await Promise.all([passSettled(page), cardsSettled(page)]);
      await page.locator('#codes textarea').fill('WELCOME2026 900000000000000000003');
      await page.locator('#codes button[type=submit]').click();
      await page.locator('#codes .notice').waitFor();
      await page.locator('#identity button[type=submit]').click();
      await page.locator('#identity .check, #identity .notice').first().waitFor();
      found.push(...(await barriersOn(page)));
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      await page.evaluate('scrollTo(0, 0)');
      await keepScreenshot(page, `${name}-${SHOWN.indexOf(person) + 1}`);
    }
    expect(found).toEqual([]);
    expect(stage.complaints).toEqual([]);
  });

  it('fits a screen of 360 pixels, the narrowest that is common', async () => {
    const page = await stage.page(`/?person=${ids.get('张三') ?? ''}`, { viewport: { width: 360, height: 740 } });
    await Promise.all([passSettled(page), cardsSettled(page)]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });

  it('can be used with the keyboard alone', async () => {
    const page = await stage.page();
    await page.locator('.tile').first().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.locator('.skip-link:focus').count()).toBe(1);
    await page.keyboard.press('Enter');
    await page.locator('main:focus').waitFor();
    for (let tabs = 0; tabs < 10 && (await page.locator('.tile:focus').count()) === 0; tabs += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('h1:focus').waitFor();
    expect(await page.locator('h1').textContent()).toBe('张* 的卡包');
    expect(await page.title()).toBe('张* 的卡包 · 卡券');
    await passSettled(page);

    await page.locator('#pass select').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await page.locator('#pass .ticket__text code').filter({ hasText: /^S/ }).waitFor();

    await page.goBack();
    await page.locator('.tile').first().waitFor();
    // The address before ended in #content, to which the browser itself may bring the focus.
    await page.locator('h1:focus, main:focus').waitFor();
  });

  it('speaks Chinese or English, as asked before, else as the browser does', async () => {
    const page = await stage.page('/', { locale: 'en-GB' });
    await page.getByRole('heading', { name: 'Whose wallet?' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('heading', { name: '打开谁的卡包？' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await page.reload();
    await page.getByRole('heading', { name: '打开谁的卡包？' }).waitFor();
  });
});
