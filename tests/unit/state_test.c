/* lib/policy: the table of states, and what must come before an evacuation. */
#include "state.h"

#include <string.h>

#include "cleanup.h"
#include "plan.h"
#include "tap.h"

#define A "0000000a-0000-4000-8000-000000000000"

enum { T0 = 1000000, RUNNING = 1, PAUSED = 3, SHUTDOWN = 4, SUSPENDED = 7 };
static const int64_t NS = 5000000000;

static const struct recovery_rules rules = { .post_settle_ms = 60000,
                                             .poll_ms = 1000,
                                             .retry_min_ms = 10000,
                                             .retry_max_ms = 120000 };

static struct server_fact
server(const char *vm_state, const char *task_state, int power_state)
{
    return (struct server_fact){ .id = A,
                                 .name = "a",
                                 .host = "c1",
                                 .vm_state = vm_state,
                                 .task_state = task_state,
                                 .power_state = power_state,
                                 .ram_mb = 512,
                                 .was_launched = true };
}

/* --- the table ------------------------------------------------------------ */

/* nova/compute/task_states.py (Zed), and one that it does not know. */
static const char *const tasks[] = {
    NULL,
    "scheduling",
    "block_device_mapping",
    "networking",
    "spawning",
    "image_snapshot",
    "image_snapshot_pending",
    "image_pending_upload",
    "image_uploading",
    "image_backup",
    "updating_password",
    "resize_prep",
    "resize_migrating",
    "resize_migrated",
    "resize_finish",
    "resize_reverting",
    "resize_confirming",
    "rebooting",
    "reboot_pending",
    "reboot_started",
    "rebooting_hard",
    "reboot_pending_hard",
    "reboot_started_hard",
    "pausing",
    "unpausing",
    "suspending",
    "resuming",
    "powering-off",
    "powering-on",
    "rescuing",
    "unrescuing",
    "rebuilding",
    "rebuild_block_device_mapping",
    "rebuild_spawning",
    "migrating",
    "deleting",
    "soft-deleting",
    "restoring",
    "shelving",
    "shelving_image_pending_upload",
    "shelving_image_uploading",
    "shelving_offloading",
    "unshelving",
    "dreaming",
};

/* "task:x" cells are for the tasks that begin so; "" is no task, NULL all. */
struct want {
    const char *vm_state, *task_state;
    int power_state;
    enum state_plan plan;
    bool ends_stopped;
};

/* The last row that fits counts: each state's rule first, then exceptions. */
/* clang-format off */
static const struct want wants[] = {
    { "active",            NULL,           RUNNING,   STATE_EVACUATE, false },
    { "active",            "powering-off", RUNNING,   STATE_EVACUATE, true },
    { "active",            "pausing",      RUNNING,   STATE_EVACUATE, true },
    { "active",            "suspending",   RUNNING,   STATE_EVACUATE, true },
    { "active",            "rescuing",     RUNNING,   STATE_EVACUATE, true },
    { "active",            "shelving",     RUNNING,   STATE_EVACUATE, true },
    { "stopped",           NULL,           SHUTDOWN,  STATE_EVACUATE, true },
    { "error",             NULL,           RUNNING,   STATE_EVACUATE, false },
    { "error",             NULL,           PAUSED,    STATE_EVACUATE, true },
    { "error",             NULL,           SHUTDOWN,  STATE_EVACUATE, true },
    { "error",             NULL,           SUSPENDED, STATE_EVACUATE, true },
    { "error",             NULL,           0,         STATE_EVACUATE, false },
    { "paused",            NULL,           PAUSED,    STATE_RESET,    true },
    { "suspended",         NULL,           SHUTDOWN,  STATE_RESET,    true },
    { "rescued",           NULL,           RUNNING,   STATE_RESET,    true },
    { "shelved",           NULL,           SHUTDOWN,  STATE_RESET,    true },
    { "resized",           NULL,           RUNNING,   STATE_RESET,    false },
    { "resized",           NULL,           SHUTDOWN,  STATE_RESET,    true },
    { "resized",           "",             RUNNING,   STATE_CONFIRM,  false },
    { "resized",           "",             SHUTDOWN,  STATE_CONFIRM,  true },
    { "shelved_offloaded", NULL,           SHUTDOWN,  STATE_HOLD,     false },
    { "dreaming",          NULL,           RUNNING,   STATE_HOLD,     false },
    { "",                  NULL,           RUNNING,   STATE_HOLD,     false },
    { "building",          NULL,           0,         STATE_BLOCK,    false },
    { NULL,                "migrating",    -1,        STATE_HOLD,     false },
    { "building",          "migrating",    0,         STATE_BLOCK,    false },
    { "soft-delete",       NULL,           SHUTDOWN,  STATE_SKIP,     true },
    { "deleted",           NULL,           SHUTDOWN,  STATE_SKIP,     true },
    { NULL,                "deleting",     -1,        STATE_SKIP,     true },
    { NULL,                "soft-deleting", -1,       STATE_SKIP,     true },
};
/* clang-format on */

static bool
fits(const struct want *w, const struct server_fact *s)
{
    const char *task = s->task_state ? s->task_state : "";

    if ((w->vm_state && strcmp(w->vm_state, s->vm_state) != 0) ||
        (w->power_state >= 0 && w->power_state != s->power_state))
        return false;
    if (!w->task_state || !w->task_state[0])
        return !w->task_state || !task[0];
    return strncmp(task, w->task_state, strlen(w->task_state)) == 0;
}

static void
check(const struct server_fact *s)
{
    const struct state_rule *r = state_rule_of(s);
    const struct want *want = NULL;

    for (size_t i = 0; i < N_ELEMENTS(wants); i++)
        if (fits(&wants[i], s))
            want = &wants[i];
    ok_msg(want && r->plan == want->plan &&
               r->ends_stopped == want->ends_stopped,
           "%s/%s/%d: plan %d, stopped %d", s->vm_state, s->task_state,
           s->power_state, (int) r->plan, r->ends_stopped);
    is_int(r->is_unclear, r->plan == STATE_EVACUATE && s->power_state == 0);
    ok(r->why || r->plan == STATE_HOLD);
    ok(r->plan != STATE_BLOCK || strstr(r->why, "never launched"));
}

static void
test_table(void)
{
    for (size_t i = 0; i < N_ELEMENTS(wants); i++)
        for (size_t k = 0; wants[i].vm_state && k < N_ELEMENTS(tasks); k++) {
            struct server_fact s =
                server(wants[i].vm_state, tasks[k], wants[i].power_state);

            check(&s);
            s.was_launched = false;
            ok_msg(state_rule_of(&s)->plan == STATE_BLOCK ||
                       state_rule_of(&s)->plan == STATE_SKIP,
                   "%s/%s never launched", s.vm_state, s.task_state);
        }
}

static void
test_actions(void)
{
    static const struct {
        const char *actions[3];
        bool was_stopped;
    } table[] = {
        { { "create" }, false },
        { { "stop", "create" }, true },
        { { "evacuate", "stop", "create" }, true },
        { { "start", "stop", "create" }, false },
        { { "resetState", "pause", "create" }, true },
        { { "suspend", "start", "stop" }, true },
        { { "resume", "suspend", "create" }, false },
        { { "rescue", "create" }, true },
        { { "live-migration", "reboot", "stop" }, false },
        { { "lock", "evacuate" }, false },
        { { NULL }, false },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct action_fact a[3] = { 0 };
        size_t n = 0;

        while (n < 3 && table[i].actions[n]) {
            a[n].name = table[i].actions[n];
            n++;
        }
        ok_msg(state_was_stopped_by(a, n, T0) == table[i].was_stopped, "%s...",
               table[i].actions[0]);
    }
}

/* nova-compute's power sync, seconds after the host's failure at 100. */
static void
test_power_sync(void)
{
    static const struct {
        const char *name;
        struct action_fact actions[3];
        bool was_stopped;
    } table[] = {
        { "by its tenant", { { "stop", false, 110000, false } }, true },
        { "by Nova", { { "stop", true, 110000, false } }, false },
        { "by Nova, in the second of the failure",
          { { "stop", true, 100000, false } },
          false },
        { "by Nova, before: its guest shut itself down",
          { { "stop", true, 90000, false }, { "create", false, 0, false } },
          true },
        { "by Nova, and by its tenant before",
          { { "stop", true, 110000, false }, { "stop", false, 90000, false } },
          true },
        { "by Nova, and its tenant had started it",
          { { "stop", true, 110000, false },
            { "start", false, 95000, false },
            { "stop", false, 90000, false } },
          false },
        { "by Nova, and then by its tenant",
          { { "stop", false, 120000, false }, { "stop", true, 110000, false } },
          true },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        size_t n = 0;

        while (n < 3 && table[i].actions[n].name)
            n++;
        ok_msg(state_was_stopped_by(table[i].actions, n, 100700) ==
                   table[i].was_stopped,
               "%s", table[i].name);
    }
}

/* --- what comes before an evacuation ---------------------------------------
 */

/* An incident whose host is down and listed with VM S. */
static struct incident *
ready(const struct server_fact *s, const struct journal_host *saved)
{
    static const struct service_fact service = {
        .id = "id", .is_disabled = true, .is_forced_down = true, .is_ours = true
    };
    struct incident *inc = saved ? incident_resume("c1", "c1", saved, T0)
                                 : incident_new("c1", "c1", NS, T0);
    struct journal_host e;

    incident_on_certainty(inc, CERTAIN, NS);
    inc->sets_down = true;
    incident_on_service(inc, &service, T0);
    incident_on_records(inc, NULL, 0, 0, T0, T0, &rules);
    incident_on_servers(inc, s, 1, T0 + 1, T0 + 1, &rules);
    e = incident_entry(inc);
    incident_on_saved(inc, &e);
    return inc;
}

/* The first step about a VM, or -1. */
static int
next(const struct incident *inc, int64_t now_ms)
{
    struct plan p;

    plan_incident(inc, &rules, now_ms, 8, &p);
    for (size_t i = 0; i < p.n; i++)
        if (p.steps[i].vm)
            return (int) p.steps[i].kind;
    return -1;
}

static bool
is_noted(struct incident *inc)
{
    struct journal_host e = incident_entry(inc);

    incident_on_saved(inc, &e);
    return e.n_stopped == 1 && e.stopped[0] == 10;
}

static void
test_reset_first(void)
{
    struct server_fact s = server("rescued", NULL, RUNNING);
    struct incident *inc = ready(&s, NULL);
    struct vm *v = inc->by_key[0];
    unsigned n_stopped;

    ok(is_noted(inc));
    is_int(next(inc, T0 + 2), STEP_RESET_VM);
    n_stopped = inc->saved.n_stopped;
    inc->saved.n_stopped = 0; /* not noted: nothing is sent */
    is_int(next(inc, T0 + 2), -1);
    inc->saved.n_stopped = n_stopped;
    inc->certainty = NOT_QUORATE;
    is_int(next(inc, T0 + 2), -1);
    inc->certainty = CERTAIN;
    incident_on_calling(v);
    ok(is_noted(inc));
    is_int(next(inc, T0 + 3), -1);
    incident_on_reset(inc, v, ANSWER_QUEUED, "", T0 + 4, &rules);
    ok(is_noted(inc));
    ok(!v->is_told); /* a reset may hide all that it was */
    is_int(next(inc, T0 + 4), STEP_EVACUATE);
    /* its state does not tell any more: the note stays in the queue, too */
    incident_on_posting(inc, v, 1);
    incident_on_post(inc, v, ANSWER_STATE, "vm_state", T0 + 5, &rules);
    ok(is_noted(inc));
    s.vm_state = "error";
    incident_on_server(inc, v, &s, T0 + 1100, T0 + 1200, &rules);
    is_int(v->phase, VM_WAITING);
    ok(is_noted(inc) && v->was_stopped);
    incident_free(inc);
}

static void
test_reset_in_doubt(void)
{
    struct server_fact s = server("paused", NULL, PAUSED);
    struct incident *inc = ready(&s, NULL);
    struct vm *v = inc->by_key[0];

    incident_on_calling(v);
    incident_on_reset(inc, v, ANSWER_UNKNOWN, "timeout", T0 + 2, &rules);
    is_int(v->phase, VM_UNKNOWN);
    s.vm_state = "error";
    incident_on_servers(inc, &s, 1, T0 + 1000, T0 + 1000, &rules);
    is_int(v->phase, VM_UNKNOWN); /* it may still come, in mid-evacuation */
    incident_on_records(inc, NULL, 0, 0, T0 + 61000, T0 + 61000, &rules);
    incident_on_servers(inc, &s, 1, T0 + 61000, T0 + 61000, &rules);
    ok(is_noted(inc));
    is_int(next(inc, T0 + 61001), STEP_EVACUATE);
    incident_on_calling(v);
    incident_on_reset(inc, v, ANSWER_BLOCKED, "no", T0 + 61002, &rules);
    is_int(v->phase, VM_WAITING);
    has_str(v->reason, "no");
    ok(v->not_before_ms > T0 + 61002);
    incident_free(inc);
}

/* A take-over: what an earlier daemon may have sent, it may have reset. */
static void
test_reset_taken_over(void)
{
    struct journal_host saved = { .phase = PHASE_EVACUATING,
                                  .incident_ns = NS,
                                  .has_forced_down = true,
                                  .has_mark = true,
                                  .mark = { 512, 10 } };
    struct server_fact s = server("paused", NULL, PAUSED);
    struct incident *inc = ready(&s, &saved);

    is_int(inc->by_key[0]->phase, VM_UNKNOWN);
    is_int(next(inc, T0 + 2), -1);
    incident_free(inc);
    s = server("active", "migrating", RUNNING);
    inc = ready(&s, &saved);
    is_int(inc->by_key[0]->phase, VM_HELD);
    s.task_state = NULL;
    incident_on_servers(inc, &s, 1, T0 + 30000, T0 + 30000, &rules);
    is_int(inc->by_key[0]->phase, VM_UNKNOWN);
    incident_free(inc);
}

/* Long after it was listed it is looked at again before its state is reset. */
static void
test_looks_first(void)
{
    struct server_fact s = server("suspended", NULL, SHUTDOWN);
    struct incident *inc = ready(&s, NULL);

    incident_on_records(inc, NULL, 0, 0, T0 + 9000, T0 + 9000, &rules);
    is_int(next(inc, T0 + 9000), STEP_READ_VM);
    incident_on_server(inc, inc->by_key[0], &s, T0 + 9001, T0 + 9002, &rules);
    is_int(next(inc, T0 + 9002), STEP_RESET_VM);
    incident_free(inc);
}

static void
test_confirm(void)
{
    /* clang-format off */
    static const struct {
        const char *name;
        enum answer answer;
        const char *vm_state; /* a moment later */
        int next;             /* ...and once it was read */
        int at_last;          /* after a minute in that state */
    } table[] = {
        { "confirmed", ANSWER_QUEUED, "active", STEP_EVACUATE, STEP_EVACUATE },
        { "still at it", ANSWER_QUEUED, "resized", -1, STEP_RESET_VM },
        { "failed", ANSWER_QUEUED, "error", STEP_EVACUATE, STEP_EVACUATE },
        { "its source is down", ANSWER_BLOCKED, "resized", STEP_RESET_VM,
          STEP_RESET_VM },
        { "someone else did it", ANSWER_STATE, "active", STEP_EVACUATE,
          STEP_EVACUATE },
        { "never left", ANSWER_NOT_SENT, "resized", STEP_CONFIRM_VM,
          STEP_CONFIRM_VM },
    };
    /* clang-format on */

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct server_fact s = server("resized", NULL, RUNNING);
        struct incident *inc = ready(&s, NULL);
        struct vm *v = inc->by_key[0];

        is_int(next(inc, T0 + 2), STEP_CONFIRM_VM);
        incident_on_calling(v);
        incident_on_confirm(inc, v, table[i].answer, "", T0 + 3, &rules);
        s.vm_state = table[i].vm_state;
        incident_on_server(inc, v, &s, T0 + 1100, T0 + 1101, &rules);
        ok_msg(next(inc, T0 + 1101) == table[i].next, "%s: %d", table[i].name,
               next(inc, T0 + 1101));
        incident_on_records(inc, NULL, 0, 0, T0 + 61000, T0 + 61000, &rules);
        incident_on_server(inc, v, &s, T0 + 61000, T0 + 61000, &rules);
        ok_msg(next(inc, T0 + 61001) == table[i].at_last, "%s: %d",
               table[i].name, next(inc, T0 + 61001));
        incident_free(inc);
    }
}

/* Nova before Train refuses what has a task (N9). */
static void
test_stuck(void)
{
    struct server_fact s = server("stopped", "powering-on", SHUTDOWN);
    struct incident *inc = ready(&s, NULL);
    struct vm *v = inc->by_key[0];

    is_int(next(inc, T0 + 2), STEP_EVACUATE);
    incident_on_posting(inc, v, 1);
    incident_on_post(inc, v, ANSWER_STATE,
                     "Cannot 'evacuate' instance while it is in task_state "
                     "powering-on",
                     T0 + 3, &rules);
    incident_on_server(inc, v, &s, T0 + 4, T0 + 5, &rules);
    ok(is_noted(inc)); /* the reset will hide that it was stopped */
    incident_on_records(inc, NULL, 0, 0, T0 + 15000, T0 + 15000, &rules);
    incident_on_servers(inc, &s, 1, T0 + 15000, T0 + 15000, &rules);
    is_int(next(inc, T0 + 15001), STEP_RESET_VM);
    incident_on_calling(v);
    incident_on_reset(inc, v, ANSWER_QUEUED, "", T0 + 15002, &rules);
    ok(is_noted(inc));
    is_int(next(inc, T0 + 15003), STEP_EVACUATE);
    incident_free(inc);
}

/* A spawn that failed leaves neither the state nor the power state. */
static void
test_asks_actions(void)
{
    struct server_fact s = server("error", NULL, 0);
    struct action_fact action = { .name = "stop" };
    struct journal_host saved = { .phase = PHASE_EVACUATING,
                                  .incident_ns = NS,
                                  .has_forced_down = true };

    for (int i = 0; i < 2; i++) {
        struct incident *inc = ready(&s, NULL);
        struct vm *v = inc->by_key[0];

        is_int(next(inc, T0 + 2), STEP_READ_ACTIONS);
        v->is_reading = true;
        is_int(next(inc, T0 + 2), -1);
        v->is_reading = false;
        incident_on_actions(inc, v, &action, 1, T0 + 3);
        is_int(v->was_stopped, i == 0);
        is_int(is_noted(inc), i == 0);
        is_int(next(inc, T0 + 4), STEP_EVACUATE);
        incident_free(inc);
        action.name = "start";
    }
    journal_host_add_stopped(&saved, 10);
    struct incident *inc = ready(&s, &saved); /* its note tells */
    is_int(next(inc, T0 + 2), STEP_EVACUATE);
    ok(inc->by_key[0]->was_stopped);
    incident_free(inc);
}

/* Held VMs are watched until the host is back, or released. */
static void
test_held(void)
{
    struct server_fact s = server("active", "migrating", RUNNING);
    struct incident *inc = ready(&s, NULL);
    struct plan p;

    is_int(next(inc, T0 + 2), -1);
    ok(!incident_is_finished(inc));
    inc->live_asked_ms = T0 + 2;
    plan_incident(inc, &rules, T0 + 2, 8, &p);
    ok(p.wake_ms > 0 && p.wake_ms <= T0 + 60001);
    inc->has_returned = true;
    ok(incident_is_finished(inc));
    incident_free(inc);
}

/* One that must wait for a note says so; the others go. */
static void
test_no_room(void)
{
    struct server_fact s[JOURNAL_STOPPED_MAX + 2];
    char ids[JOURNAL_STOPPED_MAX + 2][UUID_MAX];
    struct incident *inc;
    size_t n_told = 0;
    struct journal_host e;

    for (unsigned i = 0; i < N_ELEMENTS(s); i++) {
        snprintf(ids[i], UUID_MAX, "%08x-0000-4000-8000-000000000000", i);
        s[i] = server(i ? "rescued" : "active", NULL, RUNNING);
        s[i].id = ids[i];
    }
    inc = ready(&s[0], NULL);
    incident_on_servers(inc, s, N_ELEMENTS(s), T0 + 2, T0 + 2, &rules);
    e = incident_entry(inc);
    incident_on_saved(inc, &e);
    is_int(inc->saved.n_stopped, JOURNAL_STOPPED_MAX);
    for (size_t i = 0; i < inc->n_vms; i++)
        if (incident_reason(inc, inc->by_key[i])) {
            has_str(incident_reason(inc, inc->by_key[i]), "journal");
            n_told++;
        }
    is_int(n_told, 1);
    is_int(next(inc, T0 + 3), STEP_EVACUATE); /* the active one */
    incident_free(inc);
}

TAP_MAIN(
    { "each state with each task has its rule", test_table },
    { "actions tell who was stopped", test_actions },
    { "what nova-compute stops of late nobody has asked for", test_power_sync },
    { "what Nova does not take is noted and reset first", test_reset_first },
    { "a reset in doubt has its time", test_reset_in_doubt },
    { "a reset may have been sent before a take-over", test_reset_taken_over },
    { "a state that is reset was looked at before", test_looks_first },
    { "a resize is confirmed, or else reset", test_confirm },
    { "a task that Nova refuses is reset", test_stuck },
    { "actions are asked where no state tells", test_asks_actions },
    { "held VMs are watched", test_held },
    { "who waits for a note says so", test_no_room })
