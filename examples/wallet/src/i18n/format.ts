import { type Language } from './language';

interface Amount {
  amount: string;
  currency: string;
}

/** Where the vendors' dates are meant: a card that is valid until the 31st ends there, wherever it is looked at. */
const VENDOR_ZONE = 'Asia/Shanghai';

const LOCALES: Record<Language, string> = { zh: 'zh-CN', en: 'en' };

function formatsFor(language: Language) {
  const locale = LOCALES[language];
  const time = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const date = new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: language === 'zh' ? '2-digit' : 'short',
    day: language === 'zh' ? '2-digit' : 'numeric',
    timeZone: VENDOR_ZONE,
  });
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  const either = new Intl.ListFormat(locale, { type: 'disjunction' });
  return {
    /** From the exact decimal text: no number in between that could round it. */
    money: ({ amount, currency }: Amount) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(
        amount as `${number}`,
      ),
    time: (value: string | number) => time.format(new Date(value)),
    moment: (value: string) => moment.format(new Date(value)),
    vendorDate: (value: string) => date.format(new Date(value)),
    list: (items: readonly string[]) => list.format(items),
    either: (items: readonly string[]) => either.format(items),
    /** `1:05`, or seconds alone below a minute. */
    duration: (seconds: number) => {
      if (seconds < 60) return language === 'zh' ? `${seconds} 秒` : `${seconds} s`;
      if (seconds >= 3600) {
        const hours = Math.ceil(seconds / 3600);
        return language === 'zh' ? `约 ${hours} 小时` : `about ${hours} h`;
      }
      return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    },
  };
}

export const FORMATS = { zh: formatsFor('zh'), en: formatsFor('en') };
