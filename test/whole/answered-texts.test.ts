import { beforeAll, describe, expect, it } from 'vitest';

import { startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import {
  addCallable,
  passcodeIn,
  publicConsole,
  startTextCompany,
  tellInbound,
  textGateway,
  type TextCompany,
} from './second-doors.ts';
import { openNas, PASSWORD, readReply, Visitor } from './visitor.ts';

const ADA = '+4520123401';
const STRANGER = '+4520999999';

describe('a text message that is answered', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let company: TextCompany;

  beforeAll(async () => {
    company = await keep(startTextCompany());
    gate = await keep(
      startSallyport({
        policy: { factors: ['sms'] },
        sections: {
          factors: { sms: { mode: 'reply', gateways: ['texts'] } },
          gateways: { texts: textGateway(company) },
          console: await publicConsole(),
        },
      }),
    );
    await addCallable(gate, { ada: ADA }, []);
  });

  /** A login that is held, and the digits that its message wants. */
  async function hold() {
    const nas = await openNas(gate);
    await keep(Promise.resolve({ stop: () => nas.close() }));
    const sent = company.texts.length;
    const request = nas.encode({ attributes: new Visitor(nas, 'ada').attributes(PASSWORD) });
    nas.send(request);
    const digits = passcodeIn(await company.textAfter(sent));
    return { nas, request, digits };
  }

  it('lets in by the right digits from the right number alone, and by each answer once', async () => {
    const { nas, request, digits } = await hold();
    const wrong = String((Number(digits) + 1) % 1_000_000).padStart(6, '0');
    const refused = [
      { sender: STRANGER, message: digits },
      { sender: ADA, message: wrong },
    ];
    for (const inbound of refused) expect(await tellInbound(gate, 'texts', inbound)).toBe(204);
    const right = { sender: ADA, message: ` ${digits}.` };
    expect(await tellInbound(gate, 'texts', right, 'not-the-key-of-the-gateway')).toBe(403);
    expect(await nas.isSilentAbout(request)).toBe(true);
    expect(await gate.events('ada')).toEqual([]);

    expect(await tellInbound(gate, 'texts', right)).toBe(204);
    expect(readReply(nas.verify(request, await nas.nextReply())).code).toBe('Access-Accept');
    expect((await gate.events('ada'))[0]).toMatchObject({ reason: 'both-doors', factor: 'sms' });

    const next = await hold();
    expect(await tellInbound(gate, 'texts', right)).toBe(204);
    expect(await next.nas.isSilentAbout(next.request)).toBe(true);
    expect(await gate.events('ada')).toHaveLength(1);
    expect(await tellInbound(gate, 'texts', { sender: ADA, message: next.digits })).toBe(204);
    expect(readReply(next.nas.verify(next.request, await next.nas.nextReply())).code).toBe('Access-Accept');
  });
});
