#!/usr/bin/python3
"""What Nova (Zed) really does where vmha's design depends on it.

Each test is one fact.  Hosts die by hand here, without a cluster.
"""
import contextlib
import datetime
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

import requests

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
from client import Cloud, Refused, host_of, is_settled, task_of  # noqa: E402

SHARED = '/run/lab/shared'
BY_SOURCE = '?source_compute=cmp1&migration_type=evacuation'
RUNNING, PAUSED, SHUTDOWN, NOSTATE = 1, 3, 4, 0


class Tap:
    count = 0
    failures = 0

    def ok(self, is_true, name, why=''):
        self.count += 1
        self.failures += not is_true
        print('%sok %d - %s' % ('' if is_true else 'not ', self.count, name))
        if why != '' and not is_true:
            print('# %s' % (why,))
        sys.stdout.flush()

    def eq(self, got, wanted, name):
        self.ok(got == wanted, name, 'got %r, wanted %r' % (got, wanted))


tap = Tap()


def run(*command):
    return subprocess.run((HERE + '/cloud',) + command, check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def until(what, limit_s=60):
    deadline = time.monotonic() + limit_s
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def power_of(server):
    return server['OS-EXT-STS:power_state']


def brief(server):
    return server['status'], power_of(server), host_of(server)


def ledger_of(uuid, host):
    """Words of the ledger about one guest on one host, in order."""
    with open(SHARED + '/ledger') as lines:
        return [line.split()[3] for line in lines
                if line.split()[1:3] == [host, uuid]]


@contextlib.contextmanager
def knob(host, name, text=''):
    """The fake hypervisor misbehaves in this way for a while."""
    path = '%s/cloud/knobs/%s/%s' % (SHARED, host, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as out:
        out.write(text)
    yield
    os.unlink(path)


@contextlib.contextmanager
def stopped(name):
    """A process of the control plane, with its children, stands still."""
    with open('/run/cloud/pid/' + name) as pid:
        group = int(pid.read())
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


class Facts:
    def __init__(self):
        self.env = dict(
            pair.split('=', 1) for pair in
            run('openrc').replace('export ', '').split())
        self.cloud = Cloud(self.env)

    def records(self, uuid, query=''):
        """Newest first."""
        return self.cloud.migrations(
            '?migration_type=evacuation&instance_uuid=' + uuid + query)

    def state(self, uuid):
        records = self.records(uuid)
        return records[0]['status'] if records else None

    def evacuate(self, uuid):
        """Returns the server once its record has ended."""
        self.cloud.action(uuid, 'evacuate')
        until(lambda: self.state(uuid) in ('done', 'error', 'failed'))
        return self.cloud.wait(is_settled, [uuid])[0]

    def only(self, *hosts):
        """These are the hosts on which a server may be placed."""
        for host in ('cmp1', 'cmp2', 'cmp3'):
            status = 'enabled' if host in hosts else 'disabled'
            self.cloud.set_service(host, status=status)

    # --- facts ------------------------------------------------------------

    def times(self):
        for name, call in (
                ('POST auth/tokens', lambda: Cloud(self.env)),
                ('GET os-services?host', lambda: self.cloud.service('cmp1')),
                ('GET servers/detail?host', lambda: self.cloud.servers('cmp1')),
                ('GET os-migrations', lambda: self.cloud.migrations(BY_SOURCE))):
            report(name, call)

    def no_valid_host(self, running, shut_off):
        self.only()
        tap.eq(brief(self.evacuate(running)), ('ERROR', RUNNING, 'cmp1'),
               'NoValidHost: ERROR, and power_state says it was running')
        tap.eq(brief(self.evacuate(shut_off)), ('ERROR', SHUTDOWN, 'cmp1'),
               'NoValidHost: ERROR, and power_state says it was shut down')
        tap.eq(self.state(running), 'error', 'NoValidHost: the record is error')
        tap.eq(self.records(running)[0]['dest_compute'], None,
               'NoValidHost: and has no destination')
        fault = self.cloud.server(running)['fault']['message']
        tap.ok('No valid host' in fault, 'NoValidHost: the fault says so', fault)

    def spawn_fails(self, running, shut_off):
        self.only('cmp2', 'cmp3')
        with knob('cmp2', 'spawn-fail'), knob('cmp3', 'spawn-fail'):
            for uuid, was in (running, 'running'), (shut_off, 'shut down'):
                tap.eq(brief(self.evacuate(uuid)), ('ERROR', NOSTATE, 'cmp1'),
                       'spawn fails: ERROR, power_state forgot "%s"' % was)
        tap.eq(len(self.records(running)), 1, 'spawn fails: Nova tries once')
        tap.eq(self.state(running), 'failed', 'spawn fails: record is failed')
        dest = self.records(running)[0]['dest_compute']
        tap.ok(dest in ('cmp2', 'cmp3'), 'spawn fails: it has a destination')

    def evacuate_shut_off(self, uuid):
        self.only('cmp2')
        seen = self.watch(uuid)
        self.cloud.wait(lambda s: s['status'] == 'SHUTOFF', [uuid])
        tap.eq(brief(self.cloud.server(uuid)), ('SHUTOFF', SHUTDOWN, 'cmp2'),
               'SHUTOFF: arrives SHUTOFF')
        tap.eq(ledger_of(uuid, 'cmp2'), ['on', 'off'],
               'SHUTOFF: but the guest runs on the destination for a moment')
        tap.eq(unique(s for s, _, _ in seen),
               ['accepted', 'pre-migrating', 'done'],
               'SHUTOFF: the record goes through three states')
        print('# seen: %s' % (unique(seen),))

    def watch(self, uuid):
        """(record, status, task) as often as can be read until it is done."""
        self.cloud.action(uuid, 'evacuate')
        seen = []
        while not seen or seen[-1][0] != 'done':
            record = self.state(uuid)
            server = self.cloud.server(uuid)
            seen.append((record, server['status'], task_of(server)))
        return seen

    def evacuate_error(self, running, shut_off):
        self.only('cmp2')
        for uuid, was in (running, 'ACTIVE'), (shut_off, 'SHUTOFF'):
            tap.eq(brief(self.evacuate(uuid)), ('ACTIVE', RUNNING, 'cmp2'),
                   'ERROR, once %s: arrives ACTIVE' % was)

    def task_is_set(self, rebooted, halted):
        """Rule N9: Nova does not look at the task, and forgets it."""
        self.only('cmp2')
        for uuid, action, arguments, task in (
                (rebooted, 'reboot', {'type': 'HARD'}, 'rebooting_hard'),
                (halted, 'os-stop', None, 'powering-off')):
            self.cloud.action(uuid, action, arguments)
            tap.eq(task_of(self.cloud.server(uuid)), task,
                   '%s of a server on a dead host: its task stays' % action)
            tap.eq(brief(self.evacuate(uuid)), ('ACTIVE', RUNNING, 'cmp2'),
                   'task %s: it is evacuated, and arrives ACTIVE' % task)

    def evacuate_paused(self, uuid):
        """Rule N10."""
        self.only('cmp2')
        try:
            self.cloud.action(uuid, 'evacuate')
            status = 200
        except Refused as refused:
            status = refused.status
        tap.eq(status, 409, 'paused: it is not evacuated')
        self.cloud.action(uuid, 'os-resetState', {'state': 'error'})
        tap.eq(brief(self.cloud.server(uuid)), ('ERROR', PAUSED, 'cmp1'),
               'paused, reset: ERROR at once, power_state says it was paused')
        tap.eq(brief(self.evacuate(uuid)), ('ACTIVE', RUNNING, 'cmp2'),
               'paused, reset: arrives ACTIVE')

    def conductor_away(self, uuid):
        self.only('cmp2')
        before = datetime.datetime.utcnow() - datetime.timedelta(seconds=10)
        since = '&changes-since=' + before.strftime('%Y-%m-%dT%H:%M:%SZ')
        with stopped('nova-conductor'):
            self.cloud.action(uuid, 'evacuate')
            record = self.records(uuid)[0]
            tap.eq((record['status'], record['updated_at']), ('accepted', None),
                   'a new record is accepted and was never updated')
            tap.eq(self.records(uuid, since), [],
                   'changes-since does not show it')
            tap.eq(len(self.records(uuid, '&status=accepted')), 1,
                   'status=accepted does')
        until(lambda: self.state(uuid) == 'done')
        tap.eq(len(self.records(uuid, since)), 1,
               'once it was updated changes-since shows it, too')

    def time_resolution(self, uuid):
        record = self.records(uuid)[0]
        at = datetime.datetime.fromisoformat(record['updated_at'])
        tap.eq(at.microsecond, 0, 'updated_at has whole seconds')
        for after_s, count in (0, 1), (0.001, 0):
            since = (at + datetime.timedelta(seconds=after_s)).isoformat()
            found = self.records(uuid, '&changes-since=%sZ' % since)
            tap.eq(len(found), count,
                   'changes-since updated_at + %s s finds %d' % (after_s, count))

    def paging(self):
        records = self.cloud.migrations(BY_SOURCE)
        times = [r['created_at'] for r in records]
        tap.eq(times, sorted(times, reverse=True), 'records: newest first')
        pages, query = [], BY_SOURCE + '&limit=2'
        while True:
            page = self.cloud.migrations(
                query + ('&marker=' + pages[-1]['uuid'] if pages else ''))
            if not page:
                break
            pages += page
        tap.eq(pages, records, 'records: pages by limit and marker are the list')

    def client_leaves(self, uuid, name):
        """The client sends all of its POST and closes at once."""
        self.only('cmp2')
        start = time.monotonic()
        self.send_and_leave(uuid)
        until(lambda: self.records(uuid))
        print('# the record was there %.0f ms after the client left' %
              ((time.monotonic() - start) * 1000))
        until(lambda: self.state(uuid) == 'done')
        tap.ok(True, name)

    def client_leaves_queue(self, uuid):
        """The same while every worker is busy, for longer than it waits."""
        self.only('cmp2')
        left = datetime.datetime.utcnow()
        with stopped('nova'):
            self.send_and_leave(uuid)
            time.sleep(4)  # how late the record comes is what is measured
        until(lambda: self.state(uuid) == 'done')
        made = datetime.datetime.fromisoformat(
            self.records(uuid)[0]['created_at'])
        tap.ok((made - left).total_seconds() >= 3,
               'client leaves a queued POST: executed when its turn comes', made)

    def broker_away(self, uuid):
        """The record is written before the call that hangs."""
        self.only('cmp2')
        with stopped('rabbit'):
            try:
                self.cloud.action(uuid, 'evacuate', limit_s=3)
                tap.ok(False, 'broker away: the POST hangs')
            except requests.Timeout:
                tap.ok(True, 'broker away: the POST hangs')
            tap.eq(self.state(uuid), 'accepted',
                   'broker away: the record is there')
        until(lambda: self.state(uuid) == 'done')
        tap.ok(True, 'broker back: the evacuation goes on by itself')

    def post_twice(self, uuid):
        """Rule N12: why nothing is posted while a record is in flight."""
        self.only('cmp2')
        with knob('cmp2', 'spawn-delay', '8'):
            with stopped('nova-conductor'):
                self.cloud.action(uuid, 'evacuate')
                self.cloud.action(uuid, 'evacuate')
                tap.eq([r['status'] for r in self.records(uuid)],
                       ['accepted'] * 2,
                       'a second POST is accepted like the first')
            # Both work on one record: the conductor takes the first that is
            # accepted (get_by_instance_and_status).  While the guest of one is
            # being spawned, the other's save(expected_task_state=...) in
            # ComputeManager._do_rebuild_instance fails, and marks record and
            # server; so the first one's save after spawn() fails, too.  (Without
            # the delay they may end in any order, and so in any state.)
            until(lambda: ledger_of(uuid, 'cmp2'))
        server = self.cloud.wait(is_settled, [uuid])[0]
        tap.eq(sorted(r['status'] for r in self.records(uuid)),
               ['accepted', 'failed'],
               'it leaves one record failed, the other accepted')
        tap.eq(brief(server), ('ERROR', RUNNING, 'cmp1'),
               'and the server in ERROR, on the dead host as before')
        tap.eq(ledger_of(uuid, 'cmp2'), ['on'],
               'while its guest runs on another')

    def host_returns(self, left_behind):
        with knob('cmp1', 'power-sync', 'off'):
            run('compute', 'cmp1', 'start')
            run('wait', 'cmp1')
        until(lambda: self.records_of_host('done') == 0)
        tap.ok(self.records_of_host('completed') > 0,
               'host back, forced down: its evacuations become completed')
        tap.eq(self.records_of_host('accepted'), 0,
               'so does one that was accepted and nobody works on')
        self.cloud.back('cmp1')
        tap.ok(True, 'then Nova takes the host back')
        server = self.cloud.server(left_behind)
        tap.eq((brief(server), ledger_of(left_behind, 'cmp1')[-1]),
               (('ACTIVE', RUNNING, 'cmp1'), 'off'),
               'a server left behind reads ACTIVE, its guest is off')
        try:
            self.cloud.action(left_behind, 'os-start')
            status = 202
        except Refused as refused:
            status = refused.status
        tap.eq(status, 409, 'os-start of it is refused')
        self.cloud.action(left_behind, 'os-stop')
        self.cloud.wait(lambda s: s['status'] == 'SHUTOFF', [left_behind])
        self.cloud.action(left_behind, 'os-start')
        self.cloud.wait(lambda s: s['status'] == 'ACTIVE', [left_behind])
        tap.eq(ledger_of(left_behind, 'cmp1')[-1], 'on',
               'os-stop and os-start start it in place')

    def power_sync(self, left_behind):
        """What host_returns() sees, once nova-compute has compared."""
        run('compute', 'cmp1', 'kill')
        run('power', 'cmp1', 'off')
        with knob('cmp1', 'power-sync', 'now'):
            run('compute', 'cmp1', 'start')
            run('wait', 'cmp1')
        self.cloud.wait(lambda s: s['status'] == 'SHUTOFF', [left_behind])
        newest = self.cloud.call(
            'GET', '/servers/%s/os-instance-actions' % left_behind
        )['instanceActions'][0]
        tap.eq((newest['action'], newest['user_id']), ('stop', None),
               'power sync stops it by itself: the action has no user')
        self.cloud.action(left_behind, 'os-start')
        self.cloud.wait(lambda s: s['status'] == 'ACTIVE', [left_behind])
        tap.eq(ledger_of(left_behind, 'cmp1')[-1], 'on',
               'os-start alone starts it then')

    def records_of_host(self, status):
        return len(self.cloud.migrations(BY_SOURCE + '&status=' + status))

    def send_and_leave(self, uuid):
        url = urllib.parse.urlparse(self.cloud.urls['compute'])
        body = '{"evacuate": {}}'
        with socket.create_connection((url.hostname, url.port)) as stream:
            stream.sendall((
                'POST %s/servers/%s/action HTTP/1.1\r\nHost: nova\r\n'
                'X-Auth-Token: %s\r\nOpenStack-API-Version: compute 2.93\r\n'
                'Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s'
                % (url.path, uuid, self.cloud.token, len(body), body)).encode())


def unique(items):
    """Without neighbours that are the same."""
    out = []
    for item in items:
        if not out or out[-1] != item:
            out.append(item)
    return out


def report(name, call, times=10):
    took = []
    for _ in range(times):
        start = time.monotonic()
        call()
        took.append((time.monotonic() - start) * 1000)
    took.sort()
    print('# %s: median %.0f ms, worst %.0f ms' % (
        name, took[times // 2], took[-1]))


def main():
    print('1..48')
    run('up')
    run('computes')
    facts = Facts()
    running = facts.cloud.boot(11, 'cmp1')
    shut_off = facts.cloud.boot(3, 'cmp1')
    for uuid in shut_off:
        facts.cloud.action(uuid, 'os-stop')
    facts.cloud.wait(lambda s: s['status'] == 'SHUTOFF', shut_off)
    facts.cloud.action(running[10], 'pause')
    facts.cloud.wait(lambda s: s['status'] == 'PAUSED', running[10:])
    facts.times()
    run('compute', 'cmp1', 'kill')
    run('power', 'cmp1', 'off')
    report('PUT os-services', lambda: facts.cloud.set_service(
        'cmp1', forced_down=True))
    facts.no_valid_host(running[0], shut_off[0])
    facts.spawn_fails(running[1], shut_off[1])
    facts.evacuate_shut_off(shut_off[2])
    facts.evacuate_error(running[0], shut_off[0])
    facts.task_is_set(running[8], running[9])
    facts.evacuate_paused(running[10])
    facts.conductor_away(running[2])
    facts.time_resolution(running[2])
    facts.paging()
    facts.client_leaves(running[3], 'client leaves: the POST is executed')
    facts.client_leaves_queue(running[4])
    facts.broker_away(running[5])
    facts.post_twice(running[6])
    facts.host_returns(running[7])
    facts.power_sync(running[7])
    sys.exit(tap.failures > 0)


if __name__ == '__main__':
    if sys.argv[1:] != ['inside']:
        subprocess.run([HERE + '/prepare'], check=True, stdout=sys.stderr)
        os.execv(HERE + '/cloud', [HERE + '/cloud', 'alone', os.path.abspath(
            __file__), 'inside'])
    main()
