/* Requests of the daemon that are under way. */
#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "xalloc.h"

static void
request_clear(void *question)
{
    struct request *r = question;

    free(r->dest);
}

struct request *
request_new(struct daemon *d, struct host *h, const struct step *s,
            unsigned busy)
{
    struct request *r = pending_new(d, &d->requests, h->node, sizeof *r);

    r->base.clear = request_clear;
    r->began_ms = h->incident->began_ms;
    r->incident = incident_id(h->incident);
    r->since_ms = s->since_ms;
    r->busy = busy;
    h->incident->busy |= busy;
    if (s->vm)
        memcpy(r->vm, s->vm->id, sizeof r->vm);
    if (s->kind == STEP_JOURNAL)
        r->entry = s->entry;
    return r;
}

/* The incident that a request belongs to, no longer busy with it; NULL when
 * it is over or another has taken its place.
 */
struct incident *
request_finish(struct request *r)
{
    struct host *h = daemon_host(r->base.d, r->base.node);

    daemon_kick(r->base.d);
    if (!h || !h->incident || h->incident->began_ms != r->began_ms)
        return NULL;
    h->incident->busy &= ~r->busy;
    return h->incident;
}

struct vm *
request_finish_vm(struct request *r, struct incident **ret_inc)
{
    struct vm *v;

    *ret_inc = request_finish(r);
    v = *ret_inc ? incident_vm(*ret_inc, r->vm) : NULL;
    if (v)
        v->is_reading = false;
    return v;
}

bool
request_is_answered(const struct nova_result *res)
{
    return !res->err || (res->status >= 400 && res->status < 500 &&
                         res->status != 401 && res->status != 429);
}

void
request_tell_cloud(struct daemon *d, const struct nova_result *res)
{
    daemon_cloud_state(d, request_is_answered(res) ? NULL : res->err->text);
}

/* A failed read: note it, back off.  False where it succeeded. */
bool
request_is_trouble(struct request *r, struct incident *inc,
                   const struct nova_result *res)
{
    request_tell_cloud(r->base.d, res);
    if (!res->err)
        return false;
    incident_on_trouble(inc, res->err->text, clock_mono_ms());
    return true;
}
