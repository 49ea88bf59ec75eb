import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { withoutLineEnd } from '../../lib/line-end.ts';
import { Secret } from '../../lib/secret.ts';
import type { ContainerSecrets } from '../import/formats/format.ts';
import { FileProblem } from '../import/problem.ts';
import { readSecret } from '../io.ts';
import type { CliIo } from '../io.ts';

/** Where the key or the password of a container is; neither: a prompt, or standard input. */
export interface ContainerSecretArguments {
  readonly keyFile?: string | undefined;
  readonly passwordFile?: string | undefined;
}

/** The options of those arguments. */
export const containerSecretOptions = {
  'key-file': {
    type: 'string',
    requiresArg: true,
    conflicts: 'password-file',
    describe: 'PSKC: the file with the pre-shared key, 16 or 32 octets, raw or in hexadecimal',
  },
  'password-file': {
    type: 'string',
    requiresArg: true,
    describe: 'PSKC: the file with the password',
  },
} as const;

// AES-128, AES-192, AES-256.
const keyLengths = [16, 24, 32];
const MAX_OCTETS = 4_096;

/** The key or password of a container, from its file, a hidden prompt or standard input; never from an argument. */
export function createContainerSecrets(
  args: ContainerSecretArguments,
  io: CliIo,
  passwordPrompt = 'Password of the file',
): ContainerSecrets {
  const { keyFile, passwordFile } = args;
  const obtain = async (file: string | undefined, prompt: string): Promise<Secret> => {
    const secret =
      file === undefined ? await readSecret(io, prompt) : Secret.fromOctets(readBounded(resolve(io.cwd, file)));
    if (secret === undefined || secret.length === 0) {
      throw new FileProblem('no key or password was given: use --key-file, --password-file, or standard input');
    }
    return secret;
  };
  return {
    given: keyFile !== undefined ? 'key' : passwordFile !== undefined ? 'password' : undefined,
    key: async () => readKeyOctets(await obtain(keyFile, 'Pre-shared key in hexadecimal')),
    password: async () => {
      const password = await obtain(passwordFile, passwordPrompt);
      return Secret.fromOctets(withoutLineEnd(password.reveal()));
    },
  };
}

function readBounded(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const octets = Buffer.alloc(MAX_OCTETS + 1);
    const length = readSync(descriptor, octets);
    if (length > MAX_OCTETS) throw new FileProblem('the file with its key or password is too large');
    return octets.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

function readKeyOctets(secret: Secret): Secret {
  const text = secret.reveal().toString('latin1').replace(/\s/g, '');
  const isHex = /^[0-9a-f]+$/i.test(text) && keyLengths.includes(text.length / 2);
  if (isHex) return Secret.fromOctets(Buffer.from(text, 'hex'));
  if (keyLengths.includes(secret.length)) return secret;
  throw new FileProblem('the key must have 16, 24 or 32 octets, raw or in hexadecimal');
}
