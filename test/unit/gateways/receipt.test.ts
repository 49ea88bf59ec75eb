import smpp from 'smpp';
import { describe, expect, it } from 'vitest';
import { kindOf, Receipts } from '../../../src/gateways/smpp/receipt.ts';

function begin() {
  const reported: unknown[] = [];
  const receipts = new Receipts({ reported: (id, { kind }) => reported.push([id, kind]), inbound: () => undefined });
  const take = (messageId: string, stat = 'DELIVRD') =>
    receipts.take(
      new smpp.PDU('deliver_sm', {
        esm_class: 4,
        short_message: { message: `id:${messageId} sub:001 dlvrd:001 stat:${stat} err:000 text:` },
      }),
    );
  /** A delivery that is handed over, in parts of these names. */
  const send = (...names: string[]) => {
    const expected = receipts.expect('sms-1', names.length);
    for (const name of names) expected.named(name);
    expected.handedOver();
  };
  return { receipts, reported, take, send };
}

describe('receipts of an SMSC', () => {
  it('tell a delivery by the text of appendix B', () => {
    const { reported, take, send } = begin();
    send('AB-12');
    expect(take('AB-12')).toBe(true);
    expect(reported).toEqual([['sms-1', 'delivered']]);
  });

  it.each(['EXPIRED', 'DELETED', 'UNDELIV', 'REJECTD'])('tell by %s that it came to nothing', (stat) => {
    const { reported, take, send } = begin();
    send('7');
    take('7', stat);
    expect(reported).toEqual([['sms-1', 'undelivered']]);
  });

  it.each(['ENROUTE', 'ACCEPTD', 'UNKNOWN', 'toString'])('tell nothing by %s', (stat) => {
    const { reported, take, send } = begin();
    send('7');
    expect(take('7', stat)).toBe(true);
    expect(reported).toEqual([]);
    take('7');
    expect(reported).toEqual([['sms-1', 'delivered']]);
  });

  it('tell by their own fields first', () => {
    const { receipts, reported, send } = begin();
    send('7');
    receipts.take(new smpp.PDU('deliver_sm', { esm_class: 4, receipted_message_id: '7', message_state: 5 }));
    expect(reported).toEqual([['sms-1', 'undelivered']]);
  });

  it.each([
    ['1f4', '500'],
    ['1F4', '0000000500'],
    ['500', '1f4'],
    ['500', '000001F4'],
  ])('find %s under the name %s', (named, reportedAs) => {
    const { reported, take, send } = begin();
    send(named);
    take(reportedAs);
    expect(reported).toEqual([['sms-1', 'delivered']]);
  });

  it('tell of several parts once, when all have arrived', () => {
    const { receipts, reported, take } = begin();
    const expected = receipts.expect('sms-1', 2);
    expected.named('1');
    take('1');
    expected.named('2');
    take('2');
    take('2');
    expect(reported).toEqual([]);
    expected.handedOver();
    expect(reported).toEqual([['sms-1', 'delivered']]);
  });

  it('tell of several parts as soon as one is lost', () => {
    const { reported, take, send } = begin();
    send('1', '2');
    take('1', 'UNDELIV');
    take('2');
    expect(reported).toEqual([['sms-1', 'undelivered']]);
  });

  it('tell of a lost part once, although later parts arrive', () => {
    const { receipts, reported, take } = begin();
    const expected = receipts.expect('sms-1', 2);
    expected.named('1');
    take('1', 'UNDELIV');
    expected.named('2');
    take('2');
    expected.handedOver();
    take('2');
    expect(reported).toEqual([['sms-1', 'undelivered']]);
  });

  it.each([
    ['1f4', '0000000500'],
    ['AB-12', 'ab-12'],
  ])('that come before %s has its name are kept until then', (named, reportedAs) => {
    const { receipts, reported, take } = begin();
    const expected = receipts.expect('sms-1', 1);
    expect(take(reportedAs)).toBe(true);
    expected.named(named);
    expect(reported).toEqual([]);
    expected.handedOver();
    expect(reported).toEqual([['sms-1', 'delivered']]);
  });

  it('that came while others were handed over tell nothing of later messages', () => {
    const { receipts, reported, take, send } = begin();
    const first = receipts.expect('sms-0', 1);
    take('7');
    first.named('6');
    first.handedOver();
    send('7');
    expect(reported).toEqual([]);
  });

  it('of a message that came to nothing tell nothing', () => {
    const { receipts, reported, take } = begin();
    const expected = receipts.expect('sms-1', 2);
    expected.named('1');
    expected.forget();
    expect(take('1', 'UNDELIV')).toBe(false);
    expect(reported).toEqual([]);
  });

  it('are forgotten when an SMSC sends no end of them, or names without an end', () => {
    const { receipts, reported, take } = begin();
    const expected = receipts.expect('sms-1', 2);
    take('first');
    for (let other = 0; other < 5_000; other += 1) take(`other-${other}`);
    expected.named('first');
    const long = 'x'.repeat(16_000);
    expect(receipts.take(new smpp.PDU('deliver_sm', { receipted_message_id: long, message_state: 2 }))).toBe(false);
    expected.named(long);
    expected.handedOver();
    expect(reported).toEqual([]);
  });

  it('of something unknown, or of nothing at all, change nothing', () => {
    const { receipts, reported, take } = begin();
    expect(take('99')).toBe(false);
    expect(receipts.take(new smpp.PDU('deliver_sm', { esm_class: 4, short_message: Buffer.from([1, 2]) }))).toBe(false);
    expect(reported).toEqual([]);
  });

  it('are told apart from messages by esm_class', () => {
    const of = (esm_class: number) => kindOf(new smpp.PDU('deliver_sm', { esm_class }));
    expect([0x04, 0x44].map(of)).toEqual(['receipt', 'receipt']);
    expect([0x00, 0x40, 0x80, 0x03].map(of)).toEqual(['message', 'message', 'message', 'message']);
    expect([0x08, 0x10, 0x20, 0x3c].map(of)).toEqual(['other', 'other', 'other', 'other']);
  });
});
