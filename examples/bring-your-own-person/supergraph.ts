import { VENDORS } from '../../src/modules/index.js';
import { type Explorer } from '../../src/app/explorer/explorer.js';
import { type Federation, startFederation } from '../../scripts/federation.js';
import { startPeople } from './people.js';

/** One question over four owners: the company's people, and what each vendor has for them. */
export const QUERY =
  '{ employees { id displayName department voucher(activityCode: "1") { qrCode expiresAt } giftCardBalance { amount } identityChecks { status } } }';

/** Kaquan's directory does not know the person, so the caller says who that is at Alipay; this needs identity:write. */
export const CHECK =
  'mutation { startIdentityCheck(input: { personId: "emp-1", identityType: "04", userId: "2088000000000006" }) { check { id status person { displayName } } } }';

/** The company's people and Kaquan's vendors behind one router. `settings` are those of Kaquan's processes. */
export async function startSupergraph(
  settings: Readonly<Record<string, string | undefined>>,
  port: number,
  explorer?: Explorer,
): Promise<Federation> {
  const people = await startPeople(settings['ROUTER_SECRET'] ?? '');
  try {
    const federation = await startFederation({
      settings,
      port,
      // Each adds its fields to anybody's Person. Kaquan's own directory is not among them.
      names: VENDORS.map(({ name }) => name),
      others: [people],
      ...(explorer && { explorer }),
    });
    return {
      ...federation,
      close: async () => {
        await federation.close();
        await people.close();
      },
    };
  } catch (error) {
    await people.close();
    throw error;
  }
}
