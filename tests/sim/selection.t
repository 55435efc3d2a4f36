#!/usr/bin/python3
"""Which VMs of a failed host are recovered, and in what order.
Arguments: parts of the names of tests to run.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll  # noqa: E402
from harness import Tap  # noqa: E402
from stories import TESTS, each, scenario  # noqa: E402

AMPHORA = "amphora-4b2ba6c1-0f65-4e9c-a7f6-3d4ab7d7d5a"


def left_alone(s, want):
    """These VMs (uuid: words of the reason), and no others, are told as
    skipped and are where they were."""
    told = {p["id"]: p for p in s.status("cmp1")["problems"]}
    s.must(set(told) == set(want), f"told: {told}")
    for uuid, words in want.items():
        p = told[uuid]
        s.must(p["phase"] == "skipped" and words in p["reason"], f"told: {p}")
        s.must(s.vm(uuid)["host"] == "cmp1", f"{uuid} was moved")
    posted = {r.evacuated() for r in s.posts()}
    s.must(not posted & set(want), "there was a call for one")


# --- which -------------------------------------------------------------------

@scenario("a VM that opts out is left alone, odd wishes are told")
def _(make):
    s = make().start()
    s.add_vms("cmp1", 3)
    s.add_vms("cmp1", 1, metadata={"HA_Enabled": "True"})
    odd = s.add_vms("cmp1", 1, metadata={"HA_Enabled": "perhaps"})
    out = s.add_vms("cmp1", 2, metadata={"HA_Enabled": "False"})
    s.fence("cmp1")
    s.finish("cmp1", left=2)
    left_alone(s, dict.fromkeys(out, "opted out by its metadata HA_Enabled"))
    s.must(any(f"vm='{odd[0]}'" in line and
               "metadata HA_Enabled='perhaps'" in line
               for line in s.log().splitlines()), "no warning")


@scenario("evacuate_all_instances=false: only a VM that opts in, by its key")
def _(make):
    s = make(conf={"evacuate_all_instances": "false",
                   "ha_enabled_key": "ha"}).start()
    plain = s.add_vms("cmp1", 2, metadata={"HA_Enabled": "true"})
    s.add_vms("cmp1", 3, metadata={"ha": "TRUE"})
    s.fence("cmp1")
    s.finish("cmp1", left=2)
    left_alone(s, dict.fromkeys(plain, "not opted in by metadata ha=true"))


@scenario("rules exclude VMs by project, name, flavor, tag and metadata")
def _(make):
    rules = {"project=p7": {"project": "p7"},
             "name=canary*": {"name": "canary-x"},
             "flavor=gpu.*": {"flavor": "gpu.large"},
             "flavor:hw:cpu_policy=dedicated":
                 {"extra_specs": {"hw:cpu_policy": "dedicated"}},
             "tag=batch": {"tags": ["a", "batch"]},
             "metadata:role=test": {"metadata": {"role": "test",
                                                 "HA_Enabled": "true"}}}
    s = make(conf={"exclude": ", ".join(rules)}).start()
    s.add_vms("cmp1", 4, metadata={"role": "tester"})
    want = {s.add_vms("cmp1", 1, **members)[0]: rule
            for rule, members in rules.items()}
    s.fence("cmp1")
    s.finish("cmp1", left=len(want))
    left_alone(s, want)


@each(["skip", "evacuate"], "service_vms={}: an amphora")
def _(make, value):
    s = make(conf={"service_vms": value}).start()
    s.add_vms("cmp1", 2)
    amphorae = s.add_vms("cmp1", 2, name=AMPHORA)
    s.fence("cmp1")
    s.finish("cmp1", left=2 if value == "skip" else 0)
    if value == "skip":
        left_alone(s, dict.fromkeys(amphorae, "left to Octavia"))


@scenario("VMs in error before are ignored, those that get there are not")
def _(make):
    s = make(conf={"ignore_instances_in_error_state": "true"}).start()
    before = s.add_vms("cmp1", 2, vm_state="error")
    s.add_vms("cmp1", 4)
    s.cloud("outcome", outcome="no_valid_host", count=6)
    s.fence("cmp1")
    s.wait_phase("cmp1", "X")
    s.must(sorted(v["uuid"] for v in s.vms_on("cmp1")) == sorted(before),
           f"left: {s.vms_on('cmp1')}")
    s.must(s.count("record error") == 6, "no evacuation failed")
    left_alone(s, dict.fromkeys(before, "in error before its host failed"))


@scenario("VMs in error are not ignored where an earlier daemon may have tried")
def _(make):
    s = make(conf={"ignore_instances_in_error_state": "true"}).start()
    s.add_vms("cmp1", 4)
    s.cloud("outcome", outcome="no_valid_host", count=6)
    s.fence("cmp1")
    poll(lambda: s.count("record error") >= 3, "evacuations fail")
    s.restart()
    s.wait_phase("cmp1", "X")
    s.must(not s.vms_on("cmp1"), f"left: {s.vms_on('cmp1')}")


@scenario("a VM that is excluded while its evacuation fails is let go")
def _(make):
    s = make(conf={"retry_min": "10min", "retry_max": "20min"}).start()
    uuid, = s.add_vms("cmp1", 1)
    s.cloud("outcome", outcome="no_valid_host", count=1)
    s.fence("cmp1")
    poll(lambda: s.count("record error") == 1, "its evacuation fails")
    s.cloud("vm", uuid=uuid, metadata={"HA_Enabled": "false"})
    s.wait_phase("cmp1", "X")
    told = s.status("cmp1")["problems"]
    s.must([p["phase"] for p in told] == ["skipped"], f"told: {told}")
    s.must(len(s.posts()) == 1, "it was tried again")


@scenario("rules are taken anew when the resource is reloaded")
def _(make):
    s = make(conf={"exclude": "name=vm*"}).start()
    s.add_vms("cmp1", 3)
    s.conf["exclude"] = "name=none*"
    s.write_conf()
    s.must(s.control("reload") == "ok", "the daemon does not reload")
    s.conf["exclude"] = "name="
    s.write_conf()
    s.must(s.control("reload").startswith("error"), "it takes a bad rule")
    s.fence("cmp1")
    s.finish("cmp1")


# --- disks -------------------------------------------------------------------

@scenario("local_disk=skip: what boots from an image stays with its disk")
def _(make):
    s = make(conf={"local_disk": "skip"}).start()
    local = s.add_vms("cmp1", 2, image=True)
    s.add_vms("cmp1", 2, image=False)
    s.fence("cmp1")
    s.finish("cmp1", left=2)
    left_alone(s, dict.fromkeys(local, "local_disk=skip"))


@scenario("local_disk=skip: its host is back, what ran there runs again")
def _(make):
    s = make(conf={"local_disk": "skip"}).start()
    local = s.add_vms("cmp1", 2, image=True)
    off = s.add_vms("cmp1", 1, image=True, vm_state="stopped")
    out = s.add_vms("cmp1", 1, image=True, metadata={"HA_Enabled": "false"})
    s.fence("cmp1")
    s.finish("cmp1", left=4)
    s.boot("cmp1")
    poll(lambda: "vmha-host-cmp1" not in s.cluster.journal(), "it is closed")
    on = {v["uuid"] for v in s.vms_on("cmp1") if v["on"]}
    s.must(on == set(local), f"{on} run, not {local}; {off} {out}")
    s.must(not s.posts(), "one was evacuated")


@scenario("local_disk=wait: it gives the host time, then lets the disk go")
def _(make):
    s = make(conf={"local_disk": "wait:2min"}).start()
    local = s.add_vms("cmp1", 2, image=True)
    s.add_vms("cmp1", 2, image=False)
    s.fence("cmp1")
    poll(lambda: s.count("record done") == 2, "the others are recovered")
    s.quiet(60)
    told = {p["id"]: p for p in s.status("cmp1")["problems"]}
    s.must(set(told) == set(local) and
           all("waiting for the host for up to 120 s" in p["reason"]
               for p in told.values()), f"told: {told}")
    s.must(len(s.posts()) == 2, "it did not wait")
    s.finish("cmp1")


@scenario("local_disk=wait: the host comes back in time")
def _(make):
    s = make(conf={"local_disk": "wait:5min"}).start()
    s.add_vms("cmp1", 2, image=True)
    s.add_vms("cmp1", 2, image=False)
    s.fence("cmp1")
    poll(lambda: s.count("record done") == 2, "the others are recovered")
    s.rejoin("cmp1")
    s.wait_phase("cmp1", "T")
    s.must(len(s.vms_on("cmp1")) == 2 and len(s.posts()) == 2,
           "it did not wait")
    s.boot("cmp1")
    poll(lambda: s.count("runs once") == 4, "they run on their own host")


@scenario("shared_storage=true: no disk is lost, nothing waits")
def _(make):
    s = make(conf={"shared_storage": "true"}).start()
    s.add_vms("cmp1", 3, image=True)
    s.fence("cmp1")
    s.finish("cmp1")


# --- server groups -----------------------------------------------------------

@scenario("members of an anti-affinity group on two dead hosts go one by one")
def _(make):
    hosts = ["cmp%d" % i for i in range(1, 6)]
    s = make(hosts=hosts, settings={"spawn_ms": 20000}).start()
    s.cloud("group", name="apart", policy="anti-affinity")
    members = [s.add_vms(host, 1, group="apart")[0]
               for host in ("cmp1", "cmp2")]
    others = s.add_vms("cmp1", 5) + s.add_vms("cmp2", 5)
    s.fence("cmp1", "cmp2")
    s.finish("cmp1", "cmp2")
    s.must(s.count("record failed") == 0, "they raced")
    places = {s.vm(v)["host"] for v in members}
    s.must(len(places) == 2, f"both are on {places}")
    at = {r.evacuated(): r.time_s for r in s.posts()}
    apart_s = abs(at[members[0]] - at[members[1]])
    s.must(apart_s >= s.injected(20), f"{apart_s} s apart")
    s.must(max(at[v] for v in others) - min(at.values()) < apart_s,
           "the others had to wait")
    s.must(sum("/os-server-groups" in r.target for r in s.requests()) == 2,
           "the groups were read more than once (a page, and the empty one)")


@scenario("server groups that cannot be read hold nobody up")
def _(make):
    s = make().start()
    s.cloud("group", name="apart", policy="anti-affinity")
    s.add_vms("cmp1", 5)
    s.fault("GET .*/os-server-groups", "status", status=403, count=-1)
    s.fence("cmp1")
    s.finish("cmp1")
    s.must("server groups cannot be read" in s.log(), "no warning")


@scenario("an affinity group that has only dead hosts waits for them")
def _(make):
    s = make(conf={"retry_max": "20s"}).start()
    s.cloud("group", name="pair", policy="affinity")
    pair = s.add_vms("cmp1", 2, group="pair")
    s.add_vms("cmp1", 3)
    poll(lambda: s.tool("status")[0] == 0, "the daemon answers")
    planned = s.tool("plan", "cmp1")[1]
    s.must("'pair' are on failed hosts" in planned, f"planned: {planned}")
    s.fence("cmp1")
    poll(lambda: s.count("record done") == 3, "the others are recovered")
    poll(lambda: s.powered() == ["cmp1"], "the host is powered on")
    s.quiet(60)
    told = {p["id"]: p["reason"] for p in s.status("cmp1")["problems"]}
    s.must(set(told) == set(pair) and
           all("affinity group 'pair'" in r for r in told.values()),
           f"told: {told}")
    s.must(not {r.evacuated() for r in s.posts()} & set(pair), "one was tried")
    s.boot("cmp1")
    poll(lambda: s.in_service("cmp1"), "the host is in service")
    s.must({s.vm(u)["host"] for u in pair} == {"cmp1"}, "they left it")
    poll(lambda: s.count("runs once") == 5, "all run")


@scenario("one member of an affinity group is moved: the others follow")
def _(make):
    s = make(conf={"retry_max": "20s"}).start()
    s.cloud("group", name="pair", policy="affinity")
    pair = s.add_vms("cmp1", 2, group="pair")
    s.fence("cmp1")
    poll(lambda: len((s.status("cmp1") or {}).get("problems", [])) == 2,
         "both wait")
    s.cloud("vm", uuid=pair[0], host="cmp2")
    poll(lambda: s.vm(pair[1])["host"] == "cmp2", "the other follows")


@scenario("affinity_groups=evacuate: they are tried, and the reason is told")
def _(make):
    s = make(conf={"affinity_groups": "evacuate", "retry_min": "10min",
                   "retry_max": "20min"}).start()
    s.cloud("group", name="pair", policy="affinity")
    pair = s.add_vms("cmp1", 2, group="pair")
    s.fence("cmp1")
    told = poll(lambda: [p for p in (s.status("cmp1") or {}).get("problems", [])
                         if "affinity group 'pair'" in (p["reason"] or "")] or
                None, "the reason is told")
    s.must(all(p["id"] in pair and "No valid host" in p["reason"]
               for p in told), f"told: {told}")


sys.exit(Tap().run(TESTS))
