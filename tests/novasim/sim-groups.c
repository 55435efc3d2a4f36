/* os-server-groups: nova/api/openstack/compute/server_groups.py (Zed). */
#include "sim-handlers.h"
#include "sim-json.h"
#include "sim-keystone.h"
#include "sim-nova.h"

static void
put_group(GString *o, const struct sim_group *g)
{
    out_open(o, NULL, '{');
    out_str(o, "id", g->uuid);
    out_str(o, "name", g->name);
    out_str(o, "policy", g->policy);
    out_open(o, "rules", '{');
    out_close(o, '}');
    out_open(o, "members", '[');
    for (guint i = 0; i < g->members->len; i++) {
        const struct sim_vm *v = g->members->pdata[i];

        if (!v->is_deleted)
            out_str(o, NULL, v->uuid);
    }
    out_close(o, ']');
    out_str(o, "project_id", "a1000000000000000000000000000003");
    out_str(o, "user_id", "b1000000000000000000000000000003");
    out_close(o, '}');
}

/* Pages by limit and offset, without links; who is no admin sees the groups of
 * his own project, whatever he asks for.
 */
void
nova_groups_list(struct sim_req *r)
{
    static const char *const params[] = { "all_projects", "limit", "offset",
                                          NULL };
    const char *offset = sim_query(r, "offset"), *marker;
    guint64 from = 0;
    int64_t limit;

    if (nova_params(r, 75, params) < 0 || nova_page(r, &limit, &marker) < 0)
        return;
    if (offset &&
        !g_ascii_string_to_unsigned(offset, 10, 0, G_MAXUINT, &from, NULL)) {
        nova_fail(r, 400, "offset param must be an integer");
        return;
    }
    r->status = 200;
    out_open(r->out, NULL, '{');
    out_open(r->out, "server_groups", '[');
    for (guint i = (guint) from;
         r->who->is_admin && i < sim_groups->len && i - from < (guint64) limit;
         i++)
        put_group(r->out, sim_groups->pdata[i]);
    out_close(r->out, ']');
    out_close(r->out, '}');
}
