#!/usr/bin/python3
"""A cloud, a journal and a daemon that fail while a host is recovered.
Arguments: parts of the names of tests to run.
"""
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll  # noqa: E402
from harness import Tap  # noqa: E402
from stories import (ACTION, ALL, TESTS, add_migrating, each,  # noqa: E402
                     scenario, slow, states)


# --- the simple course -------------------------------------------------------

@each([0, 1, 300], "a host with {} VMs is recovered")
def _(make, n):
    s = make().start()
    if n:
        s.add_vms("cmp1", n)
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(s.host("cmp1")["forced_down"], "not forced down")
    s.must("[vmha " in s.host("cmp1")["disabled_reason"], "no token")


@scenario("two hosts fail at once")
def _(make):
    s = make(hosts=["cmp1", "cmp2", "cmp3", "cmp4"]).start()
    s.add_vms("cmp1", 60)
    s.add_vms("cmp2", 60)
    s.fence("cmp1", "cmp2")
    s.finish("cmp1", "cmp2")


@scenario("a second host fails while the first is recovered onto it")
def _(make):
    s = slow(make, 30, settings={"spawn_ms": 4000}).start()
    s.fence("cmp1")
    s.wait_posts(15)
    s.add_vms("cmp2", 10)
    s.fence("cmp2")
    for home in s.homes.values():
        home.add("cmp2")
    s.wait_phase("cmp2", "X")
    # What Nova was moving there is stuck until its own repair (N28).
    s.must(not s.vms_on("cmp2"), "VMs are left on cmp2")


# vm_state and more of the VMs, and the state that they end in
EVERY_STATE = [
    ({}, "active"),
    ({"task_state": "rebooting_hard"}, "active"),
    ({"task_state": "image_snapshot"}, "active"),
    ({"locked": True, "locked_reason": "mine"}, "active"),
    ({"locked": True, "vm_state": "paused"}, "stopped"),
    ({"task_state": "powering-off"}, "stopped"),
    ({"task_state": "suspending"}, "stopped"),
    ({"vm_state": "stopped"}, "stopped"),
    ({"vm_state": "stopped", "task_state": "powering-on"}, "stopped"),
    ({"vm_state": "error", "power_state": 1}, "active"),
    ({"vm_state": "error", "power_state": 4}, "stopped"),
    ({"vm_state": "paused"}, "stopped"),
    ({"vm_state": "suspended"}, "stopped"),
    ({"vm_state": "rescued"}, "stopped"),
    ({"vm_state": "shelved"}, "stopped"),
    ({"vm_state": "resized", "power_state": 1}, "active"),
    ({"vm_state": "resized", "power_state": 4}, "stopped"),
]
LEFT_ALONE = [
    ({"vm_state": "soft-delete"}, "skipped", "deleted"),
    ({"task_state": "deleting"}, "skipped", "being deleted"),
    ({"vm_state": "building", "launched": False}, "blocked", "never launched"),
    ({"launched": False}, "blocked", "never launched"),
]


def add_all_states(s):
    """{uuid: state it must end in}; resizes came from a host that is up, and
    from one that is down."""
    want = {}
    for members, end in EVERY_STATE:
        for uuid in s.add_vms("cmp1", 2, **members):
            want[uuid] = end
            if members.get("vm_state") == "resized":
                source = "cmp2" if len(want) % 2 else "cmp4"
                s.cloud("migration", uuid=uuid, type="resize", dest="cmp1",
                        status="finished", source=source)
    return want


def wrong_ends(s, want):
    is_ = {v["uuid"]: v["vm_state"] for v in s.look("vms")["vms"]}
    return {u: (w, is_[u]) for u, w in want.items() if is_[u] != w}


@scenario("VMs in every state of one host end as they should")
def _(make):
    s = make(hosts=["cmp1", "cmp2", "cmp3", "cmp4"]).start()
    s.cloud("hosts", names=["cmp4"], forced_down=True, disabled=True)
    want = add_all_states(s)
    alone = {s.add_vms("cmp1", 1, **members)[0]: (phase, why)
             for members, phase, why in LEFT_ALONE}
    locks = {v["id"]: v for v in s.api("GET", "/servers/detail?all_tenants=1")["servers"] if v["locked"]}
    s.must(len(locks) == 4, f"locked: {locks}")
    s.fence("cmp1")
    s.finish("cmp1", left=len(alone))
    s.must(not wrong_ends(s, want), f"want, is: {wrong_ends(s, want)}")
    told = {p["id"]: (p["phase"], p["reason"])
            for p in s.status("cmp1")["problems"]}
    s.must(set(told) == set(alone), f"told: {told}")
    for uuid, (phase, why) in alone.items():
        s.must(told[uuid][0] == phase and why in told[uuid][1],
               f"want {phase} {why}, told {told[uuid]}")
    for v in s.api("GET", "/servers/detail?all_tenants=1")["servers"]:
        lock = locks.get(v["id"], {"locked": False, "locked_reason": None})
        s.must((v["locked"], v["locked_reason"]) ==
               (lock["locked"], lock["locked_reason"]),
               f"lock of {v['id']}: {lock} became {v}")
    counts = s.look("counts")["counts"]
    s.must(counts.get("record confirmed") == 2, f"confirmed: {counts}")
    s.must(len(s.resets()) == 12, f"{len(s.resets())} states were reset")


@scenario("more VMs to be stopped than the journal has room for")
def _(make):
    s = make().start()
    want = dict.fromkeys(s.add_vms("cmp1", 40, vm_state="rescued"), "stopped")
    want.update(dict.fromkeys(s.add_vms("cmp1", 10), "active"))
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(not wrong_ends(s, want), f"want, is: {wrong_ends(s, want)}")


@scenario("a daemon dies again and again: what was off stays off")
def _(make):
    s = make(hosts=["cmp1", "cmp2", "cmp3", "cmp4"],
             settings={"spawn_ms": 5000}).start()
    s.cloud("hosts", names=["cmp4"], forced_down=True, disabled=True)
    want = add_all_states(s)
    for outcome in "spawn_fail", "no_valid_host", "claim_race":
        s.cloud("outcome", outcome=outcome, count=8, skip=3)
    s.fence("cmp1")
    for n in 2, 6, 15, 25, 35:
        s.wait_posts(n)
        s.restart()
    s.wait_phase("cmp1", "X", timeout=120)
    s.must(not wrong_ends(s, want), f"want, is: {wrong_ends(s, want)}")
    s.must(not s.vms_on("cmp1"), "VMs are left behind")


@scenario("VMs that did not leave in their live migration are evacuated")
def _(make):
    s = make().start()
    stayed = add_migrating(s, None, "accepted", "queued", "preparing",
                           "failed", "cancelled")
    left, = add_migrating(s, "running")
    s.fence("cmp1")
    poll(lambda: len(s.vms_on("cmp1")) == 1, "those that stayed")
    s.must(s.vm(left)["host"] == "cmp1" and len(s.posts()) == len(stayed),
           "a VM that may have left was evacuated")
    asked = [r for r in s.requests() if "live-migration" in r.target]
    s.must(len(asked) == 1, f"{len(asked)} requests for live migrations")
    for home in s.homes.values():
        home.add("cmp2")
    s.fence("cmp2")  # it runs nowhere now
    s.wait_phase("cmp1", "X")
    s.must(s.vm(left)["host"] == "cmp3", "it is where it was")


@scenario("VMs whose state is held are told, watched and taken up")
def _(make):
    s = make().start()
    gone, back = add_migrating(s, "running", "error")
    odd, = s.add_vms("cmp1", 1, vm_state="dreaming", power_state=1)
    s.add_vms("cmp1", 3)
    s.fence("cmp1")
    told = poll(lambda: (s.status("cmp1") or {"vms": {"recovered": 0}})
                ["vms"]["recovered"] == 3 and s.status("cmp1"), "the others")
    s.must(told["vms"]["held"] == 3 and told["phase"] == "evacuating",
           f"told: {told}")
    why = {p["id"]: p["reason"] for p in told["problems"]}
    s.must("live migration to 'cmp2' was under way (its state is 'running')"
           in why[gone] and "'error'" in why[back] and "dreaming" in why[odd],
           f"reasons: {why}")
    s.quiet(120)
    s.must(len(s.posts()) == 3, "a held VM was evacuated")
    s.cloud("vm", uuid=gone, host="cmp2")
    for uuid in back, odd:
        s.api("POST", f"/servers/{uuid}/action",
              {"os-resetState": {"state": "active"}})
    s.wait_phase("cmp1", "X")
    s.must(s.status("cmp1")["vms"]["gone"] == 1, "the migrated one is gone")
    s.must(not s.vms_on("cmp1"), "VMs are left behind")


@scenario("a VM that is deleted while it is skipped counts as gone")
def _(make):
    s = make().start()
    victim, = s.add_vms("cmp1", 1, task_state="deleting")
    held, = s.add_vms("cmp1", 1, task_state="migrating")
    s.fence("cmp1")
    poll(lambda: (s.status("cmp1") or {"vms": {"skipped": 0}})
         ["vms"]["skipped"] == 1, "it is skipped")
    s.api("DELETE", f"/servers/{victim}")
    poll(lambda: s.status("cmp1")["vms"]["gone"] == 1, "it is gone")
    s.api("POST", f"/servers/{held}/action",
          {"os-resetState": {"state": "active"}})
    s.wait_phase("cmp1", "X")


@scenario("Nova before Train: a task stands in the way of an evacuation")
def _(make):
    s = make().start()
    stuck = s.add_vms("cmp1", 2, task_state="rebooting")
    for uuid in stuck:
        s.fault(f"POST .*/{uuid}/action", "status", status=409, count=1,
                body={"conflictingRequest": {"code": 409, "message":
                      f"Cannot 'evacuate' instance {uuid} while it is in "
                      "task_state rebooting"}})
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(len(s.resets()) == 2, f"{len(s.resets())} states were reset")
    s.must(states(s, stuck) == {"active": 2}, f"{states(s, stuck)}")


@scenario("VMs that Nova leaves lying are told, and not asked for again (N28)")
def _(make):
    s = make(speed=60).start()
    s.add_vms("cmp1", 5)
    queued, begun = s.add_vms("cmp1", 2)
    s.cloud("outcome", outcome="stuck_accepted", uuid=queued, count=-1)
    s.cloud("outcome", outcome="stuck_pre", uuid=begun, count=-1)
    s.fence("cmp1")
    s.wait_phase("cmp1", "E")

    def reasons():
        found = {p["id"]: p for p in s.status("cmp1")["problems"]}
        return found if found.get(begun, {}).get("reason", "").endswith("up") \
            and queued in found else None

    told = poll(reasons, "both are told, one with its host's state")
    s.must({p["phase"] for p in told.values()} == {"moving"}, f"told: {told}")
    s.must(re.fullmatch(r"Nova has left it in 'accepted' since [-0-9]+ [:0-9]+",
                        told[queued]["reason"]), f"told: {told[queued]}")
    s.must(re.search(r"'pre-migrating' since .* on its way to 'cmp[23]', whose "
                     "nova-compute is up$", told[begun]["reason"]),
           f"told: {told[begun]}")
    s.must(s.status("cmp1")["vms"]["recovered"] == 5, "the others wait for them")
    posts = [r.evacuated() for r in s.posts()]
    s.must(posts.count(queued) == posts.count(begun) == 1, "asked for again")


@scenario("VMs that Nova refuses for ever are told, the others go")
def _(make):
    s = make().start()
    s.add_vms("cmp1", 5)
    blocked = s.add_vms("cmp1", 1, block="vtpm")
    s.fence("cmp1")
    s.finish("cmp1", left=1)
    told = s.status("cmp1")["problems"]
    s.must([p["id"] for p in told] == blocked and "vTPM" in told[0]["reason"],
           f"told: {told}")


@scenario("a VM that is deleted meanwhile counts as gone")
def _(make):
    s = slow(make, 20).start()
    victim = max(s.vms)
    s.fence("cmp1")
    s.wait_posts(3)
    s.fault(f"POST /v2.1/servers/{victim}/action", "status", status=404,
            body={"itemNotFound": {"message": "gone", "code": 404}})
    s.fault(f"GET /v2.1/servers/{victim}$", "status", status=404, count=-1)
    s.wait_phase("cmp1", "X")
    s.must(s.status("cmp1")["vms"]["gone"] == 1 or
           not s.vms_on("cmp1"), "not told as gone")


# --- a cloud that fails ------------------------------------------------------

def outage(s, match, kind, injected_s, **members):
    """The cloud fails from the middle of the evacuation on, for a while."""
    s.start()
    s.fence("cmp1")
    s.wait_posts(8)
    s.fault(match, kind, count=-1, **members)
    s.quiet(injected_s)
    s.cloud("faults-clear")
    s.finish("cmp1")


@scenario("Nova answers 503 for a minute")
def _(make):
    outage(slow(make), ALL, "status", 60, status=503)


@scenario("Nova answers 429 for a minute")
def _(make):
    outage(slow(make), ALL, "status", 60, status=429, retry_after=5)


@scenario("Nova hangs for two minutes, then goes on")
def _(make):
    outage(slow(make), ALL, "hang", 120)


@scenario("connections are reset for a minute")
def _(make):
    outage(slow(make), ALL, "reset", 60)


@each(["cut", "garbage", "truncated", "empty", "nul", "wrongtype"],
      "answers are spoilt ({}) for half a minute, though calls have effect")
def _(make, kind):
    outage(slow(make), ALL, kind, 30)


@each(["reset", "status", "cut"],
      "the answer to an evacuate call is lost ({}), its record comes late")
def _(make, kind):
    s = slow(make)
    s.start()
    s.fault(ACTION, kind, effect="late", skip=5, count=3,
            late_ms=int(1000 * s.injected(40)), status=504)
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(s.hits() == [3], "the fault did not happen")


@each(["expire", "revoke"], "all tokens end ({}) in mid-evacuation")
def _(make, end):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(8)
    s.cloud("tokens", end=end)
    s.finish("cmp1")


@scenario("credentials are refused in mid-evacuation, then mended")
def _(make):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(8)
    s.cloud("password", name="admin", password="changed")
    s.cloud("tokens", end="revoke")
    poll(lambda: re.match("degraded .*401", s.control("health")),
         "degraded, and Keystone's answer is told")
    s.password = "changed"
    s.write_credentials()
    s.finish("cmp1")
    poll(lambda: s.control("health") == "ready", "ready again")


@scenario("Keystone is down at the start and up five minutes later")
def _(make):
    s = make(speed=60)
    s.add_vms("cmp1", 20)
    s.write_credentials(port=1)
    s.start()
    poll(lambda: s.control("health").startswith("degraded"), "degraded")
    s.fence("cmp1")
    s.wait_phase("cmp1", "F")
    s.quiet(300)
    s.write_credentials()
    before = time.monotonic()
    s.wait_posts(1)
    took = (time.monotonic() - before) * s.speed
    s.must(took < 60, f"went on only after {took:.0f} s")
    s.finish("cmp1")


@scenario("a policy that forbids evacuation: nothing is lost until it is mended")
def _(make):
    s = make()
    s.add_vms("cmp1", 10)
    s.cloud("policy", deny="os_compute_api:os-evacuate")
    s.start()
    s.fence("cmp1")
    poll(lambda: any("Policy" in (p["reason"] or "") for p in
                     (s.status("cmp1") or {"problems": []})["problems"]),
         "the reason is told")
    s.quiet(30)
    s.cloud("policy")
    s.finish("cmp1")


@scenario("no valid host, until capacity appears")
def _(make):
    s = make()
    vms = s.add_vms("cmp1", 10)
    stopped = s.add_vms("cmp1", 3, vm_state="stopped")
    s.cloud("hosts", names=["cmp2", "cmp3"], cap_vms=3)
    s.start()
    s.fence("cmp1")
    poll(lambda: s.count("record done") == 6 and
         s.count("record error") >= 14, "six fit, the others are refused")
    poll(lambda: any("No valid host" in (p["reason"] or "")
                     for p in s.status("cmp1")["problems"]), "the reason is told")
    s.must(s.phase("cmp1") == "E", "closed though VMs wait")
    s.cloud("hosts", names=["cmp2", "cmp3"], cap_vms=-1)
    s.finish("cmp1", timeout=90)
    s.must(states(s, vms) == {"active": 10} and
           states(s, stopped) == {"stopped": 3}, "intent lost")


@scenario("VMs that Nova cannot start go on being tried")
def _(make):
    s = make()
    s.add_vms("cmp1", 10)
    s.cloud("outcome", outcome="claim_race", count=4)
    s.cloud("outcome", outcome="spawn_fail", count=3)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")


# --- a daemon that dies ------------------------------------------------------

@each(["dead", "die"], "killed -9 at each of its journal writes ({})")
def _(make, verb):
    s = slow(make, conf={"post_settle": "5s"})
    s.start()
    s.seen()
    first = len(s.cluster.writes()) + 1
    s.cluster.put("fail", "".join(
        f"set * {verb} {k}\n" for k in range(first, first + 7)))
    s.fence("cmp1")
    deaths = 0
    while deaths < 7:
        # Its last write may be one at which it dies: then it tells nothing.
        poll(lambda: not s.is_running() or
             s.phase("cmp1") == "X" and s.status("cmp1"), "the daemon dies")
        if s.is_running():
            break
        deaths += 1
        s.start()
    s.finish("cmp1")
    s.must(deaths >= 5, f"only {deaths} deaths")


@each([1, 5, 20, 39], "killed -9 after {} evacuate calls")
def _(make, n):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(n)
    s.restart()
    s.finish("cmp1")


@scenario("killed -9 ten times in a row")
def _(make):
    s = slow(make, 80, conf={"post_settle": "5s"}).start()
    s.fence("cmp1")
    for n in range(10):
        s.wait_posts(1 + 3 * n)
        s.restart()
    s.finish("cmp1")


@scenario("killed -9 after the end: nothing more is sent")
def _(make):
    s = make().start()
    s.add_vms("cmp1", 10)
    s.fence("cmp1")
    s.finish("cmp1")
    s.restart()
    s.quiet(60)
    s.must(len(s.posts()) == 10, "more calls")
    s.must(s.phase("cmp1") == "X", "reopened")


@scenario("stopped in mid-evacuation as the agent does, and started again")
def _(make):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(10)
    s.must(s.stop() == 0, "exit code")
    s.start()
    s.finish("cmp1")


@scenario("the host fails while no daemon runs")
def _(make):
    s = make()
    s.add_vms("cmp1", 10)
    s.start()
    s.seen()
    poll(lambda: "vmha-seen" in s.cluster.journal(), "the watermark")
    s.kill()
    s.fence("cmp1")
    s.start()
    s.finish("cmp1")


# --- a journal that fails ----------------------------------------------------

@each(["error", "hang", "lost"], "journal writes fail ({}) for 20 s")
def _(make, verb):
    s = slow(make).start()
    s.seen()
    s.cluster.put("fail", f"set * {verb}\n")
    s.fence("cmp1")
    poll(lambda: any(w[4] == verb for w in s.cluster.writes()), verb)
    s.quiet(20)
    if verb != "lost":
        s.must(not s.posts(), "calls without a journal")
    s.cluster.put("fail", "")
    s.finish("cmp1")


@scenario("journal writes fail in mid-evacuation")
def _(make):
    s = slow(make, 100).start()
    s.fence("cmp1")
    s.wait_posts(8)
    s.cluster.put("fail", "set * error\n")
    s.quiet(20)
    s.cluster.put("fail", "")
    s.finish("cmp1")


@scenario("journal writes take three seconds each")
def _(make):
    s = slow(make, 100)
    s.cluster.put("fail", "set * late=3000\n")
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")


@each(["vmha-host-cmp1", "vmha-seen", "vmha-host-", "vmha-intent-cmp1"],
      "garbage in the journal ({}): nothing is lost")
def _(make, name):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(12)
    s.kill()
    s.cluster.edit_journal(name, "v1;E;this is no entry;;")
    s.start()
    s.finish("cmp1")
    if name in ("vmha-host-cmp1", "vmha-seen"):
        s.must(name in s.log() and "this is no entry" in s.log(),
               "the log does not name it")


@scenario("the entry is deleted by hand in mid-evacuation")
def _(make):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(12)
    s.kill()
    s.cluster.edit_journal("vmha-host-cmp1", None)
    s.start()
    s.finish("cmp1", is_told=False)


sys.exit(Tap(jobs=4).run(TESTS))
