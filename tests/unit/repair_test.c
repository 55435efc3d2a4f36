/* lib/policy: VMs that their living hosts report as failed. */
#include "repair.h"

#include "cleanup.h"
#include "tap.h"

#define ID "0000000a-0000-4000-8000-000000000000"

enum { T0 = 1000000, WALL = 9000000, RUNNING = 1, SHUT_DOWN = 4 };

static const struct select_rules everyone = { .takes_all = true,
                                              .ha_key = "HA_Enabled",
                                              .priority_key = "priority" };
static const struct select_rules volunteers = { .ha_key = "HA_Enabled",
                                                .priority_key = "priority" };
static const struct repair_rules rules = { .limit = 3,
                                           .window_ms = 3600000,
                                           .pause_ms = 10000,
                                           .poll_ms = 1000,
                                           .select = &everyone };

static struct fault
crash(int64_t since_s)
{
    return (struct fault){ FAULT_VM, WHY_CRASH, since_s, ID };
}

static struct server_fact
server(const char *vm_state, const char *task_state)
{
    return (struct server_fact){ .id = ID,
                                 .name = "web",
                                 .host = "n1",
                                 .vm_state = vm_state,
                                 .task_state = task_state,
                                 .power_state = RUNNING };
}

static struct repair *
reported(void)
{
    struct fault f = crash(1);
    struct repair *r = repair_new("c1", "n1", &f);

    r->around.certainty = NODE_ALIVE;
    return r;
}

static enum repair_step
next(const struct repair *r, int64_t now_ms)
{
    int64_t wake_ms;

    return repair_next(r, &rules, now_ms, &wake_ms);
}

/* It was read in this state. */
static void
look(struct repair *r, const char *vm_state, const char *task_state,
     int64_t now_ms)
{
    struct server_fact s = server(vm_state, task_state);

    repair_on_server(r, &s, now_ms, now_ms, &rules);
}

/* Nothing was asked of it; it is its turn. */
static void
count(struct repair *r, int64_t now_ms)
{
    repair_on_actions(r, NULL, 0, now_ms, WALL, &rules);
    r->around.has_turn = true;
}

static struct repair *
called(int64_t now_ms)
{
    struct repair *r = reported();

    look(r, "active", NULL, now_ms);
    count(r, now_ms);
    repair_on_calling(r, next(r, now_ms), now_ms);
    repair_on_call(r, ANSWER_QUEUED, "", now_ms);
    return r;
}

static void
test_crash(void)
{
    struct repair *r = reported();

    is_int(next(r, T0), REPAIR_READ);
    look(r, "active", NULL, T0);
    is_int(next(r, T0), REPAIR_READ_ACTIONS);
    repair_on_actions(r, NULL, 0, T0, WALL, &rules);
    is_int(next(r, T0), REPAIR_NOTHING);
    r->around.has_turn = true;
    is_int(next(r, T0), REPAIR_REBOOT);
    repair_on_calling(r, REPAIR_REBOOT, T0);
    is_int(r->phase, REPAIR_CALLING);
    repair_on_call(r, ANSWER_QUEUED, "", T0 + 10);
    is_int(next(r, T0 + 20), REPAIR_NOTHING);
    is_int(next(r, T0 + 1010), REPAIR_READ);
    look(r, "active", "reboot_started_hard", T0 + 1010);
    is_int(r->phase, REPAIR_VERIFYING);
    look(r, "active", NULL, T0 + 2010);
    ok(r->is_up && !repair_is_over(r));
    repair_on_report(r, NULL, &rules, T0 + 2500);
    ok(repair_is_over(r) && r->was_mended);
    repair_free(r);
}

/* The report may tell before Nova does. */
static void
test_report_first(void)
{
    struct repair *r = called(T0);

    repair_on_report(r, NULL, &rules, T0 + 500);
    ok(!repair_is_over(r));
    look(r, "active", NULL, T0 + 1000);
    ok(repair_is_over(r) && r->was_mended);
    repair_free(r);
}

/* What Nova says of it decides. */
static void
test_states(void)
{
    static const struct {
        const char *vm_state, *task_state, *host;
        enum repair_phase phase;
        enum repair_step need;
        const char *reason;
    } table[] = {
        { "active", NULL, "n1", REPAIR_WAITING, REPAIR_REBOOT, NULL },
        { "error", NULL, "n1", REPAIR_WAITING, REPAIR_REBOOT, NULL },
        { "stopped", NULL, "n1", REPAIR_WAITING, REPAIR_START, NULL },
        { "resized", NULL, "n1", REPAIR_WAITING, REPAIR_CONFIRM, NULL },
        { "active", "migrating", "n1", REPAIR_WAITING, REPAIR_NOTHING,
          "Nova works on it: task_state 'migrating'" },
        { "paused", NULL, "n1", REPAIR_LEFT, REPAIR_NOTHING,
          "vm_state 'paused' is left as it is" },
        { "rescued", NULL, "n1", REPAIR_LEFT, REPAIR_NOTHING,
          "vm_state 'rescued' is left as it is" },
        { "shelved_offloaded", NULL, NULL, REPAIR_LEFT, REPAIR_NOTHING,
          "Nova has it on ''" },
        { "active", NULL, "n2", REPAIR_LEFT, REPAIR_NOTHING,
          "Nova has it on 'n2'" },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct repair *r = reported();
        struct server_fact s = server(table[i].vm_state, table[i].task_state);

        s.host = table[i].host;
        repair_on_server(r, &s, T0, T0, &rules);
        is_int(r->phase, table[i].phase);
        is_int(r->need, table[i].need);
        ok_msg(!r->reason == !table[i].reason, "row %zu has a reason", i);
        if (table[i].reason)
            is_str(r->reason, table[i].reason);
        is_int(next(r, T0 + 500), table[i].need == REPAIR_NOTHING
                                      ? REPAIR_NOTHING
                                      : REPAIR_READ_ACTIONS);
        repair_free(r);
    }
}

static void
test_gone(void)
{
    struct repair *r = reported();

    repair_on_server(r, NULL, T0, T0, &rules);
    is_int(r->phase, REPAIR_LEFT);
    is_int(next(r, T0 + 59000), REPAIR_NOTHING);
    is_int(next(r, T0 + 60000), REPAIR_READ);
    repair_on_report(r, NULL, &rules, T0);
    ok(repair_is_over(r));
    repair_free(r);
}

/* Only those that opt in, and never more than the limit allows. */
static void
test_choice(void)
{
    struct repair_rules few = rules, none = rules;
    struct repair *r = reported();
    struct server_fact s = server("active", NULL);

    few.select = &volunteers;
    repair_on_server(r, &s, T0, T0, &few);
    is_int(r->phase, REPAIR_LEFT);
    none.limit = 0;
    repair_on_server(r, &s, T0, T0, &none);
    is_int(r->phase, REPAIR_LEFT);
    is_str(r->reason, "restart_limit is 0");
    repair_free(r);
}

/* Who stopped it? */
static void
test_stops(void)
{
    static const struct {
        const char *what;
        struct action_fact actions[2];
        size_t n;
        enum repair_phase phase;
    } table[] = {
        { "nobody", { { 0 } }, 0, REPAIR_WAITING },
        { "a user", { { "stop", false, WALL - 5, false } }, 1, REPAIR_LEFT },
        { "we, who only stop what was stopped",
          { { "stop", false, WALL - 5, true } },
          1,
          REPAIR_LEFT },
        { "nova-compute, as its guest had died",
          { { "stop", true, WALL - 5, false } },
          1,
          REPAIR_WAITING },
        { "nova-compute, after a user had started it",
          { { "stop", true, WALL - 5, false },
            { "start", false, WALL - 9, false } },
          2,
          REPAIR_WAITING },
        { "nobody since a user started it",
          { { "start", false, WALL - 5, false },
            { "stop", false, WALL - 9, false } },
          2,
          REPAIR_WAITING },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct repair *r = reported();

        look(r, "stopped", NULL, T0);
        repair_on_actions(r, table[i].actions, table[i].n, T0, WALL, &rules);
        ok_msg(r->phase == table[i].phase, "stopped by %s", table[i].what);
        repair_free(r);
    }
}

/* One that a user stopped is not started at the next look either. */
static void
test_stop_stays(void)
{
    static const struct action_fact stop = { "stop", false, WALL - 5, false };
    struct repair *r = reported();

    look(r, "stopped", NULL, T0);
    repair_on_actions(r, &stop, 1, T0, WALL, &rules);
    look(r, "stopped", NULL, T0 + 60000);
    is_int(next(r, T0 + 60000), REPAIR_READ_ACTIONS);
    repair_on_actions(r, &stop, 1, T0 + 60000, WALL + 60000, &rules);
    is_int(r->phase, REPAIR_LEFT);
    repair_free(r);
}

/* Power sync stops it while we are about to reboot it. */
static void
test_stopped_meanwhile(void)
{
    struct repair *r = reported();

    look(r, "active", NULL, T0);
    count(r, T0);
    repair_on_calling(r, REPAIR_REBOOT, T0);
    repair_on_call(r, ANSWER_STATE, "task_state powering-off", T0 + 5);
    is_int(r->n_calls, 0);
    is_int(next(r, T0 + 100), REPAIR_NOTHING);
    is_int(next(r, T0 + 2005), REPAIR_READ);
    look(r, "stopped", NULL, T0 + 2005);
    is_int(next(r, T0 + 2005), REPAIR_READ_ACTIONS);
    count(r, T0 + 2005);
    is_int(next(r, T0 + 2005), REPAIR_START);
    repair_free(r);
}

/* No call by an old reading. */
static void
test_old_reading(void)
{
    struct repair *r = reported();

    look(r, "active", NULL, T0);
    count(r, T0);
    r->around.has_turn = false;
    is_int(next(r, T0 + 1), REPAIR_NOTHING);
    r->around.has_turn = true;
    is_int(next(r, T0 + 2001), REPAIR_READ);
    look(r, "active", NULL, T0 + 2001);
    is_int(next(r, T0 + 2001), REPAIR_REBOOT);
    r->around.certainty = DISARMED;
    is_int(next(r, T0 + 2001), REPAIR_NOTHING);
    ok(!repair_wants_turn(r, T0 + 2001));
    is_str(repair_reason(r), certainty_text(DISARMED));
    repair_free(r);
}

/* Restarts that do not help come later and later, and end. */
static void
test_limit(void)
{
    static const int64_t pauses_ms[] = { 10000, 20000 };
    struct repair *r = called(T0);
    int64_t now_ms = T0;

    for (size_t i = 0; i < N_ELEMENTS(pauses_ms); i++) {
        int64_t called_ms = now_ms;
        struct fault again = crash(2 + (int64_t) i);

        look(r, "active", NULL, now_ms + 1000);
        repair_on_report(r, &again, &rules, now_ms + 2000);
        is_int(r->phase, REPAIR_WAITING);
        is_int(r->not_before_ms, called_ms + pauses_ms[i]);
        now_ms = called_ms + pauses_ms[i];
        is_int(next(r, now_ms - 1), REPAIR_NOTHING);
        look(r, "active", NULL, now_ms);
        is_int(next(r, now_ms), REPAIR_REBOOT);
        repair_on_calling(r, REPAIR_REBOOT, now_ms);
        repair_on_call(r, ANSWER_QUEUED, "", now_ms);
    }
    look(r, "error", NULL, now_ms + 1000);
    is_int(r->phase, REPAIR_SPENT);
    has_str(r->reason, "was restarted 3 times within 3600 s");
    is_int(next(r, T0 + rules.window_ms - 1), REPAIR_NOTHING);
    is_int(next(r, T0 + rules.window_ms), REPAIR_READ);
    look(r, "error", NULL, T0 + rules.window_ms);
    is_int(r->phase, REPAIR_WAITING);
    is_int(r->n_calls, 2);
    repair_free(r);
}

/* The next daemon counts what the last one did, and others' calls not. */
static void
test_earlier_restarts(void)
{
    static const struct action_fact actions[] = {
        { "reboot", false, WALL - 5000, true },
        { "stop", true, WALL - 6000, false },
        { "start", false, WALL - 7000, false },
        { "start", false, WALL - 8000, true },
        { "reboot", false, WALL - 3600000, true }
    };
    struct repair *r = reported();

    look(r, "active", NULL, T0);
    repair_on_actions(r, actions, N_ELEMENTS(actions), T0, WALL, &rules);
    is_int(r->n_calls, 2);
    is_int(r->calls_ms[0], T0 - 8000);
    is_int(r->not_before_ms, T0 - 5000 + 20000);
    repair_free(r);
}

/* It was accepted, but nothing happened: the report stays. */
static void
test_no_help(void)
{
    struct repair *r = called(T0);
    struct fault f = crash(1);

    look(r, "active", NULL, T0 + 1000);
    repair_on_report(r, &f, &rules, T0 + 2000);
    is_int(r->phase, REPAIR_VERIFYING);
    look(r, "active", NULL, T0 + 60000);
    is_int(r->phase, REPAIR_VERIFYING);
    look(r, "active", NULL, T0 + 61000);
    is_int(r->phase, REPAIR_WAITING);
    ok(r->has_failed);
    is_str(repair_reason(r),
           "its restart did not help: its host still reports it");
    repair_free(r);
}

/* nova-compute is down: told, and looked at less often. */
static void
test_no_compute(void)
{
    struct repair *r = called(T0);

    look(r, "active", "reboot_started_hard", T0 + 1000);
    is_str(repair_reason(r),
           "Nova restarts it: task_state 'reboot_started_hard'");
    is_int(next(r, T0 + 2000), REPAIR_READ);
    look(r, "active", "reboot_started_hard", T0 + 61000);
    is_int(next(r, T0 + 65999), REPAIR_NOTHING);
    is_int(next(r, T0 + 66000), REPAIR_READ);
    look(r, "active", NULL, T0 + 66000);
    ok(!repair_reason(r) && r->is_up);
    repair_free(r);
}

/* We have broken it, and its host says nothing more: it is not forgotten. */
static void
test_failed_start(void)
{
    struct repair *r = called(T0);

    repair_on_report(r, NULL, &rules, T0 + 500);
    look(r, "error", NULL, T0 + 1000);
    is_int(r->phase, REPAIR_WAITING);
    ok(!repair_is_over(r));
    repair_free(r);
}

static void
test_refusals(void)
{
    static const struct {
        enum answer answer;
        enum repair_phase phase;
        unsigned n_calls;
    } table[] = {
        { ANSWER_QUEUED, REPAIR_VERIFYING, 1 },
        { ANSWER_UNKNOWN, REPAIR_VERIFYING, 1 },
        { ANSWER_NOT_SENT, REPAIR_NEW, 0 },
        { ANSWER_STATE, REPAIR_NEW, 0 },
        { ANSWER_GONE, REPAIR_LEFT, 0 },
        { ANSWER_IN_USE, REPAIR_LEFT, 0 },
        { ANSWER_DENIED, REPAIR_LEFT, 0 },
        { ANSWER_BLOCKED, REPAIR_LEFT, 0 },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct repair *r = reported();

        look(r, "active", NULL, T0);
        count(r, T0);
        repair_on_calling(r, REPAIR_REBOOT, T0);
        repair_on_call(r, table[i].answer, "no", T0);
        is_int(r->phase, table[i].phase);
        is_int(r->n_calls, table[i].n_calls);
        ok_msg(next(r, T0 + 1) == REPAIR_NOTHING, "answer %zu: a pause", i);
        repair_free(r);
    }
}

/* A resize is confirmed first; that is no restart. */
static void
test_resized(void)
{
    struct repair *r = reported();

    look(r, "resized", NULL, T0);
    count(r, T0);
    is_int(next(r, T0), REPAIR_CONFIRM);
    repair_on_calling(r, REPAIR_CONFIRM, T0);
    repair_on_call(r, ANSWER_QUEUED, "", T0);
    is_int(r->n_calls, 0);
    is_int(next(r, T0 + 5000), REPAIR_READ);
    look(r, "active", NULL, T0 + 5000);
    count(r, T0 + 5000);
    is_int(next(r, T0 + 5000), REPAIR_REBOOT);
    repair_free(r);
}

static void
test_trouble(void)
{
    struct repair *r = reported();

    repair_on_trouble(r, "Nova is away", T0);
    is_str(repair_reason(r), "Nova is away");
    is_int(next(r, T0 + 1999), REPAIR_NOTHING);
    is_int(next(r, T0 + 2000), REPAIR_READ);
    repair_on_trouble(r, "Nova is away", T0 + 2000);
    is_int(next(r, T0 + 5999), REPAIR_NOTHING);
    is_int(next(r, T0 + 6000), REPAIR_READ);
    look(r, "active", NULL, T0 + 6000);
    ok(!repair_reason(r));
    repair_free(r);
}

TAP_MAIN({ "a crashed VM is restarted", test_crash },
         { "its report may go before Nova tells", test_report_first },
         { "its state decides", test_states },
         { "one that Nova does not know is left", test_gone },
         { "only who opts in", test_choice },
         { "stopped, by whom?", test_stops },
         { "a user's stop stays", test_stop_stays },
         { "stopped while we call", test_stopped_meanwhile },
         { "no call by an old reading", test_old_reading },
         { "restarts are limited", test_limit },
         { "earlier restarts count", test_earlier_restarts },
         { "a restart that does not help", test_no_help },
         { "nova-compute is down", test_no_compute },
         { "a start that failed is not forgotten", test_failed_start },
         { "answers", test_refusals },
         { "a resize is confirmed first", test_resized },
         { "a cloud that does not answer", test_trouble })
