import { startCampus, voucherOf } from '../campus/setup.js';
import { type SceneSubject } from './subject.js';

export const subject: SceneSubject = {
  vendor: 'campus',
  requestsWhereRepeatable: 2,
  scenes: {
    banned: {
      kind: 'throttled',
      retryable: true,
      retryAfterSeconds: 3_600,
      vendorCode: 'accesscontrol.limited-by-api-access-count',
      requests: 1,
    },
    'banned-briefly': { kind: 'ok', requests: 2 },
    limited: {
      kind: 'throttled',
      retryable: true,
      vendorCode: 'accesscontrol.limited-by-api-access-count',
      requests: 1,
    },
    'isp-error': { kind: 'unavailable', retryable: true, vendorCode: 'isp.remote-service-error', requests: 2 },
    'isp-lasting': { kind: 'unavailable', retryable: false, vendorCode: 'isp.top-mapping-parse-error', requests: 1 },
    'platform-fault': { kind: 'unavailable', retryable: true, vendorCode: '10', requests: 2 },
    'isv-error': { kind: 'rejected', retryable: false, vendorCode: 'isv.invalid-parameter', requests: 1 },
    'remote-isv-error': { kind: 'rejected', retryable: false, vendorCode: 'isv.invalid-parameter', requests: 1 },
    'invalid-signature': { kind: 'misconfigured', retryable: false, vendorCode: '25', requests: 1 },
    'no-permission': {
      kind: 'misconfigured',
      retryable: false,
      vendorCode: 'isv.permission-api-package-not-allowed',
      requests: 1,
    },
    'text-code': { kind: 'misconfigured', retryable: false, vendorCode: '29', requests: 1 },
    'no-code': { kind: 'protocol', retryable: false, requests: 1 },
    'business-failure': { kind: 'rejected', retryable: false, vendorCode: '403', requests: 1 },
    'text-result': { kind: 'ok', requests: 1 },
    'control-characters': { kind: 'ok', requests: 1 },
    'no-content': { kind: 'ok', requests: 1 },
    'batch-refused': { kind: 'ok', requests: 1 },
    'one-bad-piece': { kind: 'ok', requests: 1 },
    'one-flaky-piece': { kind: 'ok', requests: 1 },
    'wrong-piece-count': { kind: 'ok', requests: 1 },
  },
  start: async (settings) => {
    const { server, deps, campus, close } = await startCampus({ batchSize: 1, ...settings });
    return { server, deps, close, ask: () => campus.loaders().voucher(voucherOf(1)) };
  },
};
