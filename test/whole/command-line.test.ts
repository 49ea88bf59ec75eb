import { describe, expect, it } from 'vitest';

import { run, type Finished } from '../support/process.ts';
import { MAIN } from '../support/sallyport.ts';

const sallyport = (...args: string[]): Promise<Finished> => run(process.execPath, [MAIN, ...args]);

describe('the command line', () => {
  it.each([
    [[], /Which command\?/],
    [['serv'], /Did you mean serve\?/],
    [['constructor'], /Unknown argument: constructor/],
    [['login', '--user'], /Not enough arguments following: user/],
    [['login', '--user', 'alice', '--password', 'x'], /Unknown argument: password/],
    [['login', '--user', ''], /--user wants a name/],
    [['login', '--user', 'alice', '--timeout-seconds', 'soon'], /--timeout-seconds wants a number/],
    [['login', '--user', 'alice', '--secret-file', 'nowhere'], /--secret-file nowhere cannot be read: ENOENT/],
    [['login', '--user', 'alice', '--server', 'somewhere'], /--server wants HOST:PORT/],
    [['check', '--config', 'nowhere.yaml'], /nowhere\.yaml:1:1 cannot be read: it does not exist/],
    [['--config', 'nowhere.yaml', 'check'], /nowhere\.yaml:1:1 cannot be read: it does not exist/],
  ] as const)('%j is bad usage, with status 2 and one line', async (args, complaint) => {
    const { status, stdout, stderr } = await sallyport(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(complaint);
    expect(stderr.trim().split('\n')).toHaveLength(1);
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
