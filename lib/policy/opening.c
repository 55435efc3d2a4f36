/* Which hosts are failed. */
#include "opening.h"

/* The hook ran, and no fencer knows what followed, or it failed: the power was
 * off all the same, as the hook follows the power device.
 */
static bool
is_noted_only(const struct death_facts *d)
{
    return d->is_note_old && note_is_unanswered(d);
}

/* It was fenced and is back, and nobody saw it dead: what ran there is off,
 * also where a human acknowledged the fencing.  No proof is needed, as nothing
 * moves: each VM is asked about, and started on its own host.
 */
static bool
is_back_unseen(const struct opening_facts *f)
{
    const struct death_facts *d = f->death;

    return certainty_of(d) == NODE_ALIVE && d->is_settled && d->is_quorate &&
           d->is_sole_owner && !d->is_resting && !f->is_entry_broken &&
           (fencing_is_unanswered(d) || is_noted_only(d));
}

enum opening
opening_of(const struct opening_facts *f)
{
    const struct death_facts *d = f->death;
    enum certainty c = certainty_of(d);
    bool is_newer = (d->has_fencing && d->fencing_succeeded &&
                     fencing_is_later(d->fencing_ns, d->entry_ns)) ||
                    is_noted_only(d);
    /* else it is the same failure, fenced twice */
    bool is_closed = d->has_returned || f->entry_phase == PHASE_DONE;
    bool is_over = (c == NODE_ALIVE || c == NODE_UNKNOWN) && d->is_quorate &&
                   d->is_sole_owner;

    if (!d->is_current)
        return f->has_entry ? OPEN_RESUME : OPEN_NOTHING;
    if (d->is_newly_ours) /* what another does to it, or has done, is to come */
        return f->has_entry || f->is_entry_broken || fencing_is_unanswered(d)
                   ? OPEN_HELD
                   : OPEN_NOTHING;
    if (f->has_entry && f->entry_phase == PHASE_RELEASED && is_over)
        return OPEN_FORGET;
    if ((certainty_is_proof(c) || is_back_unseen(f)) &&
        (!f->has_entry || (is_newer && is_closed)))
        return OPEN_NEW;
    if (f->has_entry)
        return OPEN_RESUME;
    if (c == FENCING_BY_HAND || c == FENCING_FAILED || c == FENCING_UNSEEN ||
        f->is_entry_broken || certainty_is_held(c))
        return OPEN_HELD;
    return OPEN_NOTHING;
}
