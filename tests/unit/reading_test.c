/* lib/policy: what is read of the cloud, and how often. */
#include "plan.h"
#include "tap.h"

enum { T0 = 1000000 };

static const struct recovery_rules rules = { .post_settle_ms = 60000,
                                             .poll_ms = 1000,
                                             .retry_min_ms = 10000,
                                             .retry_max_ms = 120000 };

static bool
plans(const struct incident *inc, int64_t now_ms, enum step_kind kind)
{
    struct plan p;

    plan_incident(inc, &rules, now_ms, 0, &p);
    for (size_t i = 0; i < p.n; i++)
        if (p.steps[i].kind == kind)
            return true;
    return false;
}

static void
read_records(struct incident *inc, int64_t asked_ms, int64_t cost_ms)
{
    incident_on_records(inc, NULL, 0, 0, asked_ms, asked_ms + cost_ms, &rules);
}

/* A host with one VM, whose evacuation Nova works on since T0. */
static struct incident *
incident_moving(void)
{
    static const struct service_fact service = { .id = "id" };
    static const struct server_fact server = { .id = "vm",
                                               .name = "vm",
                                               .host = "c1",
                                               .vm_state = "active",
                                               .was_launched = true };
    struct incident *inc = incident_new("c1", "c1", 5000000000, T0);
    struct vm *v;

    incident_on_certainty(inc, CERTAIN, 5000000000);
    incident_on_service(inc, &service, T0);
    incident_on_down(inc, T0, T0);
    read_records(inc, T0, 0);
    incident_on_servers(inc, &server, 1, T0, T0, &rules);
    v = incident_vm(inc, "vm");
    incident_on_posting(inc, v, T0);
    incident_on_post(inc, v, ANSWER_QUEUED, "", T0, &rules);
    return inc;
}

/* The first call waits for both: they do not wait for each other. */
static void
test_at_once(void)
{
    struct incident *inc = incident_new("c1", "c1", 5000000000, T0);

    ok(plans(inc, T0, STEP_FIND_SERVICE));
    ok(plans(inc, T0, STEP_RECORDS));
    read_records(inc, T0, 0);
    ok(!plans(inc, T0 + 10000, STEP_RECORDS));
    ok(!plans(inc, T0 + 10000, STEP_SERVERS));
    incident_free(inc);
}

static void
test_cost(void)
{
    static const struct {
        int64_t cost_ms, pause_ms;
    } cases[] = { { 10, 1000 }, { 300, 2400 }, { 4000, 5000 } };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct incident *inc = incident_moving();

        read_records(inc, T0, cases[i].cost_ms);
        ok(!plans(inc, T0 + cases[i].pause_ms - 1, STEP_RECORDS));
        ok(plans(inc, T0 + cases[i].pause_ms, STEP_RECORDS));
        incident_free(inc);
    }
}

/* The list is without it; its record, when that was read, did not say why. */
static void
test_record_first(void)
{
    struct incident *inc = incident_moving();
    struct plan p;

    incident_on_servers(inc, NULL, 0, T0 + 100, T0 + 100, &rules);
    ok(!plans(inc, T0 + 5000, STEP_READ_VM));
    plan_incident(inc, &rules, T0 + 500, 0, &p);
    is_int(p.wake_ms, T0 + 1000);
    read_records(inc, T0 + 1000, 0);
    ok(!plans(inc, T0 + 1099, STEP_READ_VM));
    ok(plans(inc, T0 + 1100, STEP_READ_VM));
    incident_free(inc);
}

TAP_MAIN({ "service and records are read at once", test_at_once },
         { "looks at records follow their cost", test_cost },
         { "a VM that left the list is read after its record",
           test_record_first })
