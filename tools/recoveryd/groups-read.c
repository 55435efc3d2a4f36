/* Read Nova's server groups when VMs appear whose groups are not known: once
 * for all hosts that fail together.
 */
#include "clock.h"
#include "daemon.h"
#include "log.h"
#include "xalloc.h"

size_t
incidents_of(const struct daemon *d, struct incident ***ret_list)
{
    struct incident **list = xcalloc(d->n_hosts + 1, sizeof *list);
    size_t n = 0;

    for (size_t i = 0; i < d->n_hosts; i++)
        if (d->hosts[i]->incident)
            list[n++] = d->hosts[i]->incident;
    *ret_list = list;
    return n;
}

void
groups_tell(struct daemon *d, const struct incident *only,
            struct incident *const *incidents, size_t n_incidents,
            const struct nova_group *g, size_t n)
{
    CLEANUP_FREE struct group_fact *facts = xcalloc(n + 1, sizeof *facts);

    for (size_t i = 0; i < n; i++)
        facts[i] = (struct group_fact){ .id = g[i].id,
                                        .name = g[i].name,
                                        .policy = g[i].policy,
                                        .members = g[i].members };
    groups_learn(&d->groups, only, incidents, n_incidents, facts, n,
                 clock_mono_ms());
}

/* Without them Nova still keeps members apart, with more failures on the way:
 * no reason to wait.
 */
static void
on_groups(const struct nova_result *res, const struct nova_group *g, size_t n,
          void *arg)
{
    struct daemon *d = arg;
    CLEANUP_FREE struct incident **incidents = NULL;
    size_t n_incidents = incidents_of(d, &incidents);

    d->is_reading_groups = false;
    if (res->err)
        log_warning("server groups cannot be read: %s", res->err->text);
    groups_tell(d, NULL, incidents, n_incidents, g, n);
    for (size_t i = 0; i < n_incidents; i++)
        history_vms(d->history, incidents[i]);
    daemon_kick(d);
}

void
groups_update(struct daemon *d, int64_t now_ms)
{
    bool is_unknown = false;

    groups_reset(&d->groups);
    for (size_t i = 0; i < d->n_hosts; i++) {
        const struct incident *inc = d->hosts[i]->incident;

        if (!inc)
            continue;
        groups_count(&d->groups, inc);
        is_unknown |= groups_are_unknown(inc, &d->rules, now_ms);
    }
    if (is_unknown && !d->is_reading_groups && d->is_sole_owner) {
        d->is_reading_groups = true;
        nova_groups(d->nova, on_groups, d);
    }
}
