/* Replay a decision log: hand the facts of each line to the function of
 * lib/policy that decided, and compare.
 *
 *     replay DIRECTORY
 *
 * Replayed are the certainty of a host and what is opened for it, how a VM is
 * sorted by what Nova tells of it (the administrator's own rules, "select",
 * aside), what Nova's answer to an evacuate call means, which call is sent
 * for a VM (call_of, restart_call), whether the brake holds a host, and what is
 * done to a reserved host.  A change of the host's service must rest on facts
 * that allow it.  What plan_incident itself finds by looking at all VMs (whose
 * turn it is, who else of a group moves) is a fact there: to decide that again,
 * each line would need the whole state of the daemon.  Exit code 1: something
 * differs.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "../../tools/history/facts.h"
#include "../../tools/history/line.h"
#include "../../tools/history/logfile.h"
#include "cleanup.h"
#include "reserve.h"
#include "xalloc.h"

enum { OTHER_SET = -1 }; /* the id of no aggregate */

struct tally {
    size_t n_lines, n_damaged, n_hosts, n_vms, n_answers, n_calls;
    size_t n_brakes, n_reserves, n_differ;
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

/* Let go by its own rule it is not held; by others it may be. */
static void
replay_brake(struct tally *t, const struct history_line *line)
{
    struct brake_case c;
    struct vmha_error err;
    bool is_held;

    t->n_brakes++;
    if (facts_read_brake(member(line, "facts"), &c, &err) == -1) {
        differ(t, line, "facts", err.text);
        return;
    }
    is_held = brake_of(&c.facts, &c.rules, 0).brake != BRAKE_OFF;
    if (is_same(line->rule, "brake") && !c.is_cut)
        compare(t, line, line->phase, is_held ? "held" : "let go");
    else if (is_same(line->phase, "held"))
        compare(t, line, line->rule, "brake");
}

/* The pool of one host, as it was; the aggregate of JOIN and LEAVE is all that
 * is told of those.
 */
static void
set_pool(struct reserve_pool *p, const struct reserve_case *c, int64_t set,
         bool is_member, bool has_set)
{
    char host[] = "r", *hosts[] = { host };
    const struct reserve_set sets[] = {
        { .id = OTHER_SET }, /* one more that it is to join */
        { .id = set, .hosts = hosts, .n_hosts = is_member },
    };
    struct reserve *r = reserve_get(p, host);

    reserve_on_sets(p, sets, N_ELEMENTS(sets));
    p->now_ms = INT64_C(1000000000);
    p->is_needed = c->is_needed;
    p->incident_ns = c->has_incident;
    r->is_wanted = c->is_wanted;
    r->is_reserved = c->is_reserved;
    r->is_usable = c->is_usable;
    r->read_ms = c->is_fresh ? p->now_ms : 1;
    r->service_id = c->has_service ? xstrdup("id") : NULL;
    r->is_disabled = c->is_disabled;
    r->is_sound = c->is_sound;
    r->has_entry = c->has_entry;
    r->saved.is_used = c->is_used;
    r->saved.incident_ns = 1;
    r->is_unsure = c->is_unsure;
    r->is_withdrawn = c->is_withdrawn;
    r->was_listed = c->was_listed;
    r->has_vms = c->has_vms;
    if (has_set)
        (void) journal_reserve_add_set(&r->saved, set);
    if (c->wants_entry)
        p->wanted_sets[p->n_wanted_sets++] = OTHER_SET;
}

static void
replay_reserve(struct tally *t, const struct history_line *line)
{
    struct reserve_pool p = { 0 };
    struct reserve_step steps[4];
    struct reserve_case c;
    struct vmha_error err;
    int64_t wake_ms, set = json_object_get_int64(member(line, "set"));
    const char *step = "nothing";

    t->n_reserves++;
    if (facts_read_reserve(member(line, "facts"), &c, &err) == -1) {
        differ(t, line, "facts", err.text);
        return;
    }
    set_pool(&p, &c, set, is_same(line->step, "leave"),
             member(line, "set") != NULL);
    for (size_t n = reserve_plan(&p, steps, N_ELEMENTS(steps), &wake_ms);
         n-- > 0;)
        if (reserve_step_name(&steps[n]))
            step = reserve_step_name(&steps[n]);
    compare(t, line, line->step, step);
    reserve_pool_clear(&p);
}

static void
on_line(const char *text, size_t len, void *arg)
{
    static const struct {
        const char *what;
        void (*replay)(struct tally *t, const struct history_line *line);
    } kinds[] = {
        { "host", replay_host },     { "vm", replay_vm },
        { "answer", replay_answer }, { "call", replay_call },
        { "brake", replay_brake },   { "reserve", replay_reserve },
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
           "%zu calls, %zu brakes, %zu reserved hosts: %zu differ\n",
           t.n_lines, t.n_damaged, t.n_hosts, t.n_vms, t.n_answers, t.n_calls,
           t.n_brakes, t.n_reserves, t.n_differ);
    return t.n_differ > 0;
}
