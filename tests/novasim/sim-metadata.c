/* servers/{}/metadata: nova/api/openstack/compute/server_metadata.py (Zed). */
#include <string.h>

#include "sim-handlers.h"
#include "sim-json.h"
#include "sim-nova.h"

enum { QUOTA = 128, VALUE_MAX = 255 };

/* compute/api.py update_instance_metadata: not in ERROR, RESCUED, RESIZED...
 * (task_state is not checked).
 */
static int
check_state(struct sim_req *r, const struct sim_vm *v, const char *what)
{
    static const char *const good[] = { "active", "paused", "suspended",
                                        "stopped", NULL };

    if (!g_strv_contains(good, v->vm_state))
        return nova_fail(r, 409,
                         "Cannot '%s metadata' instance %s while it is in "
                         "vm_state %s",
                         what, v->uuid, v->vm_state);
    if (!v->launched_ms)
        return nova_fail(r, 409,
                         "Instance %s is in an invalid state for '%s "
                         "metadata'",
                         v->uuid, what);
    return 0;
}

static int
check_items(struct sim_req *r, struct json_object *items)
{
    if (!json_object_is_type(items, json_type_object))
        return nova_fail(r, 400, "None is not of type 'object'");
    json_object_object_foreach(items, key, value)
    {
        if (!json_object_is_type(value, json_type_string) ||
            json_object_get_string_len(value) > VALUE_MAX || strlen(key) < 1 ||
            strlen(key) > VALUE_MAX) {
            char *text = py_str(value), *repr = py_repr(value);

            nova_fail(r, 400,
                      "Invalid input for field/attribute %s. Value: %s. %s is "
                      "not valid",
                      key, text, repr);
            g_free(text);
            g_free(repr);
            return -1;
        }
    }
    return 0;
}

static int
merge(struct sim_req *r, struct sim_vm *v, struct json_object *items,
      bool is_all)
{
    struct json_object *o = json_object_new_object();

    if (!is_all && v->metadata) {
        json_object_object_foreach(v->metadata, key, value)
            json_object_object_add(o, key, json_object_get(value));
    }
    json_object_object_foreach(items, key, value)
        json_object_object_add(o, key, json_object_get(value));
    if (json_object_object_length(o) > QUOTA) {
        json_object_put(o);
        return nova_fail(r, 403,
                         "Maximum number of metadata items exceeds 128");
    }
    json_object_put(v->metadata);
    v->metadata = o;
    v->updated_ms = sim_now_ms();
    return 0;
}

static void
show_all(struct sim_req *r, const struct sim_vm *v)
{
    r->status = 200;
    out_open(r->out, NULL, '{');
    if (v->metadata) {
        out_json(r->out, "metadata", v->metadata);
    } else {
        out_open(r->out, "metadata", '{');
        out_close(r->out, '}');
    }
    out_close(r->out, '}');
}

static void
show_one(struct sim_req *r, struct json_object *value)
{
    r->status = 200;
    out_open(r->out, NULL, '{');
    out_open(r->out, "meta", '{');
    out_json(r->out, r->args[1], value);
    out_close(r->out, '}');
    out_close(r->out, '}');
}

static void
update_all(struct sim_req *r, bool is_all)
{
    struct json_object *items = in_get(r->body, "metadata");
    struct sim_vm *v;

    if (check_items(r, items) == 0 && (v = nova_server(r)) &&
        check_state(r, v, "update") == 0 && merge(r, v, items, is_all) == 0)
        show_all(r, v);
}

void
nova_metadata_list(struct sim_req *r)
{
    struct sim_vm *v = nova_server(r);

    if (v)
        show_all(r, v);
}

void
nova_metadata_merge(struct sim_req *r)
{
    update_all(r, false);
}

void
nova_metadata_replace(struct sim_req *r)
{
    update_all(r, true);
}

void
nova_metadata_show(struct sim_req *r)
{
    struct sim_vm *v = nova_server(r);
    struct json_object *value = v ? in_get(v->metadata, r->args[1]) : NULL;

    if (v && value)
        show_one(r, value);
    else if (v)
        nova_fail(r, 404, "Metadata item was not found");
}

void
nova_metadata_set(struct sim_req *r)
{
    struct json_object *item = in_get(r->body, "meta");
    struct sim_vm *v;

    if (check_items(r, item) < 0)
        return;
    v = nova_server(r);
    if (!v)
        return;
    if (!in_get(item, r->args[1])) {
        nova_fail(r, 400, "Request body and URI mismatch");
        return;
    }
    if (check_state(r, v, "update") == 0 && merge(r, v, item, false) == 0)
        show_one(r, in_get(item, r->args[1]));
}

void
nova_metadata_delete(struct sim_req *r)
{
    struct sim_vm *v = nova_server(r);

    if (!v)
        return;
    if (!in_get(v->metadata, r->args[1])) {
        nova_fail(r, 404, "Metadata item was not found");
        return;
    }
    if (check_state(r, v, "delete") < 0)
        return;
    json_object_object_del(v->metadata, r->args[1]);
    r->status = 204;
}
