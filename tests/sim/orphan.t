#!/usr/bin/python3
"""Evacuations that fail at their destination and may leave the guest there: the
VM is started nowhere else before that host, where it is watched, has denied it.
Arguments: parts of the names of tests to run.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll  # noqa: E402
from harness import Tap  # noqa: E402
from stories import TESTS, each, scenario  # noqa: E402

SOON = {"retry_min": "5s"}  # it would be tried again, if it might


def reboots(s, vm):
    return [r for r in s.requests()
            if vm in r.target and '"reboot"' in r.body]


def posts(s, vm):
    return [r for r in s.posts() if r.evacuated() == vm]


def reason(s, vm):
    told = s.status("cmp1") or {"problems": []}
    return {p["id"]: p["reason"] for p in told["problems"]}.get(vm, "")


def asked(s, host, vm, but=None):
    """Wait until the host is asked about it; the question's number."""
    def found():
        question = s.cluster.asked(host)
        return question and question[1] == [vm] and question[0] != but and \
            question[0]
    return poll(found, f"{host} is asked about {vm}")


def fail(make, outcome, hosts=("cmp1", "cmp2"), watched=("cmp2",), **members):
    """A VM of cmp1 whose first evacuation ended so; others moved."""
    s = make(hosts=hosts, conf=SOON).start()
    for host in watched:
        s.cluster.report(host)
    s.add_vms("cmp1", 3)
    vm, = s.add_vms("cmp1", 1)
    s.cloud("outcome", outcome=outcome, uuid=vm, **members)
    s.fence("cmp1")
    poll(lambda: s.count("record failed"), "an evacuation fails")
    return s, vm


def place(s, vm):
    """The one host on which it is on."""
    on = s.vm(vm)["on"]
    s.must(len(on) == 1, f"it runs on {on}")
    return on[0]


def finished(s, vm, *hosts):
    poll(lambda: s.vm(vm)["on"] == [s.vm(vm)["host"]] and
         s.vm(vm)["host"] in hosts, f"it runs on one of {hosts}")
    poll(lambda: s.phase("cmp1") in ("X", "T", ""), "the end")


@scenario("a guest that was left is told, and the VM not evacuated again")
def _(make):
    s, vm = fail(make, "spawn_orphan", ("cmp1", "cmp2", "cmp3"),
                 ("cmp2", "cmp3"))
    host = place(s, vm)
    first = asked(s, host, vm)
    poll(lambda: "has not said" in reason(s, vm), "it is told")
    s.cluster.answer(host, vm)
    poll(lambda: "has its guest still" in reason(s, vm), "it is told")
    asked(s, host, vm, but=first)
    s.quiet(150)
    s.must(len(posts(s, vm)) == 1, "it was evacuated again")
    s.must(s.phase("cmp1") == "E", "its recovery is taken for done")
    _, text = s.tool("why", vm)
    s.must("has its guest still" in text, f"why: {text}")
    s.cloud("guest", uuid=vm, host=host, state="gone")  # virsh destroy
    s.cluster.answer(host)
    poll(lambda: len(posts(s, vm)) == 2, "it is evacuated again")
    finished(s, vm, "cmp2", "cmp3")


@scenario("nor is it started on its own host, which is back")
def _(make):
    s, vm = fail(make, "spawn_orphan")
    asked(s, "cmp2", vm)
    s.cluster.answer("cmp2", vm)
    poll(lambda: s.powered() == ["cmp1"], "its host is powered on")
    s.boot("cmp1")
    poll(lambda: s.in_service("cmp1"), "its host is in service")
    poll(lambda: "has its guest still" in reason(s, vm), "it is told")
    s.quiet(200)
    s.must(not reboots(s, vm) and place(s, vm) == "cmp2", "it was started")
    s.cloud("guest", uuid=vm, host="cmp2", state="gone")
    s.cluster.answer("cmp2")
    finished(s, vm, "cmp1")
    poll(lambda: "vmha-host-cmp1" not in s.cluster.journal(), "closed")
    s.must(len(reboots(s, vm)) == 1, f"{len(reboots(s, vm))} starts")


@each([1, 2], "a host that denies is believed, by a daemon of that time: life {}")
def _(make, life):
    s, vm = fail(make, "spawn_fail", count=1)
    first = asked(s, "cmp2", vm)
    if life == 2:
        s.restart()
        asked(s, "cmp2", vm, but=first)
    s.must(len(posts(s, vm)) == 1, "it was evacuated again")
    s.cluster.answer("cmp2")
    finished(s, vm, "cmp2")
    s.must(len(posts(s, vm)) == 2, f"{len(posts(s, vm))} calls")


@scenario("a host that is dead has no guest")
def _(make):
    s, vm = fail(make, "spawn_orphan", ("cmp1", "cmp2", "cmp3"),
                 ("cmp2", "cmp3"))
    host = place(s, vm)
    other, = {"cmp2", "cmp3"} - {host}
    asked(s, host, vm)
    for home in s.homes.values():
        home.add(host)
    s.cluster.nodes[host].online = False  # not proven yet
    s.change(host, allowed=False)
    s.quiet(120)
    s.must(len(posts(s, vm)) == 1, "it was evacuated again")
    s.fence(host, later_s=60)
    finished(s, vm, other)


@scenario("nobody watches the destination: it is tried, and started, as ever")
def _(make):
    s, vm = fail(make, "spawn_fail", watched=(), count=-1)
    poll(lambda: len(posts(s, vm)) > 1, "it is tried again")
    poll(lambda: s.powered() == ["cmp1"], "its host is powered on")
    s.boot("cmp1")
    finished(s, vm, "cmp1")
    poll(lambda: "vmha-host-cmp1" not in s.cluster.journal(), "closed")
    s.must(len(reboots(s, vm)) == 1, f"{len(reboots(s, vm))} starts")
    s.must(not s.cluster.asked("cmp2"), "a host without a watch was asked")


sys.exit(Tap(jobs=4).run(TESTS))
