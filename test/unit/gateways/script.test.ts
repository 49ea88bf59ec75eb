import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptGatewayConfig } from '../../../src/config/index.ts';
import { createGateway } from '../../../src/gateways/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { gatewayContract, type ProviderMood } from '../../contract/gateway.ts';
import { gatewayWorld, patient, textMessage } from '../../support/gateway.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-script-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let programs = 0;
function program(lines: string): string {
  programs += 1;
  const file = join(folder, `program-${programs}.sh`);
  writeFileSync(file, `#!/bin/sh\n${lines}\n`);
  chmodSync(file, 0o755);
  return file;
}

function scriptConfig(command: string, parts: Partial<ScriptGatewayConfig> = {}): ScriptGatewayConfig {
  return {
    type: 'script',
    channels: ['sms', 'email'],
    command,
    arguments: ['{{to}}', '{{id}}'],
    environment: {},
    timeoutSeconds: 10,
    failures: 5,
    asideSeconds: 30,
    ...parts,
  };
}

const PASSWORD = 'password-of-the-modem';

const moods: Readonly<Record<ProviderMood, string>> = {
  well: '[ "$KEY" = "$WANTED" ] || exit 77; cat > "$BOX/$2"; printf "%s" "$1" > "$BOX/$2.to"; echo ref-$2; echo more',
  'refuses-credentials': `echo "not ${PASSWORD}"; exit 77`,
  broken: 'cat; exit 1',
  babbles: 'exit 1',
  hangs: 'sleep 600 & sleep 600',
  floods: 'cat /dev/zero',
};

gatewayContract(
  'script',
  () => {
    const { clock, deps } = gatewayWorld();
    const box = mkdtempSync(join(folder, 'box-'));
    const ids: string[] = [];
    const file = program(moods.well);
    const environment = {
      KEY: Secret.fromText(PASSWORD),
      WANTED: Secret.fromText(PASSWORD),
      BOX: Secret.fromText(box),
    };
    return createGateway('own', scriptConfig(file, { environment }), deps).then((inner) => ({
      gateway: {
        ...inner,
        sendText(message, signal) {
          ids.push(message.id);
          return inner.sendText?.(message, signal) ?? Promise.reject(new Error('it sends no texts'));
        },
      },
      clock,
      taken: () =>
        ids.map((id) => ({
          to: readFileSync(join(box, `${id}.to`), 'utf8'),
          text: readFileSync(join(box, id), 'utf8'),
        })),
      setMood(mood) {
        writeFileSync(file, `#!/bin/sh\n${moods[mood]}\n`);
        return Promise.resolve();
      },
      vanish() {
        rmSync(file);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    }));
  },
  { secrets: [PASSWORD] },
);

describe('a script', () => {
  async function run(lines: string, parts: Partial<ScriptGatewayConfig> = {}, to = '+4520123456') {
    const gateway = await createGateway('own', scriptConfig(program(lines), parts), gatewayWorld().deps);
    return await gateway.sendText?.(textMessage({ to, subject: '$(id)' }), patient());
  }

  it('names the delivery by the first line it prints', async () => {
    expect(await run('echo one; echo two')).toEqual({ kind: 'sent', reference: 'one' });
    expect(await run('cat > /dev/null')).toEqual({ kind: 'sent' });
  });

  it('sees its arguments as they are, and nothing of our environment', async () => {
    const box = join(folder, 'seen');
    await run(`env > ${box}; printf '%s|' "$@" >> ${box}; pwd >> ${box}`, {
      arguments: ['-s', '{{subject}}', '{{text}}', 'a b', '*'],
      environment: { MODEM: Secret.fromText('/dev/ttyS0') },
    });
    const seen = readFileSync(box, 'utf8');
    expect(seen).toContain('-s|$(id)||a b|*|/\n');
    expect(seen).not.toContain('123456');
    const names = seen.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
    expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).toSorted()).toEqual([
      'LANG',
      'MODEM',
      'PATH',
    ]);
  });

  it.each([
    [65, 'refused'],
    [67, 'refused'],
    [1, 'failed'],
    [75, 'failed'],
  ])('that ends with status %i means: %s', async (status, kind) => {
    expect(await run(`exit ${status}`)).toEqual({ kind, problem: `it ended with status ${status}` });
  });

  it('is never given an address that looks like an option', async () => {
    const trace = join(folder, 'trace');
    expect((await run(`touch ${trace}`, {}, '-oQ/tmp@example.com'))?.kind).toBe('refused');
    expect(existsSync(trace)).toBe(false);
  });
});
