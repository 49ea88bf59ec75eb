import type { Config } from '../../config/index.ts';
import { directoriesIn, openNamed } from '../directories.ts';
import type { ProbeReport } from './probe.ts';

/** Tries each server of each directory: TLS, our account, a search below the base. */
export async function probeDirectories(config: Config): Promise<ProbeReport[]> {
  const reports = directoriesIn(config).map(async (named): Promise<ProbeReport[]> => {
    const tools = await openNamed(named, config);
    const trials = await tools.trials();
    tools.close();
    return trials.map(({ server, tookMs, problem }) => ({
      kind: 'directory',
      subject: `${named.name} ${server}`,
      isGood: problem === undefined,
      message: problem ?? `answers our account after ${Math.round(tookMs)} ms`,
    }));
  });
  return (await Promise.all(reports)).flat();
}
