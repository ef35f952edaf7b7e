import {
  type GiftCardStatus,
  type IdentityCheckStatus,
  type IdentityQueryType,
  type QrCodeType,
} from '../../generated/graphql';
import { type LocalCode, type Vendor } from '../graph/problems';

interface ProblemText {
  title: (vendor: string) => string;
  hint: string;
}

/** Every sentence of the app. A language that leaves one out does not compile. */
export interface Words {
  htmlLang: string;
  brand: string;
  tagline: string;
  skipToContent: string;
  language: string;
  loading: string;
  details: string;
  close: string;
  newTab: string;
  picker: {
    title: string;
    lead: string;
    people: string;
    count: (count: number) => string;
    search: string;
    searchHint: string;
    nobody: string;
    more: string;
    noMobile: string;
    linked: Record<Vendor, string>;
    linkedLabel: string;
    open: (name: string) => string;
  };
  signIn: {
    title: string;
    lead: string;
    token: string;
    submit: string;
    busy: string;
    signOut: string;
    empty: string;
    refused: string;
    failed: string;
    noPerson: string;
    signedIn: string;
  };
  wallet: {
    title: (name: string) => string;
    back: string;
    notFound: string;
    sections: string;
    nav: Record<'pass' | 'cards' | 'codes' | 'identity', string>;
  };
  pass: {
    title: string;
    event: string;
    kind: string;
    kinds: Record<QrCodeType, string>;
    alt: (name: string, event: string) => string;
    codeText: string;
    renew: string;
    renewing: string;
    left: (time: string) => string;
    noExpiry: string;
    expired: string;
    expiredHint: string;
    renewed: (time: string) => string;
    stillGood: string;
    noCode: string;
    scan: string;
  };
  cards: {
    title: string;
    balance: string;
    balanceUnknown: string;
    balanceUnknownHint: string;
    none: string;
    noneHint: string;
    others: string;
    recycled: string;
    faceValue: string;
    cardBalance: string;
    unknownAmount: string;
    thirdParty: string;
    ending: (digits: string) => string;
    refresh: string;
    refreshed: string;
    status: Record<GiftCardStatus, string>;
    validity: {
      always: string;
      unknown: string;
      fromBinding: string;
      range: (from: string, to: string) => string;
      until: (to: string) => string;
      from: (from: string) => string;
    };
  };
  codes: {
    title: string;
    label: string;
    hint: string;
    check: string;
    checking: string;
    samples: string;
    empty: string;
    tooMany: string;
    results: string;
    redeemable: string;
    redeemableHint: string;
    notRedeemable: string;
    notRedeemableHint: string;
    unknown: string;
    clear: string;
    summary: (checked: number, good: number) => string;
    checkedAt: (time: string) => string;
  };
  identity: {
    title: string;
    lead: string;
    type: string;
    typeHint: string;
    match: string;
    matches: Record<IdentityQueryType, string>;
    start: string;
    starting: string;
    startAgain: string;
    steps: Record<'start' | 'confirm' | 'verdict', string>;
    stepDone: string;
    stepNow: string;
    confirmHint: string;
    asked: (times: number) => string;
    nextIn: (time: string) => string;
    asking: string;
    paused: string;
    askNow: string;
    history: string;
    historyNone: string;
    more: string;
    continue: string;
    startedAt: (time: string) => string;
    settledAt: (time: string) => string;
    resultPage: string;
    merchantId: string;
    status: Record<IdentityCheckStatus, string>;
    statusHint: Record<IdentityCheckStatus, string>;
    /** By the vendor's code; the graph's own English sentence stands in for any other. */
    refusals: Partial<Record<string, string>>;
  };
  problem: {
    vendors: Record<Vendor, string>;
    retry: string;
    retrying: string;
    retryIn: (time: string) => string;
    retryReady: string;
    signIn: string;
    code: string;
    vendorCode: string;
    requestId: string;
    missing: (fields: string) => string;
    fields: Partial<Record<string, string>>;
    anyOf: string;
    unknownVendor: string;
    texts: Record<LocalCode, ProblemText>;
    /** What a vendor's own code means, where that says more than the graph's code. */
    vendorTexts: Partial<Record<string, string>>;
  };
}
