/* Reserved hosts: take them, put them back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pace.h"
#include "reserve-rules.h"
#include "xalloc.h"

enum { TROUBLE_MIN_MS = 1000, TROUBLE_MAX_MS = 30000, ROOM_AGAIN_MS = 30000 };

/* --- aggregates -------------------------------------------------------------
 */

void
reserve_forget_sets(struct reserve_pool *p)
{
    for (size_t i = 0; i < p->n_sets; i++) {
        for (size_t k = 0; k < p->sets[i].n_hosts; k++)
            free(p->sets[i].hosts[k]);
        free(p->sets[i].hosts);
    }
    free(p->sets);
    p->sets = NULL;
    p->n_sets = 0;
    p->has_sets = false;
}

static bool
is_in(const struct reserve_set *s, const char *host)
{
    for (size_t i = 0; i < s->n_hosts; i++)
        if (strcmp(s->hosts[i], host) == 0)
            return true;
    return false;
}

static bool
is_member(const struct reserve_pool *p, int64_t set, const char *host)
{
    for (size_t i = 0; i < p->n_sets; i++)
        if (p->sets[i].id == set)
            return is_in(&p->sets[i], host);
    return false;
}

static bool
is_refused(const struct reserve *r, int64_t set)
{
    for (unsigned i = 0; i < r->n_refused; i++)
        if (r->refused[i] == set)
            return true;
    return false;
}

void
reserve_want_sets(struct reserve_pool *p, const char *host)
{
    for (size_t i = 0; p->joins_sets && i < p->n_sets; i++) {
        bool is_known = false;

        for (unsigned k = 0; k < p->n_wanted_sets; k++)
            is_known |= p->wanted_sets[k] == p->sets[i].id;
        if (!is_known && is_in(&p->sets[i], host) &&
            p->n_wanted_sets < RESERVE_SETS_MAX)
            p->wanted_sets[p->n_wanted_sets++] = p->sets[i].id;
    }
}

bool
reserve_set_to_join(const struct reserve_pool *p, const struct reserve *r,
                    int64_t *ret_set)
{
    for (unsigned i = 0; i < r->saved.n_sets; i++) {
        *ret_set = r->saved.sets[i];
        if (!is_refused(r, *ret_set) &&
            (!p->has_sets || !is_member(p, *ret_set, r->host)))
            return true;
    }
    return false;
}

bool
reserve_wants_entry(const struct reserve_pool *p, const struct reserve *r,
                    struct journal_reserve *ret)
{
    struct journal_reserve e = { .incident_ns = p->incident_ns };

    if (r->has_entry && !r->saved.is_used)
        e = r->saved;
    else
        journal_reserve_set_reason(&e, r->reason);
    for (unsigned i = 0; i < p->n_wanted_sets; i++)
        if (!is_member(p, p->wanted_sets[i], r->host) &&
            !is_refused(r, p->wanted_sets[i]))
            (void) journal_reserve_add_set(&e, p->wanted_sets[i]);
    if (ret)
        *ret = e;
    return !r->has_entry || !journal_reserve_equal(&e, &r->saved);
}

/* --- steps
 * -------------------------------------------------------------------- */

static bool
make(struct reserve_step *s, enum reserve_step_kind kind, struct reserve *r)
{
    *s = (struct reserve_step){ .kind = kind, .r = r };
    return true;
}

static bool
lacks_sets(const struct reserve_pool *p)
{
    return p->joins_sets && !p->has_sets;
}

/* One that VMs wait for: journal, then Nova. */
static bool
take_next(struct reserve_pool *p, struct reserve *r, struct reserve_step *s)
{
    bool is_taken = r->has_entry && !r->saved.is_used;

    if (!is_taken && !r->is_wanted)
        return p->wants_facts && r->is_reserved && r->is_usable &&
               !reserve_is_fresh(p, r) && make(s, RESERVE_SERVICE, r);
    if (!r->is_usable)
        return false;
    if (!reserve_is_fresh(p, r))
        return make(s, RESERVE_SERVICE, r);
    if (lacks_sets(p) || !r->service_id || !r->is_sound)
        return false;
    if (p->incident_ns && reserve_wants_entry(p, r, &s->entry)) {
        struct journal_reserve e = s->entry;

        make(s, RESERVE_SAVE, r);
        s->entry = e;
        return true;
    }
    if (!is_taken)
        return false;
    if (r->is_disabled)
        return r->is_wanted && !r->is_withdrawn && make(s, RESERVE_ENABLE, r);
    if (p->has_sets && reserve_set_to_join(p, r, &s->set)) {
        int64_t set = s->set;

        make(s, RESERVE_JOIN, r);
        s->set = set;
        return true;
    }
    return false;
}

static bool
leave_next(struct reserve_pool *p, struct reserve *r, struct reserve_step *s)
{
    for (unsigned i = 0; i < r->saved.n_sets; i++) {
        int64_t set = r->saved.sets[i];

        if (is_refused(r, set) || !is_member(p, set, r->host))
            continue;
        make(s, RESERVE_LEAVE, r);
        s->set = set;
        return true;
    }
    return make(s, RESERVE_FORGET, r);
}

/* Nobody needs it any more: where no VM came, all is as it was before. */
static bool
put_back_next(struct reserve_pool *p, struct reserve *r, struct reserve_step *s)
{
    if (!r->has_entry || r->saved.is_used || !r->is_usable)
        return false;
    if (!r->read_ms)
        return make(s, RESERVE_SERVICE, r);
    if (!r->service_id)
        return make(s, RESERVE_FORGET, r);
    if (!r->was_listed)
        return make(s, RESERVE_SERVERS, r);
    if (r->has_vms) {
        make(s, RESERVE_SAVE, r);
        s->entry =
            (struct journal_reserve){ .is_used = true,
                                      .incident_ns = r->saved.incident_ns };
        return true;
    }
    if (!r->is_disabled) {
        make(s, RESERVE_DISABLE, r);
        s->reason = journal_reserve_reason(&r->saved);
        return true;
    }
    if (r->saved.n_sets && !p->has_sets)
        return false; /* they are being read */
    return leave_next(p, r, s);
}

static bool
next_step(struct reserve_pool *p, struct reserve *r, struct reserve_step *s)
{
    if (r->is_unsure) {
        make(s, RESERVE_SAVE, r);
        s->entry = r->saved;
        return true;
    }
    if (r->has_entry && !r->is_reserved) /* the operator took it over */
        return make(s, RESERVE_FORGET, r);
    return p->is_needed ? take_next(p, r, s) : put_back_next(p, r, s);
}

static bool
needs_sets(const struct reserve_pool *p)
{
    if (p->has_sets || p->is_reading_sets)
        return false;
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i]->has_entry && !p->list[i]->saved.is_used &&
            p->list[i]->saved.n_sets)
            return true;
    return p->joins_sets && p->is_needed && p->incident_ns;
}

/* What has no place may have one by now. */
static bool
needs_room(const struct reserve_pool *p)
{
    if (p->is_reading_room || !p->is_needed)
        return false;
    if (p->wants_facts && p->n && p->now_ms - p->room_ms > ROOM_AGAIN_MS)
        return true;
    for (size_t i = 0; i < p->n; i++) {
        const struct reserve *r = p->list[i];
        bool is_taken = r->has_entry && !r->saved.is_used;

        if (!r->has_room && r->is_usable && r->is_reserved &&
            (is_taken || p->wants_facts))
            return true;
    }
    return false;
}

static void
wake_at(int64_t *wake_ms, int64_t when_ms)
{
    if (*wake_ms == 0 || when_ms < *wake_ms)
        *wake_ms = when_ms;
}

size_t
reserve_plan(struct reserve_pool *p, struct reserve_step *steps, size_t max,
             int64_t *ret_wake_ms)
{
    size_t n = 0;

    *ret_wake_ms = 0;
    if (p->retry_ms > p->now_ms) {
        wake_at(ret_wake_ms, p->retry_ms);
    } else {
        if (n < max && needs_sets(p))
            make(&steps[n++], RESERVE_SETS, NULL);
        if (n < max && needs_room(p))
            make(&steps[n++], RESERVE_ROOM, NULL);
    }
    for (size_t i = 0; i < p->n && n < max; i++) {
        struct reserve *r = p->list[i];

        if (p->is_needed)
            r->was_listed = false;
        if (r->retry_ms > p->now_ms)
            wake_at(ret_wake_ms, r->retry_ms);
        else if (!r->is_busy && next_step(p, r, &steps[n]))
            n++;
    }
    return n;
}

/* --- answers
 * ------------------------------------------------------------------- */

static void
is_well(struct reserve *r)
{
    r->n_troubles = 0;
    r->retry_ms = 0;
    xstrset(&r->trouble, NULL);
}

void
reserve_on_service(struct reserve *r, const struct reserve_service_fact *f,
                   int64_t now_ms)
{
    is_well(r);
    r->read_ms = now_ms;
    xstrset(&r->service_id, f->id);
    if (f->is_disabled)
        xstrset(&r->reason, f->reason);
    r->is_withdrawn |= r->was_enabled && f->is_disabled;
    r->is_disabled = f->is_disabled;
    r->is_sound = f->is_sound;
}

void
reserve_on_room(struct reserve_pool *p, const char *host, int64_t free_mb)
{
    for (size_t i = 0; i < p->n; i++) {
        struct reserve *r = p->list[i];

        bool is_taken = r->has_entry && !r->saved.is_used;

        if ((r->has_room && is_taken) || strcmp(r->host, host) != 0)
            continue; /* what we sent there is counted from its first reading */
        r->has_room = true;
        r->free_mb = free_mb;
    }
}

/* One that Nova has no hypervisor of has no room. */
void
reserve_on_rooms_read(struct reserve_pool *p)
{
    p->retry_ms = 0;
    p->room_ms = p->now_ms;
    for (size_t i = 0; i < p->n; i++)
        if (!p->list[i]->has_room) {
            p->list[i]->has_room = true;
            p->list[i]->free_mb = 0;
        }
}

void
reserve_on_sets(struct reserve_pool *p, const struct reserve_set *sets,
                size_t n)
{
    reserve_forget_sets(p);
    p->retry_ms = 0;
    p->sets = xcalloc(n, sizeof *p->sets);
    for (size_t i = 0; i < n; i++) {
        struct reserve_set *s = &p->sets[p->n_sets++];

        s->id = sets[i].id;
        s->hosts = xcalloc(sets[i].n_hosts, sizeof *s->hosts);
        for (size_t k = 0; k < sets[i].n_hosts; k++)
            s->hosts[s->n_hosts++] = xstrdup(sets[i].hosts[k]);
    }
    p->has_sets = true;
}

void
reserve_on_saved(struct reserve *r, const struct journal_reserve *entry)
{
    is_well(r);
    r->is_unsure = false;
    r->has_entry = true;
    r->saved = *entry;
    if (entry->is_used)
        r->was_enabled = r->is_withdrawn = false;
}

void
reserve_on_unsaved(struct reserve *r, const struct journal_reserve *entry)
{
    r->has_entry = r->is_unsure = true;
    r->saved = *entry;
}

void
reserve_on_switched(struct reserve *r, bool is_disabled)
{
    is_well(r);
    r->is_disabled = is_disabled;
    r->was_enabled = !is_disabled;
}

void
reserve_on_set(struct reserve_pool *p, struct reserve *r, int64_t set,
               bool was_refused)
{
    is_well(r);
    p->has_sets = false; /* the list tells */
    if (was_refused && r->n_refused < RESERVE_SETS_MAX && !is_refused(r, set))
        r->refused[r->n_refused++] = set;
}

void
reserve_on_servers(struct reserve *r, size_t n)
{
    is_well(r);
    r->was_listed = true;
    r->has_vms = n > 0;
}

void
reserve_on_forgotten(struct reserve *r)
{
    is_well(r);
    r->has_entry = false;
    r->read_ms = 0;
    r->n_refused = 0;
    r->was_enabled = r->is_withdrawn = false;
}

/* What is known of it may be wrong now: read it again. */
void
reserve_on_trouble(struct reserve_pool *p, struct reserve *r, const char *what,
                   int64_t now_ms)
{
    if (!r) {
        p->retry_ms = now_ms + TROUBLE_MIN_MS;
        return;
    }
    r->retry_ms = now_ms + pace_doubled_ms(TROUBLE_MIN_MS, r->n_troubles++,
                                           TROUBLE_MAX_MS);
    r->read_ms = 0;
    xstrset(&r->trouble, what);
}
