/* One failed host under recovery: its life, and what the journal should say. */
#include "incident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comeback.h"
#include "pace.h"
#include "xalloc.h"

enum {
    MARK_AHEAD = 32,      /* VMs that one write of the mark covers */
    TROUBLE_MIN_MS = 500, /* back-off of requests that fail... */
    TROUBLE_MAX_MS = 15000,
    SAVE_AGAIN_MS = 1000,
};

static const int64_t NS_PER_S = 1000000000;

struct incident *
incident_new(const char *node, const char *host, int64_t incident_ns,
             int64_t now_ms)
{
    struct incident *inc = xcalloc(1, sizeof *inc);

    inc->node = xstrdup(node);
    inc->host = xstrdup(host);
    inc->saved.incident_ns = inc->fencing_ns = inc->failed_ns = incident_ns;
    inc->began_ms = now_ms;
    inc->fenced_wall_ms = incident_ns / 1000000;
    return inc;
}

struct incident *
incident_resume(const char *node, const char *host,
                const struct journal_host *saved, int64_t now_ms)
{
    struct incident *inc = incident_new(node, host, saved->incident_ns, now_ms);

    inc->saved = *saved;
    inc->failed_ns = journal_host_failed_ns(saved);
    inc->is_saved = true;
    inc->was_resumed = true;
    inc->has_returned = saved->has_returned;
    inc->may_pass = saved->may_pass;
    inc->is_parking = saved->is_parking && saved->phase < PHASE_DONE;
    inc->is_released = saved->phase == PHASE_RELEASED;
    inc->sets_down = saved->has_forced_down;
    inc->sets_disabled = saved->has_disabled;
    return inc;
}

struct incident *
incident_renew(const char *node, const char *host,
               const struct journal_host *old, int64_t incident_ns,
               int64_t now_ms)
{
    struct incident *inc = incident_resume(node, host, old, now_ms);

    bool was_closed = old->has_returned || old->phase == PHASE_RELEASED;

    inc->is_saved = false;
    inc->is_released = inc->has_returned = false;
    inc->may_pass = !was_closed && (old->may_pass || old->phase == PHASE_DONE);
    if (was_closed)
        inc->failed_ns = incident_ns;
    if (old->phase >= PHASE_DONE) /* all calls have ended */
        inc->saved.has_mark = inc->saved.is_parking = false;
    inc->saved.phase = PHASE_FENCED;
    inc->saved.incident_ns = inc->fencing_ns = incident_ns;
    inc->fenced_wall_ms = incident_ns / 1000000;
    return inc;
}

void
incident_free(struct incident *inc)
{
    if (!inc)
        return;
    for (size_t i = 0; i < inc->n_vms; i++)
        vm_free(inc->by_key[i]);
    free(inc->by_key);
    free(inc->by_order);
    free(inc->by_id);
    incident_drop_records(inc);
    free(inc->node);
    free(inc->host);
    free(inc->service_id);
    free(inc->trouble);
    free(inc);
}

/* --- looking things up --------------------------------------------- */

struct incident_id
incident_id(const struct incident *inc)
{
    struct incident_id id;

    journal_time_format(inc->saved.incident_ns, id.text);
    return id;
}

struct vm *
incident_vm(const struct incident *inc, const char *id)
{
    size_t low = 0, high = inc->n_vms;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(id, inc->by_id[mid]->id);

        if (order == 0)
            return inc->by_id[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

/* --- what the journal should say ------------------------------------ */

bool
incident_covers(const struct journal_host *e, const struct vm *v)
{
    return e->has_mark && vm_key_compare(&v->key, &e->mark) <= 0;
}

bool
incident_is_finished(const struct incident *inc)
{
    bool keeps_waiting = inc->has_returned || inc->is_released;

    /* while Nova takes the host for alive it may still place VMs there */
    if (inc->servers_asked_ms == 0 || inc->may_lack_arrived ||
        !(inc->is_down || keeps_waiting))
        return false;
    for (size_t i = 0; i < inc->n_vms; i++) {
        enum vm_phase p = inc->by_key[i]->phase;

        if (!vm_phase_is_final(p) &&
            !((p == VM_WAITING || p == VM_HELD) && keeps_waiting))
            return false;
    }
    return inc->servers_asked_ms > inc->changed_ms;
}

bool
incident_is_held(const struct incident *inc)
{
    /* the brake is about evacuations */
    return inc->is_disarmed || (inc->is_braked && !inc->has_returned);
}

bool
incident_may_decide(const struct incident *inc)
{
    return !inc->lacks_quorum && inc->certainty != NOT_CURRENT &&
           inc->certainty != NOT_QUORATE && inc->certainty != NOT_SOLE_OWNER &&
           inc->certainty != NEWLY_OURS;
}

bool
incident_may_change(const struct incident *inc)
{
    return incident_may_decide(inc) && !incident_is_held(inc);
}

/* Move the mark on, well before the VMs that it covers and whose turn is next
 * are all posted.  Priorities make it jump: then it covers others, too, whose
 * turn comes later.
 */
static void
extend_mark(const struct incident *inc, struct journal_host *e)
{
    size_t ready = 0, beyond = 0;
    const struct vm *last = NULL; /* by the order of the mark */

    for (size_t i = 0; i < inc->n_vms && beyond < MARK_AHEAD; i++) {
        const struct vm *v = inc->by_order[i];
        bool is_covered = incident_covers(e, v);

        if (v->phase != VM_WAITING ||
            ((v->attempts || v->is_held || v->group) && is_covered))
            continue;
        if (!is_covered) {
            beyond++;
            if (!last || vm_key_compare(&v->key, &last->key) > 0)
                last = v;
        } else if (!beyond) {
            ready += !v->is_placeless && !v->is_tied; /* others may go */
        }
    }
    if (last && ready < MARK_AHEAD / 2) {
        e->has_mark = true;
        e->mark = last->key;
    }
}

/* The one to be noted next: fewest failures first, so that none waits for VMs
 * that find no place.
 */
static const struct vm *
next_to_note(const struct incident *inc, const struct journal_host *e)
{
    const struct vm *best = NULL;

    for (size_t i = 0; i < inc->n_vms; i++) {
        const struct vm *v = inc->by_order[i];

        if (v->phase == VM_WAITING && vm_needs_note(v) && !v->wants_read &&
            !v->is_tied && !journal_host_has_stopped(e, v->key.id) &&
            (!best || v->is_placeless < best->is_placeless ||
             (v->is_placeless == best->is_placeless &&
              v->attempts < best->attempts)))
            best = v;
    }
    return best;
}

/* Would its intent be lost with us, but for its note? */
static bool
depends_on_note(const struct vm *v)
{
    return vm_phase_is_in_flight(v->phase) ||
           (!vm_phase_is_final(v->phase) && (v->wants_read || !v->is_told));
}

/* Notes of VMs that were not met yet. */
static void
keep_unknown(const struct incident *inc, struct journal_host *e)
{
    for (unsigned k = 0; k < inc->saved.n_stopped; k++) {
        size_t i = 0;

        while (i < inc->n_vms &&
               inc->by_key[i]->key.id != inc->saved.stopped[k])
            i++;
        if (i == inc->n_vms)
            journal_host_add_stopped(e, inc->saved.stopped[k]);
    }
}

static void
note_stopped(const struct incident *inc, struct journal_host *e)
{
    const struct vm *v;

    e->n_stopped = 0;
    if (inc->may_lack_arrived)
        keep_unknown(inc, e);
    for (size_t i = 0; i < inc->n_vms; i++) {
        v = inc->by_key[i];
        if (depends_on_note(v) &&
            journal_host_has_stopped(&inc->saved, v->key.id))
            journal_host_add_stopped(e, v->key.id);
    }
    while (e->n_stopped < JOURNAL_STOPPED_MAX &&
           (v = next_to_note(inc, e)) != NULL)
        journal_host_add_stopped(e, v->key.id);
}

struct journal_host
incident_entry(const struct incident *inc)
{
    struct journal_host e = inc->saved;
    /* nothing was changed, and nothing will be now */
    bool is_undecided =
        (incident_is_held(inc) || inc->has_returned) && e.phase == PHASE_FENCED;

    e.incident_ns = inc->fencing_ns;
    e.failed_s = fencing_is_later(inc->fencing_ns, inc->failed_ns)
                     ? inc->failed_ns / NS_PER_S
                     : 0;
    e.has_returned = inc->has_returned;
    e.may_pass = inc->may_pass;
    if (!is_undecided) {
        e.is_parking |= inc->is_parking;
        e.has_forced_down = inc->sets_down;
        e.has_disabled = inc->sets_disabled;
    }
    if (inc->is_released)
        e.phase = PHASE_RELEASED;
    else if (e.phase >= PHASE_DONE || incident_is_finished(inc))
        e.phase = comeback_is_over(inc) ? PHASE_RELEASED
                  : inc->has_returned   ? PHASE_RETURNING
                                        : PHASE_DONE;
    else if (!inc->has_service || !inc->service_id || is_undecided)
        ; /* as it was */
    else if (!inc->is_down && e.phase < PHASE_EVACUATING)
        e.phase = PHASE_DOWN;
    else
        e.phase = PHASE_EVACUATING;
    if (inc->has_lost_entry) {
        e.has_mark = true;
        e.mark = (struct vm_key){ 0, UINT32_MAX };
    } else if (e.phase == PHASE_EVACUATING && inc->certainty == CERTAIN &&
               !incident_is_held(inc)) {
        extend_mark(inc, &e);
    }
    if (inc->servers_asked_ms) /* else its VMs are not known yet */
        note_stopped(inc, &e);
    return e;
}

/* --- the host -------------------------------------------------------- */

void
incident_on_certainty(struct incident *inc, enum certainty c,
                      int64_t fencing_ns)
{
    inc->certainty = c;
    if (c == NODE_ALIVE)
        inc->has_returned = true;
    if (certainty_is_proof(c) && !inc->has_returned &&
        fencing_ns > inc->fencing_ns)
        inc->fencing_ns = fencing_ns;
}

void
incident_on_quorum(struct incident *inc, bool is_quorate)
{
    inc->lacks_quorum = !is_quorate;
}

/* What was read of the service may be long ago when it goes on, and what the
 * journal does not say yet is decided anew.
 */
static void
read_service_again(struct incident *inc)
{
    inc->has_service = false;
    if (inc->saved.phase > PHASE_FENCED)
        return;
    inc->sets_down = inc->saved.has_forced_down;
    inc->sets_disabled = inc->saved.has_disabled;
}

static void
hold(struct incident *inc, bool is_disarmed, bool is_braked)
{
    bool was_held = incident_is_held(inc);

    inc->is_disarmed = is_disarmed;
    inc->is_braked = is_braked;
    if (was_held && !incident_is_held(inc) && !inc->is_down)
        read_service_again(inc);
}

void
incident_on_disarmed(struct incident *inc, bool is_disarmed)
{
    hold(inc, is_disarmed, inc->is_braked);
}

void
incident_on_brake(struct incident *inc, bool is_braked)
{
    hold(inc, inc->is_disarmed, is_braked);
}

void
incident_on_saved(struct incident *inc, const struct journal_host *saved)
{
    inc->saved = *saved;
    inc->is_saved = true;
    inc->is_released |= saved->phase == PHASE_RELEASED;
}

void
incident_on_unsaved(struct incident *inc, const char *what, int64_t now_ms)
{
    inc->is_saved = false;
    inc->save_ms = now_ms + SAVE_AGAIN_MS;
    xstrset(&inc->trouble, what);
}

void
incident_on_progress(struct incident *inc, int64_t now_ms)
{
    inc->good_read_ms = now_ms;
    inc->n_troubles = 0;
    inc->retry_ms = 0;
    xstrset(&inc->trouble, NULL);
}

void
incident_on_trouble(struct incident *inc, const char *what, int64_t now_ms)
{
    inc->retry_ms = now_ms + pace_doubled_ms(TROUBLE_MIN_MS, inc->n_troubles++,
                                             TROUBLE_MAX_MS);
    xstrset(&inc->trouble, what);
}

void
incident_on_service(struct incident *inc, const struct service_fact *s,
                    int64_t now_ms)
{
    char text[400];

    incident_on_progress(inc, now_ms);
    xstrset(&inc->service_id, s->id);
    if (!s->id && (!inc->is_expected || inc->has_returned)) {
        inc->is_released = true; /* a controller, say: none of our business */
        return;
    }
    if (!s->id) {
        snprintf(text, sizeof text,
                 "Nova has no nova-compute service of host '%.200s' (node "
                 "attribute vmha-host maps node names)",
                 inc->host);
        incident_on_trouble(inc, text, now_ms);
        return;
    }
    if (comeback_is_on(inc)) {
        comeback_on_service(inc, s, now_ms);
        return;
    }
    inc->has_service = true;
    inc->is_down = s->is_forced_down;
    inc->asks_disable = !s->is_disabled;
    if (s->is_ours && !inc->was_resumed && !inc->sets_down)
        inc->has_lost_entry = true; /* someone deleted it: trust nothing */
    /* What the journal says is ours stays ours (I5); the token tells of a
     * call whose answer nobody saw. */
    inc->sets_down |= s->is_ours || !s->is_forced_down;
    inc->sets_disabled |= s->is_ours || (!s->is_disabled && !s->is_forced_down);
    if (s->is_forced_down && !inc->sets_down)
        inc->asks_disable = false; /* the operator's own mark: nothing to do */
}

void
incident_on_down(struct incident *inc, int64_t now_ms, int64_t wall_ms)
{
    inc->is_down = true;
    inc->changed_ms = now_ms; /* a list from before it may miss a VM */
    inc->n_troubles = 0;
    inc->down_wall_ms = wall_ms;
}

void
incident_count(const struct incident *inc, size_t ret_n[N_VM_PHASES])
{
    memset(ret_n, 0, N_VM_PHASES * sizeof *ret_n);
    for (size_t i = 0; i < inc->n_vms; i++)
        ret_n[inc->by_key[i]->phase]++;
}
