import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/lib/logger.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import { pushChannelContract } from '../../../contract/push-channel.ts';
import { FakeNtfy } from '../../../support/phones/fake-ntfy.ts';
import { NtfyPhone } from '../../../support/phones/ntfy-phone.ts';
import { startPushStage, type PushStage } from '../../../support/phones/push-stage.ts';

const never = new AbortController().signal;

pushChannelContract(
  'ntfy',
  async () => {
    const ntfy = await new FakeNtfy().start();
    return {
      options: { ntfy: { server: ntfy.url } },
      phone: (uri) => new NtfyPhone(uri),
      close: () => ntfy.stop(),
    };
  },
  { showsCodes: false, takesBack: false },
);

describe('ntfy', () => {
  let ntfy: FakeNtfy;
  let stage: PushStage;
  let warnings: object[];

  beforeEach(async () => {
    ntfy = await new FakeNtfy().start();
    ntfy.accessToken = 'tk_of_the_server';
    warnings = [];
    const logger = { ...silentLogger, warn: (fields: object) => void warnings.push(fields) };
    const accessToken = Secret.fromText(ntfy.accessToken);
    stage = await startPushStage({ ntfy: { server: ntfy.url, accessToken } }, logger);
  });

  afterEach(async () => {
    await stage.stop();
    await ntfy.stop();
  });

  async function enrolled(): Promise<NtfyPhone> {
    const phone = new NtfyPhone(stage.begin('PHONE-1'));
    await expect.poll(() => ntfy.notifications.length).toBe(1);
    await phone.enrol();
    return phone;
  }

  it('gives each phone a topic of its own that nobody can guess, for the app and for browsers', () => {
    const enrolments = [1, 2].map((number) => stage.channel.enrol(`PHONE-${number}`, 'alice@example.com'));
    const topics = enrolments.map(({ uri }) => new URL(uri).pathname.slice(1));
    expect(new Set(topics).size).toBe(2);
    for (const topic of topics) expect(Buffer.from(topic.replace('sallyport-', ''), 'base64url')).toHaveLength(20);
    expect(enrolments[0]?.uri).toMatch(
      /^ntfy:\/\/127\.0\.0\.1:\d+\/sallyport-[-\w]{27}\?display=alice%40example\.com&secure=false$/,
    );
    expect(enrolments[0]?.webUri).toBe(`${ntfy.url}/${topics[0] ?? ''}`);
  });

  it('asks with three buttons, loudly, and shows its access token', async () => {
    await enrolled();
    const prompt = stage.prompt('PHONE-1');
    expect(await stage.channel.send(prompt, never)).toEqual({ kind: 'sent' });
    const notification = ntfy.notifications[1];
    expect(notification).toMatchObject({ title: prompt.title, message: prompt.body, priority: 5 });
    expect(notification?.actions.map(({ label }) => label)).toEqual(['Approve', 'Deny', 'Not me: report']);
    for (const { action, method, url } of notification?.actions ?? []) {
      expect({ action, method, url }).toEqual({
        action: 'http',
        method: 'POST',
        url: `${stage.server.url}/push/ntfy/answer`,
      });
    }
  });

  it('gives every button of every prompt a secret of its own', async () => {
    await enrolled();
    for (const choices of [undefined, ['1', '2', '3'], undefined]) {
      await stage.channel.send(stage.prompt('PHONE-1', choices === undefined ? {} : { choices }), never);
    }
    const buttons = ntfy.notifications.flatMap(({ actions }) => actions);
    const secrets = buttons.map(({ body }) => (JSON.parse(body) as { secret: string }).secret);
    expect(new Set(secrets).size).toBe(10);
  });

  it('asks with no more numbers than there are buttons', async () => {
    await enrolled();
    const prompt = stage.prompt('PHONE-1', { choices: ['1', '2', '3', '4'] });
    expect(await stage.channel.send(prompt, never)).toMatchObject({ kind: 'refused' });
  });

  it.each([
    [403, 'failed'],
    [429, 'failed'],
    [503, 'failed'],
    [413, 'refused'],
  ])('tells what status %i means: %s', async (status, kind) => {
    await enrolled();
    ntfy.status = status;
    const delivery = await stage.channel.send(stage.prompt('PHONE-1'), never);
    expect(delivery).toEqual({ kind, problem: `ntfy answered with status ${status}` });
  });

  it('follows no redirect with its access token', async () => {
    await enrolled();
    ntfy.location = `${ntfy.url}/`;
    expect(await stage.channel.send(stage.prompt('PHONE-1'), never)).toMatchObject({ kind: 'failed' });
    expect(ntfy.notifications).toHaveLength(2);
  });

  it('logs that the first message was not taken, without the secret in it', async () => {
    ntfy.status = 507;
    const uri = stage.begin('PHONE-1');
    await expect.poll(() => warnings.length).toBe(1);
    expect(warnings).toEqual([{ serial: 'PHONE-1', problem: 'ntfy answered with status 507' }]);
    expect(JSON.stringify(warnings)).not.toContain(new URL(uri).pathname);
  });

  it('says that the server is out of reach', async () => {
    await enrolled();
    await ntfy.stop();
    const delivery = await stage.channel.send(stage.prompt('PHONE-1'), never);
    expect(JSON.stringify(delivery)).toMatch(/^\{"kind":"failed","problem":"ntfy could not be reached: [A-Z_]+"\}$/);
  });
});
