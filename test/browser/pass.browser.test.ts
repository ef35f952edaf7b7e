import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Page } from 'playwright-core';
import { INVENTED_PEOPLE } from '../../src/sandbox/index.js';
import { scan } from './qr.js';
import { describeInBrowser, passSettled, Stage } from './stage.js';
import { type Closed, closedServer } from './vendors.js';

describeInBrowser('the pass', () => {
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
  beforeEach(() => vendors.campus.play(null));

  /** The person's own wallet, with the page's clock in the test's hand. */
  async function openPass(): Promise<Page> {
    const page = await stage.page();
    await page.clock.install();
    await signIn(page);
    await passSettled(page);
    return page;
  }

  async function signIn(page: Page) {
    await page.getByLabel('访问令牌').fill(await vendors.tokenOf(personId));
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.locator('#pass').waitFor();
  }

  const codeOn = async (page: Page) => (await page.locator('.ticket__text code').textContent()) ?? '';

  const anotherCode = (page: Page, before: string) =>
    page.locator('.ticket__text code').filter({ hasNotText: before }).waitFor();

  it('is a picture that a scanner reads as qrCode', async () => {
    const answers: string[] = [];
    const page = await stage.page();
    page.on('response', (response) => {
      if (response.request().postData()?.includes('query Voucher'))
        void response.text().then((text) => answers.push(text));
    });
    await signIn(page);
    await passSettled(page);
    const read = await scan(page, '.ticket__code');
    expect(read).toMatch(/^D[0-9a-f]{24}$/);
    expect(read).toBe(await codeOn(page));
    const told = JSON.parse(answers.at(-1) ?? '') as { data: { person: { voucher: { qrCode: string } } } };
    expect(read).toBe(told.data.person.voucher.qrCode);
  });

  it('counts down, and is renewed by hand', async () => {
    const page = await openPass();
    const first = await codeOn(page);
    await page.clock.runFor(30_000);
    await page.getByText('1:30 后自动更新').waitFor();
    await page.getByRole('button', { name: '换新码' }).click();
    await anotherCode(page, first);
    expect(await scan(page, '.ticket__code')).toBe(await codeOn(page));
    expect(await page.getByRole('status').textContent()).toMatch(/^通行码已更新，有效至 \d\d:\d\d:\d\d$/);
  });

  it('is renewed by itself before it expires', async () => {
    const page = await openPass();
    const first = await codeOn(page);
    await page.clock.runFor(105_000);
    expect(await codeOn(page)).toBe(first);
    await page.clock.runFor(6_000);
    await anotherCode(page, first);
  });

  it('is not renewed while nobody can see it, and at once when somebody can', async () => {
    const page = await openPass();
    const first = await codeOn(page);
    const show = (state: 'hidden' | 'visible') =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'visibilityState', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, state);
    await show('hidden');
    const asked = vendors.campus.calls;
    await page.clock.runFor(300_000);
    expect(vendors.campus.calls).toBe(asked);
    await page.getByRole('button', { name: /已过期/ }).waitFor();
    await show('visible');
    await page.clock.runFor(1_000);
    await anotherCode(page, first);
  });

  it('a static code does not expire', async () => {
    const page = await openPass();
    await page.getByLabel('固定码').check();
    await page.locator('#pass').getByText('长期有效').waitFor();
    expect(await scan(page, '.ticket__code')).toMatch(/^S/);
  });

  it('a failed renewal leaves the code at hand until it expires', async () => {
    const page = await openPass();
    const first = await codeOn(page);
    vendors.campus.play('isp-lasting');
    await page.getByRole('button', { name: '换新码' }).click();
    await page.locator('#pass .notice').waitFor();
    expect(await codeOn(page)).toBe(first);
    expect(await scan(page, '.ticket__code')).toBe(first);
    await page.clock.runFor(121_000);
    await page.getByRole('button', { name: /已过期/ }).waitFor();
    expect(await scan(page, '.ticket__code')).toBeNull();

    vendors.campus.play(null);
    await page.getByRole('button', { name: /已过期/ }).click();
    await anotherCode(page, first);
    expect(await page.locator('#pass .notice').count()).toBe(0);
  });

  it('after a ban it can be asked for again only when the vendor said so', async () => {
    const page = await stage.page();
    await page.clock.install();
    vendors.campus.play('banned');
    await signIn(page);
    const notice = page.locator('#pass .notice');
    await notice.waitFor();
    expect(await notice.getAttribute('data-code')).toBe('VENDOR_THROTTLED');
    const retry = notice.getByRole('button');
    expect(await retry.textContent()).toMatch(/约 1 小时 后可重试/);
    expect(await retry.getAttribute('aria-disabled')).toBe('true');
    await page.clock.fastForward(3_590_000);
    expect(await retry.textContent()).toMatch(/\d+ 秒 后可重试/);
    await page.clock.runFor(15_000);
    expect(await retry.textContent()).toBe('重试');
    expect(await retry.getAttribute('aria-disabled')).toBe('false');
    expect(await page.getByRole('status').textContent()).toBe('现在可以重试了');
  });
});
