import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { QUOTA_PAGE, withQuotaReport } from './page.js';
import { quotaReport } from './report.js';

const USAGE = `npm run bench:quota -- [options]
  --write    writes docs/scale.md instead of the terminal

A fleet that shares a vendor's limit, over a day, in virtual time: the same figures on every machine.`;

const { write, help } = parseArgs({
  options: { write: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
}).values;
if (help) process.stdout.write(`${USAGE}\n`);
else if (write) writeFileSync(QUOTA_PAGE, withQuotaReport(readFileSync(QUOTA_PAGE, 'utf8')));
else process.stdout.write(`${quotaReport().join('\n')}\n`);
