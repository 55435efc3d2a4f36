#!/usr/bin/python3
"""A bare Nova client for tests and measurements; credentials as `cloud openrc`.

client.py boot N HOST [PER]    boots N servers on HOST, PER a request (all)
client.py marked N HOST        the same, with all that rules of selection look at
client.py evacuate HOST [WINDOW]   forces HOST down and evacuates its servers,
                               WINDOW calls in flight (10); waits for the last
client.py post HOST [WINDOW]   the same without waiting for the servers to move
client.py aggregate NAME       a new, empty one
client.py back HOST            HOST serves again: not forced down, up, enabled
client.py migrations           the state of each evacuation
client.py service HOST         enabled or disabled, and why
client.py state HOST           up or down, forced or not, then the same
client.py mark HOST REASON     HOST takes no new servers
client.py force-down HOST      Nova takes it for down
client.py servers HOST         the servers there: UUID STATUS TASK
client.py hosts                how many servers are where, in which state
client.py stop N               stops N servers
client.py stop-one UUID        stops this one
client.py delete               deletes every server
"""
import collections
import concurrent.futures
import os
import sys
import time

import requests

VERSION = '2.93'
SETTLED = ('ACTIVE', 'SHUTOFF', 'ERROR')


class Refused(Exception):
    def __init__(self, reply):
        super().__init__('%s %s: %d %s' % (
            reply.request.method, reply.url, reply.status_code,
            reply.text[:300]))
        self.status = reply.status_code


class Cloud:
    def __init__(self, env=os.environ):
        user = {'name': env['OS_USERNAME'], 'password': env['OS_PASSWORD'],
                'domain': {'name': env['OS_USER_DOMAIN_NAME']}}
        project = {'name': env['OS_PROJECT_NAME'],
                   'domain': {'name': env['OS_PROJECT_DOMAIN_NAME']}}
        reply = requests.post(env['OS_AUTH_URL'] + '/auth/tokens', json={
            'auth': {'identity': {'methods': ['password'],
                                  'password': {'user': user}},
                     'scope': {'project': project}}}, timeout=60)
        reply.raise_for_status()
        self.token = reply.headers['X-Subject-Token']
        self.urls = {service['type']: service['endpoints'][0]['url']
                     for service in reply.json()['token']['catalog']}

    def call(self, method, path, body=None, kind='compute', limit_s=300):
        """The answer's JSON, or None; raises Refused."""
        reply = requests.request(
            method, self.urls[kind] + path, json=body, timeout=limit_s,
            headers={
                'X-Auth-Token': self.token,
                'OpenStack-API-Version': '%s %s' % (kind, VERSION)})
        if reply.status_code >= 300:
            raise Refused(reply)
        return reply.json() if reply.text.strip() else None

    def servers(self, host=None):
        query = '/servers/detail?all_tenants=1&limit=1000'
        if host:
            query += '&host=' + host
        servers = self.call('GET', query)['servers']
        if len(servers) == 1000:
            raise RuntimeError('more than a page of servers')
        return servers

    def server(self, uuid):
        return self.call('GET', '/servers/' + uuid)['server']

    def action(self, uuid, name, arguments=None, limit_s=300):
        return self.call('POST', '/servers/%s/action' % uuid,
                         {name: arguments or {}}, limit_s=limit_s)

    def service(self, host):
        return self.call('GET', '/os-services?binary=nova-compute&host=%s' %
                         host)['services'][0]

    def set_service(self, host, **fields):
        return self.call('PUT', '/os-services/' + self.service(host)['id'],
                         fields)

    def boot(self, count, host, per_request=None):
        """Returns the ids of `count` new servers, all ACTIVE."""
        image = self.call('GET', '/v2/images?name=tiny', kind='image')
        known = {s['id'] for s in self.servers()}
        left = count
        while left > 0:
            now = min(left, per_request or left)
            self.call('POST', '/servers', {'server': {
                'name': 'vm', 'imageRef': image['images'][0]['id'],
                'flavorRef': '1', 'networks': 'none', 'host': host,
                'min_count': now, 'max_count': now}})
            left -= now
        new = [s['id'] for s in self.servers() if s['id'] not in known]
        # The more servers a host has, the longer takes one more.
        self.wait(lambda s: s['status'] == 'ACTIVE', new, max(600, 6 * count))
        return new

    def boot_marked(self, count, host):
        """As nova-conformance wants them: flavor, tag, metadata, and one in a
        server group."""
        self.call('POST', '/flavors/1/os-extra_specs',
                  {'extra_specs': {'hw:cpu_policy': 'shared'}})
        group = self.call('POST', '/os-server-groups', {
            'server_group': {'name': 'apart', 'policy': 'anti-affinity'}})
        image = self.call('GET', '/v2/images?name=tiny', kind='image')
        self.call('POST', '/servers', {
            'server': {'name': 'vm', 'imageRef': image['images'][0]['id'],
                       'flavorRef': '1', 'networks': 'none', 'host': host},
            'os:scheduler_hints': {'group': group['server_group']['id']}})
        self.boot(count - 1, host)
        uuids = [s['id'] for s in self.servers(host)]
        self.wait(is_settled, uuids)
        for uuid in uuids:
            self.call('POST', '/servers/%s/metadata' % uuid,
                      {'metadata': {'vmha:priority': 'high'}})
            self.call('PUT', '/servers/%s/tags/canary' % uuid)

    def wait(self, is_done, uuids, limit_s=600):
        """Polls until is_done(server) holds for all; returns the servers."""
        deadline = time.monotonic() + limit_s
        while True:
            before = time.monotonic()
            servers = [s for s in self.servers() if s['id'] in set(uuids)]
            if len(servers) == len(uuids) and all(map(is_done, servers)):
                return servers
            if time.monotonic() > deadline:
                raise TimeoutError(str(tally(servers)))
            # A list costs nova-api CPU that the work itself needs.
            time.sleep(max(0.2, 4 * (time.monotonic() - before)))

    def post(self, host, window=10):
        """Asks for the evacuation of a dead host; returns the servers' ids."""
        self.set_service(host, forced_down=True)
        uuids = [s['id'] for s in self.servers(host)]
        with concurrent.futures.ThreadPoolExecutor(window) as pool:
            list(pool.map(lambda u: self.action(u, 'evacuate'), uuids))
        return uuids

    def evacuate(self, host, window=10):
        """Evacuates all of a host that is dead; returns the servers' ids."""
        uuids = self.post(host, window)
        self.wait(lambda s: is_settled(s) and host_of(s) != host, uuids)
        return uuids

    def back(self, host, limit_s=90):
        """Enabled only when up: else Placement bars it for up to 60 s."""
        deadline = time.monotonic() + limit_s
        self.set_service(host, forced_down=False)
        while self.service(host)['state'] != 'up':
            if time.monotonic() > deadline:
                raise TimeoutError(host + ' is not up')
            time.sleep(0.2)
        self.set_service(host, status='enabled')

    def migrations(self, query=''):
        return self.call('GET', '/os-migrations' + query)['migrations']

    def delete(self, uuids):
        for uuid in uuids:
            self.call('DELETE', '/servers/' + uuid)
        while any(s['id'] in uuids for s in self.servers()):
            time.sleep(0.2)


def host_of(server):
    return server['OS-EXT-SRV-ATTR:host']


def task_of(server):
    return server['OS-EXT-STS:task_state']


def is_settled(server):
    return task_of(server) is None and server['status'] in SETTLED


def tally(servers):
    return dict(collections.Counter(
        '%s %s %s' % (host_of(s), s['status'], task_of(s)) for s in servers))


def main(verb, *args):
    cloud = Cloud()
    start = time.monotonic()
    if verb == 'boot':
        cloud.boot(int(args[0]), args[1], int(args[2]) if args[2:] else None)
    elif verb == 'aggregate':
        cloud.call('POST', '/os-aggregates', {'aggregate': {'name': args[0]}})
    elif verb == 'marked':
        cloud.boot_marked(int(args[0]), args[1])
    elif verb == 'evacuate':
        cloud.evacuate(args[0], int(args[1]) if args[1:] else 10)
    elif verb == 'post':
        cloud.post(args[0], int(args[1]) if args[1:] else 10)
        return
    elif verb == 'stop':
        uuids = [s['id'] for s in cloud.servers()][:int(args[0])]
        for uuid in uuids:
            cloud.action(uuid, 'os-stop')
        cloud.wait(lambda s: s['status'] == 'SHUTOFF', uuids)
    elif verb == 'stop-one':
        cloud.action(args[0], 'os-stop')
        cloud.wait(lambda s: s['status'] == 'SHUTOFF', args)
    elif verb == 'back':
        cloud.back(args[0])
    elif verb == 'service':
        service = cloud.service(args[0])
        print(service['status'], service['disabled_reason'])
        return
    elif verb == 'state':
        service = cloud.service(args[0])
        print(service['state'], 'forced' if service['forced_down'] else 'free',
              service['status'], service['disabled_reason'])
        return
    elif verb == 'mark':
        cloud.set_service(args[0], status='disabled', disabled_reason=args[1])
        return
    elif verb == 'force-down':
        cloud.set_service(args[0], forced_down=True)
        return
    elif verb == 'servers':
        for server in cloud.servers(args[0]):
            print(server['id'], server['status'], task_of(server))
        return
    elif verb == 'migrations':
        for record in cloud.migrations('?migration_type=evacuation'):
            print(record['status'])
        return
    elif verb == 'delete':
        cloud.delete([s['id'] for s in cloud.servers()])
    elif verb != 'hosts':
        sys.exit(__doc__)
    print('%s %.1f s' % (verb, time.monotonic() - start))
    for where, count in sorted(tally(cloud.servers()).items()):
        print(count, where)


if __name__ == '__main__':
    main(*sys.argv[1:] or ['help'])
