/* What living hosts say is wrong: from reports to repairs. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon.h"
#include "log.h"
#include "pace.h"
#include "xalloc.h"

enum {
    RETRY_MS = 1000,
    RETRY_MAX_MS = 60000,
};

enum certainty
faults_certainty(const struct daemon *d, const struct host *h, int64_t now_ms)
{
    struct death_facts host = h->death; /* by the newest view */

    host.is_current = d->is_current && now_ms - d->view_ms <= STALE_MS;
    host.is_quorate = d->is_quorate;
    host.is_disarmed = arming_holds(d);
    return certainty_of_living(&host);
}

/* --- repairs ----------------------------------------------------------- */

struct repair *
faults_find(const struct daemon *d, const char *node, const char *vm)
{
    for (size_t i = 0; i < d->n_repairs; i++)
        if (strcmp(d->repairs[i]->id, vm) == 0 &&
            strcmp(d->repairs[i]->node, node) == 0)
            return d->repairs[i];
    return NULL;
}

static void
add_repair(struct daemon *d, const struct host *h, const struct fault *f)
{
    d->repairs =
        xrealloc(d->repairs, d->n_repairs + 1, sizeof(struct repair *));
    d->repairs[d->n_repairs++] = repair_new(h->node, h->nova_host, f);
    log_notice("vm='%s' node='%s': its host reports '%s'", f->name, h->node,
               fault_why_name(f->why));
}

/* The host failed, or is not ours: its own recovery takes its VMs. */
static void
drop_repairs(struct daemon *d, const struct host *h)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_repairs; i++)
        if (strcmp(d->repairs[i]->node, h->node) == 0)
            repair_free(d->repairs[i]);
        else
            d->repairs[n++] = d->repairs[i];
    d->n_repairs = n;
}

static const struct fault *
fault_of(const struct report *list, const char *vm)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->faults[i].kind == FAULT_VM &&
            strcmp(list->faults[i].name, vm) == 0)
            return &list->faults[i];
    return NULL;
}

/* Those of processes and mounts. */
static void
keep_faults(struct watched *w, const struct report *list)
{
    w->n_faults = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (list->faults[i].kind == FAULT_VM)
            continue;
        w->faults = xrealloc(w->faults, w->n_faults + 1, sizeof *w->faults);
        w->faults[w->n_faults++] = list->faults[i];
    }
}

static void
apply(struct daemon *d, struct host *h, const struct report *list)
{
    keep_faults(&h->watched, list);
    scheduling_on_report(&h->scheduling, true, h->watched.n_faults > 0);
    for (size_t i = 0; i < d->n_repairs; i++)
        if (strcmp(d->repairs[i]->node, h->node) == 0)
            mend_report(d, d->repairs[i], fault_of(list, d->repairs[i]->id));
    for (size_t i = 0; i < list->n; i++)
        if (list->faults[i].kind == FAULT_VM &&
            !faults_find(d, h->node, list->faults[i].name))
            add_repair(d, h, &list->faults[i]);
    daemon_kick(d);
}

/* --- the list ---------------------------------------------------------- */

/* Ask again, later and later. */
static void
put_off(struct daemon *d, struct watched *w)
{
    w->retry_ms = clock_mono_ms() +
                  pace_doubled_ms(RETRY_MS, w->n_failures++, RETRY_MAX_MS);
    daemon_kick(d);
}

static void
on_list(const char *value, const struct vmha_error *read_err, void *arg)
{
    CLEANUP(pending_freep) struct pending *a = arg;
    struct host *h = daemon_host(a->d, a->node);
    struct vmha_error err;
    struct report list;

    if (!h)
        return;
    h->watched.is_asking = false;
    if (!h->watched.text)
        return; /* the host failed meanwhile */
    if (read_err || !value || report_list_parse(value, &list, &err) == -1) {
        if (!h->watched.n_failures)
            log_warning("node='%s': its faults cannot be read: %s", h->node,
                        read_err ? read_err->text
                        : value  ? err.text
                                 : "vmha-fault-list is not set");
        put_off(a->d, &h->watched);
        return;
    }
    h->watched.is_known = list.seq == h->watched.seq;
    if (!h->watched.is_known) /* the other attribute is on its way */
        put_off(a->d, &h->watched);
    apply(a->d, h, &list);
}

static void
ask(struct daemon *d, struct host *h)
{
    h->watched.is_asking = true;
    cluster_attribute_read(d->cluster, h->node, "vmha-fault-list", on_list,
                           pending_new(d, &d->pending, h->node,
                                       sizeof(struct pending)));
}

int64_t
faults_update(struct daemon *d, int64_t now_ms)
{
    int64_t wake_ms = 0;

    for (size_t i = 0; i < d->n_hosts; i++) {
        struct watched *w = &d->hosts[i]->watched;

        if (!w->text || w->is_known || w->is_asking)
            continue;
        if (now_ms >= w->retry_ms)
            ask(d, d->hosts[i]);
        else if (!wake_ms || w->retry_ms < wake_ms)
            wake_ms = w->retry_ms;
    }
    return wake_ms;
}

void
faults_forget(struct daemon *d)
{
    for (size_t i = 0; i < d->n_repairs; i++)
        repair_free(d->repairs[i]);
    free(d->repairs);
}

/* --- the public report ------------------------------------------------- */

static void
read_head(struct daemon *d, struct host *h)
{
    struct watched *w = &h->watched;
    struct report none = { 0 };
    struct report_head head;
    struct vmha_error err;

    w->is_known = true;
    if (report_head_parse(w->text, &head, &err) == -1) {
        log_warning("node='%s': %s", h->node, err.text);
        return; /* what was known before holds */
    }
    w->seq = head.seq;
    w->n_failures = 0;
    w->retry_ms = 0;
    w->is_known = head.count == 0;
    if (w->is_known)
        apply(d, h, &none);
}

void
faults_observe(struct daemon *d, const struct cluster_view *v)
{
    for (size_t i = 0; i < d->n_hosts; i++) {
        struct host *h = d->hosts[i];
        const struct cluster_node *n = cluster_view_node(v, h->node);
        bool is_alive = n && n->is_online && !h->incident && h->is_listed;
        const char *text = is_alive ? n->faults : NULL;
        bool is_new =
            text && (!h->watched.text || strcmp(text, h->watched.text) != 0);
        struct report none = { 0 };

        if (!is_alive) {
            drop_repairs(d, h);
            scheduling_reset(&h->scheduling);
        } else if (!text && h->watched.text) { /* nobody watches it any more */
            apply(d, h, &none);
            scheduling_on_report(&h->scheduling, false, false);
        }
        xstrset(&h->watched.text, text);
        if (is_new)
            read_head(d, h);
    }
}
