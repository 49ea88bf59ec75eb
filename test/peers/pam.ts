import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { converse, Program, type Turn } from '../support/process.ts';
import { makeFolder } from './loopback.ts';
import { peerPath } from './presence.ts';

/** How a dialogue at a terminal went. */
export interface Session {
  readonly isLoggedIn: boolean;
  /** Every prompt and message that the user saw. */
  readonly transcript: string;
}

/** A PAM service that asks a RADIUS server through Debian's libpam-radius-auth 2.0.0, which sends no Message-Authenticator. */
export interface PamService {
  /** The service's name, which is the NAS-Identifier too. */
  readonly name: string;
  /** Logs in through pamtester: `Password: ` is asked first, then what the server asks. */
  logIn(user: string, turns: readonly Turn[]): Promise<Session>;
  /** Removes it. */
  stop(): Promise<void>;
}

/** Adds a PAM service of a name nobody else has to /etc/pam.d, which needs root, for the server at 127.0.0.1:`port`. */
export async function createPamService(server: { port: number; secret: string }): Promise<PamService> {
  const name = `sallyport-test-${randomBytes(6).toString('hex')}`;
  const serviceFile = join('/etc/pam.d', name);
  const folder = await makeFolder('pam');
  const serverFile = join(folder, 'server');
  await writeFile(serverFile, `127.0.0.1:${server.port} ${server.secret} 10\n`, { mode: 0o600 });
  await writeFile(serviceFile, `auth required pam_radius_auth.so conf=${serverFile}\naccount required pam_permit.so\n`);
  return {
    name,
    logIn: async (user, turns) => {
      const program = await Program.start(peerPath('pamtester'), [name, user, 'authenticate']);
      const { status } = await converse(program, turns);
      return { isLoggedIn: status === 0, transcript: program.output };
    },
    stop: async () => {
      await rm(serviceFile, { force: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}
