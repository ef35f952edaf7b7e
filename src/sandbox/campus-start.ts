import { randomInt } from 'node:crypto';
import { CAMPUS_SCENES, startCampusSandbox } from './campus.js';
import { type SandboxOptions } from './server.js';
import { secret, type StartedVendor } from './start.js';

/** The events that the sandbox's campus knows. */
export const ACTIVITY_CODES = ['1', '2'];

export async function startCampus(options: SandboxOptions): Promise<StartedVendor> {
  const app = { appKey: String(randomInt(10_000_000, 99_999_999)), appSecret: secret() };
  const activities = ACTIVITY_CODES.map((activityCode) => ({
    activityCode,
    sponsorCode: 'sandbox',
    accessKey: secret(),
  }));
  const server = await startCampusSandbox({ ...app, activities, ...options });
  const settings = {
    CAMPUS_BASE_URL: server.url,
    CAMPUS_APP_KEY: app.appKey,
    CAMPUS_APP_SECRET: app.appSecret,
    CAMPUS_ACTIVITIES: JSON.stringify(activities),
  };
  return { server, settings, scenes: CAMPUS_SCENES };
}
