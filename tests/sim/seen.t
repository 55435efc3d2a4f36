#!/usr/bin/python3
"""What people and their programs see of a recovery, outside of vmha: the log, the
metrics.  Arguments: parts of the names of tests to run.
"""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from fakecluster import poll, read  # noqa: E402
from harness import BUILD, Tap  # noqa: E402
from prometheus_client import parser as text_format  # noqa: E402
from prometheus_client.openmetrics import parser as openmetrics  # noqa: E402
from stories import TESTS, scenario  # noqa: E402

SHARE = os.path.join(HERE, "..", "..", "share")
METRICS_S = 10  # they are written so often


# --- the log ------------------------------------------------------------------

def is_in_order(lines, *parts):
    """Has a line each part, one after the other?"""
    at = 0
    for part in parts:
        while at < len(lines) and part not in lines[at]:
            at += 1
        if at == len(lines):
            return f"'{part}' is missing, or too early"
    return None


@scenario("one grep follows an incident from the fencing to its last VM")
def _(make):
    s = make()
    vms = s.add_vms("cmp1", 3)
    lost = s.add_vms("cmp1", 1, vm_state="error", launched=False)
    s.start()
    noted = "1795419840.500000000"
    s.cluster.edit_journal("vmha-intent-cmp1", noted)
    ns = s.fence("cmp1")
    s.wait_phase("cmp1", "X")
    token = f"incident='{ns // 10**9}.{ns % 10**9:09d}'"
    poll(lambda: f"phase='done' {token}" in s.log(), "the end is logged")
    lines = [line for line in s.log().splitlines() if token in line]
    problems = [is_in_order(lines, "host failed: node='cmp1'",
                            "recovering: node='cmp1' vms='4'",
                            "forced down: node='cmp1'",
                            "evacuate call: vm=", "phase='done'")]
    problems += [is_in_order(lines, f"evacuate call: vm='{vm}'",
                             f"recovered: vm='{vm}'") for vm in vms]
    s.must(f"noted='{noted}'" in lines[0], f"no note of the hook: {lines[0]}")
    problems.append(is_in_order(lines, f"vm='{lost[0]}'"))
    other = [line for line in s.log().splitlines()
             if "node='cmp1'" in line and token not in line]
    return [p for p in problems if p] + [
        f"without the incident: {line}" for line in other]


# --- metrics ------------------------------------------------------------------

def parsed(text):
    """name -> labels -> value; both formats take it."""
    found = {}
    for family in openmetrics.text_string_to_metric_families(text):
        for sample in family.samples:
            labels = dict(sample.labels)
            if labels.pop("resource") != "vmha":
                raise ValueError(f"no resource: {sample}")
            found.setdefault(sample.name, {})[
                tuple(sorted(labels.items()))] = sample.value
    older = {sample.name for family in
             text_format.text_string_to_metric_families(text)
             for sample in family.samples}
    if older != set(found):
        raise ValueError(f"other names in the older format: {older}")
    return found


def value(found, name, **labels):
    return found[name][tuple(sorted(labels.items()))]


def families():
    """name -> type, as the manual has them."""
    text = subprocess.run([os.path.join(BUILD, "tools/recoveryd/vmha-recoveryd"),
                           "--doc=pod"], text=True, capture_output=True,
                          check=True).stdout
    return dict(re.findall(r"^=item B<(\w+)>.* \((\w+)\)$", text, re.M))


SUFFIXES = {"gauge": {""}, "counter": {"_total"},
            "histogram": {"_bucket", "_count", "_sum"}}


def sample_names():
    return {name + suffix for name, kind in families().items()
            for suffix in SUFFIXES[kind]}


def written(s):
    return read(os.path.join(s.dir, "metrics/vmha-vmha.prom"))


def counting(make, **conf):
    s = make()
    os.mkdir(s.path("metrics"))
    s.conf.update(metrics_dir=s.path("metrics"), **conf)
    s.write_conf()
    return s


@scenario("metrics tell of a recovery, in both formats")
def _(make):
    s = counting(make)
    s.add_vms("cmp1", 3)
    s.add_vms("cmp1", 1, vm_state="soft-delete")
    s.start()
    poll(lambda: "vmha_watched_hosts{resource=\"vmha\"} 3" in written(s),
         "they are written")
    calm = parsed(written(s))
    s.fence("cmp1")
    s.finish("cmp1", left=1)
    poll(lambda: value(parsed(written(s)), "vmha_events_total", event="end"),
         "the end is counted")
    m = parsed(written(s))
    got = {
        "families": set(m) == sample_names(),
        "calm": value(calm, "vmha_recovery_seconds_count", until="done"),
        "phase": value(m, "vmha_hosts", phase="done"),
        "recovered": value(m, "vmha_vm_ends_total", outcome="recovered"),
        "skipped": value(m, "vmha_vms", state="skipped"),
        "start": value(m, "vmha_events_total", event="start"),
        "calls": value(m, "vmha_nova_request_seconds_count",
                       request="evacuate", result="ok"),
        "times": [value(m, "vmha_recovery_seconds_count", until=span) for span
                  in ("forced_down", "first_call", "first_vm", "done")],
        "degraded": value(m, "vmha_degraded"),
    }
    want = {"families": True, "calm": 0, "phase": 1, "recovered": 3,
            "skipped": 1, "start": 1, "calls": 3, "times": [1, 1, 1, 1],
            "degraded": 0}
    s.must(got == want, f"{got}, expected {want}; {set(m) ^ sample_names()}")
    spans = [value(m, "vmha_recovery_seconds_sum", until=span) for span
             in ("forced_down", "first_call", "first_vm", "done")]
    s.must(spans == sorted(spans), f"in this order: {spans}")
    s.must(not any(vm in written(s) for vm in s.vms), "a VM is a label")
    size = len(written(s))
    s.stop()
    s.must(not os.listdir(s.path("metrics")), "they outlive the daemon")
    return [] if size < 60000 else [f"{size} bytes"]


@scenario("metrics that cannot be written are logged once, and hold nothing up")
def _(make):
    s = counting(make)
    s.add_vms("cmp1", 2)
    os.rmdir(s.path("metrics"))
    s.start()
    poll(lambda: "metrics: " in s.log(), "it is logged")
    s.fence("cmp1")
    s.finish("cmp1")
    s.quiet(3 * METRICS_S)
    s.must(s.log().count("metrics: ") == 1, "logged again")
    os.mkdir(s.path("metrics"))
    poll(lambda: written(s), "they are written then")


@scenario("nothing in the directory of the metrics is followed")
def _(make):
    s = counting(make)
    with open(s.path("victim"), "w", encoding="utf-8") as f:
        f.write("mine")
    for name in ("vmha-vmha.prom", "vmha-vmha.prom.new"):
        os.symlink(s.path("victim"), os.path.join(s.path("metrics"), name))
    s.start()
    poll(lambda: "vmha_quorate" in written(s), "they are written")
    s.must(read(s.path("victim")) == "mine", "another file was written")
    s.must(not os.path.islink(os.path.join(s.path("metrics"),
                                           "vmha-vmha.prom")), "a link")


@scenario("the dashboard asks for metrics that are there")
def _(_make):
    with open(os.path.join(SHARE, "grafana-vmha.json"), encoding="utf-8") as f:
        board = json.load(f)
    asked = [t["expr"] for panel in board["panels"]
             for t in panel.get("targets", [])]
    names = {name for expr in asked for name in re.findall(r"vmha_\w+", expr)}
    return [f"unknown: {name}" for name in names - sample_names()] + (
        [] if len(names) >= 12 else [f"it asks for {len(names)} only"])


if __name__ == "__main__":
    sys.exit(Tap().run(TESTS))
