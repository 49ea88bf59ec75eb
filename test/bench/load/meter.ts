import { readdirSync, readFileSync } from 'node:fs';

/** Memory of one process in mebibytes. */
export interface Memory {
  readonly rssMiB: number;
  /** The most it ever was. */
  readonly peakMiB: number;
}

// Linux reports times of /proc/PID/stat in this unit on every architecture (USER_HZ).
const MICROS_PER_TICK = 10_000;

/**
 * CPU time of a process since its start, all threads, user and system, in microseconds: the scheduler's own
 * nanoseconds of each thread (which knows nothing of threads that ended), or the coarse ticks where the kernel keeps none.
 */
export function cpuMicros(pid: number): number {
  try {
    let nanoseconds = 0;
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ', 1)[0]);
    }
    if (nanoseconds > 0) return nanoseconds / 1000;
  } catch {
    // A thread may end between the two reads, and some kernels have no schedstat: the ticks say it too.
  }
  const afterName = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(afterName[11]) + Number(afterName[12])) * MICROS_PER_TICK;
}

/** Resident memory of a process, now and at its highest. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const mebibytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
  return { rssMiB: mebibytes('VmRSS'), peakMiB: mebibytes('VmHWM') };
}
