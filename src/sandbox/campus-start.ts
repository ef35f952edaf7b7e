import { randomInt } from 'node:crypto';
import { CAMPUS_SCENES, startCampusSandbox } from './campus.js';
import { secret, started, type StartedVendor } from './start.js';

/** The events that the sandbox's campus knows. */
const ACTIVITY_CODES = ['1', '2'];

export async function startCampus(): Promise<StartedVendor> {
  const app = { appKey: String(randomInt(10_000_000, 99_999_999)), appSecret: secret() };
  const activities = ACTIVITY_CODES.map((activityCode) => ({
    activityCode,
    sponsorCode: 'sandbox',
    accessKey: secret(),
  }));
  const server = await startCampusSandbox({ ...app, activities, record: false });
  return started(server, CAMPUS_SCENES, {
    CAMPUS_BASE_URL: server.url,
    CAMPUS_APP_KEY: app.appKey,
    CAMPUS_APP_SECRET: app.appSecret,
    CAMPUS_ACTIVITIES: JSON.stringify(activities),
  });
}
