import { randomBytes, randomInt } from 'node:crypto';
import { SignJWT } from 'jose';

const READER = 'person:read directory:read voucher:read giftcard:read exchange:read';
const USERS = 40;

/** Made for one run and gone with it. */
export interface RunSecrets {
  authSecret: string;
  dataKey: string;
  routerSecret: string;
  /** Registers the people. */
  writerToken: string;
  /** Of so many users with the scopes that the workloads need, asked with in turn. */
  tokens: string[];
  /** The vendors' credentials, by the settings' names; the contenders all get the same. */
  vendors: Record<string, string>;
}

export async function makeSecrets(): Promise<RunSecrets> {
  const secret = () => randomBytes(24).toString('hex');
  const authSecret = secret();
  const sign = (scope: string, subject: string) =>
    new SignJWT({ scope })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(subject)
      .setExpirationTime('1d')
      .sign(new TextEncoder().encode(authSecret));
  return {
    authSecret,
    dataKey: randomBytes(32).toString('base64'),
    routerSecret: secret(),
    writerToken: await sign('person:write person:read', 'bench-writer'),
    tokens: await Promise.all(Array.from({ length: USERS }, (_, user) => sign(READER, `bench-reader-${user}`))),
    vendors: {
      CAMPUS_APP_KEY: String(randomInt(10_000_000, 99_999_999)),
      CAMPUS_APP_SECRET: secret(),
      CAMPUS_ACTIVITIES: JSON.stringify([{ activityCode: '1', sponsorCode: 'bench', accessKey: secret() }]),
      ZVCMS_OPEN_ID: secret(),
      ZVCMS_GRANT_CODE: secret().slice(0, 10),
      ZVCMS_OPEN_KEY: secret(),
    },
  };
}
