#!/usr/bin/python3
"""Reserved hosts and recovery methods.  Names of tests (parts of them) as
arguments run only those.
"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll  # noqa: E402
from harness import Tap  # noqa: E402
from stories import TESTS, each, scenario, states  # noqa: E402

ROOM = 100 * 2048  # MB: more than any test needs


def prepared(make, method, **conf):
    """cmp1 will fail; cmp2 and cmp3 are there for the scheduler."""
    s = make(conf={"recovery_method": method, "max_posts": "4", **conf})
    s.cluster.instances["vmha"]["recovery_method"] = method
    s.cluster.write()
    return s


def where(s, uuids):
    """Host: how many of the VMs."""
    found = {}
    for v in s.look("vms")["vms"]:
        if v["uuid"] in uuids:
            found[v["host"]] = found.get(v["host"], 0) + 1
    return found


def entry(s, name):
    return s.cluster.journal().get("vmha-reserve-" + name, "")


def is_put_back(s, *names):
    """As the operator had them, and nothing in the journal."""
    hosts = [s.host(n) for n in names]
    return all(h["disabled"] and h["disabled_reason"] == "kept free"
               for h in hosts) and not any(entry(s, n) for n in names)


def wait_used(s, *names):
    poll(lambda: all(entry(s, n).startswith("v1;U;") for n in names),
         f"{names} count as used")


@scenario("auto: reserved hosts are left alone")
def _(make):
    s = prepared(make, "auto")
    s.reserve("rsv1")
    s.add_vms("cmp1", 10)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(is_put_back(s, "rsv1"), "it was touched")


@scenario("reserved_host: all VMs go there, and it stays enabled")
def _(make):
    s = prepared(make, "reserved_host")
    s.reserve("rsv1", cap_ram=ROOM)
    vms = s.add_vms("cmp1", 10)
    stopped = s.add_vms("cmp1", 3, vm_state="stopped")
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(where(s, vms + stopped) == {"rsv1": 13}, str(where(s, vms)))
    s.must(states(s, stopped) == {"stopped": 3}, "intent lost")
    wait_used(s, "rsv1")
    s.must(not s.host("rsv1")["disabled"], "it is disabled")
    s.quiet(30)
    s.must(entry(s, "rsv1").startswith("v1;U;"), "it changed later")


@scenario("several are spread over, and no more are taken than needed")
def _(make):
    s = prepared(make, "reserved_host")
    s.reserve("rsv1", "rsv2", "rsv3", cap_ram=6 * 2048)
    vms = s.add_vms("cmp1", 10)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    spread = where(s, vms)
    s.must(sorted(spread.values()) == [4, 6] or
           sorted(spread.values()) == [5, 5], str(spread))
    left = {"rsv1", "rsv2", "rsv3"} - set(spread)
    wait_used(s, *spread)
    s.must(is_put_back(s, *left), f"{left} was touched")


@scenario("reserved_host: more room than it seems is used, with Nova's ratio")
def _(make):
    s = prepared(make, "reserved_host")
    s.reserve("rsv1", cap_ram=12 * 2048, real_ram=6 * 2048)
    vms = s.add_vms("cmp1", 1, ram=8 * 2048) + s.add_vms("cmp1", 4)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(where(s, vms) == {"rsv1": 5}, str(where(s, vms)))


@scenario("reserved_host: what has no room waits until a reserved host is free")
def _(make):
    s = prepared(make, "reserved_host")
    s.reserve("rsv1", cap_ram=6 * 2048)
    s.add_vms("cmp1", 1, ram=8 * 2048)
    vms = s.add_vms("cmp1", 10)
    s.start()
    s.fence("cmp1")
    poll(lambda: where(s, vms).get("rsv1") == 6, "it is full")
    poll(lambda: sum("No valid host" in (p["reason"] or "") for p in
                     s.status("cmp1")["problems"]) == 5, "the others say why")
    s.quiet(30)
    s.must(where(s, vms) == {"rsv1": 6, "cmp1": 4}, str(where(s, vms)))
    s.reserve("rsv2", cap_ram=ROOM)
    s.finish("cmp1")
    s.must(where(s, s.vms) == {"rsv1": 6, "rsv2": 5}, str(where(s, s.vms)))


def plan(s, host):
    code, text = s.tool("plan", host, "--output-as=json")
    s.must(code == 0, text)
    return json.loads(text)


@each(["reserved_host", "rh_priority", "auto_priority"],
      "{}: a plan says which VM goes where, and it comes true")
def _(make, method):
    s = prepared(make, method)
    s.reserve("rsv1", "rsv2", "rsv3", cap_ram=8192 + 2048)
    s.cloud("hosts", names=["rsv3"], disabled=False)
    s.reserves.remove("rsv3")  # by now it is a host like any other
    vms = s.add_vms("cmp1", 3, ram=4096)
    s.start()
    poll(lambda: s.control("health") == "ready", "the cloud is known")
    s.seen()
    told = {v["id"]: v["reserved_host"] for v in plan(s, "cmp1")["vms"]}
    if method == "auto_priority":
        s.must(told == dict.fromkeys(vms), str(told))
        s.must("reserved hosts take those" in s.tool("plan", "cmp1")[1], "text")
    else:
        s.must(sorted(told.values()) == ["rsv1", "rsv1", "rsv2"] or
               sorted(told.values()) == ["rsv1", "rsv2", "rsv2"], str(told))
        s.must(", to rsv1" in s.tool("plan", "cmp1")[1], "text")
    s.must(is_put_back(s, "rsv1", "rsv2"), "the plan changed something")
    s.fence("cmp1")
    s.finish("cmp1")
    on = {v["uuid"]: v["host"] for v in s.look("vms")["vms"]}
    s.must(method == "auto_priority" or  # the first may be ready in any order
           sorted(on.values()) == sorted(told.values()), f"{told}, but {on}")


@scenario("history and why tell what became of reserved hosts")
def _(make):
    s = prepared(make, "reserved_host")
    s.reserve("rsv1", cap_ram=ROOM)
    s.add_vms("cmp1", 2)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    wait_used(s, "rsv1")
    text = s.tool("history")[1]
    s.must(all(f"reserved host rsv1: {step} [reserve]" in text
               for step in ("take", "enable", "use")), text)
    text = s.tool("why", "rsv1")[1]
    s.must("reserved host rsv1: enable" in text and "is_sound" in text, text)


@scenario("rh_priority: the reserved host first, then anywhere")
def _(make):
    s = prepared(make, "rh_priority")
    s.reserve("rsv1", cap_ram=6 * 2048)
    vms = s.add_vms("cmp1", 10)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    found = where(s, vms)
    s.must(found["rsv1"] == 6 and sum(found.values()) == 10, str(found))


@scenario("auto_priority: only what the scheduler finds no host for")
def _(make):
    s = prepared(make, "auto_priority")
    s.reserve("rsv1", cap_ram=ROOM)
    s.cloud("hosts", names=["cmp2", "cmp3"], cap_vms=3)
    vms = s.add_vms("cmp1", 10)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(where(s, vms) == {"cmp2": 3, "cmp3": 3, "rsv1": 4},
           str(where(s, vms)))


@scenario("auto_priority: where the scheduler finds hosts, none is taken")
def _(make):
    s = prepared(make, "auto_priority")
    s.reserve("rsv1", cap_ram=ROOM)
    s.add_vms("cmp1", 10)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(is_put_back(s, "rsv1"), "it was touched")


@scenario("two hosts fail at once and share reserved hosts within their room")
def _(make):
    s = prepared(make, "reserved_host")
    s.reserve("rsv1", "rsv2", cap_ram=10 * 2048)
    vms = s.add_vms("cmp1", 10) + s.add_vms("cmp2", 10)
    s.start()
    s.fence("cmp1", "cmp2")
    s.finish("cmp1", "cmp2")
    s.must(where(s, vms) == {"rsv1": 10, "rsv2": 10}, str(where(s, vms)))
    s.must(s.count("record error") == 0, "one was asked for too much")


@each(["down", "enabled", "maintenance", "offline", "failed"],
      "a reserved host that is {} is not used")
def _(make, what):
    s = prepared(make, "rh_priority")
    s.reserve("rsv1", cap_ram=ROOM)
    node = s.cluster.nodes["rsv1"]
    if what == "down":
        s.cloud("compute", host="rsv1", run=False)
        poll(lambda: not s.host("rsv1")["up"], "Nova sees it down")
    elif what == "enabled":
        s.cloud("hosts", names=["rsv1"], disabled=False, cap_vms=0)
        s.reserves.remove("rsv1")
    elif what == "maintenance":
        node.attributes["vmha-maintenance"] = "true"
    elif what == "offline":
        node.online = False
    else:
        s.cloud("hosts", names=["rsv1"], disabled=True,
                disabled_reason="node rsv1 was fenced [vmha 1.000000000]")
    s.cluster.write()
    vms = s.add_vms("cmp1", 10)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    s.must("rsv1" not in where(s, vms), "it was used")
    s.must(not entry(s, "rsv1"), "it is in the journal")


@each([False, True], "aggregates of the failed host (killed on the way: {})")
def _(make, dies):
    s = prepared(make, "reserved_host", add_reserved_host_to_aggregate="true",
                 post_settle="5s")
    s.reserve("rsv1", "rsv2", cap_ram=ROOM)
    s.cloud("aggregate", name="a", hosts=["cmp1", "cmp2"])
    s.cloud("aggregate", name="b", hosts=["cmp2"])
    s.cloud("aggregate", name="c", hosts=["cmp1", "rsv1", "rsv2"])
    vms = s.add_vms("cmp1", 10)
    s.start()
    s.fence("cmp1")
    if dies:
        s.wait_posts(2)
        s.restart()
    s.finish("cmp1")
    taken = list(where(s, vms))
    s.must(len(taken) == 1, str(taken))
    wait_used(s, *taken)
    sets = {a["name"]: a["hosts"] for a in s.look("aggregates")["aggregates"]}
    s.must(sets == {"a": ["cmp1", "cmp2", taken[0]], "b": ["cmp2"],
                    "c": ["cmp1", "rsv1", "rsv2"]}, str(sets))


def unused(make, reason="kept free", **conf):
    """It is taken, and then no VM comes: the host is back first."""
    s = prepared(make, "reserved_host", post_settle="5s",
                 add_reserved_host_to_aggregate="true", **conf)
    s.reserve("rsv1", reason=reason, cap_ram=ROOM)
    s.cloud("aggregate", name="a", hosts=["cmp1"])
    s.add_vms("cmp1", 2)
    s.cloud("outcome", outcome="no_valid_host", count=-1)
    s.start()
    s.fence("cmp1")
    poll(lambda: not s.host("rsv1")["disabled"] and s.posts(), "it is taken")
    return s


def nothing_is_left(s):
    sets = s.look("aggregates")["aggregates"]
    return is_put_back(s, "rsv1") and sets[0]["hosts"] == ["cmp1"]


@scenario("an unused reserved host is put back, out of the aggregates, too")
def _(make):
    s = unused(make)
    s.rejoin("cmp1")
    s.wait_phase("cmp1", "T")
    poll(lambda: nothing_is_left(s), "all is as before")


@each(["kept free", "", "Größe; \"<&>\" 100%, $HOME\tx", "é" * 255],
      "the same after a crash, with the operator's reason: {:.30}")
def _(make, reason):
    s = unused(make, reason)
    s.kill()
    s.rejoin("cmp1")
    s.start()
    s.wait_phase("cmp1", "T")
    poll(lambda: s.host("rsv1")["disabled"] and not entry(s, "rsv1"),
         "it is put back")
    s.must((s.host("rsv1")["disabled_reason"] or "") == reason,
           str(s.host("rsv1")))


@scenario("a reserved host that dies is a failed host")
def _(make):
    s = prepared(make, "rh_priority")
    s.reserve("rsv1", cap_ram=ROOM)
    vms = s.add_vms("cmp1", 10)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    wait_used(s, "rsv1")
    s.vms.update({u: "rsv1" for u in vms})
    s.homes.update({u: {"cmp1", "rsv1"} for u in vms})
    s.fence("rsv1")
    s.wait_phase("rsv1", "X")
    s.must("rsv1" not in where(s, vms) and sum(where(s, vms).values()) == 10,
           str(where(s, vms)))
    s.reserves.remove("rsv1")  # by now it is a failed host like any other


@scenario("a used one is a reserve again when the operator disables it")
def _(make):
    s = prepared(make, "reserved_host")
    s.reserve("rsv1", cap_ram=ROOM)
    s.add_vms("cmp1", 4)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    wait_used(s, "rsv1")
    s.cloud("hosts", names=["rsv1"], disabled=True, disabled_reason="kept free")
    more = s.add_vms("cmp2", 4)
    s.fence("cmp2")
    s.finish("cmp1", "cmp2")
    s.must(where(s, more) == {"rsv1": 4}, str(where(s, more)))


@scenario("a disabled segment changes nothing, until it is enabled")
def _(make):
    s = prepared(make, "auto", enabled="false")
    s.add_vms("cmp1", 5)
    s.start()
    s.fence("cmp1")
    poll(lambda: s.phase("cmp1"), "the failure is noted")
    s.quiet(30)
    s.must(not s.posts() and not any(r.method == "PUT" for r in s.requests()),
           "the cloud was changed")
    s.must("disabled" in s.control("health"), s.control("health"))
    s.conf["enabled"] = "true"
    s.write_conf()
    s.must(s.control("reload") == "ok", "reload")
    s.finish("cmp1")


def disturbed(make):
    s = prepared(make, "reserved_host", post_settle="5s",
                 add_reserved_host_to_aggregate="true")
    s.reserve("rsv1", "rsv2", cap_ram=6 * 2048)
    s.cloud("aggregate", name="a", hosts=["cmp1"])
    s.add_vms("cmp1", 10)
    return s


def judge(s):
    s.finish("cmp1", timeout=90)
    found = where(s, s.vms)
    s.must(found == {"rsv1": 6, "rsv2": 4} or found == {"rsv1": 4, "rsv2": 6} or
           found == {"rsv1": 5, "rsv2": 5}, str(found))
    wait_used(s, "rsv1", "rsv2")


@each(range(1, 11), "killed at write {} of the journal, before and after")
def _(make, k):
    for verb in ("die", "dead"):
        s = disturbed(make)
        s.cluster.put("fail", f"set * {verb} {k + 1}\n")
        s.start()
        s.fence("cmp1")
        poll(lambda s=s, verb=verb: not s.is_running() or
             (all(entry(s, n).startswith("v1;U;") for n in s.reserves) and
              verb not in [w[4] for w in s.cluster.writes()]),
             "death, or the end")
        if not s.is_running():
            s.start()
        judge(s)


@each(["503", "504 after effect", "hang after effect", "cut"],
      "each change of reserved hosts goes wrong ({})")
def _(make, what):
    for match in ("PUT .*os-services", "POST .*os-aggregates",
                  "GET .*os-aggregates", "GET .*os-hypervisors"):
        s = disturbed(make)
        fault = {"503": {"kind": "status", "status": 503},
                 "504 after effect": {"kind": "status", "status": 504,
                                      "effect": "now"},
                 "hang after effect": {"kind": "hang", "effect": "now"},
                 "cut": {"kind": "cut"}}[what]
        s.conf["request_timeout"] = "5s"
        s.write_conf()
        s.fault(match, count=2, **fault)
        s.start()
        s.fence("cmp1")
        judge(s)
        s.must(s.hits() == [2], f"{match}: the fault did not happen")


@scenario("aggregates that we may not read or change hold up nothing")
def _(make):
    for rule in ("index", "add_host"):
        s = disturbed(make)
        s.cloud("policy", deny="os_compute_api:os-aggregates:" + rule)
        s.start()
        s.fence("cmp1")
        judge(s)


sys.exit(Tap(jobs=4).run(TESTS))
