/* servers: lists, one server, delete.
 * nova/api/openstack/compute/servers.py, nova/compute/api.py (Zed).
 */
#include <string.h>

#include "sim-compute.h"
#include "sim-handlers.h"
#include "sim-json.h"
#include "sim-keystone.h"
#include "sim-ledger.h"
#include "sim-view.h"

static const char *const list_params[] = {
    "user_id",       "project_id",     "tenant_id",
    "image",         "key_name",       "power_state",
    "vm_state",      "task_state",     "host",
    "node",          "flavor",         "availability_zone",
    "name",          "display_name",   "uuid",
    "sort_key",      "sort_dir",       "all_tenants",
    "soft_deleted",  "deleted",        "status",
    "changes-since", "changes-before", "ip",
    "ip6",           "created_at",     "launched_at",
    "hostname",      "description",    "locked_by",
    "tags",          "tags-any",       "not-tags",
    "not-tags-any",  "locked",         "limit",
    "marker",        "reservation_id", NULL,
};

struct filter {
    const char *host, *vm_state, *task_state, *project, *uuid, *name;
    int64_t since_ms;
    bool is_deleted, has_since, is_impossible;
};

static bool
is_true(const char *s)
{
    return s &&
           (!*s || strchr("1tTyY", *s) || g_ascii_strcasecmp(s, "on") == 0);
}

static int
read_filter(struct sim_req *r, struct filter *f)
{
    const char *status = sim_query(r, "status"), *project;
    bool all = is_true(sim_query(r, "all_tenants"));
    int since;

    *f = (struct filter){ .host = sim_query(r, "host"),
                          .vm_state = sim_query(r, "vm_state"),
                          .task_state = sim_query(r, "task_state"),
                          .uuid = sim_query(r, "uuid"),
                          .name = sim_query(r, "name") };
    if (!f->host)
        f->host = sim_query(r, "node");
    if (status) {
        f->vm_state = sim_view_state_of(status);
        if (!f->vm_state && r->minor >= 38)
            return nova_fail(r, 400, "Invalid status value");
        f->is_impossible = !f->vm_state;
    }
    since = nova_time(r, "changes-since", &f->since_ms);
    if (since < 0)
        return -1;
    f->has_since = since > 0;
    f->is_deleted = sim_query(r, "deleted") && *sim_query(r, "deleted") &&
                    is_true(sim_query(r, "deleted"));
    project = sim_query(r, "project_id");
    if (!project)
        project = sim_query(r, "tenant_id");
    f->project = all ? project : r->who->project_id;
    if (all &&
        nova_policy(r, "os_compute_api:servers:detail:get_all_tenants") < 0)
        return -1;
    return 0;
}

static bool
passes(const struct filter *f, const struct sim_vm *v)
{
    if (f->has_since ? v->updated_ms / 1000 * 1000 < f->since_ms
                     : v->is_deleted != f->is_deleted)
        return false;
    if (f->host && !(v->host && g_str_equal(v->host->name, f->host)))
        return false;
    if (f->vm_state && !sim_is(v->vm_state, f->vm_state))
        return false;
    if (f->task_state && !sim_is(v->task_state, f->task_state))
        return false;
    if (f->project && !sim_is(v->project, f->project))
        return false;
    if (f->uuid && !g_str_equal(v->uuid, f->uuid))
        return false;
    return !f->name || g_regex_match_simple(f->name, v->name, 0, 0);
}

/* The servers a filter can find, in the order of the list.  Deleted ones are
 * not indexed: tests list few of them.
 */
static GPtrArray *
candidates(const struct filter *f, bool *ret_is_ours)
{
    struct sim_host *h = f->host ? sim_host_find(f->host) : NULL;

    *ret_is_ours =
        f->is_deleted || f->has_since || f->is_impossible || (f->host && !h);
    if (!*ret_is_ours)
        return sim_vms_sorted(h);
    return f->is_deleted || f->has_since ? sim_vms_with_deleted()
                                         : g_ptr_array_new();
}

static int
start_of(struct sim_req *r, GPtrArray *list, const char *marker, guint *ret_i)
{
    const struct sim_vm *v;

    *ret_i = 0;
    if (!marker)
        return 0;
    v = sim_vm_find(marker);
    if (!v)
        return nova_fail(r, 400, "marker [%s] not found", marker);
    *ret_i = sim_vms_after(list, v);
    return 0;
}

static void
list_servers(struct sim_req *r, bool is_detail)
{
    struct filter f;
    const char *marker;
    const struct sim_vm *last = NULL;
    int64_t limit, n = 0;
    bool is_ours;
    GPtrArray *list;
    guint i;

    if (nova_params(r, 75, list_params) < 0 || read_filter(r, &f) < 0 ||
        nova_page(r, &limit, &marker) < 0)
        return;
    list = candidates(&f, &is_ours);
    if (start_of(r, list, marker, &i) == 0) {
        r->status = 200;
        out_open(r->out, NULL, '{');
        out_open(r->out, "servers", '[');
        for (; i < list->len && n < limit; i++) {
            if (!passes(&f, list->pdata[i]))
                continue;
            last = list->pdata[i];
            n++;
            if (is_detail)
                sim_view_server(r, NULL, last, true);
            else
                sim_view_brief(r, last);
        }
        out_close(r->out, ']');
        if (limit && n == limit)
            nova_next_link(r, "servers_links",
                           is_detail ? "servers/detail" : "servers",
                           last->uuid);
        out_close(r->out, '}');
    }
    if (is_ours)
        g_ptr_array_unref(list);
}

void
nova_servers_detail(struct sim_req *r)
{
    list_servers(r, true);
}

void
nova_servers_index(struct sim_req *r)
{
    list_servers(r, false);
}

void
nova_servers_show(struct sim_req *r)
{
    struct sim_vm *v = nova_server(r);

    if (!v)
        return;
    r->status = 200;
    out_open(r->out, NULL, '{');
    sim_view_server(r, "server", v, false);
    out_close(r->out, '}');
}

/* nova-compute answers, from its hypervisor: get_instance_diagnostics (Zed).  A
 * host without one costs the API the RPC's timeout, and then 500.
 */
void
nova_servers_diagnostics(struct sim_req *r)
{
    struct sim_vm *v = nova_server(r);
    struct sim_guest *g;

    if (!v || nova_policy(r, "os_compute_api:os-server-diagnostics") < 0)
        return;
    if (!v->host) {
        nova_fail(r, 409, "Instance %s is not ready", v->uuid);
        return;
    }
    if (!v->host->beating_since_ms) {
        nova_fail(r, 500, "Unexpected API Error. Please report this.");
        return;
    }
    g = sim_guest_find(v, v->host);
    if (!g || !g->is_on) {
        nova_fail(r, 409,
                  "Cannot 'get_diagnostics' instance %s while it is in power "
                  "state %s",
                  v->uuid, g ? "shutdown" : "pending");
        return;
    }
    r->status = 200;
    out_open(r->out, NULL, '{');
    out_str(r->out, "state", "running");
    out_str(r->out, "driver", "libvirt");
    out_str(r->out, "hypervisor", "kvm");
    out_close(r->out, '}');
}

void
nova_servers_delete(struct sim_req *r)
{
    struct sim_vm *v = nova_server(r);

    if (!v || nova_policy(r, "os_compute_api:servers:delete") < 0)
        return;
    sim_compute_delete(v);
    r->status = 204;
}
