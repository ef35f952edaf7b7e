import { type GiftCardFragment } from '../../generated/graphql';
import { useFormat, useWords } from '../i18n/language';

/** When a card can be used, in one phrase. */
export function useValidity({ validity, validityText, beginsAt, endsAt }: GiftCardFragment): string {
  const words = useWords().cards.validity;
  const { vendorDate } = useFormat();
  const from = beginsAt ? vendorDate(beginsAt) : null;
  const to = endsAt ? vendorDate(endsAt) : null;
  switch (validity) {
    case 'LONG_TERM':
      return words.always;
    case 'FROM_BINDING':
      return to === null ? words.fromBinding : words.until(to);
    case 'FIXED_DATES':
      if (from !== null && to !== null) return words.range(from, to);
      if (to !== null) return words.until(to);
      return from === null ? (validityText ?? words.unknown) : words.from(from);
    case 'UNKNOWN':
      return validityText ?? words.unknown;
  }
}
