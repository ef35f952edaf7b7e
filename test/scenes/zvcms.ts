import { type ZvcmsScene, ZVCMS_CODES } from '../../src/sandbox/zvcms.js';
import { startZvcms } from '../zvcms/start.js';
import { type Expected, type SceneSubject } from './subject.js';

const misread: Expected = { kind: 'protocol', retryable: false, requests: 1 };
const refused: Expected = { kind: 'rejected', retryable: false, vendorCode: '200123', requests: 1 };
const failed: Expected = { kind: 'unavailable', retryable: true, vendorCode: '500001', requests: 1 };
const down: Expected = { kind: 'unavailable', retryable: true, requests: 2 };
const good: Expected = { kind: 'ok', requests: 1 };

const scenes: Record<ZvcmsScene, Expected> = {
  'wrong-token': { kind: 'misconfigured', retryable: false, vendorCode: '110004', requests: 1 },
  'wrong-parameters': { ...misread, vendorCode: '100002' },
  'business-error': refused,
  'system-error': failed,
  'false-with-code-0': { ...failed, vendorCode: '0' },
  'data-missing': misread,
  'data-null': misread,
  'data-empty-list': misread,
  'data-with-odd-status': misread,
  'odd-status': misread,
  'odd-code': misread,
  'status-missing': misread,
  'numbers-in-envelope': good,
  'good-answer-with-http-500': good,
  'business-error-with-http-400': refused,
  'system-error-with-http-502': failed,
  'text-with-http-500': down,
  'foreign-json-with-http-503': down,
  'text-with-http-404': misread,
  'text-with-http-200': misread,
};

/** Asks whether a good exchange code can be redeemed; what differs for gift cards is told in test/zvcms. */
export const subject: SceneSubject = {
  vendor: 'zvcms',
  scenes,
  requestsWhereRepeatable: 2,
  start: async (settings) => {
    const started = await startZvcms(settings);
    return {
      server: started.server,
      deps: started.deps,
      ask: () => started.zvcms.loaders().exchangeCode(ZVCMS_CODES.redeemable),
      close: started.close,
    };
  },
};
