import { afterEach, describe, expect, it } from 'vitest';
import { smppGatewayTo } from '../../support/smpp-gateway.ts';
import { startSmsc } from '../../support/smsc.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

const ADA = '4520123456';
const BOB = '4520123457';

async function hearing() {
  const smsc = await startSmsc();
  open.push(smsc);
  const { gateway, clock, inbound } = smppGatewayTo(smsc.port, { bind: 'pair' });
  open.push(gateway);
  await gateway.start();
  const deliver = async (fields: object) => {
    expect(await smsc.deliver({ source_addr_ton: 1, source_addr: ADA, ...fields })).toBe(0);
  };
  const texts = () => inbound.map(({ from, text }) => `${from} ${text}`);
  return { clock, texts, deliver };
}

/** A part as phones send it, with a header of concatenation in front. */
function part(header: readonly number[], text: string | Buffer) {
  const udh = Buffer.from([header.length, ...header]);
  return { esm_class: 0x40, short_message: Buffer.concat([udh, typeof text === 'string' ? Buffer.from(text) : text]) };
}

const short = (reference: number, total: number, number: number) => [0, 3, reference, total, number];
const long = (reference: number, total: number, number: number) => [8, 4, reference, 1, total, number];
const sar = (reference: number, total: number, number: number) => ({
  sar_msg_ref_num: reference,
  sar_total_segments: total,
  sar_segment_seqnum: number,
});

describe('long messages that come in by SMPP', () => {
  it('are told once, whole, in whatever order their parts come, and however often', async () => {
    const { deliver, texts } = await hearing();
    await deliver(part(short(7, 3, 3), 'three'));
    await deliver(part(short(7, 3, 1), 'one '));
    await deliver(part(short(7, 3, 1), 'one '));
    expect(texts()).toEqual([]);
    await deliver(part(short(7, 3, 2), 'two '));
    expect(texts()).toEqual([`+${ADA} one two three`]);
  });

  it.each([
    ['a header with a reference of two octets', (number: number, text: string) => part(long(7, 2, number), text)],
    ['a header among others', (number: number, text: string) => part([5, 4, 0, 1, 0, 2, ...short(7, 2, number)], text)],
    ['fields of SMPP', (number: number, text: string) => ({ ...sar(700, 2, number), short_message: text })],
    [
      'fields of SMPP, and their text in message_payload',
      (number: number, text: string) => ({ ...sar(7, 2, number), short_message: '', message_payload: text }),
    ],
    [
      'a header in message_payload',
      (number: number, text: string) => {
        const { esm_class, short_message: message_payload } = part(short(7, 2, number), text);
        return { esm_class, short_message: '', message_payload };
      },
    ],
  ])('are put together by %s', async (_, fields) => {
    const { deliver, texts } = await hearing();
    await deliver(fields(1, 'one '));
    await deliver(fields(2, 'two'));
    expect(texts()).toEqual([`+${ADA} one two`]);
  });

  it('keep a character whose halves are in two parts', async () => {
    const { deliver, texts } = await hearing();
    const octets = Buffer.from('да \u{1F511}', 'utf16le').swap16();
    const cut = octets.length - 2;
    await deliver({ ...part(short(7, 2, 1), octets.subarray(0, cut)), data_coding: 8 });
    await deliver({ ...part(short(7, 2, 2), octets.subarray(cut)), data_coding: 8 });
    expect(texts()).toEqual([`+${ADA} да \u{1F511}`]);
  });

  it('come whole in message_payload, and are cut', async () => {
    const { deliver, texts } = await hearing();
    await deliver({ short_message: '', message_payload: 'x'.repeat(5_000) });
    expect(texts()).toEqual([`+${ADA} ${'x'.repeat(1_000)}`]);
  });

  it('are told at once when they have one part, or a header of something else', async () => {
    const { deliver, texts } = await hearing();
    await deliver(part(short(7, 1, 1), 'one'));
    await deliver(part([5, 4, 0, 1, 0, 2], 'two'));
    await deliver(part([0, 3, 7], 'three'));
    await deliver({ sar_msg_ref_num: 1, short_message: 'four' });
    expect(texts()).toEqual(['one', 'two', 'three', 'four'].map((text) => `+${ADA} ${text}`));
  });

  it('are made of one sender’s parts alone', async () => {
    const { deliver, texts } = await hearing();
    await deliver(part(short(7, 2, 1), 'one '));
    await deliver({ ...part(short(7, 2, 2), 'forged'), source_addr: BOB });
    await deliver({ ...part(short(7, 2, 2), 'forged'), source_addr: '1230', source_addr_ton: 3 });
    expect(texts()).toEqual([]);
    await deliver(part(short(7, 2, 2), 'two'));
    expect(texts()).toEqual([`+${ADA} one two`]);
  });

  it('are not mixed with another text of the same sender', async () => {
    const { deliver, texts } = await hearing();
    await deliver(part(short(7, 2, 1), 'never completed '));
    await deliver(part(short(7, 2, 1), 'one '));
    await deliver(part(short(7, 2, 2), 'two'));
    await deliver(part(short(8, 2, 1), 'other '));
    await deliver(part(long(8, 2, 2), 'kind'));
    await deliver(part(short(8, 3, 2), 'number of parts'));
    expect(texts()).toEqual([`+${ADA} one two`]);
  });

  it('are forgotten after two minutes', async () => {
    const { deliver, texts, clock } = await hearing();
    await deliver(part(short(7, 2, 1), 'one '));
    await clock.advance(120_001);
    await deliver(part(short(7, 2, 2), 'two'));
    expect(texts()).toEqual([]);
  });

  it('are forgotten when too many others have begun one', async () => {
    const { deliver, texts } = await hearing();
    await deliver(part(short(7, 2, 1), 'one '));
    for (let other = 0; other < 500; other += 1)
      await deliver({ ...part(short(7, 2, 1), 'one '), source_addr: String(4_520_200_000 + other) });
    await deliver(part(short(7, 2, 2), 'two'));
    expect(texts()).toEqual([]);
  });

  it.each([
    ['number 0', part(short(7, 2, 0), 'x')],
    ['a number beyond their count', part(short(7, 2, 3), 'x')],
    ['no count', part(short(7, 0, 1), 'x')],
    ['more parts than anybody answers with', part(short(7, 11, 1), 'x')],
    ['more text than a message holds', { ...sar(7, 2, 1), short_message: '', message_payload: 'x'.repeat(256) }],
  ])('are dropped, part by part, for %s', async (_, fields) => {
    const { deliver, texts } = await hearing();
    await deliver(part(short(7, 2, 1), 'one '));
    await deliver(fields);
    await deliver(part(short(7, 2, 2), 'two'));
    expect(texts()).toEqual([`+${ADA} one two`]);
  });
});

describe('what comes in by SMPP and is nobody’s message', () => {
  it.each([0x08, 0x10, 0x18, 0x20])('is not told: esm_class %i', async (esm_class) => {
    const { deliver, texts } = await hearing();
    await deliver({ esm_class, short_message: 'yes' });
    expect(texts()).toEqual([]);
  });

  it.each([3, 4, 5, 6, 7, 255])('is not told: digits that are no telephone number (type %i)', async (type) => {
    const { deliver, texts } = await hearing();
    await deliver({ source_addr_ton: type, short_message: 'yes' });
    expect(texts()).toEqual([]);
  });
});
