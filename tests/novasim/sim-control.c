/* Control API.  Steps are the same by HTTP and in a scenario file. */
#include "sim-control.h"

#include <string.h>

#include "sim-compute.h"
#include "sim-hosts.h"
#include "sim-json.h"
#include "sim-keystone.h"
#include "sim-ledger.h"
#include "sim-mishap.h"
#include "sim-nova.h"
#include "sim-rebuild.h"
#include "sim-state.h"

enum { LISTED_VMS_MAX = 1000 };

/* Each does what IN says and may add members to the answer's object.  NULL,
 * or why not.
 */
typedef const char *step_fn(struct json_object *in, GString *out);

/* --- hosts --- */

static void
host_set(struct sim_host *h, struct json_object *in)
{
    h->zone = g_intern_string(in_str(in, "zone", h->zone));
    h->cap_vms = in_int(in, "cap_vms", h->cap_vms);
    h->cap_ram = in_int(in, "cap_ram", h->cap_ram);
    h->real_ram = in_int(in, "real_ram", h->real_ram);
    if (in_get(in, "disabled"))
        h->is_disabled = in_bool(in, "disabled", false);
    if (in_get(in, "forced_down"))
        h->is_forced_down = in_bool(in, "forced_down", false);
    if (in_get(in, "disabled_reason")) {
        g_free(h->disabled_reason);
        h->disabled_reason = g_strdup(in_str(in, "disabled_reason", NULL));
    }
}

static void
host_put(const char *name, struct json_object *in)
{
    struct sim_host *h = sim_host_find(name);

    host_set(h ? h : sim_host_new(name, "nova"), in);
}

static const char *
step_hosts(struct json_object *in, GString *out)
{
    struct json_object *names = in_get(in, "names");
    int64_t first = in_int(in, "first", 1), n = in_int(in, "n", 0);

    for (size_t i = 0; json_object_is_type(names, json_type_array) &&
                       i < json_object_array_length(names);
         i++)
        host_put(json_object_get_string(json_object_array_get_idx(names, i)),
                 in);
    for (int64_t i = first; i < first + n; i++) {
        char *name = g_strdup_printf("%s%lld", in_str(in, "prefix", "cmp"),
                                     (long long) i);

        host_put(name, in);
        g_free(name);
    }
    out_int(out, "hosts", sim_hosts->len);
    return NULL;
}

static const char *
step_power(struct json_object *in, GString *out)
{
    struct sim_host *h = sim_host_find(in_str(in, "host", NULL));

    (void) out;
    if (!h)
        return "no such host";
    sim_host_power(h, in_bool(in, "on", false));
    return NULL;
}

static const char *
step_compute(struct json_object *in, GString *out)
{
    struct sim_host *h = sim_host_find(in_str(in, "host", NULL));

    (void) out;
    if (!h)
        return "no such host";
    if (in_bool(in, "run", false) && !h->is_powered)
        return "the host has no power";
    sim_host_compute(h, in_bool(in, "run", false));
    return NULL;
}

/* --- servers --- */

static int
power_of(const char *vm_state)
{
    return sim_is(vm_state, "active") || sim_is(vm_state, "rescued") ? 1
           : sim_is(vm_state, "paused")                              ? 3
                                                                     : 4;
}

static struct sim_group *
group_named(const char *name)
{
    for (guint i = 0; name && i < sim_groups->len; i++) {
        struct sim_group *g = sim_groups->pdata[i];

        if (sim_is(g->name, name))
            return g;
    }
    return NULL;
}

static void
vm_set_json(struct json_object **place, struct json_object *value)
{
    if (!value)
        return;
    json_object_put(*place);
    *place = json_object_get(value);
}

static void
vm_set_texts(struct sim_vm *v, struct json_object *in)
{
    vm_set_json(&v->metadata, in_get(in, "metadata"));
    vm_set_json(&v->extra_specs, in_get(in, "extra_specs"));
    vm_set_json(&v->tags, in_get(in, "tags"));
    v->az = g_intern_string(in_str(in, "az", v->az));
    v->block = g_intern_string(in_str(in, "block", v->block));
    v->project = g_intern_string(in_str(in, "project", v->project));
    v->user = g_intern_string(in_str(in, "user", v->user));
    if (in_get(in, "locked"))
        v->locked_by = in_bool(in, "locked", false) ? "owner" : NULL;
    if (in_get(in, "locked_reason")) {
        g_free(v->locked_reason);
        v->locked_reason = g_strdup(in_str(in, "locked_reason", NULL));
    }
}

static void
vm_set(struct sim_vm *v, struct json_object *in)
{
    struct sim_group *g = group_named(in_str(in, "group", NULL));
    const char *state = in_str(in, "vm_state", NULL);

    vm_set_texts(v, in);
    if (state) {
        v->vm_state = g_intern_string(state);
        v->power_state = power_of(state);
        sim_vm_note_cause(v);
    }
    if (in_get(in, "task_state"))
        v->task_state = g_intern_string(in_str(in, "task_state", NULL));
    v->power_state = (int) in_int(in, "power_state", v->power_state);
    if (in_get(in, "launched"))
        v->launched_ms = in_bool(in, "launched", true) ? v->created_ms : 0;
    v->is_image_backed = in_bool(in, "image", v->is_image_backed);
    v->spawn_ms = in_int(in, "spawn_ms", v->spawn_ms);
    v->starts_fail = in_int(in, "starts_fail", v->starts_fail);
    if (g && !v->group) {
        v->group = g;
        g_ptr_array_add(g->members, v);
    }
}

static struct sim_vm *
vm_put(struct sim_host *h, int64_t i, struct json_object *in)
{
    const struct sim_flavor *f =
        sim_flavor_get(in_str(in, "flavor", "m1.small"),
                       in_int(in, "ram", 2048), in_int(in, "vcpus", 1),
                       in_int(in, "disk", 20));
    char *name =
        g_strdup_printf("%s%lld", in_str(in, "name", "vm"), (long long) i);
    struct sim_vm *v = sim_vm_new(h, name, f);

    g_free(name);
    v->project = "a1000000000000000000000000000003";
    v->user = "b1000000000000000000000000000003";
    vm_set(v, in);
    if (h)
        sim_guest_set(v, h, v->power_state == 1);
    return v;
}

/* n servers on host, or on each of hosts in turn. */
static const char *
step_vms(struct json_object *in, GString *out)
{
    struct json_object *hosts = in_get(in, "hosts");
    size_t n_hosts = json_object_is_type(hosts, json_type_array)
                         ? json_object_array_length(hosts)
                         : 0;
    int64_t n = in_int(in, "n", 1);

    out_open(out, "uuids", '[');
    for (int64_t i = 0; i < n; i++) {
        const char *name =
            n_hosts
                ? json_object_get_string(
                      json_object_array_get_idx(hosts, (size_t) i % n_hosts))
                : in_str(in, "host", NULL);
        struct sim_host *h = sim_host_find(name);
        struct sim_vm *v;

        if (!h && !sim_is(in_str(in, "vm_state", NULL), "building"))
            return "no such host";
        v = vm_put(h, i + 1, in);
        if (n <= LISTED_VMS_MAX)
            out_str(out, NULL, v->uuid);
    }
    out_close(out, ']');
    return NULL;
}

static const char *
step_vm(struct json_object *in, GString *out)
{
    struct sim_vm *v = sim_vm_find(in_str(in, "uuid", ""));

    struct sim_host *h = sim_host_find(in_str(in, "host", NULL));

    (void) out;
    if (!v)
        return "no such server";
    vm_set(v, in);
    if (h)
        sim_vm_move(v, h);
    return NULL;
}

static const char *
step_guest(struct json_object *in, GString *out)
{
    struct sim_vm *v = sim_vm_find(in_str(in, "uuid", ""));
    struct sim_host *h = sim_host_find(in_str(in, "host", NULL));
    const char *state = in_str(in, "state", "");

    (void) out;
    if (!v)
        return "no such server";
    if (!h)
        h = v->host;
    if (g_str_equal(state, "crash"))
        sim_guest_crash(v, h);
    else if (g_str_equal(state, "gone"))
        sim_guest_destroy(v, h);
    else if (g_str_equal(state, "on") || g_str_equal(state, "off"))
        sim_guest_set(v, h, g_str_equal(state, "on"));
    else
        return "state must be on, off, gone or crash";
    return NULL;
}

static const char *
step_group(struct json_object *in, GString *out)
{
    struct sim_group *g = sim_group_new(in_str(in, "name", "group"),
                                        in_str(in, "policy", "anti-affinity"));

    out_str(out, "uuid", g->uuid);
    return NULL;
}

/* A record of any type, e.g. a live migration that runs (N13). */
static const char *
step_migration(struct json_object *in, GString *out)
{
    struct sim_vm *v = sim_vm_find(in_str(in, "uuid", ""));
    struct sim_record *m;

    if (!v)
        return "no such server";
    m = sim_record_new(v, in_str(in, "type", "live-migration"),
                       in_str(in, "status", "running"));
    m->source = g_intern_string(in_str(in, "source", m->source));
    m->dest = g_intern_string(in_str(in, "dest", NULL));
    out_str(out, "uuid", m->uuid);
    out_int(out, "id", m->id);
    return NULL;
}

/* --- behaviour
 * ----------------------------------------------------------------------------
 */

static const char *
step_settings(struct json_object *in, GString *out)
{
    (void) out;
    if (!json_object_is_type(in, json_type_object))
        return "expected an object";
    json_object_object_foreach(in, key, value)
    {
        if (!g_str_equal(key, "do") &&
            (!json_object_is_type(value, json_type_int) ||
             sim_setting(key, json_object_get_int64(value)) < 0))
            return "no such setting, or out of range";
    }
    return NULL;
}

static const char *
step_latency(struct json_object *in, GString *out)
{
    (void) out;
    sim_latency(in_str(in, "class", "*"), in_int(in, "ms", 0),
                in_int(in, "jitter", 0));
    return NULL;
}

static const char *
step_faults(struct json_object *in, GString *out)
{
    const char *reason;
    unsigned id = sim_mishap_add(in, &reason);

    if (!id)
        return reason;
    out_int(out, "id", id);
    return NULL;
}

static const char *
step_faults_clear(struct json_object *in, GString *out)
{
    (void) out;
    sim_mishap_remove((unsigned) in_int(in, "id", 0));
    return NULL;
}

static const char *
step_outcome(struct json_object *in, GString *out)
{
    const char *uuid = in_str(in, "uuid", NULL);
    struct sim_vm *v = uuid ? sim_vm_find(uuid) : NULL;

    (void) out;
    if (uuid && !v)
        return "no such server";
    if (sim_rebuild_script(v, in_str(in, "outcome", ""), in_int(in, "skip", 0),
                           in_int(in, "count", 1)) < 0)
        return "no such outcome";
    return NULL;
}

static const char *
step_outcome_clear(struct json_object *in, GString *out)
{
    (void) in, (void) out;
    sim_rebuild_script_clear();
    return NULL;
}

static const char *
step_tokens(struct json_object *in, GString *out)
{
    (void) out;
    sim_tokens_end(g_str_equal(in_str(in, "end", "expire"), "expire"));
    return NULL;
}

static const char *
step_password(struct json_object *in, GString *out)
{
    (void) out;
    return sim_password_set(in_str(in, "name", ""),
                            in_str(in, "password", "")) < 0
               ? "no such user or credential"
               : NULL;
}

static const char *
step_policy(struct json_object *in, GString *out)
{
    (void) out;
    nova_policy_deny(in_str(in, "deny", NULL));
    return NULL;
}

static const struct {
    const char *name;
    step_fn *run;
} steps[] = {
    { "hosts", step_hosts },
    { "power", step_power },
    { "compute", step_compute },
    { "vms", step_vms },
    { "vm", step_vm },
    { "guest", step_guest },
    { "group", step_group },
    { "migration", step_migration },
    { "aggregate", sim_step_aggregate },
    { "settings", step_settings },
    { "latency", step_latency },
    { "faults", step_faults },
    { "faults-clear", step_faults_clear },
    { "outcome", step_outcome },
    { "outcome-clear", step_outcome_clear },
    { "tokens", step_tokens },
    { "password", step_password },
    { "policy", step_policy },
};

static const char *
run_step(const char *name, struct json_object *in, GString *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        if (g_str_equal(steps[i].name, name))
            return steps[i].run(in, out);
    return "no such step";
}

void
sim_scenario(const char *text, size_t len)
{
    struct json_object *list = in_parse(text, len);
    GString *out = g_string_new(NULL);

    if (!json_object_is_type(list, json_type_array))
        sim_die("scenario: expected a JSON array");
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *step = json_object_array_get_idx(list, i);
        const char *name = in_str(step, "do", "");
        const char *reason = run_step(name, step, out);

        if (reason)
            sim_die("scenario[%zu] '%s': %s", i, name, reason);
    }
    g_string_free(out, TRUE);
    json_object_put(list);
}

/* --- what can be read --- */

static void
dump_hosts(GString *o)
{
    out_open(o, "hosts", '[');
    for (guint i = 0; i < sim_hosts->len; i++) {
        const struct sim_host *h = sim_hosts->pdata[i];

        out_open(o, NULL, '{');
        out_str(o, "name", h->name);
        out_str(o, "service", h->uuid);
        out_bool(o, "powered", h->is_powered);
        out_bool(o, "running", h->is_running);
        out_bool(o, "up", sim_host_is_up(h));
        out_bool(o, "disabled", h->is_disabled);
        out_bool(o, "forced_down", h->is_forced_down);
        out_str(o, "disabled_reason", h->disabled_reason);
        out_int(o, "vms", h->vms->len);
        out_int(o, "used_vms", h->used_vms);
        out_int(o, "used_ram", h->used_ram);
        out_int(o, "spawning", h->spawning);
        out_close(o, '}');
    }
    out_close(o, ']');
}

static void
dump_guests(GString *o, const struct sim_vm *v)
{
    out_open(o, "on", '[');
    for (GSList *i = v->guests; i; i = i->next) {
        const struct sim_guest *g = i->data;

        if (g->is_on)
            out_str(o, NULL, g->host->name);
    }
    out_close(o, ']');
}

static void
dump_vms(GString *o, const char *host)
{
    out_open(o, "vms", '[');
    for (guint i = 0; i < sim_vms->len; i++) {
        const struct sim_vm *v = sim_vms->pdata[i];

        if (host && !(v->host && g_str_equal(v->host->name, host)))
            continue;
        out_open(o, NULL, '{');
        out_str(o, "uuid", v->uuid);
        out_str(o, "name", v->name);
        out_str(o, "host", v->host ? v->host->name : NULL);
        out_str(o, "vm_state", v->vm_state);
        out_str(o, "task_state", v->task_state);
        out_int(o, "power_state", v->power_state);
        out_bool(o, "deleted", v->is_deleted);
        dump_guests(o, v);
        out_int(o, "records", v->records ? v->records->len : 0);
        out_close(o, '}');
    }
    out_close(o, ']');
}

/* Counts for whoever waits: servers by vm_state, records by status, and
 * guests that run nowhere, once, or more than once.
 */
static void
dump_counts(GString *o)
{
    GHashTable *n =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter i;
    gpointer key, value;

#define COUNT(...)                                                             \
    do {                                                                       \
        char *k_ = g_strdup_printf(__VA_ARGS__);                               \
        g_hash_table_insert(                                                   \
            n, k_,                                                             \
            GINT_TO_POINTER(GPOINTER_TO_INT(g_hash_table_lookup(n, k_)) + 1)); \
    } while (0)
    for (guint v = 0; v < sim_vms->len; v++) {
        const struct sim_vm *vm = sim_vms->pdata[v];
        unsigned runs = sim_guest_runs(vm);

        COUNT("vm %s", vm->vm_state);
        COUNT("runs %s", runs > 1 ? "twice" : runs ? "once" : "nowhere");
        for (unsigned k = 0; k < vm->overlaps; k++)
            COUNT("evacuations at once");
        if (vm->task_state)
            COUNT("task %s", vm->task_state);
    }
    for (guint m = 0; m < sim_records->len; m++)
        COUNT("record %s",
              ((struct sim_record *) sim_records->pdata[m])->status);
#undef COUNT
    out_open(o, "counts", '{');
    g_hash_table_iter_init(&i, n);
    while (g_hash_table_iter_next(&i, &key, &value))
        out_int(o, key, GPOINTER_TO_INT(value));
    out_close(o, '}');
    g_hash_table_destroy(n);
}

static void
dump_settings(GString *o)
{
    int64_t value;
    const char *name;

    out_open(o, "settings", '{');
    for (size_t i = 0; (name = sim_setting_nth(i, &value)); i++)
        out_int(o, name, value);
    out_close(o, '}');
}

static bool
dump(const char *what, const char *host, GString *o)
{
    if (g_str_equal(what, "hosts"))
        dump_hosts(o);
    else if (g_str_equal(what, "vms"))
        dump_vms(o, host);
    else if (g_str_equal(what, "counts"))
        dump_counts(o);
    else if (g_str_equal(what, "settings"))
        dump_settings(o);
    else if (g_str_equal(what, "aggregates"))
        sim_dump_aggregates(o);
    else if (g_str_equal(what, "faults"))
        sim_mishap_list(o);
    else
        return false;
    return true;
}

void
sim_control(struct sim_req *r)
{
    const char *name = r->path + strlen("/_sim/");
    const char *reason = NULL;

    out_open(r->out, NULL, '{');
    if (g_str_equal(r->method, "GET"))
        reason =
            dump(name, sim_query(r, "host"), r->out) ? NULL : "nothing there";
    else
        reason = run_step(name, r->body, r->out);
    out_close(r->out, '}');
    r->status = 200;
    if (!reason)
        return;
    r->status = 400;
    g_string_truncate(r->out, 0);
    out_open(r->out, NULL, '{');
    out_str(r->out, "error", reason);
    out_close(r->out, '}');
}
