/* Carry out the steps of a host's way back (lib/policy/comeback.h). */
#include "back.h"

#include "clock.h"
#include "comeback.h"
#include "log.h"
#include "power.h"
#include "request.h"

/* --- power --------------------------------------------------------------- */

static void
on_power(const char *why, void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc = request_finish(r);

    if (why)
        log_warning("power on: node='%s' incident='%s': %s, retrying",
                    r->base.node, r->incident.text, why);
    else
        log_notice("powered on: node='%s' incident='%s'", r->base.node,
                   r->incident.text);
    if (inc)
        comeback_on_power(inc, why, clock_mono_ms());
}

void
back_power_on(struct daemon *d, struct host *h, const struct step *s)
{
    log_notice("powering on: node='%s' incident='%s'", h->node,
               incident_id(h->incident).text);
    power_on(h->node, on_power, request_new(d, h, s, BUSY_POWER));
}

/* --- the service --------------------------------------------------------- */

static void
on_put(const struct nova_result *res, void *arg, const char *done)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc = request_finish(r);
    enum answer a = answer_to_evacuate(res->status, res->was_sent, res->detail);

    if (!inc)
        return;
    if (!request_is_trouble(r, inc, res))
        log_notice("%s: node='%s' host='%s' incident='%s'", done, r->base.node,
                   inc->host, r->incident.text);
    comeback_on_put(inc, a == ANSWER_UNKNOWN, clock_mono_ms(),
                    &r->base.d->rules);
}

static void
on_forced_up(const struct nova_result *res, void *arg)
{
    on_put(res, arg, "no longer forced down");
}

static void
on_enabled(const struct nova_result *res, void *arg)
{
    on_put(res, arg, "enabled");
}

void
back_force_up(struct daemon *d, struct host *h, const struct step *s)
{
    nova_service_force_up(d->nova, h->incident->service_id, on_forced_up,
                          request_new(d, h, s, BUSY_DOWN));
}

void
back_enable(struct daemon *d, struct host *h, const struct step *s)
{
    nova_service_enable(d->nova, h->incident->service_id, on_enabled,
                        request_new(d, h, s, BUSY_DOWN));
}

/* --- VMs ------------------------------------------------------------------ */

static void
on_guest(const struct nova_result *res, void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc;
    struct vm *v = request_finish_vm(r, &inc);

    request_tell_cloud(r->base.d, res);
    if (!v)
        return;
    comeback_on_guest(inc, v,
                      !res->err            ? GUEST_RUNS
                      : res->status == 409 ? GUEST_IS_OFF
                                           : GUEST_UNKNOWN,
                      clock_mono_ms(), &r->base.d->rules);
}

void
back_ask_guest(struct daemon *d, struct host *h, const struct step *s)
{
    s->vm->is_reading = true;
    nova_guest_ask(d->nova, s->vm->id, on_guest, request_new(d, h, s, 0));
}

static void
on_rebooted(const struct nova_result *res, void *arg)
{
    CLEANUP(pending_freep) struct request *r = arg;
    struct incident *inc;
    struct vm *v = request_finish_vm(r, &inc);

    request_tell_cloud(r->base.d, res);
    if (!v)
        return;
    if (res->err)
        log_warning("start: vm='%s' node='%s' incident='%s': %s, retrying",
                    v->id, r->base.node, r->incident.text, res->err->text);
    else
        log_info("starting: vm='%s' node='%s' incident='%s'", v->id,
                 r->base.node, r->incident.text);
    comeback_on_call(v, res->err ? res->err->text : NULL, clock_mono_ms(),
                     &r->base.d->rules);
}

void
back_reboot(struct daemon *d, struct host *h, const struct step *s)
{
    s->vm->is_reading = true;
    nova_reboot(d->nova, s->vm->id, on_rebooted, request_new(d, h, s, 0));
}
