#!/usr/bin/python3
"""What people and their programs see of a recovery, outside of vmha: the log, the
metrics, hooks.  Arguments: parts of the names of tests to run.
"""
import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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


# --- hooks --------------------------------------------------------------------

SCHEMA_CHECK = os.path.join(HERE, "..", "golden", "schema-check")


def must_be_valid(s, texts):
    check = subprocess.run([SCHEMA_CHECK, "event"], input="\n".join(texts),
                           text=True, capture_output=True, check=False)
    s.must(check.returncode == 0, check.stdout + check.stderr)


def alerting(make, script, **conf):
    """A Sim whose alert is that shell script; it is in the Sim's directory."""
    s = make()
    with open(s.path("alert"), "w", encoding="utf-8") as f:
        f.write(f"#!/bin/sh\ncd {s.dir}\n{script}\n")
    os.chmod(s.path("alert"), 0o755)
    s.conf.update(alert=s.path("alert"), **conf)
    s.write_conf()
    return s


KEEP = """echo "$VMHA_EVENT $VMHA_HOST $VMHA_RESOURCE $VMHA_INCIDENT $HOME" >>words
{ cat; echo; } >>events"""


def events(s):
    return [json.loads(line) for line in read(s.path("events")).splitlines()]


def told(s):
    return [(e["event"], e["host"]) for e in events(s)]


@scenario("a program is told of the start, of what needs people, and of the end")
def _(make):
    s = alerting(make, KEEP)
    s.add_vms("cmp1", 2)
    lost, = s.add_vms("cmp1", 1, vm_state="error", launched=False)
    s.start()
    ns = s.fence("cmp1")
    poll(lambda: ("end", "cmp1") in told(s), "it is told of the end")
    must_be_valid(s, read(s.path("events")).splitlines())
    s.must(told(s) == [("start", "cmp1"), ("given-up", "cmp1"),
                       ("end", "cmp1")], f"told: {told(s)}")
    last = events(s)[-1]["recovery"]
    s.must(last["vms"]["recovered"] == 2, f"told at the end: {last}")
    s.must([p["id"] for p in last["problems"]] == [lost], f"told: {last}")
    token = f"{ns // 10**9}.{ns % 10**9:09d}"
    words = read(s.path("words")).splitlines()
    s.must(words[0] == f"start cmp1 vmha {token} ", f"its environment: {words}")


@scenario("who takes over tells again, not less")
def _(make):
    s = alerting(make, KEEP)
    s.add_vms("cmp1", 3)
    s.start()
    s.fence("cmp1")
    poll(lambda: ("start", "cmp1") in told(s), "it is told of the start")
    s.restart()
    poll(lambda: ("end", "cmp1") in told(s), "it is told of the end")
    s.restart()
    poll(lambda: told(s).count(("end", "cmp1")) == 2, "it is told again")


@scenario("a host that is held is told of once it stays so")
def _(make):
    s = alerting(make, KEEP)
    s.add_vms("cmp1", 1)
    s.start()
    s.fence("cmp1", proves=False, human=True)
    poll(lambda: told(s) == [("hold", "cmp1")], "it is told")
    s.quiet(120)
    s.must(told(s) == [("hold", "cmp1")], f"told: {told(s)}")
    must_be_valid(s, read(s.path("events")).splitlines())


@scenario("a program that hangs, fails or is missing holds nothing up")
def _(make):
    for script, why in (("echo $$ >>pids; exec sleep 1000",
                         "it did not end within 30 s"),
                        ("exit 3", "it ended with exit status 3"),
                        ("rm alert; kill -TERM $$", "it ended by signal 15"),
                        (None, "")):
        s = alerting(make, script or "")
        if not script:
            os.remove(s.path("alert"))
        s.add_vms("cmp1", 2)
        s.start()
        s.fence("cmp1")
        s.finish("cmp1")
        poll(lambda line="alert: event='start' node='cmp1'":
             line in s.log(), "it is logged")
        s.must(why in s.log(), f"why: {s.log()}")
        poll(lambda: "alert: event='end'" in s.log(), "the next one, too")
        for pid in read(s.path("pids")).split():
            s.must(not os.path.exists(f"/proc/{pid}"), "it was not ended")


class Receiver(ThreadingHTTPServer):
    """Takes webhooks; refuses them so often with a status first."""
    daemon_threads = True

    def __init__(self, status=200, times=0):
        self.status, self.times, self.got = status, times, []
        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook"


class Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        server = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.got.append((self.path, self.headers["Content-Type"],
                           body.decode()))
        status = server.status if len(server.got) <= server.times else 204
        if status == 0:
            return  # hangs up
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args):
        pass


def posted(make, receiver):
    s = make()
    s.conf.update(webhook=receiver.url())
    s.write_conf()
    s.add_vms("cmp1", 2)
    s.start()
    s.fence("cmp1")
    s.finish("cmp1")
    return s


def names(receiver):
    return [json.loads(body)["event"] for _, _, body in receiver.got]


@scenario("a webhook gets the same")
def _(make):
    receiver = Receiver()
    s = posted(make, receiver)
    poll(lambda: names(receiver) == ["start", "end"], "both are posted")
    s.must({(p, t) for p, t, _ in receiver.got} ==
           {("/hook", "application/json")}, f"posted: {receiver.got}")
    must_be_valid(s, [body for _, _, body in receiver.got])
    receiver.shutdown()


@scenario("a webhook that nobody takes is posted again, in its order")
def _(make):
    for status in (503, 0):
        receiver = Receiver(status, times=3)
        s = posted(make, receiver)
        poll(lambda r=receiver: names(r) == ["start"] * 4 + ["end"],
             f"after {status} it is taken")
        s.must("webhook: " not in s.log(), "it is logged")
        receiver.shutdown()


@scenario("a webhook that is refused is logged, once")
def _(make):
    receiver = Receiver(404, times=1)
    s = posted(make, receiver)
    poll(lambda: names(receiver) == ["start", "end"], "the next is posted")
    s.must(s.log().count("webhook: event='start' node='cmp1'") == 1,
           f"logged: {s.log()}")
    receiver.shutdown()


@scenario("where no server is, a webhook is given up in the end")
def _(make):
    receiver = Receiver()
    receiver.shutdown()
    receiver.server_close()
    s = posted(make, receiver)
    poll(lambda: "webhook: event='end'" in s.log(), "it is given up", 90)


if __name__ == "__main__":
    sys.exit(Tap().run(TESTS))
