#!/usr/bin/python3
"""Break a rule of lib/policy, and see the tests find it: the model's stories
(tests/unit/model_test), torture (tests/sim/torture.t) and the decision log's
replay (tests/tools/replay), each by itself.

A mutant is one text replaced by another in one file.  It is built in a copy of
the build tree, which must not be the source tree.  Arguments: parts of the names
of mutants; --texts: only see that each text is there, once.
"""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("VMHA_BUILD") or os.environ.get("top_builddir") or SOURCE
TORTURE = os.path.join(SOURCE, "tests/sim/torture.t")
REPLAY = os.path.join(SOURCE, "tests/sim/explain.t")
PROGRAMS = ["tests/unit/model_test", "tests/fake/recoveryd-sim",
            "tests/tools/replay"]
LIMIT_S = 900


def points(story, kind, requests=range(8, 32)):
    """Of torture; in so many requests, evacuate calls are among them."""
    return [f"{story}, request {k}: {kind}" for k in requests]


# Name, file, the rule, what becomes of it, points of torture that must find it
# (None: the model alone can).
MUTANTS = [
    ("a doubtful call is not given time to settle", "incident-vms.c",
     "doubt(v, now_ms + rules->post_settle_ms, rules);",
     "doubt(v, now_ms, rules);", points("one host", "late effect")),
    ("calls without a mark in the journal", "call.c", "f->is_covered && ", "",
     ["host returns, write"]),
    ("a mark does not make VMs doubtful after a crash", "incident-vms.c",
     "(inc->was_resumed && incident_covers(&inc->saved, v))",
     "(inc->was_resumed && v->key.id == 0)",
     points("one host", "crash and late effect")),
    ("what is parked is forgotten after a crash", "incident-vms.c",
     "DONE && !is_noted && !inc->is_parking", "DONE && !is_noted",
     points("levels", "crash", range(8, 40))),
    ("what Nova stopped is taken for its tenant's wish", "levels.c",
     "if (!inc->is_parking || !is_by_nova)",
     "if (inc->is_parking || !is_by_nova)",
     points("levels", "crash", range(8, 40))),
    ("a parked VM is started whatever its tenant wanted", "incident-states.c",
     "v->was_stopped |= was_stopped;",
     "v->was_stopped |= was_stopped && n == 0;",
     points("levels", "crash", range(8, 40))),
    ("a level does not wait for those before it", "levels.c",
     "v->priority >= inc->turn", "true", None),
    ("calls while the host is not certainly dead", "call.c",
     "return f->certainty == CERTAIN && ", "return ",
     points("no room", "quorum lost", range(8, 40))),
    ("the operator's own reason is overwritten", "incident.c",
     "inc->asks_disable = !s->is_disabled;", "inc->asks_disable = true;",
     points("operator's marks", "error")),
    ("no note of VMs that must be stopped on arrival", "vm.c",
     "return v->was_stopped &&", "return v->id[0] == 0 && v->was_stopped &&",
     points("one host", "crash after effect", range(8, 60))),
    ("a call whose record is lost is not made again", "incident-vms.c",
     "if (v->phase != VM_MOVING ||", "if (v->phase == VM_MOVING ||",
     points("one host", "yes without effect")),
    ("records may be old", "call.c", "f->records_age_ms <= FRESH_MS && ", "",
     None),
    ("a host that is back before it was seen dead is forgotten", "opening.c",
     "|| is_back_unseen(f)", "|| (0 && is_back_unseen(f))", None),
    ("calls while a failed evacuation may have left its guest", "call.c",
     " && !f->may_run", "", None),
    ("calls for what may be moving", "call.c", "return f->is_waiting && ",
     "return ", None),
]


def finds(command, **environment):
    """Does this test fail, and by a point or a story?  Torture's count of the
    outside calls is a point, too."""
    run = subprocess.run(command, text=True, capture_output=True, check=False,
                         timeout=LIMIT_S, env={**os.environ, **environment})
    return run.returncode == 1 and ("\nnot ok " in run.stdout or
                                    "fakecluster.Failure: " in run.stderr)


def build(tree, file, old, new):
    with open(os.path.join(SOURCE, "lib/policy", file), encoding="utf-8") as f:
        text = f.read()
    if text.count(old) != 1:
        return f"{file} has '{old}' {text.count(old)} times"
    mutated = os.path.join(tree, "lib/policy", file)
    # VPATH finds it before the one in the source tree.
    with open(mutated, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new))
    try:
        run = subprocess.run(["make", "-C", tree, "-j2", *PROGRAMS], text=True,
                             capture_output=True, check=False)
        return run.stderr if run.returncode else ""
    finally:
        os.unlink(mutated)
        lo = os.path.join(tree, "lib/policy", file[:-1] + "lo")
        if os.path.exists(lo):
            os.unlink(lo)


def check_texts():
    """A rule that was written anew must not take its mutant with it."""
    print(f"1..{len(MUTANTS)}")
    failed = False
    for i, (name, file, old, _, _) in enumerate(MUTANTS, 1):
        with open(os.path.join(SOURCE, "lib/policy", file),
                  encoding="utf-8") as f:
            ok = f.read().count(old) == 1
        failed |= not ok
        print(f"{'ok' if ok else 'not ok'} {i} - {file}: {name}")
    return 1 if failed else 0


def main():
    if sys.argv[1:] == ["--texts"]:
        return check_texts()
    wanted = sys.argv[1:] or [""]
    mutants = [m for m in MUTANTS if any(w in m[0] for w in wanted)]
    print(f"1..{len(mutants)}", flush=True)
    failed = False
    # Beside the build tree: paths to the source tree may be relative.
    with tempfile.TemporaryDirectory(prefix="mutants.",
                                     dir=os.path.dirname(BUILD)) as tree:
        shutil.copytree(BUILD, tree, symlinks=True, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("stage"))
        for i, (name, file, old, new, chosen) in enumerate(mutants, 1):
            problem = build(tree, file, old, new)
            model = not problem and finds([os.path.join(tree, PROGRAMS[0])],
                                          MODEL_SEEDS="3000")
            torture = not problem and chosen and finds(
                [TORTURE, *chosen], VMHA_BUILD=tree, VMHA_LONG="0")
            replay = not problem and file == "call.c" and finds(
                [REPLAY, "each fact of a call"], VMHA_BUILD=tree)
            for line in problem.splitlines():
                print("# " + line)
            print(f"# found by the model: {model}, by torture: {torture}, "
                  f"by replay: {replay}")
            # torture must find what it is said to find, replay each of call.c
            ok = (not problem and (torture if chosen else model or replay) and
                  (replay or file != "call.c"))
            failed |= not ok
            print(f"{'ok' if ok else 'not ok'} {i} - {name}", flush=True)
    return 1 if failed else 0


sys.exit(main())
