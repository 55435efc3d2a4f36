#!/usr/bin/python3
"""Hosts that come back into service, and their gate.
Arguments: parts of the names of tests to run.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll, read  # noqa: E402
from harness import Tap  # noqa: E402
from stories import TESTS, each, scenario, slow  # noqa: E402


def is_closed(s, host):
    return "vmha-host-" + host not in s.cluster.journal()


def back_in_service(s, host):
    """It is closed, its marks are gone, and VMs run where they should."""
    poll(lambda: is_closed(s, host), f"the incident of {host} is closed")
    s.must(s.in_service(host), f"not in service: {s.host(host)}")
    s.must("vmha-intent-" + host not in s.cluster.journal(), "an intent stays")
    s.must(not s.count("record done"), "records were not cleaned up")


def runs_once(s, uuids):
    on = {v["uuid"]: v["on"] for v in s.look("vms")["vms"]}
    bad = {u: on[u] for u in uuids if len(on[u]) != 1}
    s.must(not bad, f"they do not run once: {bad}")


@each([0, 40], "a host with {} VMs is recovered, powered on, in service again")
def _(make, n):
    s = make().start()
    vms = s.add_vms("cmp1", n) if n else []
    s.fence("cmp1")
    poll(lambda: s.powered() == ["cmp1"], "it is powered on")
    s.must(not s.vms_on("cmp1"), "powered on before its VMs had left")
    s.boot("cmp1")
    back_in_service(s, "cmp1")
    runs_once(s, vms)
    s.must(s.gate("cmp1")[0] == 0, "its gate is closed again")


@scenario("nobody is powered on where power_on=never")
def _(make):
    s = make(conf={"power_on": "never"}).start()
    s.add_vms("cmp1", 3)
    s.fence("cmp1")
    s.finish("cmp1")
    s.quiet(600)
    s.must(not s.powered(), "powered on")
    s.boot("cmp1")
    back_in_service(s, "cmp1")


@scenario("the gate is closed while VMs move, and opens when they have")
def _(make):
    s = slow(make, 20, settings={"spawn_ms": 8000}).start()
    s.fence("cmp1")
    s.wait_posts(8)
    code, why = s.gate("cmp1")
    s.must(code == 1 and "being recovered" in why, f"{code} {why}")
    s.boot("cmp1")  # checks that no record is in flight
    back_in_service(s, "cmp1")
    runs_once(s, s.vms)


@scenario("without a gate nova-compute starts in mid-evacuation, and once more")
def _(make):
    s = slow(make, 12, settings={"spawn_ms": 60000}).start()
    s.fence("cmp1")
    poll(lambda: s.count("record pre-migrating") >= 4, "VMs are on their way")
    s.boot("cmp1", has_gate=False)  # completes the records that are in flight
    n = len(s.posts())
    poll(lambda: s.count("record done") == n, "they end as done all the same")
    poll(lambda: "nova-compute must start" in (s.status("cmp1")["reason"] or ""),
         "that nova-compute must start is told")
    s.quiet(60)
    s.must(s.host("cmp1")["forced_down"], "taken back before it cleaned up")
    s.must(len(s.posts()) == n, "evacuated from a host that is alive")
    for run in False, True:
        s.cloud("compute", host="cmp1", run=run)
    back_in_service(s, "cmp1")
    runs_once(s, s.vms)


@scenario("when the gate opens, its failed start is cleaned up at once")
def _(make):
    s = slow(make, 8, conf={"power_on": "never"}).start()
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(s.gate("cmp1")[0] == 1, "its gate is open")
    s.must(not s.cluster.cleanups(), f"too early: {s.cluster.cleanups()}")
    s.cloud("power", host="cmp1", on=True)
    s.rejoin("cmp1")
    poll(s.cluster.cleanups, "it is cleaned up")
    s.must(s.gate("cmp1")[0] == 0, "cleaned up, and its gate is shut")
    s.cloud("compute", host="cmp1", run=True)
    back_in_service(s, "cmp1")
    s.seen()
    s.must(s.cluster.cleanups() == ["gate cmp1"], f"{s.cluster.cleanups()}")
    s.cluster.edit_journal("vmha-intent-cmp2", "2026-11-27T20:00:00Z")
    poll(lambda: s.cluster.cleanups()[1:] == ["gate cmp2"],
         "a note of the hook for a host that lives opens its gate again")


@scenario("so it is by the next daemon, where that one died when it opened it")
def _(make):
    s = slow(make, 8, conf={"power_on": "never"}).start()
    s.fence("cmp1")
    s.finish("cmp1")
    s.cluster.put("fail", "set vmha-host-cmp1 dead\n")
    s.cloud("power", host="cmp1", on=True)
    s.rejoin("cmp1")
    poll(lambda: not s.is_running(), "the daemon dies")
    s.must(s.phase("cmp1") == "T", f"in phase {s.phase('cmp1')}")
    s.must(not s.cluster.cleanups(), f"before: {s.cluster.cleanups()}")
    s.cluster.put("fail", "")
    s.start()
    poll(s.cluster.cleanups, "it is cleaned up")
    s.must(s.gate("cmp1")[0] == 0, "its gate is shut")
    s.cloud("compute", host="cmp1", run=True)
    back_in_service(s, "cmp1")
    s.must(s.cluster.cleanups() == ["gate cmp1"], f"{s.cluster.cleanups()}")


@scenario("a host that is back at once: its VMs are started there, once")
def _(make):
    s = make().start()
    s.fault("PUT .*/os-services/", "status", status=503, count=-1)
    vms = s.add_vms("cmp1", 10)
    off = s.add_vms("cmp1", 3, vm_state="stopped")
    s.fence("cmp1")
    s.wait_phase("cmp1", "D")
    s.cloud("power", host="cmp1", on=True)
    s.rejoin("cmp1")
    s.wait_phase("cmp1", "T")
    s.cloud("faults-clear")
    s.boot("cmp1")
    back_in_service(s, "cmp1")
    s.must(not s.posts(), "evacuated from a host that is back")
    runs_once(s, vms)
    s.must(all(v["vm_state"] == "stopped" for v in s.look("vms")["vms"]
               if v["uuid"] in off), "a stopped VM was started")


def wait_watermark(s):
    poll(lambda: "vmha-seen" in s.cluster.journal(), "there is a watermark")


def comes_back_unseen(s, host, vms, **fencing):
    """It is fenced, and back, while no daemon runs; its VMs are off."""
    s.kill()
    s.fence(host, **fencing)
    s.cloud("power", host=host, on=True)
    s.rejoin(host)
    s.must(s.gate(host)[0] == 1, "its gate is open")
    s.start()
    s.boot(host)
    back_in_service(s, host)
    runs_once(s, vms)


def forget_fencings(s):
    """All fencers are restarted."""
    s.cluster.fencings = []
    s.cluster.put("history", "")


@scenario("the hook ran, the fencers forgot what followed, the host is back: "
          "its VMs are started there, once")
def _(make):
    s = make().start()
    vms = s.add_vms("cmp1", 10)
    off = s.add_vms("cmp1", 3, vm_state="stopped")
    wait_watermark(s)
    s.kill()
    ns = s.fence("cmp1")
    s.cluster.edit_journal("vmha-intent-cmp1", f"{ns // 10**9}.{ns % 10**9:09}")
    s.cloud("power", host="cmp1", on=True)
    s.rejoin("cmp1")
    forget_fencings(s)
    s.start()
    s.boot("cmp1")
    back_in_service(s, "cmp1")
    s.must(not s.posts(), "evacuated from a host that is back")
    runs_once(s, vms)
    s.must(all(s.vm(u)["vm_state"] == "stopped" for u in off),
           "a stopped VM was started")


@scenario("the hook ran for a host that did not fail: nothing is started")
def _(make):
    s = make().start()
    vms = s.add_vms("cmp1", 10)
    wait_watermark(s)
    ns = time.time_ns() + 60 * 10**9
    s.cluster.edit_journal("vmha-intent-cmp1", f"{ns // 10**9}.{ns % 10**9:09}")
    poll(lambda: s.phase("cmp1") == "T", "it is looked at")
    back_in_service(s, "cmp1")
    runs_once(s, vms)
    s.must(not [r for r in s.requests() if '"reboot"' in r.body],
           "a VM that runs was started")


@scenario("its BMC dies with it: a second attempt to fence it fails")
def _(make):
    s = slow(make).start()
    ns = s.fence("cmp1")
    s.wait_posts(8)
    s.cluster.add_fencing("cmp1", state="failed", later_s=60)
    s.fenced["cmp1"] = ns
    s.finish("cmp1")


@each(["remote", "member"], "a {} is fenced and back while no daemon runs: its "
      "VMs are started there, once")
def _(make, kind):
    s = make(remote=kind == "remote").start()
    vms = s.add_vms("cmp1", 10)
    off = s.add_vms("cmp1", 3, vm_state="stopped")
    wait_watermark(s)
    comes_back_unseen(s, "cmp1", vms)
    s.must(not s.posts(), "evacuated from a host that is back")
    s.must(all(s.vm(u)["vm_state"] == "stopped" for u in off),
           "a stopped VM was started")
    s.restart()  # which finds nothing to do
    s.quiet(60)
    s.must(is_closed(s, "cmp1"), "taken for another failure")


@scenario("it returns, and is fenced and back again while no daemon runs")
def _(make):
    s = make(hosts=["cmp1"]).start()
    vms = s.add_vms("cmp1", 4)
    s.fence("cmp1")
    s.wait_phase("cmp1", "EX")
    s.cloud("power", host="cmp1", on=True)
    s.rejoin("cmp1")
    s.wait_phase("cmp1", "T")
    comes_back_unseen(s, "cmp1", vms, later_s=60)


@scenario("acknowledged by hand without trust, and switched on: VMs run again")
def _(make):
    s = make().start()
    vms = s.add_vms("cmp1", 4)
    wait_watermark(s)
    s.fence("cmp1", proves=False, human=True)
    s.seen()
    s.fence("cmp2", later_s=60)  # what closes it does not close the other
    poll(lambda: s.powered() == ["cmp2"], "cmp2 is powered on")
    s.boot("cmp2")
    poll(lambda: s.phase("cmp2") == "R", "cmp2 is back in service")
    s.quiet(60)
    s.boot("cmp1")
    for host in ("cmp1", "cmp2"):
        back_in_service(s, host)
    runs_once(s, vms)
    s.must(not s.posts(), "evacuated without proof")


@each(["known", "unknown"], "power sync stops VMs that were {} before: they "
      "are started, once")
def _(make, before):
    s = make(hosts=["cmp1"], settings={"sync_power_ms": 1000}).start()
    vms = s.add_vms("cmp1", 6)
    off = s.add_vms("cmp1", 2, vm_state="stopped")
    s.fault("PUT .*/os-services", "status", status=503, count=-1)
    s.fence("cmp1")
    s.wait_phase("cmp1", "D")
    s.cloud("power", host="cmp1", on=True)
    s.rejoin("cmp1")
    s.wait_phase("cmp1", "T")
    if before == "known":
        s.fault(".*/os-services", "status", status=503, count=-1)
    else:
        s.kill()
    s.cloud("compute", host="cmp1", run=True)
    poll(lambda: all(v["vm_state"] == "stopped" for v in s.vms_on("cmp1")),
         "nova-compute has stopped all")
    tenant = vms.pop()
    s.api("POST", f"/servers/{tenant}/action", {"os-start": None})
    poll(lambda: s.vm(tenant)["vm_state"] == "active", "its tenant starts one")
    s.api("POST", f"/servers/{tenant}/action", {"os-stop": None})
    poll(lambda: s.vm(tenant)["vm_state"] == "stopped", "and stops it")
    s.cloud("faults-clear")
    if before == "unknown":
        s.start()
    back_in_service(s, "cmp1")
    runs_once(s, vms)
    s.must(len(s.starts()) == len(vms), f"{len(s.starts())} starts")
    s.must(not any(s.vm(u)["on"] for u in off + [tenant]),
           "what its tenant stopped was started")


@scenario("no quorum while it returns: nothing is changed until that is over")
def _(make):
    s = make(hosts=["cmp1"]).start()
    vms = s.add_vms("cmp1", 4)
    s.fence("cmp1")
    s.wait_phase("cmp1", "EX")
    s.cloud("power", host="cmp1", on=True)
    s.rejoin("cmp1")
    s.wait_phase("cmp1", "T")
    s.quorum(False)
    before = len(s.requests())
    s.cloud("compute", host="cmp1", run=True)
    s.quiet(120)
    changes = [r.body for r in s.requests()[before:] if r.method != "GET"]
    s.must(not changes, f"changed without quorum: {changes}")
    s.must("quorum" in (s.status("cmp1")["reason"] or ""), "it is not told")
    s.quorum(True)
    back_in_service(s, "cmp1")
    runs_once(s, vms)


@scenario("VMs without room wait, the host is powered on and runs them again")
def _(make):
    s = make(hosts=["cmp1"]).start()
    vms = s.add_vms("cmp1", 6)
    off = s.add_vms("cmp1", 2, vm_state="stopped")
    s.fence("cmp1")
    poll(lambda: s.powered() == ["cmp1"], "it is powered on")
    s.boot("cmp1")
    back_in_service(s, "cmp1")
    runs_once(s, vms)
    on = [v for v in s.look("vms")["vms"] if v["uuid"] in off and v["on"]]
    s.must(not on, f"a stopped VM was started: {on}")


@scenario("the operator's own marks stay")
def _(make):
    s = make().start()
    s.add_vms("cmp1", 3)
    s.cloud("hosts", names=["cmp1"], disabled=True, disabled_reason="new disk")
    s.fence("cmp1")
    s.finish("cmp1")
    s.boot("cmp1")
    poll(lambda: is_closed(s, "cmp1"), "closed")
    h = s.host("cmp1")
    s.must(h["disabled"] and h["disabled_reason"] == "new disk", f"{h}")
    s.must(not h["forced_down"], "still forced down")


@each(["done", "returning", "up"], "the daemon is killed while it is {}")
def _(make, when):
    s = make(hosts=["cmp1", "cmp2"]).start()
    vms = s.add_vms("cmp1", 10)
    s.fence("cmp1")
    s.wait_phase("cmp1", "X")
    if when == "done":
        s.restart()
    s.cloud("power", host="cmp1", on=True)
    s.rejoin("cmp1")
    s.wait_phase("cmp1", "T")
    if when == "returning":
        s.restart()
    poll(lambda: s.gate("cmp1")[0] == 0, "the gate opens")
    s.cloud("compute", host="cmp1", run=True)
    if when == "up":
        poll(lambda: not s.host("cmp1")["forced_down"], "forced up")
        s.restart()
    back_in_service(s, "cmp1")
    runs_once(s, vms)


def cycle(s, host):
    """It fails, its VMs move, it is powered on and lets nova-compute start."""
    n = len(s.powered())
    s.fence(host, later_s=60 * n)
    poll(lambda: len(s.powered()) > n, f"{host} is powered on")
    s.boot(host)


def cib_bytes(s):
    return len(read(s.cluster.file("cib.xml")))


CYCLES = 100 if os.environ.get("VMHA_LONG") == "1" else 5


@scenario(f"{CYCLES} power cycles: each VM runs once, the journal is empty")
def _(make):
    hosts = ("cmp1", "cmp2", "cmp3")
    s = make(conf={"quarantine_failures": "0"}).start()
    vms = [u for h in hosts for u in s.add_vms(h, 4)]
    for uuid in vms:  # they wander
        s.homes[uuid] = set(hosts)
    size = 0
    for i in range(CYCLES):
        host = hosts[i % 3]
        n = len(s.vms_on(host)) + len(s.posts())
        cycle(s, host)
        back_in_service(s, host)
        runs_once(s, vms)
        s.must(len(s.posts()) == n, f"cycle {i}: {len(s.posts())} calls, {n}")
        size = size or cib_bytes(s)
    s.must(set(s.cluster.journal()) == {"vmha-seen"},
           f"the journal is not empty: {s.cluster.journal()}")
    s.must(cib_bytes(s) <= size, f"the CIB grew: {size}, {cib_bytes(s)}")


def quarantined(s, host):
    """It is back, but disabled, with a reason that says so."""
    def told():
        h = s.status(host)
        return h and h["reason"] and "quarantined" in h["reason"]
    poll(told, f"{host} is quarantined")
    h = s.host(host)
    s.must(h["disabled"] and not h["forced_down"], f"{h}")
    s.must("quarantined" in h["disabled_reason"], f"{h}")


@scenario("a host that fails too often is quarantined, until it is released")
def _(make):
    s = make(conf={"quarantine_failures": "2"}).start()
    vms = s.add_vms("cmp1", 4)
    for _ in range(2):
        cycle(s, "cmp1")
        back_in_service(s, "cmp1")
    s.restart()
    cycle(s, "cmp1")
    quarantined(s, "cmp1")
    s.restart()  # and after a restart of the whole cluster
    s.cluster.put("history", "")
    s.cluster.fencings.clear()
    s.seen()
    quarantined(s, "cmp1")
    s.quiet(300)
    quarantined(s, "cmp1")
    runs_once(s, vms)
    s.must(s.gate("cmp1")[0] == 0, "its gate is closed")
    _, text = s.tool("history")
    s.must("quarantined" in text, "the history does not tell")
    s.release("cmp1")
    s.restart()
    back_in_service(s, "cmp1")
    s.must(s.cluster.journal()["vmha-failures-cmp1"].count(",") == 0,
           f"failures are still counted: {s.cluster.journal()}")


@scenario("a quarantined host fails again: it is released all the same")
def _(make):
    s = make(conf={"quarantine_failures": "1"}).start()
    cycle(s, "cmp1")
    back_in_service(s, "cmp1")
    cycle(s, "cmp1")
    quarantined(s, "cmp1")
    cycle(s, "cmp1")
    quarantined(s, "cmp1")
    s.release("cmp1")
    back_in_service(s, "cmp1")
    s.quiet(60)
    s.must("," not in s.cluster.journal()["vmha-failures-cmp1"],
           f"an earlier failure counts again: {s.cluster.journal()}")


@scenario("a quarantined host that the operator enables is his")
def _(make):
    s = make(conf={"quarantine_failures": "1"}).start()
    cycle(s, "cmp1")
    back_in_service(s, "cmp1")
    cycle(s, "cmp1")
    quarantined(s, "cmp1")
    s.cloud("hosts", names=["cmp1"], disabled=False, disabled_reason=None)
    back_in_service(s, "cmp1")


@scenario("failures that are long ago do not count, and leave the journal")
def _(make):
    s = make(conf={"quarantine_failures": "1",
                   "quarantine_window": "1min"}).start()
    cycle(s, "cmp1")
    back_in_service(s, "cmp1")
    s.must("vmha-failures-cmp1" in s.cluster.journal(), "it was not counted")
    s.quiet(200)
    s.seen()
    poll(lambda: "vmha-failures-cmp1" not in s.cluster.journal(),
         "it is forgotten")


@scenario("it fails again while it returns: the marks stay, VMs move")
def _(make):
    s = make().start()
    vms = s.add_vms("cmp1", 5)
    s.fence("cmp1")
    s.finish("cmp1")
    s.cloud("power", host="cmp1", on=True)
    s.rejoin("cmp1")
    s.wait_phase("cmp1", "T")
    s.fence("cmp1", later_s=60)
    s.finish("cmp1", is_told=False)
    s.must(s.host("cmp1")["forced_down"], "not forced down")
    s.boot("cmp1")
    back_in_service(s, "cmp1")
    runs_once(s, vms)


sys.exit(Tap(jobs=4).run(TESTS))
