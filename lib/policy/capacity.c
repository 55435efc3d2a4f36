/* Room for VMs that wait for it. */
#include "capacity.h"

#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

/* Nova may place more than is free: RAM is overcommitted by 1.5 by default. */
enum { OVERCOMMIT = 2 };

static int
compare_host(const void *a, const void *b)
{
    return strcmp(((const struct capacity_host *) a)->host,
                  ((const struct capacity_host *) b)->host);
}

static int64_t
room_before(const struct capacity *c, const struct capacity_host *h)
{
    const struct capacity_host *old =
        c->n ? bsearch(h, c->hosts, c->n, sizeof *c->hosts, compare_host)
             : NULL;

    return old ? old->room_mb : 0;
}

void
capacity_forget(struct capacity *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->hosts[i].host);
    free(c->hosts);
    *c = (struct capacity){ 0 };
}

struct capacity_gain
capacity_read(struct capacity *c, const struct capacity_fact *f, size_t n)
{
    struct capacity_gain gain = { 0 };
    struct capacity now = { .hosts = xcalloc(n + 1, sizeof *now.hosts),
                            .n = n,
                            .is_known = true };

    for (size_t i = 0; i < n; i++) {
        struct capacity_host *h = &now.hosts[i];
        int64_t more_mb;

        h->host = xstrdup(f[i].host);
        h->room_mb =
            f[i].is_usable && f[i].free_ram_mb > 0 ? f[i].free_ram_mb : 0;
        more_mb = h->room_mb - room_before(c, h);
        if (!c->is_known || more_mb <= 0)
            continue;
        gain.sum_mb += more_mb;
        if (h->room_mb > gain.largest_mb)
            gain.largest_mb = h->room_mb;
    }
    qsort(now.hosts, n, sizeof *now.hosts, compare_host);
    capacity_forget(c);
    *c = now;
    return gain;
}

bool
capacity_is_awaited(const struct vm *v, int64_t now_ms)
{
    return v->phase == VM_WAITING && v->attempts > 0 &&
           v->not_before_ms > now_ms;
}

size_t
capacity_wake(struct vm *const *vms, size_t n, const struct capacity_gain *gain,
              int64_t now_ms)
{
    int64_t left_mb = gain->sum_mb * OVERCOMMIT;
    size_t woken = 0;

    for (size_t i = 0; i < n && left_mb > 0; i++) {
        if (!capacity_is_awaited(vms[i], now_ms) ||
            vms[i]->key.ram_mb > gain->largest_mb * OVERCOMMIT)
            continue;
        left_mb -= vms[i]->key.ram_mb;
        vms[i]->not_before_ms = now_ms;
        woken++;
    }
    return woken;
}
