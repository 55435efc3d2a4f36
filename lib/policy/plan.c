/* What to do next for one failed host. */
#include "plan.h"

#include <string.h>

#include "comeback.h"
#include "levels.h"
#include "live.h"
#include "orphan.h"

enum {
    READS_AT_ONCE = 4,
    FRESH_MS = 10000,  /* records are read twice as often (call.c) */
    RELIST_MS = 60000, /* lists are read whole so often in any case */
    /* What we read must not slow down what we wait for: of the time of one
     * worker of nova-api, records take 1/8 at most, lists 1/16. */
    RECORDS_FACTOR = 8,
    SERVERS_FACTOR = 16,
};

struct context {
    const struct incident *inc;
    const struct recovery_rules *rules;
    int64_t now_ms;
    struct journal_host want; /* what the journal should hold */
    struct plan *plan;
};

/* All others change the cloud, or the host's power. */
static bool
is_harmless(enum step_kind kind)
{
    switch (kind) {
    case STEP_JOURNAL:
    case STEP_FIND_SERVICE:
    case STEP_RECORDS:
    case STEP_SERVERS:
    case STEP_READ_VM:
    case STEP_READ_ACTIONS:
    case STEP_ASK_GUEST:
    case STEP_FIND_DEST:
    case STEP_LIVE: return true;
    default: return false;
    }
}

/* What the brake holds may run again where it was. */
static bool
is_allowed(const struct incident *inc, enum step_kind kind)
{
    return is_harmless(kind) || incident_may_change(inc) ||
           (kind == STEP_POWER_ON && incident_may_decide(inc) &&
            !inc->is_disarmed);
}

struct step *
plan_add(struct plan *p, const struct incident *inc, int64_t now_ms,
         enum step_kind kind, struct vm *vm)
{
    struct step *s;

    if (!is_allowed(inc, kind))
        return NULL;
    if (p->n == PLAN_MAX) {
        p->wake_ms = now_ms + 1;
        return NULL;
    }
    s = &p->steps[p->n++];
    *s = (struct step){ .kind = kind, .vm = vm };
    return s;
}

void
plan_wake(struct plan *p, int64_t now_ms, int64_t when_ms)
{
    if (when_ms <= now_ms)
        when_ms = now_ms + 1;
    if (p->wake_ms == 0 || when_ms < p->wake_ms)
        p->wake_ms = when_ms;
}

static struct step *
add(struct context *c, enum step_kind kind, struct vm *vm)
{
    return plan_add(c->plan, c->inc, c->now_ms, kind, vm);
}

static void
wake_at(struct context *c, int64_t when_ms)
{
    plan_wake(c->plan, c->now_ms, when_ms);
}

static bool
is_busy(const struct context *c, enum busy what)
{
    return c->inc->busy & what;
}

static void
plan_journal(struct context *c)
{
    if (is_busy(c, BUSY_JOURNAL) ||
        (c->inc->is_saved && journal_host_equal(&c->want, &c->inc->saved)))
        return;
    if (c->inc->save_ms > c->now_ms) {
        wake_at(c, c->inc->save_ms);
        return;
    }
    struct step *s = add(c, STEP_JOURNAL, NULL);

    if (s)
        s->entry = c->want;
}

/* Is what we are about to do to the service in the journal already? */
static bool
owns_flags(const struct incident *inc)
{
    return inc->is_saved && inc->saved.phase >= PHASE_DOWN &&
           inc->saved.has_forced_down == inc->sets_down &&
           inc->saved.has_disabled == inc->sets_disabled;
}

static void
plan_host(struct context *c)
{
    const struct incident *inc = c->inc;

    if (!inc->has_service) {
        if (!is_busy(c, BUSY_SERVICE))
            add(c, STEP_FIND_SERVICE, NULL);
    } else if (!inc->is_down && inc->certainty == CERTAIN &&
               !inc->has_returned && owns_flags(inc) &&
               !is_busy(c, BUSY_DOWN)) {
        add(c, STEP_FORCE_DOWN, NULL);
    }
}

struct tally {
    bool is_in_flight; /* Nova works, or may work, on one */
    bool is_moving;    /* ...and more than a list is needed for its end */
    bool is_waiting;
    bool is_arrived;
    int64_t arrived_ms; /* the last of these */
    bool needs_all;     /* an unknown one has had its time: read all records */
    bool is_settled;    /* ...they were read: is it on the list? */
};

static struct tally
take_stock(const struct context *c)
{
    const struct incident *inc = c->inc;
    struct tally t = { 0 };

    for (size_t i = 0; i < inc->n_vms; i++) {
        const struct vm *v = inc->by_key[i];

        t.is_in_flight |= vm_phase_is_in_flight(v->phase);
        t.is_moving |= vm_phase_is_in_flight(v->phase) &&
                       (v->phase != VM_ARRIVED || v->wants_read);
        t.is_arrived |= v->phase == VM_ARRIVED;
        if (v->phase == VM_ARRIVED && v->arrived_ms > t.arrived_ms)
            t.arrived_ms = v->arrived_ms;
        t.is_waiting |= v->phase == VM_WAITING && !v->is_tied &&
                        !inc->has_returned && !incident_is_held(inc) &&
                        v->not_before_ms <= c->now_ms;
        if (v->phase != VM_UNKNOWN || v->not_before_ms >= c->now_ms)
            continue;
        t.needs_all |= inc->records_all_ms <= v->not_before_ms;
        t.is_settled |= inc->records_all_ms > v->not_before_ms;
    }
    return t;
}

/* The cloud's times have a resolution of a second.  Where its clocks differ, or
 * one is set back, a change may look older than the newest one that we saw: now
 * and then all are read.
 */
int64_t
plan_records_since(const struct incident *inc, int64_t now_ms)
{
    return now_ms - inc->records_all_ms < RELIST_MS &&
                   inc->records_since_ms > 2000
               ? inc->records_since_ms - 2000
               : 0;
}

static void
plan_records(struct context *c, const struct tally *t)
{
    const struct incident *inc = c->inc;
    int64_t age_ms = c->now_ms - inc->records_asked_ms;
    int64_t limit_ms = inc->records_cost_ms * RECORDS_FACTOR;
    struct step *s;

    if (limit_ms > FRESH_MS / 2 || !t->is_in_flight)
        limit_ms = FRESH_MS / 2;
    if (limit_ms < c->rules->poll_ms && t->is_in_flight)
        limit_ms = c->rules->poll_ms;
    if (is_busy(c, BUSY_RECORDS))
        return;
    if (inc->records_asked_ms && !t->needs_all && !inc->may_lack_arrived) {
        if (!t->is_in_flight && !t->is_waiting)
            return;
        if (age_ms < limit_ms) {
            wake_at(c, inc->records_asked_ms + limit_ms);
            return;
        }
    }
    s = add(c, STEP_RECORDS, NULL);
    if (s && !t->needs_all)
        s->since_ms = plan_records_since(inc, c->now_ms);
}

/* The list verifies arrivals and ends doubts; it is dear, so it follows its own
 * cost.  When nothing is left that it could slow down, one that is newer than
 * all news is due at once.
 */
static void
plan_servers(struct context *c, const struct tally *t)
{
    const struct incident *inc = c->inc;
    int64_t pause_ms = inc->servers_cost_ms * SERVERS_FACTOR;
    int64_t news_ms = t->is_arrived ? t->arrived_ms : inc->changed_ms;
    int64_t due_ms;
    bool is_last =
        !t->is_moving && !t->is_waiting && inc->servers_asked_ms <= news_ms;

    if (is_busy(c, BUSY_SERVERS) || inc->records_asked_ms == 0)
        return;
    if (pause_ms < c->rules->poll_ms)
        pause_ms = c->rules->poll_ms;
    if (!t->is_arrived && !t->is_settled && !is_last)
        pause_ms = RELIST_MS;
    due_ms = is_last ? news_ms + 1 : inc->servers_asked_ms + pause_ms;
    if (inc->servers_asked_ms && due_ms > c->now_ms)
        wake_at(c, due_ms);
    else
        add(c, STEP_SERVERS, NULL);
}

/* One request for all that are held, now and then: others may end it.  Its
 * answer is good for ever, as the host is dead when it is asked.
 */
static void
plan_live(struct context *c)
{
    const struct incident *inc = c->inc;
    int64_t due_ms = inc->live_asked_ms ? inc->live_asked_ms + RELIST_MS : 0;

    if (is_busy(c, BUSY_LIVE) || inc->certainty != CERTAIN ||
        !live_is_wanted(inc))
        return;
    if (due_ms > c->now_ms)
        wake_at(c, due_ms);
    else
        add(c, STEP_LIVE, NULL);
}

/* It left the list, and its record may say why: that comes with all others. */
static bool
awaits_record(const struct context *c, const struct vm *v)
{
    return v->phase == VM_MOVING && v->wants_read &&
           c->inc->records_asked_ms <= v->read_ms;
}

/* Was it stopped?  Nova's state does not tell any more. */
static bool
needs_actions(const struct vm *v)
{
    return v->phase == VM_WAITING && v->is_unclear && !v->wants_read;
}

static bool
needs_reading(const struct context *c, const struct vm *v)
{
    if (v->wants_read)
        return v->read_ms == 0 || c->now_ms - v->read_ms >= c->rules->poll_ms;
    return v->phase == VM_RESTORING &&
           c->now_ms - v->read_ms >= c->rules->poll_ms;
}

/* By the order of its level, and no more at once than the cloud can bear. */
static void
plan_start(struct context *c, struct vm *v, unsigned *n_under_way)
{
    switch (levels_next(c->inc, v, c->now_ms)) {
    case PARKED_WAIT:
        if (v->not_before_ms > c->now_ms)
            wake_at(c, v->not_before_ms);
        return;
    case PARKED_LOOK:
        if (*n_under_way < STARTS_AT_ONCE)
            add(c, STEP_READ_ACTIONS, v);
        break;
    case PARKED_START:
        if (*n_under_way < STARTS_AT_ONCE)
            add(c, STEP_START_VM, v);
        break;
    }
    if ((*n_under_way)++ >= STARTS_AT_ONCE)
        wake_at(c, c->now_ms + c->rules->poll_ms);
}

static void
plan_readings(struct context *c)
{
    const struct incident *inc = c->inc;
    unsigned n = 0;

    for (size_t i = 0; i < inc->n_vms; i++)
        n += inc->by_key[i]->is_reading;
    for (size_t i = 0; i < inc->n_vms; i++) {
        struct vm *v = inc->by_key[i];

        if (v->is_reading || awaits_record(c, v))
            continue;
        if (vm_is_parked(v) && !v->wants_read) {
            plan_start(c, v, &n);
        } else if (needs_reading(c, v) || needs_actions(v)) {
            if (n++ >= READS_AT_ONCE) {
                wake_at(c, c->now_ms + c->rules->poll_ms);
                return;
            }
            add(c, needs_actions(v) ? STEP_READ_ACTIONS : STEP_READ_VM, v);
        } else if (v->phase == VM_RESTORING && !v->wants_read &&
                   !v->is_rebuilding && v->was_stopped &&
                   strcmp(v->state, "active") == 0) {
            add(c, STEP_STOP_VM, v);
        } else if (v->wants_read || v->phase == VM_RESTORING) {
            wake_at(c, v->read_ms + c->rules->poll_ms);
        } else if (v->phase == VM_UNKNOWN && v->not_before_ms >= c->now_ms) {
            wake_at(c, v->not_before_ms + 1);
        }
    }
}

/* Has the journal the note that it needs?  A note may be taken back, so that no
 * newer write may be on its way.
 */
static bool
is_noted(const struct context *c, const struct vm *v)
{
    return !vm_needs_note(v) ||
           (!is_busy(c, BUSY_JOURNAL) &&
            journal_host_has_stopped(&c->inc->saved, v->key.id) &&
            journal_host_has_stopped(&c->want, v->key.id));
}

static bool
is_calling(const struct incident *inc)
{
    for (size_t i = 0; i < inc->n_vms; i++)
        if (inc->by_key[i]->phase == VM_POSTING)
            return true;
    return false;
}

/* Is no other member of its anti-affinity group in flight, or about to be? */
static bool
is_alone(const struct context *c, const struct vm *v)
{
    if (!groups_allow(c->rules->groups, v))
        return false;
    for (size_t i = 0; v->group && i < c->plan->n; i++)
        if (c->plan->steps[i].kind == STEP_EVACUATE &&
            c->plan->steps[i].vm->group == v->group)
            return false;
    return true;
}

/* Its evacuation starts it, unless it is parked or was stopped. */
static bool
is_its_turn(const struct context *c, const struct vm *v)
{
    return v->was_stopped || levels_park(c->inc, v) || levels_allow(c->inc, v);
}

static struct call_facts
facts_of_host(const struct context *c)
{
    const struct incident *inc = c->inc;

    return (struct call_facts){
        .certainty = inc->certainty,
        .phase = inc->saved.phase,
        .is_saved = inc->is_saved,
        .has_returned = inc->has_returned,
        .is_released = inc->is_released,
        .is_held = incident_is_held(inc),
        .is_down = inc->is_down,
        .is_listed = inc->servers_asked_ms != 0,
        .is_cloud_well = inc->good_read_ms >= inc->bad_post_ms,
        .records_age_ms = c->now_ms - inc->records_asked_ms,
    };
}

static struct call_facts
facts_of_vm(const struct context *c, const struct call_facts *host,
            const struct vm *v)
{
    const struct incident *inc = c->inc;
    int64_t look_ms =
        v->read_ms > inc->servers_asked_ms ? v->read_ms : inc->servers_asked_ms;
    struct call_facts f = *host;

    f.is_waiting = v->phase == VM_WAITING;
    f.delay_ms =
        v->not_before_ms > c->now_ms ? v->not_before_ms - c->now_ms : 0;
    f.is_known = !v->is_reading && !v->wants_read && !v->is_unclear;
    f.is_tied = v->is_tied;
    f.may_run = orphan_may_run(v);
    f.is_alone = is_alone(c, v);
    f.is_its_turn = is_its_turn(c, v);
    f.is_covered = incident_covers(&inc->saved, v);
    f.is_noted = is_noted(c, v);
    f.is_announced = !levels_park(inc, v) || inc->saved.is_parking;
    f.prep = (int) v->prep;
    f.look_age_ms = c->now_ms - look_ms;
    return f;
}

static void
add_call(struct context *c, struct vm *v, enum call call, const char *target,
         const struct call_facts *facts)
{
    static const enum step_kind kinds[] = { [CALL_LOOK] = STEP_READ_VM,
                                            [CALL_EVACUATE] = STEP_EVACUATE,
                                            [CALL_RESET] = STEP_RESET_VM,
                                            [CALL_CONFIRM] = STEP_CONFIRM_VM };
    struct step *s = add(c, kinds[call], v);

    if (!s)
        return;
    s->target = target;
    s->parks = call == CALL_EVACUATE && levels_park(c->inc, v);
    s->facts = *facts;
}

/* When one that waits is to be looked at again, where time alone decides. */
static bool
waits_for_time(struct context *c, const struct vm *v)
{
    int64_t until_ms =
        v->is_tied ? groups_again_ms(v, c->rules) : v->not_before_ms;

    if (!v->is_tied && until_ms <= c->now_ms)
        return false;
    wake_at(c, until_ms);
    return true;
}

static void
plan_posts(struct context *c, unsigned posts)
{
    const struct incident *inc = c->inc;
    const struct vm *first = NULL; /* that waits for the journal's mark */
    struct call_facts host = facts_of_host(c), f;
    const char *target;
    enum call call;

    if (inc->is_denied && posts > 0)
        posts = is_calling(inc) ? 0 : 1;

    for (size_t i = 0; i < inc->n_vms; i++) {
        struct vm *v = inc->by_order[i];

        if (v->phase != VM_WAITING || waits_for_time(c, v))
            continue;
        if (!first && !incident_covers(&inc->saved, v))
            first = v;
        /* the mark comes soon: its turn is first */
        if (posts == 0 || (first && v->priority < first->priority))
            continue;
        f = facts_of_vm(c, &host, v);
        call = call_of(&f);
        if (call == CALL_NONE || !reserve_place(inc->pool, v, &target))
            continue;
        posts--;
        add_call(c, v, call, target, &f);
    }
}

bool
plan_recalls(const struct incident *inc)
{
    bool may_evacuate =
        inc->certainty == CERTAIN && !inc->has_returned && !inc->is_released;

    if (!incident_may_change(inc))
        return true;
    if (comeback_is_on(inc))
        return inc->certainty != NODE_ALIVE;
    return !may_evacuate && (is_calling(inc) || inc->busy & BUSY_DOWN);
}

/* For people: is a host that never gets done with a VM still alive? */
static void
plan_dest(struct context *c)
{
    const char *dest = stuck_asks(c->inc, c->now_ms);
    struct step *s =
        dest && !is_busy(c, BUSY_DEST) ? add(c, STEP_FIND_DEST, NULL) : NULL;

    if (s)
        s->dest = dest;
}

/* What is done is read once more by a daemon that takes it over, for people:
 * which VMs are left on the host, and why.
 */
static void
plan_look(struct context *c)
{
    const struct incident *inc = c->inc;

    if (inc->servers_asked_ms || is_busy(c, BUSY_RECORDS | BUSY_SERVERS))
        return;
    add(c, inc->records_asked_ms ? STEP_SERVERS : STEP_RECORDS, NULL);
}

void
plan_incident(const struct incident *inc, const struct recovery_rules *rules,
              int64_t now_ms, unsigned posts, struct plan *ret_plan)
{
    struct context c = {
        .inc = inc,
        .rules = rules,
        .now_ms = now_ms,
        .want = incident_entry(inc),
        .plan = ret_plan,
    };
    struct tally t;

    ret_plan->n = 0;
    ret_plan->now_ms = now_ms;
    ret_plan->wake_ms = 0;
    plan_journal(&c);
    if (c.want.phase == PHASE_RELEASED)
        return;
    if (inc->retry_ms > now_ms) {
        wake_at(&c, inc->retry_ms);
        return;
    }
    if (comeback_wants_power(inc, rules, now_ms))
        add(&c, STEP_POWER_ON, NULL);
    if (c.want.phase == PHASE_RETURNING) {
        if (comeback_is_on(inc))
            plan_comeback(inc, rules, now_ms, ret_plan);
        return;
    }
    if (c.want.phase == PHASE_DONE) {
        plan_look(&c);
        return;
    }
    plan_host(&c);
    t = take_stock(&c);
    if (inc->has_service || !inc->records_asked_ms)
        plan_records(&c, &t);
    if (!inc->has_service)
        return;
    plan_servers(&c, &t);
    plan_live(&c);
    plan_readings(&c);
    plan_dest(&c);
    plan_posts(&c, posts);
}
