/* lib/policy: whose turn it is, and that the journal's mark follows. */
#include <stdlib.h>

#include "cleanup.h"
#include "plan.h"
#include "tap.h"

enum { VMS_MAX = 200, T0 = 1000000 };
static const int64_t NS = 5000000000;

static struct select_rules select_rules = { .takes_all = true,
                                            .ha_key = "HA_Enabled",
                                            .priority_key = "p" };
static const struct recovery_rules rules = { .post_settle_ms = 60000,
                                             .poll_ms = 1000,
                                             .retry_min_ms = 10000,
                                             .retry_max_ms = 120000,
                                             .select = &select_rules };

static char ids[VMS_MAX][UUID_MAX];
static struct server_fact vms[VMS_MAX];
static unsigned turn[VMS_MAX]; /* of its evacuate call, from 1; 0: none */
static unsigned n_turns, n_writes;

static size_t
index_of(const struct vm *v)
{
    size_t i = 0;

    while (strcmp(ids[i], v->id) != 0)
        i++;
    return i;
}

/* N VMs of the same size, in the order of the mark; PRIORITY(i) is the one of
 * the i-th.
 */
static struct incident *
failed_host(size_t n, const char *(*priority)(size_t i))
{
    static const struct service_fact service = {
        .id = "id", .is_disabled = true, .is_forced_down = true, .is_ours = true
    };
    struct incident *inc = incident_new("c1", "c1", NS, T0);

    memset(turn, 0, sizeof turn);
    n_turns = n_writes = 0;
    for (size_t i = 0; i < n; i++) {
        snprintf(ids[i], UUID_MAX, "%08zx-0000-4000-8000-000000000000", i);
        vms[i] = (struct server_fact){ .id = ids[i],
                                       .name = "vm",
                                       .host = "c1",
                                       .vm_state = "active",
                                       .power_state = 1,
                                       .ram_mb = 512,
                                       .was_launched = true };
        pairs_add(&vms[i].metadata, "p", priority(i));
    }
    incident_on_certainty(inc, CERTAIN, NS);
    inc->sets_down = true;
    incident_on_service(inc, &service, T0);
    incident_on_records(inc, NULL, 0, 0, T0, T0, &rules);
    incident_on_servers(inc, vms, n, T0 + 1, T0 + 1, &rules);
    for (size_t i = 0; i < n; i++)
        pairs_clear(&vms[i].metadata);
    return inc;
}

/* Carry out what is planned, POSTS calls at a time, for ROUNDS; a write of the
 * journal takes a round.
 */
static void
run(struct incident *inc, unsigned posts, unsigned rounds)
{
    int64_t now_ms = T0 + 2;

    while (rounds-- > 0) {
        struct journal_host entry;
        bool is_writing = false;
        struct plan p;

        incident_on_records(inc, NULL, 0, 0, now_ms, now_ms, &rules);
        plan_incident(inc, &rules, now_ms++, posts, &p);
        for (size_t i = 0; i < p.n; i++) {
            struct vm *v = p.steps[i].vm;

            if (p.steps[i].kind == STEP_JOURNAL) {
                entry = p.steps[i].entry;
                is_writing = true;
            } else if (p.steps[i].kind == STEP_EVACUATE) {
                ok(incident_covers(&inc->saved, v));
                turn[index_of(v)] = ++n_turns;
                incident_on_posting(inc, v, now_ms);
                incident_on_post(inc, v, ANSWER_QUEUED, "", now_ms, &rules);
            }
        }
        n_writes += is_writing;
        if (is_writing)
            incident_on_saved(inc, &entry);
    }
}

static const char *
backwards(size_t i) /* the last by the mark has its turn first */
{
    static char text[8];

    snprintf(text, sizeof text, "%zu", i);
    return text;
}

static const char *
one_of_three(size_t i)
{
    static const char *const texts[] = { "low", "first", "medium" };

    return texts[i % 3];
}

static const char *
late_first(size_t i)
{
    return i < 150 ? "medium" : "first";
}

/* By priority, whatever the window, and the mark never holds it up for long. */
static void
test_order(void)
{
    static const struct {
        const char *name;
        const char *(*priority)(size_t i);
        unsigned posts;
    } table[] = { { "backwards, wide", backwards, 64 },
                  { "backwards, narrow", backwards, 1 },
                  { "in three levels", one_of_three, 16 },
                  { "one at a time in three levels", one_of_three, 1 },
                  { "the last first", late_first, 8 },
                  { "the last first, wide", late_first, 64 } };

    for (size_t t = 0; t < N_ELEMENTS(table); t++) {
        struct incident *inc = failed_host(VMS_MAX, table[t].priority);
        bool is_ordered = true;

        run(inc, table[t].posts, VMS_MAX + 100);
        ok_msg(n_turns == VMS_MAX, "%s: %u calls", table[t].name, n_turns);
        for (size_t i = 1; i < VMS_MAX; i++)
            is_ordered &= turn[index_of(inc->by_order[i - 1])] <
                          turn[index_of(inc->by_order[i])];
        ok_msg(is_ordered, "%s: in order", table[t].name);
        ok_msg(n_writes <= 2 + VMS_MAX / 16, "%s: %u writes", table[t].name,
               n_writes);
        incident_free(inc);
    }
}

/* What waits for its time holds nobody up, and has its turn then. */
static void
test_back_off(void)
{
    struct incident *inc = failed_host(100, one_of_three);

    for (size_t i = 1; i < 100; i += 3) {
        struct vm *v = incident_vm(inc, ids[i]);

        v->attempts = 1;
        v->not_before_ms = T0 + 5000;
    }
    run(inc, 8, 100);
    is_int(n_turns, 100 - 33);
    is_int(turn[1], 0);
    for (size_t i = 1; i < 100; i += 3)
        incident_vm(inc, ids[i])->not_before_ms = 0;
    run(inc, 8, 100);
    is_int(n_turns, 100);
    incident_free(inc);
}

/* Many VMs that wait for their disks come first, by size and by priority. */
static void
test_held(void)
{
    struct incident *inc;

    select_rules.local_disk = LOCAL_DISK_WAIT;
    select_rules.local_disk_wait_ms = 60000;
    inc = failed_host(100, late_first);
    for (size_t i = 0; i < 50; i++) {
        vms[i].image = "i";
        vms[i].ram_mb = 1024;
    }
    incident_on_servers(inc, vms, 100, T0 + 2, T0 + 2, &rules);
    run(inc, 8, 100);
    is_int(n_turns, 50);
    is_int(turn[0], 0);
    select_rules.local_disk = LOCAL_DISK_EVACUATE;
    incident_on_servers(inc, vms, 100, T0 + 200, T0 + 200, &rules);
    run(inc, 8, 100);
    is_int(n_turns, 100);
    incident_free(inc);
}

TAP_MAIN({ "calls are in order, and the journal keeps up", test_order },
         { "a back-off holds nobody up", test_back_off },
         { "nor does a wait for a disk", test_held })
