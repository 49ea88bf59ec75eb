import type { Secret } from '../lib/secret.ts';

/** One of `gateways`: a company or box that delivers. */
export type GatewayConfig = HttpGatewayConfig | TwilioGatewayConfig | VonageGatewayConfig | ScriptGatewayConfig;

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
