/* os-aggregates and os-hypervisors: nova/api/openstack/compute/aggregates.py
 * and hypervisors.py, nova/compute/api.py AggregateAPI (Zed).  Aggregates have
 * no availability zones here.
 */
#include "sim-hosts.h"

#include <string.h>

#include "sim-handlers.h"
#include "sim-json.h"
#include "sim-nova.h"

enum { HYPERVISOR_MINOR = 53, RAM_UNTIL_MINOR = 87, RAM_MB = 1 << 20 };

struct aggregate {
    int id;
    char *name;
    int64_t created_ms, updated_ms;
    GPtrArray *hosts; /* struct sim_host */
};

static GPtrArray *aggregates;

static void
put_aggregate(GString *o, const char *key, const struct aggregate *a)
{
    out_open(o, key, '{');
    out_int(o, "id", a->id);
    out_str(o, "name", a->name);
    out_fmt(o, "uuid", "\"a9000000-0000-4000-8000-%012d\"", a->id);
    out_null(o, "availability_zone");
    out_open(o, "metadata", '{');
    out_close(o, '}');
    out_bool(o, "deleted", false);
    out_null(o, "deleted_at");
    out_time(o, "created_at", a->created_ms);
    out_time(o, "updated_at", a->updated_ms);
    out_open(o, "hosts", '[');
    for (guint i = 0; i < a->hosts->len; i++)
        out_str(o, NULL, ((struct sim_host *) a->hosts->pdata[i])->name);
    out_close(o, ']');
    out_close(o, '}');
}

static void
put_aggregates(GString *o)
{
    out_open(o, "aggregates", '[');
    for (guint i = 0; aggregates && i < aggregates->len; i++)
        put_aggregate(o, NULL, aggregates->pdata[i]);
    out_close(o, ']');
}

/* --- control --- */

const char *
sim_step_aggregate(struct json_object *in, GString *out)
{
    struct json_object *hosts = in_get(in, "hosts");
    struct aggregate *a = g_new0(struct aggregate, 1);

    if (!aggregates)
        aggregates = g_ptr_array_new();
    a->id = (int) aggregates->len + 1;
    a->name = g_strdup(in_str(in, "name", "aggregate"));
    a->created_ms = sim_now_ms();
    a->hosts = g_ptr_array_new();
    for (size_t i = 0; hosts && i < json_object_array_length(hosts); i++) {
        struct sim_host *h = sim_host_find(
            json_object_get_string(json_object_array_get_idx(hosts, i)));

        if (h)
            g_ptr_array_add(a->hosts, h);
    }
    g_ptr_array_add(aggregates, a);
    out_int(out, "id", a->id);
    return NULL;
}

void
sim_dump_aggregates(GString *o)
{
    put_aggregates(o);
}

/* --- os-aggregates --- */

void
nova_aggregates_list(struct sim_req *r)
{
    if (nova_policy(r, "os_compute_api:os-aggregates:index") < 0)
        return;
    r->status = 200;
    out_open(r->out, NULL, '{');
    put_aggregates(r->out);
    out_close(r->out, '}');
}

static struct aggregate *
find_aggregate(struct sim_req *r)
{
    guint64 id;

    if (!g_ascii_string_to_unsigned(r->args[0], 10, 0, G_MAXINT32, &id, NULL)) {
        nova_fail(r, 400, "id must be an integer");
        return NULL;
    }
    for (guint i = 0; aggregates && i < aggregates->len; i++) {
        struct aggregate *a = aggregates->pdata[i];

        if ((guint64) a->id == id)
            return a;
    }
    nova_fail(r, 404, "Aggregate %s could not be found.", r->args[0]);
    return NULL;
}

static int
change_member(struct sim_req *r, struct aggregate *a, const char *name,
              bool is_add)
{
    struct sim_host *h = sim_host_find(name);
    bool is_known = h && !h->is_removed;

    if (is_add && !is_known)
        return nova_fail(r, 404, "Compute host %s could not be found.", name);
    if (is_add && g_ptr_array_find(a->hosts, h, NULL))
        return nova_fail(r, 409, "Aggregate %d already has host %s.", a->id,
                         name);
    if (is_add)
        g_ptr_array_add(a->hosts, h);
    else if (!is_known || !g_ptr_array_remove(a->hosts, h))
        return nova_fail(r, 404, "Cannot remove host %s in aggregate %d", name,
                         a->id);
    a->updated_ms = sim_now_ms();
    return 0;
}

void
nova_aggregates_action(struct sim_req *r)
{
    static const struct nova_field fields[] = {
        { "host", FIELD_NAME, NULL, true, 0, 0 },
    };
    bool is_add = in_get(r->body, "add_host") != NULL;
    const char *action = is_add ? "add_host" : "remove_host";
    struct json_object *args = in_get(r->body, action);
    struct aggregate *a;

    if (!args) {
        nova_fail(r, 400, "There is no such action");
        return;
    }
    if (nova_validate(r, args, action, fields, 1) < 0 ||
        nova_policy(r, is_add
                           ? "os_compute_api:os-aggregates:add_host"
                           : "os_compute_api:os-aggregates:remove_host") < 0 ||
        !(a = find_aggregate(r)) ||
        change_member(r, a, in_str(args, "host", ""), is_add) < 0)
        return;
    r->status = 200;
    out_open(r->out, NULL, '{');
    put_aggregate(r->out, "aggregate", a);
    out_close(r->out, '}');
}

/* --- os-hypervisors --- */

/* Its RAM is what Placement has, but for the allocation ratio; without a limit,
 * a lot.
 */
static void
put_ram(struct sim_req *r, const struct sim_host *h)
{
    int64_t ram_mb = h->real_ram >= 0 ? h->real_ram
                     : h->cap_ram < 0 ? RAM_MB
                                      : h->cap_ram;

    out_int(r->out, "vcpus", 64);
    out_int(r->out, "vcpus_used", 0);
    out_int(r->out, "memory_mb", ram_mb);
    out_int(r->out, "memory_mb_used", h->used_ram);
    out_int(r->out, "free_ram_mb", ram_mb - h->used_ram);
    out_int(r->out, "running_vms", h->vms->len);
}

static void
put_hypervisor(struct sim_req *r, const struct sim_host *h)
{
    GString *o = r->out;

    out_open(o, NULL, '{');
    out_str(o, "id", h->uuid);
    out_str(o, "hypervisor_hostname", h->name);
    out_str(o, "state", sim_host_is_up(h) ? "up" : "down");
    out_str(o, "status", h->is_disabled ? "disabled" : "enabled");
    out_str(o, "hypervisor_type", "fake");
    out_open(o, "service", '{');
    out_str(o, "id", h->uuid);
    out_str(o, "host", h->name);
    out_str(o, "disabled_reason", h->disabled_reason);
    out_close(o, '}');
    if (r->minor <= RAM_UNTIL_MINOR)
        put_ram(r, h);
    out_close(o, '}');
}

void
nova_hypervisors_detail(struct sim_req *r)
{
    const char *marker;
    const struct sim_host *last = NULL;
    int64_t limit, n = 0;
    bool is_behind;

    if (nova_policy(r, "os_compute_api:os-hypervisors:list-detail") < 0 ||
        nova_page(r, &limit, &marker) < 0)
        return;
    r->status = 200;
    out_open(r->out, NULL, '{');
    out_open(r->out, "hypervisors", '[');
    is_behind = !marker;
    for (guint i = 0; i < sim_hosts->len && (!limit || n < limit); i++) {
        const struct sim_host *h = sim_hosts->pdata[i];

        if (is_behind && !h->is_removed) {
            put_hypervisor(r, h);
            last = h;
            n++;
        }
        is_behind |= marker && g_str_equal(h->uuid, marker);
    }
    out_close(r->out, ']');
    if (last && limit && n == limit)
        nova_next_link(r, "hypervisors_links", "os-hypervisors/detail",
                       last->uuid);
    out_close(r->out, '}');
}
