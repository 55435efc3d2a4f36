/* Reserved hosts: from views and incidents to rounds of lib/policy/reserve, and
 * its steps to the journal and the cloud.
 */
#include "reserve.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon.h"
#include "journal-names.h"
#include "log.h"
#include "xalloc.h"

enum { STEPS_MAX = 64 };

#define FAILURE_TOKEN "[vmha "

/* A step under way.  It names the reserved host: that may be gone when the
 * answer comes.
 */
struct errand {
    struct pending base; /* of no host: of all */
    enum reserve_step_kind kind;
    struct journal_reserve entry;
    int64_t set;
};

/* --- what the view says --------------------------------------------------- */

static bool
is_usable(const struct cluster_node *n, const struct host *h)
{
    return n->is_online && !(n->is_remote && n->fenced_s > 0) &&
           !n->is_unmanaged && !n->is_resting && !n->is_standby &&
           !h->incident && h->opening != OPEN_HELD;
}

/* An entry that cannot be read: it was taken, and more is not known. */
static void
load_entry(struct reserve *r, const struct cluster_entry *e)
{
    struct journal_reserve entry = { 0 };
    struct vmha_error err;

    r->is_loaded = true;
    if (!e)
        return;
    if (journal_reserve_parse(e->value, &entry, &err) == -1)
        log_error("journal: %s: %s", e->name, err.text);
    reserve_on_saved(r, &entry);
    xstrset(&r->value, e->value);
    log_notice("reserved host: node='%s' %s", r->node, reserve_state(r));
}

static void
observe_host(struct daemon *d, const struct cluster_view *v,
             const struct host *h)
{
    CLEANUP_FREE char *name = journal_reserve_name(h->node);
    const struct cluster_entry *e = cluster_view_entry(v, name);
    const struct cluster_node *n = cluster_view_node(v, h->node);
    struct reserve *r = reserve_find(&d->pool, h->node);

    if (!n || h->death.is_newly_ours || !(r || e || h->is_reserved))
        return;
    r = reserve_get(&d->pool, h->node);
    r->is_listed = h->is_reserved || r->has_entry || (e && !r->is_loaded);
    r->is_reserved = h->is_reserved;
    r->is_usable = is_usable(n, h);
    if (!r->read_ms)
        xstrset(&r->host, h->nova_host);
    if (!r->is_loaded)
        load_entry(r, e);
}

/* Of a node that is no more: whose it was is not known. */
static void
observe_orphans(struct daemon *d, const struct cluster_view *v)
{
    CLEANUP_FREE char *prefix = journal_reserve_name("");
    size_t len = strlen(prefix);

    for (size_t i = 0; i < v->n_entries; i++) {
        const struct cluster_entry *e = &v->entries[i];
        struct reserve *r;

        if (strncmp(e->name, prefix, len) != 0 ||
            cluster_view_node(v, e->name + len) ||
            (d->conf.segment && v->n_instances > 1))
            continue;
        r = reserve_get(&d->pool, e->name + len);
        r->is_listed = true;
        r->is_reserved = r->is_usable = false;
        if (!r->is_loaded)
            load_entry(r, e);
    }
}

void
reserved_observe(struct daemon *d, const struct cluster_view *v)
{
    for (size_t i = 0; i < d->pool.n; i++)
        d->pool.list[i]->is_listed = false;
    for (size_t i = 0; i < d->n_hosts; i++)
        observe_host(d, v, d->hosts[i]);
    observe_orphans(d, v);
    for (size_t i = 0; i < d->pool.n;) {
        struct reserve *r = d->pool.list[i];

        if (r->is_listed || r->is_busy)
            i++;
        else
            reserve_remove(&d->pool, r->node);
    }
}

/* --- answers
 * ------------------------------------------------------------------ */

static struct errand *
errand_new(struct daemon *d, const struct reserve_step *s)
{
    struct errand *e =
        pending_new(d, &d->pending, s->r ? s->r->node : NULL, sizeof *e);

    e->kind = s->kind;
    e->entry = s->entry;
    e->set = s->set;
    if (s->r)
        s->r->is_busy = true;
    return e;
}

/* The reserved host that it was about, no longer busy with it. */
static struct reserve *
finish(struct errand *e)
{
    struct reserve *r =
        e->base.node ? reserve_find(&e->base.d->pool, e->base.node) : NULL;

    daemon_kick(e->base.d);
    if (e->kind == RESERVE_ROOM)
        e->base.d->pool.is_reading_room = false;
    else if (e->kind == RESERVE_SETS)
        e->base.d->pool.is_reading_sets = false;
    if (r)
        r->is_busy = false;
    return r;
}

static bool
is_trouble(struct errand *e, struct reserve *r, const struct vmha_error *err)
{
    if (!err)
        return false;
    log_warning("reserved host: node='%s': %s, retrying",
                e->base.node ? e->base.node : "", err->text);
    reserve_on_trouble(&e->base.d->pool, r, err->text, clock_mono_ms());
    return true;
}

/* Nova said no, and will again. */
static bool
is_refused(const struct nova_result *res)
{
    return res->status >= 400 && res->status < 500 && res->status != 401 &&
           res->status != 408 && res->status != 429;
}

struct reserve_service_fact
reserved_service_fact(const struct nova_service *s)
{
    if (!s)
        return (struct reserve_service_fact){ 0 };
    return (struct reserve_service_fact){
        .id = s->id,
        .reason = s->disabled_reason,
        .is_disabled = s->is_disabled,
        .is_sound =
            s->is_up && !s->is_forced_down &&
            !(s->disabled_reason && strstr(s->disabled_reason, FAILURE_TOKEN)),
    };
}

static void
on_service(const struct nova_result *res, const struct nova_service *s,
           void *arg)
{
    CLEANUP(pending_freep) struct errand *e = arg;
    struct reserve *r = finish(e);
    struct reserve_service_fact f = reserved_service_fact(s);

    if (!r || is_trouble(e, r, res->err))
        return;
    reserve_on_service(r, &f, clock_mono_ms());
}

static void
on_room(const struct nova_result *res, const struct nova_hypervisor *h,
        size_t n, void *arg)
{
    CLEANUP(pending_freep) struct errand *e = arg;

    (void) finish(e);
    if (is_trouble(e, NULL, res->err))
        return;
    for (size_t i = 0; i < n; i++)
        reserve_on_room(&e->base.d->pool, h[i].host, h[i].free_ram_mb);
    reserve_on_rooms_read(&e->base.d->pool);
}

static void
on_sets(const struct nova_result *res, const struct nova_aggregate *a, size_t n,
        void *arg)
{
    CLEANUP(pending_freep) struct errand *e = arg;
    CLEANUP_FREE struct reserve_set *sets = xcalloc(n, sizeof *sets);

    (void) finish(e);
    if (is_refused(res))
        log_warning("aggregates cannot be read, reserved hosts join none: %s",
                    res->err->text);
    else if (is_trouble(e, NULL, res->err))
        return;
    for (size_t i = 0; i < n; i++)
        sets[i] = (struct reserve_set){ a[i].id, a[i].hosts, a[i].n_hosts };
    reserve_on_sets(&e->base.d->pool, sets, n);
}

static void
on_saved(const struct vmha_error *err, void *arg)
{
    CLEANUP(pending_freep) struct errand *e = arg;
    struct reserve *r = finish(e);
    char value[JOURNAL_RESERVE_MAX];

    if (r && err)
        reserve_on_unsaved(r, &e->entry);
    if (!r || is_trouble(e, r, err))
        return;
    journal_reserve_format(&e->entry, value);
    xstrset(&r->value, value);
    reserve_on_saved(r, &e->entry);
    log_notice("reserved host: node='%s' %s", r->node, reserve_state(r));
}

static void
on_switched(const struct nova_result *res, void *arg)
{
    CLEANUP(pending_freep) struct errand *e = arg;
    struct reserve *r = finish(e);

    if (!r || is_trouble(e, r, res->err))
        return;
    reserve_on_switched(r, e->kind == RESERVE_DISABLE);
    log_notice("reserved host: node='%s' %s", r->node,
               r->is_disabled ? "is disabled again" : "is enabled");
}

static void
on_set(const struct nova_result *res, void *arg)
{
    CLEANUP(pending_freep) struct errand *e = arg;
    struct reserve *r = finish(e);
    bool was_refused = is_refused(res);

    if (!r || (!was_refused && is_trouble(e, r, res->err)))
        return;
    if (was_refused)
        log_warning("reserved host: node='%s' aggregate='%lld': %s", r->node,
                    (long long) e->set, res->err->text);
    reserve_on_set(&e->base.d->pool, r, e->set, was_refused);
}

static void
on_servers(const struct nova_result *res, const struct nova_server *s, size_t n,
           void *arg)
{
    CLEANUP(pending_freep) struct errand *e = arg;
    struct reserve *r = finish(e);

    (void) s;
    if (r && !is_trouble(e, r, res->err))
        reserve_on_servers(r, n);
}

static void
on_forgotten(const struct vmha_error *err, void *arg)
{
    CLEANUP(pending_freep) struct errand *e = arg;
    struct reserve *r = finish(e);

    if (!r || is_trouble(e, r, err))
        return;
    reserve_on_forgotten(r);
    log_notice("reserved host: node='%s' is put back", r->node);
}

/* --- steps
 * --------------------------------------------------------------------- */

static void
do_journal(struct daemon *d, const struct reserve_step *s)
{
    CLEANUP_FREE char *name = journal_reserve_name(s->r->node);
    char value[JOURNAL_RESERVE_MAX];

    journal_reserve_format(&s->entry, value);
    if (s->kind == RESERVE_SAVE)
        cluster_journal_set(d->cluster, name, value, on_saved,
                            errand_new(d, s));
    else
        cluster_journal_delete(d->cluster, name, s->r->value, on_forgotten,
                               errand_new(d, s));
}

static void
do_step(struct daemon *d, const struct reserve_step *s)
{
    struct reserve *r = s->r;

    history_reserve(d->history, &d->pool, s);
    switch (s->kind) {
    case RESERVE_SERVICE:
        nova_service_find(d->nova, r->host, on_service, errand_new(d, s));
        break;
    case RESERVE_ROOM:
        d->pool.is_reading_room = true;
        nova_hypervisors(d->nova, on_room, errand_new(d, s));
        break;
    case RESERVE_SETS:
        d->pool.is_reading_sets = true;
        nova_aggregates(d->nova, on_sets, errand_new(d, s));
        break;
    case RESERVE_SAVE:
    case RESERVE_FORGET: do_journal(d, s); break;
    case RESERVE_ENABLE:
        nova_service_enable(d->nova, r->service_id, on_switched,
                            errand_new(d, s));
        break;
    case RESERVE_DISABLE:
        nova_service_disable(d->nova, r->service_id, s->reason, on_switched,
                             errand_new(d, s));
        break;
    case RESERVE_JOIN:
    case RESERVE_LEAVE:
        nova_aggregate_change(d->nova, s->set, r->host, s->kind == RESERVE_JOIN,
                              on_set, errand_new(d, s));
        break;
    case RESERVE_SERVERS:
        nova_servers_on_host(d->nova, r->host, on_servers, errand_new(d, s));
        break;
    }
}

/* --- rounds
 * -------------------------------------------------------------------- */

void
reserved_count(struct daemon *d, int64_t now_ms)
{
    reserve_begin(&d->pool, now_ms);
    for (size_t i = 0; i < d->n_hosts; i++) {
        struct incident *inc = d->hosts[i]->incident;

        if (!inc)
            continue;
        inc->pool = &d->pool;
        reserve_count(&d->pool, inc);
    }
    for (size_t i = 0; i < d->n_hosts; i++)
        if (d->hosts[i]->incident)
            reserve_demand(&d->pool, d->hosts[i]->incident);
}

static bool
may_act(const struct daemon *d)
{
    struct disarm disarm;

    return d->has_view && d->is_current && d->is_quorate && d->is_sole_owner &&
           d->conf.is_enabled && !arming_get(d, &disarm);
}

int64_t
reserved_act(struct daemon *d)
{
    struct reserve_step steps[STEPS_MAX];
    int64_t wake_ms;
    size_t n;

    if (!may_act(d))
        return 0;
    n = reserve_plan(&d->pool, steps, STEPS_MAX, &wake_ms);
    if (n && clock_mono_ms() - d->view_ms > STALE_MS) {
        cluster_refresh(d->cluster); /* asked again with what it shows */
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        do_step(d, &steps[i]);
    return wake_ms;
}

void
reserved_forget(struct daemon *d)
{
    reserve_pool_clear(&d->pool);
}
