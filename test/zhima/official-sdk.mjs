// The official SDK, in a process of its own: it patches net.Socket for everybody, and may re-send what failed.
// Reads one JSON task from stdin and writes one JSON answer to stdout. Keys come through stdin and stay in memory.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { text } from 'node:stream/consumers';

const { nonce, timestampMs, config, query, options } = JSON.parse(await text(process.stdin));
if (nonce !== undefined) {
  crypto.randomUUID = () => nonce;
  Date.now = () => timestampMs;
  syncBuiltinESMExports();
}
const { AlipaySdk } = await import('alipay-sdk');
const sdk = new AlipaySdk(config);
const { appCertSn, alipayCertSn, alipayRootCertSn } = sdk.config;
const answer = { appCertSn, alipayCertSn, alipayRootCertSn };
if (query) {
  try {
    const { data } = await sdk.curl('GET', '/v3/zhima/customer/jobworth/authentication', { query, ...options });
    answer.data = data;
  } catch (error) {
    answer.error = error.code ?? error.name;
  }
}
process.stdout.write(JSON.stringify(answer), () => process.exit(0));
