#!/usr/bin/python3
"""Facts of the cluster that change, mislead or return, and what is not ours.
Arguments: parts of the names of tests to run.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import Node, poll  # noqa: E402
from harness import Tap  # noqa: E402
from stories import TESTS, each, scenario, slow, states  # noqa: E402


# --- the hook's note -----------------------------------------------------------

def is_scouted(s):
    return any("/os-services" in r.target for r in s.requests())


@scenario("the service is read before the proof: the first write has the flags")
def _(make):
    s = slow(make, n=4, speed=1).start()
    s.seen()
    s.must(not is_scouted(s), "its service is read without need")
    s.cluster.edit_journal("vmha-intent-cmp1", "2026-11-27T20:00:00Z")
    poll(lambda: is_scouted(s), "the service is read")
    s.fence("cmp1")
    s.finish("cmp1")
    first = next(w[3] for w in s.cluster.writes() if w[2] == "vmha-host-cmp1")
    s.must(first.split(";")[1] == "D", f"the first write is '{first}'")


@scenario("what was read long before the proof counts no more")
def _(make):
    s = slow(make, n=4, speed=1).start()
    s.seen()
    s.cluster.edit_journal("vmha-intent-cmp1", "2026-11-27T20:00:00Z")
    poll(lambda: is_scouted(s), "the service is read")
    s.mark("cmp1", disabled=True)
    s.quiet(3)
    s.fence("cmp1")
    s.finish("cmp1")


# --- facts that change -------------------------------------------------------

@scenario("quorum is lost in the middle and comes back")
def _(make):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(10)
    s.quorum(False)
    s.quiet(60)
    s.must(len(s.posts()) < 30, "went on without quorum")
    s.quorum(True)
    s.finish("cmp1")


@scenario("no quorum when a stopped VM arrives: it is stopped when that is back")
def _(make):
    s = make(settings={"spawn_ms": 20000}, speed=10)
    vms = s.add_vms("cmp1", 2, vm_state="error", power_state=4)
    s.start()
    s.fence("cmp1")
    s.wait_posts(2)
    s.quorum(False)
    poll(lambda: not s.vms_on("cmp1"), "they arrive")
    s.quiet(30)
    s.must(not is_stopping(s), "stopped without quorum")
    s.quorum(True)
    s.finish("cmp1")
    s.must(len(is_stopping(s)) == 2 and states(s, vms) == {"stopped": 2},
           f"{states(s, vms)}")


def is_stopping(s):
    return [r for r in s.requests() if '"os-stop"' in r.body]


@scenario("no quorum when the host fails: nothing until it is back")
def _(make):
    s = slow(make).start()
    s.quorum(False)
    s.fence("cmp1", proves=False)
    s.quiet(60)
    s.must(not s.requests() or not s.posts(), "evacuated without quorum")
    before = time.time()
    s.cluster.put("quorum", "1")
    s.allow("cmp1", True, before)
    s.finish("cmp1")


@each(["quorum is lost", "the node comes back"],
      "no call leaves late, after a wait for a token, when {}")
def _(make, what):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(8)
    s.cloud("latency", **{"class": "auth", "ms": 800})
    s.cloud("tokens", end="revoke")
    poll(lambda: sum(1 for r in s.requests() if "/auth/tokens" in r.target) > 1,
         "another token is asked for")
    if what == "quorum is lost":
        s.quorum(False)
    else:
        s.rejoin("cmp1")
    s.quiet(60)
    if what == "quorum is lost":
        s.quorum(True)
        s.finish("cmp1")


@each(["cib.xml", "history"], "the connection to the cluster is lost ({})")
def _(make, name):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(10)
    path = s.cluster.file(name)
    with s.cluster.lock():
        os.rename(path, path + ".away")
    s.seen()
    s.allow("cmp1", False, time.time() + 0.3)
    s.quiet(60)
    s.allow("cmp1", True)
    with s.cluster.lock():
        os.rename(path + ".away", path)
    s.finish("cmp1")


@scenario("the node comes back in the middle: no further call")
def _(make):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(10)
    s.rejoin("cmp1")
    s.wait_phase("cmp1", "T")
    s.quiet(60)
    posts = len(s.posts())
    s.must(10 <= posts < 30, f"{posts} calls")
    s.must(len(s.vms_on("cmp1")) == 40 - posts, "VMs are not where they were")
    s.restart()
    s.quiet(60)
    s.must(len(s.posts()) == posts, "went on after a restart")


@scenario("an unmanaged node is not evacuated until it is managed")
def _(make):
    s = slow(make).start()
    s.cluster.nodes["cmp1"].unmanaged = True
    s.cluster.write()
    s.fence("cmp1", proves=False)
    s.quiet(60)
    s.must(not s.posts(), "evacuated")
    s.cluster.nodes["cmp1"].unmanaged = False
    s.change("cmp1", allowed=True)
    s.finish("cmp1")


@scenario("a manual acknowledgement is no proof, unless it is trusted")
def _(make):
    s = make()
    s.add_vms("cmp1", 10)
    s.start()
    s.seen()
    s.fence("cmp1", proves=False, human=True)
    poll(lambda: s.status("cmp1"), "it is told")
    s.must("by hand" in s.status("cmp1")["reason"], "no reason")
    s.quiet(60)
    s.must(not s.posts(), "evacuated")
    s.conf["trust_manual_ack"] = "true"
    s.write_conf()
    s.allow("cmp1", True)
    s.must(s.control("reload") == "ok", "reload")
    s.finish("cmp1")


@scenario("a fencing that failed proves nothing, a later good one does")
def _(make):
    s = make()
    s.add_vms("cmp1", 10)
    s.start()
    s.seen()
    s.fence("cmp1", proves=False, state="failed")
    poll(lambda: s.status("cmp1"), "it is told")
    s.quiet(120)
    s.must(not s.posts() and not s.host("cmp1")["forced_down"], "evacuated")
    s.fence("cmp1")
    s.finish("cmp1")


@scenario("pending fencings and `on` prove nothing")
def _(make):
    s = make()
    s.add_vms("cmp1", 5)
    s.start()
    s.seen()
    s.fence("cmp1", proves=False, state="pending")
    s.cluster.add_fencing("cmp1", action="on")
    s.quiet(60)
    s.must(not s.posts(), "evacuated")
    s.fence("cmp1")
    s.cluster.add_fencing("cmp1", action="on")
    s.finish("cmp1")


@each([True, False], "an orderly stop is no failure (remote: {})")
def _(make, remote):
    s = make(remote=remote)
    s.add_vms("cmp1", 5)
    s.start()
    s.seen()
    s.cluster.nodes["cmp1"].online = False
    s.cloud("compute", host="cmp1", run=False)
    s.change("cmp1", allowed=False)
    s.quiet(120)
    s.must(not s.posts() and not s.host("cmp1")["forced_down"], "evacuated")


@scenario("a member that was fenced is recovered")
def _(make):
    s = make(remote=False)
    s.add_vms("cmp1", 10)
    s.start()
    s.seen()
    poll(lambda: "vmha-seen" in s.cluster.journal(), "the watermark")
    s.fence("cmp1")
    s.finish("cmp1")


@each(["an open entry", "a released entry", "before vmha came",
       "while vmha was down"],
      "a member fenced, back and then stopped cleanly is left alone: {}")
def _(make, how):
    s = make(remote=False)
    node = s.cluster.nodes["cmp1"]
    if how == "before vmha came":
        s.fence("cmp1", proves=False)
        s.cloud("power", host="cmp1", on=True)
        s.cloud("compute", host="cmp1", run=True)
        node.online = True
        s.cluster.write()
    s.start()
    s.seen()
    poll(lambda: "vmha-seen" in s.cluster.journal(), "the watermark")
    if how == "while vmha was down":
        s.kill()
        s.fence("cmp1", proves=False)
        s.cloud("power", host="cmp1", on=True)
        s.cloud("compute", host="cmp1", run=True)
        node.online = True
        s.cluster.write()
        s.start()
        s.seen()
        s.quiet(40)
    elif how != "before vmha came":
        s.fence("cmp1")
        s.finish("cmp1")
        s.rejoin("cmp1")
        poll(lambda: ";b;" in s.cluster.journal()["vmha-host-cmp1"] or
             "b;" in s.cluster.journal()["vmha-host-cmp1"], "it is noted")
    if how == "a released entry":
        s.release("cmp1")
        poll(lambda: "vmha-host-cmp1" not in s.cluster.journal(), "closed")
    s.add_vms("cmp1", 5)
    node.online = False
    s.change("cmp1", allowed=False)
    s.quiet(60)
    s.restart()
    s.quiet(60)
    s.must(not s.posts(), "evacuated")


@scenario("an entry alone proves nothing after the whole cluster restarted")
def _(make):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(10)
    s.kill()
    node = s.cluster.nodes["cmp1"]
    node.fenced_s = 0
    s.cluster.fencings.clear()
    s.cluster.put("history", "")
    s.change("cmp1", allowed=False)
    posts = len(s.posts())
    s.start()
    s.quiet(120)
    s.must(len(s.posts()) == posts, "went on without new evidence")
    s.fence("cmp1")
    s.finish("cmp1", is_told=False)


@scenario("fenced again while its recovery runs")
def _(make):
    s = slow(make).start()
    first = s.fence("cmp1")
    s.wait_posts(10)
    second = s.fence("cmp1")
    s.finish("cmp1", is_told=False)
    entry = s.cluster.journal()["vmha-host-cmp1"]
    s.must(str(second // 10**9) in entry or str(first // 10**9) in entry, entry)


@scenario("fenced again in the middle, while no daemon runs")
def _(make):
    s = slow(make)
    s.cloud("hosts", names=["cmp1"], disabled=True, disabled_reason="bob")
    s.start()
    s.fence("cmp1")
    s.wait_posts(10)
    s.cloud("latency", **{"class": "evacuate", "ms": 400})
    s.wait_posts(len(s.posts()) + 1)
    s.kill()
    s.fence("cmp1")
    s.start()
    s.finish("cmp1", is_told=False)
    entry = s.cluster.journal()["vmha-host-cmp1"]
    s.must(";f;" in entry, f"whose flags? {entry}")


@scenario("fenced again after the end: nothing waits for the past")
def _(make):
    s = slow(make, 5).start()
    s.fence("cmp1")
    s.finish("cmp1")
    s.rejoin("cmp1")
    poll(lambda: ";fdb;" in s.cluster.journal()["vmha-host-cmp1"], "noted")
    s.cloud("power", host="cmp1", on=True)
    s.add_vms("cmp1", 5)
    s.fence("cmp1", later_s=600)
    before = time.monotonic()
    s.wait_posts(10)
    took = (time.monotonic() - before) * s.speed
    s.must(took < 40, f"waited {took:.0f} s")
    s.finish("cmp1", is_told=False)


@scenario("fenced, back, and fenced again in the middle")
def _(make):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(10)
    s.rejoin("cmp1")
    s.quiet(20)
    s.fence("cmp1", later_s=600)
    s.finish("cmp1", is_told=False)


@scenario("instances that overlap both refuse")
def _(make):
    s = slow(make)
    s.cluster.instances["other"] = {"cloud": "sim"}
    s.cluster.write()
    s.start()
    s.fence("cmp1", proves=False)
    poll(lambda: "both claim" in s.control("health"), "told")
    s.quiet(60)
    s.must(not s.posts() and not s.cluster.journal(), "acted")
    del s.cluster.instances["other"]
    s.change("cmp1", allowed=True)
    s.finish("cmp1")


@scenario("an instance that is cloned refuses")
def _(make):
    s = slow(make)
    s.cluster.cloned = True
    s.cluster.write()
    s.start()
    s.fence("cmp1", proves=False)
    poll(lambda: "cloned" in s.control("health"), "told")
    s.quiet(60)
    s.must(not s.posts(), "acted")


@scenario("a host of another segment is left to its own instance")
def _(make):
    s = make()
    s.add_vms("cmp1", 5)
    s.add_vms("cmp2", 5)
    s.cluster.instances["other"] = {"cloud": "sim", "segment": "b"}
    s.cluster.nodes["cmp1"].attributes["vmha-segment"] = "b"
    s.cluster.write()
    s.start()
    s.fence("cmp1", proves=False)
    s.fence("cmp2")
    s.wait_phase("cmp2", "X")
    s.quiet(30)
    s.must(len(s.vms_on("cmp1")) == 5 and not s.vms_on("cmp2"), "wrong host")


# --- what is not ours --------------------------------------------------------

@scenario("a fenced controller is left alone")
def _(make):
    s = make()
    s.cluster.nodes["ctl2"] = Node("ctl2", remote=False)
    s.cluster.write()
    s.start()
    s.seen()
    poll(lambda: "vmha-seen" in s.cluster.journal(), "the watermark")
    s.cluster.add_fencing("ctl2", action="reboot")
    s.cluster.nodes["ctl2"].online = False
    s.cluster.write()
    poll(lambda: s.phase("ctl2") in ("", "R") and
         any("ctl2" in line for line in s.log().splitlines()), "judged")
    s.cluster.nodes["ctl2"].online = True
    s.cluster.write()
    poll(lambda: s.phase("ctl2") == "", "forgotten")
    s.must(not [r for r in s.requests() if r.method == "PUT"], "changed Nova")


@scenario("disabled by the operator before: his reason stays")
def _(make):
    s = make()
    s.add_vms("cmp1", 5)
    s.cloud("hosts", names=["cmp1"], disabled=True,
            disabled_reason="bob: disk")
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    h = s.host("cmp1")
    s.must(h["disabled_reason"] == "bob: disk" and h["forced_down"], str(h))
    s.must(";f;" in s.cluster.journal()["vmha-host-cmp1"],
           s.cluster.journal()["vmha-host-cmp1"])


@scenario("forced down by the operator before: nothing is changed")
def _(make):
    s = make()
    s.add_vms("cmp1", 5)
    s.cloud("hosts", names=["cmp1"], forced_down=True)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(not s.host("cmp1")["disabled"], "disabled")
    s.must(not [r for r in s.requests() if r.method == "PUT"], "a PUT")
    s.must(";;" in s.cluster.journal()["vmha-host-cmp1"],
           s.cluster.journal()["vmha-host-cmp1"])


@scenario("killed -9 around the PUT: whose flags they are is not forgotten")
def _(make):
    for effect in ("now", "none"):
        s = make()
        s.add_vms("cmp1", 3)
        s.start()
        s.fault("PUT .*/os-services/", "hang", effect=effect)
        s.fence("cmp1")
        poll(lambda: s.hits() == [1], "the PUT is sent")
        s.restart()
        s.finish("cmp1")
        entry = s.cluster.journal()["vmha-host-cmp1"]
        s.must(";fd;" in entry, f"effect {effect}: {entry}")


@scenario("released: the entry goes when the node is back")
def _(make):
    s = make()
    s.add_vms("cmp1", 5)
    s.start()
    s.seen()
    ns = s.fence("cmp1")
    s.finish("cmp1")
    s.release("cmp1")
    s.wait_phase("cmp1", "R")
    s.quiet(30)
    s.must(s.phase("cmp1") == "R", "gone before the node is back")
    s.rejoin("cmp1")
    poll(lambda: s.phase("cmp1") == "", "the entry goes")
    seen = s.cluster.journal()["vmha-seen"]
    s.must(seen == f"{ns // 10**9}.{ns % 10**9:09d}", f"{seen} is not {ns}")
    s.add_vms("cmp1", 3)
    s.cloud("power", host="cmp1", on=True)
    s.fence("cmp1", later_s=600)
    s.finish("cmp1", is_told=False)


sys.exit(Tap(jobs=4).run(TESTS))
