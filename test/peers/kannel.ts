import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Program } from '../support/process.ts';
import { freeTcpPort, makeFolder } from './loopback.ts';
import { peerPath } from './presence.ts';

/** One of Kannel's fake phones: says one thing to the number 1230 as soon as it is on, and shows what it is sent. */
export interface KannelPhone {
  /** Resolves with the text of the next message to the number. */
  textTo(number: string): Promise<string>;
  stop(): Promise<void>;
}

/** Debian's Kannel with its fake SMSC for phones, a customer of an SMSC of Net::SMPP, whose other customer we are. */
export interface Kannel {
  /** Where the SMSC takes us. */
  readonly port: number;
  /** Resolves once somebody's message has been taken by whom it is for. */
  delivered(from: string, to: string): Promise<unknown>;
  /** Turns the phones on; there is one line for all of them. */
  phone(from: string, says: string): Promise<KannelPhone>;
  stop(): Promise<void>;
}

/** Starts them; resolves when Kannel is bound at the SMSC. */
export async function startKannel(): Promise<Kannel> {
  const started: { stop(): Promise<unknown> }[] = [];
  const stop = async (): Promise<void> => {
    for (const one of started.splice(0).reverse()) await one.stop();
  };
  try {
    const smsc = await Program.start('/usr/bin/perl', [join(import.meta.dirname, 'smsc-between.pl')]);
    started.push(smsc);
    const port = Number((await smsc.waitFor(/listening (\d+)/))[1]);
    const phones = await freeTcpPort();
    const folder = await makeFolder('kannel');
    started.push({ stop: () => rm(folder, { recursive: true, force: true }) });
    await writeFile(join(folder, 'kannel.conf'), await configText(port, phones), { mode: 0o600 });
    const box = await Program.start(peerPath('bearerbox'), ['-v', '1', 'kannel.conf'], { cwd: folder });
    started.push(box);
    await box.waitFor(/entering mainloop/);
    await smsc.waitFor(/kannel bound as transceiver/);
    const delivered = (from: string, to: string) =>
      smsc.waitFor(new RegExp(`delivered from \\+?${from.slice(1)} to \\+?${to}\n`));
    return { port, delivered, phone: (from, says) => startPhone(box, phones, { from, says }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPhone(
  box: Program,
  port: number,
  { from, says }: { readonly from: string; readonly says: string },
): Promise<KannelPhone> {
  const before = box.output.length;
  const line = `${from.slice(1)} 1230 text ${says}`;
  // A second message would be an hour later.
  const args = ['-H', '127.0.0.1', '-r', String(port), '-i', '3600', line];
  const program = await Program.start(peerPath('fakesmsc'), args);
  await box.waitFor(/Fakesmsc client connected/, { from: before });
  return {
    async textTo(number) {
      const pattern = new RegExp(`got message \\d+: <\\S+ \\+?${number.slice(1)} text (.*)>`, 'i');
      return decodeURIComponent(((await program.waitFor(pattern))[1] ?? '').replaceAll('+', ' '));
    },
    async stop() {
      const from = box.output.length;
      await program.stop();
      await box.waitFor(/EOF from fakesmsc client/, { from });
    },
  };
}

async function configText(smscPort: number, phonesPort: number): Promise<string> {
  return `group = core
admin-port = ${await freeTcpPort()}
admin-interface = 127.0.0.1
admin-password = of-the-tests
smsbox-port = ${await freeTcpPort()}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = 0

group = smsc
smsc = fake
smsc-id = phones
port = ${phonesPort}
connect-allow-ip = 127.0.0.1
reroute-smsc-id = smpp
allowed-smsc-id = phones

group = smsc
smsc = smpp
smsc-id = smpp
host = 127.0.0.1
port = ${smscPort}
transceiver-mode = true
smsc-username = kannel
smsc-password = s3cret
system-type = ""
reroute-smsc-id = phones
allowed-smsc-id = smpp
`;
}
