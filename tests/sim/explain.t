#!/usr/bin/python3
"""The decision log: it explains each VM, stays within its bounds, and whatever
happens to it, recovery goes on.  That the policy decides again as the log says
is checked after every scenario, of the other files, too (harness.py).
Arguments: parts of the names of tests to run.
"""
import glob
import json
import os
import re
import signal
import stat
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll, read, replace  # noqa: E402
from harness import REPLAY, Tap  # noqa: E402
from stories import TESTS, each, scenario, slow  # noqa: E402


def lines(s, directory="run"):
    """The log, oldest first."""
    found = []
    for age in (".3", ".2", ".1", ""):
        text = read(os.path.join(s.path(directory),
                                 "history-vmha.jsonl" + age))
        found += [json.loads(line) for line in text.splitlines()]
    return found


def last(s, uuid, what="vm"):
    """The newest line of a kind about a VM."""
    return [x for x in lines(s) if x.get("vm") == uuid and
            x["what"] == what][-1]


@scenario("each VM's end has its rule, its facts and Nova's answer")
def _(make):
    s = make().start()
    active = s.add_vms("cmp1", 3)
    stopped = s.add_vms("cmp1", 1, vm_state="stopped")[0]
    blocked = s.add_vms("cmp1", 1, block="vtpm")[0]
    s.fence("cmp1")
    s.finish("cmp1", left=1)
    for uuid in active + [stopped]:
        end, answer = last(s, uuid), last(s, uuid, "answer")
        s.must(end["phase"] == "recovered" and end["rule"] == "verified",
               f"end: {end}")
        s.must(answer["status"] == 200 and answer["verdict"] == "queued" and
               answer["request"].startswith("req-"), f"answer: {answer}")
    end, answer = last(s, blocked), last(s, blocked, "answer")
    s.must(end["phase"] == "blocked" and "vTPM" in end["reason"], f"{end}")
    s.must(answer["status"] == 400 and "vTPM" in answer["detail"],
           f"answer: {answer}")
    first = next(x for x in lines(s) if x.get("vm") == stopped)
    s.must(first["facts"]["vm_state"] == "stopped" and first["was_stopped"],
           f"facts: {first}")
    host = next(x for x in lines(s) if x["what"] == "host")
    s.must(host["certainty"] == "certain" and
           host["facts"]["fencing_ns"] == s.fenced["cmp1"], f"host: {host}")
    done = [x for x in lines(s) if x["what"] == "incident"][-1]
    s.must(done["phase"] == "done" and done["vms"]["recovered"] == 4,
           f"incident: {done}")
    mode = os.stat(s.path("run/history-vmha.jsonl")).st_mode
    s.must(stat.S_IMODE(mode) == 0o600, f"mode {mode:o}")
    s.must(s.password not in read(s.path("run/history-vmha.jsonl")),
           "a password in the log")


@scenario("a call that is refused, then lost, is told with each answer")
def _(make):
    s = make(conf={"post_settle": "5s"}).start()
    vm = s.add_vms("cmp1", 1)[0]
    s.fault("POST .*/action", "status", status=500, count=1)
    s.fault("POST .*/action", "reset", skip=1, count=1)
    s.fence("cmp1")
    s.finish("cmp1")
    told = [(x["status"], x["verdict"]) for x in lines(s)
            if x["what"] == "answer" and x.get("vm") == vm]
    s.must(told[0] == (500, "unknown") and told[-1] == (200, "queued") and
           (0, "unknown") in told, f"answers: {told}")
    s.must(any(x["what"] == "vm" and x["rule"] == "settle" for x in lines(s)),
           "no doubt is told")


@each(["certainty", "opening", "phase", "verdict", "is_down"],
      "replay sees a decision that is not the policy's ({})")
def _(make, what):
    s = make(conf={"power_on": "never"}).start()
    s.add_vms("cmp1", 2)
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(not s.check(), "the true log differs")
    s.must(re.search(r"replayed [1-9]\d* hosts, 2 VMs, 2 answers, 3 calls, "
                     "0 brakes, 0 reserved hosts: 0", s.replayed), s.replayed)
    s.stop()
    wrong = {"certainty": ('"certainty":"certain","opening"',
                           '"certainty":"alive","opening"'),
             "opening": ('"opening":"new"', '"opening":"held"'),
             "phase": ('"phase":"waiting"', '"phase":"blocked"'),
             "verdict": ('"verdict":"queued"', '"verdict":"gone"'),
             "is_down": ('"is_down":true', '"is_down":false')}[what]
    path = s.path("run/history-vmha.jsonl")
    true = read(path)
    s.must(wrong[0] in true, "nothing to edit")
    replace(path, true.replace(wrong[0], wrong[1], 1))
    found = s.check()
    s.must(any("1 differ" in f for f in found), f"not seen: {s.replayed}")
    replace(path, true)


@scenario("replay sees what neither the brake nor reserved hosts decided")
def _(make):
    s = make(conf={"power_on": "never", "max_failed_hosts": "0",
                   "recovery_method": "reserved_host"})
    s.cluster.instances["vmha"]["recovery_method"] = "reserved_host"
    s.reserve("rsv1")
    s.start()
    s.add_vms("cmp1", 2)
    s.fence("cmp1")
    s.wait_phase("cmp1", "F")
    poll(lambda: s.tool("release")[0] == 0, "it is released")
    s.finish("cmp1")
    poll(lambda: ";U;" in str(s.cluster.journal()) or
         "v1;U" in str(s.cluster.journal()), "the reserved host is used")
    s.must(not s.check(), "the true log differs")
    s.must(", 2 brakes, 3 reserved hosts: 0" in s.replayed, s.replayed)
    s.stop()
    path = s.path("run/history-vmha.jsonl")
    true = read(path)
    for old, new in (('"phase":"held"', '"phase":"let go"'),
                     ('"rule":"release"', '"rule":"brake"'),
                     ('"segment_failed":1', '"segment_failed":0'),
                     ('"step":"take"', '"step":"enable"'),
                     ('"step":"enable"', '"step":"disable"'),
                     ('"is_sound":true', '"is_sound":false'),
                     ('"has_vms":true', '"has_vms":false')):
        s.must(old in true, f"nothing to edit: {old}")
        replace(path, true.replace(old, new, 1))
        found = s.check()
        s.must(any("1 differ" in f for f in found), f"not seen: {old}")
    replace(path, true)


@scenario("replay needs each fact of a call")
def _(make):
    s = make(conf={"power_on": "never"}).start()
    s.add_vms("cmp1", 1)
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(not s.check(), "the true log differs")
    s.stop()
    path = s.path("run/history-vmha.jsonl")
    true = read(path).splitlines()
    at, line = next((i, x) for i, x in enumerate(map(json.loads, true))
                    if x["what"] == "call" and x["step"] == "evacuate")
    wrong = [{name: False} for name, value in line["facts"].items()
             if value is True]
    wrong += [{name: True} for name in ("has_returned", "is_released",
                                        "is_held", "is_tied")]
    wrong += [{"certainty": "not quorate"}, {"phase": "down"},
              {"records_age_ms": 10001}, {"delay_ms": 1}, {"prep": 1}]
    s.must(len(wrong) == 20, f"facts: {line['facts']}")
    for change in wrong:
        edited = json.dumps({**line, "facts": {**line["facts"], **change}})
        replace(path, "\n".join(true[:at] + [edited] + true[at + 1:]) + "\n")
        found = s.check()
        s.must(any("1 differ" in f for f in found), f"not seen: {change}")
    replace(path, "\n".join(true) + "\n")


@scenario("the log is bounded, and what it lost is the oldest")
def _(make):
    os.environ["VMHA_HISTORY_BYTES"] = "20000"
    try:
        s = make().start()
    finally:
        del os.environ["VMHA_HISTORY_BYTES"]
    s.add_vms("cmp1", 100)
    s.fence("cmp1")
    s.finish("cmp1")
    files = glob.glob(s.path("run/history-*"))
    s.must(len(files) == 4, f"files: {files}")
    s.must(all(os.path.getsize(f) <= 20000 for f in files), "too large")
    s.must(lines(s)[-1]["phase"] == "done", "the end is missing")
    s.must(lines(s)[0]["what"] != "start", "nothing was rotated away")


@scenario("a torn line costs itself only")
def _(make):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(10)
    s.kill()
    path = s.path("run/history-vmha.jsonl")
    with open(path, "ab") as f:
        f.truncate(os.path.getsize(path) - 20)
    s.start()
    s.finish("cmp1")
    s.check()
    s.must(" lines, 1 damaged" in s.replayed, s.replayed)


@scenario("no directory for it: told once, and recovery goes on")
def _(make):
    os.environ["VMHA_HISTORY"] = "/dev/null/vmha"
    try:
        s = make().start()
    finally:
        del os.environ["VMHA_HISTORY"]
    s.add_vms("cmp1", 10)
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(s.log().count("decisions are not recorded") == 1, "not told once")


@scenario("a full disk: told once, recovery goes on, and so does the log later")
def _(make):
    # A tmpfs with one page left, until a file in it is removed.
    s = make(wrapper=["unshare", "--map-root-user", "--mount", "sh", "-ec",
                      "mkdir -p \"$VMHA_HISTORY\"; "
                      "mount -t tmpfs -o size=1m,mode=700 none \"$VMHA_HISTORY\"; "
                      "head -c 1020k /dev/zero >\"$VMHA_HISTORY/full\"; "
                      "exec \"$@\"", "-"])
    os.environ["VMHA_HISTORY"] = s.path("state")
    try:
        s.start()
    finally:
        del os.environ["VMHA_HISTORY"]
    s.add_vms("cmp1", 30)
    s.fence("cmp1")
    s.finish("cmp1")
    s.must(s.log().count("decisions are not recorded") == 1 and
           "No space left on device" in s.log(), "not told once")
    inside = f"/proc/{s.daemon.pid}/root{s.path('state')}"
    os.unlink(inside + "/full")
    for home in s.homes.values():
        home.add("cmp2")
    s.fence("cmp2")
    s.wait_phase("cmp2", "X")
    poll(lambda: "decisions are recorded again" in s.log(), "told")
    s.must('"node":"cmp2"' in read(inside + "/history-vmha.jsonl"),
           "the log did not go on")


def told(s, *args):
    """What the command line tool shows; it must succeed."""
    code, text = s.tool(*args)
    s.must(code == 0, f"{args}: {code} {text}")
    return text


def reads_only(s, since):
    """The requests since; one that is no GET is a failure."""
    new = s.requests()[since:]
    s.must(all(r.method == "GET" for r in new),
           f"changes: {[(r.method, r.target) for r in new]}")
    return new


def archive_of(s):
    """The process that has the files of the decision log."""
    children = read(f"/proc/{s.daemon.pid}/task/{s.daemon.pid}/children")
    return next((int(pid) for pid in children.split()
                 if "--archive=" in read(f"/proc/{pid}/cmdline")), None)


@scenario("a disk that hangs holds up nothing; what it does not take is lost")
def _(make):
    s = make(hosts=["cmp1", "cmp2"], speed=60).start()
    s.add_vms("cmp1", 1000)
    archive = poll(lambda: archive_of(s), "it is there")
    os.kill(archive, signal.SIGSTOP)  # as one that waits for the disk
    s.fence("cmp1")
    s.finish("cmp1", is_told=False)
    code, text = s.tool("history")
    s.must("the decision log cannot be read now" in text, f"{code}: {text}")
    s.must(s.document(), "the daemon does not answer")
    lost = s.log().count("decisions are not recorded")
    s.must(lost == 1, f"told {lost} times that lines are lost")
    os.kill(archive, signal.SIGCONT)
    s.fence("cmp2")
    poll(lambda: "decisions are recorded again" in s.log(), "it is written")
    poll(lambda: "cmp2" in told(s, "history"), "it is told")


@scenario("the daemon ends, though the disk hangs")
def _(make):
    s = make().start()
    archive = poll(lambda: archive_of(s), "it is there")
    os.kill(archive, signal.SIGSTOP)
    s.must(s.stop(5) == 0, "it did not end well")
    os.kill(archive, signal.SIGCONT)
    poll(lambda: not os.path.exists(f"/proc/{archive}"), "its archive ends")


@scenario("the process that writes the log dies: there is another")
def _(make):
    s = make(speed=60).start()
    archive = poll(lambda: archive_of(s), "it is there")
    os.kill(archive, signal.SIGKILL)
    poll(lambda: "starting another" in s.log(), "its end is told")
    poll(lambda: archive_of(s), "another runs")
    s.add_vms("cmp1", 3)
    s.fence("cmp1")
    s.finish("cmp1")
    poll(lambda: "3 of 3 VMs" in told(s, "history"), "it is written")


@scenario("why, history and plan tell the same as the cloud")
def _(make):
    s = make().start()
    active = s.add_vms("cmp1", 3, name="web")
    stopped = s.add_vms("cmp1", 1, vm_state="stopped", name="db")[0]
    left = s.add_vms("cmp1", 1, block="vtpm", name="secret")[0]
    s.fence("cmp1")
    s.finish("cmp1", left=1)
    s.must("4 of 5 VMs recovered, 1 failed" in told(s, "history"),
           told(s, "history"))
    for uuid in active + [stopped]:
        text = told(s, "why", uuid)
        request = last(s, uuid, "answer")["request"]
        s.must("recovered [verified]" in text and request in text and
               "certain, the host is fenced" in text, text)
    text = told(s, "why", left)
    s.must("blocked" in text and "vTPM" in text, text)
    s.must(stopped in told(s, "why", "db1"), "not found by its name")
    s.must("cmp1  done" in told(s, "history", "--vm", left, "--since=1h"),
           "not in the VM's history")
    s.must("No incident" in told(s, "history", "--vm", "nobody"),
           "in nobody's history")
    s.must("No incident" in told(s, "history", "--host", "cmp2"),
           "in another host's history")
    code, text = s.tool("why", "nobody")
    s.must(code == 69 and "no decision about 'nobody'" in text, text)
    lines_of = json.loads(told(s, "why", left, "--output-as=json",
                               "--dir=" + s.path("run")))["lines"]
    s.must([x for x in lines_of if x.get("vm")] ==
           [x for x in lines(s) if x.get("vm") == left], f"{lines_of}")
    s.must(lines_of[0]["facts"]["has_fencing"], f"{lines_of[0]}")


@scenario("a plan is what comes true, and asks for one list and the groups only")
def _(make):
    s = make(conf={"max_posts": "1"}).start()
    vms = (s.add_vms("cmp1", 4, ram=1024) + s.add_vms("cmp1", 3, ram=4096) +
           s.add_vms("cmp1", 2, vm_state="stopped", ram=512))
    out = s.add_vms("cmp1", 1, metadata={"HA_Enabled": "false"})
    poll(lambda: s.control("health") == "ready", "the cloud is known")
    s.seen()
    before = len(s.requests())
    plan = json.loads(told(s, "plan", "cmp1", "--output-as=json"))
    s.must(len(reads_only(s, before)) == 2, "more than that")
    s.must(not s.phase("cmp1"), "an incident began")
    s.must(plan["total"] == 10 and plan["obstacle"] is None and
           plan["now"] == "the node is alive", f"{plan}")
    order = [v["id"] for v in plan["vms"] if v["is_evacuated"]]
    s.must(sorted(order) == sorted(vms), f"evacuated: {order}")
    s.must([v["id"] for v in plan["vms"] if v["is_stopped_again"]] ==
           [u for u in order if u in vms[-2:]], "stopped VMs")
    rest = [v for v in plan["vms"] if not v["is_evacuated"]]
    s.must([v["id"] for v in rest] == out and rest[0]["reason"], f"{rest}")
    s.fence("cmp1")
    s.finish("cmp1", left=1)
    s.must([r.evacuated() for r in s.posts()] == order, "another order")


@scenario("a plan tells of priorities, levels, and members that stay apart")
def _(make):
    s = make(conf={"start_by_level": "true"}).start()
    high = s.add_vms("cmp1", 1, metadata={"vmha:priority": "first"})[0]
    s.cloud("group", name="g", policy="anti-affinity")
    pair = s.add_vms("cmp1", 1, group="g") + s.add_vms("cmp1", 1, group="g")
    poll(lambda: s.control("health") == "ready", "the cloud is known")
    plan = json.loads(told(s, "plan", "cmp1", "--output-as=json"))
    s.must(plan["starts_by_level"] and plan["vms"][0]["id"] == high and
           plan["vms"][0]["priority"] == 1000, f"{plan}")
    groups = {v["id"]: v["apart_from_group"] for v in plan["vms"]}
    s.must(groups[pair[0]] and groups[pair[0]] == groups[pair[1]] and
           not groups[high], f"{groups}")
    text = told(s, "plan", "cmp1")
    s.must("one priority after the other" in text and ", priority 1000" in text
           and "not together with others of server group" in text, text)


@scenario("a plan tells before a failure what cannot be recovered, and why")
def _(make):
    s = make().start()
    why = {s.add_vms("cmp1", 1, **members)[0]: (is_evacuated, text)
           for members, is_evacuated, text in (
               ({}, True, None),
               ({"extra_specs": {"hw:tpm_version": "2.0"}}, True, "virtual TPM"),
               ({"extra_specs": {"accel:device_profile": "fpga"}}, True,
                "accelerator"),
               ({"launched": False}, False, "never launched"),
               ({"vm_state": "building", "launched": False}, False,
                "never launched"),
               ({"task_state": "migrating"}, False, "live migration"))}
    poll(lambda: s.control("health") == "ready", "the cloud is known")
    plan = json.loads(told(s, "plan", "cmp1", "--output-as=json"))
    for v in plan["vms"]:
        is_evacuated, text = why[v["id"]]
        s.must(v["is_evacuated"] == is_evacuated and
               (text or "") in (v["reason"] or "") and
               bool(text) == bool(v["reason"]), f"want {text}: {v}")
    s.must("virtual TPM" in told(s, "plan", "cmp1"), "text")
    s.add_vms("cmp2", 1, metadata={"HA_Enabled": "maybe"})
    text = told(s, "plan", "cmp2")
    s.must("HA_Enabled='maybe' is neither true nor false" in text, text)


@scenario("a plan of 1,000 VMs, of a host that nothing would be done for")
def _(make):
    s = make().start()
    s.add_vms("cmp1", 1000)
    s.cluster.nodes["cmp1"].unmanaged = True
    s.cluster.write()
    s.seen()
    before = len(s.requests())
    text = told(s, "plan", "cmp1", "--output-as=json")
    plan = json.loads(text)
    s.must(len(text) > 2 * 65536 and len(plan["vms"]) == 1000 and
           plan["evacuated"] == 1000, f"{len(text)} bytes")
    s.must("maintenance" in plan["obstacle"], f"{plan['obstacle']}")
    reads_only(s, before)
    s.must("nothing would be done now" in told(s, "plan", "cmp1"), "text")


@scenario("a plan while Nova is silent, and one of nobody's host")
def _(make):
    s = make(conf={"request_timeout": "10s"}).start()
    s.seen()
    s.fault("GET .*/servers/detail", "hang", count=-1)
    code, text = s.tool("plan", "cmp1")
    s.must(code == 70 and "the servers of 'cmp1'" in text, f"{code} {text}")
    code, text = s.tool("plan", "cmp9")
    s.must(code == 69 and "no vmha instance" in text, f"{code} {text}")


@scenario("what an earlier daemon decided is shown by the next one, too")
def _(make):
    s = slow(make).start()
    s.fence("cmp1")
    s.wait_posts(10)
    s.restart()
    s.finish("cmp1")
    first = next(x["vm"] for x in lines(s) if x["what"] == "call" and
                 "vm" in x)
    text = told(s, "why", first)
    s.must("Nova is asked: evacuate" in text and "recovered" in text, text)
    s.must(told(s, "history").count("cmp1") == 1, told(s, "history"))


def findings(s, **options):
    """What vmha check finds in Nova; the CIB's own findings are others."""
    _, text = s.tool("check", "--output-as=json",
                     *[f"--{k}={v}" for k, v in options.items()])
    return {f["what"]: f for f in json.loads(text.splitlines()[0])["findings"]}


@scenario("check tells what Nova lacks, and what it refuses")
def _(make):
    s = make(hosts=("cmp1", "cmp2")).start()
    s.add_vms("cmp1", 2)
    poll(lambda: (s.document() or {}).get("state") == "ready", "it is ready")
    found = findings(s)
    s.must("the fencers remember no fencing of cmp1 and others" in found,
           f"never fenced: {list(found)}")
    s.must(not any("Nova" in what for what in found), f"none: {list(found)}")
    s.cloud("hosts", names=["cmp7"])
    s.cluster.nodes["cmp9"] = type(s.cluster.nodes["cmp1"])("cmp9", True)
    s.cluster.write()

    def told():
        return "cmp9: Nova has no compute host 'cmp9'" in findings(s)
    poll(told, "a node that Nova lacks")
    found = findings(s, **{"with": "crm"})
    s.must(found["cmp9: Nova has no compute host 'cmp9'"]["mend"] ==
           "vmha host set cmp9 --service-host=cmp7", "its mend")
    s.must("Nova's host 'cmp7' is no compute host of this cluster" in found,
           f"a host that we lack: {list(found)}")
    s.fault("GET .*/os-migrations", "status", status=403, count=-1)
    found = findings(s)
    refusals = [what for what in found if "does not allow us to" in what]
    s.must(len(refusals) == 1 and "list evacuations" in refusals[0],
           f"what it refuses: {list(found)}")
    s.must(s.tool("check")[0] == 78, "the exit status")


sys.exit(Tap(jobs=1).run(TESTS))
