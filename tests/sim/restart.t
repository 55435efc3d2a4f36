#!/usr/bin/python3
"""VMs that die on a living host, and what their hosts say of them.
Arguments: parts of the names of tests to run.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll  # noqa: E402
from harness import Tap  # noqa: E402
from stories import TESTS, each, scenario  # noqa: E402

ALL = {"restart_all_instances": "true"}


def fault(uuid, why="crash", since=None):
    return ("vm", uuid, why, int(time.time() if since is None else since))


def calls(s, uuid=None):
    """What was asked of VMs, in order: (uuid, call)."""
    asked = []
    for r in s.requests():
        if not r.target.endswith("/action"):
            continue
        for word in ("reboot", "os-start", "os-stop", "confirmResize",
                     "evacuate"):
            if f'"{word}"' in r.body:
                asked.append((r.target.split("/")[-2], word))
    return [c for u, c in asked if u == uuid] if uuid else asked


def crash(s, host, *uuids, why="crash", noticed=False):
    """Their QEMUs die, and the host says so."""
    for uuid in uuids:
        s.cloud("guest", uuid=uuid, host=host,
                state="crash" if noticed else "off")
    s.cluster.report(host, *[fault(u, why) for u in uuids])


def on(s, uuid):
    return s.vm(uuid)["on"]


def runs(s, host, uuid):
    return lambda: on(s, uuid) == [host] and not s.vm(uuid)["task_state"]


def repairs(s):
    told = s.document()
    return {r["id"]: r for r in told["repairs"]} if told else {}


@scenario("a VM whose QEMU died is restarted, once, and its fault goes")
def _(make):
    s = make(conf=ALL).start()
    vm, other = s.add_vms("cmp1", 2)
    began = time.time()
    crash(s, "cmp1", vm)
    poll(runs(s, "cmp1", vm), "it runs again")
    s.cluster.report("cmp1")
    poll(lambda: not repairs(s), "its repair is over")
    s.must(calls(s) == [(vm, "reboot")], f"asked: {calls(s)}")
    s.must(on(s, other) == ["cmp1"], "another one was touched")
    first = min(r.time_s for r in s.requests() if '"reboot"' in r.body)
    s.must(first - began < 1, f"asked only after {first - began:.2f} s")


@each(["at once", "after 60 s without a daemon"],
      "nova-compute stops what died; it is started all the same, {}")
def _(make, when):
    s = make(conf=ALL, settings={"lifecycle_ms": 100}).start()
    (vm,) = s.add_vms("cmp1", 1)
    if when != "at once":
        s.kill()
    crash(s, "cmp1", vm, noticed=True)
    poll(lambda: s.vm(vm)["vm_state"] == "stopped", "Nova has stopped it")
    if when != "at once":
        s.start()
    poll(runs(s, "cmp1", vm), "it runs again")
    s.must(calls(s)[-1] == (vm, "os-start"), f"asked: {calls(s)}")


@scenario("one that its tenant stopped stays so, whatever its host says")
def _(make):
    s = make(conf=ALL).start()
    (vm,) = s.add_vms("cmp1", 1)
    s.api("POST", f"/servers/{vm}/action", {"os-stop": None})
    poll(lambda: s.vm(vm)["vm_state"] == "stopped", "it is stopped")
    s.cluster.report("cmp1", fault(vm))
    poll(lambda: vm in repairs(s) and repairs(s)[vm]["phase"] == "left",
         "it is left alone")
    s.must("a user stopped it" in repairs(s)[vm]["reason"], repairs(s))
    s.quiet(200)
    s.must(not calls(s), f"asked: {calls(s)}")


@scenario("forged reports: only VMs that Nova has on that host are touched")
def _(make):
    s = make(conf=ALL).start()
    (here,) = s.add_vms("cmp1", 1)
    (there,) = s.add_vms("cmp2", 1)
    nobody = "00000000-0000-4000-8000-00000000dead"
    s.cluster.report("cmp1", fault(there), fault(nobody), fault(here))
    poll(lambda: len([r for r in repairs(s).values()
                      if r["phase"] == "left"]) == 2, "two are left alone")
    why = repairs(s)
    s.must("Nova has it on 'cmp2'" in why[there]["reason"], why)
    s.must("does not know" in why[nobody]["reason"], why)
    poll(lambda: calls(s) == [(here, "reboot")], "its own one is restarted")


@scenario("a report that lies on: restarts end at the limit, and are told")
def _(make):
    s = make(conf=ALL | {"restart_pause": "1s"}).start()
    (vm,) = s.add_vms("cmp1", 1)
    s.cluster.report("cmp1", fault(vm))
    poll(lambda: repairs(s).get(vm, {}).get("phase") == "spent",
         "it is left alone")
    s.must(calls(s) == [(vm, "reboot")] * 3, f"asked: {calls(s)}")
    s.must("restart_limit" in repairs(s)[vm]["reason"], repairs(s))
    s.restart()  # the next one knows it, too
    poll(lambda: repairs(s).get(vm, {}).get("phase") == "spent",
         "it is still left alone")
    s.must(len(calls(s)) == 3, f"asked: {calls(s)}")
    _, text = s.tool("why", vm)
    s.must("restart_limit" in text and "restart by reboot" in text, text)
    s.quiet(3600)
    poll(lambda: len(calls(s)) > 3, "it is tried again an hour later")


@scenario("one that opts in is restarted, one that says nothing is not")
def _(make):
    s = make().start()
    (yes,) = s.add_vms("cmp1", 1, metadata={"HA_Enabled": "true"})
    (no,) = s.add_vms("cmp1", 1)
    crash(s, "cmp1", yes, no)
    poll(runs(s, "cmp1", yes), "it runs again")
    poll(lambda: repairs(s)[no]["phase"] == "left", "the other one is left")
    s.must(calls(s) == [(yes, "reboot")], f"asked: {calls(s)}")


@scenario("the daemon is killed while Nova restarts a VM: once, all the same")
def _(make):
    s = make(conf=ALL, settings={"start_ms": 8000}).start()
    (vm,) = s.add_vms("cmp1", 1)
    crash(s, "cmp1", vm)
    poll(lambda: calls(s), "it is asked for")
    s.restart()
    poll(runs(s, "cmp1", vm), "it runs again")
    s.cluster.report("cmp1")
    poll(lambda: not repairs(s), "nothing is left")
    s.must(calls(s) == [(vm, "reboot")], f"asked: {calls(s)}")


@each(["now", "none", "late"],
      "the answer to the restart is cut (effect: {}): it runs, within the limit")
def _(make, effect):
    s = make(conf=ALL).start()
    (vm,) = s.add_vms("cmp1", 1)
    s.fault("POST .*/action", "reset", effect=effect, late_ms=5000)
    crash(s, "cmp1", vm)
    poll(runs(s, "cmp1", vm), "it runs again")
    s.cluster.report("cmp1")
    poll(lambda: not repairs(s), "nothing is left")
    s.must(len(calls(s)) <= 2, f"asked: {calls(s)}")


@scenario("the daemon dies while Nova restarts a VM, and fails: the next one goes on")
def _(make):
    s = make(conf=ALL | {"restart_pause": "1s"},
             settings={"start_ms": 5000}).start()
    (vm,) = s.add_vms("cmp1", 1, starts_fail=1)
    crash(s, "cmp1", vm)  # its host tells it until it runs
    poll(lambda: calls(s), "it is asked for")
    s.kill()
    poll(lambda: not s.vm(vm)["task_state"] and not on(s, vm), "Nova has failed")
    s.start()
    poll(runs(s, "cmp1", vm), "it runs again")
    s.must(calls(s) == [(vm, "reboot")] * 2, f"asked: {calls(s)}")


@scenario("Nova is away for a while: told, and restarted then")
def _(make):
    s = make(conf=ALL).start()
    (vm,) = s.add_vms("cmp1", 1)
    f = s.fault(".*", "status", status=503, count=-1)
    crash(s, "cmp1", vm)
    poll(lambda: repairs(s).get(vm, {}).get("reason"), "a reason is told")
    s.cloud("faults-clear")
    poll(runs(s, "cmp1", vm), "it runs again")


@scenario("nothing is restarted while disarmed, in maintenance, without quorum")
def _(make):
    s = make(conf=ALL).start()
    (vm,) = s.add_vms("cmp1", 1)
    poll(lambda: s.tool("disarm")[0] == 0, "it is disarmed")
    crash(s, "cmp1", vm)
    poll(lambda: "disarmed" in (repairs(s).get(vm, {}).get("reason") or ""),
         "it waits, and says why")
    s.must(s.tool("arm")[0] == 0, "not armed")
    poll(runs(s, "cmp1", vm), "it runs again")
    s.cluster.report("cmp1")
    poll(lambda: not repairs(s), "its fault is gone")
    s.cluster.nodes["cmp1"].attributes["vmha-maintenance"] = "true"
    s.cluster.write()
    crash(s, "cmp1", vm)
    poll(lambda: "maintenance" in (repairs(s).get(vm, {}).get("reason") or ""),
         "it waits, and says why")
    s.quorum(False)
    del s.cluster.nodes["cmp1"].attributes["vmha-maintenance"]
    s.cluster.write()
    poll(lambda: "quorum" in (repairs(s).get(vm, {}).get("reason") or ""),
         "it waits, and says why")
    s.must(len(calls(s)) == 1, f"asked: {calls(s)}")
    s.quorum(True)
    poll(runs(s, "cmp1", vm), "it runs again")


@scenario("its host dies while it is being restarted: it is evacuated, once")
def _(make):
    s = make(conf=ALL, settings={"start_ms": 20000}).start()
    vm, other = s.add_vms("cmp1", 2)
    crash(s, "cmp1", vm)
    poll(lambda: calls(s), "it is asked for")
    s.fence("cmp1")
    poll(lambda: not s.vms_on("cmp1"), "they have left")
    poll(lambda: all(len(on(s, u)) == 1 for u in (vm, other)), "both run")
    s.must(not repairs(s), "the report of a dead host counts")
    s.must(calls(s, vm) == ["reboot", "evacuate"], calls(s))


@scenario("storage is gone: one VM is tried at a time, then all come back")
def _(make):
    s = make(conf=ALL | {"restart_pause": "1s", "host_restart_rate": "100"}
             ).start()
    vms = [u for host in ("cmp1", "cmp2", "cmp3")
           for u in s.add_vms(host, 20, starts_fail=1)]
    for host in ("cmp1", "cmp2", "cmp3"):
        crash(s, host, *[u for u in vms if s.vms[u] == host], why="io")
    poll(lambda: len(calls(s)) == 1, "one is tried")
    poll(lambda: len(calls(s)) == 2, "another one, later")
    s.must(calls(s)[0][0] != calls(s)[1][0], "the same was tried")
    for u in vms:
        s.cloud("vm", uuid=u, starts_fail=0)  # it is back

    def all_run():
        for host in ("cmp1", "cmp2", "cmp3"):
            down = [u for u in vms if s.vms[u] == host and not on(s, u)]
            s.cluster.report(host, *[fault(u, "io") for u in down])
        return all(on(s, u) for u in vms)
    poll(all_run, "all run", pause=0.3)
    s.must(len(calls(s)) <= len(vms) + 8, f"{len(calls(s))} calls")


@scenario("many restarts on one host are spread over minutes")
def _(make):
    s = make(conf=ALL | {"host_restart_rate": "5", "restart_storm": "1000",
                         "max_restarts": "100"}).start()
    vms = s.add_vms("cmp1", 12)
    crash(s, "cmp1", *vms)
    poll(lambda: all(on(s, u) for u in vms), "all run")
    times = sorted(r.time_s for r in s.requests() if '"reboot"' in r.body)
    s.must(times[5] - times[0] > s.injected(55), "a sixth one within a minute")


@each(["v1;1;1;vm:crash", "nonsense", "v1;99999999999999999999;1;vm:crash",
       "v2;1;0;ok"], "a public report '{}' without a list does no harm")
def _(make, text):
    s = make(conf=ALL).start()
    (vm,) = s.add_vms("cmp1", 1)
    s.cluster.nodes["cmp1"].faults = text
    s.cluster.write()
    poll(lambda: "vmha-fault" in s.log(), "it is told")
    crash(s, "cmp1", vm)
    poll(runs(s, "cmp1", vm), "a good one counts again")


sys.exit(Tap(jobs=4).run(TESTS))
