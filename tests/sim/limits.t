#!/usr/bin/python3
"""What keeps vmha from acting though a host is dead: disarmed, the brake,
no room.
Arguments: parts of the names of tests to run.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll  # noqa: E402
from harness import Tap  # noqa: E402
from stories import TESTS, each, scenario, slow, states  # noqa: E402


def changes(s):
    """Requests that change something in the cloud."""
    return [r for r in s.requests()
            if r.method != "GET" and "/auth/tokens" not in r.target]


def tell(s, *args):
    """A command of the administrator's that must succeed; its output."""
    s.seen()
    code, text = s.tool(*args)
    s.must(code == 0, f"vmha {' '.join(args)}: {code}: {text}")
    return text


def disarm(s, *args):
    tell(s, "disarm", *args)
    s.must("vmha-disarmed" in s.cluster.journal(), "not in the journal")


def stays_calm(s, seconds=120):
    """Nothing more changes in the cloud."""
    before = len(changes(s))
    s.quiet(seconds)
    s.must(len(changes(s)) == before,
           f"{[r.target for r in changes(s)[before:]]} though disarmed")


# --- disarm ------------------------------------------------------------------

@scenario("disarmed: a failure is noted, the cloud is not touched until armed")
def _(make):
    s = make().start()
    stopped = s.add_vms("cmp1", 3, vm_state="stopped")
    s.add_vms("cmp1", 10)
    disarm(s, "--reason=network work")
    s.must("disarmed" in s.control("health") and
           "network work" in s.control("health"), s.control("health"))
    s.fence("cmp1")
    s.wait_phase("cmp1", "F")
    stays_calm(s)
    s.must(not changes(s), "the cloud was touched")
    s.must(s.phase("cmp1") == "F", "not in phase F")
    s.must("disarmed" in s.status("cmp1")["reason"], s.status("cmp1"))
    code, text = s.tool("status")
    s.must(code == 0 and "degraded (disarmed" in text, text)
    tell(s, "arm")
    s.finish("cmp1")
    s.must(states(s, stopped) == {"stopped": 3}, "intent lost")
    s.must("vmha-disarmed" not in s.cluster.journal(), "the journal has it yet")
    poll(lambda: s.control("health") == "ready", "ready again")


@scenario("disarmed in mid-evacuation: no further call, Nova goes on, then all")
def _(make):
    s = slow(make, 40, settings={"spawn_ms": 4000}).start()
    s.fence("cmp1")
    s.wait_posts(10)
    disarm(s)
    stays_calm(s)
    n = len(s.posts())
    s.must(n < 40, "went on")
    s.must(s.count("record done") == n, "Nova's own evacuations ended")
    tell(s, "arm")
    s.finish("cmp1")


@scenario("disarmed: a VM that must be stopped on arrival waits for it")
def _(make):
    s = make(settings={"spawn_ms": 20000})
    vms = s.add_vms("cmp1", 3, vm_state="error", power_state=4)
    s.start()
    s.fence("cmp1")
    s.wait_posts(3)
    disarm(s)
    poll(lambda: s.count("record done") == 3, "they arrive")
    stays_calm(s)
    s.must(s.phase("cmp1") == "E", "closed, though they run")
    tell(s, "arm")
    s.finish("cmp1")
    s.must(states(s, vms) == {"stopped": 3}, f"{states(s, vms)}")


@each(["before", "after"], "disarmed survives a crash of the daemon {} a failure")
def _(make, when):
    s = make()
    s.add_vms("cmp1", 10)
    s.start()
    disarm(s, "--until=+1h")
    if when == "before":
        s.restart()
    s.fence("cmp1")
    s.wait_phase("cmp1", "F")
    if when == "after":
        s.restart()
        poll(lambda: s.status("cmp1"), "the next daemon answers")
    stays_calm(s)
    s.must(not changes(s), "the cloud was touched")
    tell(s, "arm")
    s.finish("cmp1")


@scenario("disarmed until a time: then it goes on by itself")
def _(make):
    s = make()
    s.add_vms("cmp1", 10)
    s.start()
    disarm(s, "--until=+5min")  # of the daemon's fast clock
    s.fence("cmp1")
    s.wait_phase("cmp1", "F")
    s.must(not changes(s), "the cloud was touched")
    s.finish("cmp1")
    poll(lambda: "vmha-disarmed" not in s.cluster.journal(), "it is deleted")


@scenario("an end that is past disarms nobody, and goes")
def _(make):
    s = make()
    s.add_vms("cmp1", 10)
    s.cluster.edit_journal("vmha-disarmed", "v1;1000;2000;long ago")
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    poll(lambda: "vmha-disarmed" not in s.cluster.journal(), "it is deleted")


@scenario("a value that nobody can read disarms, and says so")
def _(make):
    s = make()
    s.add_vms("cmp1", 10)
    s.cluster.edit_journal("vmha-disarmed", "yes please")
    s.start()
    s.fence("cmp1")
    s.wait_phase("cmp1", "F")
    stays_calm(s, 30)
    s.must("yes please" in s.control("health"), s.control("health"))
    tell(s, "arm")
    s.finish("cmp1")


@scenario("another node's word, in the journal, counts at once")
def _(make):
    s = slow(make, 40).start()
    s.fence("cmp1")
    s.wait_posts(10)
    s.cluster.edit_journal("vmha-disarmed",
                           f"v1;{int(time.time())};0;from elsewhere")
    s.seen()
    s.quiet(10)
    stays_calm(s)
    s.cluster.edit_journal("vmha-disarmed", None)
    s.finish("cmp1")


@scenario("disarm has effect at once where the journal cannot be written")
def _(make):
    s = slow(make, 40).start()
    s.fence("cmp1")
    s.wait_posts(10)
    s.cluster.put("fail", "set vmha-disarmed error\n")
    code, text = s.tool("disarm")
    s.must(code == 75 and "journal" in text, f"{code}: {text}")
    stays_calm(s)
    s.must(len(s.posts()) < 40, "went on")
    s.cluster.put("fail", "")
    poll(lambda: "vmha-disarmed" in s.cluster.journal(), "it is written")
    tell(s, "arm")
    s.finish("cmp1")


@scenario("the host comes back while vmha is disarmed: it is left alone")
def _(make):
    s = make()
    s.add_vms("cmp1", 5)
    s.start()
    disarm(s)
    s.fence("cmp1")
    s.wait_phase("cmp1", "F")
    s.rejoin("cmp1")
    s.wait_phase("cmp1", "T")
    tell(s, "arm")
    s.quiet(60)
    s.must(not changes(s), "the cloud was touched")


# --- the brake ---------------------------------------------------------------

NAMES = [f"cmp{i}" for i in range(1, 7)]


def rack(make, failing, n=10, limit="2", **options):
    """Six hosts, of which some have VMs and will fail."""
    s = make(hosts=NAMES, conf={"max_failed_hosts": limit,
                                **options.pop("conf", {})}, **options)
    for name in failing:
        s.add_vms(name, n)
    return s.start()


def held(s, *names):
    """Wait until those hosts are held, and nothing was done for them."""
    for name in names:
        s.wait_phase(name, "F")
        poll(lambda n=name: "held by the brake" in
             ((s.status(n) or {}).get("reason") or ""), f"{name} is held")
    s.must("held by the brake" in s.control("health"), s.control("health"))


def touched(s, *names):
    """VMs of those hosts that were evacuated, and the hosts' flags."""
    return ([r.target for r in s.posts() if s.vms[r.evacuated()] in names],
            [n for n in names if s.host(n)["forced_down"]])


@scenario("more hosts than the limit fail at once: held until released")
def _(make):
    three = NAMES[:3]
    s = rack(make, three)
    s.fence(*three)
    held(s, *three)
    stays_calm(s)
    s.must(not changes(s), "the cloud was touched")
    text = s.status("cmp1")["reason"]
    s.must("3 of 6 hosts" in text and "max_failed_hosts=2" in text, text)
    text = tell(s, "plan", "cmp4")
    s.must("it would be held by the brake: 4 of 6 hosts" in text, text)
    tell(s, "release")
    s.finish(*three)
    text = tell(s, "history")
    s.must(text.count(": held by the brake: 3 of 6 hosts") == 3 and
           text.count("does not hold it any more [release]") == 3, text)
    text = tell(s, "why", "cmp2")
    s.must("held by the brake" in text and "segment_failed 3" in text, text)
    code, text = s.tool("release")
    s.must(code == 69 and "holds no host" in text, f"{code}: {text}")
    poll(lambda: s.control("health") == "ready", "ready again")


@scenario("as many as the limit allows are recovered, at once")
def _(make):
    s = rack(make, NAMES[:2])
    s.must("brake" not in tell(s, "plan", "cmp1"), "as if it held")
    s.fence("cmp1", "cmp2")
    s.finish("cmp1", "cmp2")


@scenario("a rack fails while a host is recovered: that goes on, the rest is held")
def _(make):
    s = rack(make, NAMES[:4], n=20, conf={"max_posts": "2"})
    s.cloud("latency", **{"class": "evacuate", "ms": 60})
    s.fence("cmp1")
    s.wait_posts(4)
    s.fence("cmp2", "cmp3", "cmp4")
    held(s, "cmp2", "cmp3", "cmp4")
    s.wait_phase("cmp1", "X")
    s.must(not s.vms_on("cmp1"), "the first was not finished")
    stays_calm(s)
    s.must(touched(s, "cmp2", "cmp3", "cmp4") == ([], []),
           f"{touched(s, 'cmp2', 'cmp3', 'cmp4')}")
    tell(s, "release")
    s.finish("cmp1", "cmp2", "cmp3", "cmp4")


@each(["held", "released"], "killed -9 while hosts are {}: so it stays")
def _(make, when):
    three = NAMES[:3]
    s = rack(make, three)
    s.fence(*three)
    held(s, *three)
    if when == "held":
        s.restart()
        held(s, *three)
        stays_calm(s)
        s.must(not changes(s), "the cloud was touched")
        tell(s, "release")
    else:
        s.cloud("faults", match=".", kind="status", status=503, count=-1)
        tell(s, "release")
        s.must(all(";g;" in s.cluster.journal()["vmha-host-" + n]
                   for n in three), s.cluster.journal())
        s.restart()
        s.cloud("faults-clear")
    s.finish(*three)


@scenario("a host comes back: the brake comes off by itself")
def _(make):
    three = NAMES[:3]
    s = rack(make, three)
    s.fence(*three)
    held(s, *three)
    s.rejoin("cmp2")
    s.wait_phase("cmp2", "T")
    s.finish("cmp1", "cmp3")
    s.must(touched(s, "cmp2") == ([], []), "the one that came back was touched")
    s.must(len(s.vms_on("cmp2")) == 10, "its VMs have gone")


@scenario("all lose power and get it back: all VMs run, none is evacuated")
def _(make):
    s = rack(make, NAMES)
    s.fence(*NAMES)
    held(s, *NAMES)
    for name in NAMES:
        s.cloud("power", host=name, on=True)
        s.cluster.nodes[name].online = True
        s.cluster.nodes[name].fenced_s = 0
    s.change(*NAMES, allowed=False)
    for name in NAMES:
        s.wait_phase(name, "T")
    stays_calm(s)
    s.must(not changes(s), "the cloud was touched")
    for name in NAMES:
        s.boot(name)
    poll(lambda: not any("vmha-host-" in e for e in s.cluster.journal()),
         "all are in service again")
    s.must(not s.posts(), "evacuated")
    s.must(s.count("runs once") == 10 * len(NAMES), "not all VMs run once")


@scenario("all lose power, fencing leaves them off: they are powered on, all "
          "VMs run")
def _(make):
    s = rack(make, NAMES)
    s.fence(*NAMES)
    held(s, *NAMES)
    poll(lambda: sorted(s.powered()) == NAMES, "all are powered on")
    s.must(not changes(s), "the cloud was touched")
    for name in NAMES:
        s.cloud("power", host=name, on=True)
        s.cluster.nodes[name].online = True
        s.cluster.nodes[name].fenced_s = 0
    s.change(*NAMES, allowed=False)
    for name in NAMES:
        s.boot(name)
    poll(lambda: not any("vmha-host-" in e for e in s.cluster.journal()),
         "all are in service again")
    s.must(not s.posts(), "evacuated")
    s.must(s.count("runs once") == 10 * len(NAMES), "not all VMs run once")


@scenario("disarmed while the brake holds: nobody is powered on")
def _(make):
    s = rack(make, NAMES[:3])
    disarm(s)
    s.fence(*NAMES[:3])
    for name in NAMES[:3]:
        s.wait_phase(name, "F")
    s.quiet(60)
    s.must(not s.powered(), f"powered on: {s.powered()}")
    tell(s, "arm")
    poll(lambda: sorted(s.powered()) == NAMES[:3], "all are powered on")


@scenario("hosts that are dead without proof count, those in maintenance do not")
def _(make):
    s = rack(make, NAMES[:5])
    for name in NAMES[3:5]:
        s.cluster.nodes[name].attributes["vmha-maintenance"] = "true"
    s.fence("cmp1", proves=False, human=True)
    s.fence("cmp2", proves=False, state="failed")
    s.fence("cmp4", "cmp5", proves=False)
    s.fence("cmp3")
    held(s, "cmp3")
    stays_calm(s)
    text = s.status("cmp3")["reason"]
    s.must("3 of 6 hosts" in text, text)
    s.rejoin("cmp2")
    s.finish("cmp3")
    s.must(touched(s, "cmp1", "cmp4", "cmp5") == ([], []), "touched")


@scenario("done, and fenced again as all restarts: no new failures")
def _(make):
    s = rack(make, NAMES[:3], limit="1")
    for name, later_s in (("cmp1", 0), ("cmp2", 1000)):
        s.fence(name, later_s=later_s)
        s.wait_phase(name, "X")
    s.kill()
    s.cluster.fencings.clear()
    for node in s.cluster.nodes.values():
        node.fenced_s = 0
    s.start()
    s.fence(*NAMES[:3], later_s=2000)  # startup fencing
    s.finish(*NAMES[:3], is_told=False)
    s.must(all("/" in s.cluster.journal()["vmha-host-" + n]
               for n in NAMES[:2]), s.cluster.journal())


@scenario("failures further apart than the window do not add up")
def _(make):
    s = rack(make, NAMES[:3], limit="1", conf={"brake_window": "1s"})
    for name in NAMES[:3]:
        s.fence(name)
        s.finish(name, is_told=False) if name == "cmp1" else \
            s.wait_phase(name, "X")
        time.sleep(1.1)  # the times of fencing are those of a slow clock


@scenario("a host that fails later is held, too, until the others are back")
def _(make):
    s = rack(make, NAMES[:2], limit="1")
    s.fence("cmp1")
    s.wait_phase("cmp1", "X")
    s.fence("cmp2")
    held(s, "cmp2")
    stays_calm(s)
    s.must(touched(s, "cmp2") == ([], []), "touched")
    s.release("cmp1")
    s.wait_phase("cmp2", "X")
    s.must(not s.vms_on("cmp2"), "VMs are left")


@scenario("after brake_release_after it goes on by itself")
def _(make):
    three = NAMES[:3]
    s = rack(make, three, conf={"brake_release_after": "5min"})
    s.fence(*three)
    held(s, *three)
    s.finish(*three)


@scenario("failures that another instance recovers count for the total")
def _(make):
    s = make(hosts=NAMES, conf={"segment": "a", "max_failed_hosts_total": "2"})
    for name in NAMES:
        s.cluster.nodes[name].attributes["vmha-segment"] = \
            "a" if name in ("cmp1", "cmp2") else "b"
    s.cluster.instances = {"vmha": {"cloud": "sim", "segment": "a"},
                           "vmha-b": {"cloud": "sim", "segment": "b"}}
    s.cluster.write()
    s.add_vms("cmp1", 5)
    now = time.time_ns()
    for i, name in enumerate(("cmp3", "cmp4")):
        s.cluster.edit_journal("vmha-host-" + name,
                               f"v1;F;{now // 10**9}.00000000{i};;")
    s.start()
    s.fence("cmp1")
    held(s, "cmp1")
    s.must("of all segments" in s.status("cmp1")["reason"], s.status("cmp1"))
    code, text = s.tool("release", "--segment=b")
    s.must(code == 69, f"{code}: {text}")
    tell(s, "release", "--segment=a")
    s.finish("cmp1")


# --- the queue ---------------------------------------------------------------

def full(make, n=12, **options):
    """One host has failed; the others have room for four of its VMs each."""
    conf = {"retry_min": "1h", "retry_max": "1h", **options.pop("conf", {})}
    s = make(conf=conf, **options)
    s.add_vms("cmp1", n)
    s.cloud("hosts", names=["cmp2", "cmp3"], cap_ram=8192)
    s.start()
    s.fence("cmp1")
    poll(lambda: s.count("record done") == 8 and
         s.count("record error") == n - 8, "eight fit, the others wait")
    return s


def queued(s, host="cmp1"):
    """The VMs that wait, as the status tells."""
    told = (s.status(host) or {"problems": []})["problems"]
    return [p for p in told if p["phase"] == "waiting" and p["next_try_ms"]]


@scenario("VMs without a place wait, with reason and time; room wakes them")
def _(make):
    s = full(make)
    poll(lambda: len(queued(s)) == 4, "four are told")
    s.must(all("No valid host" in p["reason"] for p in queued(s)), queued(s))
    _, text = s.tool("status")
    s.must("after 1 failed attempts, next at " in text, text)
    s.quiet(60)
    s.must(len(s.posts()) == 12, "tried before there is room")
    s.cloud("hosts", names=["cmp2"], cap_ram=65536)
    s.finish("cmp1")  # long before the hour is over
    s.must(len(s.posts()) == 16, "tried more often than needed")


@scenario("few may fit: not all that wait are tried")
def _(make):
    s = full(make, n=30)
    s.quiet(30)  # one reading to compare with
    s.cloud("hosts", names=["cmp2"], cap_ram=8192 + 2048)
    poll(lambda: s.count("record done") == 9, "one more has a place")
    s.quiet(60)
    s.must(len(s.posts()) <= 32, f"{len(s.posts()) - 30} tried for one place")
    s.cloud("hosts", names=["cmp2"], cap_ram=262144)
    s.finish("cmp1")


@scenario("a host that is enabled again is room")
def _(make):
    s = make(conf={"retry_min": "1h", "retry_max": "1h"})
    s.add_vms("cmp1", 5)
    s.cloud("hosts", names=["cmp2", "cmp3"], disabled=True)
    s.start()
    s.fence("cmp1")
    poll(lambda: s.count("record error") == 5, "none fits")
    s.quiet(30)
    s.cloud("hosts", names=["cmp3"], disabled=False)
    s.finish("cmp1")


@scenario("killed -9 while VMs wait: they are not forgotten")
def _(make):
    s = full(make)
    s.restart()
    poll(lambda: len(queued(s)) == 4, "the next daemon has the queue")
    s.quiet(30)
    s.cloud("hosts", names=["cmp3"], cap_ram=65536)
    s.finish("cmp1")


@scenario("what a queue costs does not grow with it")
def _(make):
    s = full(make, n=200)
    poll(lambda: len(queued(s)) == 192, "all are told")
    before = len(s.requests())
    s.quiet(120)
    n = len(s.requests()) - before
    s.must(n < 60, f"{n} requests in two minutes")


sys.exit(Tap(jobs=4).run(TESTS))
