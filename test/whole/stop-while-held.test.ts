import { describe, expect, it } from 'vitest';

import { startSallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { APP, givePhone, promptOn, publicConsole } from './second-doors.ts';
import { enrolAll, openNas, PASSWORD, readReply, Visitor } from './visitor.ts';

describe('a server that is told to stop while a push is held', () => {
  const keep = stopAfterwards();

  async function holdPush() {
    const gate = await keep(
      startSallyport({
        client: { challenge: false },
        policy: { factors: ['push'] },
        sections: { factors: { push: { app: APP } }, console: await publicConsole() },
      }),
    );
    await enrolAll(gate, 'ada');
    const phone = await givePhone(gate, 'ada');
    const nas = await openNas(gate);
    await keep(Promise.resolve({ stop: () => nas.close() }));
    const request = nas.encode({ attributes: new Visitor(nas, 'ada').attributes(PASSWORD) });
    nas.send(request);
    const prompt = await promptOn(phone);
    gate.signal('SIGTERM');
    await gate.waitForLog(/"msg":"stopping: /);
    return { gate, phone, nas, request, prompt };
  }

  it.concurrent('still hears the phone, lets in, and ends', async () => {
    const { gate, phone, nas, request, prompt } = await holdPush();
    expect(await phone.answer(prompt, { kind: 'approved' })).toMatchObject({ isTaken: true });
    expect(readReply(nas.verify(request, await nas.nextReply())).code).toBe('Access-Accept');
    expect(await gate.exited()).toEqual({ status: 0, signal: null });
    expect(gate.log()).toMatch(/"msg":"stopped"/);
  });

  it.concurrent('ends within its bounded time when nobody answers', async () => {
    const { gate } = await holdPush();
    expect(await gate.exited()).toEqual({ status: 0, signal: null });
    expect(gate.log()).toMatch(/"msg":"stopped"/);
  });
});
