#!/usr/bin/python3
"""start_by_level: the VMs of one priority start when those above it run.
Arguments: parts of the names of tests to run.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll  # noqa: E402
from harness import ROUND_S, Tap  # noqa: E402
from stories import TESTS, each, scenario  # noqa: E402

LEVELS = ["first", "medium", "last"]


def simulate(make, minor=95, n=3, settings=None, conf=None, host="cmp1"):
    """VMs by level; one more of each is stopped, and one in error."""
    s = make(conf={"start_by_level": "true", **(conf or {})},
             settings={"max_minor": minor, "spawn_ms": 10000,
                       **(settings or {})})
    s.levels = {level: s.add_vms(host, n, metadata={"vmha:priority": level})
                for level in LEVELS}
    for level in LEVELS:
        s.levels[level] += s.add_vms(host, 1, vm_state="error", power_state=1,
                                     metadata={"vmha:priority": level})
    s.stopped = s.add_vms(host, 2, vm_state="stopped",
                          metadata={"vmha:priority": "first"})
    return s.start()


def asked_to_start(s):
    """When each VM was asked to start at first: by os-start, or where Nova
    starts it, by its evacuation."""
    at = {}
    for r in s.requests():
        uuid = r.started() or (r.evacuated() if r.version != "2.95" or
                               r.evacuated() in s.errors else None)
        if uuid:
            at.setdefault(uuid, r.time_s)
    return at


def judge(s):
    """All are as they should be, and no level began before those above it
    ran."""
    s.errors = {group[-1] for group in s.levels.values()}
    states = {v["uuid"]: v["vm_state"] for v in s.look("vms")["vms"]}
    for uuids in s.levels.values():
        s.must({states[u] for u in uuids} == {"active"}, f"not all run: {states}")
    s.must({states[u] for u in s.stopped} == {"stopped"}, "stopped VMs run")
    s.must(not {r.started() for r in s.starts()} & set(s.stopped),
           "a VM was started that its tenant had stopped")
    on, asked = s.last_on(), asked_to_start(s)
    for before, after in zip(LEVELS, LEVELS[1:]):
        ready_s = max(on[u] for u in s.levels[before])
        began_s = min(asked[u] for u in s.levels[after])
        s.must(began_s >= ready_s - ROUND_S,
               f"{after} began {ready_s - began_s} s before {before} ran")
    return on, asked


@scenario("2.95: all are evacuated at once, and started level by level")
def _(make):
    s = simulate(make, conf={"level_pause": "20s"})
    s.fence("cmp1")
    s.finish("cmp1")
    on, asked = judge(s)
    parked = [r for r in s.posts() if r.evacuated() not in s.errors]
    s.must({r.version for r in parked} == {"2.95"}, "not with 2.95")
    posts = [r.time_s for r in parked]
    s.must(max(posts) < min(asked.values()) + s.injected(10),
           "they did not leave together")
    pause_s = min(asked[u] for u in s.levels["medium"]) - \
        max(on[u] for u in s.levels["first"])
    s.must(pause_s >= s.injected(20) - ROUND_S, f"only {pause_s} s between")


@each(["93", "old computes"], "{}: each evacuation waits for its level")
def _(make, kind):
    s = simulate(make, minor=93 if kind == "93" else 95,
                 settings={} if kind == "93" else {"old_computes": 1})
    s.fence("cmp1")
    s.finish("cmp1")
    judge(s)
    s.must(not s.starts(), "os-start, though Nova had started it")


@each(["evacuations are on their way", "the first are started",
       "the second are started"], "the node is lost while {}")
def _(make, when):
    s = simulate(make)
    s.cloud("settings", start_ms=20000)
    s.fence("cmp1")
    if when.startswith("evac"):
        poll(lambda: s.count("record pre-migrating"), when)
    else:
        n = 1 if when.startswith("the first") else 4
        poll(lambda: len(s.starts()) >= n, when)
    s.restart()
    s.finish("cmp1")
    judge(s)


@scenario("two hosts: their VMs of one priority are one level")
def _(make):
    s = simulate(make)
    for level, uuids in s.levels.items():
        uuids[:0] = s.add_vms("cmp2", 2, metadata={"vmha:priority": level})
    s.fence("cmp1", "cmp2")
    s.finish("cmp1", "cmp2")
    judge(s)


@scenario("a VM that finds no host holds the others up, for level_timeout")
def _(make):
    s = simulate(make, conf={"level_timeout": "5min"})
    lost = s.levels["first"].pop(0)
    s.cloud("outcome", outcome="no_valid_host", uuid=lost, count=-1)
    s.fence("cmp1")
    poll(lambda: all(s.vm(u)["vm_state"] == "active" for group in
                     s.levels.values() for u in group), "the others run", 120)
    judge(s)
    s.must("do not run in time" in s.log(), "it is not told")
    asked = asked_to_start(s)
    waited_s = min(asked[u] for u in s.levels["medium"]) - \
        min(asked[u] for u in s.levels["first"])
    s.must(waited_s >= s.injected(280), f"only {waited_s} s")
    s.cloud("outcome-clear")
    s.wait_phase("cmp1", "X")


@scenario("a tenant stops a VM that is parked: it stays so")
def _(make):
    s = simulate(make, conf={"level_pause": "60s"})
    parked = s.levels["last"].pop(0)
    s.fence("cmp1")
    poll(lambda: s.vm(parked)["vm_state"] == "stopped" and
         s.vm(parked)["host"] != "cmp1", "it is parked")
    s.api("POST", f"/servers/{parked}/action", {"os-start": None})
    poll(lambda: s.vm(parked)["vm_state"] == "active", "it runs")
    s.api("POST", f"/servers/{parked}/action", {"os-stop": None})
    s.stopped.append(parked)
    s.wait_phase("cmp1", "X")
    judge(s)


sys.exit(Tap().run(TESTS))
