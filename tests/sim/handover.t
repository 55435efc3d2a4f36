#!/usr/bin/python3
"""A host changes from one instance to another: the former owner may still act
on what it saw last.
Arguments: parts of the names of tests to run.
"""
import collections
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from fakecluster import poll, replace  # noqa: E402
from harness import DAEMON, Tap  # noqa: E402
from stories import TESTS, each, scenario  # noqa: E402

VMS = 100


class Instance:
    """A recovery daemon of its own, beside that of the Sim; it sees the
    cluster as it was while it is frozen."""

    def __init__(self, sim, name, segment):
        self.sim = sim
        self.name = name
        self.process = None
        os.mkdir(sim.path(name), 0o700)
        conf = dict(sim.conf, segment=segment)
        replace(sim.path(name + "/conf"),
                "".join(f"{k}={v}\n" for k, v in conf.items()))
        os.chmod(sim.path(name + "/conf"), 0o600)
        sim.cluster.instances[name] = {"cloud": "sim", "segment": segment}

    def start(self):
        environment = dict(self.sim.environment(),
                           VMHA_FAKE_FREEZE=self.sim.path(self.name + "/ice"))
        with open(self.sim.path(self.name + "/log"), "a",
                  encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [DAEMON, self.name, self.sim.path(self.name),
                 str(self.sim.speed)],
                env=environment, stdout=log, stderr=log)
        poll(self.is_ready, f"{self.name} is ready")
        return self

    def log(self):
        with open(self.sim.path(self.name + "/log"), encoding="utf-8") as f:
            return f.read()

    def is_ready(self):
        return "started: instance=" in self.log()

    def freeze(self):
        replace(self.sim.path(self.name + "/ice"), "")

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()


def two(make, **options):
    """A cloud with segments a and b, all hosts in a; their instances."""
    s = make(conf={"max_posts": "4", "post_settle": "10s"}, speed=5, **options)
    s.cluster.instances.clear()
    a, b = Instance(s, "vmha-a", "a"), Instance(s, "vmha-b", "b")
    s.add_vms("cmp1", VMS)
    s.cloud("latency", **{"class": "evacuate", "ms": 60})
    for name in ("cmp1", "cmp2", "cmp3"):
        s.cluster.nodes[name].attributes["vmha-segment"] = "a"
    s.cluster.write()
    return s, a, b


def move(s, segment):
    s.cluster.nodes["cmp1"].attributes["vmha-segment"] = segment
    s.cluster.write()


def once(s):
    """The incident has ended, and each VM was asked for once."""
    poll(lambda: s.phase("cmp1") == "X", "it is done")
    left = len(s.vms_on("cmp1"))
    s.must(left == 0, f"I3: {left} VMs are left behind")
    posts = collections.Counter(r.evacuated() for r in s.posts())
    twice = [uuid for uuid, n in posts.items() if n > 1]
    s.must(not twice, f"I2: {len(twice)} VMs were asked for twice")
    s.must(len(posts) == VMS, f"{len(posts)} VMs were asked for")


def ending(test):
    """Both daemons end with the test; their logs where it failed."""
    def run(make, *args):
        s, a, b = two(make)
        try:
            test(s, a, b, *args)
        except Exception:
            for line in (a.log() + b.log()).splitlines():
                if " info: " not in line:
                    print("# " + line)
            raise
        finally:
            a.end()
            b.end()
    return run


@scenario("the former owner does not see that its host moved; the new one "
          "starts then")
@ending
def _(s, a, b):
    a.start()
    s.fence("cmp1")
    s.wait_posts(8)
    a.freeze()
    move(s, "b")
    b.start()
    once(s)


@each(["starts then", "runs already"],
      "it moves before the former owner has written its entry; the new one {}")
@ending
def _(s, a, b, what):
    a.start()
    if what == "runs already":
        b.start()
    poll(lambda: {"vmha-seen-a"} <= set(s.cluster.journal()), "a watches")
    s.cluster.put("fail", "set vmha-host-cmp1 late=4000\n")
    s.fence("cmp1")
    poll(lambda: any(w[2] == "vmha-host-cmp1" for w in s.cluster.writes()),
         "a writes its entry")
    s.cluster.put("fail", "")
    a.freeze()
    move(s, "b")
    if what == "starts then":
        b.start()
    once(s)


@scenario("a host moves in mid-recovery, there and back and there")
@ending
def _(s, a, b):
    a.start()
    b.start()
    s.fence("cmp1")
    for k in range(3):
        s.wait_posts(8 * (k + 1))
        move(s, "ba"[k % 2])
    once(s)


if __name__ == "__main__":
    sys.exit(Tap().run(TESTS))
