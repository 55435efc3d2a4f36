/* May the call that restarts a VM on its living host leave, and which? */
#include "restart.h"

#include <stddef.h>

enum { FRESH_MS = 2000 }; /* no call by a reading that is older */

const char *
restart_hold(const struct restart_facts *f)
{
    if (f->certainty != NODE_ALIVE)
        return certainty_text(f->certainty);
    if (f->is_in_incident)
        return "it is part of the failure of another host";
    if (f->is_rate_full)
        return "too many restarts on its host within a minute "
               "(host_restart_rate)";
    return NULL;
}

enum repair_step
restart_call(const struct restart_facts *f)
{
    if (!f->is_waiting || f->need == REPAIR_NOTHING || !f->is_counted ||
        f->n_calls >= f->limit || f->delay_ms > 0 || restart_hold(f) ||
        !f->has_turn)
        return REPAIR_NOTHING;
    return f->look_age_ms > FRESH_MS ? REPAIR_READ : (enum repair_step) f->need;
}

const char *
repair_step_name(enum repair_step s)
{
    switch (s) {
    case REPAIR_NOTHING: return "nothing";
    case REPAIR_READ: return "read server";
    case REPAIR_READ_ACTIONS: return "read its actions";
    case REPAIR_REBOOT: return "restart by reboot";
    case REPAIR_START: return "restart by start";
    case REPAIR_CONFIRM: return "restart: confirm resize";
    }
    return "?";
}
