/* Servers as JSON: nova/api/openstack/compute/views/servers.py (Zed). */
#include "sim-view.h"

#include <string.h>

#include "sim-json.h"
#include "sim-keystone.h"

/* common.py _STATE_MAP: task NULL is the default of its vm_state. */
static const struct {
    const char *vm_state, *task, *status;
} states[] = {
    { "active", "rebooting", "REBOOT" },
    { "active", "rebooting_hard", "HARD_REBOOT" },
    { "active", "reboot_pending_hard", "HARD_REBOOT" },
    { "active", "reboot_started_hard", "HARD_REBOOT" },
    { "active", "rebuilding", "REBUILD" },
    { "active", "rebuild_block_device_mapping", "REBUILD" },
    { "active", "rebuild_spawning", "REBUILD" },
    { "active", "migrating", "MIGRATING" },
    { "active", "resize_prep", "RESIZE" },
    { "active", NULL, "ACTIVE" },
    { "building", NULL, "BUILD" },
    { "stopped", "rebuilding", "REBUILD" },
    { "stopped", "rebuild_block_device_mapping", "REBUILD" },
    { "stopped", "rebuild_spawning", "REBUILD" },
    { "stopped", "resize_prep", "RESIZE" },
    { "stopped", NULL, "SHUTOFF" },
    { "resized", "resize_reverting", "REVERT_RESIZE" },
    { "resized", NULL, "VERIFY_RESIZE" },
    { "paused", "migrating", "MIGRATING" },
    { "paused", NULL, "PAUSED" },
    { "suspended", NULL, "SUSPENDED" },
    { "rescued", NULL, "RESCUE" },
    { "error", "rebuilding", "REBUILD" },
    { "error", "rebuild_block_device_mapping", "REBUILD" },
    { "error", "rebuild_spawning", "REBUILD" },
    { "error", NULL, "ERROR" },
    { "deleted", NULL, "DELETED" },
    { "soft-delete", NULL, "SOFT_DELETED" },
    { "shelved", NULL, "SHELVED" },
    { "shelved_offloaded", NULL, "SHELVED_OFFLOADED" },
};

const char *
sim_view_status(const struct sim_vm *v)
{
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (sim_is(states[i].vm_state, v->vm_state) &&
            (!states[i].task || sim_is(states[i].task, v->task_state)))
            return states[i].status;
    return "UNKNOWN";
}

const char *
sim_view_state_of(const char *status)
{
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (g_ascii_strcasecmp(states[i].status, status) == 0)
            return states[i].vm_state;
    return NULL;
}

void
sim_view_host_id(GString *o, const char *project, const char *host)
{
    char *text, *sum;

    if (!host) {
        out_str(o, "hostId", "");
        return;
    }
    text = g_strconcat(project, host, NULL);
    sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    sum[56] = '\0'; /* Nova takes SHA-224 */
    out_str(o, "hostId", sum);
    g_free(sum);
    g_free(text);
}

static const char *
host_status(const struct sim_vm *v)
{
    if (!v->host)
        return "";
    if (v->host->is_forced_down)
        return "DOWN";
    if (v->host->is_disabled)
        return "MAINTENANCE";
    return sim_host_is_up(v->host) ? "UP" : "UNKNOWN";
}

/* VALUE, or an empty object or list, as OPEN is. */
static void
add_json(GString *o, const char *key, struct json_object *value, char open)
{
    if (value) {
        out_json(o, key, value);
        return;
    }
    out_open(o, key, open);
    out_close(o, open == '{' ? '}' : ']');
}

static void
add_flavor(struct sim_req *r, const struct sim_vm *v)
{
    const struct sim_flavor *f = v->flavor;
    GString *o = r->out;

    out_open(o, "flavor", '{');
    if (r->minor < 47) {
        out_str(o, "id", f->name);
        nova_links(r, o, "flavors", f->name);
    } else {
        out_int(o, "vcpus", f->vcpus);
        out_int(o, "ram", f->ram);
        out_int(o, "disk", f->disk);
        out_int(o, "ephemeral", 0);
        out_int(o, "swap", 0);
        out_str(o, "original_name", f->name);
        add_json(o, "extra_specs", v->extra_specs, '{');
    }
    out_close(o, '}');
}

static void
add_image(struct sim_req *r, const struct sim_vm *v)
{
    static const char image[] = "70a599e0-31e7-49b7-b260-868f441e862b";

    if (!v->is_image_backed) {
        out_str(r->out, "image", "");
        return;
    }
    out_open(r->out, "image", '{');
    out_str(r->out, "id", image);
    nova_links(r, r->out, "images", image);
    out_close(r->out, '}');
}

static void
add_addresses(GString *o, const struct sim_vm *v)
{
    out_open(o, "addresses", '{');
    if (!sim_is(v->vm_state, "building")) {
        out_open(o, "net0", '[');
        out_open(o, NULL, '{');
        out_int(o, "version", 4);
        out_fmt(o, "addr", "10.%u.%u.%u", v->id >> 16 & 255, v->id >> 8 & 255,
                v->id & 255);
        out_str(o, "OS-EXT-IPS:type", "fixed");
        out_fmt(o, "OS-EXT-IPS-MAC:mac_addr", "fa:16:3e:%02x:%02x:%02x",
                v->id >> 16 & 255, v->id >> 8 & 255, v->id & 255);
        out_close(o, '}');
        out_close(o, ']');
    }
    out_close(o, '}');
}

static void
add_fault(GString *o, const struct sim_vm *v)
{
    const char *status = sim_view_status(v);

    if (!v->fault.message ||
        (!g_str_equal(status, "ERROR") && !g_str_equal(status, "DELETED")))
        return;
    out_open(o, "fault", '{');
    out_int(o, "code", v->fault.code);
    out_ztime(o, "created", v->fault.created_ms);
    out_str(o, "message", v->fault.message);
    if (v->fault.code == 500)
        out_fmt(o, "details", "Traceback (most recent call last):\n%s\n",
                v->fault.message);
    out_close(o, '}');
}

static void
add_volumes(struct sim_req *r, const struct sim_vm *v)
{
    GString *o = r->out;

    out_open(o, "os-extended-volumes:volumes_attached", '[');
    if (!v->is_image_backed) {
        out_open(o, NULL, '{');
        out_fmt(o, "id", "5a000000-0000-4000-8000-%012x", v->id);
        if (r->minor >= 3)
            out_bool(o, "delete_on_termination", false);
        out_close(o, '}');
    }
    out_close(o, ']');
}

static void
add_admin(struct sim_req *r, const struct sim_vm *v)
{
    GString *o = r->out;
    const char *host = v->host ? v->host->name : NULL;

    if (!r->who->is_admin)
        return;
    out_str(o, "OS-EXT-SRV-ATTR:host", host);
    out_fmt(o, "OS-EXT-SRV-ATTR:instance_name", "instance-%08x", v->id);
    out_str(o, "OS-EXT-SRV-ATTR:hypervisor_hostname", host);
    if (r->minor < 3)
        return;
    out_fmt(o, "OS-EXT-SRV-ATTR:reservation_id", "r-%08x", v->id);
    out_int(o, "OS-EXT-SRV-ATTR:launch_index", 0);
    out_str(o, "OS-EXT-SRV-ATTR:hostname", v->name);
    out_str(o, "OS-EXT-SRV-ATTR:kernel_id", "");
    out_str(o, "OS-EXT-SRV-ATTR:ramdisk_id", "");
    out_str(o, "OS-EXT-SRV-ATTR:root_device_name", "/dev/vda");
    out_null(o, "OS-EXT-SRV-ATTR:user_data");
}

static void
add_newer(struct sim_req *r, const struct sim_vm *v, bool is_list)
{
    GString *o = r->out;

    if (r->minor >= 9)
        out_bool(o, "locked", v->locked_by != NULL);
    if (r->minor >= 16 && r->who->is_admin)
        out_str(o, "host_status", host_status(v));
    if (r->minor >= 19)
        out_null(o, "description");
    if (r->minor >= 26)
        add_json(o, "tags", v->tags, '[');
    if (r->minor >= 63)
        out_null(o, "trusted_image_certificates");
    if (r->minor >= 71 && !is_list) {
        out_open(o, "server_groups", '[');
        if (v->group)
            out_str(o, NULL, v->group->uuid);
        out_close(o, ']');
    }
    if (r->minor >= 73)
        out_str(o, "locked_reason", v->locked_reason);
    if (r->minor >= 96)
        out_str(o, "pinned_availability_zone", v->az);
}

static void
add_states(GString *o, const struct sim_vm *v)
{
    out_str(o, "OS-EXT-STS:task_state", v->task_state);
    out_str(o, "OS-EXT-STS:vm_state", v->vm_state);
    out_int(o, "OS-EXT-STS:power_state", v->power_state);
    out_time(o, "OS-SRV-USG:launched_at", v->launched_ms);
    out_time(o, "OS-SRV-USG:terminated_at", v->terminated_ms);
}

static void
add_security_groups(GString *o)
{
    out_open(o, "security_groups", '[');
    out_open(o, NULL, '{');
    out_str(o, "name", "default");
    out_close(o, '}');
    out_close(o, ']');
}

static void
add_plain(GString *o, const struct sim_vm *v)
{
    out_str(o, "id", v->uuid);
    out_str(o, "name", v->name);
    out_str(o, "status", sim_view_status(v));
    out_str(o, "tenant_id", v->project);
    out_str(o, "user_id", v->user);
    add_json(o, "metadata", v->metadata, '{');
    sim_view_host_id(o, v->project, v->host ? v->host->name : NULL);
    out_ztime(o, "created", v->created_ms);
    out_ztime(o, "updated", v->updated_ms);
    out_str(o, "accessIPv4", "");
    out_str(o, "accessIPv6", "");
    out_str(o, "OS-DCF:diskConfig", "AUTO");
    out_str(o, "OS-EXT-AZ:availability_zone", v->host ? v->host->zone : "");
    out_str(o, "config_drive", "");
    out_null(o, "key_name");
}

void
sim_view_server(struct sim_req *r, const char *key, const struct sim_vm *v,
                bool is_list)
{
    static const char *const in_progress[] = {
        "ACTIVE",        "BUILD",     "REBUILD", "RESIZE",
        "VERIFY_RESIZE", "MIGRATING", NULL
    };

    out_open(r->out, key, '{');
    add_plain(r->out, v);
    add_image(r, v);
    add_flavor(r, v);
    add_addresses(r->out, v);
    nova_links(r, r->out, "servers", v->uuid);
    add_fault(r->out, v);
    if (g_strv_contains(in_progress, sim_view_status(v)))
        out_int(r->out, "progress", 0);
    add_states(r->out, v);
    add_security_groups(r->out);
    add_admin(r, v);
    add_volumes(r, v);
    add_newer(r, v, is_list);
    out_close(r->out, '}');
}

void
sim_view_brief(struct sim_req *r, const struct sim_vm *v)
{
    out_open(r->out, NULL, '{');
    out_str(r->out, "id", v->uuid);
    out_str(r->out, "name", v->name);
    nova_links(r, r->out, "servers", v->uuid);
    out_close(r->out, '}');
}
