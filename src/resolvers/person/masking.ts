const MOST_STARS = 3;

/**
 * The first character of a name, then one star for each further one, three at most: 张三 → 张*, 欧阳娜娜 → 欧***.
 * A name of one character shows nothing of itself.
 */
export function maskName(name: string): string {
  const [first = '', ...rest] = Array.from(new Intl.Segmenter('zh').segment(name), ({ segment }) => segment);
  return rest.length === 0 ? '*' : first + '*'.repeat(Math.min(rest.length, MOST_STARS));
}

/** 18209099090 → 182****9090. Anything shorter than eleven characters shows nothing of itself. */
export function maskMobile(mobile: string): string {
  return mobile.length < 11 ? '****' : `${mobile.slice(0, 3)}****${mobile.slice(-4)}`;
}
