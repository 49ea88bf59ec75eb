import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder outside the repository for everything one benchmark writes, removed at its end. */
export interface Workspace {
  readonly folder: string;
  /** Makes a folder of mode 0700 in it. */
  subfolder(name: string): Promise<string>;
  remove(): Promise<void>;
}

/** Makes a workspace under `parent`, by default the system's folder for temporary files. */
export async function createWorkspace(parent = tmpdir()): Promise<Workspace> {
  const folder = await mkdtemp(join(parent, 'sallyport-bench-'));
  return {
    folder,
    async subfolder(name) {
      const path = join(folder, name);
      await mkdir(path, { mode: 0o700 });
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
