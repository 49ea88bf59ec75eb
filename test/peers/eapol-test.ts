import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from '../support/process.ts';
import { makeFolder } from './loopback.ts';
import { peerPath } from './presence.ts';

/** A supplicant and the access point in front of it. */
export interface EapolOptions {
  /** Where the access point asks, on 127.0.0.1. */
  readonly port: number;
  readonly secret: string;
  /** Source address of the access point; one of loopback. */
  readonly from: string;
  /** Lines of wpa_supplicant's `network` block. */
  readonly network: readonly string[];
  /** Default true: the keys in the Accept have to be those that the supplicant has derived. */
  readonly hasKeys?: boolean;
  /** Default 20. */
  readonly timeoutSeconds?: number;
}

/** What came of it. */
export interface EapolOutcome {
  readonly isIn: boolean;
  /** Whether the access point got an EAP-Failure for it. */
  readonly isRefused: boolean;
  readonly transcript: string;
}

/** One login with Debian's eapol_test. */
export async function tryEap(options: EapolOptions): Promise<EapolOutcome> {
  const { port, secret, from, network, hasKeys = true, timeoutSeconds = 20 } = options;
  const folder = await makeFolder('eapol');
  const file = join(folder, 'supplicant.conf');
  const lines = ['key_mgmt=WPA-EAP', 'eapol_flags=0', ...network];
  await writeFile(file, `network={\n${lines.map((line) => `  ${line}\n`).join('')}}\n`, { mode: 0o600 });
  const address = ['-a', '127.0.0.1', '-p', String(port), '-s', secret, '-A', from];
  const args = ['-c', file, ...address, '-t', String(timeoutSeconds), ...(hasKeys ? [] : ['-n'])];
  try {
    const { stdout, stderr } = await run(peerPath('eapol_test'), args, { timeoutMs: (timeoutSeconds + 10) * 1_000 });
    return {
      isIn: /^SUCCESS$/m.test(stdout),
      isRefused: /^decapsulated EAP packet \(code=4 .*EAP Failure$/m.test(stdout),
      transcript: `${stdout}${stderr}`,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
