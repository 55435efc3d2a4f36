/* lib/policy: starting by level. */
#include "cleanup.h"
#include "levels.h"
#include "plan.h"
#include "tap.h"

enum { N = 4, T0 = 1000000 };
static const int64_t NS = 5000000000;
static const char *const ids[N] = {
    "00000000-0000-4000-8000-000000000000",
    "00000001-0000-4000-8000-000000000000",
    "00000002-0000-4000-8000-000000000000",
    "00000003-0000-4000-8000-000000000000",
};
static const struct select_rules select_rules = { .takes_all = true,
                                                  .ha_key = "HA_Enabled",
                                                  .priority_key = "p" };
static const struct recovery_rules rules = { .post_settle_ms = 60000,
                                             .poll_ms = 1000,
                                             .retry_min_ms = 10000,
                                             .retry_max_ms = 120000,
                                             .select = &select_rules };
static const struct levels_rules on = { true, true, 2000, 60000 };
static const struct levels_rules old_cloud = { true, false, 2000, 60000 };

/* VM I, whose turn is the Ith. */
static struct server_fact
server(size_t i, const char *host, const char *vm_state)
{
    static char key[] = "p", first[] = "first", high[] = "high",
                medium[] = "medium", low[] = "low";
    static struct pair wishes[N] = {
        { key, first }, { key, high }, { key, medium }, { key, low }
    };

    return (struct server_fact){ .id = ids[i],
                                 .name = "vm",
                                 .host = host,
                                 .vm_state = vm_state,
                                 .power_state = 1,
                                 .ram_mb = 512,
                                 .was_launched = true,
                                 .metadata = { &wishes[i], 1 } };
}

static struct record_fact
done(size_t i)
{
    return (struct record_fact){ ids[i],       ids[i],       "done",
                                 NS / 1000000, NS / 1000000, "c2" };
}

static void
save(struct incident *inc)
{
    struct journal_host e = incident_entry(inc);

    incident_on_saved(inc, &e);
}

/* A host whose VMs, all on it or those from FROM on, are in those states;
 * SAVED: by a daemon that takes over.
 */
static struct incident *
failed_host(const char *const states[N], const struct journal_host *saved,
            const struct record_fact *r, size_t n_records, size_t from,
            struct levels *l, const struct levels_rules *levels)
{
    static const struct service_fact service = {
        .id = "id", .is_disabled = true, .is_forced_down = true, .is_ours = true
    };
    struct incident *inc = saved ? incident_resume("c1", "c1", saved, T0)
                                 : incident_new("c1", "c1", NS, T0);
    struct server_fact vms[N];

    for (size_t i = from; i < N; i++)
        vms[i] = server(i, "c1", states[i]);
    incident_on_certainty(inc, CERTAIN, NS);
    inc->sets_down = true;
    (void) levels_update(l, levels, &inc, 1, T0);
    incident_on_service(inc, &service, T0);
    incident_on_records(inc, r, n_records, 0, T0, T0, &rules);
    incident_on_servers(inc, vms + from, N - from, T0 + 1, T0 + 1, &rules);
    (void) levels_update(l, levels, &inc, 1, T0 + 1);
    save(inc);
    return inc;
}

/* The steps of KIND that are next: their VMs as digits, 'p' where parked. */
static const char *
next(struct incident *inc, enum step_kind kind, int64_t now_ms)
{
    static char text[2 * N + 1];
    struct plan p;
    size_t n = 0;

    plan_incident(inc, &rules, now_ms, 16, &p);
    for (size_t i = 0; i < p.n; i++) {
        if (p.steps[i].kind != kind)
            continue;
        text[n++] = p.steps[i].vm->id[7];
        if (p.steps[i].parks)
            text[n++] = 'p';
    }
    text[n] = '\0';
    return text;
}

/* It was evacuated, and is read where it is now. */
static void
arrive(struct incident *inc, size_t i, const char *vm_state, int64_t now_ms)
{
    struct vm *v = incident_vm(inc, ids[i]);
    struct server_fact s = server(i, "c2", vm_state);

    v->phase = VM_ARRIVED;
    incident_on_server(inc, v, &s, now_ms, now_ms, &rules);
}

static void
tell_actions(struct incident *inc, size_t i, const char *newest, int64_t now_ms)
{
    const struct action_fact actions[] = { { .name = "evacuate" },
                                           { .name = newest },
                                           { .name = "create" } };

    incident_on_actions(inc, incident_vm(inc, ids[i]), actions, 3, now_ms);
}

static void
test_parks(void)
{
    static const char *const states[N] = { "active", "stopped", "error",
                                           "active" };
    struct levels l = { 0 };
    struct incident *inc = failed_host(states, NULL, NULL, 0, 0, &l, &on);
    struct vm *v;

    ok(inc->saved.is_parking);
    /* from ERROR it would run at once: not before its turn */
    is_str(next(inc, STEP_EVACUATE, T0 + 2), "0p1p3p");
    inc->saved.is_parking = false; /* not written ahead: no call that parks */
    is_str(next(inc, STEP_EVACUATE, T0 + 2), "");
    inc->saved.is_parking = true;

    arrive(inc, 3, "stopped", T0 + 10);
    arrive(inc, 1, "stopped", T0 + 10);
    v = incident_vm(inc, ids[3]);
    ok(vm_is_parked(v));
    is_int(incident_vm(inc, ids[1])->phase, VM_RECOVERED); /* as it was */
    is_str(next(inc, STEP_READ_ACTIONS, T0 + 11), "");
    has_str(incident_reason(inc, v), "its turn comes");
    arrive(inc, 0, "stopped", T0 + 20);
    is_str(next(inc, STEP_READ_ACTIONS, T0 + 21), "0");
    is_str(next(inc, STEP_START_VM, T0 + 21), "");
    tell_actions(inc, 0, "reboot", T0 + 22);
    is_str(next(inc, STEP_START_VM, T0 + 23), "0");
    /* what was told long ago may have changed */
    is_str(next(inc, STEP_START_VM, T0 + 5100), "");
    is_str(next(inc, STEP_READ_ACTIONS, T0 + 5100), "0");
    inc->is_disarmed = true;
    is_str(next(inc, STEP_START_VM, T0 + 23), "");
    inc->is_disarmed = false;
    incident_on_certainty(inc, NOT_QUORATE, 0);
    is_str(next(inc, STEP_START_VM, T0 + 23), "");
    incident_on_certainty(inc, CERTAIN, NS);

    incident_on_start(incident_vm(inc, ids[0]), ANSWER_QUEUED, "", T0 + 24,
                      &rules);
    is_str(next(inc, STEP_START_VM, T0 + 25), "");
    arrive(inc, 0, "active", T0 + 1030);
    is_int(incident_vm(inc, ids[0])->phase, VM_RECOVERED);
    /* the next level, when the pause is over: VM 2 is evacuated for it */
    is_int(levels_update(&l, &on, &inc, 1, T0 + 1031), T0 + 1031 + 2000);
    incident_on_records(inc, NULL, 0, 0, T0 + 3000, T0 + 3000, &rules);
    is_str(next(inc, STEP_EVACUATE, T0 + 3030), "");
    (void) levels_update(&l, &on, &inc, 1, T0 + 3031);
    is_str(next(inc, STEP_EVACUATE, T0 + 3031), "2");
    is_str(next(inc, STEP_READ_ACTIONS, T0 + 3031), "");
    arrive(inc, 2, "active", T0 + 3040);
    (void) levels_update(&l, &on, &inc, 1, T0 + 3041);
    (void) levels_update(&l, &on, &inc, 1, T0 + 5041);
    is_str(next(inc, STEP_READ_ACTIONS, T0 + 5041), "3");
    tell_actions(inc, 3, "stop", T0 + 5042); /* its tenant, meanwhile */
    is_int(v->phase, VM_RECOVERED);
    is_str(next(inc, STEP_START_VM, T0 + 5043), "");
    incident_free(inc);
}

static void
test_old_cloud(void)
{
    static const char *const states[N] = { "active", "active", "active",
                                           "stopped" };
    struct levels l = { 0 };
    struct incident *inc =
        failed_host(states, NULL, NULL, 0, 0, &l, &old_cloud);

    ok(!inc->saved.is_parking);
    is_str(next(inc, STEP_EVACUATE, T0 + 2), "03");
    has_str(incident_reason(inc, incident_vm(inc, ids[1])), "its turn comes");
    arrive(inc, 0, "active", T0 + 10);
    is_int(incident_vm(inc, ids[0])->phase, VM_RECOVERED);
    (void) levels_update(&l, &old_cloud, &inc, 1, T0 + 11);
    is_str(next(inc, STEP_EVACUATE, T0 + 12), "3");
    (void) levels_update(&l, &old_cloud, &inc, 1, T0 + 2011);
    is_str(next(inc, STEP_EVACUATE, T0 + 2012), "13");
    incident_free(inc);
}

/* One that finds no place holds the others up, but not for ever. */
static void
test_bounded(void)
{
    static const char *const states[N] = { "active", "active", "active",
                                           "active" };
    struct levels l = { 0 };
    struct incident *inc =
        failed_host(states, NULL, NULL, 0, 0, &l, &old_cloud);

    is_int(levels_update(&l, &old_cloud, &inc, 1, T0 + 2), T0 + 60001);
    is_str(next(inc, STEP_EVACUATE, T0 + 2), "0");
    incident_vm(inc, ids[0])->attempts = 3;
    incident_vm(inc, ids[0])->not_before_ms = T0 + 500000;
    incident_on_records(inc, NULL, 0, 0, T0 + 59000, T0 + 59000, &rules);
    (void) levels_update(&l, &old_cloud, &inc, 1, T0 + 60000);
    is_str(next(inc, STEP_EVACUATE, T0 + 60000), "");
    (void) levels_update(&l, &old_cloud, &inc, 1, T0 + 60001);
    (void) levels_update(&l, &old_cloud, &inc, 1, T0 + 62001);
    ok(incident_vm(inc, ids[0])->is_overdue);
    is_str(next(inc, STEP_EVACUATE, T0 + 62001), "1");
    /* it may still start itself */
    incident_vm(inc, ids[0])->not_before_ms = 0;
    is_str(next(inc, STEP_EVACUATE, T0 + 62001), "01");
    incident_free(inc);
}

/* What is not going to run soon holds nobody up. */
static void
test_not_awaited(void)
{
    static const char *const states[N] = { "active", "active", "active",
                                           "active" };
    static const enum vm_phase left[] = { VM_GONE, VM_BLOCKED, VM_SKIPPED,
                                          VM_HELD, VM_RECOVERED };
    struct levels l = { 0 };
    struct incident *inc =
        failed_host(states, NULL, NULL, 0, 0, &l, &old_cloud);

    for (size_t i = 0; i < N_ELEMENTS(left); i++) {
        l = (struct levels){ 0 };
        inc->by_order[0]->phase = left[i];
        (void) levels_update(&l, &old_cloud, &inc, 1, T0 + 2);
        is_str(next(inc, STEP_EVACUATE, T0 + 2), "1");
    }
    inc->has_returned = true; /* they stay: another host need not wait */
    ok(levels_update(&l, &old_cloud, &inc, 1, T0 + 2) == 0);
    incident_free(inc);
}

/* Another host's VMs count as well. */
static void
test_two_hosts(void)
{
    static const char *const high[N] = { "active", "stopped", "stopped",
                                         "stopped" },
                             *const low[N] = { "stopped", "stopped", "stopped",
                                               "active" };
    struct levels l = { 0 };
    struct incident *a = failed_host(high, NULL, NULL, 0, 0, &l, &old_cloud),
                    *b = failed_host(low, NULL, NULL, 0, 0, &l, &old_cloud);
    struct incident *both[] = { a, b };

    (void) levels_update(&l, &old_cloud, both, 2, T0 + 2);
    is_str(next(b, STEP_EVACUATE, T0 + 2), "012");
    incident_on_brake(a, true); /* nothing of it starts now */
    (void) levels_update(&l, &old_cloud, both, 2, T0 + 2);
    (void) levels_update(&l, &old_cloud, both, 2, T0 + 2002);
    is_str(next(b, STEP_EVACUATE, T0 + 2002), "0123");
    incident_free(a);
    incident_free(b);
}

/* A daemon that takes over knows what the journal and Nova tell. */
static void
test_taken_over(void)
{
    static const char *const states[N] = { "", "", "active", "stopped" };
    struct journal_host saved = { .phase = PHASE_EVACUATING,
                                  .incident_ns = NS,
                                  .has_forced_down = true,
                                  .is_parking = true,
                                  .has_mark = true,
                                  .mark = { 0, UINT32_MAX } };
    struct record_fact r[] = { done(0),
                               done(1),
                               { ids[3], ids[3], "pre-migrating", NS / 1000000,
                                 NS / 1000000, "c2" } };
    struct levels l = { 0 };
    struct incident *inc = failed_host(states, &saved, r, 3, 2, &l, &on);

    /* 0 and 1 arrived: what they are, and whose turn it is, must be read */
    incident_on_records(inc, r, 3, 0, T0 + 2, T0 + 2, &rules);
    is_str(next(inc, STEP_READ_VM, T0 + 3), "01");
    arrive(inc, 0, "stopped", T0 + 3);
    arrive(inc, 1, "stopped", T0 + 3);
    is_int(incident_vm(inc, ids[0])->priority, 500);
    (void) levels_update(&l, &on, &inc, 1, T0 + 4);
    (void) levels_update(&l, &on, &inc, 1, T0 + 2004);
    is_str(next(inc, STEP_READ_ACTIONS, T0 + 2004), "0");
    tell_actions(inc, 0, "stop", T0 + 2005); /* by its tenant, before */
    is_int(incident_vm(inc, ids[0])->phase, VM_RECOVERED);
    (void) levels_update(&l, &on, &inc, 1, T0 + 2006);
    (void) levels_update(&l, &on, &inc, 1, T0 + 4006);
    is_str(next(inc, STEP_READ_ACTIONS, T0 + 4006), "1");
    tell_actions(inc, 1, "start", T0 + 4007);
    is_str(next(inc, STEP_START_VM, T0 + 4008), "1");
    /* Nova stops 3 because it is parked, or it was stopped before */
    ok(!incident_vm(inc, ids[3])->was_stopped);
    arrive(inc, 3, "stopped", T0 + 4009);
    ok(vm_is_parked(incident_vm(inc, ids[3])));
    incident_free(inc);

    /* what is done is not looked at again */
    saved.phase = PHASE_DONE;
    l = (struct levels){ 0 };
    inc = failed_host(states, &saved, r, 2, 2, &l, &on);
    is_int(incident_vm(inc, ids[0])->phase, VM_RECOVERED);
    incident_free(inc);
}

/* The API is newer than a compute host (2.95 needs 27.0 on all of them). */
static void
test_refused(void)
{
    static const char *const states[N] = { "active", "active", "active",
                                           "active" };
    struct levels l = { 0 };
    struct incident *inc = failed_host(states, NULL, NULL, 0, 0, &l, &on);
    struct vm *v = incident_vm(inc, ids[3]);

    is_str(next(inc, STEP_EVACUATE, T0 + 2), "0p1p2p3p");
    incident_on_posting(inc, v, T0);
    incident_on_post(inc, v, ANSWER_BLOCKED,
                     "Starting with microversion 2.95, evacuate API will stop "
                     "instance on destination.",
                     T0 + 3, &rules);
    is_int(v->phase, VM_WAITING);
    v = incident_vm(inc, ids[2]); /* its call was under way, too */
    incident_on_posting(inc, v, T0);
    incident_on_post(inc, v, ANSWER_BLOCKED,
                     "Starting with microversion 2.95, evacuate API will stop "
                     "instance on destination.",
                     T0 + 3, &rules);
    is_int(v->phase, VM_WAITING);
    (void) levels_update(&l, &on, &inc, 1, T0 + 4);
    is_str(next(inc, STEP_EVACUATE, T0 + 4), "0");
    incident_free(inc);
}

/* A start that does not work is tried some times, and told. */
static void
test_does_not_start(void)
{
    static const char *const states[N] = { "active", "active", "active",
                                           "active" };
    struct levels l = { 0 };
    struct incident *inc = failed_host(states, NULL, NULL, 0, 0, &l, &on);
    struct vm *v = incident_vm(inc, ids[0]);
    int64_t now_ms = T0;
    unsigned n = 0;

    arrive(inc, 0, "stopped", now_ms);
    incident_on_start(v, ANSWER_UNKNOWN, "no answer", now_ms, &rules);
    while (n < 20) {
        struct server_fact s = server(0, "c2", "stopped");

        now_ms += rules.retry_min_ms;
        incident_on_server(inc, v, &s, now_ms, now_ms, &rules);
        if (v->phase != VM_RESTORING)
            break;
        tell_actions(inc, 0, "start", now_ms);
        is_str(next(inc, STEP_START_VM, now_ms), "0");
        incident_on_start(v, ANSWER_QUEUED, "", now_ms, &rules);
        n++;
    }
    is_int(n, 5);
    is_int(v->phase, VM_BLOCKED);
    has_str(v->reason, "does not start");
    (void) levels_update(&l, &on, &inc, 1, now_ms);
    ok(inc->turn < 500); /* others go on */
    incident_free(inc);
}

TAP_MAIN({ "evacuated at once, started by level", test_parks },
         { "an older Nova: evacuated by level", test_old_cloud },
         { "a level is waited for, but not for ever", test_bounded },
         { "only what is on its way is waited for", test_not_awaited },
         { "all hosts count together", test_two_hosts },
         { "a take-over needs the journal and Nova alone", test_taken_over },
         { "hosts that cannot leave a VM stopped", test_refused },
         { "one that does not start", test_does_not_start })
