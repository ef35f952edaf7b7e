import { SharedReads } from '../transport/audience.js';
import { Deadline } from '../transport/deadline.js';
import { type LoadingConnection, type VendorDeps, vendorKey } from '../transport/vendor.js';
import { ZVCMS, ZvcmsClient } from './client.js';
import { decodeExchangeCode, exchangeCodeQuery } from './exchange-code.js';
import { giftCardDecoder, giftCardsQuery, type GiftCardRecord } from './gift-cards.js';
import { examineZvcms } from './probe.js';
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
        lists.load(`${includeRecycled} ${userId}`, deadline(), (shared) =>
          client.send(giftCardsQuery(userId, includeRecycled, settings), decodeCards, shared),
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
    examine: () => examineZvcms(client, settings),
    close: () => client.close(),
  };
}

/** What is asked about one user. */
interface CardList {
  /** Whether somebody wants the recycled ones as well. */
  recycled: boolean;
  cards: Promise<GiftCardRecord[]> | undefined;
}

/**
 * Each user's list once: where somebody wants the recycled cards as well, the others get that list without them, since
 * `needCycleCard` does nothing but add them (zvcms.md). Asked when all that is ready to run has said what it wants.
 */
function cardLists(
  ask: (userId: string, includeRecycled: boolean) => Promise<GiftCardRecord[]>,
): ZvcmsLoaders['giftCards'] {
  const lists = new Map<string, CardList>();
  return async (userId, includeRecycled) => {
    let list = lists.get(userId);
    // Too late for one that went out without them.
    if (!list || (includeRecycled && !list.recycled && list.cards)) {
      list = { recycled: includeRecycled, cards: undefined };
      lists.set(userId, list);
    }
    list.recycled ||= includeRecycled;
    await whatIsReady();
    const cards = await (list.cards ??= ask(userId, list.recycled));
    return list.recycled && !includeRecycled ? withoutRecycled(cards) : cards;
  };
}

/** As DataLoader has it: after all promises that are settled by now. */
const whatIsReady = () => new Promise<void>((resolve) => void Promise.resolve().then(() => process.nextTick(resolve)));

const withoutRecycled = (cards: GiftCardRecord[]): GiftCardRecord[] =>
  cards.filter(({ status }) => status !== 'RECYCLED');
