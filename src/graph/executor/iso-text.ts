const DAY_MS = 86_400_000;
const MAX_DAYS = 1_000;
/** `2026-11-24T` by the number of the day since 1970. */
const days = new Map<number, string>();
const TWO = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/** What `toISOString` gives. The day is found again rather than worked out: worth 5 % of a wallet, which has nine times. */
export function isoText(date: Date): string {
  const ms = date.getTime();
  const number = Math.floor(ms / DAY_MS);
  let day = days.get(number);
  if (day === undefined) {
    day = date.toISOString().slice(0, -13);
    if (days.size >= MAX_DAYS) days.clear();
    days.set(number, day);
  }
  const rest = ms - number * DAY_MS;
  const seconds = Math.floor(rest / 1000);
  const millis = rest % 1000;
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${day}${TWO[h]}:${TWO[m]}:${TWO[s]}.${Math.floor(millis / 100)}${TWO[millis % 100]}Z`;
}
