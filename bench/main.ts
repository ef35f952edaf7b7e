import { join } from 'node:path';
import { startOnPostgres, startSplit } from './beside.js';
import { compare } from './compare.js';
import { type Contender, type Setting, startAlternatives, startKaquan } from './contenders.js';
import { type Options, readOptions, USAGE } from './options.js';
import { profileSection, profileTable, profileWorkload, type SelfTime } from './profile.js';
import { comparisonSection } from './report/comparison.js';
import { comparisonChart } from './report/comparison-chart.js';
import { writePicture, writeSection } from './report/document.js';
import { aligned, ceilingLines, cellLines } from './report/terminal.js';
import { print, withSetting } from './run.js';
import { measureCeilings } from './vendors/ceiling.js';
import { type VendorStub } from './vendors/stub.js';
import { WORKLOADS } from './workloads.js';

async function runComparison(options: Options, setting: Setting, stub: VendorStub): Promise<void> {
  const ceilings = await measureCeilings(stub);
  print(...ceilingLines(stub.kind, ceilings));
  const running: Contender[] = [];
  try {
    const kaquan = await startKaquan(setting, 'Kaquan', `file:${join(setting.folder, 'bench.db')}`);
    running.push(kaquan);
    running.unshift(...(await startAlternatives(setting, kaquan.people)));
    const wanted = (name: string) => options.only.length === 0 || options.only.includes(name);
    const onPostgres = wanted('Kaquan, PostgreSQL') ? await startOnPostgres(setting) : undefined;
    if (onPostgres) running.push(onPostgres);
    else print('Without PostgreSQL: it does not answer (BENCH_POSTGRES_URL) or was not asked for.');
    if (wanted('Kaquan, split')) running.push(await startSplit(setting));
    const chosen = running.filter(({ name }) => wanted(name));
    const cells = await compare(chosen, setting.secrets.tokens, stub, options, (cell) => print(...cellLines(cell)));
    if (!options.write) return;
    const names = chosen.map(({ name }) => name);
    writePicture('performance.svg', comparisonChart(cells, names));
    writeSection(
      'comparison',
      comparisonSection({ options, contenders: chosen, stubKind: stub.kind, ceilings, cells }),
    );
  } finally {
    await Promise.all(running.map((contender) => contender.close()));
  }
}

async function runProfile(options: Options, setting: Setting, stub: VendorStub): Promise<void> {
  const profiles = new Map<string, SelfTime>();
  for (const workload of WORKLOADS.filter(({ name }) => options.workloads.includes(name))) {
    profiles.set(workload.name, await profileWorkload(workload, setting, stub, options.seconds));
  }
  print(...aligned(profileTable(profiles)));
  if (options.write) writeSection('profile', profileSection(profiles));
}

if (process.argv.includes('--help')) {
  print(USAGE);
} else {
  const options = readOptions(process.argv.slice(2));
  const run = options.profile ? runProfile : runComparison;
  await withSetting(options, (setting, stub) => run(options, setting, stub));
}
