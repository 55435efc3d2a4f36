/* Shut hosts for new VMs that lost what those need: carry out what
 * scheduling.h says.
 */
#include <stdlib.h>
#include <string.h>

#include "brake.h"
#include "clock.h"
#include "daemon.h"
#include "log.h"
#include "request.h"
#include "scan.h"
#include "xalloc.h"

/* A request under way; its host may be gone when the answer comes. */
struct shutting {
    struct pending base;
    enum scheduling_step step;
};

static struct shutting *
shutting_new(struct daemon *d, struct host *h, enum scheduling_step step)
{
    struct shutting *s = pending_new(d, &d->pending, h->node, sizeof *s);

    s->step = step;
    h->scheduling.is_busy = true;
    return s;
}

/* The host that it was for; NULL where it is gone, or the request failed. */
static struct host *
finish(struct shutting *s, const struct nova_result *res)
{
    struct host *h = daemon_host(s->base.d, s->base.node);

    request_tell_cloud(s->base.d, res);
    daemon_kick(s->base.d);
    if (!h)
        return NULL;
    h->scheduling.is_busy = false;
    if (!res->err)
        return h;
    log_warning("scheduling: node='%s': %s", h->node, res->err->text);
    scheduling_on_trouble(&h->scheduling, clock_mono_ms());
    return NULL;
}

static void
on_service(const struct nova_result *res, const struct nova_service *service,
           void *arg)
{
    CLEANUP(pending_freep) struct shutting *s = arg;
    struct host *h = finish(s, res);

    if (!h)
        return;
    xstrset(&h->service_id, service ? service->id : NULL);
    scheduling_on_service(&h->scheduling, service,
                          service && service->is_disabled,
                          service ? service->disabled_reason : NULL,
                          s->base.asked_ms);
}

static void
on_put(const struct nova_result *res, void *arg)
{
    CLEANUP(pending_freep) struct shutting *s = arg;
    struct host *h = finish(s, res);

    if (!h)
        return;
    scheduling_on_put(&h->scheduling);
    log_notice("scheduling: node='%s' %s", h->node,
               s->step == SCHEDULING_SHUT ? "takes no new VMs"
                                          : "takes new VMs again");
}

static void
take_step(struct daemon *d, struct host *h, enum scheduling_step step)
{
    char reason[SCHEDULING_REASON_MAX + 1];

    switch (step) {
    case SCHEDULING_NOTHING: break;
    case SCHEDULING_READ:
        nova_service_find(d->nova, h->nova_host, on_service,
                          shutting_new(d, h, step));
        break;
    case SCHEDULING_SHUT:
        scheduling_reason(h->watched.faults, h->watched.n_faults, reason);
        log_notice("scheduling: node='%s' is shut: %s", h->node, reason);
        nova_service_disable(d->nova, h->service_id, reason, on_put,
                             shutting_new(d, h, step));
        break;
    case SCHEDULING_OPEN:
        nova_service_enable(d->nova, h->service_id, on_put,
                            shutting_new(d, h, step));
        break;
    }
}

/* How many hosts may be shut at once. */
static unsigned
limit_of(const struct daemon *d)
{
    struct brake_limit limit = { 0 };

    (void) scan_share(d->conf.max_shut, &limit.value,
                      &limit.is_percent); /* it was checked */
    return brake_limit_of(limit, (unsigned) d->n_hosts);
}

int64_t
scheduling_act(struct daemon *d, int64_t now_ms)
{
    CLEANUP_FREE struct scheduling **list = xcalloc(d->n_hosts, sizeof *list);
    int64_t wake_ms = 0, when_ms;

    for (size_t i = 0; i < d->n_hosts; i++)
        list[i] = &d->hosts[i]->scheduling;
    scheduling_brake(list, d->n_hosts, limit_of(d));
    for (size_t i = 0; i < d->n_hosts; i++) {
        struct host *h = d->hosts[i];

        h->scheduling.certainty = faults_certainty(d, h, now_ms);
        take_step(d, h, scheduling_next(&h->scheduling, now_ms, &when_ms));
        if (when_ms && (!wake_ms || when_ms < wake_ms))
            wake_ms = when_ms;
    }
    return wake_ms;
}
