/* nova-scheduler and Placement, as far as evacuations see them. */
#include "sim-schedule.h"

static bool
has_member_on(const struct sim_group *g, const struct sim_vm *but,
              const struct sim_host *h)
{
    for (guint i = 0; i < g->members->len; i++) {
        const struct sim_vm *m = g->members->pdata[i];

        if (m != but && m->host == h)
            return true;
    }
    return false;
}

/* ServerGroupAffinityFilter: the hosts of all members, V's own dead one among
 * them; a group that is only there finds no host (N18).
 */
static bool
suits_group(const struct sim_vm *v, const struct sim_host *h)
{
    if (!v->group)
        return true;
    if (sim_is(v->group->policy, "anti-affinity"))
        return !has_member_on(v->group, v, h);
    if (sim_is(v->group->policy, "affinity"))
        return has_member_on(v->group, NULL, h);
    return true;
}

static bool
is_candidate(const struct sim_vm *v, const struct sim_host *h)
{
    return h != v->host && !h->is_removed && !h->is_disabled &&
           sim_host_is_up(h) && sim_host_has_room(h, v) &&
           (!v->az || sim_is(v->az, h->zone)) && suits_group(v, h);
}

struct sim_host *
sim_schedule(struct sim_vm *v, struct sim_host *target, bool is_forced)
{
    struct sim_host *best = NULL;

    if (target && is_forced)
        return sim_host_has_room(target, v) ? target : NULL;
    if (target)
        return is_candidate(v, target) ? target : NULL;
    for (guint i = 0; i < sim_hosts->len; i++) {
        struct sim_host *h = sim_hosts->pdata[i];

        if ((!best || h->used_ram < best->used_ram) && is_candidate(v, h))
            best = h;
    }
    return best;
}

bool
sim_schedule_late_check(const struct sim_vm *v, const struct sim_host *h)
{
    if (sim_set.no_group_check || !v->group ||
        !sim_is(v->group->policy, "anti-affinity"))
        return true;
    for (guint i = 0; i < v->group->members->len; i++) {
        const struct sim_vm *m = v->group->members->pdata[i];

        if (m == v)
            continue;
        if (m->host == h)
            return false;
        for (guint k = 0; m->records && k < m->records->len; k++) {
            const struct sim_record *r = m->records->pdata[k];

            if (sim_is(r->status, "pre-migrating") && sim_is(r->dest, h->name))
                return false;
        }
    }
    return true;
}
