import { describe, expect, it } from 'vitest';

import { run, type Finished } from '../support/process.ts';
import { MAIN } from '../support/sallyport.ts';

const sallyport = (...args: string[]): Promise<Finished> => run(process.execPath, [MAIN, ...args]);

describe('the command line', () => {
  it.each([
    [[], /Which command\?/],
    [['serv'], /There is no such command\. Did you mean serve\?/],
    [['user'], /Which command\? See sallyport user --help\./],
    [['user', 'nonsense'], /Which command\? See sallyport user --help\./],
    [['user', 'add'], /Something is missing: sallyport user add <name>/],
    [['secret'], /Which command\? See sallyport secret --help\./],
    [['report', '--limit', 'many'], /--limit wants a number/],
    [['bypass', 'revoke', 'first'], /id wants a number/],
    [['check', '--config', 'first.yaml', '--config', 'nowhere.yaml'], /nowhere\.yaml:1:1 cannot be read/],
    [['constructor'], /Unknown argument: constructor/],
    [['login', '--user'], /Not enough arguments following: user/],
    [['login', '--user', 'alice', '--password', 'x'], /Unknown argument: password/],
    [['login', '--user', ''], /--user wants a name/],
    [['login', '--user', 'alice', '--timeout-seconds', 'soon'], /--timeout-seconds wants a number/],
    [
      ['login', '--user', 'alice', '--secret-file', 'nowhere'],
      /--secret-file nowhere cannot be read: it does not exist/,
    ],
    [['login', '--user', 'alice', '--server', 'somewhere'], /--server wants HOST:PORT/],
    [['login', '--user', 'alice', '--server', '[gate]:1812'], /--server wants HOST:PORT/],
    [['login', '--user', 'alice', '--server', 'gate.invalid:1812'], /gate\.invalid: nobody knows an address/],
    [['check', '--config', 'nowhere.yaml'], /nowhere\.yaml:1:1 cannot be read: it does not exist/],
    [['--config', 'nowhere.yaml', 'check'], /nowhere\.yaml:1:1 cannot be read: it does not exist/],
  ] as const)('%j is bad usage, with status 2 and one line', async (args, complaint) => {
    const { status, stdout, stderr } = await sallyport(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(complaint);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('names each choice that there is not, and what there is', async () => {
    const { status, stderr } = await sallyport('report', '--verdict', 'maybe', '--format', 'xml');
    expect(status).toBe(2);
    expect(stderr).toContain('--verdict is "maybe", which is none of "accept", "challenge", "reject"');
    expect(stderr).toContain('--format is "xml", which is none of "table"');
  });

  it('is English wherever it is called', async () => {
    const inGerman = { env: { LC_ALL: 'de_DE.UTF-8' } };
    const { stdout } = await run(process.execPath, [MAIN, 'user', '--help'], inGerman);
    expect(stdout).toContain('Options:');
  });

  it.each(['schema', 'demo'])('takes --config also for %s, which reads none', async (command) => {
    const { status, stdout } = await sallyport('--config', 'nowhere.yaml', command, '--help');
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/--config/) as string });
  });

  it('fails where its output finds no room, and not where its reader has gone', async () => {
    const script = (redirection: string): Promise<Finished> =>
      run('sh', ['-c', `"$0" "$1" schema ${redirection}`, process.execPath, MAIN]);
    expect(await script('> /dev/full')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('ENOSPC') as string,
    });
    expect(await script('| true')).toMatchObject({ status: 0, stderr: '' });
  });
});
