import type { Secret } from '../lib/secret.ts';

/** One of `gateways`: a company or box that delivers. */
export type GatewayConfig =
  | HttpGatewayConfig
  | TwilioGatewayConfig
  | VonageGatewayConfig
  | ScriptGatewayConfig
  | SmppGatewayConfig
  | SmtpGatewayConfig
  | AsteriskGatewayConfig;

/** What holds for every gateway. */
export interface GatewayPatience {
  /** It may take this long to accept one delivery. */
  readonly timeoutSeconds: number;
  /** Failures in a row after which it is left aside. */
  readonly failures: number;
  /** How long; then one delivery tries whether it is back. */
  readonly asideSeconds: number;
}

/** A web API that takes a message by one request. */
export interface HttpGatewayConfig extends GatewayPatience {
  readonly type: 'http';
  readonly channels: readonly ('sms' | 'email')[];
  readonly method: 'POST' | 'PUT' | 'GET';
  readonly url: string;
  readonly query: Readonly<Record<string, string>>;
  /** By the names that templates call them by. */
  readonly credentials: Readonly<Record<string, Secret>>;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly body?: HttpGatewayBody | undefined;
  readonly success: {
    readonly statuses: readonly number[];
    readonly pattern?: string | undefined;
    /** As in `messages[0].id`. */
    readonly reference?: string | undefined;
    readonly referencePattern?: string | undefined;
  };
  readonly callbacks?: HttpCallbacksConfig | undefined;
}

/** Templates of a request's body. */
export type HttpGatewayBody =
  { readonly json: unknown } | { readonly form: Readonly<Record<string, string>> } | { readonly text: string };

/** What a web API sends to us. */
export interface HttpCallbacksConfig {
  readonly secret: Secret;
  /** Header with HMAC-SHA256 of the body; without it the secret itself is the `token` in the query. */
  readonly signatureHeader?: string | undefined;
  readonly report?:
    | {
        readonly id: string;
        readonly status: string;
        readonly delivered: readonly string[];
        readonly undelivered: readonly string[];
      }
    | undefined;
  readonly inbound?: { readonly from: string; readonly text: string } | undefined;
}

/** Twilio: SMS and calls. */
export interface TwilioGatewayConfig extends GatewayPatience {
  readonly type: 'twilio';
  readonly accountSid: string;
  readonly authToken: Secret;
  readonly from?: string | undefined;
  readonly messagingServiceSid?: string | undefined;
  readonly apiUrl: string;
}

/** Vonage: SMS, and calls where there is an application. */
export interface VonageGatewayConfig extends GatewayPatience {
  readonly type: 'vonage';
  readonly apiKey: string;
  readonly apiSecret?: Secret | undefined;
  readonly signatureSecret: Secret;
  readonly signatureMethod: 'sha256' | 'sha512';
  readonly applicationId?: string | undefined;
  /** PEM. */
  readonly privateKey?: Secret | undefined;
  readonly from?: string | undefined;
  readonly smsUrl: string;
  readonly voiceUrl: string;
}

/** A program on this machine. */
export interface ScriptGatewayConfig extends GatewayPatience {
  readonly type: 'script';
  readonly channels: readonly ('sms' | 'email')[];
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, Secret>>;
}

/** An SMSC. */
export interface SmppGatewayConfig extends GatewayPatience {
  readonly type: 'smpp';
  /** Name or address of the SMSC. */
  readonly host: string;
  readonly port: number;
  /** With TLS from the first octet; the certificate is verified. */
  readonly tls: boolean;
  /** PEM. */
  readonly ca?: string | undefined;
  readonly systemId: string;
  readonly password: Secret;
  /** Empty unless the SMSC asks for one. */
  readonly systemType: string;
  /** One session for both ways, or a transmitter and a receiver, each kept open on its own. */
  readonly bind: 'transceiver' | 'pair';
  /** Sender where the message names none; without it the SMSC chooses. */
  readonly from?: string | undefined;
  /** Whether receipts are asked for. */
  readonly receipts: boolean;
  readonly longMessages: 'udh' | 'payload';
  /** ISO 3166: where numbers without a country that come in belong to. */
  readonly country?: string | undefined;
  /** How long the SMSC tries to deliver; without it as long as it likes. */
  readonly validitySeconds?: number | undefined;
  readonly enquireSeconds: number;
  /** Messages that may wait for their answer at a time. */
  readonly window: number;
}

/** A mail server. */
export interface SmtpGatewayConfig extends GatewayPatience {
  readonly type: 'smtp';
  /** Name or address of the mail server. */
  readonly host: string;
  readonly port: number;
  /**
   * `starttls`: the connection becomes encrypted before anything is said, or no mail is sent; `tls`: it is from its first
   * octet; `none`: nothing is encrypted, and no credentials are sent.
   */
  readonly security: 'starttls' | 'tls' | 'none';
  /** PEM. */
  readonly ca?: string | undefined;
  /** Missing where the server asks for none. */
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** `noreply@example.com`, or with a name: `Sallyport <noreply@example.com>`. */
  readonly from: string;
  readonly replyTo?: string | undefined;
  /** Connections at most; they are kept and used again. */
  readonly connections: number;
}

/** An Asterisk, by its REST interface. */
export interface AsteriskGatewayConfig extends GatewayPatience {
  readonly type: 'asterisk';
  /** `http://127.0.0.1:8088`, with its prefix if it has one. */
  readonly url: string;
  readonly username: string;
  readonly password: Secret;
  /** Name of our Stasis application; no other program may use the same. */
  readonly app: string;
  /** Whom to dial: `{{number}}` stands for the number in E.164, `{{digits}}` for it without `+`. */
  readonly endpoint: string;
  /** Shown to the callee where the call names nobody. */
  readonly callerId?: string | undefined;
  /** What to play for a text that has no recording: `sound:http://tts.example.com/?text={{text}}&lang={{language}}`. */
  readonly speech?: string | undefined;
  readonly ringSeconds: number;
  /** How long a call may last once it is answered. */
  readonly maxSeconds: number;
  readonly maxCalls: number;
}

/** One of `factors.countries`. */
export interface CountryConfig {
  readonly blocked: boolean;
  readonly gateways?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly callFrom?: string | undefined;
}

/** Keys of `factors` about deliveries in general. */
export interface DeliveriesConfig {
  /** ISO 3166. */
  readonly defaultCountry?: string | undefined;
  /** By ISO 3166 code, `*` for all others. */
  readonly countries: Readonly<Record<string, CountryConfig>>;
  readonly limits: {
    readonly perUserInFiveMinutes: number;
    readonly perClientInFiveMinutes: number;
    readonly inFiveMinutes: number;
  };
}
