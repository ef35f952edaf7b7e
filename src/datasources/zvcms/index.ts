import DataLoader from 'dataloader';
import { SharedReads } from '../transport/audience.js';
import { Deadline } from '../transport/deadline.js';
import { type LoadingConnection, type VendorDeps, vendorKey } from '../transport/vendor.js';
import { ZVCMS, ZvcmsClient } from './client.js';
import { decodeExchangeCode, exchangeCodeQuery } from './exchange-code.js';
import { giftCardDecoder, giftCardsQuery, type GiftCardRecord } from './gift-cards.js';
import { type ZvcmsSettings } from './settings.js';

export { normaliseExchangeCode } from './exchange-code.js';
export { type GiftCardRecord } from './gift-cards.js';
export { type ZvcmsSettings } from './settings.js';

export interface ExchangeCodeRecord {
  redeemable: boolean;
  /** When the answer arrived, by this machine's clock. */
  checkedAt: Date;
}

/** For one request of the graph: the same question is asked once, and its answer forgotten with the request. */
export interface ZvcmsLoaders {
  giftCards: (userId: string, includeRecycled: boolean) => Promise<GiftCardRecord[]>;
  /** `code` as `normaliseExchangeCode` gave it. */
  exchangeCode: (code: string) => Promise<ExchangeCodeRecord>;
}

/** A list that is younger than this part of the time-out is joined by whoever asks for the same. */
const JOIN_SHARE = 4;

export type Zvcms = LoadingConnection<ZvcmsLoaders>;

export const zvcms = vendorKey<Zvcms>(ZVCMS);

/** The loaders reject with VendorErrors of vendor "zvcms". */
export function createZvcms(settings: ZvcmsSettings, deps: VendorDeps): Zvcms {
  const client = new ZvcmsClient(settings, deps);
  const decodeCards = giftCardDecoder(settings, (name) => client.transport.anomaly(name));
  const decodeCode = (data: unknown): ExchangeCodeRecord => ({
    redeemable: decodeExchangeCode(data),
    checkedAt: new Date(),
  });
  const lists = new SharedReads<GiftCardRecord[]>(ZVCMS, settings.timeoutMs / JOIN_SHARE, () =>
    deps.telemetry.coalesced(ZVCMS),
  );

  return {
    loaders: (departure, observer) => {
      const deadline = Deadline.source(settings.timeoutMs, departure, observer);

      const giftCards = cardLists((userId, includeRecycled) =>
        lists.load(`${includeRecycled} ${userId}`, deadline(), (nobodyWaits, audience) =>
          client.send(
            giftCardsQuery(userId, includeRecycled, settings),
            decodeCards,
            Deadline.after(settings.timeoutMs, nobodyWaits, audience),
          ),
        ),
      );
      // The vendor has no batch endpoint; asking the same question once is all there is to save.
      const codes = new Map<string, Promise<ExchangeCodeRecord>>();
      const exchangeCode = (code: string) => {
        let answer = codes.get(code);
        if (!answer) {
          answer = client.send(exchangeCodeQuery(code), decodeCode, deadline());
          codes.set(code, answer);
        }
        return answer;
      };
      return { giftCards, exchangeCode };
    },
    close: () => client.close(),
  };
}

interface CardsKey {
  userId: string;
  includeRecycled: boolean;
}

/**
 * Each user's list once: where somebody wants the recycled cards as well, the others get that list without them, since
 * `needCycleCard` does nothing but add them (zvcms.md). DataLoader waits until all fields of a turn have said what they
 * want. Its answers hold the promise of a list rather than the list, or every key would wait for the slowest.
 */
function cardLists(
  ask: (userId: string, includeRecycled: boolean) => Promise<GiftCardRecord[]>,
): ZvcmsLoaders['giftCards'] {
  const withRecycled = new Map<string, Promise<GiftCardRecord[]>>();
  const lists = new DataLoader<CardsKey, { cards: Promise<GiftCardRecord[]> }, string>(
    (keys) => {
      for (const { userId, includeRecycled } of keys) {
        if (includeRecycled) withRecycled.set(userId, ask(userId, true));
      }
      const answers = keys.map(({ userId, includeRecycled }) => {
        const all = withRecycled.get(userId);
        if (!all) return { cards: ask(userId, false) };
        return { cards: includeRecycled ? all : all.then(withoutRecycled) };
      });
      return Promise.resolve(answers);
    },
    { cacheKeyFn: ({ userId, includeRecycled }) => `${includeRecycled} ${userId}` },
  );
  return async (userId, includeRecycled) => (await lists.load({ userId, includeRecycled })).cards;
}

const withoutRecycled = (cards: GiftCardRecord[]): GiftCardRecord[] =>
  cards.filter(({ status }) => status !== 'RECYCLED');
