/* lib/policy: evacuations that Nova leaves in one state for long. */
#include "stuck.h"

#include <stdlib.h>

#include "cleanup.h"
#include "incident.h"
#include "plan.h"
#include "tap.h"

#define A "aaaaaaaa-0000-4000-8000-000000000000"
#define B "bbbbbbbb-0000-4000-8000-000000000000"

enum { T0 = 1000000, MIN = 60000 };

/* 2026-11-23 15:00:00 */
static const int64_t cloud_ms = INT64_C(1795446000000);

static const struct recovery_rules rules = { .post_settle_ms = 60000,
                                             .poll_ms = 1000,
                                             .retry_min_ms = 10000,
                                             .retry_max_ms = 120000 };

/* A host with VMs A and B, both called for. */
static struct incident *
start(void)
{
    const struct server_fact vms[] = {
        { .id = A,
          .name = "a",
          .host = "c1",
          .vm_state = "active",
          .power_state = 1,
          .ram_mb = 512,
          .was_launched = true },
        { .id = B,
          .name = "b",
          .host = "c1",
          .vm_state = "active",
          .power_state = 1,
          .ram_mb = 512,
          .was_launched = true },
    };
    struct incident *inc = incident_new("c1", "c1", 5000000000, T0);

    incident_on_servers(inc, vms, 2, T0, T0, &rules);
    for (size_t i = 0; i < inc->n_vms; i++) {
        incident_on_posting(inc, inc->by_key[i], T0);
        incident_on_post(inc, inc->by_key[i], ANSWER_QUEUED, "", T0, &rules);
    }
    return inc;
}

/* Its record is seen so MS after the start. */
static void
see(struct incident *inc, const char *vm, const char *status, const char *dest,
    int64_t ms)
{
    /* Nova's changes-since: a state is told when it begins */
    const struct record_fact r = { .uuid = vm,
                                   .instance = vm,
                                   .status = status,
                                   .dest = dest,
                                   .created_ms = cloud_ms,
                                   .updated_ms = dest ? cloud_ms + ms : 0 };

    incident_on_records(inc, &r, 1, 1, T0 + ms, T0 + ms, &rules);
}

/* Nothing new is seen until then. */
static const char *
told(struct incident *inc, const char *vm, int64_t ms)
{
    incident_on_records(inc, NULL, 0, 1, T0 + ms, T0 + ms, &rules);
    return vm_reason(incident_vm(inc, vm));
}

static void
test_when(void)
{
    static const struct {
        const char *name;
        int64_t working, done; /* when B got there, 0: never */
        const char *status;    /* of A, from minute 10 */
        int64_t limit_ms;      /* so long it may be so */
    } table[] = {
        { "no other VM", 0, 0, "accepted", 5 * MIN },
        { "no other VM", 0, 0, "pre-migrating", 5 * MIN },
        { "a quick one", 1000, 2000, "pre-migrating", 5 * MIN },
        { "slow hosts", 1000, 10 * MIN + 1000, "pre-migrating", 40 * MIN },
        { "slow hosts", 1000, 10 * MIN + 1000, "accepted", 5 * MIN },
        { "a long queue", 5 * MIN, 6 * MIN, "accepted", 20 * MIN },
        { "a long queue", 5 * MIN, 6 * MIN, "pre-migrating", 5 * MIN },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct incident *inc = start();
        const char *dest = table[i].status[0] == 'p' ? "c2" : NULL;

        if (table[i].working)
            see(inc, B, "accepted", NULL, 0);
        if (table[i].working)
            see(inc, B, "pre-migrating", "c2", table[i].working);
        if (table[i].done)
            see(inc, B, "done", "c2", table[i].done);
        see(inc, A, table[i].status, dest, 10 * MIN);
        ok_msg(!told(inc, A, 10 * MIN + table[i].limit_ms), "%s: too early",
               table[i].name);
        ok_msg(told(inc, A, 10 * MIN + table[i].limit_ms + 1) != NULL,
               "%s: too late", table[i].name);
        incident_free(inc);
    }
}

static void
test_what(void)
{
    struct incident *inc = start();

    see(inc, A, "accepted", NULL, 0);
    is_str(told(inc, A, 6 * MIN),
           "Nova has left it in 'accepted' since 2026-11-23 15:00:00");
    see(inc, A, "pre-migrating", "c2", 7 * MIN);
    is_str(told(inc, A, 8 * MIN), NULL);
    /* the time in its queue was long, that on the host is not */
    is_str(told(inc, A, 13 * MIN),
           "Nova has left it in 'pre-migrating' since 2026-11-23 15:07:00, on "
           "its way to 'c2'");
    is_str(stuck_asks(inc, T0 + 13 * MIN), "c2");
    stuck_on_service(inc, "c3", "up", T0 + 13 * MIN);
    is_str(stuck_asks(inc, T0 + 13 * MIN), "c2");
    stuck_on_service(inc, "c2", "down", T0 + 13 * MIN);
    is_str(told(inc, A, 13 * MIN),
           "Nova has left it in 'pre-migrating' since 2026-11-23 15:07:00, on "
           "its way to 'c2', whose nova-compute is down");
    is_str(stuck_asks(inc, T0 + 14 * MIN - 1), NULL);
    is_str(stuck_asks(inc, T0 + 14 * MIN), "c2");
    see(inc, A, "done", "c2", 15 * MIN);
    is_str(told(inc, A, 15 * MIN), NULL);
    is_str(stuck_asks(inc, T0 + 15 * MIN), NULL);
    incident_free(inc);
}

/* All that go to one host are asked for at once. */
static void
test_one_question(void)
{
    struct incident *inc = start();

    see(inc, A, "pre-migrating", "c2", 0);
    see(inc, B, "pre-migrating", "c2", 0);
    ok(told(inc, A, 6 * MIN) && told(inc, B, 6 * MIN));
    stuck_on_service(inc, stuck_asks(inc, T0 + 6 * MIN), "up", T0 + 6 * MIN);
    is_str(stuck_asks(inc, T0 + 6 * MIN), NULL);
    has_str(told(inc, B, 6 * MIN), "is up");
    incident_free(inc);
}

/* N28: time alone is no reason to ask again. */
static void
test_no_second_call(void)
{
    struct incident *inc = start();
    struct plan p;

    see(inc, A, "accepted", NULL, 0);
    ok(told(inc, A, 60 * MIN) != NULL);
    is_int(incident_vm(inc, A)->phase, VM_MOVING);
    plan_incident(inc, &rules, T0 + 60 * MIN, 16, &p);
    for (size_t i = 0; i < p.n; i++)
        ok(p.steps[i].kind != STEP_EVACUATE);
    incident_free(inc);
}

static void
use_utc(void)
{
    is_int(setenv("TZ", "UTC", 1), 0);
}

TAP_MAIN({ "times are in UTC here", use_utc },
         { "when people are told", test_when },
         { "what they are told", test_what },
         { "one question for each host", test_one_question },
         { "N28: no second call by time alone", test_no_second_call })
