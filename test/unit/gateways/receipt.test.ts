import smpp from 'smpp';
import { describe, expect, it } from 'vitest';
import { isReceipt, Receipts } from '../../../src/gateways/smpp/receipt.ts';

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
  return { receipts, reported, take };
}

describe('receipts of an SMSC', () => {
  it('tell a delivery by the text of appendix B', () => {
    const { receipts, reported, take } = begin();
    receipts.expect('sms-1', 1)('AB-12');
    expect(take('AB-12')).toBe(true);
    expect(reported).toEqual([['sms-1', 'delivered']]);
  });

  it.each(['EXPIRED', 'DELETED', 'UNDELIV', 'REJECTD'])('tell by %s that it came to nothing', (stat) => {
    const { receipts, reported, take } = begin();
    receipts.expect('sms-1', 1)('7');
    take('7', stat);
    expect(reported).toEqual([['sms-1', 'undelivered']]);
  });

  it.each(['ENROUTE', 'ACCEPTD', 'UNKNOWN', 'toString'])('tell nothing by %s', (stat) => {
    const { receipts, reported, take } = begin();
    receipts.expect('sms-1', 1)('7');
    expect(take('7', stat)).toBe(true);
    expect(reported).toEqual([]);
    take('7');
    expect(reported).toEqual([['sms-1', 'delivered']]);
  });

  it('tell by their own fields first', () => {
    const { receipts, reported } = begin();
    receipts.expect('sms-1', 1)('7');
    receipts.take(new smpp.PDU('deliver_sm', { esm_class: 4, receipted_message_id: '7', message_state: 5 }));
    expect(reported).toEqual([['sms-1', 'undelivered']]);
  });

  it.each([
    ['1f4', '500'],
    ['1F4', '0000000500'],
    ['500', '1f4'],
    ['500', '000001F4'],
  ])('find %s under the name %s', (named, reportedAs) => {
    const { receipts, reported, take } = begin();
    receipts.expect('sms-1', 1)(named);
    take(reportedAs);
    expect(reported).toEqual([['sms-1', 'delivered']]);
  });

  it('tell of several parts once, when all have arrived', () => {
    const { receipts, reported, take } = begin();
    const taken = receipts.expect('sms-1', 2);
    taken('1');
    take('1');
    expect(reported).toEqual([]);
    taken('2');
    take('2');
    take('2');
    expect(reported).toEqual([['sms-1', 'delivered']]);
  });

  it('tell of several parts as soon as one is lost', () => {
    const { receipts, reported, take } = begin();
    const taken = receipts.expect('sms-1', 2);
    taken('1');
    taken('2');
    take('1', 'UNDELIV');
    take('2');
    expect(reported).toEqual([['sms-1', 'undelivered']]);
  });

  it('of something unknown, or of nothing at all, change nothing', () => {
    const { receipts, reported, take } = begin();
    expect(take('99')).toBe(false);
    expect(receipts.take(new smpp.PDU('deliver_sm', { esm_class: 4, short_message: Buffer.from([1, 2]) }))).toBe(false);
    expect(reported).toEqual([]);
  });

  it('are told apart from messages by esm_class', () => {
    const of = (esm_class: number) => isReceipt(new smpp.PDU('deliver_sm', { esm_class }));
    expect([of(0x04), of(0x44), of(0x00), of(0x40), of(0x20)]).toEqual([true, true, false, false, false]);
  });
});
