/* lib/policy: whom to ask, and what the answers mean. */
#include <stdlib.h>

#include "asking.h"
#include "cleanup.h"
#include "tap.h"

#define A "aaaaaaaa-0000-4000-8000-000000000001"
#define B "bbbbbbbb-0000-4000-8000-000000000002"

static const struct watch_rules rules = {
    .reports = { true, true, true, true, true, true, true, true },
    .has_probes = true,
    .probe_ms = 30000,
    .hang_ms = 20000,
    .agent_ms = 10000,
    .agent_timeout_ms = 2000,
    .agent_misses = 3,
};

static struct watch_vm *
boot(struct watch *w, const char *uuid, bool has_agent)
{
    struct watch_time t = { 0, 1000 };

    watch_event(w, uuid, "started", &t);
    watch_find(w, uuid)->has_agent = has_agent;
    return watch_find(w, uuid);
}

static void
answer(struct watch *w, const struct ask *a, enum answer_kind kind,
       uint64_t busy_ms, int64_t ms)
{
    struct watch_time t = { ms, 1000 + ms / 1000 };
    struct answer_text text = { kind, busy_ms };

    asking_answer(w, &rules, a, &text, &t);
}

/* "monitor a", "nobody 30000": what is asked at that time. */
static const char *
asked(const struct watch *w, const struct watch_rules *r, int64_t ms,
      struct ask *ret_ask)
{
    static const char *const kinds[] = { "nobody", "agent", "monitor",
                                         "control" };
    static char text[64];
    int64_t wake_ms;

    *ret_ask = asking_next(w, r, ms, &wake_ms);
    if (ret_ask->kind == ASK_NOBODY)
        snprintf(text, sizeof text, "nobody %d", (int) wake_ms);
    else
        snprintf(text, sizeof text, "%s %c", kinds[ret_ask->kind],
                 ret_ask->uuid[0]);
    return text;
}

static void
test_monitor(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct watch_vm *vm = boot(&w, A, false);
    struct ask a;

    is_str(asked(&w, &rules, 0, &a), "monitor a");
    answer(&w, &a, ANSWER_OK, 0, 1);
    is_str(asked(&w, &rules, 1, &a), "nobody 30001");
    is_str(asked(&w, &rules, 30001, &a), "monitor a");
    answer(&w, &a, ANSWER_OVERDUE, 0, 35000);
    ok(!vm->faults[CAUSE_HANG].is_on);
    is_str(asked(&w, &rules, 35000, &a), "control a");
    answer(&w, &a, ANSWER_BUSY, 5000, 35001);
    ok(!vm->faults[CAUSE_HANG].is_on);
    is_str(asked(&w, &rules, 35001, &a), "nobody 40001");
    is_str(asked(&w, &rules, 40001, &a), "control a");
    answer(&w, &a, ANSWER_BUSY, 20000, 55000);
    ok(vm->faults[CAUSE_HANG].is_on);
    is_str(asked(&w, &rules, 60000, &a), "control a");
    answer(&w, &a, ANSWER_NONE, 0, 60000);
    ok(vm->faults[CAUSE_HANG].is_on);
    is_str(asked(&w, &rules, 90000, &a), "control a");
    answer(&w, &a, ANSWER_OK, 0, 90000);
    ok(!vm->faults[CAUSE_HANG].is_on);
    is_str(asked(&w, &rules, 120000, &a), "monitor a");
    answer(&w, &a, ANSWER_BROKEN, 0, 120000);
    ok(vm->faults[CAUSE_HANG].is_on);
}

/* A command of somebody else's is no hang, and nothing to wait behind. */
static void
test_busy(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct watch_vm *vm = boot(&w, A, false);
    struct ask a;

    is_str(asked(&w, &rules, 0, &a), "monitor a");
    answer(&w, &a, ANSWER_BUSY, 20, 0);
    is_str(asked(&w, &rules, 5000, &a), "monitor a");
    answer(&w, &a, ANSWER_BUSY, 5000, 5000);
    is_str(asked(&w, &rules, 10000, &a), "control a");
    ok(!vm->faults[CAUSE_HANG].is_on);
}

/* libvirtd has twenty threads: we make only three of them wait. */
static void
test_stuck(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct ask a;
    char uuid[37];
    int monitors = 0;

    for (int i = 0; i < 10; i++) {
        snprintf(uuid, sizeof uuid, "%08x-0000-4000-8000-000000000000", i);
        boot(&w, uuid, false);
    }
    for (int i = 0; i < 10; i++) {
        (void) asked(&w, &rules, i, &a);
        monitors += a.kind == ASK_MONITOR;
        answer(&w, &a, a.kind == ASK_MONITOR ? ANSWER_OVERDUE : ANSWER_OK, 0,
               i);
        if (a.kind == ASK_MONITOR)
            watch_find(&w, a.uuid)->next_probe_ms += 100;
    }
    is_int(monitors, ASKING_STUCK_MAX);
}

static void
test_agent(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct watch_rules agents = rules;
    struct watch_vm *vm = boot(&w, A, true);
    struct ask a;

    agents.has_probes = false;
    for (int i = 0; i < 9; i++) { /* it never answered: no agent yet */
        is_str(asked(&w, &agents, i * 60000, &a), "agent a");
        answer(&w, &a, ANSWER_SILENT, 0, i * 60000);
        is_str(asked(&w, &agents, i * 60000 + 59999, &a)[0] == 'n' ? "n" : "y",
               "n");
    }
    ok(!vm->faults[CAUSE_AGENT].is_on);
    is_str(asked(&w, &agents, 600000, &a), "agent a");
    answer(&w, &a, ANSWER_OK, 0, 600000);
    for (int i = 1; i <= 2; i++) {
        is_str(asked(&w, &agents, 600000 + i * 10000, &a), "agent a");
        answer(&w, &a, ANSWER_SILENT, 0, 600000 + i * 10000);
        ok(!vm->faults[CAUSE_AGENT].is_on);
    }
    is_str(asked(&w, &agents, 630000, &a), "agent a");
    answer(&w, &a, ANSWER_NONE, 0, 630000); /* means nothing */
    ok(!vm->faults[CAUSE_AGENT].is_on);
    answer(&w, &a, ANSWER_SILENT, 0, 640000);
    ok(vm->faults[CAUSE_AGENT].is_on);
    is_str(asked(&w, &agents, 640000, &a), "nobody 700000");
    is_str(asked(&w, &agents, 700000, &a), "agent a");
    answer(&w, &a, ANSWER_OK, 0, 700000);
    ok(!vm->faults[CAUSE_AGENT].is_on);
    is_int(vm->misses, 0);
}

static void
test_whom(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct watch_rules agents = rules;
    struct watch_time t = { 0, 1000 };
    struct ask a;

    is_str(asked(&w, &rules, 0, &a), "nobody 0");
    agents.has_probes = false;
    boot(&w, A, false);
    is_str(asked(&w, &agents, 0, &a), "nobody 0");
    boot(&w, B, true);
    is_str(asked(&w, &agents, 0, &a), "agent b");
    watch_event(&w, B, "suspended", &t);
    is_str(asked(&w, &agents, 0, &a), "nobody 0");
    watch_event(&w, B, "resumed", &t);
    is_str(asked(&w, &agents, 0, &a), "agent b");
    answer(&w, &a, ANSWER_OK, 0, 0);
    watch_event(&w, B, "stopped/failed", &t);
    is_str(asked(&w, &agents, 99999, &a), "nobody 0");
    answer(&w, &a, ANSWER_OVERDUE, 0, 0); /* of one that ended: nothing */
    watch_event(&w, B, "started", &t);
    ok_msg(!watch_find(&w, B)->has_answered, "a new guest must answer first");
}

/* Silent ones do not keep others from their turn. */
static void
test_fair(void)
{
    CLEANUP(watch_clear) struct watch w = { 0 };
    struct ask a;

    boot(&w, A, false)->next_probe_ms = 500;
    boot(&w, B, false)->next_probe_ms = 100;
    is_str(asked(&w, &rules, 1000, &a), "monitor b");
}

static void
test_flavors(void)
{
    ok(!asking_wants_agent(NULL, "m1"));
    ok(!asking_wants_agent("", "m1"));
    ok(asking_wants_agent("*", "m1"));
    ok(asking_wants_agent("*", ""));
    ok(asking_wants_agent("x,ha.*,y", "ha.big"));
    ok(!asking_wants_agent("x,ha.*,y", "big.ha.big"));
}

static void
test_lines(void)
{
    struct ask a = { ASK_CONTROL, A }, b;
    struct answer_text text = { ANSWER_BUSY, 1200 }, got;
    char line[ASKING_LINE_MAX];
    struct vmha_error err;

    ask_format(&a, line);
    is_str(line, "control " A);
    is_int(ask_parse(line, &b, &err), 0);
    is_int(b.kind, ASK_CONTROL);
    is_str(b.uuid, A);
    is_int(ask_parse("guest " A, &b, &err), 0);
    is_int(b.kind, ASK_GUEST);
    is_int(ask_parse("nobody " A, &b, &err), -1);
    is_int(ask_parse("agent x", &b, &err), -1);
    is_int(ask_parse("agent", &b, &err), -1);
    answer_format(&text, line);
    is_str(line, "busy 1200");
    is_int(answer_parse(line, &got, &err), 0);
    is_int(got.busy_ms, 1200);
    is_int(answer_parse("silent", &got, &err), 0);
    is_int(got.kind, ANSWER_SILENT);
    is_int(answer_parse("absent", &got, &err), 0);
    is_int(got.kind, ANSWER_ABSENT);
    is_int(answer_parse("busy", &got, &err), -1);
    is_int(answer_parse("busy x", &got, &err), -1);
    is_int(answer_parse("", &got, &err), -1);
}

TAP_MAIN({ "a monitor that does not answer is a hang", test_monitor },
         { "one that is busy is not", test_busy },
         { "few are asked in vain", test_stuck },
         { "an agent must have answered, then miss some", test_agent },
         { "only who can answer is asked", test_whom },
         { "the longest due goes first", test_fair },
         { "flavors opt in", test_flavors },
         { "the worker's lines", test_lines })
