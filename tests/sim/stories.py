"""What the scenarios of host failure share."""

TESTS = []
ACTION = "POST .*/action"
ALL = "."


def scenario(text):
    def add(test):
        TESTS.append((text, test))
        return test
    return add


def each(values, text):
    """One scenario for each of the values; {} in its text."""
    def add(test):
        for value in values:
            TESTS.append((text.format(value),
                          lambda make, v=value: test(make, v)))
        return test
    return add


def slow(make, n=40, **options):
    """A host of N VMs and a cloud that takes its time: a middle to hit."""
    conf = {"max_posts": "4", **options.pop("conf", {})}
    s = make(conf=conf, **options)
    s.add_vms("cmp1", n)
    s.cloud("latency", **{"class": "evacuate", "ms": 60})
    return s


def states(s, uuids):
    """vm_state: how many of these VMs."""
    found = {}
    for v in s.look("vms")["vms"]:
        if v["uuid"] in uuids:
            found[v["vm_state"]] = found.get(v["vm_state"], 0) + 1
    return found


def add_migrating(s, *states):
    """VMs of cmp1 in live migration to cmp2, one for each state of the record;
    None: there is none yet."""
    uuids = s.add_vms("cmp1", len(states), task_state="migrating")
    for uuid, state in zip(uuids, states):
        if state:
            s.cloud("migration", uuid=uuid, status=state, source="cmp1",
                    dest="cmp2")
    return uuids
