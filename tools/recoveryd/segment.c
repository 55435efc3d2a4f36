/* Whose host is it, and what is wrong with the segments of this cluster? */
#include <stdlib.h>
#include <string.h>

#include "../history/put.h"
#include "daemon.h"
#include "log.h"
#include "survey.h"
#include "xalloc.h"

enum { WARNINGS_MAX = 100 };

static const char *
nova_name(const struct cluster_node *n)
{
    return n->host ? n->host : n->name;
}

bool
segment_is_ours(const struct daemon *d, const struct cluster_view *v,
                const struct cluster_node *n)
{
    const struct survey_instance me = { .segment = d->conf.segment };

    return survey_owns(&me, v->n_instances, n->segment);
}

bool
segment_shares_name(const struct cluster_view *v, const struct cluster_node *n)
{
    for (size_t i = 0; i < v->n_nodes; i++)
        if (&v->nodes[i] != n &&
            strcmp(nova_name(&v->nodes[i]), nova_name(n)) == 0)
            return true;
    return false;
}

/* --- the survey ------------------------------------------------------------
 */

static struct survey_node
node_of(const struct cluster_node *n)
{
    return (struct survey_node){
        .name = n->name,
        .nova_host = nova_name(n),
        .segment = n->segment,
        .is_compute = n->is_remote || n->host || n->segment || n->is_reserved,
        .is_online = n->is_online,
        .is_reserved = n->is_reserved,
        .is_resting = n->is_resting,
    };
}

static struct survey_instance
instance_of(const struct cluster_instance *i)
{
    return (struct survey_instance){
        .id = i->id,
        .segment = i->segment,
        .method = i->method,
        .is_cloned = i->is_cloned,
    };
}

/* The warnings of one view, beside those of the view before. */
struct collection {
    const struct daemon *d;
    char **list;
    size_t n;
};

static bool
has_warning(const struct daemon *d, const char *text)
{
    for (size_t i = 0; i < d->n_warnings; i++)
        if (strcmp(d->warnings[i], text) == 0)
            return true;
    return false;
}

static void
collect(const char *text, void *arg)
{
    struct collection *c = arg;

    if (c->n == WARNINGS_MAX)
        return;
    if (!has_warning(c->d, text))
        log_warning("%s", text);
    c->list = xrealloc(c->list, c->n + 1, sizeof *c->list);
    c->list[c->n++] = xstrdup(text);
}

static void
drop_warnings(struct daemon *d)
{
    for (size_t i = 0; i < d->n_warnings; i++)
        free(d->warnings[i]);
    free(d->warnings);
    d->warnings = NULL;
    d->n_warnings = 0;
}

void
segment_survey(struct daemon *d, const struct cluster_view *v)
{
    CLEANUP_FREE struct survey_node *nodes = xcalloc(v->n_nodes, sizeof *nodes);
    CLEANUP_FREE struct survey_instance *instances =
        xcalloc(v->n_instances, sizeof *instances);
    struct survey s = { nodes, v->n_nodes, instances, v->n_instances };
    struct collection c = { .d = d };

    for (size_t i = 0; i < v->n_nodes; i++)
        nodes[i] = node_of(&v->nodes[i]);
    for (size_t i = 0; i < v->n_instances; i++)
        instances[i] = instance_of(&v->instances[i]);
    free(d->rival);
    d->rival = survey_rival(&s, d->instance);
    d->is_sole_owner = !d->rival;
    survey_check(&s, collect, &c);
    drop_warnings(d);
    d->warnings = c.list;
    d->n_warnings = c.n;
}

void
segment_forget(struct daemon *d)
{
    drop_warnings(d);
    free(d->rival);
    d->rival = NULL;
}

/* --- the document of `vmha segment` and `vmha host` --------------------------
 */

static struct json_object *
host_report(const struct daemon *d, const struct host *h)
{
    struct json_object *o = json_object_new_object();
    const struct reserve *r = reserve_find(&d->pool, h->node);
    bool is_online =
        h->death.is_online && !(h->death.is_remote && h->death.fenced_s > 0);

    put_text(o, "host", h->node);
    put_text(o, "service_host", h->nova_host);
    put_bool(o, "online", is_online);
    put_bool(o, "maintenance", h->death.is_resting);
    put_bool(o, "reserved", h->is_reserved);
    put_text(o, "reserve", r ? reserve_state(r) : NULL);
    put_text(o, "phase",
             h->incident ? host_phase_name(h->incident->saved.phase) : NULL);
    return o;
}

char *
segment_report(const struct daemon *d)
{
    struct json_object *o = report_head(d);
    struct json_object *hosts = json_object_new_array();

    put_text(o, "recovery_method", recovery_method_name(d->pool.method));
    put_bool(o, "add_reserved_host_to_aggregate", d->pool.joins_sets);
    put_bool(o, "enabled", d->conf.is_enabled);
    for (size_t i = 0; i < d->n_hosts; i++)
        if (d->hosts[i]->is_expected || d->hosts[i]->is_reserved)
            json_object_array_add(hosts, host_report(d, d->hosts[i]));
    json_object_object_add(o, "hosts", hosts);
    return put_done(o);
}
