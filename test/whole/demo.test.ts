import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { Program, run } from '../support/process.ts';
import { MAIN } from '../support/sallyport.ts';

describe('sallyport demo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-demo-test-'));
  const env = { TMPDIR: folder };
  afterAll(() => rmSync(folder, { recursive: true }));

  it('tells of logins by app, SMS, call and push, a wrong passcode and a lock-out, and ends by itself', async () => {
    const { status, stdout, stderr } = await run(process.execPath, [MAIN, 'demo'], { cwd: folder, env });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const told = [
      /Sallyport listens on 127\.0\.0\.1 port \d+/,
      /NAS → Sallyport {3}Access-Request/,
      /NAS ← Sallyport {3}Access-Challenge/,
      /NAS ← Sallyport {3}Access-Accept/,
      /Both doors are open/,
      /That passcode is wrong/,
      /NAS ← Sallyport {3}Access-Reject/,
      /Locked out/,
      /☎ SMS to \+4520123456: \d{6} is your passcode/,
      /☎ The telephone \+4520123456 rings/,
      /☎ It says: .*press the hash key/,
      /☎ It says: Your login is confirmed/,
      /☎ The phone is enrolled as DEMO-PUSH/,
      /Pick \d\d on your phone/,
      /☎ Sallyport: is it you\? dave logs in at demo-nas\. {2}\[ \d\d \] \[ \d\d \] \[ \d\d \]/,
      ...['alice', 'bob', 'carol', 'dave'].map((user) => new RegExp(`${user} +│ accept +│ both-doors`)),
      /locked-out/,
      /The log is intact: \d+ events/,
    ];
    for (const part of told) expect(stdout).toMatch(part);
    for (const [, value] of stdout.matchAll(/User-Password = (.*)/g)) expect(value).toBe('[hidden]');
    expect(stdout.match(/User-Password = /g)!.length).toBeGreaterThan(5);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing behind when its reader goes away', async () => {
    const { status, stderr } = await run('sh', ['-c', '"$0" "$1" demo | head -n 1', process.execPath, MAIN], {
      cwd: folder,
      env,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const program = await Program.start(process.execPath, [MAIN, 'demo'], { cwd: folder, env });
    await program.waitFor(/Sallyport listens/);
    program.signal('SIGINT');
    expect((await program.exited).status).not.toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});
