const MOST_STARS = 3;

/** Made once: to make one costs more than to mask a hundred names. */
const segmenter = new Intl.Segmenter('zh');

/** Names of nothing but ASCII, Han characters and the dots between the parts of a name: each code unit is one character. */
const PLAIN = /^[\x20-\x7e·•‧\u3400-\u4dbf\u4e00-\u9fff]*$/;

/**
 * The first character of a name, then one star for each further one, three at most: 张三 → 张*, 欧阳娜娜 → 欧***.
 * A name of one character shows nothing of itself.
 */
export function maskName(name: string): string {
  if (PLAIN.test(name)) return masked(name.charAt(0), name.length);
  let first = '';
  let characters = 0;
  for (const { segment } of segmenter.segment(name)) {
    if (characters === 0) first = segment;
    characters += 1;
    if (characters > MOST_STARS) break;
  }
  return masked(first, characters);
}

function masked(first: string, characters: number): string {
  return characters <= 1 ? '*' : first + '*'.repeat(Math.min(characters - 1, MOST_STARS));
}

/** 18209099090 → 182****9090. Anything shorter than eleven characters shows nothing of itself. */
export function maskMobile(mobile: string): string {
  return mobile.length < 11 ? '****' : `${mobile.slice(0, 3)}****${mobile.slice(-4)}`;
}
