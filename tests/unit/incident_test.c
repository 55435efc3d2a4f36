/* lib/policy: how each answer changes what is known of a failed host. */
#include <time.h>

#include "cleanup.h"
#include "plan.h"
#include "tap.h"
#include "xalloc.h"

#define A  "0000000a-0000-4000-8000-000000000000"
#define R1 "00000001-1111-4000-8000-000000000000"
#define R2 "00000002-1111-4000-8000-000000000000"

enum { T0 = 1000000 };
static const int64_t NS = 5000000000;

static const struct recovery_rules rules = { .post_settle_ms = 60000,
                                             .poll_ms = 1000,
                                             .retry_min_ms = 10000,
                                             .retry_max_ms = 120000 };

static const struct server_fact on_source = { .id = A,
                                              .name = "a",
                                              .host = "c1",
                                              .vm_state = "active",
                                              .power_state = 1,
                                              .ram_mb = 512,
                                              .was_launched = true };

static struct server_fact
on_dest(void)
{
    struct server_fact s = on_source;

    s.host = "c2";
    return s;
}

static struct record_fact
record(const char *uuid, const char *status)
{
    return (struct record_fact){ uuid, A, status, T0, T0, NULL };
}

/* An incident whose host is down and listed with VM A, records R (or NULL). */
static struct incident *
ready(const struct journal_host *saved, const struct record_fact *r,
      const struct server_fact *s)
{
    static const struct service_fact service = {
        .id = "id", .is_disabled = true, .is_forced_down = true, .is_ours = true
    };
    struct incident *inc = saved ? incident_resume("c1", "c1", saved, T0)
                                 : incident_new("c1", "c1", NS, T0);
    struct journal_host e;

    incident_on_certainty(inc, CERTAIN, NS);
    inc->sets_down = true; /* as the entry says; else it was lost */
    incident_on_service(inc, &service, T0);
    incident_on_records(inc, r, r != NULL, 0, T0, T0, &rules);
    incident_on_servers(inc, s, 1, T0 + 1, T0 + 1, &rules);
    e = incident_entry(inc);
    incident_on_saved(inc, &e);
    return inc;
}

static bool
would_post(const struct incident *inc, int64_t now_ms)
{
    struct plan p;

    plan_incident(inc, &rules, now_ms, 8, &p);
    for (size_t i = 0; i < p.n; i++)
        if (p.steps[i].kind == STEP_EVACUATE)
            return true;
    return false;
}

/* I5: which flags are ours, by what the service shows and the journal says. */
static void
test_flags(void)
{
    /* clang-format off */
    static const struct {
        const char *name;
        bool is_disabled, is_forced_down, is_ours, had_down, had_disabled;
        bool sets_down, sets_disabled, asks_disable, is_down;
    } table[] = {
        { "up", 0, 0, 0, 0, 0, 1, 1, 1, 0 },
        { "disabled by the operator", 1, 0, 0, 0, 0, 1, 0, 0, 0 },
        { "forced down by the operator", 0, 1, 0, 0, 0, 0, 0, 0, 1 },
        { "both by the operator", 1, 1, 0, 0, 0, 0, 0, 0, 1 },
        { "both by us, as journalled", 1, 1, 1, 1, 1, 1, 1, 0, 1 },
        { "both by us, the journal lost", 1, 1, 1, 0, 0, 1, 1, 0, 1 },
        { "disabled by the operator, forced down by us",
          1, 1, 0, 1, 0, 1, 0, 0, 1 },
        { "ours, and forced up by someone", 1, 0, 1, 1, 1, 1, 1, 0, 0 },
        { "journalled, the call never left", 0, 0, 0, 1, 1, 1, 1, 1, 0 },
    };
    /* clang-format on */

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct journal_host saved = { .phase = PHASE_DOWN,
                                      .incident_ns = NS,
                                      .has_forced_down = table[i].had_down,
                                      .has_disabled = table[i].had_disabled };
        struct service_fact s = { .id = "id",
                                  .is_disabled = table[i].is_disabled,
                                  .is_forced_down = table[i].is_forced_down,
                                  .is_ours = table[i].is_ours };
        struct incident *inc = incident_resume("c1", "c1", &saved, T0);
        struct journal_host e;

        incident_on_service(inc, &s, T0);
        e = incident_entry(inc);
        ok_msg(e.has_forced_down == table[i].sets_down &&
                   e.has_disabled == table[i].sets_disabled &&
                   inc->asks_disable == table[i].asks_disable &&
                   inc->is_down == table[i].is_down,
               "%s", table[i].name);
        incident_free(inc);
    }
}

/* N26, N29: the newest record decides, once for each of its states. */
static void
test_records(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *first, *second, *uuid;
        enum vm_phase want;
        unsigned attempts;
    } table[] = {
        { "accepted", "accepted", NULL, NULL, VM_MOVING, 0 },
        { "on its way", "accepted", "pre-migrating", R1, VM_MOVING, 0 },
        { "done", "accepted", "done", R1, VM_ARRIVED, 0 },
        { "completed", "done", "completed", R1, VM_ARRIVED, 0 },
        { "no valid host", "accepted", "error", R1, VM_WAITING, 1 },
        { "the claim failed", "pre-migrating", "failed", R1, VM_WAITING, 1 },
        { "completed early, then failed", "completed", "failed", R1,
          VM_WAITING, 1 },
        { "the same failure twice", "failed", "failed", R1, VM_WAITING, 1 },
        { "failed, and failed again", "failed", "error", R2, VM_WAITING, 2 },
        { "failed, and tried again", "failed", "accepted", R2, VM_MOVING, 1 },
    };
    /* clang-format on */

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct incident *inc = ready(NULL, NULL, &on_source);
        struct record_fact r = record(R1, table[i].first);
        struct vm *v = incident_vm(inc, A);

        incident_on_records(inc, &r, 1, 0, T0 + 2, T0 + 2, &rules);
        if (table[i].second) {
            r = record(table[i].uuid, table[i].second);
            incident_on_records(inc, &r, 1, 0, T0 + 3, T0 + 3, &rules);
        }
        ok_msg(v->phase == table[i].want && v->attempts == table[i].attempts,
               "%s: %s, %u", table[i].name, vm_phase_name(v->phase),
               v->attempts);
        incident_free(inc);
    }
}

/* A record that was there before the VM was met says nothing of this try... */
static void
test_old_records(void)
{
    struct record_fact r = record(R1, "failed");
    struct incident *inc = ready(NULL, &r, &on_source);

    is_int(incident_vm(inc, A)->phase, VM_WAITING);
    is_int(incident_vm(inc, A)->attempts, 0);
    incident_free(inc);
    r = record(R1, "done");
    inc = ready(NULL, &r, &on_source);
    ok(would_post(inc, T0 + 2));
    incident_free(inc);
}

/* Nova said yes, but all records, read when the new one must be there, have
 * none: the call is in doubt like one that was not answered.
 */
static void
test_lost_record(void)
{
    struct record_fact r = record(R1, "accepted");
    struct incident *inc = ready(NULL, NULL, &on_source);
    struct vm *v = incident_vm(inc, A);
    int64_t due_ms = T0 + 2 + rules.post_settle_ms;

    incident_on_posting(inc, v, T0 + 2);
    incident_on_post(inc, v, ANSWER_QUEUED, "", T0 + 2, &rules);
    incident_on_records(inc, NULL, 0, 0, due_ms, due_ms, &rules);
    is_int(v->phase, VM_MOVING);
    incident_on_records(inc, NULL, 0, 5000, due_ms + 1, due_ms + 1, &rules);
    is_int(v->phase, VM_MOVING);
    incident_on_records(inc, NULL, 0, 0, due_ms + 2, due_ms + 2, &rules);
    is_int(v->phase, VM_UNKNOWN);
    is_str(v->reason, "Nova took the call, but has no record of it");
    incident_on_records(inc, NULL, 0, 0, due_ms + 3, due_ms + 3, &rules);
    incident_on_servers(inc, &on_source, 1, due_ms + 4, due_ms + 4, &rules);
    ok(would_post(inc, due_ms + 5));
    incident_on_posting(inc, v, due_ms + 5);
    incident_on_post(inc, v, ANSWER_QUEUED, "", due_ms + 5, &rules);
    due_ms += 6 + rules.post_settle_ms;
    incident_on_records(inc, &r, 1, 0, due_ms, due_ms, &rules);
    is_int(v->phase, VM_MOVING);
    incident_free(inc);
}

/* ...but for one that the returning host completed while Nova works on (N26).
 */
static void
test_completed_early(void)
{
    struct record_fact r = record(R1, "completed");
    struct server_fact s = on_source;
    struct incident *inc;
    struct vm *v;

    s.task_state = "rebuild_spawning";
    inc = ready(NULL, &r, &s);
    v = incident_vm(inc, A);
    is_int(v->phase, VM_ARRIVED);
    incident_on_servers(inc, &s, 1, T0 + 900000, T0 + 900000, &rules);
    is_int(v->phase, VM_ARRIVED);
    s.task_state = NULL;
    incident_on_servers(inc, &s, 1, T0 + 900001, T0 + 900001, &rules);
    is_int(v->phase, VM_WAITING);
    incident_free(inc);
}

/* I6: recovered is what a list after the record's end does not show. */
static void
test_verified(void)
{
    struct incident *inc = ready(NULL, NULL, &on_source);
    struct record_fact r = record(R1, "done");
    struct vm *v = incident_vm(inc, A);

    incident_on_records(inc, &r, 1, 0, T0 + 100, T0 + 200, &rules);
    incident_on_servers(inc, NULL, 0, T0 + 150, T0 + 300, &rules);
    is_int(v->phase, VM_ARRIVED);
    incident_on_servers(inc, &on_source, 1, T0 + 400, T0 + 500, &rules);
    is_int(v->phase, VM_ARRIVED);
    incident_on_servers(inc, NULL, 0, T0 + 600, T0 + 700, &rules);
    is_int(v->phase, VM_RECOVERED);
    incident_free(inc);
}

/* A call without an answer whose effect is seen before its record. */
static void
test_seen_before_its_record(void)
{
    struct incident *inc = ready(NULL, NULL, &on_source);
    struct record_fact r = record(R1, "done");
    struct server_fact there = on_dest();
    struct vm *v = incident_vm(inc, A);

    incident_on_posting(inc, v, T0);
    incident_on_post(inc, v, ANSWER_UNKNOWN, "timeout", T0 + 10, &rules);
    incident_on_servers(inc, NULL, 0, T0 + 20, T0 + 21, &rules);
    ok(v->wants_read);
    incident_on_server(inc, v, &there, T0 + 22, T0 + 23, &rules);
    is_int(v->phase, VM_UNKNOWN);
    incident_on_records(inc, &r, 1, 0, T0 + 24, T0 + 25, &rules);
    is_int(v->phase, VM_ARRIVED);
    incident_on_server(inc, v, &there, T0 + 26, T0 + 27, &rules);
    is_int(v->phase, VM_RECOVERED);
    incident_free(inc);
}

static void
test_moved_or_deleted(void)
{
    struct incident *inc = ready(NULL, NULL, &on_source);
    struct server_fact there = on_dest();
    struct vm *v = incident_vm(inc, A);

    incident_on_server(inc, v, &there, T0 + 2, T0 + 3, &rules);
    is_int(v->phase, VM_GONE);
    has_str(v->reason, "moved");
    incident_free(inc);
    inc = ready(NULL, NULL, &on_source);
    v = incident_vm(inc, A);
    incident_on_server(inc, v, NULL, T0 + 2, T0 + 3, &rules);
    is_int(v->phase, VM_GONE);
    is_str(v->reason, "deleted");
    incident_free(inc);
}

/* A newer fencing: the same failure while the host never came back. */
static void
test_fenced_again(void)
{
    struct incident *inc = incident_new("c1", "c1", NS, T0);

    incident_on_certainty(inc, FENCING_FAILED, NS + 1);
    is_int(incident_entry(inc).incident_ns, NS);
    incident_on_certainty(inc, CERTAIN, NS + 2);
    is_int(incident_entry(inc).incident_ns, NS + 2);
    incident_on_certainty(inc, NODE_ALIVE, NS + 2);
    ok(incident_entry(inc).has_returned);
    incident_on_certainty(inc, CERTAIN, NS + 3);
    is_int(incident_entry(inc).incident_ns, NS + 2);
    ok(incident_entry(inc).has_returned);
    incident_free(inc);
}

/* A failure after a return: what was under way may still be at work (I2). */
static void
test_renew(void)
{
    struct journal_host old = { .phase = PHASE_EVACUATING,
                                .incident_ns = NS,
                                .has_forced_down = true,
                                .has_returned = true,
                                .has_mark = true,
                                .mark = { 512, 10 } };
    struct incident *inc = incident_renew("c1", "c1", &old, NS + 1, T0);
    struct journal_host e = incident_entry(inc);

    is_int(e.phase, PHASE_FENCED);
    is_int(e.incident_ns, NS + 1);
    ok(e.has_mark && e.has_forced_down && !e.has_returned);
    ok(!inc->is_saved);
    incident_on_saved(inc, &e);
    incident_free(inc);
    inc = ready(&e, NULL, &on_source);
    is_int(incident_vm(inc, A)->phase, VM_UNKNOWN);
    incident_free(inc);
}

/* A host that was fenced again, as a restart of the whole cluster does, without
 * having been back: that is its old failure, which the brake let pass.
 */
static void
test_failed_once(void)
{
    const int64_t later = NS + 20 * NS;
    struct journal_host old = { .phase = PHASE_EVACUATING, .incident_ns = NS };
    struct incident *inc = incident_resume("c1", "c1", &old, T0);
    struct journal_host e;

    incident_on_certainty(inc, CERTAIN, NS + 12000000);
    is_int(incident_entry(inc).failed_s, 0); /* another fencer's clock */
    incident_on_certainty(inc, CERTAIN, later);
    e = incident_entry(inc);
    is_int(e.incident_ns, later);
    is_int(journal_host_failed_ns(&e), NS);
    incident_free(inc);

    e.phase = PHASE_DONE;
    inc = incident_renew("c1", "c1", &e, later + later, T0);
    e = incident_entry(inc);
    is_int(e.phase, PHASE_FENCED);
    is_int(journal_host_failed_ns(&e), NS);
    ok(e.may_pass); /* its recovery was done before */
    incident_free(inc);

    old.may_pass = old.has_returned = true;
    inc = incident_renew("c1", "c1", &old, later, T0);
    e = incident_entry(inc);
    is_int(journal_host_failed_ns(&e), later);
    ok(!e.may_pass);
    incident_free(inc);
}

/* N30: a note that a newer write may take back allows no call. */
static void
test_note_in_doubt(void)
{
    struct server_fact s = on_source;
    struct incident *inc;

    s.vm_state = "error";
    s.power_state = 4;
    inc = ready(NULL, NULL, &s);
    is_int(inc->saved.n_stopped, 1);
    ok(would_post(inc, T0 + 2));
    inc->busy = BUSY_JOURNAL;
    ok(!would_post(inc, T0 + 2));
    inc->busy = 0;
    inc->saved.n_stopped = 0;
    ok(!would_post(inc, T0 + 2));
    incident_on_unsaved(inc, "timeout", T0 + 2);
    ok(!would_post(inc, T0 + 5000));
    incident_free(inc);
}

/* A take-over finds those that left the host before it read the list. */
static void
test_left_before(void)
{
    static const struct {
        const char *status;
        bool is_noted;
        enum vm_phase want;
    } table[] = {
        { "done", false, VM_RECOVERED },
        { "done", true, VM_ARRIVED },
        { "pre-migrating", false, VM_MOVING },
        { "pre-migrating", true, VM_MOVING },
    };
    struct journal_host saved = { .phase = PHASE_EVACUATING, .incident_ns = 1 };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct record_fact r = record(R1, table[i].status);
        struct server_fact other = on_source;
        struct incident *inc;
        struct vm *v;

        other.id = R2;
        saved.n_stopped = 0;
        if (table[i].is_noted)
            journal_host_add_stopped(&saved, 10);
        inc = ready(&saved, &r, &other);
        v = incident_vm(inc, A);
        ok(v != NULL);
        is_int(v ? v->phase : N_VM_PHASES, table[i].want);
        is_int(v && v->was_stopped, table[i].is_noted);
        is_int(inc->saved.n_stopped, table[i].is_noted);
        incident_free(inc);
    }
}

/* A host that Nova does not know: wait, or leave it alone. */
static void
test_no_service(void)
{
    static const struct service_fact none = { 0 };
    struct incident *inc = incident_new("c1", "c1", NS, T0);

    inc->is_expected = true;
    incident_on_service(inc, &none, T0);
    ok(!inc->is_released && !inc->has_service);
    has_str(inc->trouble, "vmha-host");
    ok(inc->retry_ms > T0);
    inc->has_returned = true; /* it cannot be helped any more */
    incident_on_service(inc, &none, T0);
    ok(inc->is_released);
    incident_free(inc);
    inc = incident_new("c1", "c1", NS, T0);
    incident_on_service(inc, &none, T0);
    is_int(incident_entry(inc).phase, PHASE_RELEASED);
    incident_free(inc);
}

/* When the servers are listed next, if nothing else happens. */
static int64_t
next_list(struct incident *inc, int64_t now_ms)
{
    struct plan p;

    inc->busy = BUSY_RECORDS;
    for (;;) {
        plan_incident(inc, &rules, now_ms, 0, &p);
        for (size_t i = 0; i < p.n; i++)
            if (p.steps[i].kind == STEP_SERVERS)
                return now_ms;
        now_ms = p.wake_ms;
    }
}

/* A list that takes long is not asked for often, but for the last VMs that have
 * arrived it is, at once: nothing else is left that it could slow down.
 */
static void
test_dear_list(void)
{
    struct incident *inc = ready(NULL, NULL, &on_source);
    struct record_fact done = record(R1, "done");
    struct vm *v = incident_vm(inc, A);

    incident_on_servers(inc, &on_source, 1, T0 + 10, T0 + 1510, &rules);
    incident_on_posting(inc, v, T0 + 2000);
    incident_on_post(inc, v, ANSWER_QUEUED, "", T0 + 2000, &rules);
    is_int(next_list(inc, T0 + 2000), T0 + 10 + 60000);
    incident_on_records(inc, &done, 1, 0, T0 + 3000, T0 + 3000, &rules);
    is_int(next_list(inc, T0 + 3000), T0 + 3001);
    /* it has not moved yet */
    incident_on_servers(inc, &on_source, 1, T0 + 3001, T0 + 4501, &rules);
    is_int(next_list(inc, T0 + 4501), T0 + 3001 + 16 * 1500);
    incident_on_servers(inc, NULL, 0, T0 + 27001, T0 + 28501, &rules);
    is_int(v->phase, VM_RECOVERED);
    is_int(next_list(inc, T0 + 28501), T0 + 28502);
    incident_free(inc);
}

/* CPU time of reading N records of as many VMs, in the order of chance. */
static int64_t
cost_of_records(size_t n)
{
    CLEANUP_FREE struct record_fact *r = xcalloc(n, sizeof *r);
    CLEANUP_FREE char *ids = xcalloc(n, UUID_MAX);
    struct incident *inc = incident_new("c1", "c1", NS, T0);
    clock_t began = clock();

    for (size_t i = 0; i < n; i++) {
        char *id = ids + i * UUID_MAX;

        snprintf(id, UUID_MAX, "%08x-0000-4000-8000-000000000000",
                 (unsigned) i * 2654435761u);
        r[i] = (struct record_fact){ id, id, "done", T0, T0, NULL };
    }
    incident_on_records(inc, r, n, 0, T0, T0, &rules);
    is_int(inc->n_records, n);
    ok(incident_record(inc, ids) && incident_record(inc, r[n - 1].instance));
    incident_free(inc);
    return clock() - began;
}

static void
test_many_records(void)
{
    int64_t few = cost_of_records(8000), many = cost_of_records(64000);

    /* 9.9 for n log n, 64 for n * n */
    ok_msg(many < 30 * few, "8 times as many cost %.1f times as much",
           (double) many / (double) few);
}

/* Of one VM the newest counts, whatever else is told with it. */
static void
test_newest_record(void)
{
    struct record_fact older = record(R1, "failed"), newer = record(R2, "done"),
                       early = record(R1, "completed");
    struct record_fact both[] = { newer, older };
    struct incident *inc = incident_new("c1", "c1", NS, T0);

    early.created_ms = T0 - 5000;
    incident_on_records(inc, both, 2, 0, T0, T0, &rules);
    is_int(inc->n_records, 1);
    is_str(incident_record(inc, A)->uuid, R2);
    incident_on_records(inc, &early, 1, T0, T0, T0, &rules);
    is_str(incident_record(inc, A)->uuid, R2);
    incident_on_records(inc, &older, 1, T0, T0, T0, &rules);
    is_str(incident_record(inc, A)->uuid, R1); /* as new, and told later */
    incident_free(inc);
}

TAP_MAIN({ "I5: only flags that we set are ours", test_flags },
         { "N26: records decide", test_records },
         { "records of earlier tries do not", test_old_records },
         { "N26: the newest record of each VM counts", test_newest_record },
         { "many records are no trouble", test_many_records },
         { "I3: a call whose record is lost is made again", test_lost_record },
         { "N26: completed early is not done", test_completed_early },
         { "I6: recovered is verified", test_verified },
         { "N27: an effect is seen before its record",
           test_seen_before_its_record },
         { "moved or deleted by others", test_moved_or_deleted },
         { "fenced twice for one failure", test_fenced_again },
         { "I2: a new failure keeps the mark", test_renew },
         { "I7: fenced again it has failed once", test_failed_once },
         { "N30: a note in doubt allows no call", test_note_in_doubt },
         { "I3: a take-over forgets none that left", test_left_before },
         { "a host without a service", test_no_service },
         { "a dear list does not hold up the end", test_dear_list })
