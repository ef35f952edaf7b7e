import DataLoader from 'dataloader';
import { SharedReads } from '../transport/audience.js';
import { Deadline } from '../transport/deadline.js';
import { type LoadingConnection, type VendorDeps, vendorKey } from '../transport/vendor.js';
import { ZVCMS, ZvcmsClient } from './client.js';
import { decodeExchangeCode, exchangeCodeQuery } from './exchange-code.js';
import { decodeGiftCards, giftCardsQuery, type GiftCardRecord } from './gift-cards.js';
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
  const tellAnomaly = (name: string) => client.transport.anomaly(name);
  const lists = new SharedReads<GiftCardRecord[]>(ZVCMS, settings.timeoutMs / JOIN_SHARE);

  return {
    loaders: (departure) => {
      const deadline = Deadline.source(settings.timeoutMs, departure);

      const giftCards = cardLists((userId, includeRecycled) =>
        lists.load(`${includeRecycled} ${userId}`, deadline(), (nobodyWaits) =>
          client.send(
            giftCardsQuery(userId, includeRecycled, settings),
            (data) => decodeGiftCards(data, settings, tellAnomaly),
            Deadline.after(settings.timeoutMs, nobodyWaits),
          ),
        ),
      );
      const codes = onceForEach(
        async (code: string): Promise<ExchangeCodeRecord> => {
          const redeemable = await client.send(exchangeCodeQuery(code), decodeExchangeCode, deadline());
          return { redeemable, checkedAt: new Date() };
        },
        (code) => code,
      );
      return {
        giftCards,
        exchangeCode: (code) => codes.load(code),
      };
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

/**
 * The vendor has no batch endpoint: DataLoader is here for asking the same question once. Hence batches of one: in a
 * larger one every key would wait for the slowest, also those that are refused at once. A failure is returned rather than
 * thrown, so that it is remembered like an answer.
 */
function onceForEach<Key, Answer>(
  ask: (key: Key) => Promise<Answer>,
  cacheKeyFn: (key: Key) => string,
): DataLoader<Key, Answer, string> {
  return new DataLoader<Key, Answer, string>((keys) => Promise.all(keys.map((key) => ask(key).catch(asError))), {
    batch: false,
    cacheKeyFn,
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('zvcms failed', { cause: error });
}
