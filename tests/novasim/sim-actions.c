/* servers/{}/action: evacuate, resetState, lock, stop, start...
 * nova/api/openstack/compute/{evacuate,admin_actions,lock_server,servers}.py
 * and nova/compute/api.py (Zed; 2.95 and shares as in 2026.1).
 */
#include <string.h>

#include "sim-compute.h"
#include "sim-handlers.h"
#include "sim-json.h"
#include "sim-keystone.h"
#include "sim-nova.h"
#include "sim-rebuild.h"
#include "sim-view.h"

static int
conflict(struct sim_req *r, const struct sim_vm *v, const char *action,
         const char *attr, const char *state)
{
    if (!state)
        return nova_fail(r, 409, "Instance %s is in an invalid state for '%s'",
                         v->uuid, action);
    return nova_fail(r, 409, "Cannot '%s' instance %s while it is in %s %s",
                     action, v->uuid, attr, state);
}

/* check_instance_state(vm_state=ALLOWED) */
static int
check_state(struct sim_req *r, const struct sim_vm *v, const char *action,
            const char *const *allowed)
{
    if (!g_strv_contains(allowed, v->vm_state))
        return conflict(r, v, action, "vm_state", v->vm_state);
    if (!v->launched_ms)
        return conflict(r, v, action, "launched_at", NULL);
    return 0;
}

static struct sim_action *
note_action(struct sim_req *r, struct sim_vm *v, const char *name)
{
    return sim_action_new(v, name, r->request_id, r->who->user_id,
                          r->who->project_id);
}

/* --- evacuate
 * -----------------------------------------------------------------------------
 */

/* Hard blockers (N15), by the name that a test gives a server. */
static const struct {
    const char *name;
    int status;
    const char *message; /* %s: the server's id */
} blockers[] = {
    { "vtpm", 400,
      "Operation 'evacuate' not supported for vTPM-enabled instance (%s)." },
    { "accel_port", 400,
      "Feature not supported with Ports that have accelerators." },
    { "accel_profile", 400,
      "Feature not supported with instances that have accelerators." },
    { "extended_resource", 400,
      "The port-resource-request-groups neutron API extension is not supported "
      "by old nova compute service. Upgrade your compute services to Xena "
      "(24.0.0) or later." },
    { "share", 409, "Feature not supported with instances that have shares." },
};

static int
check_blockers(struct sim_req *r, const struct sim_vm *v)
{
    for (size_t i = 0; v->block && i < G_N_ELEMENTS(blockers); i++) {
        const char *hole = strstr(blockers[i].message, "%s");

        if (!g_str_equal(blockers[i].name, v->block))
            continue;
        if (!hole)
            return nova_fail(r, blockers[i].status, "%s", blockers[i].message);
        return nova_fail(r, blockers[i].status, "%.*s%s%s",
                         (int) (hole - blockers[i].message),
                         blockers[i].message, v->uuid, hole + 2);
    }
    return 0;
}

static int
check_target(struct sim_req *r, const struct sim_vm *v, const char *host,
             bool is_forced)
{
    const struct sim_host *h = sim_host_find(host);

    if (r->minor >= 95 && sim_set.old_computes)
        return nova_fail(r, 400,
                         "Starting with microversion 2.95, evacuate API will "
                         "stop instance on destination. To evacuate before "
                         "upgrades are complete please use an older "
                         "microversion. Required version for compute 62, "
                         "current version 61");
    if (is_forced && !host)
        return nova_fail(r, 400, "Can't force to a non-provided destination");
    if (!host)
        return 0;
    if (!h || h->is_removed)
        return nova_fail(r, 404, "Compute host %s not found.", host);
    if (h == v->host)
        return nova_fail(r, 400, "The target host can't be the same one.");
    return 0;
}

/* compute/api.py evacuate: task_state is neither checked before nor at the
 * save, and the record and task_state are written before anything is queued
 * (N9, N12, N27).
 */
static int
begin_evacuation(struct sim_req *r, struct sim_vm *v, struct sim_host *target,
                 bool is_forced)
{
    static const char *const allowed[] = { "active", "stopped", "error", NULL };
    struct sim_record *m;

    if (check_blockers(r, v) < 0 || check_state(r, v, "evacuate", allowed) < 0)
        return -1;
    if (!v->host) /* ComputeHostNotFound is not expected there */
        return nova_fail(r, 500, "Unexpected API Error. Please report this.");
    if (sim_host_is_up(v->host))
        return nova_fail(r, 400, "Compute service of %s is still in use.",
                         v->host->name);
    if (sim_record_first(v, "accepted") || sim_record_first(v, "pre-migrating"))
        v->overlaps++; /* allowed, and harmful (N12) */
    sim_vm_save(v, v->vm_state, "rebuilding");
    m = sim_record_new(v, "evacuation", "accepted");
    m->dest = target ? target->name : NULL;
    m->user = r->who->user_id;
    m->project = r->who->project_id;
    sim_rebuild_start(v, target, is_forced, r->minor >= 95,
                      note_action(r, v, "evacuate"));
    return 0;
}

static void
evacuate(struct sim_req *r, struct sim_vm *v, struct json_object *arg)
{
    static const struct nova_field fields[] = {
        { "host", FIELD_NAME, NULL, false, 0, 0 },
        { "adminPass", FIELD_TEXT, NULL, false, 0, 0 },
        { "onSharedStorage", FIELD_BOOL, NULL, true, 0, 13 },
        { "force", FIELD_BOOL, NULL, false, 29, 67 },
    };
    const char *host = in_str(arg, "host", NULL);
    struct json_object *force;

    if (nova_validate(r, arg, "evacuate", fields, G_N_ELEMENTS(fields)) < 0 ||
        nova_policy(r, "os_compute_api:os-evacuate") < 0)
        return;
    force = in_get(arg, "force");
    if (check_target(r, v, host, force && nova_bool(force)) < 0)
        return;
    if (r->minor < 14 && nova_bool(in_get(arg, "onSharedStorage")) &&
        in_get(arg, "adminPass")) {
        nova_fail(r, 400, "admin password can't be changed on existing disk");
        return;
    }
    /* Before 2.29 a host always bypasses the scheduler. */
    if (begin_evacuation(r, v, sim_host_find(host),
                         host && (r->minor < 29 ||
                                  (force && nova_bool(force)))) < 0)
        return;
    r->status = 200;
    if (r->minor >= 14)
        return;
    out_open(r->out, NULL, '{');
    out_str(r->out, "adminPass", in_str(arg, "adminPass", "Qz5xGeneratedPw"));
    out_close(r->out, '}');
}

/* --- others
 * -------------------------------------------------------------------------------------
 */

static void
reset_state(struct sim_req *r, struct sim_vm *v, struct json_object *arg)
{
    static const struct nova_field fields[] = {
        { "state", FIELD_CHOICE, "['active', 'error']", true, 0, 0 },
    };

    if (nova_validate(r, arg, "os-resetState", fields, 1) < 0 ||
        nova_policy(r, "os_compute_api:os-admin-actions:reset_state") < 0)
        return;
    if (sim_record_first(v, "accepted") || sim_record_first(v, "pre-migrating"))
        v->overlaps++; /* the next evacuation meets this one at work (N12) */
    sim_vm_save(v, in_str(arg, "state", NULL), NULL);
    sim_action_end(note_action(r, v, "resetState"), NULL, NULL, NULL);
    r->status = 202;
}

/* compute/api.py confirm_resize: its source host must be up, and does it (N11).
 */
static void
confirm_resize(struct sim_req *r, struct sim_vm *v, struct json_object *arg)
{
    static const char *const allowed[] = { "resized", NULL };
    struct sim_record *m = sim_record_of(v, "resize", "finished");
    const struct sim_host *source = m ? sim_host_find(m->source) : NULL;

    (void) arg;
    if (nova_policy(r, "os_compute_api:servers:confirm_resize") < 0 ||
        check_state(r, v, "confirmResize", allowed) < 0)
        return;
    if (v->task_state) {
        conflict(r, v, "confirmResize", "task_state", v->task_state);
        return;
    }
    if (!m) {
        nova_fail(r, 400, "Instance has not been resized.");
        return;
    }
    if (!source || !sim_host_is_up(source)) {
        nova_fail(r, 409, "Service is unavailable at this time.");
        return;
    }
    sim_record_save(m, "confirming");
    sim_compute_confirm(v, m, note_action(r, v, "confirmResize"));
    r->status = 204;
}

static void
lock(struct sim_req *r, struct sim_vm *v, struct json_object *arg)
{
    static const struct nova_field fields[] = {
        { "locked_reason", FIELD_TEXT, NULL, false, 0, 0 },
    };
    const char *reason = NULL;
    bool is_owner = sim_is(v->project, r->who->project_id);

    if (r->minor >= 73 && arg && nova_validate(r, arg, "lock", fields, 1) < 0)
        return;
    if (nova_policy(r, "os_compute_api:os-lock-server:lock") < 0)
        return;
    r->status = 202;
    if (v->locked_by && is_owner)
        return;
    if (r->minor >= 73)
        reason = in_str(arg, "locked_reason", NULL);
    v->locked_by = is_owner ? "owner" : "admin";
    if (reason) {
        g_free(v->locked_reason);
        v->locked_reason = g_strdup(reason);
    }
    v->updated_ms = sim_now_ms();
    sim_action_end(note_action(r, v, "lock"), "api_lock", NULL, NULL);
}

static void
unlock(struct sim_req *r, struct sim_vm *v, struct json_object *arg)
{
    (void) arg;
    if (nova_policy(r, "os_compute_api:os-lock-server:unlock") < 0)
        return;
    v->locked_by = NULL;
    g_free(v->locked_reason);
    v->locked_reason = NULL;
    v->updated_ms = sim_now_ms();
    sim_action_end(note_action(r, v, "unlock"), "api_unlock", NULL, NULL);
    r->status = 202;
}

static const struct {
    const char *key;
    void (*run)(struct sim_req *r, struct sim_vm *v, struct json_object *arg);
} actions[] = {
    { "evacuate", evacuate },
    { "os-resetState", reset_state },
    { "confirmResize", confirm_resize },
    { "lock", lock },
    { "unlock", unlock },
};

static void
operate(struct sim_req *r, struct sim_vm *v, const struct sim_op *op)
{
    if (nova_policy(r, op->policy) < 0)
        return;
    if (!v->host) {
        nova_fail(r, 409, "Instance %s is not ready", v->uuid);
        return;
    }
    if (check_state(r, v, op->method, op->allowed) < 0)
        return;
    if (v->task_state) {
        conflict(r, v, op->method, "task_state", v->task_state);
        return;
    }
    sim_compute_op(v, op, note_action(r, v, op->method));
    r->status = 202;
}

static void
run_action(struct sim_req *r, struct sim_vm *v, const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
        if (g_str_equal(actions[i].key, key)) {
            actions[i].run(r, v, in_get(r->body, key));
            return;
        }
    for (size_t i = 0; i < sim_ops_n; i++)
        if (g_str_equal(sim_ops[i].key, key)) {
            operate(r, v, &sim_ops[i]);
            return;
        }
    nova_fail(r, 400, "There is no such action: %s", key);
}

void
nova_servers_action(struct sim_req *r)
{
    struct sim_vm *v;

    if (!json_object_is_type(r->body, json_type_object) ||
        json_object_object_length(r->body) != 1) {
        nova_fail(r, 400, "Malformed request body");
        return;
    }
    v = nova_server(r);
    if (!v)
        return;
    json_object_object_foreach(r->body, key, value)
    {
        (void) value;
        run_action(r, v, key);
    }
}

/* --- os-instance-actions --- */

/* The server's creation, which is not stored. */
static struct sim_action
created(const struct sim_vm *v)
{
    struct sim_action a = { .name = "create",
                            .user = v->user,
                            .project = v->project,
                            .start_ms = v->created_ms,
                            .updated_ms = v->created_ms,
                            .event = "compute__do_build_and_run_instance",
                            .host = v->host ? v->host->name : NULL,
                            .finish_ms = v->created_ms };

    g_snprintf(a.request_id, sizeof a.request_id, "req-%s", v->uuid);
    return a;
}

static void
add_event(struct sim_req *r, const struct sim_vm *v, const struct sim_action *a)
{
    GString *o = r->out;

    out_open(o, "events", '[');
    if (a->event) {
        out_open(o, NULL, '{');
        out_str(o, "event", a->event);
        out_time(o, "start_time", a->start_ms);
        out_time(o, "finish_time", a->finish_ms);
        out_str(o, "result",
                !a->finish_ms ? NULL
                : a->is_error ? "Error"
                              : "Success");
        out_null(o, "traceback");
        if (r->minor >= 62) {
            out_str(o, "host", a->host);
            sim_view_host_id(o, v->project, a->host);
        }
        if (r->minor >= 84)
            out_str(o, "details", a->details);
        out_close(o, '}');
    }
    out_close(o, ']');
}

static void
add_action(struct sim_req *r, const char *key, const struct sim_vm *v,
           const struct sim_action *a)
{
    GString *o = r->out;

    out_open(o, key, '{');
    out_str(o, "action", a->name);
    out_str(o, "instance_uuid", v->uuid);
    out_str(o, "request_id", a->request_id);
    out_str(o, "user_id", a->user);
    out_str(o, "project_id", a->project);
    out_time(o, "start_time", a->start_ms);
    out_str(o, "message", a->is_error ? "Error" : NULL);
    if (r->minor >= 58)
        out_time(o, "updated_at", a->updated_ms);
    if (key)
        add_event(r, v, a);
    out_close(o, '}');
}

/* From 2.21 on also of deleted servers. */
static struct sim_vm *
server_of_actions(struct sim_req *r)
{
    struct sim_vm *v = sim_vm_find(r->args[0]);

    return v && r->minor >= 21 ? v : nova_server(r);
}

void
nova_actions_list(struct sim_req *r)
{
    struct sim_vm *v = server_of_actions(r);
    struct sim_action first;
    int64_t since_ms = 0;

    if (!v || (r->minor >= 58 && nova_time(r, "changes-since", &since_ms) < 0))
        return;
    first = created(v);
    r->status = 200;
    out_open(r->out, NULL, '{');
    out_open(r->out, "instanceActions", '[');
    for (guint i = v->actions ? v->actions->len : 0; i-- > 0;) {
        const struct sim_action *a = v->actions->pdata[i];

        if (a->updated_ms / 1000 * 1000 >= since_ms)
            add_action(r, NULL, v, a);
    }
    if (first.updated_ms / 1000 * 1000 >= since_ms)
        add_action(r, NULL, v, &first);
    out_close(r->out, ']');
    out_close(r->out, '}');
}

void
nova_actions_show(struct sim_req *r)
{
    struct sim_vm *v = server_of_actions(r);
    struct sim_action first;
    const struct sim_action *found = NULL;

    if (!v)
        return;
    first = created(v);
    if (g_str_equal(first.request_id, r->args[1]))
        found = &first;
    for (guint i = 0; v->actions && i < v->actions->len; i++) {
        const struct sim_action *a = v->actions->pdata[i];

        if (g_str_equal(a->request_id, r->args[1]))
            found = a;
    }
    if (!found) {
        nova_fail(r, 404, "Action %s not found", r->args[1]);
        return;
    }
    r->status = 200;
    out_open(r->out, NULL, '{');
    add_action(r, "instanceAction", v, found);
    out_close(r->out, '}');
}
