import type { Clock, Timer } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Counter, Metrics } from '../../lib/metrics.ts';
import type { Controller } from './controller.ts';
import { DirectoryError } from './error.ts';

export interface ControllersOptions {
  /** Name under `primaries`. */
  readonly primary: string;
  /** Failures in a row after which one is left aside. */
  readonly failures: number;
  readonly asideMs: number;
}

export interface ControllersDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Asks one whether it is there. */
  readonly probe: (controller: Controller) => Promise<unknown>;
}

interface Health {
  readonly controller: Controller;
  failures: number;
  isAside: boolean;
  /** While it is left aside, one login at a time tries it when no other server is there. */
  isTried: boolean;
  timer: Timer | undefined;
}

/**
 * The servers of one directory in order of preference: the next one when one fails. One that fails again and again is
 * left aside, and asked now and then in the background whether it is back, so that no login waits for it.
 */
export class Controllers {
  readonly #all: readonly Health[];
  readonly #options: ControllersOptions;
  readonly #deps: ControllersDeps;
  readonly #questions: Counter;
  readonly #changes: Counter;
  #isStopped = false;

  constructor(controllers: readonly Controller[], options: ControllersOptions, deps: ControllersDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#all = controllers.map((controller) => {
      return { controller, failures: 0, isAside: false, isTried: false, timer: undefined };
    });
    this.#questions = deps.metrics.counter(
      'directory_questions_total',
      'Questions to a server of a directory, by what came of them',
      ['primary', 'server', 'result'],
    );
    this.#changes = deps.metrics.counter(
      'directory_state_changes_total',
      'Times that a server of a directory was left aside or came back',
      ['primary', 'server', 'state'],
    );
  }

  /** Asks the first server that is there. Rejects with the last `DirectoryError`. */
  async ask<T>(use: (controller: Controller) => Promise<T>): Promise<T> {
    let last = new DirectoryError('unreachable', 'no server of the directory answers, and one login is trying them');
    for (const health of this.#candidates()) {
      try {
        health.isTried = health.isAside;
        const answer = await use(health.controller);
        this.#succeeded(health);
        return answer;
      } catch (error) {
        if (!(error instanceof DirectoryError)) throw error;
        last = new DirectoryError(error.code, `${health.controller.name}: ${error.message}`, { cause: error });
        if (error.code === 'refused') throw last;
        if (error.code !== 'busy') this.#failed(health, error);
      } finally {
        health.isTried = false;
      }
    }
    throw last;
  }

  stop(): void {
    this.#isStopped = true;
    for (const { controller, timer } of this.#all) {
      timer?.cancel();
      controller.stop();
    }
  }

  #candidates(): readonly Health[] {
    const there = this.#all.filter(({ isAside }) => !isAside);
    return there.length > 0 ? there : this.#all.filter(({ isTried }) => !isTried);
  }

  #succeeded(health: Health): void {
    this.#count(health, 'answered');
    health.failures = 0;
    if (!health.isAside) return;
    health.isAside = false;
    health.timer?.cancel();
    const { primary } = this.#options;
    const server = health.controller.name;
    this.#changes.add({ primary, server, state: 'back' });
    this.#deps.logger.info({ primary, server }, 'a server of the directory is back');
  }

  #failed(health: Health, error: DirectoryError): void {
    this.#count(health, 'failed');
    health.failures += 1;
    if (health.isAside || this.#isStopped || health.failures < this.#options.failures) return;
    health.isAside = true;
    health.controller.disconnect();
    const { primary } = this.#options;
    const server = health.controller.name;
    this.#changes.add({ primary, server, state: 'aside' });
    this.#deps.logger.warn({ primary, server, cause: error.message }, 'a server of the directory is left aside');
    this.#probeLater(health);
  }

  #probeLater(health: Health): void {
    health.timer = this.#deps.clock.setTimer(this.#options.asideMs, () => void this.#probe(health));
  }

  async #probe(health: Health): Promise<void> {
    try {
      await this.#deps.probe(health.controller);
      this.#succeeded(health);
    } catch {
      if (health.isAside && !this.#isStopped) this.#probeLater(health);
    }
  }

  #count({ controller }: Health, result: 'answered' | 'failed'): void {
    this.#questions.add({ primary: this.#options.primary, server: controller.name, result });
  }
}
