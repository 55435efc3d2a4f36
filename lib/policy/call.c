/* May a call that prepares or evacuates a VM leave, and which? */
#include "call.h"

enum {
    FRESH_MS = 10000, /* records older than this allow no call */
    LOOK_MS = 5000,
};

/* I1, and that nothing of what we know is old. */
static bool
is_host_ready(const struct call_facts *f)
{
    return f->certainty == CERTAIN && !f->has_returned && !f->is_released &&
           !f->is_held && f->is_down && f->is_saved &&
           f->phase == PHASE_EVACUATING && f->is_listed &&
           f->records_age_ms <= FRESH_MS && f->is_cloud_well;
}

static bool
is_vm_ready(const struct call_facts *f)
{
    return f->is_waiting && f->delay_ms <= 0 && f->is_known && !f->is_tied &&
           f->is_alone && f->is_its_turn && f->is_covered && f->is_noted &&
           f->is_announced && !f->may_run;
}

/* Unlike an evacuation, a reset is done to a VM that someone brought to life
 * elsewhere meanwhile: look first.
 */
enum call
call_of(const struct call_facts *f)
{
    if (!is_host_ready(f) || !is_vm_ready(f))
        return CALL_NONE;
    if (f->prep == PREP_NONE)
        return CALL_EVACUATE;
    if (f->look_age_ms > LOOK_MS)
        return CALL_LOOK;
    return f->prep == PREP_RESET ? CALL_RESET : CALL_CONFIRM;
}
