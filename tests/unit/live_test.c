/* lib/policy: live migrations whose source died (N13). */
#include "live.h"

#include "cleanup.h"
#include "plan.h"
#include "tap.h"

#define A "0000000a-0000-4000-8000-000000000000"

enum { T0 = 1000000 };
static const int64_t NS = 5000000000;

static const struct recovery_rules rules = { .post_settle_ms = 60000,
                                             .poll_ms = 1000,
                                             .retry_min_ms = 10000,
                                             .retry_max_ms = 120000 };

static void
test_table(void)
{
    static const struct {
        const char *status, *dest;
        bool is_dest_dead, may_have_left;
    } table[] = {
        { NULL, NULL, false, false },
        { "accepted", NULL, false, false },
        { "accepted", "c2", false, false },
        { "queued", "c2", false, false },
        { "preparing", "c2", false, false },
        { "running", "c2", false, true },
        { "running", "c2", true, false },
        { "post-migrating", "c2", false, true },
        { "completed", "c2", false, true },
        { "completed", "c2", true, false },
        { "failed", "c2", false, false },
        { "cancelled", "c2", false, false },
        { "error", "c2", false, true },
        { "error", "c2", true, false },
        { "error", NULL, false, false },
        { "dreaming", "c2", false, true },
    };
    struct live_fact f = { 0 };

    ok(live_may_have_left(&f));
    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        f = (struct live_fact){ true, table[i].status, table[i].dest,
                                table[i].is_dest_dead };
        ok_msg(live_may_have_left(&f) == table[i].may_have_left, "%s %s %d",
               f.status ? f.status : "none", f.dest ? f.dest : "nowhere",
               f.is_dest_dead);
    }
}

/* --- how it goes on ------------------------------------------------------- */

static struct server_fact
migrating(const char *vm_state)
{
    return (struct server_fact){ .id = A,
                                 .name = "a",
                                 .host = "c1",
                                 .vm_state = vm_state,
                                 .task_state = "migrating",
                                 .power_state = 1,
                                 .ram_mb = 512,
                                 .was_launched = true };
}

/* An incident whose host is down and listed with VM S. */
static struct incident *
ready(const struct server_fact *s)
{
    static const struct service_fact service = {
        .id = "id", .is_disabled = true, .is_forced_down = true, .is_ours = true
    };
    struct incident *inc = incident_new("c1", "c1", NS, T0);
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

/* Is that planned? */
static bool
plans(const struct incident *inc, enum step_kind kind, int64_t now_ms)
{
    struct plan p;

    plan_incident(inc, &rules, now_ms, 8, &p);
    for (size_t i = 0; i < p.n; i++)
        if (p.steps[i].kind == kind)
            return true;
    return false;
}

/* Two records, newest first; the old one says nothing. */
static void
tell(struct incident *inc, const char *status, const char *dest,
     bool is_dest_dead, int64_t now_ms)
{
    const struct live_record r[] = {
        { A, { true, status, dest, is_dest_dead } },
        { "another", { true, "running", "c4", false } },
        { A, { true, "error", "c3", false } },
    };

    live_on_records(inc, r, N_ELEMENTS(r), now_ms, now_ms);
}

static void
list(struct incident *inc, const struct server_fact *s, int64_t now_ms)
{
    struct journal_host e;

    incident_on_records(inc, NULL, 0, 0, now_ms, now_ms, &rules);
    incident_on_servers(inc, s, 1, now_ms, now_ms, &rules);
    e = incident_entry(inc);
    incident_on_saved(inc, &e);
}

static void
test_held(void)
{
    struct server_fact s = migrating("active");
    struct incident *inc = ready(&s);
    struct vm *v = inc->by_key[0];

    is_int(v->phase, VM_HELD);
    ok(plans(inc, STEP_LIVE, T0 + 2));
    tell(inc, "running", "c2", false, T0 + 3);
    is_int(v->phase, VM_HELD);
    has_str(vm_reason(v), "to 'c2' was under way (its state is 'running')");
    list(inc, &s, T0 + 4);
    has_str(vm_reason(v), "'c2'");
    ok(!plans(inc, STEP_LIVE, T0 + 5));
    ok(!plans(inc, STEP_EVACUATE, T0 + 5));
    ok(plans(inc, STEP_LIVE, T0 + 60003)); /* others may have ended it */
    tell(inc, "running", "c2", true, T0 + 60003);
    is_int(v->phase, VM_HELD); /* until Nova shows that it still is here */
    ok(plans(inc, STEP_SERVERS, T0 + 60004));
    list(inc, &s, T0 + 60005);
    is_int(v->phase, VM_WAITING);
    ok(!vm_reason(v));
    ok(plans(inc, STEP_EVACUATE, T0 + 60006));
    incident_free(inc);
}

static void
test_stayed(void)
{
    struct server_fact s = migrating("active");
    struct incident *inc = ready(&s);

    tell(inc, "preparing", "c2", false, T0 + 2);
    list(inc, &s, T0 + 3);
    ok(plans(inc, STEP_EVACUATE, T0 + 4));
    ok(!plans(inc, STEP_LIVE, T0 + 70000));
    incident_free(inc);

    s = migrating("paused"); /* and what it was counts */
    inc = ready(&s);
    live_on_records(inc, NULL, 0, T0 + 2, T0 + 2);
    list(inc, &s, T0 + 3);
    ok(inc->by_key[0]->was_stopped);
    ok(plans(inc, STEP_RESET_VM, T0 + 4));
    incident_free(inc);
}

/* No other VM is asked for, and one that is being built stays blocked. */
static void
test_others(void)
{
    struct server_fact s = migrating("building");
    struct incident *inc = ready(&s);

    ok(!plans(inc, STEP_LIVE, T0 + 2));
    incident_free(inc);
    s = migrating("dreaming");
    s.task_state = NULL;
    inc = ready(&s);
    is_int(inc->by_key[0]->phase, VM_HELD);
    ok(!plans(inc, STEP_LIVE, T0 + 2));
    incident_free(inc);
}

static void
test_dead(void)
{
    struct incident *inc = incident_new("c3", "nova3", NS, T0);

    incident_on_certainty(inc, NOT_QUORATE, NS);
    ok(!live_is_dead(inc, "nova3"));
    incident_on_certainty(inc, CERTAIN, NS);
    ok(live_is_dead(inc, "nova3"));
    ok(!live_is_dead(inc, "c3"));
    ok(!live_is_dead(inc, NULL) && !live_is_dead(NULL, "nova3"));
    incident_on_certainty(inc, NODE_ALIVE, NS);
    incident_on_certainty(inc, CERTAIN, NS);
    ok(!live_is_dead(inc, "nova3")); /* not without a new incident */
    incident_free(inc);
}

TAP_MAIN({ "which guests may have left", test_table },
         { "one that may have left is held until it is certain", test_held },
         { "one that stayed is evacuated as it was", test_stayed },
         { "others do not wait for that", test_others },
         { "a destination that is dead", test_dead })
