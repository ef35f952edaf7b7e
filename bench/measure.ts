import { type Contender } from './contenders.js';
import { cpuMs, residentMib } from './cpu.js';
import { throwIfInterrupted } from './interrupt.js';
import { type Prepared } from './load/requests.js';
import { runSlice } from './load/slice.js';
import { quantile } from './load/statistics.js';
import { type VendorStub } from './vendors/stub.js';

/** What one contender did in one slice. */
export interface Measured {
  answers: number;
  /** Right answers: who fails fast is not fast. */
  perSecond: number;
  /** CPU of the contender's processes for one right answer; undefined where the system does not tell or none was right. */
  cpuMs: number | undefined;
  latenciesMs: number[];
  vendorRequests: number;
  residentMib: number | undefined;
  checked: number;
  failures: number;
  firstFailure: string | undefined;
  /** How much of a core the stub and the load generator were busy: near 1, they and not the contender are measured. */
  stubBusy: number | undefined;
  generatorBusy: number;
}

interface SliceSize {
  connections: number;
  seconds: number;
}

/** Every so many-th answer is checked value by value. Long answers cost the generator more, but are fewer. */
const CHECK_EVERY = 16;

/** Where each contender is in each workload's sequence of requests. */
export type Places = Map<Prepared, number>;

export async function measure(
  contender: Pick<Contender, 'url' | 'pids'> & { ports?: readonly number[] },
  prepared: Prepared,
  { connections, seconds }: SliceSize,
  stub: VendorStub,
  places: Places,
): Promise<Measured> {
  throwIfInterrupted();
  const before = {
    vendor: await stub.counters(),
    stub: cpuMs(stub.pids),
    generator: process.cpuUsage(),
    cpu: cpuMs(contender.pids),
  };
  const slice = await runSlice({
    ports: contender.ports ?? [Number(new URL(contender.url).port)],
    requests: prepared.requests,
    from: places.get(prepared) ?? 0,
    connections,
    seconds,
    check: prepared.check,
    checkEvery: CHECK_EVERY,
  });
  const cpu = cpuMs(contender.pids);
  const generator = process.cpuUsage(before.generator);
  const stubCpu = cpuMs(stub.pids);
  const vendor = await stub.counters();
  places.set(prepared, slice.next);
  const refused = vendor.refused - before.vendor.refused;
  const right = slice.answers - slice.failures;
  return {
    answers: slice.answers,
    perSecond: right / slice.seconds,
    cpuMs: cpu === undefined || before.cpu === undefined || right === 0 ? undefined : (cpu - before.cpu) / right,
    latenciesMs: slice.latenciesMs,
    vendorRequests: (vendor.requests - before.vendor.requests) / slice.answers,
    residentMib: residentMib(contender.pids),
    checked: slice.checked,
    failures: slice.failures + refused,
    firstFailure: slice.firstFailure ?? (refused > 0 ? 'the vendor stub could not read a request' : undefined),
    stubBusy:
      stubCpu === undefined || before.stub === undefined ? undefined : (stubCpu - before.stub) / (slice.seconds * 1000),
    generatorBusy: (generator.user + generator.system) / 1000 / (slice.seconds * 1000),
  };
}

/** The latencies of several slices together. */
export function latencyOf(slices: readonly Measured[], part: number): number {
  return quantile(
    slices.flatMap(({ latenciesMs }) => latenciesMs),
    part,
  );
}
