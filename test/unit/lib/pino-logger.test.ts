import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createLogger, type LoggerOptions, type ProgramLogger } from '../../../src/lib/pino-logger.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const clock = new FakeClock(Date.UTC(2026, 0, 15, 7, 0, 0, 42));

async function open(options: Partial<LoggerOptions> = {}): Promise<{ logger: ProgramLogger; read: () => string }> {
  const destination = join(folder, `${(files += 1)}.log`);
  const logger = await createLogger({ level: 'info', format: 'json', destination, ...options }, clock);
  return {
    logger,
    read() {
      logger.flush();
      return readFileSync(destination, 'utf8');
    },
  };
}

describe('the logger', () => {
  it('writes one JSON line a message, in the order of the words: level, time, fields, message', async () => {
    const { logger, read } = await open();
    logger.info({ requestId: 'ABC', user: 'a"\n', client: undefined }, 'access accepted');
    logger.warn({}, 'two');
    expect(read().split('\n')).toEqual([
      '{"level":"info","time":"2026-01-15T07:00:00.042Z","requestId":"ABC","user":"a\\"\\n","msg":"access accepted"}',
      '{"level":"warn","time":"2026-01-15T07:00:00.042Z","msg":"two"}',
      '',
    ]);
  });

  it('keeps the time of the clock it was given', async () => {
    const { logger, read } = await open();
    clock.jumpWall(3_600_000 - 35);
    logger.info({}, 'later');
    expect(read()).toContain('"time":"2026-01-15T08:00:00.007Z"');
    clock.jumpWall(-3_600_000 + 35);
  });

  it('prints no secret', async () => {
    const { logger, read } = await open();
    const secret = Secret.fromText('hunter2');
    logger.info({ secret, deep: { secret: [secret] } }, `a ${String(secret)}`);
    expect(read()).not.toContain('hunter2');
    expect(read().match(/\[secret\]/g)).toHaveLength(3);
  });

  it('tells an error with its cause', async () => {
    const { logger, read } = await open();
    logger.error({ error: new Error('outside', { cause: new Error('inside') }) }, 'failed');
    const { error } = JSON.parse(read()) as { error: Record<string, string> };
    expect(error['message']).toContain('outside');
    expect(error['stack']).toContain('inside');
  });

  it('leaves out what is below its level, which can change', async () => {
    const { logger, read } = await open();
    logger.debug({}, 'unseen');
    expect(logger.isLevelEnabled('debug')).toBe(false);
    logger.setLevel('debug');
    expect(logger.isLevelEnabled('debug')).toBe(true);
    logger.debug({}, 'seen');
    expect(read()).toContain('"msg":"seen"');
    expect(read()).not.toContain('unseen');
  });

  it('is pretty where asked, one line a message, without colours in a file', async () => {
    const { logger, read } = await open({ format: 'pretty' });
    logger.info({ client: 'vpn', listening: [{ port: 1812 }] }, 'access accepted');
    logger.warn({}, 'two');
    const [first, second] = read().split('\n');
    expect(first).toMatch(/INFO: access accepted \{"client":"vpn","listening":\[\{"port":1812\}\]\}$/);
    expect(second).toMatch(/WARN: two$/);
    expect(read()).not.toContain('\u001b');
  });

  it('takes more lines for people where there are packets, stacks or problems', async () => {
    const { logger, read } = await open({ format: 'pretty', level: 'trace' });
    logger.trace({ packet: 'Access-Request\n  User-Name = "alice"' }, 'received');
    logger.error({ problems: ['one', 'two'] }, 'refused');
    expect(read()).toMatch(/\n +User-Name = "alice"\n/);
    expect(read()).toMatch(/\n +"one",\n +"two"\n/);
  });

  it('is JSON by itself where no terminal reads', async () => {
    const { logger, read } = await open({ format: 'auto' });
    logger.info({}, 'line');
    expect(JSON.parse(read())).toMatchObject({ msg: 'line' });
  });

  it('cannot be opened where there is no folder', async () => {
    await expect(open({ destination: join(folder, 'missing', 'file.log') })).rejects.toThrow('ENOENT');
  });
});
