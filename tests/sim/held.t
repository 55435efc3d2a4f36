#!/usr/bin/python3
"""A host that looks dead without proof is left alone for good: for hours of the
daemon's clock, many times its longest timer.  Then proof comes, and the same
daemon recovers the host.  Arguments: parts of the names of tests to run.
"""
import glob
import os
import re
import sys
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from fakecluster import poll, read  # noqa: E402
from harness import Tap  # noqa: E402
from stories import TESTS, scenario  # noqa: E402

TOP = os.path.join(HERE, "..", "..")
HELD_S = 2 * 3600
TIMES = 10  # so often, at least, could each timer run out in that time
SPEED = 180
UNITS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600}


# Past failures, and restarts of single VMs, count for so long; for a host nothing
# happens when it is over.
NO_TIMERS = ("quarantine_window", "restart_window")
# Nor is what vmha-watchd counts by.
NOT_OURS = "sight.c ARRIVAL_MS"


def timers():
    """Every time in the daemon's sources, and in its parameters: name -> s."""
    found = {}
    for part in ("tools/recoveryd", "lib/cluster", "lib/openstack",
                 "lib/policy"):
        for path in glob.glob(os.path.join(TOP, part, "*.c")):
            for name, n, k in re.findall(
                    r"^\s*(?:enum \{ )?([A-Z_]+_MS) = (\d+)(?: \* (\d+))?",
                    read(path), re.M):
                found[os.path.basename(path) + " " + name] = \
                    int(n) * int(k or 1) / 1000
    for p in ET.parse(os.path.join(TOP, "tests/golden/recovery.xml")).iter(
            "parameter"):
        m = re.fullmatch(r"(\d+)(ms|s|min|h)",
                         p.find("content").get("default", ""))
        if m and p.get("name") not in NO_TIMERS:
            found[p.get("name")] = int(m[1]) * UNITS[m[2]]
    patience = int(re.search(r"PATIENCE = (\d+)", read(os.path.join(
        TOP, "lib/policy/incident-vms.c")))[1])
    del found[NOT_OURS]
    found["PATIENCE"] = (1 + patience) * found["post_settle"]
    found["retry_max, spread"] = 1.25 * found["retry_max"]
    return found


@scenario(f"{HELD_S} s are {TIMES} times the daemon's longest timer")
def _(_make):
    found = timers()
    name = max(found, key=found.get)
    return [] if len(found) > 20 and TIMES * found[name] <= HELD_S else [
        f"of {len(found)} timers {name} is the longest: {found[name]} s"]


def is_left_alone(s, why=None):
    """For HELD_S; WHY: a part of the reason that is told."""
    if why:
        told = poll(lambda: s.status("cmp1"), "it is told")
        s.must(why in told["reason"], f"told: {told}")
    before = len(s.requests())
    s.quiet(HELD_S)
    sent = s.requests()[before:]
    s.must(s.is_running(), "the daemon ended")
    s.must(sent, "the daemon has slept")
    s.must(not s.posts(), "evacuated")
    s.must(not any(r.method == "PUT" for r in s.requests()), "forced down")


def begin(make, **options):
    s = make(speed=SPEED, **options)
    s.add_vms("cmp1", 5)
    return s.start()


def proof_comes(s):
    s.fence("cmp1", later_s=600)
    s.finish("cmp1", is_told=False)


@scenario("fencing has failed")
def _(make):
    s = begin(make)
    s.seen()
    s.fence("cmp1", proves=False, state="failed")
    is_left_alone(s, "failed")
    proof_comes(s)


@scenario("fencing was acknowledged by hand, which is not trusted")
def _(make):
    s = begin(make)
    s.seen()
    s.fence("cmp1", proves=False, human=True)
    is_left_alone(s, "by hand")
    proof_comes(s)


def stops(s):
    """In order: it is gone, and was not fenced."""
    s.cluster.nodes["cmp1"].online = False
    s.change("cmp1", allowed=False)


@scenario("its remote connection was stopped in order")
def _(make):
    s = begin(make)
    s.seen()
    stops(s)
    is_left_alone(s)
    proof_comes(s)


@scenario("a member was fenced, came back, and was stopped in order")
def _(make):
    s = make(speed=SPEED, remote=False).start()
    s.seen()
    s.fence("cmp1")
    s.finish("cmp1")
    s.release("cmp1")
    s.cloud("power", host="cmp1", on=True)
    s.cloud("compute", host="cmp1", run=True)
    s.cloud("hosts", names=["cmp1"], forced_down=False, disabled=False)
    s.rejoin("cmp1")
    poll(lambda: s.phase("cmp1") == "", "the entry is closed")
    s.add_vms("cmp1", 5)
    stops(s)
    before = len(s.requests())
    s.quiet(HELD_S)
    sent = s.requests()[before:]
    s.must(sent and not any(r.evacuated() or r.forces_down() for r in sent),
           "evacuated")
    proof_comes(s)


sys.exit(Tap(jobs=4).run(TESTS))
