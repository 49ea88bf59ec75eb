/** How a message reaches somebody. */
export type Channel = 'sms' | 'call' | 'email';

/** One text on its way to one person: an SMS, or a mail. */
export interface TextMessage {
  /** Ours: names the delivery in callbacks and in the record of deliveries. */
  readonly id: string;
  readonly channel: 'sms' | 'email';
  /** A number in E.164 (`+4512345678`), or a mail address. */
  readonly to: string;
  /** Whom the recipient sees as sender, where the gateway lets us say. */
  readonly from?: string;
  /** Mail only. */
  readonly subject?: string;
  /** Holds a passcode: it belongs into no log. */
  readonly text: string;
}

/** One phone call that asks somebody something. */
export interface PhoneCall {
  readonly id: string;
  /** E.164. */
  readonly to: string;
  /** Keys to press once the call is answered (`890`, `,,890`: a comma waits two seconds). */
  readonly extension?: string;
  readonly from?: string;
  /** BCP 47, for voices and recordings. */
  readonly language: string;
  readonly dialog: CallDialog;
}

/** What is said and asked in a call. The gateway speaks it; the factor knows what it means. */
export interface CallDialog {
  /** The call was answered: what to say first. */
  answered(): CallStep;
  /** Keys that were pressed, without the closing `#` (so `#` alone is empty); `undefined`: none in time. */
  pressed(keys: string | undefined): Promise<CallStep>;
  /** The call is over, or never came about. Told once, also after a step that hangs up. */
  ended(how: 'hung-up' | 'no-answer' | 'busy' | 'failed'): void;
}

/** The next piece of a call. */
export interface CallStep {
  readonly say: readonly Phrase[];
  /** Keys to wait for; without it the call ends once everything is said. */
  readonly gather?: { readonly maxKeys: number; readonly timeoutSeconds: number };
}

/** Something said: a text, or the recording an administrator has put in its place. */
export interface Phrase {
  readonly text: string;
  /** Its name in the table of phrases (`digits` for a passcode): a gateway may have a recording of its own under it. */
  readonly name?: string;
  /** Name of a recording at the gateway (Asterisk: a sound file) or its address (Twilio, Vonage). */
  readonly recording?: string;
}

/** What became of handing a message to a gateway. `problem` is a sentence for the log without passcodes or credentials. */
export type Delivery =
  /** The gateway has taken it; `reference` is its own name for it. */
  | { readonly kind: 'sent'; readonly reference?: string; readonly price?: string }
  /** It will never take this one (the number does not exist): no reason to leave the gateway aside. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** It cannot be reached or is out of order. */
  | { readonly kind: 'failed'; readonly problem: string };

/** A company or box that delivers. Expected failures are values; it never throws for them. */
export interface Gateway {
  /** Its name under `gateways` in the configuration. */
  readonly name: string;
  readonly channels: readonly Channel[];
  /** Missing where it sends no texts. */
  sendText?(message: TextMessage, signal: AbortSignal): Promise<Delivery>;
  /** Missing where it places no calls. Resolves when the call is under way, not when it is over. */
  placeCall?(call: PhoneCall, signal: AbortSignal): Promise<Delivery>;
  /** Opens connections; one that cannot be had yet is tried again later and is no error. */
  start(): Promise<void>;
  /** Closes them and ends its calls. */
  stop(): Promise<void>;
  /** What the gateway's own servers ask of us. */
  readonly callbacks?: readonly Callback[];
}

/** What gateways tell of their own accord. */
export interface GatewayEvents {
  /** The delivery `id` (ours) reached the phone or mailbox, or did not. */
  reported(
    id: string,
    outcome: { readonly kind: 'delivered' } | { readonly kind: 'undelivered'; readonly problem: string },
  ): void;
  /** Somebody has sent a message to us. */
  inbound(message: InboundText): void;
}

/** A message that came in. */
export interface InboundText {
  readonly gateway: string;
  /** E.164. */
  readonly from: string;
  readonly text: string;
}

/** One HTTP end point for a gateway, below `/gateways/NAME/`. */
export interface Callback {
  readonly method: 'GET' | 'POST';
  /** Below `/gateways/NAME/`, without a slash in front; may be empty. */
  readonly path: string;
  /** Verifies that it is genuine before anything else; what is not gets 403 and nothing happens. */
  handle(request: CallbackRequest): Promise<CallbackReply>;
}

/** One HTTP request from a gateway. */
export interface CallbackRequest {
  /** The whole address as the gateway was told it (`console.publicUrl` in front), with its query: signatures cover it. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** As received, at most 64 KiB. */
  readonly body: Buffer;
}

/** What it is answered. */
export interface CallbackReply {
  readonly status: number;
  /** With `body`. */
  readonly contentType?: string;
  readonly body?: string;
}
