import { expect, it } from '@jest/globals';
import { readableLine } from '../../../../src/app/observability/logs/readable-log.js';
import { requestIdOf, traceParentOf } from '../../../../src/app/observability/requests/request-id.js';

it.each([
  ['a UUID', '0b1c7a52-51f5-4a0c-9f5a-0c9a7d5d1a11', true],
  ['a word', 'edge-7f3a.42', true],
  ['a mobile number', '13976543210', false],
  ['a certificate number', '11010519491231002X', false],
  ['a text with a space', 'two words', false],
  ['65 characters', 'a'.repeat(65), false],
  ['none', undefined, false],
])('%s as request id is taken: %s %s', (_what, given, taken) => {
  expect(requestIdOf(given) === given).toBe(taken);
});

it.each([
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
  ['cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-what-comes', true],
  ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', false],
  ['00-00000000000000000000000000000000-b7ad6b7169203331-01', false],
  ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', false],
  ['00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01', false],
  ['13976543210', false],
])('the trace parent %s is understood: %s', (header, understood) => {
  expect(traceParentOf(header) !== undefined).toBe(understood);
});

it('before a terminal a line can be read', () => {
  const json = '{"level":40,"time":0,"pid":1,"hostname":"h","status":200,"vendorCalls":{"campus":1},"msg":"request"}\n';
  expect(readableLine(json).replace(/\u001b\[\d+m/g, '')).toMatch(
    /^\d\d:\d\d:\d\d warn request status=200 vendorCalls=\{"campus":1\}\n$/,
  );
});
