import { parseArgs } from 'node:util';
import { WORKLOADS } from './workloads.js';

export interface Options {
  quick: boolean;
  write: boolean;
  profile: boolean;
  /** The vendor stub in Node, also where there is a C compiler. */
  nodeStub: boolean;
  seconds: number;
  rounds: number;
  workloads: string[];
  latenciesMs: number[];
  connections: number[];
  /** Names of contenders; empty: all. */
  only: string[];
}

export const USAGE = `npm run bench -- [options]
  --quick               a short run that shows that everything works; its figures are rough
  --profile             shows where this server's CPU goes instead of comparing it
  --write               writes docs/performance.md and docs/performance.svg
  --seconds N           of each slice (2)
  --rounds N            how often the contenders take turns (5)
  --workloads A,B       of ${WORKLOADS.map(({ name }) => name).join(', ')}
  --latencies A,B       of the vendors, in ms (0,20)
  --connections A,B     (1,32,256)
  --only A,B            contenders by name
  --node-stub           the vendors in Node, also where there is a C compiler`;

export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      'node-stub': { type: 'boolean', default: false },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      workloads: { type: 'string' },
      latencies: { type: 'string' },
      connections: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const { quick, profile } = values;
  const names = list(values.workloads) ?? WORKLOADS.map(({ name }) => name).filter((name) => !quick || name !== 'same');
  const unknown = names.find((name) => !WORKLOADS.some((workload) => workload.name === name));
  if (unknown !== undefined) throw new Error(`There is no workload ${unknown}\n${USAGE}`);
  return {
    quick,
    write: values.write,
    profile: values.profile,
    nodeStub: values['node-stub'],
    seconds: numbers(values.seconds)?.[0] ?? (profile ? 5 : quick ? 0.5 : 2),
    rounds: numbers(values.rounds)?.[0] ?? (quick ? 2 : 5),
    workloads: names,
    latenciesMs: numbers(values.latencies) ?? (quick ? [0] : [0, 20]),
    connections: numbers(values.connections) ?? (quick ? [32] : [1, 32, 256]),
    only: list(values.only) ?? [],
  };
}

function list(text: string | undefined): string[] | undefined {
  return text?.split(',').map((item) => item.trim());
}

function numbers(text: string | undefined): number[] | undefined {
  const found = list(text)?.map(Number);
  if (found?.some((value) => !(value >= 0))) throw new Error(`${text ?? ''} is not a list of numbers\n${USAGE}`);
  return found;
}
