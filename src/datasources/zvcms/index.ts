import DataLoader from 'dataloader';
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

export type Zvcms = LoadingConnection<ZvcmsLoaders>;

export const zvcms = vendorKey<Zvcms>(ZVCMS);

/** The loaders reject with VendorErrors of vendor "zvcms". */
export function createZvcms(settings: ZvcmsSettings, deps: VendorDeps): Zvcms {
  const client = new ZvcmsClient(settings, deps);
  const tellAnomaly = (name: string) => client.transport.anomaly(name);

  return {
    loaders: (signal) => {
      const deadline = () => Deadline.after(settings.timeoutMs, signal);

      const cards = onceForEach(
        ({ userId, includeRecycled }: CardsKey) =>
          client.send(
            giftCardsQuery(userId, includeRecycled, settings),
            (data) => decodeGiftCards(data, settings, tellAnomaly),
            deadline(),
          ),
        ({ userId, includeRecycled }) => `${includeRecycled} ${userId}`,
      );
      const codes = onceForEach(
        async (code: string): Promise<ExchangeCodeRecord> => {
          const redeemable = await client.send(exchangeCodeQuery(code), decodeExchangeCode, deadline());
          return { redeemable, checkedAt: new Date() };
        },
        (code) => code,
      );
      return {
        giftCards: (userId, includeRecycled) => cards.load({ userId, includeRecycled }),
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
