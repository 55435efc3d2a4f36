/* Forget a host that is gone for good: once neither the cluster nor Nova has
 * it, the journal's entries of it go.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../history/put.h"
#include "buf.h"
#include "clock.h"
#include "daemon.h"
#include "journal-names.h"
#include "log.h"
#include "wire.h"
#include "xalloc.h"

enum {
    AT_ONCE = 4,      /* requests that may wait */
    LIMIT_MS = 20000, /* for a view, and for the journal */
    NAMES_MAX = 10,   /* VMs that a refusal names */
    TEXT_MAX = 4096,
};

/* A request.  It waits for a view, for Nova's answers, one after the other, and
 * for the view in which the journal has nothing left.
 */
struct parting {
    struct pending base;
    char *nova_host;
    char id[WIRE_WORD_MAX];
    reply_fn *fn;
    bool is_asking; /* Nova */
    bool is_asked;  /* and knows nothing of the host any more */
    unsigned n_writing;
    int64_t end_ms;
};

static void
parting_clear(void *question)
{
    struct parting *p = question;

    free(p->nova_host);
}

static void
end(struct parting *p, const char *reply)
{
    p->fn(p->base.d, p->id, reply);
    pending_free(p);
}

static void refuse(struct parting *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
refuse(struct parting *p, const char *fmt, ...)
{
    struct json_object *o = json_object_new_object();
    char text[TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    put_text(o, "error", text);
    CLEANUP_FREE char *reply = put_done(o);
    end(p, reply);
}

/* --- Nova ------------------------------------------------------------------
 */

/* Did Nova answer?  If not, it is told. */
static bool
is_answered(struct parting *p, const struct nova_result *res)
{
    if (!res->err)
        return true;
    refuse(p, "Nova cannot be asked about '%s': %s", p->nova_host,
           res->err->text);
    return false;
}

static void
on_service(const struct nova_result *res, const struct nova_service *service,
           void *arg)
{
    struct parting *p = arg;

    if (!is_answered(p, res))
        return;
    if (service) {
        refuse(p,
               "Nova still has the service of '%s': delete it (openstack "
               "compute service delete %s), then forget the host",
               p->nova_host, service->id);
        return;
    }
    p->is_asking = false;
    p->is_asked = true;
    p->end_ms = clock_mono_ms() + LIMIT_MS;
    cluster_refresh(p->base.d->cluster);
    daemon_kick(p->base.d);
}

static void
on_servers(const struct nova_result *res, const struct nova_server *s, size_t n,
           void *arg)
{
    CLEANUP_BUF struct buf names = BUF_INIT(TEXT_MAX / 2);
    struct parting *p = arg;

    if (!is_answered(p, res))
        return;
    if (n == 0) {
        nova_service_find(p->base.d->nova, p->nova_host, on_service, p);
        return;
    }
    for (size_t i = 0; i < n && i < NAMES_MAX; i++)
        (void) buf_printf(&names, "%s%s %s", i ? ", " : "", s[i].name,
                          s[i].id); /* what has no room is not named */
    refuse(p,
           "Nova still has %zu VM%s on '%s': evacuate or delete %s first: "
           "%s%s",
           n, n == 1 ? "" : "s", p->nova_host, n == 1 ? "it" : "them",
           buf_str(&names), n > NAMES_MAX ? ", ..." : "");
}

static void
on_evacuations(const struct nova_result *res, const struct nova_migration *m,
               size_t n, void *arg)
{
    struct parting *p = arg;

    if (!is_answered(p, res))
        return;
    for (size_t i = 0; i < n; i++)
        if (strcmp(m[i].status, "accepted") == 0 ||
            strcmp(m[i].status, "pre-migrating") == 0) {
            refuse(p,
                   "Nova still evacuates VM %s from '%s' (the record is "
                   "'%s'): wait for its end",
                   m[i].instance, p->nova_host, m[i].status);
            return;
        }
    nova_servers_on_host(p->base.d->nova, p->nova_host, on_servers, p);
}

/* --- the journal -----------------------------------------------------------
 */

static void
on_deleted(const struct vmha_error *err, void *arg)
{
    struct parting *p = arg;

    p->n_writing--;
    if (err)
        log_warning("journal: forgetting node='%s': %s, retrying", p->base.node,
                    err->text);
    cluster_refresh(p->base.d->cluster);
}

typedef char *name_fn(const char *node);
static name_fn *const names[] = {
    journal_host_name, /* first: it has the incident */
    journal_intent_name,
    journal_failures_name,
    journal_reserve_name,
};

static const struct cluster_entry *
find_entry(const struct cluster_view *v, const char *node)
{
    for (size_t i = 0; i < N_ELEMENTS(names); i++) {
        CLEANUP_FREE char *name = names[i](node);
        const struct cluster_entry *e = cluster_view_entry(v, name);

        if (e)
            return e;
    }
    return NULL;
}

/* One after the other, the incident's first, by the way of each that is
 * released: nothing writes them again then.
 */
static void
delete_next(struct parting *p, const struct cluster_view *v)
{
    struct host *h = daemon_host(p->base.d, p->base.node);
    const struct cluster_entry *e = find_entry(v, p->base.node);

    if (h && h->incident) {
        h->incident->is_released = true;
        daemon_kick(p->base.d);
    } else if (e) {
        p->n_writing++;
        cluster_journal_delete(p->base.d->cluster, e->name, e->value,
                               on_deleted, p);
    } else {
        log_notice("forgotten by the operator: node='%s'", p->base.node);
        end(p, "{\"ok\":true}");
    }
}

/* --- the request -----------------------------------------------------------
 */

/* Nobody's, or that of another instance: as match_orphans has it. */
static bool
is_foreign(const struct parting *p, const struct cluster_view *v)
{
    return !daemon_host(p->base.d, p->base.node) &&
           (cluster_view_node(v, p->base.node) ||
            !find_entry(v, p->base.node) ||
            (p->base.d->conf.segment && v->n_instances > 1));
}

static void
check(struct parting *p, const struct cluster_view *v)
{
    const struct cluster_node *n = cluster_view_node(v, p->base.node);

    if (!p->is_asked && is_foreign(p, v)) {
        end(p, "{\"foreign\":true}");
    } else if (n && n->is_online && !(n->is_remote && n->fenced_s > 0)) {
        refuse(p, "node '%s' is online: it is not gone", p->base.node);
    } else if (n) {
        refuse(p,
               "node '%s' is still in the cluster: remove it (pcs cluster "
               "node remove-remote %s; or crm configure delete %s, then "
               "crm_node --force --remove=%s), then forget the host",
               p->base.node, p->base.node, p->base.node, p->base.node);
    } else if (!p->base.d->is_sole_owner || !p->base.d->is_quorate) {
        refuse(p, "the journal cannot be written now");
    } else if (p->is_asked) {
        delete_next(p, v);
    } else {
        p->is_asking = true;
        nova_evacuations(p->base.d->nova, p->nova_host, 0, on_evacuations, p);
    }
}

void
forget_observe(struct daemon *d, const struct cluster_view *v)
{
    struct pending *next;

    for (struct pending *q = d->partings; q; q = next) {
        struct parting *p = (struct parting *) q;

        next = q->next;
        if (!p->is_asking && !p->n_writing)
            check(p, v);
    }
}

int64_t
forget_update(struct daemon *d, int64_t now_ms)
{
    int64_t wake_ms = 0;
    struct pending *next;

    for (struct pending *q = d->partings; q; q = next) {
        struct parting *p = (struct parting *) q;

        next = q->next;
        if (p->is_asking || p->n_writing)
            continue; /* these have limits of their own */
        if (now_ms >= p->end_ms)
            refuse(p, p->is_asked ? "the journal cannot be written now"
                                  : "the cluster cannot be read now");
        else if (!wake_ms || p->end_ms < wake_ms)
            wake_ms = p->end_ms;
    }
    return wake_ms;
}

int
forget_begin(struct daemon *d, const char *node, const char *nova_host,
             const char *id, reply_fn *fn, struct vmha_error *err)
{
    const struct host *h = daemon_host(d, node);
    struct parting *p;

    if (pending_count(d->partings) >= AT_ONCE)
        return vmha_fail(err, VMHA_E_AGAIN, 0,
                         "too many hosts are being forgotten: try again later");
    p = pending_new(d, &d->partings, node, sizeof *p);
    p->base.clear = parting_clear;
    p->nova_host = xstrdup(nova_host ? nova_host : h ? h->nova_host : node);
    p->fn = fn;
    p->end_ms = clock_mono_ms() + LIMIT_MS;
    snprintf(p->id, sizeof p->id, "%s", id);
    cluster_refresh(d->cluster);
    daemon_kick(d);
    return 0;
}
