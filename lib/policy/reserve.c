/* Reserved hosts: which there are, and which VM goes where. */
#include "reserve.h"

#include <stdlib.h>
#include <string.h>

#include "incident.h"
#include "reserve-rules.h"
#include "xalloc.h"

/* --- the pool --------------------------------------------------------------
 */

struct reserve *
reserve_find(const struct reserve_pool *p, const char *node)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->list[i]->node, node) == 0)
            return p->list[i];
    return NULL;
}

struct reserve *
reserve_get(struct reserve_pool *p, const char *node)
{
    struct reserve *r = reserve_find(p, node);

    if (r)
        return r;
    r = xcalloc(1, sizeof *r);
    r->node = xstrdup(node);
    r->host = xstrdup(node);
    p->list = xrealloc(p->list, p->n + 1, sizeof *p->list);
    p->list[p->n++] = r;
    return r;
}

static void
reserve_free(struct reserve *r)
{
    free(r->node);
    free(r->host);
    free(r->service_id);
    free(r->reason);
    free(r->value);
    free(r->trouble);
    free(r);
}

void
reserve_remove(struct reserve_pool *p, const char *node)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->list[i]->node, node) == 0) {
            reserve_free(p->list[i]);
            p->list[i] = p->list[--p->n];
            return;
        }
}

void
reserve_pool_clear(struct reserve_pool *p)
{
    for (size_t i = 0; i < p->n; i++)
        reserve_free(p->list[i]);
    free(p->list);
    reserve_forget_sets(p);
    *p = (struct reserve_pool){ 0 };
}

/* --- what is known of one --------------------------------------------------
 */

static bool
is_taken(const struct reserve *r)
{
    return r->has_entry && !r->saved.is_used;
}

bool
reserve_is_fresh(const struct reserve_pool *p, const struct reserve *r)
{
    return r->read_ms && p->now_ms - r->read_ms <= RESERVE_FRESH_MS;
}

/* Might it be taken, by what is known? */
static bool
is_candidate(const struct reserve_pool *p, const struct reserve *r)
{
    return r->is_reserved && r->is_usable && !is_taken(r) &&
           r->retry_ms <= p->now_ms;
}

/* Its facts were read, and it is kept free. */
static bool
is_free(const struct reserve_pool *p, const struct reserve *r)
{
    return is_candidate(p, r) && r->service_id && r->is_disabled &&
           r->is_sound && r->has_room;
}

static bool
is_unknown(const struct reserve_pool *p, const struct reserve *r)
{
    if (!is_candidate(p, r))
        return false;
    return !r->read_ms ||
           (r->service_id && r->is_disabled && r->is_sound && !r->has_room);
}

/* It was taken, and is good to take VMs, now or in a moment. */
static bool
is_coming(const struct reserve_pool *p, const struct reserve *r)
{
    return is_taken(r) && r->is_reserved && r->is_usable &&
           r->retry_ms <= p->now_ms && !r->is_withdrawn &&
           (!r->read_ms || (r->service_id && r->is_sound));
}

static bool
is_ready(const struct reserve_pool *p, const struct reserve *r)
{
    int64_t set;

    return is_coming(p, r) && !r->is_unsure && r->read_ms && !r->is_disabled &&
           r->has_room && (p->has_sets || !p->joins_sets) &&
           !reserve_wants_entry(p, r, NULL) && !reserve_set_to_join(p, r, &set);
}

static int64_t
room(const struct reserve *r)
{
    return r->free_mb - r->planned_mb - r->booked_mb;
}

/* --- which VMs want one ------------------------------------------------------
 */

/* Each method tries both ways in turn, so that no VM waits for ever for the one
 * while the other would do.
 */
static bool
wants_reserve(enum recovery_method m, const struct vm *v)
{
    switch (m) {
    case METHOD_RESERVED_HOST: return true;
    case METHOD_AUTO_PRIORITY: return v->had_no_host && v->attempts % 2 == 1;
    case METHOD_RH_PRIORITY: return v->attempts % 2 == 0;
    default: return false;
    }
}

typedef bool test_fn(const struct reserve_pool *p, const struct reserve *r);

/* It was sent there, and Nova found no room: we had not counted right. */
static bool
was_refused_by(const struct vm *v, const struct reserve *r)
{
    return v->had_no_host && v->target && strcmp(v->target, r->host) == 0;
}

/* The one with most room of those that pass TEST; IS_SMALL: also one that seems
 * to have no room for it.
 */
static struct reserve *
best_of(const struct reserve_pool *p, test_fn *test, const struct vm *v,
        bool is_small)
{
    int64_t ram_mb = v->key.ram_mb;
    struct reserve *best = NULL;

    for (size_t i = 0; i < p->n; i++) {
        struct reserve *r = p->list[i];

        if (test(p, r) && !was_refused_by(v, r) &&
            (is_small || room(r) >= ram_mb) && (!best || room(r) > room(best)))
            best = r;
    }
    return best;
}

static bool
has_unknown(const struct reserve_pool *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (is_unknown(p, p->list[i]) ||
            (is_coming(p, p->list[i]) && !p->list[i]->has_room))
            return true;
    return false;
}

static bool
is_coming_with_room(const struct reserve_pool *p, const struct reserve *r)
{
    return is_coming(p, r) && r->has_room;
}

static bool
is_on_its_way(const struct reserve_pool *p, const struct reserve *r)
{
    return is_coming_with_room(p, r) && !is_ready(p, r);
}

static bool
is_chosen(const struct reserve_pool *p, const struct reserve *r)
{
    return r->is_wanted && is_free(p, r);
}

/* --- a round
 * ------------------------------------------------------------------ */

void
reserve_begin(struct reserve_pool *p, int64_t now_ms)
{
    for (size_t i = 0; i < p->n; i++) {
        struct reserve *r = p->list[i];

        r->planned_mb = r->booked_mb = 0;
        r->is_wanted = false;
        if (!p->is_needed) /* by the last round */
            r->has_room = false;
    }
    p->now_ms = now_ms;
    p->is_needed = p->wants_facts = false;
    p->incident_ns = 0;
    p->n_wanted_sets = 0;
}

static void
count_sent(struct reserve_pool *p, const struct vm *v)
{
    for (size_t i = 0; v->target && i < p->n; i++)
        if (strcmp(p->list[i]->host, v->target) == 0 &&
            (vm_phase_is_in_flight(v->phase) || v->phase == VM_RECOVERED))
            p->list[i]->planned_mb += v->key.ram_mb;
}

/* May it go where it seems to have no room?  We do not know by how much Nova
 * lets a host be overcommitted.  With other methods it may go elsewhere.
 */
static bool
may_be_small(const struct reserve_pool *p)
{
    return p->method == METHOD_RESERVED_HOST;
}

/* Is one more to be taken for a VM that seems to fit nowhere?  One for each of
 * its attempts.
 */
static bool
wants_one_more(const struct reserve_pool *p, const struct vm *v)
{
    unsigned n = 0;

    for (size_t i = 0; i < p->n; i++)
        n += is_coming_with_room(p, p->list[i]) || is_chosen(p, p->list[i]);
    return may_be_small(p) && n <= v->attempts;
}

/* One for a VM that seems to fit nowhere: what was taken already, and is not
 * ready yet, comes first.
 */
static struct reserve *
book_small(const struct reserve_pool *p, const struct vm *v)
{
    struct reserve *r = best_of(p, is_on_its_way, v, true);

    if (!r)
        r = best_of(p, is_chosen, v, true);
    if (!r && wants_one_more(p, v))
        r = best_of(p, is_free, v, true);
    return r;
}

/* Find it a place: where it fits by what is left; else one more is taken. */
static void
book(struct reserve_pool *p, const struct vm *v)
{
    struct reserve *r = best_of(p, is_coming_with_room, v, false);

    if (!r)
        r = best_of(p, is_chosen, v, false);
    if (!r)
        r = best_of(p, is_free, v, false);
    if (r)
        r->booked_mb += v->key.ram_mb;
    else
        p->wants_facts = true;
    if (!r && may_be_small(p))
        r = book_small(p, v);
    if (r)
        r->is_wanted = true;
}

/* Only what is certainly dead may have hosts switched on for it. */
static bool
may_take(const struct incident *inc)
{
    return inc->certainty == CERTAIN && !inc->has_returned &&
           !inc->is_released && inc->is_down && inc->servers_asked_ms &&
           !incident_is_held(inc);
}

void
reserve_count(struct reserve_pool *p, const struct incident *inc)
{
    p->is_needed |= !(inc->is_saved && inc->saved.phase >= PHASE_DONE);
    for (size_t i = 0; i < inc->n_vms; i++)
        count_sent(p, inc->by_key[i]);
}

void
reserve_demand(struct reserve_pool *p, const struct incident *inc)
{
    bool has_demand = false;

    if (p->method == METHOD_AUTO || !may_take(inc))
        return;
    for (size_t i = 0; i < inc->n_vms; i++) {
        const struct vm *v = inc->by_key[i];

        if (v->phase != VM_WAITING || !wants_reserve(p->method, v))
            continue;
        book(p, v);
        has_demand = true;
    }
    if (has_demand && !p->incident_ns)
        p->incident_ns = inc->saved.incident_ns;
    if (has_demand)
        reserve_want_sets(p, inc->host);
}

static bool
fits(const struct reserve *r, const struct vm *v)
{
    return r->free_mb - r->planned_mb >= v->key.ram_mb;
}

/* Will there be a place for it soon? */
static bool
is_worth_waiting(const struct reserve_pool *p, const struct vm *v)
{
    bool is_more = wants_one_more(p, v);

    if (has_unknown(p))
        return true;
    for (size_t i = 0; i < p->n; i++) {
        const struct reserve *r = p->list[i];

        if (was_refused_by(v, r))
            continue;
        if (is_on_its_way(p, r) && (may_be_small(p) || fits(r, v)))
            return true;
        if (is_free(p, r) && (is_more || fits(r, v)))
            return true;
    }
    return false;
}

/* The one that is ready and has most left; IS_AGAIN: also one that has failed
 * to take the VM.
 */
static struct reserve *
place_of(const struct reserve_pool *p, const struct vm *v, bool is_again)
{
    struct reserve *best = NULL;

    for (size_t i = 0; i < p->n; i++) {
        struct reserve *r = p->list[i];

        if (is_ready(p, r) && fits(r, v) &&
            (is_again || !was_refused_by(v, r)) &&
            (!best ||
             r->free_mb - r->planned_mb > best->free_mb - best->planned_mb))
            best = r;
    }
    return best;
}

/* Those that are ready take their turn, the one with most left first. */
static struct reserve *
small_place_of(const struct reserve_pool *p, const struct vm *v)
{
    struct reserve *best = best_of(p, is_ready, v, true);
    unsigned n = 0, turn = 0;

    if (!may_be_small(p) || (best && v->attempts == 0))
        return may_be_small(p) ? best : NULL;
    for (size_t i = 0; i < p->n; i++)
        n += is_ready(p, p->list[i]);
    for (size_t i = 0; i < p->n; i++)
        if (is_ready(p, p->list[i]) && turn++ == v->attempts % n)
            return p->list[i];
    return NULL;
}

bool
reserve_place(struct reserve_pool *p, struct vm *v, const char **ret_target)
{
    struct reserve *r;

    *ret_target = NULL;
    v->is_placeless = false;
    if (!p || !wants_reserve(p->method, v))
        return true;
    r = place_of(p, v, false);
    if (!r && is_worth_waiting(p, v))
        return false;
    if (!r)
        r = place_of(p, v, true);
    if (!r)
        r = small_place_of(p, v);
    if (r) {
        r->planned_mb += v->key.ram_mb; /* until the next round counts it */
        *ret_target = r->host;
        return true;
    }
    if (p->method != METHOD_RESERVED_HOST)
        return true;
    v->is_placeless = true;
    vm_set_reason(v, "no reserved host of the segment can be used");
    return false;
}

/* As if all that are wanted had been taken already. */
static void
take_all(struct reserve_pool *p)
{
    p->joins_sets = false; /* what they are added to is of no matter here */
    p->n_wanted_sets = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct reserve *r = p->list[i];

        if (!r->is_wanted || is_taken(r))
            continue;
        reserve_on_saved(r, &(struct journal_reserve){ .incident_ns =
                                                           p->incident_ns });
        r->is_disabled = false;
        r->booked_mb = 0;
    }
}

void
reserve_forecast(struct reserve_pool *p, struct incident *inc, int64_t now_ms)
{
    p->is_needed = true; /* what was read is what counts */
    reserve_begin(p, now_ms);
    reserve_demand(p, inc);
    take_all(p);
    for (size_t i = 0; i < inc->n_vms; i++) {
        struct vm *v = inc->by_order[i];
        const char *target = NULL;

        if (v->phase == VM_WAITING && !v->is_tied)
            (void) reserve_place(p, v, &target);
        xstrset(&v->target, target);
    }
}

const char *
reserve_state(const struct reserve *r)
{
    if (r->has_entry)
        return r->saved.is_used ? "used" : "taken";
    return r->is_usable ? "free" : "not usable";
}
