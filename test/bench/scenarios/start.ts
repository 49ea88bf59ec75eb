import { startFreeradiusProxy } from '../programs/freeradius.ts';
import { installSallyport } from '../programs/sallyport.ts';
import type { Memory } from '../load/index.ts';
import { settledMemory } from './setting.ts';
import type { Setting } from './setting.ts';

/** Starts of one program, alternating with the other's. */
export interface StartFigures {
  readonly name: string;
  /** From spawning the process to its ready line. */
  readonly readyMs: readonly number[];
  /** Memory a second after the ready line. */
  readonly idle: readonly Memory[];
}

const MOST_STARTS = 5;

/** Starts of Sallyport on an empty data folder and on its own data, and of FreeRADIUS, each in its turn. */
export async function compareStarts(setting: Setting): Promise<StartFigures[]> {
  const { workspace, home, rounds, nodeArgs } = setting;
  const figures = ['Sallyport, first start', 'Sallyport', 'FreeRADIUS'].map((name) => {
    return { name, readyMs: [] as number[], idle: [] as Memory[] };
  });
  for (let round = 0; round < Math.min(rounds, MOST_STARTS); round += 1) {
    setting.progress(`start ${round + 1}`);
    const place = await installSallyport(workspace, home, { name: `start-${round}`, factors: [], nodeArgs });
    const starts = [
      () => place.start(),
      () => place.start(),
      () => startFreeradiusProxy(workspace, home, 'none', `start-${round}`),
    ];
    for (const [index, start] of starts.entries()) {
      const server = await start();
      try {
        figures[index]?.readyMs.push(server.readyMs);
        figures[index]?.idle.push(await settledMemory(setting, server));
      } finally {
        await server.stop();
      }
    }
  }
  return figures;
}
