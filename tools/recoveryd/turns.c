/* Starting by level: take the turns, and tell where they change. */
#include <stdlib.h>

#include "daemon.h"
#include "log.h"

static size_t
count_overdue(const struct daemon *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_hosts; i++) {
        const struct incident *inc = d->hosts[i]->incident;

        for (size_t k = 0; inc && k < inc->n_vms; k++)
            n += inc->by_key[k]->is_overdue;
    }
    return n;
}

int64_t
turns_take(struct daemon *d, int64_t now_ms)
{
    const struct levels_rules rules = {
        .is_on = d->conf.starts_by_level,
        .can_park = nova_can_park(d->nova),
        .pause_ms = (int64_t) d->conf.level_pause_ms,
        .wait_ms = (int64_t) d->conf.level_timeout_ms,
    };
    CLEANUP_FREE struct incident **incidents = NULL;
    size_t n = incidents_of(d, &incidents);
    size_t overdue = rules.is_on ? count_overdue(d) : 0;
    int64_t wake_ms;

    wake_ms = levels_update(&d->levels, &rules, incidents, n, now_ms);
    if (rules.is_on && count_overdue(d) > overdue)
        log_warning("%zu VMs do not run in time: those of lower priority wait "
                    "for them no longer (level_timeout)",
                    count_overdue(d) - overdue);
    return wake_ms;
}
