import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A message as the browser gets it from its push service. */
export interface PushedMessage {
  readonly text: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The claims of the sender's token (RFC 8292), whose signature was right. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A push service with one browser behind it, which decrypts what arrives (RFC 8291). */
export class FakePushService {
  readonly messages: PushedMessage[] = [];
  /** What it answers next. */
  status = 201;
  /** Takes messages and says nothing. */
  isSilent = false;
  /** Where it sends its callers instead, with status 302. */
  location: string | undefined;
  readonly #ecdh = createECDH('prime256v1');
  readonly #auth = randomBytes(16);
  #url = '';
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = request.headers as Record<string, string>;
      const text = this.#decrypt(Buffer.concat(chunks));
      this.messages.push({ text, headers, claims: claimsOf(headers['authorization'] ?? '') });
      if (this.isSilent) return;
      const redirect = this.location === undefined ? {} : { location: this.location };
      response.writeHead(this.location === undefined ? this.status : 302, redirect).end();
    });
  });

  async start(): Promise<this> {
    this.#ecdh.generateKeys();
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/send/one`;
    return this;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** As a browser gives it to the app. */
  get subscription(): { endpoint: string; keys: { p256dh: string; auth: string } } {
    const p256dh = this.#ecdh.getPublicKey().toString('base64url');
    return { endpoint: this.#url, keys: { p256dh, auth: this.#auth.toString('base64url') } };
  }

  // RFC 8188 §2.1: salt, record size, length and value of the key's name; RFC 8291 §3.4 for the keys.
  #decrypt(body: Buffer): string {
    const salt = body.subarray(0, 16);
    const nameOctets = body.readUInt8(20);
    const sender = body.subarray(21, 21 + nameOctets);
    const records = body.subarray(21 + nameOctets);
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#ecdh.getPublicKey(), sender]);
    const ikm = Buffer.from(hkdfSync('sha256', this.#ecdh.computeSecret(sender), this.#auth, info, 32));
    const key = Buffer.from(hkdfSync('sha256', ikm, salt, 'Content-Encoding: aes128gcm\0', 16));
    const nonce = Buffer.from(hkdfSync('sha256', ikm, salt, 'Content-Encoding: nonce\0', 12));
    const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(records.subarray(-16));
    const padded = Buffer.concat([decipher.update(records.subarray(0, -16)), decipher.final()]);
    return padded.subarray(0, padded.lastIndexOf(2)).toString();
  }
}

function claimsOf(authorization: string): Readonly<Record<string, unknown>> {
  const [, token = '', key = ''] = /^vapid t=([^,]+), ?k=(.+)$/.exec(authorization) ?? [];
  const [header = '', claims = '', signature = ''] = token.split('.');
  const point = Buffer.from(key, 'base64url');
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')];
  const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  const signed = Buffer.from(`${header}.${claims}`);
  const isGenuine = verify(
    'sha256',
    signed,
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  return isGenuine ? (JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>) : {};
}
