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
        int word;
    } table[] = {
        { NULL, NULL, false, false, 0 },
        { "accepted", NULL, false, false, 0 },
        { "accepted", "c2", false, false, 0 },
        { "queued", "c2", false, false, 0 },
        { "preparing", "c2", false, false, 0 },
        { "running", "c2", false, true, 0 },
        { "running", "c2", true, false, 0 },
        { "post-migrating", "c2", false, true, 0 },
        { "completed", "c2", false, true, 0 },
        { "completed", "c2", true, false, 0 },
        { "failed", "c2", false, false, 0 },
        { "cancelled", "c2", false, false, 0 },
        { "error", "c2", false, true, 0 },
        { "error", "c2", true, false, 0 },
        { "error", NULL, false, false, 0 },
        { "dreaming", "c2", false, true, 0 },
        { "running", "c2", false, true, WORD_HERE },
        { "running", "c2", false, false, WORD_ABSENT },
        { "completed", "c2", false, false, WORD_ABSENT },
        { "dreaming", "c2", false, false, WORD_ABSENT },
        { "preparing", "c2", false, false, WORD_HERE },
    };
    struct live_fact f = { 0 };

    ok(live_may_have_left(&f));
    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        f = (struct live_fact){ true, table[i].status, table[i].dest,
                                table[i].is_dest_dead, table[i].word };
        ok_msg(live_may_have_left(&f) == table[i].may_have_left, "%s %s %d %d",
               f.status ? f.status : "none", f.dest ? f.dest : "nowhere",
               f.is_dest_dead, f.word);
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
        { A, { true, status, dest, is_dest_dead, 0 } },
        { "another", { true, "running", "c4", false, 0 } },
        { A, { true, "error", "c3", false, 0 } },
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

/* The destination is asked, and has its say. */
static void
test_word(void)
{
    struct server_fact s = migrating("active");
    struct incident *inc = ready(&s);
    struct vm *v = inc->by_key[0];

    ok(!live_asks(inc, v, "c2")); /* Nova's record has not named it yet */
    tell(inc, "running", "c2", false, T0 + 2);
    ok(live_asks(inc, v, "c2"));
    ok(!live_asks(inc, v, "c3") && !live_asks(inc, v, "c1"));
    live_on_word(inc, v, true, T0 + 3);
    is_int(v->phase, VM_HELD);
    has_str(vm_reason(v), "that host says that it has its guest");
    ok(live_asks(inc, v, "c2")); /* it may go */
    tell(inc, "running", "c2", false, T0 + 60003);
    has_str(vm_reason(v), "that host says that it has its guest");
    list(inc, &s, T0 + 60004);
    has_str(vm_reason(v), "that host says that it has its guest");
    ok(!plans(inc, STEP_EVACUATE, T0 + 60005));
    live_on_word(inc, v, false, T0 + 60006);
    is_int(v->phase, VM_HELD); /* until Nova shows that it still is here */
    ok(!live_asks(inc, v, "c2"));
    ok(plans(inc, STEP_SERVERS, T0 + 60007));
    list(inc, &s, T0 + 60008);
    is_int(v->phase, VM_WAITING);
    ok(plans(inc, STEP_EVACUATE, T0 + 60009));
    incident_free(inc);
}

/* What c2 has said is nothing of c3. */
static void
test_word_of_another(void)
{
    struct server_fact s = migrating("active");
    struct incident *inc = ready(&s);
    struct vm *v = inc->by_key[0];

    tell(inc, "running", "c2", false, T0 + 2);
    live_on_word(inc, v, false, T0 + 3);
    tell(inc, "running", "c3", false, T0 + 4);
    ok(live_asks(inc, v, "c3") && !live_asks(inc, v, "c2"));
    list(inc, &s, T0 + 5);
    is_int(v->phase, VM_HELD);
    incident_free(inc);
}

/* While the source may live a guest may still arrive: nobody is asked. */
static void
test_no_word_of_the_living(void)
{
    struct server_fact s = migrating("active");
    struct incident *inc = ready(&s);
    struct vm *v = inc->by_key[0];

    tell(inc, "running", "c2", false, T0 + 2);
    incident_on_certainty(inc, NOT_CURRENT, NS);
    ok(!live_asks(inc, v, "c2"));
    incident_on_certainty(inc, CERTAIN, NS);
    ok(live_asks(inc, v, "c2"));
    incident_on_certainty(inc, NODE_ALIVE, NS);
    incident_on_certainty(inc, CERTAIN, NS);
    ok(!live_asks(inc, v, "c2"));
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
         { "its destination has its say", test_word },
         { "another host has none", test_word_of_another },
         { "nobody has while the source may live", test_no_word_of_the_living },
         { "others do not wait for that", test_others },
         { "a destination that is dead", test_dead })
