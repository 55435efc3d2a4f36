#!/usr/bin/python3
"""VMs in live migration whose source dies: their destination is asked whether it
has their guests, and only that, and only then, counts.
Arguments: parts of the names of tests to run.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll  # noqa: E402
from harness import Tap  # noqa: E402
from stories import TESTS, add_migrating, scenario  # noqa: E402


def reason(s, vm):
    told = s.status("cmp1") or {"problems": []}
    return {p["id"]: p["reason"] for p in told["problems"]}.get(vm, "")


def asked_of(s, *vms, host="cmp2", but=None):
    """Wait until the host is asked about just these; the question's number."""
    def found():
        asked = s.cluster.asked(host)
        return asked and asked[0] != but and set(asked[1]) == set(vms) and asked
    return poll(found, f"{host} is asked about {vms}")[0]


@scenario("a VM whose destination has no guest of it is evacuated")
def _(make):
    s = make().start()
    vm, other = add_migrating(s, "running", "error")
    s.fence("cmp1")
    asked_of(s, vm, other)
    s.must(not s.posts(), "a VM that may have left was evacuated")
    s.cluster.answer("cmp2")
    s.wait_phase("cmp1", "X")
    s.must(len(s.posts()) == 2, f"{len(s.posts())} calls")


@scenario("one whose destination has its guest is held, told, asked for again")
def _(make):
    s = make().start()
    here, gone = add_migrating(s, "running", "completed")
    s.fence("cmp1")
    first = asked_of(s, here, gone)
    s.cluster.answer("cmp2", here)
    poll(lambda: [r for r in s.posts() if r.evacuated() == gone], "the other")
    poll(lambda: "that host says that it has its guest" in reason(s, here),
         "it is told")
    second = asked_of(s, here, but=first)
    s.must(int(second) > int(first), f"{first}, then {second}")
    s.cluster.answer("cmp2", here)
    s.quiet(20)
    s.must(len(s.posts()) == 1, "its guest runs, and it was evacuated")
    asked_of(s, here, but=second)
    s.cluster.answer("cmp2")
    s.wait_phase("cmp1", "X")
    s.must(len(s.posts()) == 2, f"{len(s.posts())} calls")


@scenario("an answer that is old, of another host, or nonsense is none")
def _(make):
    s = make().start()
    (vm,) = add_migrating(s, "running")
    s.cluster.answer("cmp2", seq="1")
    s.fence("cmp1")
    seq = asked_of(s, vm)
    s.cluster.answer("cmp3", seq=seq)
    s.quiet(30)
    for text in "", "v1;", f"v1;{seq};{vm},", f"v2;{seq};", f"v1;{seq};x" * 99:
        s.cluster.put("attribute-cmp2-vmha-answer", text)
        s.quiet(8)
    s.must(not s.posts(), "a VM that may have left was evacuated")
    s.must("it may run there already" in reason(s, vm), reason(s, vm))
    s.must(not s.cluster.asked("cmp3"), "a host that no record names is asked")
    s.cluster.answer("cmp2", "00000000-0000-4000-8000-00000000dead",
                     seq=s.cluster.asked("cmp2")[0])
    s.wait_phase("cmp1", "X")  # of others it may say what it likes


@scenario("the next daemon asks anew, and takes no answer to the last one's")
def _(make):
    s = make().start()
    (vm,) = add_migrating(s, "running")
    s.fence("cmp1")
    first = asked_of(s, vm)
    s.kill()
    s.cluster.answer("cmp2")
    s.start()
    asked_of(s, vm, but=first)
    s.quiet(20)
    s.must(not s.posts(), "evacuated by an answer to another question")
    s.cluster.answer("cmp2")
    s.wait_phase("cmp1", "X")


@scenario("VMs of two hosts with one destination are one question")
def _(make):
    s = make(hosts=["cmp1", "cmp2", "cmp3", "cmp4"]).start()
    (one,) = add_migrating(s, "running")
    (two,) = s.add_vms("cmp3", 1, task_state="migrating")
    s.cloud("migration", uuid=two, status="running", source="cmp3", dest="cmp2")
    s.fence("cmp1")
    s.fence("cmp3")
    asked_of(s, one, two)
    s.cluster.answer("cmp2", one)
    s.wait_phase("cmp3", "X")
    s.must([r.evacuated() for r in s.posts()] == [two], "the wrong one")


sys.exit(Tap(jobs=4).run(TESTS))
