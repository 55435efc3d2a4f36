/* VMs that found no place: ask Nova now and then whether there is room, for all
 * of them at once, and let those be tried that may fit.
 */
#include <stdlib.h>

#include "clock.h"
#include "daemon.h"
#include "log.h"
#include "order.h"
#include "xalloc.h"

enum { LOOK_MS = 10000 }; /* one request for all hosts, pages aside */

/* May its VMs be evacuated now? */
static bool
is_recovering(const struct host *h)
{
    const struct incident *inc = h->incident;

    return inc && inc->certainty == CERTAIN && !inc->has_returned &&
           !inc->is_released && !incident_is_held(inc);
}

/* All that wait for room (caller frees). */
static struct vm **
find_waiting(const struct daemon *d, int64_t now_ms, size_t *ret_n)
{
    struct vm **list = NULL;
    size_t n = 0;

    for (size_t i = 0; i < d->n_hosts; i++) {
        const struct incident *inc = d->hosts[i]->incident;

        for (size_t k = 0; is_recovering(d->hosts[i]) && k < inc->n_vms; k++) {
            if (!capacity_is_awaited(inc->by_key[k], now_ms))
                continue;
            list = xrealloc(list, n + 1, sizeof(struct vm *));
            list[n++] = inc->by_key[k];
        }
    }
    *ret_n = n;
    return list;
}

static bool
is_anyone_waiting(const struct daemon *d, int64_t now_ms)
{
    for (size_t i = 0; i < d->n_hosts; i++) {
        const struct incident *inc = d->hosts[i]->incident;

        for (size_t k = 0; is_recovering(d->hosts[i]) && k < inc->n_vms; k++)
            if (capacity_is_awaited(inc->by_key[k], now_ms))
                return true;
    }
    return false;
}

static int
compare(const void *a, const void *b)
{
    return order_compare(*(struct vm *const *) a, *(struct vm *const *) b);
}

static void
wake(struct daemon *d, const struct capacity_gain *gain)
{
    int64_t now_ms = clock_mono_ms();
    size_t n, woken;
    CLEANUP_FREE struct vm **list = find_waiting(d, now_ms, &n);

    if (n)
        qsort(list, n, sizeof(struct vm *), compare);
    woken = capacity_wake(list, n, gain, now_ms);
    if (woken)
        log_notice("room for VMs has appeared: %zu of %zu that wait are tried",
                   woken, n);
    daemon_kick(d);
}

static void
on_read(const struct nova_result *res, const struct nova_hypervisor *h,
        size_t n, void *arg)
{
    struct daemon *d = arg;
    CLEANUP_FREE struct capacity_fact *facts = xcalloc(n + 1, sizeof *facts);
    struct capacity_gain gain;

    d->queue.is_reading = false;
    if (res->err) {
        log_warning("hypervisors: %s, retrying", res->err->text);
        return;
    }
    for (size_t i = 0; i < n; i++)
        facts[i] = (struct capacity_fact){ h[i].host, h[i].free_ram_mb,
                                           h[i].is_usable };
    gain = capacity_read(&d->queue.capacity, facts, n);
    if (gain.sum_mb)
        wake(d, &gain);
}

int64_t
queue_watch(struct daemon *d, int64_t now_ms)
{
    if (!d->is_sole_owner || !is_anyone_waiting(d, now_ms)) {
        if (!d->queue.is_reading)
            capacity_forget(&d->queue.capacity);
        return 0;
    }
    if (!d->queue.is_reading && now_ms >= d->queue.next_ms) {
        d->queue.is_reading = true;
        d->queue.next_ms = now_ms + LOOK_MS;
        nova_hypervisors(d->nova, on_read, d);
    }
    return d->queue.next_ms > now_ms ? d->queue.next_ms : now_ms + LOOK_MS;
}

void
queue_clear(struct daemon *d)
{
    capacity_forget(&d->queue.capacity);
}
