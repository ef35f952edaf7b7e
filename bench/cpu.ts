import { readdirSync, readFileSync } from 'node:fs';

/** A tick of /proc/<pid>/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

/**
 * The CPU time that processes have used so far, user and system, over all their threads (garbage collection and
 * compilation are in it). Undefined where the system does not tell, which is everywhere but on Linux.
 */
export function cpuMs(pids: readonly number[]): number | undefined {
  let total = 0;
  for (const pid of pids) {
    const used = bySchedulerMs(pid) ?? byTicksMs(pid);
    if (used === undefined) return undefined;
    total += used;
  }
  return total;
}

/** In nanoseconds, thread by thread; Node's and the stub's threads live as long as their process, so none is missed. */
function bySchedulerMs(pid: number): number | undefined {
  try {
    let total = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      total += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    }
    // Kernels without this accounting say 0.
    return total > 0 ? total / 1e6 : undefined;
  } catch {
    return undefined;
  }
}

function byTicksMs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name, which may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return undefined;
  }
}

/** Resident memory of the processes together, in MiB; undefined but on Linux. */
export function residentMib(pids: readonly number[]): number | undefined {
  try {
    let total = 0;
    for (const pid of pids) total += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return total / 1024;
  } catch {
    return undefined;
  }
}
