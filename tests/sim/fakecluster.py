"""A cluster that is a directory (tests/fake/cluster-fake.c), from the writer's
side, and what else waits on files.
"""
import fcntl
import os
import time
import xml.etree.ElementTree as ET


class Failure(Exception):
    """The scenario did not go as it must."""


def replace(path, text):
    """Write a file so that readers see the old or the new one, whole."""
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(text)
    os.rename(path + ".new", path)


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def poll(condition, what, timeout=60.0, pause=0.03):
    """Wait until condition() is true; its value."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"not within {timeout:.0f} s: {what}")
        time.sleep(pause)


class Node:
    """A node as the cluster shows it."""

    def __init__(self, name, remote=True):
        self.name = name
        self.remote = remote
        self.online = True
        self.fenced_s = 0
        self.unmanaged = False
        self.attributes = {}
        self.faults = None  # what the host says of itself

    def configuration(self, nodes, resources):
        if not self.remote:
            node = ET.SubElement(nodes, "node", id="1" + self.name,
                                 uname=self.name)
        else:
            node = ET.SubElement(nodes, "node", id=self.name, uname=self.name,
                                 type="remote")
            ET.SubElement(resources, "primitive", id=self.name, provider="pacemaker",
                          **{"class": "ocf", "type": "remote"})
        values = dict(self.attributes)
        if self.unmanaged:
            values["maintenance"] = "true"
        if values:
            put_pairs(node, "instance_attributes", "at-" + self.name, values)

    def status(self, status):
        if self.remote:
            state = ET.SubElement(
                status, "node_state", id=self.name, uname=self.name,
                remote_node="true", node_fenced=str(self.fenced_s),
                in_ccm="true" if self.online else "false")
        else:
            word = "true" if self.online else "false"
            up = "online" if self.online else "offline"
            state = ET.SubElement(
                status, "node_state", id="1" + self.name, uname=self.name,
                in_ccm=word, crmd=up,
                join="member" if self.online else "down",
                expected="member" if self.online else "down")
        if self.faults is not None:
            own = ET.SubElement(state, "transient_attributes",
                                id=state.get("id"))
            put_pairs(own, "instance_attributes", "status-" + state.get("id"),
                      {"vmha-faults": self.faults})


def put_pairs(parent, tag, set_id, values):
    block = ET.SubElement(parent, tag, id=set_id)
    for name, value in values.items():
        ET.SubElement(block, "nvpair", id=f"{set_id}-{name}", name=name,
                      value=value)


class Cluster:
    """The directory that the daemon takes for a cluster."""

    def __init__(self, path):
        self.path = path
        os.mkdir(path)
        self.nodes = {"ctl1": Node("ctl1", remote=False)}
        self.instances = {"vmha": {"cloud": "sim"}}
        self.cloned = False
        self.fencings = []
        self.ticks = 0
        self.reports = 0
        self.told = []  # (time, host, its faults but those of VMs)
        self.put("quorum", "1")
        self.put("history", "")
        self.write()

    def file(self, name):
        return os.path.join(self.path, name)

    def put(self, name, text):
        replace(self.file(name), text)

    def lock(self):
        f = open(self.file("lock"), "w", encoding="utf-8")
        fcntl.flock(f, fcntl.LOCK_EX)
        return f

    def _document(self, journal):
        cib = ET.Element("cib", epoch="1", num_updates="1", admin_epoch="1",
                         **{"have-quorum": "1", "crm_feature_set": "3.16.1",
                            "validate-with": "pacemaker-3.9"})
        conf = ET.SubElement(cib, "configuration")
        crm = ET.SubElement(conf, "crm_config")
        if journal is not None:
            crm.append(journal)
        nodes = ET.SubElement(conf, "nodes")
        resources = ET.SubElement(conf, "resources")
        for name, params in self.instances.items():
            parent = resources
            if self.cloned:
                parent = ET.SubElement(resources, "clone", id=name + "-clone")
            p = ET.SubElement(parent, "primitive", id=name, provider="vmha",
                              **{"class": "ocf", "type": "recovery"})
            put_pairs(p, "instance_attributes", "at-" + name, params)
        gate = ET.SubElement(resources, "clone", id="gate-clone")
        ET.SubElement(gate, "primitive", id="gate", provider="vmha",
                      **{"class": "ocf", "type": "gate"})
        ET.SubElement(conf, "constraints")
        status = ET.SubElement(cib, "status")
        for node in self.nodes.values():
            node.configuration(nodes, resources)
            node.status(status)
        return cib

    def _journal_set(self):
        text = read(self.file("cib.xml"))
        if not text:
            return None
        return ET.fromstring(text).find(
            ".//cluster_property_set[@id='vmha-journal']")

    def write(self):
        """Write the nodes as they are now; the journal stays."""
        with self.lock():
            cib = self._document(self._journal_set())
            self.put("cib.xml", ET.tostring(cib, encoding="unicode"))

    def report(self, name, *faults):
        """A host says what is wrong now: (kind, name, why, since)."""
        self.reports += 1
        self.told.append((time.time(), name, [f for f in faults
                                              if f[0] != "vm"]))
        node = self.nodes[name]
        items = ",".join(f"{k}:{n}:{w}@{t}" for k, n, w, t in faults)
        self.put(f"attribute-{name}-vmha-fault-list",
                 f"v1;{self.reports};{items}")
        worst = f"{faults[0][0]}:{faults[0][2]}" if faults else "ok"
        node.faults = f"v1;{self.reports};{len(faults)};{worst}"
        self.write()

    def asked(self, name):
        """What its watch would find it asked: (seq, VMs), or None."""
        text = read(self.file(f"attribute-{name}-vmha-question"))
        if not text:
            return None
        version, seq, vms = text.split(";")
        return seq, vms.split(",")

    def answer(self, name, *vms, seq=None):
        """Its watch answers the newest question: of those it has guests."""
        seq = seq or self.asked(name)[0]
        self.put(f"attribute-{name}-vmha-answer", f"v1;{seq};{','.join(vms)}")

    def journal(self):
        pairs = self._journal_set()
        return {} if pairs is None else {
            p.get("name"): p.get("value") for p in pairs.iter("nvpair")}

    def edit_journal(self, name, value):
        """As an administrator by hand; value None deletes."""
        with self.lock():
            pairs = self._journal_set()
            if pairs is None:
                pairs = ET.Element("cluster_property_set", id="vmha-journal")
            for p in pairs.findall(f"nvpair[@name='{name}']"):
                pairs.remove(p)
            if value is not None:
                ET.SubElement(pairs, "nvpair", id="vmha-journal-" + name,
                              name=name, value=value)
            cib = self._document(pairs)
            self.put("cib.xml", ET.tostring(cib, encoding="unicode"))

    def add_fencing(self, node, action="off", state="done", human=False,
                    later_s=0):
        """The time of its completion in ns.  LATER_S keeps two fencings as far
        apart as they are in life: their times come from a slow clock here."""
        ns = time.time_ns() + later_s * 10**9
        who = "human" if human else "-"
        self.fencings.append(f"{node} {action} {state} {ns} {who}")
        self.put("history", "".join(f + "\n" for f in self.fencings))
        return ns

    def tick(self):
        """Have the next views answered in the file tock."""
        self.ticks += 1
        text = f"{os.getpid()}.{self.ticks}.{time.time_ns()}"
        self.put("tick", text)
        return lambda: read(self.file("tock")) == text

    def _noted(self, name):
        lines = [line.split(" ") for line in
                 read(self.file(name)).splitlines()]
        return [(float(w[0]), w[1], w[2], w[3], w[4]) for w in lines]

    def writes(self):
        """The journal writes that were tried: time, op, name, value, verb."""
        return self._noted("writes")

    def cleanups(self):
        """What was cleaned up: resource and node."""
        return read(self.file("cleanups")).splitlines()

    def landed(self):
        """Those that were written, and when; the verb is "-"."""
        return self._noted("landed")
