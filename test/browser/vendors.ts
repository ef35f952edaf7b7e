import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { makeSandboxSettings } from '../../scripts/sandbox-settings.js';
import { type CampusSandbox, startCampusSandbox } from '../../src/sandbox/campus.js';
import { type Settings } from './stage.js';

export interface Closed {
  settings: Settings;
  /** Every scope. */
  staffToken: string;
  /** A person's own: no scope at all. */
  tokenOf(personId: string): Promise<string>;
  /** The local campus, whose faults a test can play. */
  campus: CampusSandbox;
  close(): Promise<void>;
}

/** What a server needs to check tokens, with a campus whose faults can be played and without Zhima. */
export async function closedServer(): Promise<Closed> {
  const sandbox = await makeSandboxSettings();
  const app = { appKey: '12345678', appSecret: randomBytes(16).toString('hex') };
  const activity = { activityCode: '1', sponsorCode: 'sandbox', accessKey: randomBytes(12).toString('hex') };
  const campus = await startCampusSandbox({ ...app, activities: [activity], record: false });
  const withoutZhima = Object.entries(sandbox.settings).filter(([name]) => !name.startsWith('ZHIMA_'));
  const key = new TextEncoder().encode(sandbox.settings['AUTH_SECRET']);
  return {
    settings: {
      ...Object.fromEntries(withoutZhima),
      CAMPUS_BASE_URL: campus.url,
      CAMPUS_APP_KEY: app.appKey,
      CAMPUS_APP_SECRET: app.appSecret,
      CAMPUS_ACTIVITIES: JSON.stringify([activity]),
    },
    staffToken: sandbox.token,
    tokenOf: (personId) =>
      new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setSubject(personId).setExpirationTime('1h').sign(key),
    campus,
    close: async () => {
      await campus.close();
      await sandbox.close();
    },
  };
}
