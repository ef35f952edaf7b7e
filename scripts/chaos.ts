import { parseArgs } from 'node:util';
import { runChaos } from '../test/chaos/chaos.js';
import { print } from './run.js';

const USAGE = `npm run chaos -- [options]
  --minutes N   how long things go wrong (3)
  --seed N      which things, and in which order (another one each time)`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    seed: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));

if (values.help) print(USAGE);
else if (!(minutes > 0) || !Number.isInteger(seed)) {
  print(USAGE);
  process.exitCode = 64;
} else {
  print(`seed ${seed}, ${minutes} minutes`);
  const say = (line: string) => print(`${new Date().toISOString()} ${line}`);
  const { violations, ...outcome } = await runChaos('dist/server.js', { seed, ms: minutes * 60_000, say });
  print(JSON.stringify(outcome, null, 2), ...violations.first);
  const broken = Object.entries(violations.counts);
  print(broken.length === 0 ? 'Nothing that must hold was broken.' : `Broken: ${JSON.stringify(violations.counts)}`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}
