/* Replay a decision log: hand the facts of each line to the function of
 * lib/policy that decided, and compare.
 *
 *     replay DIRECTORY
 *
 * Replayed are the certainty of a host and what is opened for it, how a VM is
 * sorted by what Nova tells of it (the administrator's own rules, "select",
 * aside), what Nova's answer to an evacuate call means, and which call is sent
 * for a VM (call_of,
 * restart_call).  A change of the host's service must rest on facts that
 * allow it.  What plan_incident itself finds by looking at all VMs (whose turn
 * it is, who else of a group moves) is a fact there: to decide that again, each
 * line would need the whole state of the daemon.  Exit code 1: something
 * differs.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "../../tools/history/facts.h"
#include "../../tools/history/line.h"
#include "../../tools/history/logfile.h"
#include "cleanup.h"

struct tally {
    size_t n_lines, n_damaged, n_hosts, n_vms, n_answers, n_calls, n_differ;
};

static bool
is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static void
differ(struct tally *t, const struct history_line *line, const char *logged,
       const char *replayed)
{
    t->n_differ++;
    printf("%s %s: logged '%s', replayed '%s': %s\n", line->what,
           line->vm     ? line->vm
           : line->node ? line->node
                        : "",
           logged ? logged : "", replayed ? replayed : "",
           json_object_to_json_string_ext(line->json, JSON_C_TO_STRING_PLAIN));
}

static void
compare(struct tally *t, const struct history_line *line, const char *logged,
        const char *replayed)
{
    if (!is_same(logged, replayed))
        differ(t, line, logged, replayed);
}

static struct json_object *
member(const struct history_line *line, const char *name)
{
    struct json_object *value = NULL;

    (void) json_object_object_get_ex(line->json, name, &value);
    return value;
}

static const char *
text_of(struct json_object *facts, const char *name)
{
    struct json_object *value = NULL;

    return json_object_object_get_ex(facts, name, &value)
               ? json_object_get_string(value)
               : NULL;
}

static void
replay_host(struct tally *t, const struct history_line *line)
{
    struct death_facts death;
    struct opening_facts f;
    struct vmha_error err;

    t->n_hosts++;
    if (facts_read_host(member(line, "facts"), &death, &f, &err) == -1) {
        differ(t, line, "facts", err.text);
        return;
    }
    compare(t, line, line->certainty, certainty_name(certainty_of(&death)));
    compare(t, line, line->opening, opening_name(opening_of(&f)));
}

static bool
is_sorted(const char *phase)
{
    return is_same(phase, vm_phase_name(VM_WAITING)) ||
           is_same(phase, vm_phase_name(VM_BLOCKED)) ||
           is_same(phase, vm_phase_name(VM_SKIPPED)) ||
           is_same(phase, vm_phase_name(VM_HELD));
}

/* Only what is waiting, or left alone, was sorted by its facts; one that
 * failed before waits whatever the list says, until it is read.
 */
static void
replay_vm(struct tally *t, const struct history_line *line)
{
    struct json_object *facts = member(line, "facts");
    struct server_fact s;
    struct live_fact live;
    struct vmha_error err;

    if (!facts || !is_sorted(line->phase) || line->attempts ||
        is_same(text_of(line->json, "rule"), "select"))
        return;
    t->n_vms++;
    if (facts_read_server(facts, &s, &err) == -1 ||
        facts_read_live(facts, &live, &err) == -1) {
        differ(t, line, "facts", err.text);
        return;
    }
    s.id = line->vm ? line->vm : "";
    s.name = line->name ? line->name : "";

    struct vm *v = vm_new(&s);

    if (live.is_known) {
        vm_set_live(v, &live);
        vm_classify(v, &s);
    }
    compare(t, line, line->phase, vm_phase_name(v->phase));
    if (v->reason)
        compare(t, line, line->reason, v->reason);
    vm_free(v);
}

static void
replay_answer(struct tally *t, const struct history_line *line)
{
    bool was_sent = json_object_get_boolean(member(line, "was_sent"));

    if (!is_same(line->step, "evacuate"))
        return;
    t->n_answers++;
    compare(t, line, line->verdict,
            answer_name(answer_to_evacuate((int) line->status, was_sent,
                                           line->detail ? line->detail : "")));
}

static bool
is_true(struct json_object *facts, const char *name)
{
    struct json_object *value = NULL;

    return json_object_object_get_ex(facts, name, &value) &&
           json_object_get_boolean(value);
}

/* What comeback.c asks of its changes. */
static bool
is_returning_well(struct json_object *facts)
{
    return is_same(text_of(facts, "certainty"), certainty_name(NODE_ALIVE)) &&
           is_same(text_of(facts, "phase"), host_phase_name(PHASE_RETURNING)) &&
           is_true(facts, "is_saved");
}

/* What plan.c asks of a change of the host, and of VMs that are elsewhere. */
static bool
may_change(const struct history_line *line)
{
    struct json_object *facts = member(line, "facts");

    if (is_same(line->step, "stop") || is_same(line->step, "start in turn"))
        return true; /* of a VM that is elsewhere already */
    if (is_same(line->step, "take back forced down") ||
        is_same(line->step, "enable") || is_same(line->step, "start"))
        return is_returning_well(facts);
    return is_same(text_of(facts, "certainty"), certainty_name(CERTAIN)) &&
           !is_true(facts, "has_returned") && is_true(facts, "is_saved") &&
           (is_same(line->step, "power on") || !is_true(facts, "is_down"));
}

static const char *
call_name(enum call call)
{
    static const char *const names[] = { [CALL_NONE] = "none",
                                         [CALL_LOOK] = "look",
                                         [CALL_EVACUATE] = "evacuate",
                                         [CALL_RESET] = "reset",
                                         [CALL_CONFIRM] = "confirm resize" };

    return names[call];
}

static bool
is_call(const struct history_line *line)
{
    for (int i = CALL_EVACUATE; i <= CALL_CONFIRM; i++)
        if (is_same(line->step, call_name((enum call) i)))
            return true;
    return false;
}

static void
replay_restart(struct tally *t, const struct history_line *line)
{
    struct restart_facts f;
    struct vmha_error err;

    if (facts_read_restart(member(line, "facts"), &f, &err) == -1)
        differ(t, line, "facts", err.text);
    else
        compare(t, line, line->step, repair_step_name(restart_call(&f)));
}

static void
replay_call(struct tally *t, const struct history_line *line)
{
    struct call_facts f;
    struct vmha_error err;

    t->n_calls++;
    if (is_same(line->rule, "restart")) {
        replay_restart(t, line);
    } else if (!is_call(line)) {
        if (!may_change(line))
            differ(t, line, line->step, "not allowed");
    } else if (facts_read_call(member(line, "facts"), &f, &err) == -1) {
        differ(t, line, "facts", err.text);
    } else {
        compare(t, line, line->step, call_name(call_of(&f)));
    }
}

static void
on_line(const char *text, size_t len, void *arg)
{
    static const struct {
        const char *what;
        void (*replay)(struct tally *t, const struct history_line *line);
    } kinds[] = {
        { "host", replay_host },
        { "vm", replay_vm },
        { "answer", replay_answer },
        { "call", replay_call },
    };
    CLEANUP_HISTORY_LINE struct history_line line = { 0 };
    struct tally *t = arg;
    struct vmha_error unused;

    t->n_lines++;
    if (history_line_parse(text, len, &line, &unused) == -1) {
        t->n_damaged++;
        return;
    }
    for (size_t i = 0; i < N_ELEMENTS(kinds); i++)
        if (is_same(line.what, kinds[i].what))
            kinds[i].replay(t, &line);
}

int
main(int argc, char **argv)
{
    struct tally t = { 0 };
    struct vmha_error unused; /* no log: nothing to replay, which is told */

    if (argc != 2) {
        fprintf(stderr, "usage: replay DIRECTORY\n");
        return EX_USAGE;
    }
    (void) logfile_read(argv[1], NULL, NULL, on_line, &t, &unused);
    printf("%zu lines, %zu damaged; replayed %zu hosts, %zu VMs, %zu answers, "
           "%zu calls: %zu differ\n",
           t.n_lines, t.n_damaged, t.n_hosts, t.n_vms, t.n_answers, t.n_calls,
           t.n_differ);
    return t.n_differ > 0;
}
