#!/usr/bin/python3
"""What the recovery daemon costs: memory idle and with 20,000 VMs in recovery,
and requests for each look at the progress.  bench/scale has the whole measure.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll  # noqa: E402
from harness import Tap  # noqa: E402

MIB = 1024  # in KiB
IDLE_MAX = 6 * MIB
BUSY_MAX = 50 * MIB
FAILED, SPARE, VMS = 50, 10, 400
SPEED = 4
# What is measured is that many fail.
NO_BRAKE = {"max_failed_hosts": "100%", "max_failed_hosts_total": "100%"}


def tell(text):
    print("# " + text, flush=True)


def test_idle(make):
    s = make(hosts=[f"cmp{i}" for i in range(1, 201)]).start()
    poll(lambda: s.control("health") == "ready", "ready")
    s.quiet(120)
    s.must(s.memory() <= IDLE_MAX, f"RssAnon {s.memory()} KiB")
    tell(f"idle, 200 hosts: RssAnon {s.memory()} KiB, "
         f"RSS {s.memory('VmRSS')} KiB")


def test_20000_vms(make):
    names = [f"cmp{i}" for i in range(1, FAILED + SPARE + 1)]
    s = make(speed=SPEED, hosts=names, conf=NO_BRAKE,
             settings={"spawn_ms": 20000})
    s.start()
    poll(lambda: s.control("health") == "ready", "ready")
    for name in names[:FAILED]:
        s.add_vms(name, VMS)
    before, cpu = time.monotonic(), s.cpu_s()
    s.fence(*names[:FAILED])
    most = {"RssAnon": 0, "VmRSS": 0}

    def is_over():
        for field in most:
            most[field] = max(most[field], s.memory(field))
        phases = [s.phase(name) for name in names[:FAILED]]
        return all(p == "X" for p in phases)
    poll(is_over, "all hosts are done", timeout=400, pause=0.5)
    took, cpu = time.monotonic() - before, s.cpu_s() - cpu
    tell(f"{FAILED * VMS} VMs of {FAILED} hosts in {took:.0f} s, "
         f"{SPEED} times as fast as in life: CPU {cpu:.1f} s; RssAnon at most "
         f"{most['RssAnon']} KiB, RSS {most['VmRSS']} KiB; "
         f"{len(s.requests())} requests")
    s.must(cpu < took * SPEED, f"CPU {cpu:.1f} s, more than one core")
    s.must(s.count("record done") == FAILED * VMS, "not all are recovered")
    s.must(most["RssAnon"] <= BUSY_MAX, f"RssAnon {most['RssAnon']} KiB")


def requests_in(make, n, injected_s):
    """Requests in so much time, while N VMs are on their way."""
    s = make(speed=20, settings={"spawn_ms": 90000})
    s.add_vms("cmp1", n)
    s.start()
    s.fence("cmp1")
    s.wait_posts(n)
    poll(lambda: s.count("record pre-migrating") == n, "all are on their way")
    s.quiet(3)
    before = len(s.requests())
    s.quiet(injected_s)
    found = len(s.requests()) - before
    s.must(s.count("record pre-migrating") == n, "the time was too long")
    return found


def test_constant_requests(make):
    few, many = (requests_in(make, n, 40) for n in (10, 600))
    tell(f"requests in 40 s: {few} with 10 VMs, {many} with 600 VMs")
    # two a second: records that are accepted, and those that changed
    if not 40 <= few <= 100 or many > few * 1.25 + 3:
        return [f"{few} and {many} requests"]
    return []


def looks_in(make, hosts, n, injected_s):
    """Requests in so much time, while the N VMs of each host are on their way."""
    names = [f"cmp{i}" for i in range(1, 2 * hosts + 1)]
    s = make(speed=5, hosts=names, conf=NO_BRAKE,
             settings={"spawn_ms": 200000})
    for name in names[:hosts]:
        s.add_vms(name, n)
    s.start()
    s.fence(*names[:hosts])
    poll(lambda: s.count("record pre-migrating") == n * hosts,
         "all are on their way")
    s.quiet(3)
    before = len(s.requests())
    s.quiet(injected_s)
    found = len(s.requests()) - before
    s.must(s.count("record pre-migrating") == n * hosts,
           "the time was too long")
    return found


def test_2000_vms(make):
    few, many = (looks_in(make, 20, n, 25) for n in (10, 100))
    tell(f"20 hosts, requests in 25 s: {few} with 200 VMs, "
         f"{many} with 2,000 VMs")
    if few < 100 or many > few * 1.25 + 20:
        return [f"{few} and {many} requests"]
    return []


sys.exit(Tap(jobs=1).run([
    ("idle memory", test_idle),
    ("memory with 20,000 VMs in recovery", test_20000_vms),
    ("20 hosts: requests do not grow with the VMs", test_2000_vms),
    ("requests for a look do not grow with the VMs", test_constant_requests),
]))
