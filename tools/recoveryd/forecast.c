/* What would become of a host's VMs if it failed now: the rules of recovery,
 * asked with one list from Nova, its groups, and what it says of reserved hosts
 * where the segment uses them.  Nothing is written, neither to the cloud nor to
 * the journal, and no incident begins.
 */
#include <stdio.h>
#include <string.h>

#include "../history/facts.h"
#include "../history/put.h"
#include "clock.h"
#include "daemon.h"
#include "order.h"
#include "refusal.h"
#include "wire.h"
#include "xalloc.h"

enum {
    AT_ONCE = 4,    /* questions that may wait for Nova */
    VMS_MAX = 5000, /* named one by one */
    NS_PER_S = 1000000000,
};

struct forecast {
    struct pending base;
    char id[WIRE_WORD_MAX];
    struct incident *inc;     /* of its failure, once its VMs were read */
    struct reserve_pool pool; /* reserved hosts that may take them... */
    size_t n_read;            /* ...of so many the service was read */
    char *trouble;            /* why that failed, or NULL */
    reply_fn *fn;
};

static void
forecast_clear(void *question)
{
    struct forecast *f = question;

    incident_free(f->inc);
    reserve_pool_clear(&f->pool);
    free(f->trouble);
}

/* The certainty rule, had the host been fenced just now. */
static enum certainty
certainty_then(const struct daemon *d, const struct host *h)
{
    struct death_facts f = h->death;

    f.is_current = d->is_current;
    f.is_quorate = d->is_quorate;
    f.is_sole_owner = d->is_sole_owner;
    f.is_online = false;
    f.has_fencing = f.fencing_succeeded = true;
    f.fencing_by_hand = false;
    f.fencing_ns = clock_wall_ms() * 1000000;
    f.fenced_s = f.fencing_ns / NS_PER_S;
    return certainty_of(&f);
}

/* The anti-affinity group whose members it never moves together with. */
static const char *
group_of(const struct daemon *d, const struct vm *v)
{
    return v->group ? d->groups.items[v->group - 1].id : NULL;
}

static struct json_object *
vm_document(const struct daemon *d, const struct vm *v, size_t place)
{
    struct json_object *o = json_object_new_object();

    put_text(o, "id", v->id);
    put_text(o, "name", v->name);
    put_text(o, "state", v->state);
    put_int(o, "ram_mb", v->key.ram_mb);
    put_text(o, "phase", vm_phase_name(v->phase));
    put_bool(o, "is_evacuated", place > 0);
    if (place)
        put_int(o, "place", (int64_t) place);
    put_int(o, "priority", v->priority - PRIORITY_MIN);
    put_text(o, "apart_from_group", place ? group_of(d, v) : NULL);
    put_text(o, "reserved_host", place ? v->target : NULL);
    put_bool(o, "is_stopped_again", place > 0 && v->was_stopped);
    put_text(o, "reason", vm_reason(v));
    put_text(o, "warning", v->warning);
    return o;
}

static void
put_vms(struct json_object *o, const struct daemon *d,
        const struct incident *inc)
{
    struct json_object *list = json_object_new_array();
    size_t n_evacuated = 0;

    for (size_t i = 0; i < inc->n_vms; i++) {
        const struct vm *v = inc->by_order[i];
        bool is_evacuated = v->phase == VM_WAITING && !v->is_tied;

        n_evacuated += is_evacuated;
        if (i < VMS_MAX)
            json_object_array_add(list,
                                  vm_document(d, v,
                                              is_evacuated ? n_evacuated : 0));
    }
    put_int(o, "total", (int64_t) inc->n_vms);
    put_int(o, "evacuated", (int64_t) n_evacuated);
    json_object_object_add(o, "vms", list);
}

static char *
document(const struct forecast *f, struct host *h)
{
    struct daemon *d = f->base.d;
    struct json_object *o = json_object_new_object();
    enum certainty then = certainty_then(d, h);
    CLEANUP_FREE char *brake = brake_forecast(d, h);

    put_int(o, "version", 1);
    put_text(o, "instance", d->instance);
    put_text(o, "host", h->node);
    put_text(o, "service_host", h->nova_host);
    put_int(o, "time_ms", clock_wall_ms());
    put_text(o, "now", certainty_text(h->certainty));
    put_bool(o, "has_incident", h->incident != NULL);
    put_text(o, "obstacle", then == CERTAIN ? NULL : certainty_text(then));
    put_text(o, "brake", brake);
    put_text(o, "recovery_method", recovery_method_name(d->pool.method));
    put_text(o, "reserved_hosts_trouble", f->trouble);
    put_bool(o, "starts_by_level", d->conf.starts_by_level);
    put_vms(o, d, f->inc);
    return put_done(o);
}

static char *
error_document(const char *node, const char *text)
{
    struct json_object *o = json_object_new_object();
    CLEANUP_FREE char *what = xasprintf("the servers of '%s': %s", node, text);

    put_text(o, "error", what);
    return put_done(o);
}

/* What will not come true. */
static void
warn(struct incident *inc, const struct server_fact *s)
{
    struct vm *v = incident_vm(inc, s->id);

    if (v && v->phase == VM_WAITING && !v->reason)
        vm_set_reason(v, refusal_of(s));
}

static void
answer(struct forecast *f)
{
    struct host *h = daemon_host(f->base.d, f->base.node);
    CLEANUP_FREE char *reply = NULL;

    if (h && f->pool.n && !f->trouble) {
        incident_on_certainty(f->inc, CERTAIN, f->inc->fencing_ns);
        f->inc->is_down = true;
        reserve_forecast(&f->pool, f->inc, clock_mono_ms());
    }
    reply = h ? document(f, h)
              : error_document(f->base.node, "it is no longer ours");
    f->fn(f->base.d, f->id, reply);
}

/* --- reserved hosts --------------------------------------------------------
 */

/* What the daemon knows of them without Nova; not of H, if it is one. */
static void
copy_pool(struct forecast *f)
{
    const struct reserve_pool *p = &f->base.d->pool;

    f->pool.method = p->method;
    for (size_t i = 0; p->method != METHOD_AUTO && i < p->n; i++) {
        const struct reserve *from = p->list[i];
        struct reserve *r;

        if (strcmp(from->node, f->base.node) == 0)
            continue;
        r = reserve_get(&f->pool, from->node);
        xstrset(&r->host, from->host);
        r->is_reserved = from->is_reserved;
        r->is_usable = from->is_usable;
        if (from->has_entry)
            reserve_on_saved(r, &from->saved);
    }
}

static void read_next(struct forecast *f);

static void
on_reserve(const struct nova_result *res, const struct nova_service *s,
           void *arg)
{
    CLEANUP(pending_freep) struct forecast *f = arg;
    struct reserve_service_fact fact = reserved_service_fact(s);

    if (res->err) {
        f->trouble = xstrdup(res->err->text);
        answer(f);
        return;
    }
    reserve_on_service(f->pool.list[f->n_read++], &fact, clock_mono_ms());
    read_next(TAKE(f));
}

static void
read_next(struct forecast *f)
{
    CLEANUP(pending_freep) struct forecast *own = f;

    if (f->n_read < f->pool.n)
        nova_service_find(f->base.d->nova, f->pool.list[f->n_read]->host,
                          on_reserve, TAKE(own));
    else
        answer(f);
}

static void
on_room(const struct nova_result *res, const struct nova_hypervisor *h,
        size_t n, void *arg)
{
    CLEANUP(pending_freep) struct forecast *f = arg;

    if (res->err) {
        f->trouble = xstrdup(res->err->text);
        answer(f);
        return;
    }
    for (size_t i = 0; i < n; i++)
        reserve_on_room(&f->pool, h[i].host, h[i].free_ram_mb);
    reserve_on_rooms_read(&f->pool);
    read_next(TAKE(f));
}

/* Where they cannot be read, it is as in a recovery: nothing waits for that. */
static void
on_groups(const struct nova_result *res, const struct nova_group *g, size_t n,
          void *arg)
{
    CLEANUP(pending_freep) struct forecast *f = arg;
    struct host *h = daemon_host(f->base.d, f->base.node);
    CLEANUP_FREE struct incident **all = NULL;
    struct nova *nova = f->base.d->nova;
    size_t n_all = incidents_of(f->base.d, &all);

    (void) res;
    if (h) {
        all[n_all++] = f->inc; /* beside those that have failed already */
        groups_tell(f->base.d, f->inc, all, n_all, g, n);
    }
    copy_pool(f);
    if (h && f->pool.n)
        nova_hypervisors(nova, on_room, TAKE(f));
    else
        answer(f);
}

static void
on_servers(const struct nova_result *res, const struct nova_server *s, size_t n,
           void *arg)
{
    CLEANUP(pending_freep) struct forecast *f = arg;
    struct nova *nova = f->base.d->nova;
    struct host *h = daemon_host(f->base.d, f->base.node);
    CLEANUP_FREE struct server_fact *facts = xcalloc(n, sizeof *facts);
    int64_t now_ms = clock_mono_ms();

    if (res->err || !h) {
        CLEANUP_FREE char *reply =
            error_document(f->base.node,
                           res->err ? res->err->text : "it is no longer ours");
        f->fn(f->base.d, f->id, reply);
        return;
    }
    for (size_t i = 0; i < n; i++)
        facts[i] = server_fact_of(&s[i]);

    f->inc =
        incident_new(h->node, h->nova_host, clock_wall_ms() * 1000000, now_ms);
    incident_on_servers(f->inc, facts, n, now_ms, now_ms, &f->base.d->rules);
    for (size_t i = 0; i < n; i++)
        warn(f->inc, &facts[i]);
    nova_groups(nova, on_groups, TAKE(f));
}

int
forecast(struct daemon *d, struct host *h, const char *id, reply_fn *fn,
         struct vmha_error *err)
{
    struct forecast *f;

    if (pending_count(d->forecasts) >= AT_ONCE)
        return vmha_fail(err, VMHA_E_AGAIN, 0,
                         "too many plans are being made: try again later");
    f = pending_new(d, &d->forecasts, h->node, sizeof *f);
    f->base.clear = forecast_clear;
    f->fn = fn;
    snprintf(f->id, sizeof f->id, "%s", id);
    nova_servers_on_host(d->nova, h->nova_host, on_servers, f);
    return 0;
}
