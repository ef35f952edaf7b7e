import { afterEach, describe, expect, it } from '@jest/globals';
import { VendorError } from '../../src/datasources/transport/errors.js';
import { SANDBOX_ALIPAY_ACCOUNTS } from '../../src/sandbox/zhima-tokens.js';
import { ZVCMS_CODES, ZVCMS_USERS } from '../../src/sandbox/zvcms.js';
import { isRefusalCode } from '../../src/datasources/zhima/index.js';
import { startCampus, voucherOf } from '../campus/setup.js';
import { newQuestion, startZhima } from '../scenes/zhima.js';
import { startZvcms } from '../zvcms/start.js';
import { follows, isLie, mayRefuse, SCENES } from './expected.js';

const TIMEOUT_MS = 300;

const closing: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

/*
 * Chaos takes what it does not expect for a broken promise. Each scene by itself: whatever a question comes to in it has to
 * be expected, or a run is red by its draw.
 */
describe('what chaos expects has each answer of each scene', () => {
  /** What a promise came to: its value, or the error if that is unforeseen; undefined for one that was foreseen. */
  const outcomeOf = (asked: Promise<unknown>, trouble: string) =>
    asked.catch((error: unknown) => {
      if (!(error instanceof VendorError)) throw error;
      const { vendor, kind, retryable } = error;
      const code = `VENDOR_${kind.toUpperCase()}`;
      return follows({ code, vendor, retryable }, [trouble]) ? undefined : `${code} of ${vendor}`;
    });

  it.each(SCENES['campus'] ?? [])('campus: %s', async (scene) => {
    const trouble = `campus:${scene}`;
    for (const people of [[1], [1, 2, 3]]) {
      const { campus, server, close } = await startCampus({ timeoutMs: TIMEOUT_MS });
      closing.push(close);
      const askAll = () => {
        const { voucher } = campus.loaders();
        return people.map(async (n) => (await voucher(voucherOf(n, { qrCodeType: 'STATIC' }))).qrCode);
      };
      const truth = await Promise.all(askAll());
      server.play(scene as Parameters<typeof server.play>[0]);
      for (const [at, asked] of askAll().entries()) {
        const told = await outcomeOf(asked, trouble);
        if (told !== undefined && !isLie(told, [trouble])) expect(told).toBe(truth[at]);
      }
    }
  });

  it.each(SCENES['zvcms'] ?? [])('zvcms: %s', async (scene) => {
    const trouble = `zvcms:${scene}`;
    const { zvcms, server, close } = await startZvcms({ timeoutMs: TIMEOUT_MS });
    closing.push(close);
    const questions = [
      async () => {
        const cards = await zvcms.loaders().giftCards(ZVCMS_USERS.severalCards, false);
        return JSON.stringify(cards.map(({ id }) => id));
      },
      ...[ZVCMS_CODES.redeemable, ZVCMS_CODES.redeemed].map((code) => async () => {
        const { redeemable } = await zvcms.loaders().exchangeCode(code);
        return redeemable;
      }),
    ];
    for (const ask of questions) {
      server.play(null);
      const truth = await ask();
      server.play(scene as Parameters<typeof server.play>[0]);
      const told = await outcomeOf(ask(), trouble);
      if (told !== undefined && !isLie(told, [trouble])) expect(told).toBe(truth);
    }
  });

  it.each(SCENES['zhima'] ?? [])('zhima: %s', async (scene) => {
    const trouble = `zhima:${scene}`;
    const { ask, server, close } = await startZhima({}, { timeoutMs: TIMEOUT_MS });
    closing.push(close);
    for (const [userId, { outcome }] of Object.entries(SANDBOX_ALIPAY_ACCOUNTS)) {
      if (outcome === 'LOST' || outcome === 'NEVER') continue;
      server.play(scene as Parameters<typeof server.play>[0]);
      const asked = ask(newQuestion({ subject: { userId } })).then(
        ({ verdict }) => (verdict === 'WAITING' ? undefined : verdict),
        (error: unknown) => {
          // What ends a check is a verdict, and no error to whoever asks.
          const ends = error instanceof VendorError && error.kind === 'rejected' && isRefusalCode(error.vendorCode);
          if (ends && (typeof outcome === 'object' || mayRefuse([trouble]))) return undefined;
          throw ends ? new Error(`REFUSED with ${error.vendorCode}`) : error;
        },
      );
      const told = await outcomeOf(asked, trouble);
      if (told !== undefined) expect(told).toBe(outcome === 'FAILED' ? 'NOT_TRUSTED' : 'TRUSTED');
    }
  });
});
