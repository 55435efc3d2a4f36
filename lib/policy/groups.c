/* Server groups. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "incident.h"
#include "xalloc.h"

void
groups_clear_all(struct groups *g)
{
    free(g->items);
    *g = (struct groups){ 0 };
}

int64_t
groups_again_ms(const struct vm *v, const struct recovery_rules *rules)
{
    return v->group_ms + rules->retry_max_ms;
}

bool
groups_are_unknown(const struct incident *inc,
                   const struct recovery_rules *rules, int64_t now_ms)
{
    if (inc->has_returned || inc->is_released || inc->saved.phase >= PHASE_DONE)
        return false;
    for (size_t i = 0; i < inc->n_vms; i++) {
        const struct vm *v = inc->by_key[i];

        if (v->phase == VM_WAITING &&
            (!v->is_group_known ||
             (v->is_tied && groups_again_ms(v, rules) <= now_ms)))
            return true;
    }
    return false;
}

/* The place of a group from 1; a new one is added. */
static unsigned
place_of(struct groups *g, const char *id)
{
    for (size_t i = 0; i < g->n; i++)
        if (strcmp(g->items[i].id, id) == 0)
            return (unsigned) i + 1;
    g->items = xrealloc(g->items, g->n + 1, sizeof *g->items);
    g->items[g->n] = (struct group_state){ .n_in_flight = 0 };
    snprintf(g->items[g->n].id, UUID_MAX, "%s", id);
    return (unsigned) ++g->n;
}

static struct vm *
find_vm(struct incident *const *incidents, size_t n, const char *id)
{
    struct vm *v = NULL;

    for (size_t i = 0; i < n && !v; i++)
        v = incident_vm(incidents[i], id);
    return v;
}

static bool
is_on_failed_host(const struct vm *v)
{
    return v && v->phase != VM_RECOVERED && v->phase != VM_GONE;
}

/* All members are on dead hosts: there is no host that Nova would take (N18).
 */
static void
tie(const struct groups *g, const struct incident *only,
    struct incident *const *incidents, size_t n, const struct group_fact *f)
{
    char text[300];

    snprintf(text, sizeof text,
             "all members of its affinity group '%.60s' are on failed hosts, "
             "and Nova puts it only where one is: it waits for its host "
             "(affinity_groups=wait)",
             f->name);
    for (size_t i = 0; i < f->members.n; i++)
        if (!is_on_failed_host(
                find_vm(incidents, n, f->members.items[i].value)))
            return;
    for (size_t i = 0; i < f->members.n; i++) {
        struct vm *v = find_vm(incidents, n, f->members.items[i].value);

        if (only && incident_vm(only, v->id) != v)
            continue;
        xstrset(&v->tied_by, f->name);
        v->is_tied = !g->tries_tied;
        if (v->is_tied && v->phase == VM_WAITING)
            vm_set_reason(v, text);
    }
}

/* What is known is old. */
static void
forget(struct vm *v, int64_t now_ms)
{
    if (v->is_tied && v->phase == VM_WAITING)
        vm_set_reason(v, NULL);
    v->is_tied = false;
    xstrset(&v->tied_by, NULL);
    v->is_group_known = true;
    v->group_ms = now_ms;
}

void
groups_learn(struct groups *g, const struct incident *only,
             struct incident *const *incidents, size_t n_incidents,
             const struct group_fact *facts, size_t n, int64_t now_ms)
{
    for (size_t i = 0; i < n_incidents; i++)
        for (size_t k = 0;
             (!only || incidents[i] == only) && k < incidents[i]->n_vms; k++)
            forget(incidents[i]->by_key[k], now_ms);
    for (size_t i = 0; i < n; i++) {
        const struct group_fact *f = &facts[i];
        bool is_apart = strcmp(f->policy, "anti-affinity") == 0;

        if (strcmp(f->policy, "affinity") == 0)
            tie(g, only, incidents, n_incidents, f);
        for (size_t k = 0; is_apart && k < f->members.n; k++) {
            struct vm *v =
                find_vm(incidents, n_incidents, f->members.items[k].value);

            if (v)
                v->group = place_of(g, f->id);
        }
    }
}

void
groups_reset(struct groups *g)
{
    for (size_t i = 0; i < g->n; i++)
        g->items[i].n_in_flight = 0;
}

/* A record that is done has moved its VM: the scheduler knows. */
void
groups_count(struct groups *g, const struct incident *inc)
{
    for (size_t i = 0; i < inc->n_vms; i++) {
        const struct vm *v = inc->by_key[i];

        if (v->phase == VM_POSTING || v->phase == VM_UNKNOWN ||
            v->phase == VM_MOVING)
            groups_post(g, v);
    }
}

void
groups_post(struct groups *g, const struct vm *v)
{
    if (v->group)
        g->items[v->group - 1].n_in_flight++;
}

bool
groups_allow(const struct groups *g, const struct vm *v)
{
    return !g || (v->is_group_known &&
                  (!v->group || g->items[v->group - 1].n_in_flight == 0));
}
