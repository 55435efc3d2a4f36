#!/usr/bin/python3
"""What Nova (Zed) does with the members of server groups on a dead host.

Each test is one fact; see facts.t.
"""
import importlib.machinery
import importlib.util
import os
import subprocess
import sys

import requests

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
loader = importlib.machinery.SourceFileLoader('facts', HERE + '/facts.t')
facts = importlib.util.module_from_spec(
    importlib.util.spec_from_loader('facts', loader))
loader.exec_module(facts)
tap = facts.tap


class Groups(facts.Facts):
    def make(self, name, policy):
        group = self.cloud.call('POST', '/os-server-groups', {
            'server_group': {'name': name, 'policy': policy}})
        return group['server_group']['id']

    def boot(self, group, count, host):
        """Members of the group on the host."""
        image = self.cloud.call('GET', '/v2/images?name=tiny', kind='image')
        known = {s['id'] for s in self.cloud.servers()}
        for _ in range(count):
            self.cloud.call('POST', '/servers', {
                'server': {'name': 'vm', 'networks': 'none', 'host': host,
                           'imageRef': image['images'][0]['id'],
                           'flavorRef': '1'},
                'os:scheduler_hints': {'group': group}})
        new = [s['id'] for s in self.cloud.servers() if s['id'] not in known]
        self.cloud.wait(lambda s: s['status'] == 'ACTIVE', new)
        return new

    def force(self, uuid, host):
        """POST as N19 says; its status."""
        return requests.post(
            '%s/servers/%s/action' % (self.cloud.urls['compute'], uuid),
            json={'evacuate': {'host': host, 'force': True}}, timeout=60,
            headers={'X-Auth-Token': self.cloud.token,
                     'OpenStack-API-Version': 'compute 2.67'}).status_code

    def end_of(self, uuid):
        """The record's state and the server, when that has ended."""
        facts.until(lambda: self.state(uuid) in ('done', 'error', 'failed'))
        server = self.cloud.wait(facts.is_settled, [uuid])[0]
        return (self.state(uuid),) + facts.brief(server)

    def evacuated(self, uuid):
        self.cloud.action(uuid, 'evacuate')
        return self.end_of(uuid)

    def fault(self, uuid):
        return self.cloud.server(uuid).get('fault', {}).get('message', '')


def main():
    facts.run('up')
    facts.run('computes')
    g = Groups()
    groups = {name: g.make(name, policy) for name, policy in (
        ('alone', 'affinity'), ('pair', 'affinity'), ('apart', 'anti-affinity'))}
    alone, = g.boot(groups['alone'], 1, 'cmp1')
    first, second = g.boot(groups['pair'], 2, 'cmp1')
    apart, = g.boot(groups['apart'], 1, 'cmp1')
    other, = g.boot(groups['apart'], 1, 'cmp2')
    listed = {s['name']: (s['policy'], sorted(s['members'])) for s in
              g.cloud.call('GET', '/os-server-groups?all_projects=True')
              ['server_groups']}
    tap.eq(listed, {'alone': ('affinity', [alone]),
                    'pair': ('affinity', sorted([first, second])),
                    'apart': ('anti-affinity', sorted([apart, other]))},
           'one list has all groups with their members')
    page = g.cloud.call('GET', '/os-server-groups?all_projects=True&offset=3')
    tap.eq(page['server_groups'], [], 'past the end it is empty')
    facts.run('compute', 'cmp1', 'kill')
    facts.run('power', 'cmp1', 'off')
    g.cloud.set_service('cmp1', forced_down=True)
    g.only('cmp2', 'cmp3')
    tap.eq(g.evacuated(apart)[::3], ('done', 'cmp3'),
           'anti-affinity: a host without a member is taken')
    for uuid, what in (alone, 'alone'), (first, 'one of two'):
        tap.eq(g.evacuated(uuid), ('error', 'ERROR', facts.RUNNING, 'cmp1'),
               'affinity, %s: no host, for members are on the dead one' % what)
        tap.ok('No valid host' in g.fault(uuid), 'and the fault says no more')
    # N19: the scheduler can be passed by, the compute host checks again.
    tap.eq(g.force(first, 'cmp2'), 200, 'one of two, forced: is taken')
    tap.eq(g.end_of(first), ('failed', 'ERROR', facts.RUNNING, 'cmp1'),
           'but the destination refuses it')
    tap.ok('Affinity instance group policy was violated' in g.fault(first),
           'by its late check of the group')
    tap.eq(g.force(alone, 'cmp2'), 200, 'alone, forced: is taken')
    tap.eq(g.end_of(alone)[::3], ('done', 'cmp2'), 'and arrives')
    print('1..%d' % tap.count)
    sys.exit(tap.failures > 0)


if __name__ == '__main__':
    if sys.argv[1:] != ['inside']:
        subprocess.run([HERE + '/prepare'], check=True, stdout=sys.stderr)
        os.execv(HERE + '/cloud', [HERE + '/cloud', 'alone', os.path.abspath(
            __file__), 'inside'])
    main()
