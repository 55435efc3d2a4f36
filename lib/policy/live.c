/* Live migrations that were under way when their source died. */
#include "live.h"

#include <stdio.h>
#include <string.h>

#include "incident.h"

/* The states in which the guest has not left its source, or is back there.
 *
 * nova/compute/manager.py _do_live_migration: the source's nova-compute writes
 * "running", and waits for that, before its hypervisor begins.  A rollback
 * (_rollback_live_migration) ends in "failed" or "cancelled", where the
 * hypervisor did not move the guest.  "error" is also what a migration gets for
 * which it was too late to roll back; and up to Zed one may be "completed"
 * though its destination did not write the server's host
 * (_post_live_migration).
 */
static bool
is_at_source(const char *status)
{
    static const char *const table[] = { "accepted", "queued", "preparing",
                                         "failed", "cancelled" };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(status, table[i]) == 0)
            return true;
    return false;
}

bool
live_may_have_left(const struct live_fact *f)
{
    if (!f->is_known)
        return true;
    /* Without a record, or a destination, no host was asked to take it. */
    return f->status && f->dest && !f->is_dest_dead && f->word != WORD_ABSENT &&
           !is_at_source(f->status);
}

/* It was fenced, and has not come back. */
bool
live_is_dead(const struct incident *inc, const char *host)
{
    return inc && host && strcmp(inc->host, host) == 0 &&
           inc->certainty == CERTAIN && !inc->has_returned;
}

void
live_format(const struct live_fact *f, char ret_text[LIVE_TEXT_MAX])
{
    snprintf(ret_text, LIVE_TEXT_MAX,
             "a live migration to '%.255s' was under way (its state is "
             "'%.60s'): %s",
             f->dest ? f->dest : "", f->status ? f->status : "",
             f->word == WORD_HERE ? "that host says that it has its guest"
                                  : "it may run there already");
}

static bool
is_waiting_for_it(const struct vm *v)
{
    return v->phase == VM_HELD && v->is_migrating;
}

bool
live_is_wanted(const struct incident *inc)
{
    for (size_t i = 0; i < inc->n_vms; i++)
        if (is_waiting_for_it(inc->by_key[i]))
            return true;
    return false;
}

bool
live_asks(const struct incident *inc, const struct vm *v, const char *host)
{
    return inc->certainty == CERTAIN && !inc->has_returned &&
           is_waiting_for_it(v) && v->live.is_known && v->live.dest &&
           strcmp(v->live.dest, host) == 0 && live_may_have_left(&v->live);
}

/* So that the list is read again, and VM goes on by its state of now. */
static void
take_up(struct incident *inc, int64_t now_ms)
{
    inc->changed_ms = now_ms;
}

void
live_on_word(struct incident *inc, struct vm *v, bool is_here, int64_t now_ms)
{
    vm_set_word(v, is_here ? WORD_HERE : WORD_ABSENT);
    if (!live_may_have_left(&v->live))
        take_up(inc, now_ms);
}

/* Its destination is the same: what that said holds. */
static int
word_of(const struct vm *v, const struct live_fact *f)
{
    bool is_same =
        f->dest && v->live.dest && strcmp(f->dest, v->live.dest) == 0;

    return is_same ? v->live.word : WORD_NONE;
}

void
live_on_records(struct incident *inc, const struct live_record *r, size_t n,
                int64_t asked_ms, int64_t now_ms)
{
    incident_on_progress(inc, now_ms);
    inc->live_asked_ms = asked_ms;
    for (size_t i = 0; i < inc->n_vms; i++) {
        struct vm *v = inc->by_key[i];
        struct live_fact f = { .is_known = true };

        if (!is_waiting_for_it(v))
            continue;
        for (size_t k = n; k-- > 0;)
            if (strcmp(r[k].instance, v->id) == 0)
                f = r[k].fact; /* the newest comes last */
        f.word = word_of(v, &f);
        vm_set_live(v, &f);
        if (!live_may_have_left(&f))
            take_up(inc, now_ms);
    }
}
