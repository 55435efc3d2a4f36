"""Nova's fake hypervisor, with guests that outlive nova-compute.

nova.virt.fake keeps its guests in the memory of nova-compute, so they vanish
when it dies, which no hypervisor's do.  Here a guest is a file
    <CLOUD_GUESTS>/<host>/<uuid>      "<name> <power state>"
that stays until Nova destroys the guest; a power cut (`cloud power HOST off`)
only shuts it down, as libvirt's persistent domains do.  Every change is a line of
the ledger, which all hosts share, in the order in which things happened:
    <epoch.ms> <host> <uuid> <on|off|gone>
A guest that is on under two hosts at once runs twice: tests/invariants/twice.

A test makes the hypervisor fail by a file CLOUD_KNOBS/<host>/<name>, read when
it matters: spawn-delay (seconds), spawn-fail (the error's text), shared (disks are on
shared storage), vcpus (how many there are).

Nova loads drivers from the package nova.virt only: python/nova-compute puts this
directory there; then compute_driver = outliving.Driver.
"""
import collections.abc
import fcntl
import os
import time

from nova.compute import power_state
from nova import exception
from nova.virt import fake

IS_OFF = (power_state.SHUTDOWN, power_state.CRASHED, power_state.SUSPENDED)


def record(ledger, host, uuid, word):
    """Appends one line; the lock makes the file's order the order of time."""
    with open(ledger, 'a') as out:
        fcntl.flock(out, fcntl.LOCK_EX)
        out.write('%.3f %s %s %s\n' % (time.time(), host, uuid, word))


class Guest:
    """What fake.FakeInstance is to Nova; the state lives in the file."""

    def __init__(self, guests, uuid, name, state):
        self.guests = guests
        self.uuid = uuid
        self.name = name
        self._state = state

    @property
    def state(self):
        return self._state

    @state.setter
    def state(self, state):
        self._state = state
        self.guests[self.uuid] = self


class Guests(collections.abc.MutableMapping):
    """uuid -> Guest, as files: the dictionary that fake.FakeDriver works on."""

    def __init__(self, top, host, ledger):
        self._host = host
        self._ledger = ledger
        self._dir = os.path.join(top, host)
        os.makedirs(self._dir, exist_ok=True)

    def _path(self, uuid):
        return os.path.join(self._dir, uuid)

    def __getitem__(self, uuid):
        try:
            with open(self._path(uuid)) as f:
                name, state = f.read().split()
        except FileNotFoundError:
            raise KeyError(uuid)
        return Guest(self, uuid, name, int(state))

    def __setitem__(self, uuid, guest):
        word = 'off' if guest.state in IS_OFF else 'on'
        record(self._ledger, self._host, uuid, word)
        temporary = self._path('.' + uuid)
        with open(temporary, 'w') as f:
            f.write('%s %d\n' % (guest.name, guest.state))
        os.rename(temporary, self._path(uuid))

    def __delitem__(self, uuid):
        try:
            os.unlink(self._path(uuid))
        except FileNotFoundError:
            raise KeyError(uuid)
        record(self._ledger, self._host, uuid, 'gone')

    def __iter__(self):
        return (x for x in os.listdir(self._dir) if not x.startswith('.'))

    def __len__(self):
        return sum(1 for _ in self)


class Driver(fake.FakeDriver):

    def init_host(self, host):
        super().init_host(host)
        self.instances = Guests(os.environ['CLOUD_GUESTS'], host,
                                os.environ['CLOUD_LEDGER'])
        self.vcpus = int(self._knob('vcpus') or self.vcpus)

    def _knob(self, name):
        path = os.path.join(os.environ['CLOUD_KNOBS'], self._host, name)
        try:
            with open(path) as f:
                return f.read().strip() or name
        except FileNotFoundError:
            return None

    def spawn(self, context, instance, *args, **kwargs):
        time.sleep(float(self._knob('spawn-delay') or 0))  # eventlet's: yields
        failure = self._knob('spawn-fail')
        if failure:
            raise exception.NovaException(failure)
        super().spawn(context, instance, *args, **kwargs)

    def instance_on_disk(self, instance):
        return self._knob('shared') is not None

    def migrate_disk_and_power_off(self, context, instance, *args, **kwargs):
        self.instances[instance.uuid].state = power_state.SHUTDOWN
        return super().migrate_disk_and_power_off(context, instance, *args,
                                                  **kwargs)

    def reboot(self, context, instance, network_info, reboot_type, *args,
               **kwargs):
        """As libvirt's: a hard one starts a guest that is off."""
        super().reboot(context, instance, network_info, reboot_type, *args,
                       **kwargs)
        if reboot_type.lower() == 'hard':
            self.instances[instance.uuid].state = power_state.RUNNING

    def pause(self, instance):
        self.instances[instance.uuid].state = power_state.PAUSED

    def unpause(self, instance):
        self.instances[instance.uuid].state = power_state.RUNNING

    def suspend(self, context, instance):
        self.instances[instance.uuid].state = power_state.SUSPENDED

    def resume(self, context, instance, network_info, block_device_info=None):
        self.instances[instance.uuid].state = power_state.RUNNING
