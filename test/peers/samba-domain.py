"""
Makes an Active Directory domain in the folder that holds smb.conf, or changes the one that is there, also while its
controller runs. Reads what is wanted as JSON from standard input: see `DomainRequest` in samba.ts.
"""

import json
import logging
import os
import sys
import time

import ldb
from samba import provision
from samba.auth import system_session
from samba.dsdb import DS_DOMAIN_FUNCTION_2008_R2
from samba.param import LoadParm
from samba.samdb import SamDB

# Lets pwdLastSet be any time (samba's own control).
BYPASS_LAST_SET = ['local_oid:1.3.6.1.4.1.7165.4.3.20:0']
DAY = 86400
ACCOUNT_DISABLED = '514'


def main():
    folder = sys.argv[1]
    wanted = json.load(sys.stdin)
    settings = LoadParm()
    settings.load(os.path.join(folder, 'smb.conf'))
    database = os.path.join(folder, 'private', 'sam.ldb')
    if not os.path.exists(database):
        make_domain(folder, wanted, settings)
    domain = Domain(SamDB(url=database, session_info=system_session(), lp=settings))
    domain.modify(domain.base, wanted['policy'])
    for name, new_name in wanted['renames'].items():
        domain.rename(name, new_name)
    for group in wanted['groups']:
        domain.put_group(group)
    for user in wanted['users']:
        domain.put_user(user)
    for member in wanted['groups'] + wanted['users']:
        for group in member.get('memberOf', []):
            domain.put_member(group, member['name'])
    for user in wanted['users']:
        if 'primaryGroup' in user:
            domain.put_primary_group(user['name'], user['primaryGroup'])


def make_domain(folder, wanted, settings):
    provision.provision(
        logging.getLogger('provision'),
        system_session(),
        smbconf=os.path.join(folder, 'smb.conf'),
        lp=settings,
        realm=settings.get('realm'),
        domain=settings.get('workgroup'),
        hostname='dc1',
        hostip=wanted['address'],
        adminpass=wanted['adminPassword'],
        serverrole='active directory domain controller',
        dns_backend='NONE',
        dom_for_fun_level=DS_DOMAIN_FUNCTION_2008_R2,
        backend_store='tdb',
    )


class Domain:
    def __init__(self, database):
        self.database = database
        self.base = database.domain_dn()

    def put_group(self, group):
        if self.find(group['name']) is None:
            self.database.newgroup(group['name'])

    def put_user(self, user):
        name = user['name']
        if self.find(name) is None:
            self.database.newuser(name, user['password'], useusernameascn=True)
        else:
            self.database.setpassword(f'(sAMAccountName={name})', user['password'])
        dn = self.find(name)
        self.modify(dn, user.get('attributes', {}))
        if 'is' in user:
            self.put_state(dn, user['is'])

    def put_state(self, dn, state):
        now = time.time()
        if state == 'expired':
            self.modify(dn, {'pwdLastSet': windows_time(now - 1000 * DAY)}, BYPASS_LAST_SET)
        elif state == 'must-change':
            self.modify(dn, {'pwdLastSet': '0'})
        elif state == 'disabled':
            self.modify(dn, {'userAccountControl': ACCOUNT_DISABLED})
        elif state == 'account-expired':
            self.modify(dn, {'accountExpires': windows_time(now - DAY)})
        elif state == 'locked-out':
            self.modify(dn, {'lockoutTime': windows_time(now), 'badPwdCount': '100'})
        elif state == 'outside-hours':
            self.modify(dn, {'logonHours': bytes(21)})
        elif state == 'elsewhere':
            self.modify(dn, {'userWorkstations': 'ELSEWHERE'})
        else:
            raise ValueError(state)

    def put_member(self, group, name):
        present = self.database.search(self.find(group), scope=ldb.SCOPE_BASE, attrs=['member'])[0].get('member', [])
        if str(self.find(name)) not in [str(member) for member in present]:
            self.database.add_remove_group_members(group, [name])

    def put_primary_group(self, name, group):
        self.put_member(group, name)
        sid = self.database.search(self.find(group), scope=ldb.SCOPE_BASE, attrs=['objectSid'])[0]['objectSid'][0]
        self.modify(self.find(name), {'primaryGroupID': str(int.from_bytes(sid[-4:], 'little'))})

    def rename(self, name, new_name):
        dn = self.find(name)
        domain = self.database.domain_dns_name()
        self.modify(dn, {'sAMAccountName': new_name, 'userPrincipalName': f'{new_name}@{domain}'})
        new_dn = ldb.Dn(self.database, str(dn.parent()))
        new_dn.add_child(f'CN={new_name}')
        self.database.rename(dn, new_dn)

    def find(self, name):
        found = self.database.search(self.base, expression=f'(sAMAccountName={name})', attrs=[])
        return found[0].dn if found else None

    def modify(self, dn, values, controls=None):
        if not values:
            return
        message = ldb.Message(ldb.Dn(self.database, str(dn)))
        for name, value in values.items():
            message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
        self.database.modify(message, controls or [])


def windows_time(seconds):
    """Tenths of microseconds since 1601."""
    return str(int((seconds + 11644473600) * 10_000_000))


main()
