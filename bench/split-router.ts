import { readFileSync } from 'node:fs';
import { startGateway } from '../scripts/gateway.js';

/** The router of the split shape, in a process of its own: a Hive gateway as docs/federation shows it. */
const { SUPERGRAPH_FILE = '', ROUTER_SECRET, AUTH_SECRET } = process.env;

const { url } = await startGateway({
  supergraph: readFileSync(SUPERGRAPH_FILE, 'utf8'),
  port: 0,
  ...(ROUTER_SECRET !== undefined && { routerSecret: ROUTER_SECRET }),
  ...(AUTH_SECRET !== undefined && { authSecret: AUTH_SECRET }),
});
process.stdout.write(`${url}\n`);
