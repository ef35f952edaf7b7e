/** What the programs are told. */
const [, , url = '', goodId = '', throttledId = ''] = process.argv;

/** Where the graph is; somebody for whom everything works; somebody whose voucher the vendor throttles. */
export const given = { url, goodId, throttledId };

/** One line for whoever started the program. */
export function report(found: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
