#!/usr/bin/python3
"""VMs in many states on cmp1, and what became of them.

states.py make FILE     makes them, and writes what is to be expected to FILE
states.py delete FILE   deletes one while no nova-compute of cmp1 listens
states.py check FILE    compares; says what differs
states.py reserve       keeps cmp3 free; cmp1 is in an aggregate
states.py reserved      was cmp3 enabled, and added to the aggregate?
"""
import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '../cloud'))
from client import Cloud, host_of, task_of  # noqa: E402

# name: actions with their arguments, the state then, the state at the end
STATES = {
    'active': ([], 'active', 'active'),
    'locked': ([('lock', {'locked_reason': 'mine'})], 'active', 'active'),
    'stopped': ([('os-stop', None)], 'stopped', 'stopped'),
    'paused': ([('pause', None)], 'paused', 'stopped'),
    'suspended': ([('suspend', None)], 'suspended', 'stopped'),
    'rescued': ([('rescue', None)], 'rescued', 'stopped'),
    'locked-paused': ([('pause', None), ('lock', None)], 'paused', 'stopped'),
    'failed': ([('os-resetState', {'state': 'error'})], 'error', 'active'),
    'failed-off': ([('os-stop', None), ('os-resetState', {'state': 'error'})],
                   'error', 'stopped'),
}
# On no host, or being deleted: nothing is done to it.
LEFT = {
    'shelved': ([('shelve', None)], 'shelved_offloaded', None),
    'deleted': ([], 'active', 'cmp1'),
}
RESIZED = {
    'resized': ([], 'active'),
    'resized-off': ([('os-stop', None)], 'stopped'),
}


def state_of(server):
    return server['OS-EXT-STS:vm_state']


def wait_state(cloud, uuid, state, limit_s=120):
    deadline = time.monotonic() + limit_s
    while True:
        server = cloud.server(uuid)
        if state_of(server) == state and task_of(server) is None:
            return
        if time.monotonic() > deadline or (state_of(server) == 'error' and
                                           state != 'error'):
            raise TimeoutError('%s: %s %s instead of %s: %s' % (
                uuid, state_of(server), task_of(server), state,
                server.get('fault')))
        time.sleep(0.2)


def call(cloud, uuid, action, arguments):
    cloud.call('POST', '/servers/%s/action' % uuid, {action: arguments})


AFTER = {'os-stop': 'stopped', 'pause': 'paused', 'suspend': 'suspended',
         'rescue': 'rescued', 'os-resetState': 'error',
         'shelve': 'shelved_offloaded'}


def put(cloud, uuid, actions):
    for action, arguments in actions:
        call(cloud, uuid, action, arguments)
        if action in AFTER:
            wait_state(cloud, uuid, AFTER[action])


def make(path):
    cloud = Cloud()
    want = {}
    uuids = cloud.boot(len(STATES), 'cmp1')
    for uuid, (name, (actions, then, end)) in zip(uuids, STATES.items()):
        put(cloud, uuid, actions)
        wait_state(cloud, uuid, then)
        want[uuid] = {'name': name, 'end': end, 'host': 'cmp3'}
    for uuid, (name, (actions, then, where)) in zip(
            cloud.boot(len(LEFT), 'cmp1'), LEFT.items()):
        put(cloud, uuid, actions)
        want[uuid] = {'name': name, 'end': then, 'host': where}
    # resized to cmp1 from a host that stays up
    for uuid, (name, (actions, end)) in zip(cloud.boot(len(RESIZED), 'cmp2'),
                                            RESIZED.items()):
        put(cloud, uuid, actions)
        call(cloud, uuid, 'migrate', {'host': 'cmp1'})
        wait_state(cloud, uuid, 'resized')
        want[uuid] = {'name': name, 'end': end, 'host': 'cmp3'}
    for uuid, w in want.items():
        server = cloud.server(uuid)
        w['locked'] = [server['locked'], server['locked_reason']]
    with open(path, 'w') as out:
        json.dump(want, out)


def check(path):
    cloud = Cloud()
    with open(path) as f:
        want = json.load(f)
    bad = 0
    for uuid, w in want.items():
        server = cloud.server(uuid)
        is_ = {'end': state_of(server),
               'locked': [server['locked'], server['locked_reason']]}
        if (is_['end'], is_['locked']) != (w['end'], w['locked']) or \
                host_of(server) != w['host']:
            print('# %s: is %s on %s, wants %s' % (
                w['name'], is_, host_of(server), w))
            bad += 1
    return bad


def delete(path):
    cloud = Cloud()
    with open(path) as f:
        uuid = next(uuid for uuid, w in json.load(f).items()
                    if w['name'] == 'deleted')
    cloud.call('DELETE', '/servers/' + uuid)
    assert task_of(cloud.server(uuid)) == 'deleting'


def reserve():
    cloud = Cloud()
    made = cloud.call('POST', '/os-aggregates', {'aggregate': {'name': 'rack'}})
    cloud.call('POST', '/os-aggregates/%d/action' % made['aggregate']['id'],
               {'add_host': {'host': 'cmp1'}})
    cloud.set_service('cmp3', status='disabled', disabled_reason='kept free')


def reserved():
    cloud = Cloud()
    service = cloud.service('cmp3')
    sets = cloud.call('GET', '/os-aggregates')['aggregates']
    print('# %s, %s' % (service, sets))
    return (service['status'] != 'enabled' or
            [sorted(s['hosts']) for s in sets] != [['cmp1', 'cmp3']])


if __name__ == '__main__':
    sys.exit({'make': make, 'check': check, 'delete': delete,
              'reserve': reserve, 'reserved': reserved}[sys.argv[1]](
                  *sys.argv[2:]))
