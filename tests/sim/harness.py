"""Run the real recovery daemon against the simulated cloud (novasim) on a
cluster that is a directory (tests/fake), with a fast clock, and judge what it
did from outside: by the cloud's request log and guest ledger, and by the
journal.

A Sim is one cloud, one cluster and one daemon in a scratch directory.  Times
in seconds are real ones; both programs live `speed` times faster.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from fakecluster import Cluster, Failure, Node, poll, read, replace

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("VMHA_BUILD") or os.environ.get("top_builddir") or SOURCE
NOVASIM = os.path.join(BUILD, "tests/novasim/vmha-novasim")
DAEMON = os.path.join(BUILD, "tests/fake/recoveryd-sim")
TOOL = os.path.join(BUILD, "tests/fake/vmha-sim")
REPLAY = os.path.join(BUILD, "tests/tools/replay")
GATE = os.path.join(BUILD, "tests/agents/gate")
TWICE = os.path.join(SOURCE, "tests/invariants/twice")

# What is on its way from the daemon to the simulator when facts change.
GRACE_S = 0.3

# Times in logs are cut, or rounded, to milliseconds.
ROUND_S = 0.0015

# Nova's API as the administrator calls it; the daemon leaves out a project.
OPERATOR = "/v2.1/a1000000000000000000000000000001"

CLOUDS_YAML = """clouds:
  sim:
    auth:
      auth_url: http://127.0.0.1:{port}/v3
      username: admin
      password: {password}
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
    interface: internal
"""


class Request:
    """A line `recv` of the simulator's log."""

    def __init__(self, line):
        word = line.split(" ", 8)
        self.time_s = float(word[0])
        self.seq = int(word[1])
        self.method = word[3]
        self.target = word[4]
        self.version = word[7]  # asked for
        self.body = word[8] if len(word) > 8 else ""

    def evacuated(self):
        """The VM that it evacuates, or None."""
        m = re.search(r"/servers/([0-9a-f-]{36})/action$", self.target)
        return m.group(1) if m and '"evacuate"' in self.body else None

    def prepared(self):
        """The VM whose state it changes before its evacuation, or None."""
        m = re.search(r"/servers/([0-9a-f-]{36})/action$", self.target)
        return m.group(1) if m and ('"os-resetState"' in self.body or
                                    '"confirmResize"' in self.body) else None

    def started(self):
        """The VM that it starts, or None."""
        m = re.search(r"/servers/([0-9a-f-]{36})/action$", self.target)
        return m.group(1) if m and '"os-start"' in self.body else None

    def forces_down(self):
        return (self.method == "PUT" and "/os-services/" in self.target and
                '"forced_down":true' in self.body.replace(" ", ""))


class Sim:
    """A cloud, a cluster and a daemon."""

    def __init__(self, speed=30, hosts=("cmp1", "cmp2", "cmp3"), conf=None,
                 settings=None, remote=True, seed=1, wrapper=(),
                 program=DAEMON):
        self.dir = tempfile.mkdtemp(prefix="vmha-sim.")
        self.speed = speed
        self.command = list(wrapper) + [program]
        self.daemon = self.novasim = None
        self.password = "secret"
        self.vms = {}      # uuid -> its first host
        self.homes = {}    # uuid -> hosts that it may be recovered from
        self.ram = {}      # uuid -> MB
        self.fenced = {}   # host -> completion of its last fencing, ns
        self.facts = {}    # host -> [(time, may be evacuated)]
        self.reserves = set()  # kept free by the operator
        self.started_done = False  # nothing is told of VMs then
        self.marks = {}    # host -> flags of its service by the operator
        self.marked = {}   # ...and when
        self.cluster = Cluster(self.path("cluster"))
        self.conf = {"cloud": "sim", "clouds_yaml": self.path("clouds.yaml")}
        self.conf.update(conf or {})
        os.mkdir(self.path("run"), 0o700)
        os.mkdir(self.path("group"), 0o700)
        self._start_cloud(settings or {}, seed)
        self.write_credentials()
        self.write_conf()
        if hosts:
            self.cloud("hosts", names=list(hosts))
        for name in hosts:
            self.cluster.nodes[name] = Node(name, remote)
        self.cluster.write()

    def path(self, name):
        return os.path.join(self.dir, name)

    def injected(self, seconds):
        """Real seconds for that many of the fast clock."""
        return seconds / self.speed

    # --- the cloud ---

    def _start_cloud(self, settings, seed):
        args = [NOVASIM, "--port-file", self.path("port"),
                "--ledger", self.path("ledger"), "--log", self.path("requests"),
                "--speed", str(self.speed), "--seed", str(seed)]
        for name, value in settings.items():
            args += ["--set", f"{name}={value}"]
        with open(self.path("novasim.out"), "w", encoding="utf-8") as out:
            self.novasim = subprocess.Popen(args, stdout=out, stderr=out)
        self.port = int(poll(lambda: read(self.path("port")), "novasim starts"))

    def http(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    def api(self, method, path, body=None):
        """A call of Nova's as its administrator makes it."""
        user = {"name": "admin", "password": self.password,
                "domain": {"name": "Default"}}
        scope = {"project": {"name": "admin", "domain": {"name": "Default"}}}
        auth = {"auth": {"identity": {"methods": ["password"],
                                      "password": {"user": user}},
                         "scope": scope}}
        base = f"http://127.0.0.1:{self.port}"
        request = urllib.request.Request(
            base + "/v3/auth/tokens", json.dumps(auth).encode(),
            {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            token = answer.headers["X-Subject-Token"]
        request = urllib.request.Request(
            base + OPERATOR + path, json.dumps(body).encode() if body else None,
            {"Content-Type": "application/json", "X-Auth-Token": token,
             "OpenStack-API-Version": "compute 2.90"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    def reserve(self, *names, reason="kept free", **members):
        """More hosts, which the operator keeps free."""
        if reason:
            members["disabled_reason"] = reason
        self.cloud("hosts", names=list(names), disabled=True, **members)
        for name in names:
            node = self.cluster.nodes[name] = Node(name)
            node.attributes["vmha-reserved"] = "true"
            self.reserves.add(name)
        self.cluster.write()

    def cloud(self, step, **members):
        """A control step of novasim."""
        try:
            return self.http("POST", "/_sim/" + step, members)
        except urllib.error.HTTPError as e:
            raise Failure(f"{step}: {e.read().decode()}") from None

    def look(self, what):
        return self.http("GET", "/_sim/" + what)

    def count(self, key):
        return self.look("counts")["counts"].get(key, 0)

    def host(self, name):
        return next(h for h in self.look("hosts")["hosts"]
                    if h["name"] == name)

    def mark(self, name, **flags):
        """The operator's hand on the host's service."""
        self.cloud("hosts", names=[name], **flags)
        self.marks[name] = flags
        self.marked[name] = time.time()

    def add_vms(self, host, n, **members):
        """Their UUIDs."""
        uuids = []
        while len(uuids) < n:
            part = min(1000, n - len(uuids))
            uuids += self.cloud("vms", host=host, n=part, **members)["uuids"]
        for uuid in uuids:
            self.vms[uuid] = host
            self.homes[uuid] = {host}
            self.ram[uuid] = members.get("ram", 2048)
        return uuids

    def vms_on(self, host):
        return [v for v in self.look("vms?host=" + host)["vms"]
                if not v["deleted"]]

    def vm(self, uuid):
        return next(v for v in self.look("vms")["vms"] if v["uuid"] == uuid)

    def fault(self, match, kind, **members):
        self.cloud("faults", match=match, kind=kind, **members)

    def hits(self):
        """How many calls each fault has spoilt."""
        return [f["hits"] for f in self.look("faults")["faults"]]

    def requests(self):
        """Requests to the cloud, without the test's own."""
        lines = read(self.path("requests")).split("\n")[:-1]
        return [Request(line) for line in lines
                if " recv " in line and " /_sim/" not in line and
                OPERATOR not in line]

    def posts(self):
        return [r for r in self.requests() if r.evacuated()]

    def starts(self):
        return [r for r in self.requests() if r.started()]

    def last_on(self):
        """When each guest was switched on last, by the hypervisors."""
        lines = [line.split() for line in read(self.path("ledger")).splitlines()]
        return {line[2]: float(line[0]) for line in lines if line[3] == "on"}

    def resets(self):
        return [r for r in self.requests() if '"os-resetState"' in r.body]

    # --- the cluster ---

    def seen(self):
        """Wait until the daemon, if any, has seen the cluster as it is."""
        if not self.is_running():
            return
        answered = self.cluster.tick()
        poll(lambda: answered() or not self.is_running(),
             "the daemon reads the cluster")

    def allow(self, host, allowed, when=None):
        """From now on calls for the host's VMs are allowed, or forbidden."""
        self.facts.setdefault(host, []).append((when or time.time(), allowed))

    def change(self, *hosts, allowed):
        """Write nodes as they are now; what that means for those hosts."""
        before = time.time()
        self.cluster.write()
        self._judge(hosts, before, allowed)

    def _judge(self, hosts, before, allowed):
        if not allowed:
            self.seen()
            before = time.time() + GRACE_S
        for host in hosts:
            self.allow(host, allowed, before)

    def fence(self, *hosts, proves=True, **members):
        """Power off, the fencer's history, and the CIB, for all hosts.
        Returns the incident's time in ns (of the last)."""
        before = time.time()
        ns = 0
        for name in hosts:
            self.cloud("power", host=name, on=False)
            ns = self.fenced[name] = self.cluster.add_fencing(name, **members)
            node = self.cluster.nodes[name]
            node.online = False
            if node.remote and members.get("state", "done") == "done":
                node.fenced_s = ns // 10**9
        if proves:
            for name in hosts:
                self.allow(name, True, before)
        self.cluster.write()
        return ns

    def rejoin(self, host):
        """The node is back, as the cluster shows it."""
        node = self.cluster.nodes[host]
        node.online, node.fenced_s = True, 0
        self.change(host, allowed=False)

    def gate(self, host):
        """Try to open the host's gate: the agent's exit code and reason."""
        run = subprocess.run([GATE, "start"], env=dict(
            self.environment(), TEST_RUNDIR=self.path("gate-" + host),
            OCF_RESOURCE_INSTANCE="gate", OCF_RESKEY_node=host),
            text=True, capture_output=True, timeout=60, check=False)
        return run.returncode, run.stdout + run.stderr

    def boot(self, host, has_gate=True):
        """The host is powered on and joins; nova-compute starts, once the
        gate lets it."""
        shutil.rmtree(self.path("gate-" + host), ignore_errors=True)
        self.cloud("power", host=host, on=True)
        self.rejoin(host)
        if has_gate:
            poll(lambda: self.gate(host)[0] == 0, f"the gate of {host} opens")
            going = (self.count("record accepted") +
                     self.count("record pre-migrating"))
            self.must(not going, f"N31: let in while {going} VMs move")
        self.cloud("compute", host=host, run=True)

    def powered(self):
        """Nodes that the daemon had powered on, in turn."""
        return read(self.cluster.file("power")).split()

    def in_service(self, host):
        h = self.host(host)
        return not h["forced_down"] and not h["disabled"]

    def quorum(self, is_quorate):
        before = time.time()
        self.cluster.put("quorum", "1" if is_quorate else "0")
        self._judge(list(self.facts), before, is_quorate)

    def phase(self, host):
        """The letter of the journal's entry, or ""."""
        entry = self.cluster.journal().get("vmha-host-" + host, "")
        return entry.split(";")[1] if entry.startswith("v1;") else entry

    def incident(self, host):
        """The fencing that the entry answers, in ns, or None."""
        entry = self.cluster.journal().get("vmha-host-" + host, "")
        m = re.match(r"v1;.;(\d+)\.(\d{9})(?:/\d+)?;", entry)
        return int(m.group(1) + m.group(2)) if m else None

    # --- the daemon ---

    def write_credentials(self, port=None):
        replace(self.path("clouds.yaml"), CLOUDS_YAML.format(
            port=port or self.port, password=self.password))
        os.chmod(self.path("clouds.yaml"), 0o600)

    def write_conf(self):
        replace(self.path("run/conf"), "".join(
            f"{k}={v}\n" for k, v in self.conf.items()))
        os.chmod(self.path("run/conf"), 0o600)

    def is_running(self):
        return self.daemon is not None and self.daemon.poll() is None

    def environment(self):
        return dict(os.environ, VMHA_FAKE_CLUSTER=self.cluster.path,
                    VMHA_FAKE_GROUP=self.path("group"))

    def start(self):
        self.started_done = any(";X;" in v or ";T;" in v for v in
                                self.cluster.journal().values())
        with open(self.path("log"), "a", encoding="utf-8") as log:
            self.daemon = subprocess.Popen(
                self.command + ["vmha", self.path("run"), str(self.speed)],
                env=self.environment(), stdout=log, stderr=log)
        return self

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()

    def stop(self, timeout=30):
        """As the agent does; its exit code."""
        if not self.is_running():
            return None if self.daemon is None else self.daemon.returncode
        self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(timeout)

    def restart(self):
        if self.is_running():
            self.kill()
        self.start()

    def memory(self, field="RssAnon"):
        """Of the daemon, in KiB."""
        text = read(f"/proc/{self.daemon.pid}/status")
        return int(re.search(rf"^{field}:\s+(\d+) kB", text, re.M).group(1))

    def cpu_s(self):
        """Of the daemon, real seconds."""
        word = read(f"/proc/{self.daemon.pid}/stat").rsplit(")", 1)[1].split()
        return (int(word[11]) + int(word[12])) / os.sysconf("SC_CLK_TCK")

    def log(self):
        return read(self.path("log"))

    def control(self, line):
        """A request as the agent makes it; the answer."""
        with socket.socket(socket.AF_UNIX) as s:
            poll(lambda: s.connect_ex(self.path("run/control")) == 0,
                 "the daemon listens")
            s.sendall(line.encode() + b"\n")
            return s.makefile().readline().strip()

    def tool(self, *args):
        """The command line tool; exit code and output."""
        run = subprocess.run([TOOL, *args], env=self.environment(), text=True,
                             capture_output=True, timeout=60, check=False)
        return run.returncode, run.stdout + run.stderr

    def release(self, host):
        code, text = self.tool("host", "release", host)
        self.must(code == 0, f"release: {text}")

    def document(self):
        """What the daemon tells, or None."""
        _, text = self.tool("status", "--output-as=json")
        try:
            told = json.loads(text)
        except json.JSONDecodeError:
            return None  # no daemon answers
        return next((i for i in told["instances"] if "hosts" in i), None)

    def status(self, host):
        """What the daemon tells of a host, or None."""
        told = self.document()
        return next((h for h in told["hosts"] if h["host"] == host),
                    None) if told else None

    # --- waiting ---

    def wait_phase(self, host, phases, timeout=60.0):
        def there():
            if not self.is_running():
                raise Failure(f"the daemon ended: {self.daemon.returncode}")
            return self.phase(host) in tuple(phases)
        poll(there, f"{host} in phase {phases}", timeout)

    def wait_posts(self, n, timeout=60.0):
        poll(lambda: len(self.posts()) >= n, f"{n} evacuate calls", timeout)

    def quiet(self, injected_s):
        """Let time pass in which something must not happen."""
        end = time.monotonic() + self.injected(injected_s)
        while time.monotonic() < end:
            time.sleep(min(0.05, self.injected(injected_s)))

    # --- judging ---

    def check(self):
        """Violations of what must never be, whatever went wrong."""
        found = []
        counts = self.look("counts")["counts"]
        if counts.get("evacuations at once"):
            found.append("I2: a VM had two evacuations in flight")
        if counts.get("runs twice"):
            found.append("I2: a guest runs twice")
        if self.vms:
            twice = subprocess.run([TWICE, self.path("ledger")], text=True,
                                   capture_output=True, check=False)
            if twice.returncode:
                found.append(f"I2: {twice.stdout}{twice.stderr}")
        found += self._check_history()
        requests = self.requests()
        found += self._check_proof(requests)
        found += self._check_journal(requests)
        found += self._check_marks(requests)
        found += self._check_reserves(requests)
        return found

    def _check_reserves(self, requests):
        """No reserved host is changed before the journal says so, and none is
        left enabled that the journal does not have."""
        found = []
        hosts = {h["name"]: h for h in self.look("hosts")["hosts"]}
        names = {h["service"]: name for name, h in hosts.items()}
        for r in requests:
            name = names.get(r.target.split("/os-services/")[-1])
            if '"add_host"' in r.body:
                name = json.loads(r.body)["add_host"]["host"]
            if r.method == "GET" or name not in self.reserves:
                continue
            if not any(w[0] <= r.time_s + ROUND_S and w[1] == "set" and
                       w[2] == "vmha-reserve-" + name
                       for w in self.cluster.landed()):
                found.append(f"journal: {name} changed at {r.time_s}: {r.body}")
        for name in self.reserves:
            if not hosts[name]["disabled"] and \
                    "vmha-reserve-" + name not in self.cluster.journal():
                found.append(f"I5: {name} is enabled, and not in the journal")
        return found

    def _check_history(self):
        """The policy decides again as its log says that it has decided."""
        replay = subprocess.run([REPLAY, self.path("run")], text=True,
                                capture_output=True, check=False)
        self.replayed = replay.stdout.strip()
        return [f"history: {line}" for line in
                (replay.stdout + replay.stderr).splitlines()
                ] if replay.returncode else []

    def _is_allowed(self, host, when):
        allowed = False
        for since, is_allowed in self.facts.get(host, []):
            if since <= when:
                allowed = is_allowed
        return allowed

    def _check_proof(self, requests):
        found = []
        for r in requests:
            uuid = r.evacuated() or r.prepared()
            if uuid and not any(self._is_allowed(h, r.time_s)
                                for h in self.homes[uuid]):
                found.append(f"I1: {uuid} of {self.homes[uuid]} evacuated at "
                             f"{r.time_s}; facts {self.facts}")
            if r.forces_down() and not any(
                    self._is_allowed(h, r.time_s) for h in self.facts):
                found.append(f"I1: forced down at {r.time_s} without proof")
        return found

    def _check_journal(self, requests):
        """No call before the journal covers it (a mark once written is good
        for ever: it tells what may have been posted)."""
        found = []
        writes = self.cluster.landed()
        for r in requests:
            uuid = r.evacuated() or r.prepared()
            if uuid and not any(w[0] <= r.time_s + ROUND_S and
                                self._covers(w, uuid) for w in writes):
                found.append(f"journal: {uuid} evacuated at {r.time_s} "
                             "without a mark")
            if r.forces_down() and not any(
                    w[0] <= r.time_s + ROUND_S and
                    re.match(r"v1;[DEXTR];", w[3]) for w in writes):
                found.append("journal: forced down before phase D")
        return found

    def _check_marks(self, requests):
        """Hosts' services are as the operator, or we by right, set them."""
        found = []
        hosts = {h["name"]: h for h in self.look("hosts")["hosts"]}
        names = {h["service"]: name for name, h in hosts.items()}
        for r in requests:
            name = names.get(r.target.split("/os-services/")[-1])
            mark = self.marks.get(name, {})
            if r.method != "PUT" or not name or name in self.reserves:
                continue
            if name not in self.facts and not self._is_shutting(name, r):
                found.append(f"I5: {name} did not fail: {r.body}")
            if r.time_s < self.marked.get(name, 0):
                continue
            if mark.get("forced_down"):
                found.append(f"I5: {name} was forced down before: {r.body}")
            if mark.get("disabled") and \
                    json.loads(r.body) != {"forced_down": True}:
                found.append(f"I5: {name} was disabled before: {r.body}")
        for name, mark in self.marks.items():
            is_ = {key: hosts[name][key] for key in mark}
            if is_ != mark:
                found.append(f"I5: {name} is {is_}, was {mark}")
            ours = "f" if mark.get("forced_down") else "d"
            for w in self.cluster.landed():
                if w[2] == "vmha-host-" + name and ours in w[3].split(";")[3]:
                    found.append(f"I5: {name} was {mark}, noted: {w[3]}")
        return found

    def _is_shutting(self, name, r):
        """Is it shut for a fault that it reports, or opened without one?"""
        told = [bool(faults) for when, host, faults in self.cluster.told
                if host == name and when <= r.time_s + ROUND_S]
        body = json.loads(r.body)
        if body.get("status") == "disabled":
            return "[vmha-fault]" in body["disabled_reason"] and any(told[-1:])
        return body == {"status": "enabled"} and told[-1:] == [False]

    def _covers(self, w, uuid):
        if w[1] != "set" or w[2] not in [
                "vmha-host-" + host for host in self.homes[uuid]]:
            return False
        mark = w[3].split(";")[4]
        if not mark:
            return False
        ram, head = (int(x, 16) for x in mark.split("-"))
        return (-self.ram[uuid], int(uuid[:8], 16)) <= (-ram, head)

    def must(self, condition, what):
        if not condition:
            raise Failure(what)

    def finish(self, *hosts, left=0, is_told=True, timeout=60.0):
        """Wait for the end of all; LEFT VMs may stay on the hosts, None: any
        number.  IS_TOLD: the status counts all VMs (not so after a second
        fencing)."""
        for host in hosts:
            poll(lambda h=host: self.incident(h) == self.fenced.get(h),
                 f"{host} has an incident of its last fencing", timeout)
            self.wait_phase(host, "XT", timeout)
        on = {v["uuid"]: v["host"] for v in self.look("vms")["vms"]}
        moved = {h: sum(1 for u, was in self.vms.items()
                        if was == h and on.get(u) != h) for h in hosts}
        stay = sum(len(self.vms_on(h)) for h in hosts)
        self.must(left in (stay, None),
                  f"I3: {stay} VMs are left behind, not {left}")
        done = self.count("record done") + self.count("record completed")
        self.must(done == sum(moved.values()),
                  f"I2: {done} evacuations for {moved} VMs")
        for host in hosts if is_told else ():
            told = poll(lambda h=host: self.status(h), "a status")
            told = told["vms"]["recovered"]
            # asked last: the daemon may have been starting until it answered
            self.must(told == moved[host] or self.found_done(),
                      f"I6: {host}: {told} recovered are told, "
                      f"{moved[host]} are")

    def found_done(self):
        """Did the daemon that runs take over what was done?  A write of an
        earlier one may have landed while it started."""
        log = self.log().rpartition("started: instance=")[2]
        return self.started_done or re.search(
            r"taking over: .*phase='done'", log)

    def close(self, keep=False):
        for process in (self.daemon, self.novasim):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)


class Tap:
    """Numbered results, in the order of the tests."""

    def __init__(self, jobs=3):
        self.jobs = jobs
        self.failed = False

    def _one(self, name, test):
        sims = []

        def make(**options):
            sims.append(Sim(**options))
            return sims[-1]
        problems = []
        try:
            problems += test(make) or []
        except Failure as e:
            problems.append(str(e))
        except Exception:  # a broken test must not stop the others
            problems += traceback.format_exc().splitlines()
        try:
            for sim in sims:
                problems += sim.check()
        except Exception:
            problems += traceback.format_exc().splitlines()
        if problems:
            for sim in sims:
                problems += ["log: " + line for line in sim.log().splitlines()
                             if "info: evacuating" not in line][-25:]
        for sim in sims:
            sim.close(keep=problems and "KEEP" in os.environ)
            if problems and "KEEP" in os.environ:
                problems.append("kept: " + sim.dir)
        return name, problems

    def run(self, tests):
        """TESTS: (name, function of a maker of Sims); the exit code."""
        wanted = sys.argv[1:]
        tests = [t for t in tests if not wanted or
                 any(w in t[0] for w in wanted)]
        print(f"1..{len(tests)}", flush=True)
        with ThreadPoolExecutor(self.jobs) as pool:
            results = pool.map(lambda t: self._one(*t), tests)
            for i, (name, problems) in enumerate(results, 1):
                for p in problems:
                    print("# " + p.replace("\n", "\n# "))
                print(f"{'not ok' if problems else 'ok'} {i} - {name}",
                      flush=True)
                self.failed |= bool(problems)
        return 1 if self.failed else 0
