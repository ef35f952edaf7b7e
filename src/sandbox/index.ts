import { randomBytes } from 'node:crypto';
import { startCampusSandbox } from './campus.js';

export { INVENTED_PEOPLE } from './people.js';

export interface Sandbox {
  /** The settings, by environment name, that make the server use these vendors. Their secrets live as long as this process. */
  settings: Record<string, string>;
  /** Where each vendor's server listens. */
  urls: Record<string, string>;
  close(): Promise<void>;
}

/** The events that the sandbox's campus knows. */
const ACTIVITY_CODES = ['1', '2'];

const secret = () => randomBytes(24).toString('hex');

/** Starts every vendor's local server, each on a free loopback port, with credentials made for this run. */
export async function startSandbox(): Promise<Sandbox> {
  const app = { appKey: String(Math.floor(10_000_000 + Math.random() * 89_999_999)), appSecret: secret() };
  const activities = ACTIVITY_CODES.map((activityCode) => ({
    activityCode,
    sponsorCode: 'sandbox',
    accessKey: secret(),
  }));
  const campus = await startCampusSandbox({ ...app, activities, record: false });
  return {
    settings: {
      CAMPUS_BASE_URL: campus.url,
      CAMPUS_APP_KEY: app.appKey,
      CAMPUS_APP_SECRET: app.appSecret,
      CAMPUS_ACTIVITIES: JSON.stringify(activities),
    },
    urls: { campus: campus.url },
    close: () => campus.close(),
  };
}
