import type { Delivery, Callback } from './gateway.ts';
import type { Secret } from '../lib/secret.ts';

/** How a phone is asked and answers. */
export type PushProtocol = 'app' | 'ntfy' | 'privacyidea';

/** A phone (or other device) that can be asked: a token of type `push`. */
export interface PushDevice {
  readonly tokenId: number;
  readonly userId: number;
  readonly serial: string;
  readonly protocol: PushProtocol;
  /** What the protocol needs to reach it and to know its answers (keys, subscription, topic): JSON made by the protocol. */
  readonly data: Secret;
}

/** One question to a phone. */
export interface PushPrompt {
  /** 32 hexadecimal digits from 16 random octets: unguessable, and used once. */
  readonly id: string;
  readonly device: PushDevice;
  /** What is shown: who asks, from where. Text in the user's language. */
  readonly title: string;
  readonly body: string;
  /** Name of the client, for the phone to show. */
  readonly client: string;
  /** Address or number of the station that logs in, where the NAS tells. */
  readonly address?: string;
  /**
   * Number matching: the user reads a number in the VPN's window and picks it from these three on the phone; the right one is
   * not told to the phone. Missing: plain approval.
   */
  readonly choices?: readonly string[];
  /** Wall milliseconds from which an answer is too late. */
  readonly expiresAtMs: number;
}

/** What the phone says, once it is known to be the phone. */
export type PushAnswer =
  /** `choice`: what was picked where there was a choice. */
  | { readonly kind: 'approved'; readonly choice?: string }
  | { readonly kind: 'denied' }
  | { readonly kind: 'fraud-reported' };

/** What is made of an answer. */
export type PushReceipt =
  /** `code`: digits that the phone now shows, to be typed into the VPN's window (code-to-phone). */
  | { readonly kind: 'taken'; readonly code?: string }
  /** Answered before, withdrawn, expired or never asked. */
  | { readonly kind: 'late' };

/** Takes genuine answers; each prompt is answered once. */
export interface PushEvents {
  answered(promptId: string, answer: PushAnswer): PushReceipt;
}

/** What the owner of a new phone needs for its enrolment. */
export interface PushEnrolment {
  /** Shown as QR code and as text: an address the app or browser opens. Holds a secret that works once. */
  readonly uri: string;
  /** The same for a browser, where `uri` is for an app alone. Holds a secret too. */
  readonly webUri?: string;
  /** Data of the pending token. */
  readonly data: Secret;
  /** Where the phone is sent a message at once: what became of it. Never rejects. */
  readonly greeting?: Promise<Delivery>;
}

/** Tokens of type `push`, as the protocols need them. Implemented over the store. */
export interface PushDevices {
  /** Usable or pending device by serial; `undefined` when there is none, or it is disabled. */
  find(serial: string): (PushDevice & { readonly isPending: boolean }) | undefined;
  /** Keeps new data of a device; `activate`: its owner has proved that it works. Atomic: false when it was changed meanwhile. */
  update(serial: string, before: Secret, after: Secret, options?: { readonly activate: boolean }): Promise<boolean>;
}

/** One way to ask phones. */
export interface PushChannel {
  readonly protocol: PushProtocol;
  /** Hands the prompt over; `sent` where the phone fetches it by itself. One that waits already is shown once more, as it was. */
  send(prompt: PushPrompt, signal: AbortSignal): Promise<Delivery>;
  /** The question is over (answered elsewhere, expired): a phone that still shows it should stop. */
  withdraw(promptId: string): void;
  /** Begins the enrolment of a new phone. */
  enrol(serial: string, account: string): PushEnrolment;
  /** HTTP end points below `/push/PROTOCOL/`; each verifies before anything else. */
  readonly callbacks: readonly Callback[];
  start(): Promise<void>;
  stop(): Promise<void>;
}
