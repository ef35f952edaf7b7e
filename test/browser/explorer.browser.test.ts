import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { type Page } from 'playwright-core';
import { barriersOn } from './barriers.js';
import { describeInBrowser, DESKTOP, keepScreenshot, PHONE, Stage } from './stage.js';

const LOOKS = [
  { name: 'desktop', viewport: DESKTOP, colorScheme: 'light' },
  { name: 'desktop-dark', viewport: DESKTOP, colorScheme: 'dark' },
  { name: 'phone', viewport: PHONE, colorScheme: 'light' },
] as const;

/** Each of the list, in its order. */
const OPERATIONS = [
  'The directory',
  'Whoever asks',
  'One person',
  'Register somebody',
  'Vouchers',
  "Everybody's vouchers",
  'Gift cards',
  'Exchange codes',
  'Start a check',
  'Settle a check',
  'Checks so far',
];

describeInBrowser('the explorer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-explorer-'));
  const stage = Stage.forSuite(() => ({ SANDBOX: 'true', DATABASE_URL: `file:${join(folder, 'sandbox.db')}` }));
  afterEach(() => stage.clear());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const open = (look = {}) => stage.page(stage.graphUrl, { locale: 'en-US', ...look });
  const choose = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
  const current = (page: Page) => page.locator('nav [aria-current=true]').allTextContents();
  const names = (page: Page) => page.locator('nav li button').allTextContents();
  const editor = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });

  /** What an editor shows, which of a long text is only what is in sight. */
  const shown = (page: Page, name: string) => editor(page, name).innerText();

  /** To what is run: the page itself asks for the schema, at a time of its own. */
  const nextAnswer = (page: Page) =>
    page.waitForResponse((response) => {
      const request = response.request();
      return request.method() === 'POST' && !request.postData()?.includes('__schema');
    });

  async function run(page: Page): Promise<Record<string, unknown>> {
    const answered = nextAnswer(page);
    await page.getByRole('button', { name: /^Run/ }).click();
    const body = (await (await answered).json()) as Record<string, unknown>;
    await page.locator('#outcome', { hasText: /^200 · \d+ ms/ }).waitFor();
    return body;
  }

  it('loads with no way out of its own server, breaks no policy of its own, and answers', async () => {
    const page = await open();
    const refused: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') refused.push(message.text());
    });
    await page.reload();
    expect(await names(page)).toEqual(OPERATIONS);
    expect(await current(page)).toEqual(['The directory']);
    expect(await run(page)).toMatchObject({ data: { directory: { totalCount: 12 } } });
    expect(await shown(page, 'Answer')).toContain('"totalCount": 12');
    await page.getByRole('button', { name: 'Schema' }).click();
    await page.getByRole('button', { name: 'GiftCard', exact: true }).waitFor();
    expect(refused).toEqual([]);
    expect(stage.complaints).toEqual([]);
  });

  it.each(OPERATIONS)('on a first visit the first click on "%s" lands there', async (name) => {
    const page = await open();
    await choose(page, name);
    // Whatever else loads must not take it back.
    await page.getByRole('button', { name: 'Schema' }).click();
    await page.getByRole('button', { name: 'GiftCard', exact: true }).waitFor();
    expect(await current(page)).toEqual([name]);
    expect(stage.complaints).toEqual([]);
  });

  it('after a reload shows the same list, the same operation, and what was changed of it', async () => {
    const page = await open();
    await choose(page, 'Gift cards');
    await editor(page, 'Operation').click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('# mine');
    await page.keyboard.press('Enter');
    await choose(page, '+ New operation');
    expect(await current(page)).toEqual(['Operation 1']);
    await choose(page, 'Gift cards');
    await page.reload();
    expect(await names(page)).toEqual([...OPERATIONS, 'Operation 1']);
    expect(await current(page)).toEqual(['Gift cards']);
    expect(await shown(page, 'Operation')).toMatch(/^# mine\nquery \(\$id: ID!\)/);
    await choose(page, 'Restore');
    expect(await shown(page, 'Operation')).toMatch(/^query \(\$id: ID!\)/);
    await choose(page, 'Operation 1');
    await choose(page, 'Delete');
    await page.reload();
    expect(await names(page)).toEqual(OPERATIONS);
    expect(await current(page)).toEqual(['The directory']);
  });

  it('runs as a person, whose token goes into the headers and whose id into the variables', async () => {
    const page = await open();
    await choose(page, 'Whoever asks');
    expect(await run(page)).toEqual({ data: { me: null } });
    await page.getByLabel('Ask as').selectOption('陈静');
    expect(await shown(page, 'Headers')).toContain('"authorization": "Bearer eyJ');
    const { data } = (await run(page)) as { data: { me: { id: string; name: string } } };
    expect(data.me.name).toBe('陈静');
    await choose(page, 'Vouchers');
    expect(await shown(page, 'Variables')).toContain(data.me.id);
    expect(await run(page)).toMatchObject({ data: { person: { voucher: { qrCode: expect.stringMatching(/^D/) } } } });
    await choose(page, 'The directory');
    expect(await run(page)).toMatchObject({
      data: { directory: null },
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
    await page.getByLabel('Ask as').selectOption({ label: 'Staff, with every scope' });
    expect(await run(page)).toMatchObject({ data: { directory: { totalCount: 12 } } });
  });

  it('signs the same one in after a reload, and keeps no token in the browser', async () => {
    const page = await open();
    await page.getByLabel('Ask as').selectOption('李四');
    await page.reload();
    expect(await page.getByLabel('Ask as').inputValue()).toBe('李四');
    expect(await shown(page, 'Headers')).toContain('"authorization": "Bearer eyJ');
    const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])');
    expect(kept).not.toContain('eyJ');
  });

  it('completes what is typed by the schema, marks what is wrong, and runs by keyboard', async () => {
    const page = await open();
    await choose(page, '+ New operation');
    await editor(page, 'Operation').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{ exchangeCo');
    await page.getByRole('option', { name: /^exchangeCodes/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{ me { shoeSize } }');
    await page.locator('.cm-lintRange-error').first().waitFor();
    const answered = nextAnswer(page);
    await page.keyboard.press('Control+Enter');
    expect((await answered).status()).toBe(400);
    expect(await page.locator('#outcome').textContent()).toMatch(/^400/);
  });

  it.each(LOOKS)('axe finds no barrier, and nothing is wider than the screen: $name', async ({ name, ...look }) => {
    const page = await open(look);
    await page.getByLabel('Ask as').selectOption('张三');
    await choose(page, 'Gift cards');
    await run(page);
    const found = await barriersOn(page);
    await keepScreenshot(page, `explorer-${name}`);
    await page.getByRole('button', { name: 'Schema' }).click();
    await page.getByRole('button', { name: 'Person', exact: true }).click();
    await page.getByRole('button', { name: '← Back' }).waitFor();
    found.push(...(await barriersOn(page)));
    await keepScreenshot(page, `explorer-${name}-schema`);
    expect(found).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  });
});
