/* os-migrations and servers/{}/migrations.
 * nova/api/openstack/compute/{migrations,server_migrations}.py,
 * nova/db/main/api.py migration_get_all_by_filters (Zed).
 */
#include <string.h>

#include "sim-handlers.h"
#include "sim-json.h"
#include "sim-nova.h"

enum { PAGED = 59 }; /* paging, uuid, order, changes-since */

struct filter {
    const char *host, *source, *status, *type, *instance, *user, *project;
    int64_t since_ms, before_ms;
    bool has_since, has_before;
};

static int
read_filter(struct sim_req *r, struct filter *f)
{
    static const char *const known[] = { "hidden",
                                         "host",
                                         "instance_uuid",
                                         "source_compute",
                                         "status",
                                         "migration_type",
                                         "limit",
                                         "marker",
                                         "changes-since",
                                         "changes-before",
                                         "user_id",
                                         "project_id",
                                         NULL };
    int rc;

    *f = (struct filter){ .host = sim_query(r, "host"),
                          .source = sim_query(r, "source_compute"),
                          .status = sim_query(r, "status"),
                          .type = sim_query(r, "migration_type"),
                          .instance = sim_query(r, "instance_uuid") };
    if (r->minor < PAGED)
        return 0;
    if (r->minor >= 80) {
        f->user = sim_query(r, "user_id");
        f->project = sim_query(r, "project_id");
    }
    if (nova_params(r, PAGED, known) < 0)
        return -1;
    rc = nova_time(r, "changes-since", &f->since_ms);
    f->has_since = rc > 0;
    if (rc >= 0 && r->minor >= 66) {
        rc = nova_time(r, "changes-before", &f->before_ms);
        f->has_before = rc > 0;
    }
    if (rc >= 0 && f->has_since && f->has_before && f->before_ms < f->since_ms)
        return nova_fail(r, 400,
                         "The value of changes-since must be less than or "
                         "equal to changes-before.");
    return rc < 0 ? -1 : 0;
}

/* updated_at is NULL until the first update, and NULL >= x is not true: a
 * record that is still `accepted` as it was created is in no answer to
 * changes-since (_get_query_nova_resource_by_changes_time).  The column has
 * whole seconds.
 */
static bool
is_in_time(const struct filter *f, const struct sim_record *m)
{
    int64_t at = m->updated_ms / 1000 * 1000;

    if (!f->has_since && !f->has_before)
        return true;
    return m->updated_ms && (!f->has_since || at >= f->since_ms) &&
           (!f->has_before || at <= f->before_ms);
}

static bool
passes(const struct filter *f, const struct sim_record *m)
{
    if (m->is_deleted || !is_in_time(f, m))
        return false;
    if (f->host && !sim_is(m->source, f->host) && !sim_is(m->dest, f->host))
        return false;
    /* "elif": host makes Nova ignore source_compute */
    if (!f->host && f->source && !sim_is(m->source, f->source))
        return false;
    if (f->status && !sim_is(m->status, f->status))
        return false;
    if (f->type && !sim_is(m->type, f->type))
        return false;
    if (f->user && !sim_is(m->user, f->user))
        return false;
    if (f->project && !sim_is(m->project, f->project))
        return false;
    return !f->instance || g_str_equal(m->vm->uuid, f->instance);
}

static void
add_live_link(struct sim_req *r, const struct sim_record *m)
{
    static const char *const running[] = { "queued", "preparing", "running",
                                           "post-migrating", NULL };
    char *collection;
    char id[16];

    if (r->minor < 23 || !sim_is(m->type, "live-migration") ||
        !g_strv_contains(running, m->status))
        return;
    collection = g_strdup_printf("servers/%s/migrations", m->vm->uuid);
    g_snprintf(id, sizeof id, "%u", m->id);
    nova_links(r, r->out, collection, id);
    g_free(collection);
}

static void
add_record(struct sim_req *r, const struct sim_record *m)
{
    GString *o = r->out;

    out_open(o, NULL, '{');
    out_int(o, "id", m->id);
    if (r->minor >= PAGED)
        out_str(o, "uuid", m->uuid);
    out_str(o, "source_compute", m->source);
    out_str(o, "dest_compute", m->dest);
    out_str(o, "source_node", m->source);
    out_str(o, "dest_node", m->dest);
    out_str(o, "dest_host", m->dest ? "127.0.0.1" : NULL);
    out_null(o, "old_instance_type_id");
    out_null(o, "new_instance_type_id");
    out_str(o, "instance_uuid", m->vm->uuid);
    out_str(o, "status", m->status);
    if (r->minor >= 23)
        out_str(o, "migration_type", m->type);
    out_time(o, "created_at", m->created_ms);
    out_time(o, "updated_at", m->updated_ms);
    if (r->minor >= 80) {
        out_str(o, "user_id", m->user);
        out_str(o, "project_id", m->project);
    }
    add_live_link(r, m);
    out_close(o, '}');
}

/* Without paging Nova sorts by nothing: in practice by id. */
static void
list_all(struct sim_req *r, const struct filter *f)
{
    for (guint i = 0; i < sim_records->len; i++)
        if (passes(f, sim_records->pdata[i]))
            add_record(r, sim_records->pdata[i]);
}

/* Newest first, from below the marker.  The last one added, where the page
 * is full.
 */
static const struct sim_record *
list_page(struct sim_req *r, const struct filter *f, guint below, int64_t limit)
{
    const struct sim_record *last = NULL;
    int64_t n = 0;

    for (guint i = below; i-- > 0 && n < limit;) {
        if (!passes(f, sim_records->pdata[i]))
            continue;
        last = sim_records->pdata[i];
        add_record(r, last);
        n++;
    }
    return n == limit ? last : NULL;
}

void
nova_migrations_list(struct sim_req *r)
{
    struct filter f;
    const char *marker = NULL;
    const struct sim_record *m = NULL;
    int64_t limit = 0;

    if (nova_policy(r, "os_compute_api:os-migrations:index") < 0 ||
        read_filter(r, &f) < 0 ||
        (r->minor >= PAGED && nova_page(r, &limit, &marker) < 0))
        return;
    if (marker && !(m = sim_record_find(marker))) {
        nova_fail(r, 400, "Marker %s could not be found.", marker);
        return;
    }
    r->status = 200;
    out_open(r->out, NULL, '{');
    out_open(r->out, "migrations", '[');
    if (r->minor < PAGED) {
        list_all(r, &f);
        m = NULL;
    } else {
        m = list_page(r, &f, m ? m->id - 1 : sim_records->len, limit);
    }
    out_close(r->out, ']');
    if (m)
        nova_next_link(r, "migrations_links", "os-migrations", m->uuid);
    out_close(r->out, '}');
}

/* Live migrations in progress of one server (N13). */
void
nova_server_migrations(struct sim_req *r)
{
    static const char *const running[] = { "queued", "preparing", "running",
                                           "post-migrating", NULL };
    struct sim_vm *v = nova_server(r);
    GString *o = r->out;

    if (!v || nova_policy(r, "os_compute_api:servers:migrations:index") < 0)
        return;
    r->status = 200;
    out_open(o, NULL, '{');
    out_open(o, "migrations", '[');
    for (guint i = 0; v->records && i < v->records->len; i++) {
        const struct sim_record *m = v->records->pdata[i];

        if (!sim_is(m->type, "live-migration") ||
            !g_strv_contains(running, m->status))
            continue;
        out_open(o, NULL, '{');
        out_int(o, "id", m->id);
        out_str(o, "server_uuid", v->uuid);
        out_str(o, "status", m->status);
        out_str(o, "source_compute", m->source);
        out_str(o, "source_node", m->source);
        out_str(o, "dest_compute", m->dest);
        out_str(o, "dest_node", m->dest);
        out_str(o, "dest_host", "127.0.0.1");
        out_time(o, "created_at", m->created_ms);
        out_time(o, "updated_at", m->updated_ms);
        if (r->minor >= PAGED)
            out_str(o, "uuid", m->uuid);
        out_close(o, '}');
    }
    out_close(o, ']');
    out_close(o, '}');
}
