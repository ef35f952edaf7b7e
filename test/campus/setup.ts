import { randomBytes } from 'node:crypto';
import {
  createCampus,
  type Campus,
  type CampusSettings,
  type VoucherRequest,
} from '../../src/datasources/campus/index.js';
import { type VendorError } from '../../src/datasources/transport/errors.js';
import { startCampusSandbox, type CampusSandbox, type CampusSandboxOptions } from '../../src/sandbox/campus.js';
import { recordingDeps } from '../scenes/subject.js';

export interface CampusSetup {
  server: CampusSandbox;
  campus: Campus;
  deps: ReturnType<typeof recordingDeps>;
  settings: CampusSettings;
  close: () => Promise<void>;
}

/** The real datasource in front of the real local server, with keys made for this run. */
export async function startCampus(
  change: Partial<CampusSettings> = {},
  sandbox: Partial<CampusSandboxOptions> = {},
): Promise<CampusSetup> {
  const activity = {
    activityCode: 'spring-gala',
    sponsorCode: 'sponsor-1',
    accessKey: randomBytes(12).toString('hex'),
    send: [],
  };
  const app = { appKey: '12345678', appSecret: randomBytes(16).toString('hex') };
  const server = await startCampusSandbox({ ...app, activities: [activity], ...sandbox });
  const deps = recordingDeps();
  const settings: CampusSettings = {
    ...app,
    baseUrl: server.url,
    activities: [activity],
    signMethod: 'hmac-sha256',
    batchSize: 20,
    faceValue: 'FACE',
    staticValue: 'STATIC',
    timeoutMs: 5_000,
    maxConcurrency: 32,
    maxPerSecond: 0,
    clockOffsetMs: 0,
    ...change,
  };
  const campus = createCampus(settings, deps);
  const close = async () => {
    await campus.close();
    await server.close();
  };
  return { server, campus, deps, settings, close };
}

/** A plain question about the nth invented person. */
export function voucherOf(person: number, change: Partial<VoucherRequest> = {}): VoucherRequest {
  return {
    activityCode: 'spring-gala',
    mobile: `1380000${String(person).padStart(4, '0')}`,
    userName: `测试${person}`,
    voucherType: 'QR_CODE',
    qrCodeType: 'DYNAMIC',
    withPicture: false,
    ...change,
  };
}

/** Calls in each HTTP request that the server saw: 1 for a single call, and the parts of a batch. */
export function sizes({ requests }: CampusSandbox): number[] {
  return requests.map(({ path, body }) => (path === '/router/batch' ? body.split('\r\n-S-\r\n').length : 1));
}

/** The failure of a promise that must fail. */
export async function failure(promise: Promise<unknown>): Promise<VendorError> {
  return promise.then(
    () => Promise.reject(new Error('answered where it should have failed')),
    (error: unknown) => error as VendorError,
  );
}
