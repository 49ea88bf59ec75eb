import type { CallDialog } from './gateway.ts';
import type { PushPrompt } from './push.ts';

/** For whom something is delivered: limits and the record of deliveries go by it. */
export interface Addressee {
  readonly userId: number;
  readonly username: string;
  /** Name of the client the login came from; `enrolment` where there is none. */
  readonly client: string;
  /** BCP 47. */
  readonly language: string;
}

/** A passcode, or a question to be answered by message. */
export interface TextOrder {
  readonly channel: 'sms' | 'email';
  readonly addressee: Addressee;
  /** A phone number as the administrator wrote it, or a mail address. */
  readonly to: string;
  readonly subject?: string;
  readonly text: string;
}

/** A call. */
export interface CallOrder {
  readonly addressee: Addressee;
  /** As the administrator wrote it, extension included (`+45 12 34 56 78 x890`). */
  readonly to: string;
  readonly dialog: CallDialog;
}

/** What became of an order. `problem` is a sentence for the log, without passcodes. */
export type DeskResult =
  | { readonly kind: 'sent'; readonly id: string; readonly gateway: string }
  /** Every gateway refused or failed. */
  | { readonly kind: 'undelivered'; readonly problem: string }
  /** The number or address is none. */
  | { readonly kind: 'address-invalid'; readonly problem: string }
  /** More than the user, the client or the whole server may send in five minutes. */
  | { readonly kind: 'limited'; readonly problem: string };

/** Delivers by the gateways of the configuration: in order, by country, within limits, each delivery recorded. */
export interface Desk {
  sendText(order: TextOrder): Promise<DeskResult>;
  placeCall(order: CallOrder): Promise<DeskResult>;
  push(prompt: PushPrompt, addressee: Addressee): Promise<DeskResult>;
  /** The prompt's question is over. */
  withdrawPush(prompt: PushPrompt): void;
}

/** One delivery in the record. */
export interface DeliveryRecord {
  readonly id: string;
  readonly atMs: number;
  readonly userId: number;
  readonly client: string;
  readonly channel: 'sms' | 'call' | 'email' | 'push';
  readonly gateway: string;
  /** ISO 3166 country of the number. */
  readonly country?: string;
  readonly outcome: 'sent' | 'refused' | 'failed';
  readonly reference?: string;
  readonly price?: string;
  readonly problem?: string;
}

/** Keeps deliveries, for reports and bills. Never throws: a record that cannot be written is logged and lost. */
export interface DeliveryLog {
  record(delivery: DeliveryRecord): void;
  /** What the gateway reports later. */
  report(id: string, outcome: 'delivered' | 'undelivered', problem?: string): void;
}
