#!/usr/bin/python3
"""Fail each outside call of a recovery, in every way: the k-th request to the
cloud, and the k-th write of the journal, of each story.  Whatever happens, the
invariants hold and the recovery ends.

200 points chosen by a seed (VMHA_SEED, else a new one, printed); all of them
with VMHA_LONG=1, which remembers the good ones in torture.state beside the
logs and goes on there.  Arguments: parts of the names of points to run.
"""
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import Failure, poll  # noqa: E402
from harness import DAEMON, SOURCE, Sim, Tap  # noqa: E402

SPEED = 40
POINTS = 200
JOBS = 8  # most of their time they wait
ALL = "."
# Seconds of the fast clock:
SPAWN_S = 30  # so that a second call would meet the first at work
LATE_S = 30   # below post_settle, as its manual demands
SLOW_S = 20   # below the time that we wait for an answer...
GONE_S = 85   # ...above it, by less than post_settle

# How a request to the cloud goes wrong: novasim's fault, its times in seconds
# of the fast clock, and what happens while the daemon waits for the answer.
REQUEST_KINDS = {
    "error": ({"kind": "status", "status": 503}, None),
    "error after effect": ({"kind": "status", "status": 504, "effect": "now"},
                           None),
    "yes without effect": ({"kind": "status", "status": 200, "body": "{}"},
                           None),
    "timeout": ({"kind": "hang"}, None),
    "timeout after effect": ({"kind": "hang", "effect": "now"}, None),
    "effect after timeout": ({"kind": "hang", "ms": GONE_S}, None),
    "cut": ({"kind": "cut"}, None),
    "reset": ({"kind": "reset"}, None),
    "late effect": ({"kind": "reset", "effect": "late"}, None),
    "late answer": ({"kind": "hang", "ms": SLOW_S, "effect": "now"}, None),
    "late effect and answer": ({"kind": "hang", "ms": SLOW_S}, None),
    "answer comes twice": ({"kind": "again"}, None),
    "answers swapped": ({"kind": "swap", "ms": SLOW_S}, None),
    "crash": ({"kind": "hang"}, "crash"),
    "crash after effect": ({"kind": "hang", "effect": "now"}, "crash"),
    "crash and late effect": ({"kind": "hang", "effect": "late"}, "crash"),
    "quorum lost": ({"kind": "hang", "ms": SLOW_S}, "quorum"),
}
WRITE_KINDS = {
    "error": "error", "error though written": "lie", "timeout": "hang",
    "answer lost": "lost", "effect after timeout": "slow=3000",
    "late effect": "late=4000", "crash": "die", "crash after effect": "dead",
    "crash and late effect": "ghost=8000",
}


class OneHost:
    """A host fails, with VMs of every kind that can be recovered."""
    NAME = "one host"
    FAILED = ["cmp1"]
    SPARE = ["cmp2", "cmp3"]
    CONF = {}
    SETTINGS = {}

    def __init__(self, make):
        self.s = make(hosts=self.FAILED + self.SPARE, speed=SPEED,
                      conf={"max_posts": "4", **self.CONF},
                      settings={"spawn_ms": 1000 * SPAWN_S,
                                **self.SETTINGS})
        self.running, self.halted = [], []
        self.first = None  # process id of the daemon before any has died
        for host in self.FAILED:
            self.add_vms(host)

    def add_vms(self, host):
        running = {"vm_state": "active"}, {"vm_state": "error", "power_state": 1}
        halted = {"vm_state": "stopped"}, {"vm_state": "error", "power_state": 4}
        self.running += self.s.add_vms(host, 6, ram=4096, **running[0])
        self.running += self.s.add_vms(host, 1, **running[1])
        self.halted += self.s.add_vms(host, 2, ram=1024, **halted[0])
        self.halted += self.s.add_vms(host, 1, **halted[1])

    def run(self):
        self.s.start()
        self.first = self.s.daemon.pid
        self.s.fence(*self.FAILED)

    def is_over(self):
        return all(self.s.phase(h) in ("X", "T") for h in self.FAILED)

    def attend(self, crashes=lambda: False):
        """What happens until the end: the daemon is to die, or has died.  A
        write that kills it may be the one that ends all."""
        def news():
            if crashes() and self.s.is_running():
                self.s.kill()
            if not self.s.is_running():
                self.s.start()
                return True
            return self.is_over()
        poll(news, "the call, or the end")
        is_deadly = any(w[4].split("=")[0] in ("die", "dead", "ghost")
                        for w in self.s.cluster.writes())
        if is_deadly and self.s.daemon.pid == self.first:
            poll(lambda: not self.s.is_running(), "the daemon dies")
            self.s.start()

    def lose_quorum(self):
        """While a request is under way."""
        poll(lambda: self.s.hits() == [1] or self.is_over(),
             "the call, or the end")
        self.s.quorum(False)
        self.s.quiet(3 * SLOW_S)  # calls that are held back have time to go
        self.s.quorum(True)

    def judge(self, left=0):
        s = self.s
        s.finish(*self.FAILED, left=left, timeout=120)
        want = {u: "active" for u in self.running}
        want.update({u: "stopped" for u in self.halted})
        is_ = {v["uuid"]: v["vm_state"] for v in s.look("vms")["vms"]
               if v["host"] not in self.FAILED}
        want = {u: state for u, state in want.items() if u in is_}
        s.must(is_ == want, f"intent lost: want {want}, is {is_}")


class States(OneHost):
    """VMs that Nova evacuates only after their state was changed: reset, or
    the resize confirmed by its source, which is up, or is down."""
    NAME = "states"
    SPARE = ["cmp2", "cmp3", "cmp4"]

    def __init__(self, make):
        super().__init__(make)
        self.s.mark("cmp4", forced_down=True, disabled=True)

    def add_vms(self, host):
        for state in "paused", "suspended", "rescued", "shelved":
            self.halted += self.s.add_vms(host, 1, ram=1024, vm_state=state)
        for source in "cmp2", "cmp4":
            self.running += self.add_resized(source, host, 1)
            self.halted += self.add_resized(source, host, 4)

    def add_resized(self, source, host, power_state):
        uuids = self.s.add_vms(host, 1, vm_state="resized",
                               power_state=power_state)
        self.s.cloud("migration", uuid=uuids[0], type="resize", dest=host,
                     status="finished", source=source)
        return uuids


class TwoHosts(OneHost):
    """Two hosts fail at once."""
    NAME = "two hosts"
    FAILED = ["cmp1", "cmp2"]
    SPARE = ["cmp3", "cmp4"]

    def add_vms(self, host):
        self.running += self.s.add_vms(host, 3, ram=4096)
        self.halted += self.s.add_vms(host, 1, vm_state="error", power_state=4)


class Operator(OneHost):
    """One had the operator's own marks before, and so had the other."""
    NAME = "operator's marks"
    FAILED = ["cmp1", "cmp2"]
    SPARE = ["cmp3", "cmp4"]

    def __init__(self, make):
        super().__init__(make)
        self.s.mark("cmp1", disabled=True, disabled_reason="for repair")
        self.s.mark("cmp2", forced_down=True, disabled=False)

    def add_vms(self, host):
        self.running += self.s.add_vms(host, 2)
        self.halted += self.s.add_vms(host, 1, ram=1024, vm_state="stopped")


class Return(OneHost):
    """The host is back in mid-recovery: its VMs stay, but those on their way."""
    NAME = "host returns"

    def run(self):
        super().run()

        def is_at_work():
            if not self.s.is_running():
                self.s.start()
            return len(self.s.posts()) >= 2
        poll(is_at_work, "calls")
        self.s.rejoin("cmp1")
        self.s.cloud("power", host="cmp1", on=True)

    def judge(self, left=None):
        super().judge(left)
        self.s.cloud("compute", host="cmp1", run=True)


class Service(OneHost):
    """The host is powered on, is let in by its gate, and comes back into service;
    VMs that found no room before run on it again, or stay stopped."""
    NAME = "back in service"
    SPARE = ["cmp2"]

    def __init__(self, make):
        self.staying, self.is_booted = [], False
        super().__init__(make)
        for uuid in self.staying:
            self.s.cloud("outcome", outcome="no_valid_host", uuid=uuid, count=-1)

    def add_vms(self, host):
        self.running += self.s.add_vms(host, 3, ram=4096)
        self.halted += self.s.add_vms(host, 1, ram=1024, vm_state="stopped")
        self.staying = (self.s.add_vms(host, 2) +
                        self.s.add_vms(host, 1, vm_state="stopped"))
        self.running += self.staying[:2]
        self.halted += self.staying[2:]

    def is_over(self):
        """What the host does meanwhile: it boots, once it has power."""
        s = self.s
        if not self.is_booted and s.powered():
            s.cloud("power", host="cmp1", on=True)
            s.rejoin("cmp1")
            self.is_booted = True
        if self.is_booted and not s.host("cmp1")["running"]:
            if s.gate("cmp1")[0] == 0:
                going = (s.count("record accepted") +
                         s.count("record pre-migrating"))
                s.must(not going, f"N31: let in while {going} VMs move")
                s.cloud("compute", host="cmp1", run=True)
        return self.is_booted and s.in_service("cmp1") and \
            "vmha-host-cmp1" not in s.cluster.journal()

    def judge(self, left=None):
        s = self.s
        poll(self.is_over, f"it is in service: {s.host('cmp1')}", 120)
        s.must(not s.count("record done"), "records were not cleaned up")
        vms = {v["uuid"]: v for v in s.look("vms")["vms"]}
        wrong = [v for v in vms.values() if len(v["on"]) !=
                 (1 if v["uuid"] in self.running else 0)]
        s.must(not wrong, f"they run, or do not: {wrong}")
        home = {u for u, v in vms.items() if v["host"] == "cmp1"}
        s.must(home == set(self.staying), f"on cmp1: {home}")


class Reserved(OneHost):
    """Two reserved hosts take the VMs of two failed ones; a third is not
    needed, and is left as it was or put back."""
    NAME = "reserved hosts"
    FAILED = ["cmp1", "cmp2"]
    SPARE = ["cmp3"]
    RESERVED = ["rsv1", "rsv2", "rsv3"]
    CONF = {"recovery_method": "reserved_host",
            "add_reserved_host_to_aggregate": "true"}

    def __init__(self, make):
        super().__init__(make)
        self.s.cluster.instances["vmha"]["recovery_method"] = "reserved_host"
        self.s.reserve(*self.RESERVED, cap_ram=3 * 4096)
        self.s.cloud("aggregate", name="a", hosts=self.FAILED)

    def add_vms(self, host):
        self.running += self.s.add_vms(host, 2, ram=4096)
        self.halted += self.s.add_vms(host, 1, ram=4096, vm_state="error",
                                      power_state=4)

    def is_over(self):
        return super().is_over() and self.is_settled()

    def is_settled(self):
        """The used ones count so, the others are as the operator had them."""
        members = self.s.look("aggregates")["aggregates"][0]["hosts"]
        for name in self.RESERVED:
            entry = self.s.cluster.journal().get("vmha-reserve-" + name, "")
            is_used = bool(self.s.vms_on(name))
            if is_used and entry[:5] != "v1;U;":
                return False
            if not is_used and (entry or name in members or
                                not self.s.host(name)["disabled"]):
                return False
        return True

    def judge(self, left=0):
        super().judge(left)
        where = {v["host"] for v in self.s.look("vms")["vms"]}
        self.s.must(where <= set(self.RESERVED), f"VMs are on {where}")
        poll(self.is_settled, "reserved hosts are used, or put back", 120)


class Levels(OneHost):
    """VMs are parked where they arrive, and started one level after the other;
    those that were stopped stay so."""
    NAME = "levels"
    CONF = {"start_by_level": "true", "level_timeout": "4min"}
    SETTINGS = {"max_minor": 95}

    def add_vms(self, host):
        for level in "first", "last":
            wish = {"vmha:priority": level}
            self.running += self.s.add_vms(host, 2, metadata=wish)
            self.halted += self.s.add_vms(host, 1, vm_state="stopped",
                                          metadata=wish)

    def judge(self, left=0):
        super().judge(left)
        started = {r.started() for r in self.s.starts()}
        self.s.must(not started & set(self.halted),
                    f"started: {started & set(self.halted)}")


class Scarce(OneHost):
    """There is no room at first: calls are still to be sent after a while, when
    the cluster or the daemon may be another."""
    NAME = "no room"
    CONF = {"retry_min": "10s"}

    def __init__(self, make):
        super().__init__(make)
        self.s.cloud("outcome", outcome="no_valid_host", count=6)

    def add_vms(self, host):
        self.running += self.s.add_vms(host, 4, ram=4096)
        self.halted += self.s.add_vms(host, 1, ram=1024, vm_state="stopped")
        self.halted += self.s.add_vms(host, 1, vm_state="error", power_state=4)


STORIES = [OneHost, States, TwoHosts, Operator, Return, Service, Reserved,
           Levels, Scarce]


def request_point(story, kind, k):
    fault, event = REQUEST_KINDS[kind]

    def test(make):
        base = story(make)
        s = base.s
        times = {"late_ms": LATE_S, **fault}
        s.fault(ALL, nth=k, **{
            key: int(1000 * s.injected(value)) if key.endswith("ms") else value
            for key, value in times.items()})
        base.run()
        if event == "crash":
            base.attend(lambda: s.hits() == [1])
        elif event == "quorum":
            base.lose_quorum()
        base.judge()
    return f"{story.NAME}, request {k}: {kind}", test


def write_point(story, kind, k):
    verb = WRITE_KINDS[kind]

    def test(make):
        base = story(make)
        base.s.cluster.put("fail", f"set * {verb} {k}\ndelete * {verb} {k}\n")
        base.run()
        if kind.startswith("crash"):
            base.attend()
        base.judge()
    return f"{story.NAME}, write {k}: {kind}", test


def count(story):
    """Outside calls of an undisturbed run."""
    sims = []

    def make(**options):
        sims.append(Sim(**options))
        return sims[-1]
    try:
        base = story(make)
        base.run()
        base.judge()
        bad = base.s.check()
        if bad:
            raise Failure("; ".join(bad))
        return len(base.s.requests()), len(base.s.cluster.writes())
    finally:
        for s in sims:
            s.close()


def all_points():
    """By story and kind."""
    found = []
    for story in STORIES:
        requests, writes = count(story)
        found += [[request_point(story, kind, k)
                   for k in range(1, requests + 1)] for kind in REQUEST_KINDS]
        found += [[write_point(story, kind, k) for k in range(1, writes + 1)]
                  for kind in WRITE_KINDS]
        print(f"# {story.NAME}: {requests} requests, {writes} writes",
              flush=True)
    return found


def choose(kinds, n, seed):
    """N of them: about as many of each kind."""
    chance = random.Random(seed)
    kinds = [chance.sample(points, len(points)) for points in kinds]
    chosen = []
    while len(chosen) < n and any(kinds):
        chance.shuffle(kinds)
        chosen += [points.pop() for points in kinds if points]
    return chosen[:n]


class State:
    """The good points of a long run, for the same program."""

    def __init__(self):
        logs = os.environ.get("TEST_LOGS", os.path.join(SOURCE, "out/tests"))
        os.makedirs(logs, exist_ok=True)
        self.path = os.path.join(logs, "torture.state")
        about = os.stat(DAEMON)
        head = f"{about.st_size} {about.st_mtime_ns}"
        try:
            with open(self.path, encoding="utf-8") as f:
                lines = f.read().splitlines()
        except FileNotFoundError:
            lines = []
        if lines[:1] != [head]:
            lines = [head]
            with open(self.path, "w", encoding="utf-8") as f:
                f.write(head + "\n")
        self.done = set(lines[1:])

    def remembering(self, point):
        name, test = point
        if name in self.done:
            return name + " (before)", lambda make: []

        def noted(make):
            # Tap judges after the test: note it only if that would be good.
            sims = []

            def keep(**options):
                sims.append(make(**options))
                return sims[-1]
            test(keep)
            if not any(s.check() for s in sims):
                with open(self.path, "a", encoding="utf-8") as f:
                    f.write(name + "\n")
        return name, noted


def main():
    kinds = all_points()
    points = [p for points in kinds for p in points]
    print(f"# {len(points)} points")
    if os.environ.get("VMHA_LONG") == "1":
        state = State()
        points = [state.remembering(p) for p in points]
    elif not sys.argv[1:]:
        seed = int(os.environ.get("VMHA_SEED") or time.time())
        print(f"# seed {seed}")
        points = choose(kinds, POINTS, seed)
    return Tap(jobs=JOBS).run(points)


sys.exit(main())
