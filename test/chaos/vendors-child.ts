import { VENDORS } from '../../src/modules/index.js';
import { type Drained, type Order, SPAN_SECONDS } from './processes.js';

const SECOND = 1_000;
const TICK_MS = 20;
const DRAIN_MS = 200;

const vendors = await Promise.all(
  VENDORS.map(async ({ name, startSandbox }) => ({ name, ...(await startSandbox({})) })),
);

const recent = new Map<string, number[]>();
let told: Drained = { most: {}, identityQuestions: [] };

// Two that came a second apart look closer where this process was late to read the first: so much of a second is not counted.
let lags: { at: number; ms: number }[] = [];
let ticked = Date.now();
setInterval(() => {
  const at = Date.now();
  lags = [...lags.filter((lag) => lag.at > at - 2 * SECOND), { at, ms: Math.max(0, at - ticked - TICK_MS) }];
  ticked = at;
}, TICK_MS);

function drain(): void {
  const lagMs = Math.max(0, ...lags.map(({ ms }) => ms));
  for (const { name, server } of vendors) {
    for (const { path, query, receivedAt } of server.requests.splice(0)) {
      const api = `${name} ${path}`;
      const times = [...(recent.get(api) ?? []), receivedAt].filter((at) => at > receivedAt - SPAN_SECONDS * SECOND);
      recent.set(api, times);
      const second = times.filter((at) => at > receivedAt - (SECOND - lagMs));
      const [most, mostInSpan] = told.most[api] ?? [0, 0];
      told.most[api] = [Math.max(most, second.length), Math.max(mostInSpan, times.length)];
      const key = query.get('conn_key');
      if (key !== null) told.identityQuestions.push([key, receivedAt]);
    }
  }
}
setInterval(drain, DRAIN_MS);

process.on('message', (order: Order) => {
  if ('play' in order) {
    vendors.find(({ name }) => name === order.play)?.server.play(order.scene);
    return;
  }
  drain();
  process.send?.(told);
  told = { most: {}, identityQuestions: [] };
});
process.on('disconnect', () => process.exit(0));
process.send?.(Object.assign({}, ...vendors.map(({ settings }) => settings)));
