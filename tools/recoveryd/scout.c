/* The hook's note says that a host is about to be proven dead.  Nova's service
 * of it is read meanwhile, so that the first write of the journal can say at
 * once which of its flags will be ours: writes are slow in the moment after a
 * fencing, when the cluster has much to write itself.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon.h"
#include "request.h"
#include "xalloc.h"

enum { FRESH_MS = 2000 }; /* the operator may have changed what is older */

struct scout {
    struct daemon *d;
    struct scout *next; /* of those under way */
    char *node;
    int64_t asked_ms;
};

static void
scout_free(struct scout *s)
{
    struct scout **at = &s->d->scouts;

    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    free(s->node);
    free(s);
}

static void
scout_freep(struct scout **s)
{
    scout_free(*s);
}

void
scout_forget(struct daemon *d)
{
    while (d->scouts)
        scout_free(d->scouts);
}

static void
on_service(const struct nova_result *res, const struct nova_service *service,
           void *arg)
{
    CLEANUP(scout_freep) struct scout *s = arg;
    struct host *h = daemon_host(s->d, s->node);

    request_tell_cloud(s->d, res);
    if (res->err || !service || !h)
        return; /* the incident itself asks, and tells */
    h->early = service_fact_of(service, s->asked_ms);
    xstrset(&h->early_id, service->id);
}

void
scout_send(struct daemon *d, const struct host *h)
{
    struct scout *s = xcalloc(1, sizeof *s);

    s->d = d;
    s->next = d->scouts;
    d->scouts = s;
    s->node = xstrdup(h->node);
    s->asked_ms = clock_mono_ms();
    nova_service_find(d->nova, h->nova_host, on_service, s);
}

void
scout_report(struct host *h, int64_t now_ms)
{
    h->early.id = h->early_id;
    if (h->early_id && now_ms - h->early.asked_ms <= FRESH_MS)
        incident_on_service(h->incident, &h->early, now_ms);
    xstrset(&h->early_id, NULL);
}
