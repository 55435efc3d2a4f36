/* Evacuations: nova/conductor/manager.py rebuild_instance and
 * nova/compute/manager.py rebuild_instance (Zed), with their database saves
 * in the same order, so that two of them at once collide as in Nova (N12).
 */
#include "sim-rebuild.h"

#include <string.h>

#include "sim-ledger.h"
#include "sim-schedule.h"

enum outcome {
    OUTCOME_OK,
    OUTCOME_NO_VALID_HOST,
    OUTCOME_CLAIM_RACE,
    OUTCOME_LATE_GROUP,
    OUTCOME_INSTANCE_EXISTS,
    OUTCOME_SPAWN_FAIL,
    OUTCOME_SPAWN_ORPHAN,
    OUTCOME_STUCK_ACCEPTED,
    OUTCOME_STUCK_PRE,
    OUTCOMES
};

static const char *const outcome_names[OUTCOMES] = {
    [OUTCOME_OK] = "ok",
    [OUTCOME_NO_VALID_HOST] = "no_valid_host",
    [OUTCOME_CLAIM_RACE] = "claim_race",
    [OUTCOME_LATE_GROUP] = "late_group",
    [OUTCOME_INSTANCE_EXISTS] = "instance_exists",
    [OUTCOME_SPAWN_FAIL] = "spawn_fail",
    [OUTCOME_SPAWN_ORPHAN] = "spawn_orphan",
    [OUTCOME_STUCK_ACCEPTED] = "stuck_accepted",
    [OUTCOME_STUCK_PRE] = "stuck_pre",
};

struct sim_rebuild {
    struct sim_vm *vm;
    struct sim_record *record; /* NULL: the source completed it early */
    struct sim_host *dest;
    unsigned life; /* of dest */
    bool is_forced, arrives_stopped, has_slot;
    struct sim_host *target;
    const char *orig_state;
    enum outcome outcome;
    struct sim_action *action;
};

struct script {
    enum outcome outcome;
    struct sim_vm *vm;
    int64_t skip, count;
};

static GArray *scripts;

static int64_t
spawn_ms(const struct sim_rebuild *j)
{
    return sim_scaled(j->vm->spawn_ms >= 0 ? j->vm->spawn_ms
                                           : sim_set.spawn_ms);
}

/* --- scripts
 * ---------------------------------------------------------------------------
 */

int
sim_rebuild_script(struct sim_vm *vm, const char *outcome, int64_t skip,
                   int64_t count)
{
    if (!scripts)
        scripts = g_array_new(FALSE, FALSE, sizeof(struct script));
    for (int i = 0; i < OUTCOMES; i++) {
        struct script s = { (enum outcome) i, vm, skip, count };

        if (!g_str_equal(outcome_names[i], outcome))
            continue;
        g_array_append_val(scripts, s);
        return 0;
    }
    return -1;
}

void
sim_rebuild_script_clear(void)
{
    if (scripts)
        g_array_set_size(scripts, 0);
}

static enum outcome
take_outcome(const struct sim_vm *v)
{
    enum outcome found = OUTCOME_OK;

    for (guint i = 0; scripts && i < scripts->len; i++) {
        struct script *s = &g_array_index(scripts, struct script, i);

        if (!s->count || (s->vm && s->vm != v))
            continue;
        if (s->skip > 0) {
            s->skip--;
        } else if (found == OUTCOME_OK) {
            found = s->outcome;
            s->count -= s->count > 0;
        }
    }
    return found;
}

/* --- ends
 * ---------------------------------------------------------------------------------
 */

static void claim(struct sim_rebuild *j);

static void
job_end(struct sim_rebuild *j, const char *event, const char *failure)
{
    struct sim_host *h = j->dest;
    struct sim_rebuild *next = NULL;

    if (event)
        sim_action_end(j->action, event, h ? h->name : "controller", failure);
    if (j->has_slot && h->life == j->life) {
        h->spawning--;
        next = g_queue_pop_head(&h->waiting);
    }
    g_free(j);
    if (next)
        claim(next);
}

static void
fail(struct sim_rebuild *j, const char *vm_state, const char *task,
     const char *message)
{
    if (j->record)
        sim_record_save(j->record, "failed");
    if (!j->vm->is_deleted) {
        sim_deallocate(j->vm, j->dest);
        sim_vm_save(j->vm, vm_state, task);
        sim_vm_fault(j->vm, 500, message);
    }
    job_end(j, "compute_rebuild_instance", message);
}

/* instance.save(expected_task_state=[FROM]) with task_state TO pending.  Where
 * it does not match, the error handler's save writes TO all the same, and
 * nothing destroys a guest that was spawned (N12).  Without strict_saves only
 * the save after the spawn is checked: two evacuations at once always do
 * their harm, not only when the second comes late enough.
 */
static bool
save_task(struct sim_rebuild *j, const char *from, const char *to)
{
    struct sim_vm *v = j->vm;
    char *message;

    if (v->is_deleted) {
        fail(j, "deleted", NULL, "InstanceNotFound");
        return false;
    }
    if (sim_is(v->task_state, from) || (to && !sim_set.strict_saves)) {
        sim_vm_save(v, v->vm_state, to);
        return true;
    }
    message = g_strdup_printf(
        "Conflict updating instance %s. Expected: {'task_state': ['%s']}. "
        "Actual: {'task_state': '%s'}",
        v->uuid, from, v->task_state ? v->task_state : "None");
    fail(j, "error", to, message);
    g_free(message);
    return false;
}

/* Is the nova-compute that works on it still the same process? */
static bool
is_alive(struct sim_rebuild *j)
{
    if (j->dest->life == j->life && j->dest->is_running)
        return true;
    g_free(j); /* N28: the record stays as it is */
    return false;
}

/* --- the destination, from the guest on --- */

static void
finish(void *arg)
{
    struct sim_rebuild *j = arg;

    if (!is_alive(j))
        return;
    if (!j->vm->is_deleted)
        sim_vm_move(j->vm, j->dest);
    if (j->record)
        sim_record_save(j->record, "done");
    job_end(j, "compute_rebuild_instance", NULL);
}

static void
stopped_again(void *arg)
{
    struct sim_rebuild *j = arg;

    if (!is_alive(j))
        return;
    sim_guest_set(j->vm, j->dest, false);
    j->vm->power_state = 4;
    if (sim_is(j->vm->task_state, "powering-off"))
        sim_vm_save(j->vm, "stopped", NULL);
    sim_after(sim_scaled(sim_set.finish_ms), finish, j);
}

static void
spawned(void *arg)
{
    struct sim_rebuild *j = arg;
    struct sim_vm *v = j->vm;
    bool is_stopped = j->arrives_stopped ? !sim_is(j->orig_state, "error")
                                         : sim_is(j->orig_state, "stopped");

    if (!is_alive(j))
        return;
    if (j->outcome == OUTCOME_SPAWN_FAIL || sim_guest_find(v, j->dest)) {
        fail(j, "error", NULL, "libvirtError");
        return;
    }
    sim_guest_set(v, j->dest, true);
    if (j->outcome == OUTCOME_SPAWN_ORPHAN) {
        fail(j, "error", NULL, "VirtualInterfaceCreateException");
        return;
    }
    v->power_state = 1;
    v->launched_ms = sim_now_ms();
    if (!save_task(j, "rebuild_spawning", NULL))
        return;
    /* The host is still the source's and the record pre-migrating, also
     * while a stopped server is shut down again. */
    sim_vm_save(v, "active", is_stopped ? "powering-off" : NULL);
    if (is_stopped)
        sim_after(sim_scaled(sim_set.stop_ms), stopped_again, j);
    else
        sim_after(sim_scaled(sim_set.finish_ms), finish, j);
}

static void
devices_mapped(void *arg)
{
    struct sim_rebuild *j = arg;
    int64_t ms = spawn_ms(j);

    if (is_alive(j) &&
        save_task(j, "rebuild_block_device_mapping", "rebuild_spawning"))
        sim_after(ms - ms / 10 - ms / 10, spawned, j);
}

static void
networks_set(void *arg)
{
    struct sim_rebuild *j = arg;

    if (is_alive(j) &&
        save_task(j, "rebuilding", "rebuild_block_device_mapping"))
        sim_after(spawn_ms(j) / 10, devices_mapped, j);
}

/* --- claim
 * -------------------------------------------------------------------------------------
 */

static void
fail_claim(struct sim_rebuild *j)
{
    char *message = g_strdup_printf(
        "Build of instance %s aborted: Insufficient compute resources: Free "
        "memory 0.00 MB < requested %lld MB.",
        j->vm->uuid, (long long) j->vm->flavor->ram);

    fail(j, j->orig_state, NULL, message);
    g_free(message);
}

static void
fail_exists(struct sim_rebuild *j)
{
    char *message =
        g_strdup_printf("Instance instance-%08x already exists.", j->vm->id);

    fail(j, "error", NULL, message);
    g_free(message);
}

static void
claim(struct sim_rebuild *j)
{
    j->has_slot = true;
    j->dest->spawning++;
    /* the source may have completed the record before we found it: the claim
     * makes one of its own, which nobody ends */
    if (j->record) {
        sim_record_save(j->record, "pre-migrating");
        j->record->dest = j->dest->name;
    } else {
        sim_record_new(j->vm, "evacuation", "pre-migrating")->dest =
            j->dest->name;
    }
    if (j->outcome == OUTCOME_CLAIM_RACE) {
        fail_claim(j);
    } else if (j->outcome == OUTCOME_LATE_GROUP ||
               !sim_schedule_late_check(j->vm, j->dest)) {
        /* GroupAffinityViolation is no RescheduledException: ERROR */
        fail(j, "error", NULL,
             "Anti-affinity instance group policy was violated");
    } else if (j->outcome == OUTCOME_INSTANCE_EXISTS ||
               sim_guest_find(j->vm, j->dest)) {
        fail_exists(j);
    } else if (j->outcome == OUTCOME_STUCK_PRE) {
        job_end(j, NULL, NULL);
    } else if (save_task(j, "rebuilding", "rebuilding")) {
        j->vm->power_state = 0; /* unknown to this hypervisor yet */
        sim_after(spawn_ms(j) / 10, networks_set, j);
    }
}

/* --- conductor
 * ------------------------------------------------------------------------------------
 */

static void
no_valid_host(struct sim_rebuild *j)
{
    static const char message[] =
        "No valid host was found. There are not enough hosts available.";

    if (j->record)
        sim_record_save(j->record, "error");
    sim_vm_save(j->vm, "error", NULL);
    sim_vm_fault(j->vm, 500, message);
    job_end(j, "rebuild_server", message);
}

static void
schedule(void *arg)
{
    struct sim_rebuild *j = arg;
    struct sim_vm *v = j->vm;

    j->outcome = take_outcome(v);
    if (v->is_deleted || j->outcome == OUTCOME_STUCK_ACCEPTED) {
        job_end(j, NULL, NULL);
        return;
    }
    j->record = sim_record_first(v, "accepted");
    j->orig_state = v->vm_state;
    if (j->outcome != OUTCOME_NO_VALID_HOST)
        j->dest = sim_schedule(v, j->target, j->is_forced);
    if (!j->dest) {
        no_valid_host(j);
        return;
    }
    sim_allocate(v, j->dest);
    j->life = j->dest->life;
    if (!j->dest->is_running) {
        g_free(j); /* the message waits for a nova-compute that is gone */
        return;
    }
    if (sim_set.slots && j->dest->spawning >= sim_set.slots)
        g_queue_push_tail(&j->dest->waiting, j);
    else
        claim(j);
}

void
sim_rebuild_start(struct sim_vm *v, struct sim_host *target, bool is_forced,
                  bool arrives_stopped, struct sim_action *action)
{
    struct sim_rebuild *j = g_new0(struct sim_rebuild, 1);

    j->vm = v;
    j->target = target;
    j->is_forced = is_forced;
    j->arrives_stopped = arrives_stopped;
    j->action = action;
    sim_after(sim_scaled(sim_set.accept_ms), schedule, j);
}

void
sim_rebuild_lost(struct sim_host *h)
{
    g_queue_clear_full(&h->waiting, g_free);
    h->spawning = 0;
}
