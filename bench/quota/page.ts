import { quotaReport } from './report.js';

export const QUOTA_PAGE = 'docs/scale.md';
const [START, END] = ['<!-- quota: written by npm run bench:quota -- --write -->', '<!-- /quota -->'];

/** The page with the simulation's tables as they come out now. @throws Error where it has lost its comments */
export function withQuotaReport(text: string): string {
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${QUOTA_PAGE} has lost the comments around its section quota`);
  return `${text.slice(0, from + START.length)}\n\n${quotaReport().join('\n')}\n\n${text.slice(to)}`;
}
