/* lib/policy: nothing is changed for a host that may not be acted on now. */
#include "cleanup.h"
#include "plan.h"
#include "tap.h"

enum { NOW = 1000000 };

static const struct recovery_rules rules = { .post_settle_ms = 60000,
                                             .poll_ms = 1000,
                                             .retry_min_ms = 10000,
                                             .retry_max_ms = 120000 };

/* clang-format off */
static const struct {
    const char *name;
    enum certainty certainty;
    bool lacks_quorum, is_disarmed, is_braked;
    bool may;
} moments[] = {
    { "dead",                          CERTAIN,        0, 0, 0, true },
    { "back",                          NODE_ALIVE,     0, 0, 0, true },
    { "fenced in vain meanwhile",      FENCING_FAILED, 0, 0, 0, true },
    { "the cluster cannot be read",    NOT_CURRENT,    0, 0, 0, false },
    { "no quorum",                     NOT_QUORATE,    0, 0, 0, false },
    { "back, and no quorum",           NODE_ALIVE,     1, 0, 0, false },
    { "two claim it",                  NOT_SOLE_OWNER, 0, 0, 0, false },
    { "its former owner may still act", NEWLY_OURS,    0, 0, 0, false },
    { "disarmed",                      CERTAIN,        0, 1, 0, false },
    { "held by the brake",             CERTAIN,        0, 0, 1, false },
};

/* What only looks, or writes the journal (the cluster refuses that where there
 * is no quorum).
 */
static const bool looks[] = {
    [STEP_JOURNAL] = true,    [STEP_FIND_SERVICE] = true,
    [STEP_RECORDS] = true,    [STEP_SERVERS] = true,
    [STEP_READ_VM] = true,    [STEP_READ_ACTIONS] = true,
    [STEP_ASK_GUEST] = true,  [STEP_FIND_DEST] = true,
    [STEP_LIVE] = true,
};
/* clang-format on */

/* VM c1 was stopped, and has arrived running. */
static struct incident *
incident_in(size_t moment)
{
    struct incident *inc = incident_new("c1", "c1", 5, NOW - 1000);
    struct server_fact f = { .id = "a1b2c3d4-0000-4000-8000-000000000000",
                             .name = "vm",
                             .host = "c1",
                             .vm_state = "stopped",
                             .ram_mb = 512,
                             .was_launched = true };
    struct vm *v;

    inc->has_service = inc->is_down = true;
    inc->saved.phase = PHASE_EVACUATING;
    incident_on_servers(inc, &f, 1, NOW - 500, NOW - 500, &rules);
    v = inc->by_key[0];
    v->phase = VM_RESTORING;
    v->was_stopped = true;
    v->read_ms = NOW;
    f.host = "c2";
    f.vm_state = "active";
    incident_on_server(inc, v, &f, NOW, NOW, &rules);
    incident_on_certainty(inc, moments[moment].certainty, 5);
    incident_on_quorum(inc, !moments[moment].lacks_quorum);
    incident_on_disarmed(inc, moments[moment].is_disarmed);
    incident_on_brake(inc, moments[moment].is_braked);
    inc->has_service = true;
    return inc;
}

static void
test_steps(void)
{
    for (size_t i = 0; i < N_ELEMENTS(moments); i++) {
        struct incident *inc = incident_in(i);

        for (int kind = STEP_JOURNAL; kind <= STEP_LIVE; kind++) {
            struct plan p = { 0 };
            bool may = moments[i].may ||
                       (kind == STEP_POWER_ON && moments[i].is_braked) ||
                       ((size_t) kind < N_ELEMENTS(looks) && looks[kind]);

            ok_msg(!plan_add(&p, inc, NOW, (enum step_kind) kind, NULL) == !may,
                   "%s: step %d", moments[i].name, kind);
        }
        incident_free(inc);
    }
}

static void
test_stop_on_arrival(void)
{
    for (size_t i = 0; i < N_ELEMENTS(moments); i++) {
        struct incident *inc = incident_in(i);
        struct plan p;
        bool stops = false;

        is_int(inc->by_key[0]->phase, VM_RESTORING);
        plan_incident(inc, &rules, NOW, 8, &p);
        for (size_t k = 0; k < p.n; k++)
            stops |= p.steps[k].kind == STEP_STOP_VM;
        ok_msg(stops == moments[i].may, "%s: stopped: %d", moments[i].name,
               stops);
        incident_free(inc);
    }
}

/* What was to leave, and waits for its connection. */
static void
test_recalled(void)
{
    for (size_t i = 0; i < N_ELEMENTS(moments); i++) {
        struct incident *inc = incident_in(i);

        ok_msg(plan_recalls(inc) == !moments[i].may, "%s", moments[i].name);
        incident_free(inc);
    }
}

TAP_MAIN({ "each step that changes something passes the same guard",
           test_steps },
         { "a VM that arrives is not stopped where nothing may change",
           test_stop_on_arrival },
         { "what has not left is taken back", test_recalled })
