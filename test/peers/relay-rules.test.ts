import { beforeAll, expect, it } from 'vitest';

import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { showLogOfFailures } from './failure-log.ts';
import { homeServerSection, startFreeRadius, type FreeRadius } from './freeradius.ts';
import { describeWithPeers } from './presence.ts';
import { askPassword } from './radclient.ts';

const password = 'correct horse';
const attributes = [
  'Class = 0x6869',
  'Filter-Id = "staff"',
  'Cisco-AVPair = "shell:priv-lvl=15"',
  'Fortinet-Group-Name = "theirs"',
  'Session-Timeout = 3600',
  'Tunnel-Type:1 = VLAN',
  'Tunnel-Private-Group-Id:1 = "42"',
  'MS-MPPE-Send-Key = 0x00112233445566778899aabbccddeeff',
  'MS-MPPE-Recv-Key = 0xffeeddccbbaa99887766554433221100',
  'Ascend-Send-Secret = "a secret of it"',
];

describeWithPeers(['freeradius', 'radclient'], 'with FreeRADIUS as the home server, and relay rules', () => {
  const keep = stopAfterwards();
  let home: FreeRadius;
  let gate: Sallyport;

  beforeAll(async () => {
    home = await keep(startFreeRadius({ users: [{ name: 'alice', password, attributes }] }));
    const relay = {
      remove: ['Class', 'Cisco-AVPair', 'MS-MPPE-Send-Key'],
      set: { 'Fortinet-Group-Name': 'ours', 'Tunnel-Private-Group-Id:1': '7' },
      add: { 'Filter-Id': 'second' },
    };
    gate = await keep(
      startSallyport({
        clients: [clientSection('vpn', '127.0.0.1', { primary: 'corp', relay })],
        primaries: { corp: { type: 'radius', servers: [homeServerSection(home)] } },
        policy: {
          rules: [{ when: { client: 'vpn' }, then: 'skip', reply: { 'Tunnel-Password:2': 'a hidden one' } }],
          reply: [{ attributes: { 'Session-Timeout': 60, 'PaloAlto-User-Group': 'vpn' } }],
        },
      }),
    );
  });
  showLogOfFailures(() => `${home.log()}\n${gate.log()}`);

  it('gives the NAS what they leave and what is ours, hidden values under its own secret', async () => {
    const answer = await askPassword(gate, 'alice', password);
    expect(answer).toMatchObject({
      code: 'Access-Accept',
      attributes: [
        'Filter-Id = "staff"',
        'Tunnel-Type:1 = VLAN',
        'MS-MPPE-Recv-Key = 0xffeeddccbbaa99887766554433221100',
        'Ascend-Send-Secret = "a secret of it"',
        'Fortinet-Group-Name = "ours"',
        'Tunnel-Private-Group-Id:1 = "7"',
        'Filter-Id = "second"',
        'Tunnel-Password:2 = "a hidden one"',
        'Session-Timeout = 60',
        'PaloAlto-User-Group = "vpn"',
      ],
    });
  });
});
