#!/usr/bin/python3
"""Hosts that are gone for good: vmha host forget.
Arguments: parts of the names of tests to run.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll  # noqa: E402
from harness import Tap  # noqa: E402
from stories import TESTS, each, scenario, slow  # noqa: E402

STAYS = {"power_on": "never"}  # hosts that fail


def refused(s, host, why, *more):
    code, text = s.tool("host", "forget", host, *more)
    s.must(code == 70 and why in text, f"not refused for '{why}': {code} {text}")


def forgotten(s, host, *more):
    """All of it, and nothing else."""
    before = s.cluster.journal()
    code, text = s.tool("host", "forget", host, *more)
    s.must(code == 0, f"not forgotten: {code} {text}")
    after = s.cluster.journal()
    gone = set(before) - set(after)
    s.must(all(name.endswith("-" + host) for name in gone), f"gone: {gone}")
    s.must(not any(name.endswith("-" + host) for name in after),
           f"the journal still has it: {after}")
    s.quiet(30)
    s.must(not s.status(host), "it is still shown")
    s.must(not any(name.endswith("-" + host) for name in s.cluster.journal()),
           f"it came again: {s.cluster.journal()}")
    return gone


def remove_node(s, host):
    del s.cluster.nodes[host]
    s.cluster.write()
    s.seen()


def delete_service(s, host):
    s.api("DELETE", "/os-services/" + s.host(host)["service"])


def old_failure(s):
    """What the journal has of a failure that its host came back from."""
    return "v1;" + str(s.fenced["cmp1"] // 10**9)


def time_of(s):
    ns = s.fenced["cmp1"]
    return f"{ns // 10**9}.{ns % 10**9:09}"


@scenario("refused while the cluster or Nova has it, then nothing is left")
def _(make):
    s = make(conf=STAYS).start()
    s.add_vms("cmp1", 3)
    s.seen()
    refused(s, "cmp1", "is online: it is not gone")
    s.fence("cmp1", "cmp2")
    s.finish("cmp1")
    s.wait_phase("cmp2", "X")
    refused(s, "cmp1", "still in the cluster: remove it (pcs cluster node "
            "remove-remote cmp1;")
    remove_node(s, "cmp1")
    refused(s, "cmp1", "openstack compute service delete " +
            s.host("cmp1")["service"])
    s.must(s.phase("cmp1") == "X", "a refusal has changed the journal")
    delete_service(s, "cmp1")
    forgotten(s, "cmp1")
    s.must(s.phase("cmp2") == "X", "another host's entry is not left alone")
    code, text = s.tool("host", "forget", "cmp1")
    s.must(code == 69, f"there is nothing to forget: {code} {text}")
    s.restart()
    s.quiet(30)
    s.must(s.phase("cmp1") == "", "it came again")


@scenario("VMs that Nova still has on it are named")
def _(make):
    s = make(hosts=["cmp1"], conf=STAYS).start()
    vms = s.add_vms("cmp1", 12)
    s.fence("cmp1")
    poll(lambda: s.status("cmp1") and s.status("cmp1")["vms"]["waiting"] == 12,
         "they find no room")
    remove_node(s, "cmp1")
    refused(s, "cmp1", "Nova still has 12 VMs on 'cmp1'")
    _, text = s.tool("host", "forget", "cmp1")
    s.must(sum(u in text for u in vms) == 10 and text.strip().endswith("..."),
           f"ten are named: {text}")
    for uuid in vms:
        s.api("DELETE", "/servers/" + uuid)
    poll(lambda: not s.vms_on("cmp1"), "they are deleted")
    delete_service(s, "cmp1")
    forgotten(s, "cmp1")


@scenario("refused while an evacuation is in flight")
def _(make):
    s = slow(make, 4, conf=STAYS, settings={"spawn_ms": 60000}).start()
    s.fence("cmp1")
    s.wait_posts(4)
    poll(lambda: s.count("record pre-migrating") == 4, "all are in flight")
    s.allow("cmp1", False)
    remove_node(s, "cmp1")
    refused(s, "cmp1", "Nova still evacuates VM")
    poll(lambda: s.count("record done") == 4, "they have moved")
    delete_service(s, "cmp1")
    forgotten(s, "cmp1")


@scenario("what is left of a host without an incident goes, too")
def _(make):
    s = make(conf=STAYS).start()
    s.fence("cmp1")
    s.wait_phase("cmp1", "X")
    s.kill()
    for name, value in (("host", None), ("intent", time_of(s)),
                        ("failures", old_failure(s)), ("reserve", "odd")):
        s.cluster.edit_journal(f"vmha-{name}-cmp1", value)
    del s.cluster.nodes["cmp1"]
    s.cluster.write()
    s.start()
    s.seen()
    delete_service(s, "cmp1")
    gone = forgotten(s, "cmp1")
    s.must({"vmha-intent-cmp1", "vmha-failures-cmp1"} <= gone, f"gone: {gone}")


@scenario("its name in Nova can be told")
def _(make):
    s = make(conf=STAYS).start()
    s.cloud("hosts", names=["compute-1.example.org"])
    s.cluster.edit_journal("vmha-failures-cmp9", "v1;1")
    s.add_vms("compute-1.example.org", 1)
    s.seen()
    refused(s, "cmp9", "Nova still has 1 VM on 'compute-1.example.org'",
            "--service-host=compute-1.example.org")
    forgotten(s, "cmp9")


@each(["quorum", "Nova"], "refused without {}")
def _(make, what):
    s = make(hosts=["cmp1", "cmp2"], conf=STAYS).start()
    s.fence("cmp1")
    s.wait_phase("cmp1", "X")
    delete_service(s, "cmp1")
    remove_node(s, "cmp1")
    if what == "quorum":
        s.quorum(False)
        refused(s, "cmp1", "the journal cannot be written now")
        s.quorum(True)
    else:
        s.fault(".*/servers/detail", "status", status=503, count=-1)
        refused(s, "cmp1", "Nova cannot be asked about 'cmp1'")
        s.cloud("faults-clear")
    s.must(s.phase("cmp1") == "X", "a refusal has changed the journal")
    forgotten(s, "cmp1")


sys.exit(Tap(jobs=4).run(TESTS))
