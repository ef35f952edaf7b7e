import jsqr from 'jsqr';
import { type Page } from 'playwright-core';
import { PNG } from 'pngjs';

/** What a scanner reads from the part of the page, as it is drawn on the screen; null where it reads nothing. */
export async function scan(page: Page, selector: string): Promise<string | null> {
  const { data, width, height } = PNG.sync.read(await page.locator(selector).screenshot());
  return jsqr.default(new Uint8ClampedArray(data), width, height)?.data ?? null;
}
