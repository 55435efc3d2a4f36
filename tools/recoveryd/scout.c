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

static void
on_service(const struct nova_result *res, const struct nova_service *service,
           void *arg)
{
    CLEANUP(pending_freep) struct pending *s = arg;
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
    nova_service_find(d->nova, h->nova_host, on_service,
                      pending_new(d, &d->pending, h->node,
                                  sizeof(struct pending)));
}

void
scout_report(struct host *h, int64_t now_ms)
{
    h->early.id = h->early_id;
    if (h->early_id && now_ms - h->early.asked_ms <= FRESH_MS)
        incident_on_service(h->incident, &h->early, now_ms);
    xstrset(&h->early_id, NULL);
}
