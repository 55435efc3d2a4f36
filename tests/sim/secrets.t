#!/usr/bin/python3
"""I8: no password, secret of an application credential, or token is to be found
where it does not belong, whatever goes wrong.
Arguments: parts of the names of tests to run.
"""
import os
import re
import resource
import secrets
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll, replace  # noqa: E402
from harness import Tap  # noqa: E402
from stories import TESTS, each, slow  # noqa: E402

CREDENTIAL = """clouds:
  sim:
    auth_type: v3applicationcredential
    auth:
      auth_url: http://127.0.0.1:{port}/v3
      application_credential_id: c1000000000000000000000000000001
      application_credential_secret: {secret}
    region_name: RegionOne
    interface: internal
"""

# Of novasim's tokens.
TOKEN = rb"gAAAAAB[0-9a-f]{8}-"


def sign_in_by(s, kind, secret):
    """What the daemon signs in with, from its start on."""
    if kind == "password":
        s.cloud("password", name="admin", password=secret)
        s.password = secret
        s.write_credentials()
        return
    s.cloud("password", name="vmha-cred", password=secret)
    replace(s.path("clouds.yaml"),
            CREDENTIAL.format(port=s.port, secret=secret))
    os.chmod(s.path("clouds.yaml"), 0o600)


def bytes_of(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:  # it has ended, or is a socket
        return b""


def processes(pid):
    """It and all below it."""
    children = bytes_of(f"/proc/{pid}/task/{pid}/children").split()
    return [pid] + [p for c in children for p in processes(int(c))]


def files(s):
    """What the daemon may write, and what it is given is not."""
    for directory, _, names in os.walk(s.dir):
        for name in names:
            # the cloud's own log and ledger are not ours
            if name not in ("clouds.yaml", "requests", "ledger"):
                yield os.path.join(directory, name)


def found(s, secret):
    """Places that have a secret."""
    wanted = re.compile(re.escape(secret.encode()) + b"|" + TOKEN)
    pids = processes(s.daemon.pid)
    assert len(pids) > 1, "the daemon has no process beside it"
    paths = [f"/proc/{pid}/{name}" for pid in pids
             for name in ("cmdline", "environ", "comm")]
    return [p for p in paths + list(files(s)) if wanted.search(bytes_of(p))]


def in_memory(pid, secret):
    """Is the search able to find it where it must be?"""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw.*(\[heap\]|0 *$)", line)
            if not m:
                continue
            start, end = int(m.group(1), 16), int(m.group(2), 16)
            try:
                memory.seek(start)
                if secret.encode() in memory.read(end - start):
                    return True
            except OSError:
                continue
    return False


def allow_cores():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)


@each(["password", "application credential"],
      "a {} is in no log, command line, environment, journal or core file")
def _(make, kind):
    secret = "hush-" + secrets.token_hex(12)
    s = slow(make, n=20, conf={"debug": "true"}, speed=10)
    sign_in_by(s, kind, secret)
    allow_cores()
    s.start()
    poll(lambda: s.control("health") == "ready", "it has signed in")
    s.must(in_memory(s.daemon.pid, secret), "the search finds nothing at all")
    s.fence("cmp1")
    s.wait_posts(4)
    # what Keystone and Nova say of a call is logged: an answer that is wrong
    for fault in ("status", "garbage", "truncated", "nul", "cut"):
        s.cloud("tokens", end="revoke")
        s.fault("POST .*/auth/tokens", fault, count=1)
    s.fault("POST .*/action", "status", status=401, count=3)
    s.finish("cmp1", left=None)
    s.tool("history")
    s.must(s.control("reload") == "ok", "it does not read its files again")
    places = found(s, secret)
    s.must(not places, f"found in {places}")
    for pid in processes(s.daemon.pid):
        limits = bytes_of(f"/proc/{pid}/limits").decode()
        s.must(re.search(r"Max core file size +0 ", limits),
               f"process {pid} may leave a core: {limits}")
    before = set(os.listdir(os.getcwd()))
    s.daemon.send_signal(signal.SIGABRT)
    _, status = os.waitpid(s.daemon.pid, 0)
    s.must(os.WTERMSIG(status) == signal.SIGABRT, f"it ended with {status}")
    s.must(not os.WCOREDUMP(status), "it left a core file")
    s.must(set(os.listdir(os.getcwd())) == before, "there is another file")
    places = [p for p in files(s) if secret.encode() in bytes_of(p)]
    s.must(not places, f"found in {places}")


if __name__ == "__main__":
    sys.exit(Tap().run(TESTS))
