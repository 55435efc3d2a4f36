/* comeback.c: the way back of a host into service (N31-N35). */
#include "cleanup.h"
#include "comeback.h"
#include "tap.h"

#define NS INT64_C(1795000000000000000)

enum { T0 = 1000000, BEAT0 = 500000 };

static const struct recovery_rules rules = { .post_settle_ms = 60000,
                                             .poll_ms = 1000,
                                             .retry_min_ms = 5000,
                                             .retry_max_ms = 60000,
                                             .powers_on = true };

/* A host that the journal shows as returning, alive, with our flags on it. */
static struct incident *
returning(void)
{
    struct journal_host saved = { .phase = PHASE_RETURNING,
                                  .incident_ns = NS,
                                  .has_forced_down = true,
                                  .has_disabled = true,
                                  .has_returned = true };
    struct incident *inc = incident_resume("c1", "c1", &saved, T0);

    incident_on_certainty(inc, NODE_ALIVE, NS);
    return inc;
}

static void
service(struct incident *inc, struct service_fact s, int64_t now_ms)
{
    s.id = "id";
    s.asked_ms = now_ms;
    incident_on_service(inc, &s, now_ms);
}

static void
records(struct incident *inc, const char *status, int64_t now_ms)
{
    struct record_fact r = { .uuid = "r1",
                             .instance = "0b1c2d3e",
                             .status = status ? status : "",
                             .created_ms = BEAT0,
                             .updated_ms = BEAT0 };

    incident_on_records(inc, &r, status ? 1 : 0, 0, now_ms, now_ms, &rules);
}

static void
servers(struct incident *inc, const struct server_fact *s, int64_t now_ms)
{
    incident_on_servers(inc, s, s ? 1 : 0, now_ms, now_ms, &rules);
}

/* All steps of the plan, a letter each. */
static const char *
steps(struct incident *inc, int64_t now_ms)
{
    static const char letters[] = {
        [STEP_JOURNAL] = 'J',    [STEP_FIND_SERVICE] = 'F',
        [STEP_RECORDS] = 'R',    [STEP_SERVERS] = 'L',
        [STEP_READ_VM] = 'V',    [STEP_STOP_VM] = 'S',
        [STEP_POWER_ON] = 'P',   [STEP_FORCE_UP] = 'U',
        [STEP_ENABLE] = 'E',     [STEP_ASK_GUEST] = 'A',
        [STEP_REBOOT_VM] = 'B',  [STEP_EVACUATE] = '!',
        [STEP_FORCE_DOWN] = '!', [STEP_READ_ACTIONS] = '?',
        [STEP_START_VM] = 'W',
    };
    static char text[PLAN_MAX + 1];
    struct plan p;

    plan_incident(inc, &rules, now_ms, 10, &p);
    for (size_t i = 0; i < p.n; i++)
        text[i] = letters[p.steps[i].kind];
    text[p.n] = '\0';
    return text;
}

/* Up to the moment when VMs were listed. */
static struct incident *
up_with(const struct server_fact *s)
{
    struct incident *inc = returning();

    service(inc, (struct service_fact){ .updated_ms = BEAT0, .is_up = true },
            T0 + 1);
    records(inc, NULL, T0 + 2);
    service(inc,
            (struct service_fact){ .updated_ms = BEAT0 + 1, .is_up = true },
            T0 + 3);
    servers(inc, s, T0 + 4);
    return inc;
}

static void
test_course(void)
{
    struct incident *inc = returning();

    is_str(steps(inc, T0 + 1), "F");
    service(inc,
            (struct service_fact){ .is_disabled = true,
                                   .is_forced_down = true,
                                   .is_ours = true,
                                   .updated_ms = BEAT0 },
            T0 + 2);
    is_str(steps(inc, T0 + 3), "R");
    records(inc, "done", T0 + 4);
    is_str(steps(inc, T0 + 5), ""); /* nova-compute has to clean up */
    ok(comeback_waits_for(inc));
    is_str(steps(inc, T0 + 1004), "R");
    records(inc, "completed", T0 + 1005);
    is_str(steps(inc, T0 + 1006), "LU");
    comeback_on_put(inc, false, T0 + 1007, &rules);
    is_str(steps(inc, T0 + 1008), "F");
    service(inc,
            (struct service_fact){ .is_disabled = true,
                                   .is_ours = true,
                                   .is_up = true, /* by an old heartbeat */
                                   .updated_ms = BEAT0 + 10 },
            T0 + 1009);
    is_str(steps(inc, T0 + 1010), "L");
    is_str(steps(inc, T0 + 2010), "LF");
    service(inc,
            (struct service_fact){ .is_disabled = true,
                                   .is_ours = true,
                                   .is_up = true,
                                   .updated_ms = BEAT0 + 20 },
            T0 + 2011);
    is_str(steps(inc, T0 + 2012), "LL");
    servers(inc, NULL, T0 + 2013);
    is_str(steps(inc, T0 + 2014), "E");
    ok(!comeback_is_over(inc));
    comeback_on_put(inc, false, T0 + 2015, &rules);
    service(inc,
            (struct service_fact){ .is_up = true, .updated_ms = BEAT0 + 20 },
            T0 + 2016);
    ok(comeback_is_over(inc));
    is_int(incident_entry(inc).phase, PHASE_RELEASED);
    incident_free(inc);
}

static void
test_dead_again(void)
{
    struct incident *inc = returning();

    incident_on_certainty(inc, NEVER_FENCED, NS);
    is_str(steps(inc, T0 + 1), "");
    ok(!comeback_is_over(inc));
    incident_on_certainty(inc, CERTAIN, NS);
    is_str(steps(inc, T0 + 1), "");
    incident_free(inc);
}

/* The other partition may have fenced it, and evacuate its VMs. */
static void
test_no_quorum(void)
{
    struct server_fact s = { .id = "0b1c2d3e-0000-4000-8000-000000000001",
                             .name = "vm",
                             .host = "c1",
                             .vm_state = "active",
                             .was_launched = true };
    struct incident *inc = up_with(&s);

    incident_on_quorum(inc, false);
    is_str(steps(inc, T0 + 5), "");
    has_str(comeback_waits_for(inc), "quorum");
    incident_on_quorum(inc, true);
    is_str(steps(inc, T0 + 5), "A");
    incident_free(inc);
}

/* I5: what we did not set is not taken back. */
static void
test_operator(void)
{
    struct incident *inc = up_with(NULL);

    service(inc,
            (struct service_fact){
                .is_disabled = true, .is_up = true, .updated_ms = BEAT0 + 1 },
            T0 + 5);
    is_str(steps(inc, T0 + 6), "J");
    ok(comeback_is_over(inc));
    incident_free(inc);

    inc = returning();
    inc->sets_down = false;
    inc->saved.has_forced_down = false;
    service(inc,
            (struct service_fact){ .is_forced_down = true,
                                   .updated_ms = BEAT0 },
            T0 + 1);
    records(inc, NULL, T0 + 2);
    is_str(steps(inc, T0 + 3), "L");
    servers(inc, NULL, T0 + 4);
    ok(comeback_is_over(inc));
    incident_free(inc);
}

/* A PUT without an answer may force it up, or enable it, a minute later. */
static void
test_doubt(void)
{
    struct incident *inc = up_with(NULL);

    comeback_on_put(inc, true, T0 + 5, &rules);
    service(inc,
            (struct service_fact){ .is_up = true, .updated_ms = BEAT0 + 1 },
            T0 + 6);
    ok(!comeback_is_over(inc));
    is_str(steps(inc, T0 + 60007), "F");
    service(inc,
            (struct service_fact){ .is_up = true, .updated_ms = BEAT0 + 9 },
            T0 + 60008);
    ok(comeback_is_over(inc));
    incident_free(inc);
}

static struct server_fact
vm(const char *vm_state, const char *task_state, int power_state)
{
    return (struct server_fact){
        .id = "0b1c2d3e-0000-4000-8000-000000000001",
        .name = "vm",
        .host = "c1",
        .vm_state = vm_state,
        .task_state = task_state,
        .power_state = power_state,
        .ram_mb = 512,
        .was_launched = strcmp(vm_state, "building") != 0,
    };
}

static void
test_vms(void)
{
    static const struct {
        const char *vm_state, *task_state;
        int power;
        const char *steps; /* after it was found at home */
        enum vm_phase phase;
    } table[] = {
        { "active", NULL, 1, "A", VM_STARTING },
        { "active", "powering-off", 1, "", VM_STARTING },
        { "error", NULL, 1, "A", VM_STARTING },
        { "error", NULL, 4, "S", VM_STARTING },
        { "stopped", NULL, 4, "?", VM_STARTING },
        { "paused", NULL, 3, "", VM_SKIPPED },
        { "building", NULL, 0, "", VM_BLOCKED },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct server_fact s =
            vm(table[i].vm_state, table[i].task_state, table[i].power);
        struct incident *inc = up_with(&s);

        is_int(inc->by_key[0]->phase, table[i].phase);
        if (table[i].phase == VM_STARTING)
            is_str(steps(inc, T0 + 5), table[i].steps);
        else
            ok(comeback_is_over(inc) && inc->by_key[0]->reason);
        incident_free(inc);
    }
}

/* Left alone while its host was dead: because its disk is there, or because it
 * is none of our business.
 */
static void
test_left(void)
{
    static const struct {
        enum vm_choice choice;
        const char *vm_state, *steps;
        enum vm_phase phase;
    } table[] = {
        { CHOICE_STAY, "active", "A", VM_STARTING },
        { CHOICE_STAY, "stopped", "?", VM_STARTING },
        { CHOICE_SKIP, "active", "J", VM_SKIPPED },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        struct server_fact s = vm(table[i].vm_state, NULL, 1);
        struct incident *inc = up_with(&s);
        struct vm *v = inc->by_key[0];

        v->phase = VM_SKIPPED;
        v->choice = table[i].choice;
        servers(inc, &s, T0 + 5);
        is_int(v->phase, table[i].phase);
        is_str(steps(inc, T0 + 6), table[i].steps);
        incident_free(inc);
    }
}

static void
test_start(void)
{
    struct server_fact s = vm("active", NULL, 1);
    struct incident *inc = up_with(&s);
    struct vm *v = inc->by_key[0];

    comeback_on_guest(inc, v, GUEST_UNKNOWN, T0 + 5, &rules);
    is_str(steps(inc, T0 + 1006), "V");
    incident_on_server(inc, v, &s, T0 + 1006, T0 + 1007, &rules);
    is_str(steps(inc, T0 + 1008), "A");
    comeback_on_guest(inc, v, GUEST_IS_OFF, T0 + 1009, &rules);
    is_str(steps(inc, T0 + 1010), "B");
    comeback_on_call(v, NULL, T0 + 1011, &rules);
    is_str(steps(inc, T0 + 1012), "");
    is_str(steps(inc, T0 + 2012), "V");
    s.task_state = "rebooting_hard";
    incident_on_server(inc, v, &s, T0 + 2012, T0 + 2013, &rules);
    is_str(steps(inc, T0 + 2014), "");
    s.task_state = NULL;
    incident_on_server(inc, v, &s, T0 + 3015, T0 + 3016, &rules);
    is_str(steps(inc, T0 + 3017), "A");
    ok(!comeback_is_over(inc));
    comeback_on_guest(inc, v, GUEST_RUNS, T0 + 3018, &rules);
    is_int(v->phase, VM_RECOVERED);
    ok(comeback_is_over(inc));
    incident_free(inc);
}

/* Who stopped it?  S: its tenant, N: nova-compute, of late, O: long ago. */
static void
tell_actions(struct incident *inc, struct vm *v, const char *who,
             int64_t now_ms)
{
    int64_t failed_ms = inc->saved.incident_ns / 1000000;
    struct action_fact a[4];
    size_t n = strlen(who);

    for (size_t i = 0; i < n; i++)
        a[i] = (struct action_fact){
            .name = who[i] == 'C' ? "create" : "stop",
            .is_by_nova = strchr("NO", who[i]) != NULL,
            .started_ms = failed_ms + (who[i] == 'N' ? 60000 : -60000),
        };
    incident_on_actions(inc, v, a, n, now_ms);
}

static void
test_stopped(void)
{
    static const struct {
        const char *who;
        enum vm_phase seen, known; /* first seen so; known to have run */
    } table[] = {
        { "SC", VM_RECOVERED, VM_RECOVERED },
        { "NC", VM_STARTING, VM_STARTING },
        { "NSC", VM_RECOVERED, VM_RECOVERED },
        { "OC", VM_RECOVERED, VM_RECOVERED },
        { "", VM_RECOVERED, VM_SKIPPED }, /* Nova does not tell */
    };

    for (size_t i = 0; i < 2 * N_ELEMENTS(table); i++) {
        struct server_fact s = vm("stopped", NULL, 4);
        struct incident *inc = up_with(&s);
        struct vm *v = inc->by_key[0];
        bool is_known = i % 2;

        v->was_stopped = !is_known;
        is_str(steps(inc, T0 + 5), "?");
        tell_actions(inc, v, table[i / 2].who, T0 + 6);
        ok_msg(v->phase == (is_known ? table[i / 2].known : table[i / 2].seen),
               "%s, known: %d", table[i / 2].who, is_known);
        is_str(steps(inc, T0 + 7), v->phase == VM_STARTING ? "W" : "J");
        ok(v->phase == VM_STARTING || v->reason);
        incident_free(inc);
    }
}

/* A start may be lost, and its tenant may stop it meanwhile. */
static void
test_start_stopped(void)
{
    struct server_fact s = vm("stopped", NULL, 4);
    struct incident *inc = up_with(&s);
    struct vm *v = inc->by_key[0];

    tell_actions(inc, v, "NC", T0 + 5);
    incident_on_start(v, ANSWER_UNKNOWN, "no", T0 + 6, &rules);
    is_str(steps(inc, T0 + 1007), "V");
    incident_on_server(inc, v, &s, T0 + 1007, T0 + 1008, &rules);
    is_str(steps(inc, T0 + 1009), "");
    is_str(steps(inc, T0 + 5007), "?");
    tell_actions(inc, v, "NC", T0 + 5008);
    is_str(steps(inc, T0 + 5009), "W");
    incident_on_start(v, ANSWER_QUEUED, "", T0 + 5010, &rules);
    s.vm_state = "active";
    incident_on_server(inc, v, &s, T0 + 6011, T0 + 6012, &rules);
    is_str(steps(inc, T0 + 6013), "A");
    comeback_on_guest(inc, v, GUEST_RUNS, T0 + 6014, &rules);
    is_int(v->phase, VM_RECOVERED);
    incident_free(inc);
}

static void
test_never_starts(void)
{
    struct server_fact s = vm("active", NULL, 1);
    struct incident *inc = up_with(&s);
    struct vm *v = inc->by_key[0];
    int64_t now_ms = T0 + 5;
    unsigned calls = 0;

    for (; v->phase == VM_STARTING && calls < 100; now_ms += 10000) {
        comeback_on_guest(inc, v, GUEST_IS_OFF, now_ms, &rules);
        if (v->phase != VM_STARTING)
            break;
        calls++;
        comeback_on_call(v, "no", now_ms, &rules);
        incident_on_server(inc, v, &s, now_ms + 1, now_ms + 2, &rules);
    }
    is_int(calls, 5);
    is_int(v->phase, VM_BLOCKED);
    ok(v->reason);
    incident_free(inc);
}

static void
test_power(void)
{
    struct server_fact s = vm("active", NULL, 1);
    struct incident *inc = incident_new("c1", "c1", NS, T0);
    struct journal_host e;
    struct plan p;

    incident_on_certainty(inc, CERTAIN, NS);
    service(inc, (struct service_fact){ .updated_ms = BEAT0 }, T0);
    e = incident_entry(inc);
    incident_on_saved(inc, &e);
    incident_on_down(inc, T0, T0);
    records(inc, NULL, T0 + 1);
    servers(inc, &s, T0 + 2);
    e = incident_entry(inc);
    incident_on_saved(inc, &e);
    ok(!comeback_wants_power(inc, &rules, T0 + 3)); /* it is to be evacuated */
    plan_incident(inc, &rules, T0 + 3, 10, &p);
    incident_on_posting(inc, inc->by_key[0], T0);
    ok(!comeback_wants_power(inc, &rules, T0 + 4));
    incident_on_post(inc, inc->by_key[0], ANSWER_STATE, "no", T0 + 5, &rules);
    ok(comeback_wants_power(inc, &rules, T0 + 6)); /* it may be the room */
    comeback_on_power(inc, "no", T0 + 7);
    ok(!comeback_wants_power(inc, &rules, T0 + 8));
    inc->by_key[0]->not_before_ms = T0 + 90000; /* it waits on */
    ok(comeback_wants_power(inc, &rules, T0 + 60000));
    incident_on_certainty(inc, NOT_QUORATE, NS);
    ok(!comeback_wants_power(inc, &rules, T0 + 60000));
    incident_on_certainty(inc, NODE_ALIVE, NS);
    ok(!comeback_wants_power(inc, &rules, T0 + 60000));
    incident_free(inc);
}

static bool
has_step(struct incident *inc, enum step_kind kind, int64_t now_ms)
{
    struct plan p;

    plan_incident(inc, &rules, now_ms, 10, &p);
    for (size_t i = 0; i < p.n; i++)
        if (p.steps[i].kind == kind)
            return true;
    return false;
}

/* What the brake holds is not evacuated: then the way for its VMs to run is to
 * have their host back.
 */
static void
test_power_of_held(void)
{
    struct server_fact s = vm("active", NULL, 1);
    struct incident *inc = incident_new("c1", "c1", NS, T0);
    struct journal_host e = incident_entry(inc);

    incident_on_saved(inc, &e);
    incident_on_certainty(inc, CERTAIN, NS);
    incident_on_brake(inc, true);
    ok_msg(!has_step(inc, STEP_POWER_ON, T0), "Nova was not asked yet");
    service(inc, (struct service_fact){ .updated_ms = BEAT0 }, T0);
    records(inc, NULL, T0 + 1);
    servers(inc, &s, T0 + 2);
    ok(has_step(inc, STEP_POWER_ON, T0 + 3));
    inc->by_key[0]->phase = VM_UNKNOWN;
    ok_msg(!has_step(inc, STEP_POWER_ON, T0 + 3), "N33: it may be moving");
    inc->by_key[0]->phase = VM_WAITING;
    incident_on_disarmed(inc, true);
    ok_msg(!has_step(inc, STEP_POWER_ON, T0 + 3), "disarmed: hands off");
    incident_on_disarmed(inc, false);
    incident_on_brake(inc, false);
    ok_msg(!has_step(inc, STEP_POWER_ON, T0 + 3), "it is to be evacuated");
    incident_free(inc);
}

/* It failed too often: it stays disabled until that does not count any more, or
 * until someone enables it by hand.
 */
static void
test_quarantine(void)
{
    struct recovery_rules strict = rules;
    struct service_fact disabled = { .is_disabled = true,
                                     .is_ours = true,
                                     .is_up = true,
                                     .updated_ms = BEAT0 + 9 };
    struct incident *inc = up_with(NULL);
    struct flaps noted = { 0 };

    service(inc, disabled, T0 + 5);
    strict.quarantine_failures = 1;
    strict.quarantine_window_ms = 100000;
    comeback_on_flaps(inc, &noted, &strict);
    is_str(steps(inc, T0 + 6), ""); /* it must be noted first */
    flaps_add(&noted, NS);
    comeback_on_flaps(inc, &noted, &strict);
    is_str(steps(inc, T0 + 6), "E");
    ok(!comeback_waits_for(inc));
    flaps_add(&noted, NS - INT64_C(100000000000));
    comeback_on_flaps(inc, &noted, &strict);
    is_int(inc->back.n_failures, 2);
    is_str(steps(inc, T0 + 6), "");
    ok(comeback_waits_for(inc));
    ok(!comeback_is_over(inc));
    is_str(steps(inc, T0 + 60006), "F"); /* did someone enable it? */
    strict.quarantine_failures = 0;
    comeback_on_flaps(inc, &noted, &strict);
    is_str(steps(inc, T0 + 60006), "F"); /* is it still our mark? */
    service(inc, disabled, T0 + 60007);
    is_str(steps(inc, T0 + 60008), "E");
    strict.quarantine_failures = 1;
    comeback_on_flaps(inc, &noted, &strict);
    service(inc,
            (struct service_fact){ .is_up = true, .updated_ms = BEAT0 + 10 },
            T0 + 60009);
    ok(comeback_is_over(inc));
    incident_free(inc);
}

TAP_MAIN(
    { "from the open gate to the end", test_course },
    { "nothing is done for a host that is not alive", test_dead_again },
    { "nothing is done without quorum", test_no_quorum },
    { "I5: the operator's marks stay", test_operator },
    { "a PUT without an answer is waited for", test_doubt },
    { "a host that fails too often is quarantined", test_quarantine },
    { "VMs that are still there, by their state", test_vms },
    { "VMs that were left alone, by why", test_left },
    { "a VM is started once, and verified", test_start },
    { "one that is stopped runs again where nobody stopped it", test_stopped },
    { "it is started once more where a start was lost", test_start_stopped },
    { "one that does not start is given up, with a reason", test_never_starts },
    { "N33: power comes back when nothing moves", test_power },
    { "I7: what the brake holds is powered on", test_power_of_held })
