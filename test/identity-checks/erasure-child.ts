import { UnknownPersonError } from '../../src/datasources/identity-checks/index.js';
import { lockLiving } from '../../src/datasources/people/index.js';
import { nextLine, openOrder, readOrder, type Order } from './child-setup.js';
import { openPeople } from './ledger-setup.js';

// For each person that it is told of, starts some checks at once or forgets them, and tells what came of it.
const order = await readOrder<Order & { role: 'start' | 'forget' }>();
const { newChecks, close, database, cipher } = await openOrder(order);
const people = await openPeople(database, cipher);
const checks = newChecks({ lockPerson: lockLiving });
console.log('ready');
for (let personId = await nextLine(); personId !== undefined; personId = await nextLine()) {
  const id = personId;
  let told: string;
  if (order.role === 'forget') {
    await people.forget(id);
    told = 'forgotten';
  } else {
    const input = { personId: id, identityType: '04', queryType: 'EXACT', subject: { userId: id } } as const;
    const started = await Promise.allSettled(Array.from({ length: 3 }, () => checks.start(input)));
    const strange = started.find((one) => one.status === 'rejected' && !(one.reason instanceof UnknownPersonError));
    const made = started.filter(({ status }) => status === 'fulfilled').length;
    told = strange ? 'failed' : `made ${made}`;
  }
  console.log(`${id} ${told}`);
}
await close();
