import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import radius, { type DecodedPacket, type RadiusAttribute } from 'radius';

/** One of many logins. */
export interface BurstLogin {
  readonly user: string;
  readonly password: string;
  readonly state?: Buffer | undefined;
}

export interface BurstOptions {
  readonly port: number;
  readonly secret: string;
  /** Requests open at once, at most 256: all leave from one socket. */
  readonly parallel: number;
  /** Done once, when this many Accepts have come; the burst then ends with the last reply that was under way. */
  readonly afterAccepts?: { readonly count: number; readonly act: () => Promise<void> };
}

/**
 * A busy NAS (the npm package `radius`; radclient waits for ever once nothing is answered): sends each login once and
 * gives the authentic reply by user. A user without a reply is not in the map.
 */
export async function sendBurst(
  { port, secret, parallel, afterAccepts }: BurstOptions,
  logins: readonly BurstLogin[],
): Promise<ReadonlyMap<string, DecodedPacket>> {
  const replies = new Map<string, DecodedPacket>();
  const open = new Map<number, { user: string; request: Buffer }>();
  const freeIdentifiers = Array.from({ length: parallel }, (_, identifier) => identifier);
  const waiting = logins.values();
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const ownPort = socket.address().port;
  let accepts = 0;

  const sendNext = (): void => {
    const { value: login } = waiting.next();
    const identifier = login === undefined ? undefined : freeIdentifiers.pop();
    if (login === undefined || identifier === undefined) return;
    const request = encode(login, identifier, secret);
    open.set(identifier, { user: login.user, request });
    socket.send(request, port, '127.0.0.1');
  };

  await new Promise<void>((resolve, reject) => {
    socket.on('message', (reply: Buffer, from: RemoteInfo) => {
      if (from.port === ownPort) {
        resolve();
        return;
      }
      const identifier = reply[1] ?? -1;
      const question = open.get(identifier);
      if (question === undefined || !radius.verify_response({ request: question.request, response: reply, secret })) {
        reject(new Error('a reply that belongs to no request'));
        return;
      }
      const packet = radius.decode_without_secret({ packet: reply });
      replies.set(question.user, packet);
      open.delete(identifier);
      freeIdentifiers.push(identifier);
      if (packet.code === 'Access-Accept') accepts += 1;
      if (packet.code === 'Access-Accept' && accepts === afterAccepts?.count) {
        // What has reached the socket by then is read before what the socket sends to itself.
        afterAccepts.act().then(() => socket.send('the end', ownPort, '127.0.0.1'), reject);
      }
      sendNext();
      if (open.size === 0 && afterAccepts === undefined) resolve();
    });
    for (let count = 0; count < parallel; count += 1) sendNext();
  }).finally(() => socket.close());
  return replies;
}

function encode({ user, password, state }: BurstLogin, identifier: number, secret: string): Buffer {
  const attributes: RadiusAttribute[] = [
    ['User-Name', user],
    ['User-Password', password],
    ...(state === undefined ? [] : [['State', state] as const]),
  ];
  return radius.encode({ code: 'Access-Request', identifier, secret, attributes, add_message_authenticator: true });
}
