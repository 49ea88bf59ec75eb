import type { DeliveriesConfig, GatewayConfig } from './gateway-config.ts';
import type { PrimaryConfig } from './primary-config.ts';
import type { Prefix } from '../lib/ip.ts';
import type { Secret } from '../lib/secret.ts';
import type { AddressAttribute } from './profiles/address-attributes.ts';
import type { ProfileName } from './profiles/index.ts';
import type { ClientTlsConfig, RadsecListenConfig } from './tls-config.ts';
import type { RelayConfig, ReplyConfig, RuleConfig } from './rule-config.ts';

export type { AddressAttribute } from './profiles/address-attributes.ts';
export type { ProfileName } from './profiles/index.ts';
export type * from './primary-config.ts';
export type * from './tls-config.ts';

/** The whole configuration after validation: frozen, every default filled in, every path absolute. */
export interface Config {
  readonly server: ServerConfig;
  readonly clients: readonly ClientConfig[];
  readonly primaries: Readonly<Record<string, PrimaryConfig>>;
  readonly policies: Readonly<Record<string, PolicyConfig>>;
  readonly factors: FactorsConfig;
  readonly gateways: Readonly<Record<string, GatewayConfig>>;
  readonly storage: StorageConfig;
  readonly sessions: SessionsConfig;
  readonly accounting: AccountingConfig;
  readonly console: ConsoleConfig | undefined;
  readonly limits: LimitsConfig;
  readonly alerts: AlertsConfig;
  readonly audit: AuditConfig;
  readonly log: LogConfig;
}

/** `server`: this process. */
export interface ServerConfig {
  /** In State, logs and audit; 1–24 printable ASCII characters. */
  readonly id: string;
  readonly dataDir: string;
  /** Processes that answer; 1 for now. */
  readonly workers: number;
  readonly listen: readonly ListenConfig[];
}

/** One of `server.listen`: where requests are received. */
export type ListenConfig = UdpListenConfig | RadsecListenConfig;

/** A UDP socket. */
export interface UdpListenConfig {
  readonly protocol: 'udp';
  readonly address: string;
  /** 0 takes any free port (tests). */
  readonly port: number;
  /** What is answered there; `access` alone without it. */
  readonly serves?: readonly ListenerService[] | undefined;
}

/** Logins (RFC 2865), or accounting (RFC 2866). */
export type ListenerService = 'access' | 'accounting';

/** Whether a packet must carry Message-Authenticator; `when-present` is for migration (CVE-2024-3596). */
export type MessageAuthenticatorRule = 'required' | 'when-present';

/** One of `clients`: a NAS that may ask. */
export interface ClientConfig {
  readonly name: string;
  /** Of a client in TLS: further proof, where it is not empty. */
  readonly address: readonly Prefix[];
  /** Set: it asks by RadSec, and only so. */
  readonly tls?: ClientTlsConfig | undefined;
  readonly secret: Secret;
  readonly profile: ProfileName;
  /** Names under `primaries`, tried in order: the next one only when one is unavailable. */
  readonly primary: readonly string[];
  /** Name under `policies`. */
  readonly policy: string;
  readonly messageAuthenticator: MessageAuthenticatorRule;
  /** Message-Authenticator in replies; false for a NAS that refuses it. */
  readonly replyMessageAuthenticator: boolean;
  /** How long this NAS waits in all. */
  readonly timeoutSeconds: number;
  /** How long answers are kept for retransmissions. */
  readonly duplicateSeconds: number;
  /** Whether the NAS can show an Access-Challenge. */
  readonly challenge: boolean;
  /** While a factor is approved elsewhere: the reply is held, or the user is asked to come back. */
  readonly outOfBand: 'hold' | 'ask';
  readonly userAddress: UserAddressConfig;
  /** Domains that are taken off user names, in lower case. */
  readonly stripDomain: readonly string[];
  readonly charset: 'utf-8' | 'latin1';
  /** Between password and passcode in append mode; `undefined`: switched off. */
  readonly passcodeDelimiter: string | undefined;
  /** Whether a passcode glued to the end of the password is tried. */
  readonly gluedPasscode: boolean;
  /** When no primary can be asked; `undefined`: what the policy says. */
  readonly unavailable?: 'deny' | 'allow' | 'silence' | undefined;
  /** Before a Reject leaves. */
  readonly rejectDelaySeconds: number;
  /** `here`, or the name under `primaries` whose home servers get its accounting; `undefined`: it gets no answer. */
  readonly accounting?: string | undefined;
  /** How it is asked to end sessions; `undefined`: it is not. */
  readonly disconnect?: DisconnectConfig | undefined;
  /** Missing: the home server's attributes go on as they are. */
  readonly relay?: RelayConfig | undefined;
}

/** `clients[].disconnect`: where a NAS takes Disconnect-Requests (RFC 5176). */
export interface DisconnectConfig {
  readonly port: number;
  /** Where it is another than the client's. */
  readonly secret?: Secret | undefined;
  /** Whether blocking or disabling a user ends their sessions, unasked. */
  readonly automatic: boolean;
}

/** `accounting`: what holds for all clients that send it. */
export interface AccountingConfig {
  /** Whether it is answered once it is on disk, and relayed afterwards. */
  readonly queue: boolean;
  readonly maxQueued: number;
}

/** Where a NAS tells the address of its user. */
export interface UserAddressConfig {
  /** The first of these that a request holds; empty: nowhere. */
  readonly attributes: readonly AddressAttribute[];
  /** Whether it is known to be the user's own, so that networks may be judged by it. */
  readonly isTrusted: boolean;
}

/** A kind of second factor. */
export type FactorName = 'totp' | 'hotp' | 'push' | 'sms' | 'call' | 'email';

/** One of `policies`: a second door. */
export interface PolicyConfig {
  /** Order = preference; empty: no second factor. */
  readonly factors: readonly FactorName[];
  readonly unenrolled: 'deny' | 'allow' | 'enrol';
  readonly unavailable: 'deny' | 'allow' | 'silence';
  /** Whether users are asked which factor to use. */
  readonly menu: boolean;
  /** Whether a PIN stands in front of passcodes. */
  readonly pin: boolean;
  /** Whether a password that has expired can be changed at a login, and whether the second factor comes first. */
  readonly passwordChange: boolean | 'after-second-factor';
  readonly lockout: { readonly failures: number; readonly seconds: number };
  readonly fraudBlockDays: number;
  /** 0: nothing is remembered. */
  readonly rememberHours: number;
  /** Zone in which rules name hours. */
  readonly timeZone: string;
  /** The first that matches decides. */
  readonly rules: readonly RuleConfig[];
  /** What an Access-Accept is given: all that match, in order. */
  readonly reply: readonly ReplyConfig[];
}

/** `factors`: what holds for each kind of second factor. */
export interface FactorsConfig extends DeliveriesConfig {
  readonly totp: {
    /** Steps accepted before and after the expected one. */
    readonly window: number;
    readonly ttlSeconds: number;
    readonly issuer: string;
  };
  readonly hotp: {
    /** Counters looked ahead. */
    readonly window: number;
    readonly ttlSeconds: number;
  };
  readonly sms: { readonly mode: 'code' | 'reply'; readonly ttlSeconds: number; readonly gateways: readonly string[] };
  readonly call: {
    readonly mode: 'approve' | 'speak';
    readonly ttlSeconds: number;
    readonly gateways: readonly string[];
  };
  readonly email: { readonly ttlSeconds: number; readonly gateways: readonly string[] };
  readonly push: PushConfig;
  /** When a user is asked no more by push and call. */
  readonly fatigue: { readonly unanswered: number; readonly pauseSeconds: number };
  /** Answers a challenge allows. */
  readonly attempts: number;
  /** BCP 47. */
  readonly language: string;
}

/** `factors.push`: questions to phones. */
export interface PushConfig {
  readonly ttlSeconds: number;
  readonly numberMatching: boolean;
  readonly codeToPhone: boolean;
  /** Ways to ask phones; missing ones are not in use. */
  readonly app?: { readonly contact?: string | undefined } | undefined;
  readonly ntfy?: { readonly server: string; readonly accessToken?: Secret | undefined } | undefined;
  readonly privacyidea?: object | undefined;
}

/** `storage`: users, tokens and audit events. */
export interface StorageConfig {
  readonly type: 'sqlite';
  /** The database file. */
  readonly file: string;
}

/** `sessions`: challenges that wait for their answer. */
export interface SessionsConfig {
  readonly type: 'memory';
  /** Pending challenges kept at most; over that, new ones are refused. */
  readonly maxPending: number;
}

/** `console`: where HTTP is answered. */
export interface ConsoleConfig {
  readonly address: string;
  readonly port: number;
  /** How users and gateways reach it, where that is another address. */
  readonly publicUrl: string | undefined;
  /** Whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly Prefix[];
  readonly apiKeys: readonly ApiKeyConfig[];
}

/** What an API key may do. */
export type ApiRight = 'read' | 'enrol' | 'users' | 'unavailable';

/** One of `console.apiKeys`: a program that may use the HTTP API. */
export interface ApiKeyConfig {
  readonly name: string;
  readonly secret: Secret;
  readonly may: readonly ApiRight[];
}

/** `limits`: how often may be asked. */
export interface LimitsConfig {
  readonly perUserPerMinute: number;
  readonly perAddressPerMinute: number;
  readonly perClientPerSecond?: number | undefined;
  /** 0: the primary is asked every time. */
  readonly stormSeconds: number;
}

/** `alerts`: who is told of a fraud at once. */
export interface AlertsConfig {
  readonly email: { readonly gateway: string; readonly to: readonly string[] } | undefined;
  readonly webhook: { readonly url: string; readonly secret: Secret | undefined } | undefined;
}

/** Optional fields of audit events, each switchable (the fields of the authentication log). */
export interface AuditConfig {
  readonly fields: {
    readonly name: boolean;
    readonly email: boolean;
    readonly phone: boolean;
    readonly token: boolean;
    readonly userAddress: boolean;
  };
}

/** `log`: what is written to standard output. */
export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'auto' | 'json' | 'pretty';
}
