import { styleText } from 'node:util';
import type { Random } from '../../lib/random.ts';
import { hashPassword } from '../../primary/index.ts';
import { AttributeType, firstValue, type Packet } from '../../radius/index.ts';
import type { Storage, UserFields, UserRecord } from '../../storage/index.ts';
import type { CliIo } from '../io.ts';
import { replyText, type Nas, type NasQuestion } from '../nas.ts';
import type { World } from './world.ts';

/** The people and things of the demo. */
export interface Stage {
  readonly io: CliIo;
  readonly random: Random;
  readonly storage: Storage;
  readonly nas: Nas;
  readonly world: World;
  /** Everybody's. */
  readonly password: string;
  readonly show: (packet: Packet) => string;
}

/** Adds somebody with the password of the demo. */
export async function addUser(
  { storage, random, password }: Stage,
  name: string,
  fields: UserFields = {},
): Promise<UserRecord> {
  const passwordHash = await hashPassword(Buffer.from(password), random);
  return storage.users.addUser(name, { ...fields, passwordHash });
}

/** Logs in with the password; gives the State of the question that the VPN shows. */
export async function challenged(stage: Stage, user: string): Promise<{ packet: Packet; state: Buffer | undefined }> {
  const packet = await exchange(stage, { user, password: Buffer.from(stage.password) });
  tell(stage, packet, 'The VPN shows the question.');
  return { packet, state: firstValue(packet.attributes, AttributeType.state) };
}

/** Asks as the NAS does, and shows both packets. */
export async function exchange({ io, nas, show }: Stage, question: NasQuestion): Promise<Packet> {
  const reply = await nas.ask(question);
  if (reply.kind === 'no-answer') throw new Error('the server did not answer');
  io.out(indented(`NAS → Sallyport   ${show(reply.request)}`));
  io.out(indented(`NAS ← Sallyport   ${show(reply.packet)}`));
  return reply.packet;
}

/** A line of the story. */
export function title({ io }: Pick<Stage, 'io'>, text: string): void {
  io.out(styleText('bold', `\n${text}`));
}

/** What the user reads, and what it means. */
export function tell({ io }: Stage, packet: Packet, remark: string): void {
  const text = replyText(packet);
  io.out(`  ${text === '' ? '' : `“${text}” `}${remark}`);
}

/** A line on the phone. */
export function onPhone({ io }: Pick<Stage, 'io'>, text: string): void {
  io.out(`  ☎ ${text}`);
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}
