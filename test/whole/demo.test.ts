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

  it('tells of a login, a wrong passcode and a lock-out, and ends by itself', async () => {
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
      /both-doors/,
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
