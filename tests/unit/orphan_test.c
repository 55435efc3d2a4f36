/* lib/policy: guests that a failed evacuation may have left (N29, N35). */
#include "orphan.h"

#include "cleanup.h"
#include "comeback.h"
#include "plan.h"
#include "tap.h"

#define A "0000000a-0000-4000-8000-000000000000"

enum { T0 = 1000000, BEAT0 = 500000 };
static const int64_t NS = 5000000000;

static const struct recovery_rules rules = { .post_settle_ms = 60000,
                                             .poll_ms = 1000,
                                             .retry_min_ms = 1000,
                                             .retry_max_ms = 2000,
                                             .powers_on = true };

static struct server_fact
server(const char *vm_state)
{
    return (struct server_fact){ .id = A,
                                 .name = "a",
                                 .host = "c1",
                                 .vm_state = vm_state,
                                 .power_state = 1,
                                 .ram_mb = 512,
                                 .was_launched = true };
}

static void
save(struct incident *inc)
{
    struct journal_host e = incident_entry(inc);

    incident_on_saved(inc, &e);
}

static void
record(struct incident *inc, const char *uuid, const char *status,
       const char *dest, int64_t now_ms)
{
    struct record_fact r = { .uuid = uuid,
                             .instance = A,
                             .status = status,
                             .dest = dest,
                             .created_ms = now_ms,
                             .updated_ms = now_ms };

    incident_on_records(inc, &r, 1, 0, now_ms, now_ms, &rules);
}

static void
read_vm(struct incident *inc, const char *vm_state, int64_t now_ms)
{
    struct server_fact s = server(vm_state);

    incident_on_server(inc, inc->by_key[0], &s, now_ms, now_ms, &rules);
}

/* A host is down, the evacuation of its VM to c2 ended so. */
static struct incident *
failed(const char *status, const char *dest)
{
    static const struct service_fact service = {
        .id = "id", .is_disabled = true, .is_forced_down = true, .is_ours = true
    };
    struct server_fact s = server("active");
    struct incident *inc = incident_new("c1", "c1", NS, T0);

    incident_on_certainty(inc, CERTAIN, NS);
    inc->sets_down = true;
    incident_on_service(inc, &service, T0);
    incident_on_records(inc, NULL, 0, 0, T0, T0, &rules);
    incident_on_servers(inc, &s, 1, T0 + 1, T0 + 1, &rules);
    save(inc);
    incident_on_posting(inc, inc->by_key[0], T0);
    incident_on_post(inc, inc->by_key[0], ANSWER_QUEUED, "", T0 + 2, &rules);
    record(inc, "r1", status, dest, T0 + 3);
    read_vm(inc, "error", T0 + 4);
    return inc;
}

static bool
plans(struct incident *inc, enum step_kind kind, int64_t now_ms)
{
    struct plan p;

    incident_on_records(inc, NULL, 0, now_ms, now_ms, now_ms, &rules);
    save(inc);
    plan_incident(inc, &rules, now_ms, 8, &p);
    for (size_t i = 0; i < p.n; i++)
        if (p.steps[i].kind == kind)
            return true;
    return false;
}

/* Which hosts are asked, by what the destination is. */
static void
test_table(void)
{
    static const struct {
        const char *status, *dest;
        enum orphan_dest what;
        bool may_run;
    } table[] = {
        { "failed", "c2", DEST_TELLS, true },
        { "failed", "c2", DEST_SILENT, false },
        { "failed", "c2", DEST_DEAD, false },
        { "failed", NULL, DEST_TELLS, false },
        { "error", NULL, DEST_TELLS, false }, /* no host was found */
        { "pre-migrating", "c2", DEST_TELLS, false },
        { "done", "c2", DEST_TELLS, false },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct incident *inc = failed(table[i].status, table[i].dest);
        struct vm *v = inc->by_key[0];

        ok(!orphan_may_run(v)); /* nobody has looked */
        orphan_on_dest(inc, v, table[i].what);
        ok_msg(orphan_may_run(v) == table[i].may_run, "row %zu", i);
        ok_msg(orphan_asks(v, "c2") == table[i].may_run, "row %zu", i);
        ok(!orphan_asks(v, "c3"));
        incident_free(inc);
    }
}

static void
test_evacuated(void)
{
    struct incident *inc = failed("failed", "c2");
    struct vm *v = inc->by_key[0];

    orphan_on_dest(inc, v, DEST_TELLS);
    ok(!plans(inc, STEP_EVACUATE, T0 + 5000));
    ok(!plans(inc, STEP_EVACUATE, T0 + 600000));
    has_str(vm_reason(v), "to 'c2' failed, and that host has not");
    ok(orphan_on_word(v, true));
    ok(!orphan_on_word(v, true));
    ok(!plans(inc, STEP_EVACUATE, T0 + 600000));
    has_str(vm_reason(v), "end it there");
    ok(orphan_asks(v, "c2"));                   /* it may end */
    ok(plans(inc, STEP_POWER_ON, T0 + 600000)); /* no reason to wait */
    ok(orphan_on_word(v, false));
    ok(!orphan_asks(v, "c2"));
    ok(plans(inc, STEP_EVACUATE, T0 + 600000));
    incident_free(inc);
}

/* The next one asks anew. */
static void
test_again(void)
{
    struct incident *inc = failed("failed", "c2");
    struct vm *v = inc->by_key[0];

    orphan_on_dest(inc, v, DEST_TELLS);
    ok(orphan_on_word(v, false));
    incident_on_posting(inc, v, T0);
    incident_on_post(inc, v, ANSWER_QUEUED, "", T0 + 5000, &rules);
    record(inc, "r2", "failed", "c3", T0 + 6000);
    read_vm(inc, "error", T0 + 6001);
    orphan_on_dest(inc, v, DEST_TELLS);
    ok(orphan_asks(v, "c3"));
    ok(!plans(inc, STEP_EVACUATE, T0 + 600000));
    orphan_on_dest(inc, v, DEST_DEAD);
    orphan_on_dest(inc, v, DEST_TELLS); /* it is back: what ran there is off */
    ok(plans(inc, STEP_EVACUATE, T0 + 600000));
    incident_free(inc);
}

/* One that has the guest stays what it said, though nobody asks it now. */
static void
test_silence(void)
{
    struct incident *inc = failed("failed", "c2");
    struct vm *v = inc->by_key[0];

    orphan_on_dest(inc, v, DEST_TELLS);
    ok(orphan_on_word(v, true));
    orphan_on_dest(inc, v, DEST_SILENT);
    ok(!plans(inc, STEP_EVACUATE, T0 + 600000));
    incident_free(inc);
}

/* --- on its own host ------------------------------------------------------ */

static void
service(struct incident *inc, int64_t beat_ms, int64_t now_ms)
{
    struct service_fact s = {
        .id = "id", .is_up = true, .updated_ms = beat_ms, .asked_ms = now_ms
    };

    incident_on_service(inc, &s, now_ms);
}

/* Its host is back, and its VMs were listed. */
static struct incident *
returned(void)
{
    struct incident *inc = failed("failed", "c2");
    struct server_fact s = server("error");

    orphan_on_dest(inc, inc->by_key[0], DEST_TELLS);
    incident_on_certainty(inc, NODE_ALIVE, NS);
    save(inc);
    save(inc);
    service(inc, BEAT0, T0 + 1001);
    service(inc, BEAT0 + 1, T0 + 1002);
    incident_on_servers(inc, &s, 1, T0 + 1003, T0 + 1003, &rules);
    return inc;
}

static void
test_returned(void)
{
    struct incident *inc = returned();
    struct vm *v = inc->by_key[0];

    ok(comeback_is_on(inc));
    is_int(v->phase, VM_STARTING);
    ok(!plans(inc, STEP_ASK_GUEST, T0 + 5000));
    ok(plans(inc, STEP_READ_VM, T0 + 5000)); /* its owner may delete it */
    read_vm(inc, "error", T0 + 5000);
    ok(!plans(inc, STEP_ASK_GUEST, T0 + 5001));
    ok(!comeback_is_over(inc));
    has_str(vm_reason(v), "c2");
    ok(orphan_on_word(v, false));
    read_vm(inc, "error", T0 + 7000);
    ok(plans(inc, STEP_ASK_GUEST, T0 + 7001));
    incident_free(inc);
}

int
main(void)
{
    static const struct tap_test tests[] = {
        { "which hosts are asked", test_table },
        { "it is not evacuated while its guest may run", test_evacuated },
        { "each failed evacuation asks anew", test_again },
        { "what a host has said holds", test_silence },
        { "it is not started on its own host either", test_returned },
    };

    return tap_main(tests, N_ELEMENTS(tests));
}
