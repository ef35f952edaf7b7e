import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kaquanOn, serverSettings, type Setting, startServer } from './contenders.js';
import { prepare } from './load/requests.js';
import { runSlice } from './load/slice.js';
import { table } from './report/document.js';
import { type VendorStub } from './vendors/stub.js';
import { type Workload } from './workloads.js';

/** V8's CPU profile, as far as it is read. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string }; children?: number[] }[];
  samples: number[];
  /** Microseconds since the sample before. */
  timeDeltas: number[];
}

/** Parts of the self time while the server was under load, by whose code it was. */
export type SelfTime = Map<string, number>;

/** The same code before it is bundled: of whom it is stands in its path. */
const UNBUNDLED = join(import.meta.dirname, '..', 'build', 'server.js');
const CONNECTIONS = 32;
const WARM_UP_SECONDS = 2;
/** The profile begins a moment after the process does. */
const MARGIN_MS = 300;
const ROWS = 16;

/** Runs this server under one workload with V8's profiler on. */
export async function profileWorkload(
  workload: Workload,
  setting: Setting,
  stub: VendorStub,
  seconds: number,
): Promise<SelfTime> {
  const folder = join(setting.folder, `profile-${workload.name}`);
  mkdirSync(folder);
  await stub.setLatency(0);
  const spawnedAt = performance.now();
  const settings = await serverSettings(setting, `file:${join(folder, 'bench.db')}`);
  const program = await startServer(setting, `profile-${workload.name}`, settings, [
    '--cpu-prof',
    `--cpu-prof-dir=${folder}`,
    '--cpu-prof-interval=500',
    UNBUNDLED,
  ]);
  let window: readonly [number, number];
  try {
    const contender = await kaquanOn(setting, program, 'Kaquan');
    const { requests, check } = prepare(workload, contender, setting.secrets.tokens);
    const ports = [Number(new URL(program.url).port)];
    const load = (duration: number) =>
      runSlice({ ports, requests, from: 0, connections: CONNECTIONS, seconds: duration, check, checkEvery: 16 });
    await load(WARM_UP_SECONDS);
    const from = performance.now() - spawnedAt;
    const { failures, firstFailure } = await load(seconds);
    if (failures > 0)
      process.stdout.write(`${workload.name}: ${failures} wrong answers, first: ${firstFailure ?? ''}\n`);
    window = [from + MARGIN_MS, performance.now() - spawnedAt - MARGIN_MS];
  } finally {
    await program.close();
  }
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error('The server left no profile');
  return selfTimeOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile, window);
}

/** Within a window of milliseconds since the process began; idle time is left out. */
function selfTimeOf({ nodes, samples, timeDeltas }: CpuProfile, [from, to]: readonly [number, number]): SelfTime {
  const owners = ownersOf(nodes);
  const times: SelfTime = new Map();
  let atMs = 0;
  let total = 0;
  for (const [number, id] of samples.entries()) {
    const ms = (timeDeltas[number] ?? 0) / 1000;
    atMs += ms;
    const owner = owners.get(id);
    if (owner === undefined || owner === '(idle)' || atMs < from || atMs > to) continue;
    times.set(owner, (times.get(owner) ?? 0) + ms);
    total += ms;
  }
  return new Map([...times].map(([owner, ms]) => [owner, ms / total]));
}

/** Whose code each node of the profile is. Native functions have no file: their time is that of whoever called them. */
function ownersOf(nodes: CpuProfile['nodes']): Map<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const owners = new Map<number, string>();
  const visit = (id: number, caller: string) => {
    const node = byId.get(id);
    if (!node) return;
    const owner = ownerOf(node.callFrame) ?? caller;
    owners.set(id, owner);
    for (const child of node.children ?? []) visit(child, owner);
  };
  const [root] = nodes;
  if (root) visit(root.id, '(program)');
  return owners;
}

function ownerOf({ functionName, url }: { functionName: string; url: string }): string | undefined {
  if (/^\((garbage collector|idle|program)\)$/.test(functionName)) return functionName;
  const [, own] = /\/build\/(?!.*node_modules)(.+)\.js$/.exec(url) ?? [];
  if (own !== undefined && !url.includes('/node_modules/')) return `ours: ${own.split('/').slice(0, 2).join('/')}`;
  const [, packageName] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (packageName !== undefined) return packageName;
  const [, module] = /^node:(?:internal\/)?_?([a-z0-9]+)/.exec(url) ?? [];
  if (module !== undefined) return `node:${module}`;
  return undefined;
}

/** The heaviest owners over all workloads, the rest summed up. */
export function profileTable(profiles: ReadonlyMap<string, SelfTime>): string[][] {
  const heaviest = new Map<string, number>();
  for (const times of profiles.values())
    for (const [owner, part] of times) heaviest.set(owner, Math.max(part, heaviest.get(owner) ?? 0));
  const owners = [...heaviest].sort(([, a], [, b]) => b - a).map(([owner]) => owner);
  const shown = owners.slice(0, ROWS);
  const percent = (part: number) => `${(part * 100).toFixed(1)} %`;
  const rows = shown.map((owner) => [owner, ...[...profiles.values()].map((times) => percent(times.get(owner) ?? 0))]);
  const rest = [...profiles.values()].map(
    (times) => 1 - shown.reduce((sum, owner) => sum + (times.get(owner) ?? 0), 0),
  );
  return [['self time of', ...profiles.keys()], ...rows, ['everything else', ...rest.map(percent)]];
}

export function profileSection(profiles: ReadonlyMap<string, SelfTime>): string[] {
  return [
    "This server's CPU under load, sampled by V8 every half millisecond: whose code was running. Native code counts with",
    'whoever called it; `ours:` is the compiled source by folder, `(program)` what V8 cannot attribute, mostly system calls.',
    '',
    ...table(profileTable(profiles)),
  ];
}
