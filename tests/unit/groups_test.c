/* lib/policy: server groups (N18). */
#include "cleanup.h"
#include "comeback.h"
#include "plan.h"
#include "tap.h"

enum { N = 6, T0 = 1000000 };
static const int64_t NS = 5000000000;
static const char *const ids[N] = {
    "00000000-0000-4000-8000-000000000000",
    "00000001-0000-4000-8000-000000000000",
    "00000002-0000-4000-8000-000000000000",
    "00000003-0000-4000-8000-000000000000",
    "00000004-0000-4000-8000-000000000000",
    "00000005-0000-4000-8000-000000000000",
};
static struct groups groups;
static const struct recovery_rules rules = { .post_settle_ms = 60000,
                                             .poll_ms = 1000,
                                             .retry_min_ms = 10000,
                                             .retry_max_ms = 120000,
                                             .groups = &groups };

/* A host with VMs FROM to TO - 1, ready to be evacuated. */
static struct incident *
failed_host(const char *name, size_t from, size_t to)
{
    static const struct service_fact service = {
        .id = "id", .is_disabled = true, .is_forced_down = true, .is_ours = true
    };
    struct incident *inc = incident_new(name, name, NS, T0);
    struct server_fact vms[N];
    struct journal_host e;

    for (size_t i = from; i < to; i++)
        vms[i - from] = (struct server_fact){ .id = ids[i],
                                              .name = "vm",
                                              .host = name,
                                              .vm_state = "active",
                                              .power_state = 1,
                                              .ram_mb = 512,
                                              .was_launched = true };
    incident_on_certainty(inc, CERTAIN, NS);
    inc->sets_down = true;
    incident_on_service(inc, &service, T0);
    incident_on_records(inc, NULL, 0, 0, T0, T0, &rules);
    incident_on_servers(inc, vms, to - from, T0 + 1, T0 + 1, &rules);
    e = incident_entry(inc);
    incident_on_saved(inc, &e);
    return inc;
}

static struct group_fact
group(const char *id, const char *policy, size_t from, size_t to)
{
    struct group_fact f = { .id = id, .name = id, .policy = policy };

    for (size_t i = from; i < to; i++)
        pairs_add(&f.members, NULL, ids[i]);
    return f;
}

static void
learn(struct incident *a, struct incident *b, const struct group_fact *f,
      size_t n)
{
    struct incident *both[] = { a, b };

    groups_learn(&groups, NULL, both, b ? 2 : 1, f, n, T0 + 2);
}

/* Which VMs are posted next, as digits; then they are in flight. */
static const char *
posted(struct incident *inc, struct incident *other)
{
    static char text[N + 1];
    struct plan p;
    size_t n = 0;

    groups_reset(&groups);
    groups_count(&groups, inc);
    groups_count(&groups, other);
    plan_incident(inc, &rules, T0 + 2, 16, &p);
    for (size_t i = 0; i < p.n; i++) {
        if (p.steps[i].kind != STEP_EVACUATE)
            continue;
        text[n++] = p.steps[i].vm->id[7];
        incident_on_posting(inc, p.steps[i].vm, T0);
        groups_post(&groups, p.steps[i].vm);
    }
    text[n] = '\0';
    return text;
}

static void
on_record(struct incident *inc, const char *id, const char *status)
{
    struct record_fact r = { id, id, status, T0, T0, NULL };

    incident_on_post(inc, incident_vm(inc, id), ANSWER_QUEUED, "", T0, &rules);
    incident_on_records(inc, &r, 1, 0, T0, T0, &rules);
}

/* Two hosts fail; 0, 1 and 3 are in one anti-affinity group. */
static void
test_anti_affinity(void)
{
    struct incident *a = failed_host("a", 0, 3), *b = failed_host("b", 3, 6);
    struct group_fact f = group("g", "anti-affinity", 0, 2);

    pairs_add(&f.members, NULL, ids[3]);
    pairs_add(&f.members, NULL, "not one of ours");
    ok(groups_are_unknown(a, &rules, T0 + 2));
    is_str(posted(a, b), ""); /* not before it is known */
    learn(a, b, &f, 1);
    is_int(groups.n, 1);
    ok(!groups_are_unknown(a, &rules, T0 + 2) &&
       !groups_are_unknown(b, &rules, T0 + 2));
    is_str(posted(a, b), "02");
    is_str(posted(b, a), "45");
    is_str(posted(a, b), "");
    on_record(a, ids[0], "pre-migrating");
    is_str(posted(a, b), "");
    on_record(a, ids[0], "done");
    is_str(posted(b, a), "3");
    is_str(posted(a, b), "");
    incident_on_post(b, incident_vm(b, ids[3]), ANSWER_UNKNOWN, "", T0, &rules);
    is_str(posted(a, b), ""); /* it may be in flight */
    incident_vm(b, ids[3])->phase = VM_WAITING;
    incident_vm(b, ids[3])->not_before_ms = T0 + 60000;
    is_str(posted(a, b), "1");
    pairs_clear(&f.members);
    incident_free(a);
    incident_free(b);
    groups_clear_all(&groups);
}

static void
test_others(void)
{
    static const char *const policies[] = { "soft-anti-affinity",
                                            "soft-affinity", "a new one" };
    for (size_t i = 0; i < N_ELEMENTS(policies); i++) {
        struct incident *a = failed_host("a", 0, 3);
        struct incident *b = failed_host("b", 3, 6);
        struct group_fact f = group("g", policies[i], 0, 3);

        learn(a, b, &f, 1);
        is_str(posted(a, b), "012");
        is_int(groups.n, 0);
        pairs_clear(&f.members);
        incident_free(a);
        incident_free(b);
    }
}

/* They cannot be read: nothing waits for that. */
static void
test_unreadable(void)
{
    struct incident *a = failed_host("a", 0, 3), *b = failed_host("b", 3, 6);

    learn(a, b, NULL, 0);
    is_str(posted(a, b), "012");
    incident_free(a);
    incident_free(b);
}

/* An affinity group that has no living host: its members wait for theirs. */
static void
test_tied(void)
{
    struct incident *a = failed_host("a", 0, 3), *b = failed_host("b", 3, 6);
    struct group_fact f[] = { group("pair", "affinity", 0, 2),
                              group("wide", "affinity", 2, 4),
                              group("living", "affinity", 4, 5) };
    struct vm *v = incident_vm(a, ids[0]);
    struct plan p;

    pairs_add(&f[2].members, NULL, "on a host that lives");
    learn(a, b, f, 3);
    is_str(v->tied_by, "pair");
    has_str(v->reason, "all members of its affinity group 'pair' are on failed "
                       "hosts, and Nova puts it only where one is: it waits "
                       "for its host");
    is_str(incident_vm(b, ids[3])->tied_by, "wide"); /* two hosts */
    is_str(incident_vm(b, ids[4])->tied_by, NULL);
    is_str(posted(a, b), "");
    is_str(posted(b, a), "45");
    /* the host may be started meanwhile, and nobody looks all the time */
    ok(!comeback_wants_power(a, &rules, T0 + 2));
    a->is_saved = true;
    plan_incident(a, &rules, T0 + 2, 16, &p);
    ok(!groups_are_unknown(a, &rules, T0 + 2));
    ok(groups_are_unknown(a, &rules, T0 + 2 + rules.retry_max_ms));

    /* someone moved one: the others may follow, but not by a mere plan */
    v->phase = VM_GONE;
    groups_learn(&groups, b, (struct incident *[]){ a, b }, 2, f, 3, T0 + 2);
    ok(incident_vm(a, ids[1])->is_tied && incident_vm(b, ids[3])->is_tied);
    learn(a, b, f, 3);
    is_str(incident_vm(a, ids[1])->reason, NULL);
    is_str(posted(a, b), "1");

    /* a scheduler without the filter */
    v->phase = VM_WAITING;
    groups.tries_tied = true;
    learn(a, b, f, 3);
    is_str(posted(a, b), "02");
    v->attempts = 1;
    incident_on_server(a, v,
                       &(struct server_fact){ .id = ids[0],
                                              .name = "vm",
                                              .host = "a",
                                              .vm_state = "error",
                                              .fault =
                                                  "No valid host was found.",
                                              .was_launched = true },
                       T0 + 3, T0 + 3, &rules);
    has_str(v->reason, "No valid host was found. (all members of its affinity "
                       "group 'pair'");
    groups.tries_tied = false;
    for (size_t i = 0; i < N_ELEMENTS(f); i++)
        pairs_clear(&f[i].members);
    incident_free(a);
    incident_free(b);
}

/* A host whose VMs wait for it alone is powered on. */
static void
test_tied_host(void)
{
    struct incident *a = failed_host("a", 0, 2);
    struct group_fact f = group("pair", "affinity", 0, 2);
    struct recovery_rules with_power = rules;

    with_power.powers_on = true;
    learn(a, NULL, &f, 1);
    ok(comeback_wants_power(a, &with_power, T0 + 2));
    pairs_clear(&f.members);
    incident_free(a);
}

/* Nobody asks for the groups of what is not evacuated. */
static void
test_needless(void)
{
    struct incident *a = failed_host("a", 0, 1);

    ok(groups_are_unknown(a, &rules, T0 + 2));
    a->has_returned = true;
    ok(!groups_are_unknown(a, &rules, T0 + 2));
    a->has_returned = false;
    a->saved.phase = PHASE_DONE;
    ok(!groups_are_unknown(a, &rules, T0 + 2));
    a->saved.phase = PHASE_EVACUATING;
    incident_vm(a, ids[0])->phase = VM_SKIPPED;
    ok(!groups_are_unknown(a, &rules, T0 + 2));
    incident_free(a);
}

TAP_MAIN({ "members of an anti-affinity group go one by one, on all hosts",
           test_anti_affinity },
         { "other policies hold nobody up", test_others },
         { "groups that cannot be read", test_unreadable },
         { "an affinity group without a host", test_tied },
         { "a host that is waited for is powered on", test_tied_host },
         { "groups are not read in vain", test_needless })
