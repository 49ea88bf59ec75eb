import { beforeAll, describe, expect, it } from 'vitest';

import { phoneShows } from '../support/phone.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import {
  addCallable,
  passcodeIn,
  publicConsole,
  startTextCompany,
  textGateway,
  type TextCompany,
} from './second-doors.ts';
import { openNas, PASSWORD, Visitor } from './visitor.ts';

const clients = ['menu', 'pin'] as const;

describe('the ways in that a user has', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let company: TextCompany;

  beforeAll(async () => {
    company = await keep(startTextCompany());
    gate = await keep(
      startSallyport({
        clients: clients.map((name, index) => clientSection(name, `127.0.0.${index + 1}`, { policy: name })),
        sections: {
          policies: {
            menu: { factors: ['totp', 'sms', 'email'], menu: true },
            pin: { factors: ['totp'], pin: true },
          },
          factors: { sms: { gateways: ['company'] }, email: { gateways: ['company'] } },
          gateways: { company: { ...textGateway(company), channels: ['sms', 'email'] } },
          console: await publicConsole(),
        },
      }),
    );
    await addCallable(gate, { ada: '+4520123401', bob: '+4520123402', cat: '+4520123403' });
  });

  async function arrive(user: string, client: (typeof clients)[number]): Promise<Visitor> {
    const nas = await openNas(gate, { from: `127.0.0.${clients.indexOf(client) + 1}` });
    await keep(Promise.resolve({ stop: () => nas.close() }));
    return new Visitor(nas, user);
  }

  it('are a menu, chosen from by number or word', async () => {
    await gate.mustRun(['user', 'set', 'ada', '--email', 'ada@example.com']);
    const ada = await arrive('ada', 'menu');
    const menu = await ada.begin(PASSWORD);
    expect(menu.message).toContain('1 passcode, 2 text message, 3 e-mail');
    expect(company.texts).toEqual([]);
    expect((await ada.answer('3')).message).toContain('from the e-mail');
    expect(company.texts[0]?.to).toBe('ada@example.com');
    expect((await ada.answer('sms')).message).toContain('from the text message');
    expect(company.texts[1]?.to).toBe('+4520123401');
    expect((await ada.answer('email')).message).toContain('from the e-mail');
    expect(company.texts).toHaveLength(2);
    expect(await ada.answer(passcodeIn(company.texts[0]!))).toMatchObject({ code: 'Access-Accept' });
    expect((await gate.events('ada'))[0]).toMatchObject({ reason: 'both-doors', factor: 'email' });
  });

  it('stand behind a PIN where the policy says so', async () => {
    await gate.mustRun(['user', 'set', 'bob', '--pin-stdin'], '471108\n');
    const bob = await arrive('bob', 'pin');
    await bob.begin(PASSWORD);
    expect(await bob.answer(phoneShows())).toMatchObject({ code: 'Access-Challenge' });
    expect(await bob.answer(`080000${phoneShows()}`)).toMatchObject({ code: 'Access-Challenge' });
    expect(await bob.answer(`471108${phoneShows()}`)).toMatchObject({ code: 'Access-Accept' });
  });

  it('are fewer at once when the phone is lost, and a bypass code lets in once meanwhile', async () => {
    const appPassword = await gate.mustRun(['app-password', 'add', 'cat', '--client', 'menu', '--json']);
    const { password } = JSON.parse(appPassword) as { password: string };
    const cat = await arrive('cat', 'menu');
    expect(await cat.begin(password)).toMatchObject({ code: 'Access-Accept' });
    await gate.mustRun(['user', 'phone-lost', 'cat']);
    await gate.mustRun(['token', 'delete', 'phone-cat', '--yes']);
    expect(await cat.begin(password)).toMatchObject({ code: 'Access-Reject' });
    expect(await cat.begin(PASSWORD)).toMatchObject({ code: 'Access-Reject' });
    expect((await gate.events('cat'))[0]).toMatchObject({ reason: 'unenrolled' });

    const bypass = await gate.mustRun(['bypass', 'add', 'cat', '--reason', 'the phone is lost', '--json']);
    const { code } = JSON.parse(bypass) as { code: string };
    await cat.begin(PASSWORD);
    expect(await cat.answer(code)).toMatchObject({ code: 'Access-Accept' });
    expect(await cat.begin(PASSWORD)).toMatchObject({ code: 'Access-Reject' });
    expect(company.texts.map(({ to }) => to)).not.toContain('+4520123403');
  });
});
