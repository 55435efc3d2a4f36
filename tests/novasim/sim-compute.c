/* nova-compute: nova/compute/manager.py (Zed). */
#include "sim-compute.h"

#include <string.h>

#include "sim-ledger.h"
#include "sim-rebuild.h"

enum { POWER_RUNNING = 1, POWER_PAUSED = 3, POWER_SHUTDOWN = 4 };

/* States of nova/compute/api.py's check_instance_state; for reboot those of a
 * hard one.
 */
/* clang-format off */
const struct sim_op sim_ops[] = {
    { "os-stop", "stop", "os_compute_api:servers:stop",
      { "active", "error" }, "powering-off",
      "stopped", POWER_SHUTDOWN, false, "compute_stop_instance" },
    { "os-start", "start", "os_compute_api:servers:start",
      { "stopped" }, "powering-on",
      "active", POWER_RUNNING, true, "compute_start_instance" },
    { "reboot", "reboot", "os_compute_api:servers:reboot",
      { "active", "stopped", "paused", "suspended", "error" }, "rebooting_hard",
      "active", POWER_RUNNING, true, "compute_reboot_instance" },
    { "pause", "pause", "os_compute_api:os-pause-server:pause",
      { "active" }, "pausing",
      "paused", POWER_PAUSED, false, "compute_pause_instance" },
    { "unpause", "unpause", "os_compute_api:os-pause-server:unpause",
      { "paused" }, "unpausing",
      "active", POWER_RUNNING, true, "compute_unpause_instance" },
    { "suspend", "suspend", "os_compute_api:os-suspend-server:suspend",
      { "active" }, "suspending",
      "suspended", POWER_SHUTDOWN, false, "compute_suspend_instance" },
    { "resume", "resume", "os_compute_api:os-suspend-server:resume",
      { "suspended" }, "resuming",
      "active", POWER_RUNNING, true, "compute_resume_instance" },
};
/* clang-format on */
const size_t sim_ops_n = G_N_ELEMENTS(sim_ops);

struct work {
    struct sim_vm *vm;
    const struct sim_op *op;
    struct sim_host *host;
    unsigned life;
    struct sim_action *action; /* NULL: retried after a restart */
    struct sim_record *record; /* of the resize that is confirmed */
};

/* --- operations --- */

static void
op_done(struct sim_vm *v, const struct sim_op *op, struct sim_host *h)
{
    if (op->is_on || sim_guest_find(v, h))
        sim_guest_set(v, h, op->is_on);
    v->power_state = op->power_state;
    sim_vm_save(v, op->vm_state, NULL);
}

static void
op_ends(void *arg)
{
    struct work *w = arg;
    struct sim_vm *v = w->vm;
    const char *failure = NULL;

    /* a dead nova-compute ends nothing; a changed task_state means that
     * something else took the server over (UnexpectedTaskStateError) */
    if (w->host->life == w->life && v->host == w->host && !v->is_deleted &&
        sim_is(v->task_state, w->op->task)) {
        if (w->op->is_on && v->starts_fail > 0) {
            v->starts_fail--;
            failure = "libvirtError";
            sim_vm_fault(v, 500, failure);
            sim_vm_save(v, v->vm_state, NULL);
        } else {
            op_done(v, w->op, w->host);
        }
        if (w->action)
            sim_action_end(w->action, w->op->event, w->host->name, failure);
    }
    g_free(w);
}

static void
op_runs(struct sim_vm *v, const struct sim_op *op, struct sim_action *a)
{
    struct work *w = g_new0(struct work, 1);

    *w = (struct work){ v, op, v->host, v->host->life, a, NULL };
    sim_after(sim_scaled(op->is_on ? sim_set.start_ms : sim_set.stop_ms),
              op_ends, w);
}

void
sim_compute_op(struct sim_vm *v, const struct sim_op *op, struct sim_action *a)
{
    sim_vm_save(v, v->vm_state, op->task);
    if (v->host->beating_since_ms)
        op_runs(v, op, a);
}

/* nova-compute calls the stop API itself: the action has neither user nor
 * project.
 */
static void
stop_unasked(struct sim_vm *v)
{
    char id[SIM_REQUEST_ID_LEN + 1];

    sim_request_id(id);
    v->power_state = POWER_SHUTDOWN;
    sim_compute_op(v, &sim_ops[0], sim_action_new(v, "stop", id, NULL, NULL));
}

/* compute/manager.py _confirm_resize: the guest's power decides its state. */
static void
confirm_ends(void *arg)
{
    struct work *w = arg;
    struct sim_vm *v = w->vm;

    if (w->host->life == w->life && w->host->is_running && !v->is_deleted &&
        sim_is(v->vm_state, "resized") && !v->task_state) {
        sim_record_save(w->record, "confirmed");
        sim_vm_save(v, v->power_state == POWER_SHUTDOWN ? "stopped" : "active",
                    NULL);
        sim_action_end(w->action, "compute_confirm_resize", w->host->name,
                       NULL);
    }
    g_free(w);
}

void
sim_compute_confirm(struct sim_vm *v, struct sim_record *record,
                    struct sim_action *a)
{
    struct work *w = g_new0(struct work, 1);
    struct sim_host *source = sim_host_find(record->source);

    *w = (struct work){ .vm = v,
                        .host = source,
                        .life = source->life,
                        .action = a,
                        .record = record };
    sim_after(sim_scaled(sim_set.stop_ms), confirm_ends, w);
}

static void
delete_ends(void *arg)
{
    struct work *w = arg;

    if (w->host->life == w->life && !w->vm->is_deleted) {
        sim_guest_destroy(w->vm, w->host);
        sim_vm_delete(w->vm);
    }
    g_free(w);
}

/* Where the host is down the API deletes alone (_local_delete). */
void
sim_compute_delete(struct sim_vm *v)
{
    struct work *w;

    if (!v->host || !sim_host_is_up(v->host)) {
        sim_vm_delete(v);
        return;
    }
    sim_vm_save(v, v->vm_state, "deleting");
    w = g_new0(struct work, 1);
    *w = (struct work){ .vm = v, .host = v->host, .life = v->host->life };
    sim_after(sim_scaled(sim_set.delete_ms), delete_ends, w);
}

/* --- power states --- */

/* _sync_instance_power_state for the two states that matter here. */
static void
sync_power(struct sim_vm *v, struct sim_host *h)
{
    struct sim_guest *g = sim_guest_find(v, h);

    if (v->host != h || v->task_state)
        return;
    if (!g) {
        v->power_state = 0; /* "unexpectedly not found. Ignore." */
        return;
    }
    if (sim_is(v->vm_state, g->is_on ? "stopped" : "active"))
        stop_unasked(v);
}

struct beat {
    struct sim_host *host;
    unsigned life;
};

static void sync_powers_later(struct sim_host *h);

static void
sync_powers(void *arg)
{
    struct beat *b = arg;
    struct sim_host *h = b->host;

    if (h->life == b->life) {
        for (guint i = 0; i < h->vms->len; i++)
            sync_power(h->vms->pdata[i], h);
        sync_powers_later(h);
    }
    g_free(b);
}

static void
host_later(struct sim_host *h, int64_t ms, void (*fn)(void *))
{
    struct beat *b = g_new0(struct beat, 1);

    *b = (struct beat){ h, h->life };
    sim_after(sim_scaled(ms), fn, b);
}

static void
sync_powers_later(struct sim_host *h)
{
    if (sim_set.sync_power_ms)
        host_later(h, sim_set.sync_power_ms, sync_powers);
}

static void
lifecycle_event(void *arg)
{
    struct work *w = arg;

    if (w->host->life == w->life && !w->vm->is_deleted)
        sync_power(w->vm, w->host);
    g_free(w);
}

/* The driver holds a stop event back for 15 s, in case it is a reboot
 * (nova/virt/libvirt/host.py).
 */
void
sim_guest_crash(struct sim_vm *v, struct sim_host *h)
{
    struct work *w;

    sim_guest_set(v, h, false);
    if (!h->beating_since_ms)
        return;
    w = g_new0(struct work, 1);
    *w = (struct work){ .vm = v, .host = h, .life = h->life };
    sim_after(sim_scaled(sim_set.lifecycle_ms), lifecycle_event, w);
}

/* --- start and end of nova-compute --- */

/* _destroy_evacuated_instances.  Of several records of one server only the
 * last is completed: Nova keeps them in a dict by instance.  Returns the set
 * of these servers.
 */
static GHashTable *
destroy_evacuated(struct sim_host *h)
{
    GHashTable *last = g_hash_table_new(NULL, NULL);
    GHashTableIter i;
    gpointer key, value;

    for (guint n = 0; n < sim_records->len; n++) {
        struct sim_record *m = sim_records->pdata[n];

        if (!m->is_deleted && sim_is(m->source, h->name) &&
            sim_is(m->type, "evacuation") &&
            (sim_is(m->status, "accepted") ||
             sim_is(m->status, "pre-migrating") || sim_is(m->status, "done")))
            g_hash_table_insert(last, m->vm, m);
    }
    g_hash_table_iter_init(&i, last);
    while (g_hash_table_iter_next(&i, &key, &value)) {
        sim_guest_destroy(key, h);
        sim_deallocate(key, h);
        sim_record_save(value, "completed");
    }
    return last;
}

/* _init_instance, for servers that are not being evacuated */
static void
init_server(struct sim_vm *v)
{
    if (sim_is(v->vm_state, "error"))
        return;
    if ((sim_is(v->vm_state, "active") || sim_is(v->vm_state, "stopped")) &&
        v->task_state && g_str_has_prefix(v->task_state, "rebuild")) {
        sim_vm_save(v, "error", NULL);
        return;
    }
    for (size_t i = 0; i < sim_ops_n; i++)
        if (sim_is(v->task_state, sim_ops[i].task))
            op_runs(v, &sim_ops[i], NULL);
}

static void
init_host(void *arg)
{
    struct beat *b = arg;
    struct sim_host *h = b->host;

    if (h->life == b->life && h->is_running) {
        GHashTable *evacuated = destroy_evacuated(h);

        for (guint i = 0; i < h->vms->len; i++)
            if (!g_hash_table_contains(evacuated, h->vms->pdata[i]))
                init_server(h->vms->pdata[i]);
        g_hash_table_destroy(evacuated);
        h->beating_since_ms = sim_now_ms();
        sync_powers_later(h);
    }
    g_free(b);
}

static void
compute_dies(struct sim_host *h)
{
    h->last_beat_ms = sim_host_seen_ms(h);
    h->beating_since_ms = 0;
    h->is_running = false;
    h->life++;
    sim_rebuild_lost(h);
}

void
sim_host_compute(struct sim_host *h, bool run)
{
    if (run == h->is_running || (run && !h->is_powered))
        return;
    if (!run) {
        compute_dies(h);
        return;
    }
    h->is_running = true;
    host_later(h, sim_set.init_ms, init_host);
}

void
sim_host_power(struct sim_host *h, bool on)
{
    if (on == h->is_powered)
        return;
    h->is_powered = on;
    if (on)
        return;
    if (h->is_running)
        compute_dies(h);
    sim_guests_lose_power(h);
}
