#!/usr/bin/python3
"""The recovery daemon through whole recoveries with its memory watched: under
valgrind, and built with sanitizers (out/asan, as ./check makes it).
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll  # noqa: E402
from harness import BUILD, Tap  # noqa: E402

ASAN = os.path.join(os.path.dirname(BUILD), "asan/tests/fake/recoveryd-sim")
if not os.path.exists(ASAN):
    ASAN = os.path.join(BUILD, "out/asan/tests/fake/recoveryd-sim")
VALGRIND = ["valgrind", "-q", "--error-exitcode=99", "--leak-check=full",
            "--show-leak-kinds=definite,indirect",
            "--errors-for-leak-kinds=definite,indirect"]


def fill(s):
    s.add_vms("cmp1", 20)
    s.add_vms("cmp1", 3, vm_state="stopped")
    s.add_vms("cmp1", 1, vm_state="error", power_state=4)
    s.add_vms("cmp1", 2, vm_state="paused")
    s.add_vms("cmp1", 1, block="vtpm")
    s.cloud("outcome", outcome="no_valid_host", count=3)


def through(make, options, stops_early=False):
    """A recovery with faults, from start to an orderly stop."""
    s = make(speed=8, conf={"retry_min": "1s", "post_settle": "5s"}, **options)
    fill(s)
    s.start()
    poll(lambda: "vmha-seen" in s.cluster.journal(), "the first view")
    s.fault("POST .*/action", "cut", nth=4)
    s.fault("GET .*/os-migrations", "garbage", nth=3)
    s.fault("GET ", "status", status=503, nth=12)
    if stops_early:  # so that calls are under way then
        s.cloud("latency", **{"class": "evacuate", "ms": 3000})
    s.fence("cmp1")
    s.wait_posts(1 if stops_early else 10)
    s.cloud("tokens", end="revoke")
    if not stops_early:
        s.finish("cmp1", left=1, is_told=False, timeout=120)
        s.must(s.status("cmp1")["problems"], "no problems told")
        s.release("cmp1")
        s.wait_phase("cmp1", "R")
        s.rejoin("cmp1")
        poll(lambda: s.phase("cmp1") == "", "the entry goes")
    code = s.stop(timeout=120)
    s.must(code == 0, f"exit code {code}:\n{s.log()[-6000:]}")


def sanitized(make, early):
    if not os.path.exists(ASAN):
        return [f"no {ASAN}: run build-aux/build out/asan "
                "--with-sanitizers=asan,ubsan --disable-hardening, then "
                "make -C out/asan check TESTS="]
    return through(make, {"program": ASAN}, early)


sys.exit(Tap(jobs=2).run([
    ("valgrind finds nothing in a whole recovery",
     lambda make: through(make, {"wrapper": VALGRIND})),
    ("valgrind finds nothing in a stop amid calls",
     lambda make: through(make, {"wrapper": VALGRIND}, True)),
    ("sanitizers find nothing in a whole recovery",
     lambda make: sanitized(make, False)),
    ("sanitizers find nothing in a stop amid calls",
     lambda make: sanitized(make, True)),
]))
