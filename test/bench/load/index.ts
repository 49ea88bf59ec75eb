import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { GeneratorAnswer, GeneratorOrder, LoadFigures, LoadPlan, ProbeFigures } from './plan.ts';

export type { LoadFigures, LoadKind, LoadPlan, ProbeFigures, Spread } from './plan.ts';
export { collectAndMeasure } from './collected.ts';
export { cpuMicros, memoryOf } from './meter.ts';
export type { Memory } from './meter.ts';
export { phoneOwnerOf, usernameOf } from './login-pool.ts';
export { holdLogins } from './held-logins.ts';
export type { HeldLogins } from './held-logins.ts';
export { nextStep, tokenSecret } from './passcodes.ts';

/** The load generator: a process of its own, so that its CPU time is known and never mixed with the benchmark's. */
export interface LoadGenerator {
  readonly pid: number;
  /** Drives a load to its end. Rejects when the server is not there. */
  load(plan: LoadPlan): Promise<LoadFigures>;
  /** Asks once, and tells everything about the reply. */
  probe(plan: LoadPlan): Promise<ProbeFigures>;
  stop(): Promise<void>;
}

/** Starts the generator process. */
export function startLoadGenerator(): LoadGenerator {
  const child = fork(fileURLToPath(new URL('./generator.ts', import.meta.url)), { stdio: 'inherit' });
  let settle: ((answer: GeneratorAnswer) => void) | undefined;
  child.on('message', (answer: GeneratorAnswer) => settle?.(answer));
  child.on('exit', () => settle?.({ kind: 'failed', problem: 'the load generator ended' }));
  const ask = (order: GeneratorOrder): Promise<GeneratorAnswer> =>
    new Promise((resolve) => {
      settle = resolve;
      child.send(order);
    });
  return {
    pid: child.pid ?? 0,
    async load(plan) {
      const answer = await ask({ kind: 'load', plan });
      if (answer.kind === 'load') return answer.figures;
      throw new Error(answer.kind === 'failed' ? answer.problem : 'an answer to something else');
    },
    async probe(plan) {
      const answer = await ask({ kind: 'probe', plan });
      if (answer.kind === 'probe') return answer.figures;
      throw new Error(answer.kind === 'failed' ? answer.problem : 'an answer to something else');
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}
