import { nextLine, openOrder, readOrder, type Order } from './child-setup.js';

// Settles one check many times at once, each time as if it were another process: nothing is shared but the pools.
const order = await readOrder<Order & { settles: number }>();
const { newChecks, close } = await openOrder(order);
const crowd = Array.from({ length: order.settles }, () => newChecks());
console.log('ready');
await nextLine();
const settled = await Promise.allSettled(crowd.map((checks) => checks.settle(order.checkId)));
const told = settled.map((each) =>
  each.status === 'fulfilled' ? (each.value?.status ?? 'unknown') : (each.reason as Error).name,
);
console.log(`told ${JSON.stringify(told)}`);
await close();
process.exit(0);
