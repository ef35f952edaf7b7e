import { nextLine, openOrder, readOrder, type Order } from './child-setup.js';

// Settles one check, telling each step, and stands still at the one where it is to be killed.
const order = await readOrder<Order & { stopAt: string }>();
const { newChecks, close } = await openOrder(order);
const checks = newChecks({
  onStep: async (step) => {
    console.log(step);
    if (step === order.stopAt) await nextLine();
  },
});
const record = await checks.settle(order.checkId);
console.log(`told ${record?.status ?? 'nothing'}`);
await close();
