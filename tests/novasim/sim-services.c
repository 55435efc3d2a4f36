/* os-services: nova/api/openstack/compute/services.py (Zed). */
#include <string.h>

#include "sim-handlers.h"
#include "sim-json.h"
#include "sim-keystone.h"
#include "sim-nova.h"

enum { UUID_MINOR = 53 };

/* Services that are no computes: always alive on the controller. */
static const struct {
    const char *binary, *uuid;
    int id;
} others[] = {
    { "nova-conductor", "0c000000-0000-4000-8000-000000000001", 1 },
    { "nova-scheduler", "0c000000-0000-4000-8000-000000000002", 2 },
};

static void
add_id(struct sim_req *r, int id, const char *uuid)
{
    if (r->minor >= UUID_MINOR)
        out_str(r->out, "id", uuid);
    else
        out_int(r->out, "id", id);
}

static void
add_other(struct sim_req *r, size_t i)
{
    GString *o = r->out;

    out_open(o, NULL, '{');
    out_str(o, "binary", others[i].binary);
    out_str(o, "host", "controller");
    add_id(r, others[i].id, others[i].uuid);
    out_str(o, "zone", "internal");
    out_str(o, "status", "enabled");
    out_str(o, "state", "up");
    out_time(o, "updated_at", sim_now_ms());
    out_null(o, "disabled_reason");
    if (r->minor >= 11)
        out_bool(o, "forced_down", false);
    out_close(o, '}');
}

static void
add_compute(struct sim_req *r, const char *key, const struct sim_host *h)
{
    GString *o = r->out;

    out_open(o, key, '{');
    out_str(o, "binary", "nova-compute");
    out_str(o, "host", h->name);
    add_id(r, h->id, h->uuid);
    out_str(o, "zone", h->zone);
    out_str(o, "status", h->is_disabled ? "disabled" : "enabled");
    out_str(o, "state", sim_host_is_up(h) ? "up" : "down");
    out_time(o, "updated_at", MAX(sim_host_seen_ms(h), h->updated_ms));
    out_str(o, "disabled_reason", h->disabled_reason);
    if (r->minor >= 11)
        out_bool(o, "forced_down", h->is_forced_down);
    out_close(o, '}');
}

static bool
is_wanted(const char *filter, const char *value)
{
    return !filter || !*filter || g_str_equal(filter, value);
}

void
nova_services_list(struct sim_req *r)
{
    static const char *const known[] = { "host", "binary", NULL };
    const char *host = sim_query(r, "host"), *binary = sim_query(r, "binary");

    if (nova_policy(r, "os_compute_api:os-services:list") < 0 ||
        nova_params(r, 75, known) < 0)
        return;
    r->status = 200;
    out_open(r->out, NULL, '{');
    out_open(r->out, "services", '[');
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (is_wanted(host, "controller") &&
            is_wanted(binary, others[i].binary))
            add_other(r, i);
    for (guint i = 0; i < sim_hosts->len; i++) {
        const struct sim_host *h = sim_hosts->pdata[i];

        if (!h->is_removed && is_wanted(host, h->name) &&
            is_wanted(binary, "nova-compute"))
            add_compute(r, NULL, h);
    }
    out_close(r->out, ']');
    out_close(r->out, '}');
}

/* N32 (bf89a23d91): a host whose evacuated guests were not cleaned up stays
 * down.  Only `done` records count.
 */
static int
check_evacuations(struct sim_req *r, const struct sim_host *h)
{
    for (guint i = 0; i < sim_records->len; i++) {
        const struct sim_record *m = sim_records->pdata[i];

        if (!m->is_deleted && sim_is(m->source, h->name) &&
            sim_is(m->status, "done") && sim_is(m->type, "evacuation"))
            return nova_fail(
                r, 400,
                "Unable to force up host %s as `done` evacuation migration "
                "records remain associated with the host. Ensure the compute "
                "service has been restarted, allowing these records to move "
                "to `completed` before retrying this request.",
                h->name);
    }
    return 0;
}

static void
set_disabled(struct sim_host *h, bool is_disabled, const char *reason)
{
    h->is_disabled = is_disabled;
    g_free(h->disabled_reason);
    h->disabled_reason = g_strdup(reason);
    h->updated_ms = sim_now_ms();
}

static void
set_forced_down(struct sim_host *h, bool is_forced_down)
{
    h->is_forced_down = is_forced_down;
    h->updated_ms = sim_now_ms();
}

static bool
is_uuid_like(const char *s)
{
    return g_uuid_string_is_valid(s);
}

/* The compute service of args[0], or NULL with an error sent. */
static struct sim_host *
service_by_uuid(struct sim_req *r)
{
    struct sim_host *h;

    if (!is_uuid_like(r->args[0])) {
        nova_fail(r, 400, "Invalid uuid %s", r->args[0]);
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (g_str_equal(others[i].uuid, r->args[0])) {
            nova_fail(r, 400,
                      "Updating a %s service is not supported. Only "
                      "nova-compute services can be updated.",
                      others[i].binary);
            return NULL;
        }
    h = sim_host_by_uuid(r->args[0]);
    if (!h || h->is_removed) {
        nova_fail(r, 404, "Service %s could not be found.", r->args[0]);
        return NULL;
    }
    return h;
}

/* From 2.53 on: everything in one request, and one database save (N3). */
static void
update_by_uuid(struct sim_req *r)
{
    static const struct nova_field fields[] = {
        { "status", FIELD_CHOICE, "['enabled', 'disabled']", false, 0, 0 },
        { "disabled_reason", FIELD_TEXT, NULL, false, 0, 0 },
        { "forced_down", FIELD_BOOL, NULL, false, 0, 0 },
    };
    const char *status, *reason;
    struct json_object *forced;
    struct sim_host *h;

    if (nova_validate(r, r->body, NULL, fields, G_N_ELEMENTS(fields)) < 0 ||
        nova_policy(r, "os_compute_api:os-services:update") < 0 ||
        !(h = service_by_uuid(r)))
        return;
    status = in_str(r->body, "status", NULL);
    reason = in_str(r->body, "disabled_reason", NULL);
    forced = in_get(r->body, "forced_down");
    if (status && g_str_equal(status, "enabled") && reason) {
        nova_fail(r, 400,
                  "Specifying 'disabled_reason' with status 'enabled' is "
                  "invalid.");
        return;
    }
    if (!status && !forced) {
        nova_fail(r, 400,
                  "No updates were requested. Fields 'status' or "
                  "'forced_down' should be specified.");
        return;
    }
    if (forced && !nova_bool(forced) && check_evacuations(r, h) < 0)
        return;
    if (status)
        set_disabled(h, g_str_equal(status, "disabled"), reason);
    if (forced)
        set_forced_down(h, nova_bool(forced));
    r->status = 200;
    out_open(r->out, NULL, '{');
    add_compute(r, "service", h);
    out_close(r->out, '}');
}

/* Before 2.53: PUT /os-services/{enable,disable,...} names host and binary. */
static int
apply_legacy(struct sim_req *r, struct sim_host *h, const char *action)
{
    const char *reason = in_str(r->body, "disabled_reason", NULL);
    struct json_object *forced = in_get(r->body, "forced_down");

    if (g_str_equal(action, "enable")) {
        set_disabled(h, false, NULL);
    } else if (g_str_equal(action, "disable")) {
        set_disabled(h, true, NULL);
    } else if (g_str_equal(action, "disable-log-reason")) {
        if (!reason)
            return nova_fail(r, 400, "Missing disabled reason field");
        set_disabled(h, true, reason);
    } else {
        if (!forced)
            return nova_fail(r, 400, "Missing forced_down field");
        if (!nova_bool(forced) && check_evacuations(r, h) < 0)
            return -1;
        set_forced_down(h, nova_bool(forced));
    }
    return 0;
}

static int
check_legacy(struct sim_req *r)
{
    static const struct nova_field fields[] = {
        { "host", FIELD_NAME, NULL, true, 0, 0 },
        { "binary", FIELD_TEXT, NULL, true, 0, 0 },
        { "disabled_reason", FIELD_TEXT, NULL, false, 0, 0 },
        { "forced_down", FIELD_BOOL, NULL, false, 11, 0 },
    };
    static const char *const actions[] = { "enable", "disable",
                                           "disable-log-reason", NULL };
    const char *binary = in_str(r->body, "binary", "");

    if (nova_validate(r, r->body, NULL, fields, G_N_ELEMENTS(fields)) < 0 ||
        nova_policy(r, "os_compute_api:os-services:update") < 0)
        return -1;
    if (!g_strv_contains(actions, r->args[0]) &&
        !(r->minor >= 11 && g_str_equal(r->args[0], "force-down")))
        return nova_fail(r, 404, "Unknown action");
    if (!g_str_equal(binary, "nova-compute"))
        return nova_fail(r, 400,
                         "Updating a %s service is not supported. Only "
                         "nova-compute services can be updated.",
                         binary);
    return 0;
}

static void
update_by_name(struct sim_req *r)
{
    const char *host = in_str(r->body, "host", "");
    struct sim_host *h = sim_host_find(host);
    bool is_force = g_str_equal(r->args[0], "force-down");

    if (check_legacy(r) < 0)
        return;
    if (!h || h->is_removed) {
        nova_fail(r, 404, "Host '%s' is not mapped to any cell", host);
        return;
    }
    if (apply_legacy(r, h, r->args[0]) < 0)
        return;
    r->status = 200;
    out_open(r->out, NULL, '{');
    out_open(r->out, "service", '{');
    out_str(r->out, "host", h->name);
    out_str(r->out, "binary", "nova-compute");
    if (is_force)
        out_bool(r->out, "forced_down", h->is_forced_down);
    else
        out_str(r->out, "status", h->is_disabled ? "disabled" : "enabled");
    if (!is_force && h->disabled_reason)
        out_str(r->out, "disabled_reason", h->disabled_reason);
    out_close(r->out, '}');
    out_close(r->out, '}');
}

void
nova_services_update(struct sim_req *r)
{
    if (r->minor >= UUID_MINOR)
        update_by_uuid(r);
    else
        update_by_name(r);
}

/* Refused while guests or running migrations remain (N34). */
void
nova_services_delete(struct sim_req *r)
{
    struct sim_host *h;

    if (nova_policy(r, "os_compute_api:os-services:delete") < 0 ||
        !(h = service_by_uuid(r)))
        return;
    if (h->vms->len) {
        nova_fail(r, 409,
                  "Unable to delete compute service that is hosting "
                  "instances. Migrate or delete the instances first.");
        return;
    }
    for (guint i = 0; i < sim_records->len; i++) {
        const struct sim_record *m = sim_records->pdata[i];

        if (m->is_deleted ||
            (!sim_is(m->source, h->name) && !sim_is(m->dest, h->name)))
            continue;
        if (!sim_is(m->status, "accepted") &&
            !sim_is(m->status, "pre-migrating"))
            continue;
        nova_fail(r, 409,
                  "Unable to delete compute service that has in-progress "
                  "migrations. Complete the migrations or delete the "
                  "instances first.");
        return;
    }
    h->is_removed = true;
    r->status = 204;
}
