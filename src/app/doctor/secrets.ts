import { type Config } from '../../config/config.js';
import { type Finding, wrong } from './finding.js';

/** Whoever has one token can try keys as fast as a machine computes. */
const MIN_BITS_OFFLINE = 96;
/** Whoever guesses the router's secret has to ask this server each time. */
const MIN_BITS_ONLINE = 32;

/**
 * The secrets that somebody here made up, where they do not look made by chance. That one is good can be proved by
 * nobody, so there is a finding only where one is not.
 */
export function examineSecrets({ auth, routerSecret, dataKey }: Config): Finding[] {
  const secrets: [name: string, secret: string | undefined, minBits: number][] = [
    ['DATA_KEY', dataKey?.toString('latin1'), MIN_BITS_OFFLINE],
    ['AUTH_SECRET', auth && 'secret' in auth ? auth.secret : undefined, MIN_BITS_OFFLINE],
    ['ROUTER_SECRET', routerSecret, MIN_BITS_ONLINE],
  ];
  return secrets.flatMap(([name, secret, minBits]) =>
    secret !== undefined && bitsOf(secret) < minBits
      ? [wrong(name, 'looks as if it could be guessed', 'make one with: openssl rand -base64 32')]
      : [],
  );
}

/** Shannon's, over the characters, of the shortest piece that the text repeats: the most that chance can have put in. */
function bitsOf(text: string): number {
  const period = `${text}${text}`.indexOf(text, 1);
  const piece = Array.from(text.slice(0, period));
  const counts = new Map<string, number>();
  for (const character of piece) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / piece.length);
  return bits;
}
