import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { startSubgraph } from '../../scripts/federation.js';
import { type ServerProcess } from '../../scripts/server-process.js';
import { BUILT_WALLET, previewWallet } from '../../scripts/wallet-app.js';
import { COMPILED_SERVER } from '../compile-server.js';
import { CHROMIUM, CHROMIUM_ARGUMENTS, NO_CHROMIUM } from './chromium.js';

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 900 };

const SCREENSHOTS = 'test/browser/screenshots';

export type Settings = Readonly<Record<string, string | undefined>>;

/** A suite that needs a browser: skipped, and loudly so, where there is none. */
export function describeInBrowser(name: string, body: () => void): void {
  if (CHROMIUM === undefined) console.warn(NO_CHROMIUM);
  (CHROMIUM === undefined ? describe.skip : describe)(name, body);
}

/** The server in a process of its own, the built wallet in front of it, and a browser. */
export class Stage {
  private server: ServerProcess | undefined;
  private app: ServerProcess | undefined;
  private browser: Browser | undefined;
  private readonly pages: Page[] = [];

  /** What pages complained of; a test that expects nothing of it asks. */
  readonly complaints: string[] = [];

  get graphUrl(): string {
    return this.server?.url ?? '';
  }

  /** Starts all three before the suite's tests and ends them after. The settings are asked for only then. */
  static forSuite(settings: () => Settings | Promise<Settings>): Stage {
    const stage = new Stage();
    beforeAll(async () => {
      stage.server = await startSubgraph('all', await settings(), ['--no-warnings', COMPILED_SERVER]);
      stage.app = await previewWallet(stage.server.url, BUILT_WALLET);
      stage.browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: CHROMIUM_ARGUMENTS });
    });
    afterAll(async () => {
      await stage.browser?.close();
      await stage.app?.close();
      await stage.server?.close();
    });
    return stage;
  }

  /**
   * A page of its own, with nothing of another's storage, and no way out to any other host.
   * @param address of the wallet, or a whole URL
   */
  async page(address = '/', options: BrowserContextOptions = {}): Promise<Page> {
    if (!this.browser || !this.app) throw new Error('The stage has not been set');
    const url = new URL(address, this.app.url);
    const context = await this.browser.newContext({
      viewport: DESKTOP,
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      // Where a test looks, things have come to rest.
      reducedMotion: 'reduce',
      ...options,
    });
    await context.route(
      ({ origin, protocol }) => origin !== url.origin && protocol !== 'data:',
      (route) => route.abort(),
    );
    const page = await context.newPage();
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    this.pages.push(page);
    await page.goto(url.href);
    return page;
  }

  /** Closes what a test opened. */
  async clear(): Promise<void> {
    for (const page of this.pages.splice(0)) await page.context().close();
    this.complaints.length = 0;
  }

  /** What the graph says to somebody who asks it directly. */
  async ask<Data>(query: string, variables: Record<string, unknown> = {}, token?: string): Promise<Answer<Data>> {
    const response = await fetch(this.graphUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer<Data>;
  }
}

export interface Answer<Data> {
  data: Data;
  errors?: { message: string; path: (string | number)[]; extensions: { code: string; missing?: string[] } }[];
}

/** The pass, once it is there: a code or what went wrong. */
export const passSettled = (page: Page) => page.locator('#pass .ticket__text, #pass .notice').first().waitFor();

/** Likewise the gift cards. */
export const cardsSettled = (page: Page) => page.locator('#cards .balance, #cards .notice').first().waitFor();

/** Keeps a picture of the page; the folder is not committed. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
