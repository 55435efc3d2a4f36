#!/usr/bin/python3
"""Living hosts that lack a process or a mount that VMs need.
Arguments: parts of the names of tests to run.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll  # noqa: E402
from harness import Tap  # noqa: E402
from stories import TESTS, scenario  # noqa: E402

LIBVIRT = ("proc", "libvirtd", "down", 1795419841)
SHARE = ("mount", "/var/lib/nova/instances", "hang", 1795419841)
TOKEN = "[vmha-fault]"


def is_shut(s, host):
    h = s.host(host)
    return h["disabled"] and TOKEN in (h["disabled_reason"] or "")


def is_open(s, host):
    return not s.host(host)["disabled"]


def told(s):
    return (s.document() or {}).get("faults") or []


def puts(s):
    return [r for r in s.requests() if r.method == "PUT"]


@scenario("a host that lost a process is shut, and opened when it is back")
def _(make):
    s = make().start()
    s.cluster.report("cmp1")
    began = time.time()
    s.cluster.report("cmp1", LIBVIRT)
    poll(lambda: is_shut(s, "cmp1"), "it is shut")
    took = puts(s)[0].time_s - began
    s.must(took < 1, f"only after {took:.2f} s")
    s.must("libvirtd" in s.host("cmp1")["disabled_reason"], s.host("cmp1"))
    f = told(s)[0]
    s.must((f["name"], f["host"]) == ("libvirtd", "cmp1"), f)
    s.cluster.report("cmp1", LIBVIRT, SHARE)
    s.quiet(30)
    s.cluster.report("cmp1", SHARE)
    s.quiet(30)
    s.must(is_shut(s, "cmp1"), "opened while a fault is left")
    s.cluster.report("cmp1")
    poll(lambda: is_open(s, "cmp1"), "it is open again")
    s.must(len(puts(s)) == 2, f"{len(puts(s))} changes")


@scenario("healed while no daemon runs: the next one opens it")
def _(make):
    s = make().start()
    s.cluster.report("cmp1", LIBVIRT)
    poll(lambda: is_shut(s, "cmp1"), "it is shut")
    s.kill()
    s.cluster.report("cmp1")
    s.start()
    poll(lambda: is_open(s, "cmp1"), "it is open again")


@scenario("what the operator disabled, before or afterwards, is his")
def _(make):
    s = make().start()
    s.mark("cmp1", disabled=True, disabled_reason="mine")
    s.cluster.report("cmp1", LIBVIRT)
    poll(lambda: [f for f in told(s)
                  if f["scheduling"] == "disabled by others"],
         "it is looked at")
    s.cluster.report("cmp1")
    s.quiet(60)
    s.must(s.host("cmp1")["disabled_reason"] == "mine", s.host("cmp1"))
    s.cluster.report("cmp2", LIBVIRT)
    poll(lambda: is_shut(s, "cmp2"), "it is shut")
    s.mark("cmp2", disabled=True, disabled_reason="mine, too")
    s.cluster.report("cmp2")
    s.quiet(60)
    s.must(s.host("cmp2")["disabled_reason"] == "mine, too", s.host("cmp2"))


@scenario("not all hosts are shut: no more than max_shut_hosts")
def _(make):
    s = make().start()
    for host in ("cmp1", "cmp2", "cmp3"):
        s.cluster.report(host, SHARE)
    poll(lambda: sum(is_shut(s, h) for h in ("cmp1", "cmp2", "cmp3")) == 2,
         "two are shut")
    s.quiet(60)
    s.must(sum(is_shut(s, h) for h in ("cmp1", "cmp2", "cmp3")) == 2, "three")
    s.must(any("max_shut_hosts" in f["scheduling"] for f in told(s)),
           "nothing is said")


@scenario("a shut host fails: evacuated, back, and open when it is healed")
def _(make):
    s = make().start()
    s.add_vms("cmp1", 4)
    s.cluster.report("cmp1", LIBVIRT)
    poll(lambda: is_shut(s, "cmp1"), "it is shut")
    s.fence("cmp1")
    poll(lambda: not s.vms_on("cmp1"), "its VMs have left")
    s.must(len(s.posts()) == 4, f"{len(s.posts())} calls")
    poll(lambda: s.powered() == ["cmp1"], "it is powered on")
    s.cluster.nodes["cmp1"].faults = None
    s.boot("cmp1")
    poll(lambda: "vmha-host-cmp1" not in s.cluster.journal(), "it is closed")
    s.must(is_shut(s, "cmp1"), "opened, though nobody says that it is well")
    s.cluster.report("cmp1")
    poll(lambda: is_open(s, "cmp1"), "it is open again")


@scenario("nothing is changed while vmha is disarmed")
def _(make):
    s = make().start()
    poll(lambda: s.tool("disarm")[0] == 0, "it is disarmed")
    s.cluster.report("cmp1", LIBVIRT)
    s.quiet(60)
    s.must(is_open(s, "cmp1"), "shut")
    s.must(s.tool("arm")[0] == 0, "not armed")
    poll(lambda: is_shut(s, "cmp1"), "it is shut")


sys.exit(Tap(jobs=4).run(TESTS))
