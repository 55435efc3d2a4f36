/* Starting by level. */
#include "levels.h"

#include <string.h>

#include "order.h"

enum {
    FRESH_MS = 5000, /* so long what its actions told is good */
    TRIES_MAX = 5,   /* starts of one VM */
};

/* One that arrived while nobody looked: what it is, is read soon. */
static int
level_of(const struct vm *v)
{
    return v->state[0] ? v->priority : PRIORITY_MAX;
}

/* Do later levels wait for it?  Not for what nobody works on: a VM that has to
 * wait for its host, or is left alone.
 */
static bool
is_awaited(const struct vm *v, int64_t now_ms)
{
    if (v->was_stopped || v->is_overdue)
        return false;
    switch (v->phase) {
    case VM_WAITING:
        return !v->is_tied && !(v->is_held && v->not_before_ms > now_ms);
    case VM_POSTING:
    case VM_UNKNOWN:
    case VM_MOVING:
    case VM_ARRIVED:
    case VM_RESTORING: return true;
    default: return false;
    }
}

/* Its VMs start now, or soon. */
static bool
is_working(const struct incident *inc)
{
    return inc->servers_asked_ms && !inc->has_returned && !inc->is_released &&
           inc->saved.phase < PHASE_DONE && !incident_is_held(inc);
}

/* The highest level of which one does not run.  False: all run. */
static bool
find_turn(struct incident *const *incidents, size_t n, int64_t now_ms,
          int *ret_turn)
{
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        const struct incident *inc = incidents[i];

        for (size_t k = 0; is_working(inc) && k < inc->n_vms; k++) {
            const struct vm *v = inc->by_key[k];

            if (!is_awaited(v, now_ms) || (found && level_of(v) <= *ret_turn))
                continue;
            found = true;
            *ret_turn = level_of(v);
        }
    }
    return found;
}

static void
stop_waiting(struct incident *const *incidents, size_t n, int turn,
             int64_t now_ms)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < incidents[i]->n_vms; k++) {
            struct vm *v = incidents[i]->by_key[k];

            if (is_awaited(v, now_ms) && level_of(v) >= turn)
                v->is_overdue = true;
        }
}

static bool
is_any_resumed(struct incident *const *incidents, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (incidents[i]->was_resumed)
            return true;
    return false;
}

static int64_t
take_turns(struct levels *l, const struct levels_rules *rules,
           struct incident *const *incidents, size_t n, int64_t now_ms)
{
    int turn = PRIORITY_MIN;

    while (find_turn(incidents, n, now_ms, &turn)) {
        /* one that is taken over may have become ready just now */
        bool is_next =
            l->is_known ? turn < l->turn : is_any_resumed(incidents, n);

        if (!l->is_known || turn != l->turn)
            *l = (struct levels){ true, turn,
                                  now_ms + (is_next ? rules->pause_ms : 0) };
        if (now_ms < l->since_ms)
            return l->since_ms;
        if (now_ms < l->since_ms + rules->wait_ms)
            return l->since_ms + rules->wait_ms;
        stop_waiting(incidents, n, turn, now_ms);
    }
    *l = (struct levels){ .turn = PRIORITY_MIN };
    return 0;
}

int64_t
levels_update(struct levels *l, const struct levels_rules *rules,
              struct incident *const *incidents, size_t n, int64_t now_ms)
{
    int64_t wake_ms = 0;

    if (rules->is_on)
        wake_ms = take_turns(l, rules, incidents, n, now_ms);
    for (size_t i = 0; i < n; i++) {
        struct incident *inc = incidents[i];

        inc->is_ordered = rules->is_on;
        inc->turn = l->turn + (now_ms < l->since_ms);
        inc->can_park =
            rules->is_on && rules->can_park && !inc->is_park_refused;
        inc->is_parking |= inc->can_park && inc->saved.phase < PHASE_DONE;
    }
    return wake_ms;
}

bool
levels_allow(const struct incident *inc, const struct vm *v)
{
    return !inc->is_ordered || inc->has_returned || v->is_overdue ||
           v->priority >= inc->turn;
}

bool
levels_park(const struct incident *inc, const struct vm *v)
{
    return inc->can_park && v->prep != PREP_RESET &&
           strcmp(v->state, "error") != 0;
}

void
levels_distrust(const struct incident *inc, struct vm *v)
{
    bool is_by_nova =
        strcmp(v->state, "active") == 0 || strcmp(v->state, "stopped") == 0;

    if (!inc->is_parking || !is_by_nova)
        return;
    v->was_stopped = false;
    v->is_unclear = true;
}

bool
levels_may_start(const struct incident *inc, const struct vm *v,
                 const struct server_fact *s)
{
    return inc->is_parking && !v->was_stopped && v->choice != CHOICE_SKIP &&
           (s->task_state || strcmp(s->vm_state, "stopped") == 0);
}

bool
levels_give_up(const struct vm *v)
{
    return vm_is_parked(v) && v->n_starts >= TRIES_MAX;
}

enum parked
levels_next(const struct incident *inc, const struct vm *v, int64_t now_ms)
{
    if (!incident_may_change(inc) || v->not_before_ms > now_ms ||
        !levels_allow(inc, v))
        return PARKED_WAIT;
    return v->actions_ms && now_ms - v->actions_ms <= FRESH_MS ? PARKED_START
                                                               : PARKED_LOOK;
}
