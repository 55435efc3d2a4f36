/* The simulated Nova. */
#include "model-nova.h"

#include <stdio.h>
#include <string.h>

enum { NO_STATE = 0, RUNNING = 1, PAUSED = 3, SHUT_DOWN = 4 };

unsigned
model_below(struct model_nova *n, unsigned below)
{
    uint64_t z = n->chance += 0x9e3779b97f4a7c15; /* splitmix64 */

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (unsigned) ((z ^ (z >> 31)) >> 33) % below;
}

bool
model_chance(struct model_nova *n, unsigned percent)
{
    return model_below(n, 100) < percent;
}

static void
set_state(struct model_vm *v, const char *vm_state, const char *task_state)
{
    v->vm_state = vm_state;
    v->task_state = task_state;
    v->ready_ms = 0;
}

/* States that Nova does not evacuate from. */
static void
init_odd_vm(struct model_nova *n, struct model_vm *v)
{
    static const struct {
        const char *vm_state, *task_state;
        int power_state;
        bool should_run;
    } odd[] = {
        { "paused", NULL, PAUSED, false },
        { "suspended", NULL, SHUT_DOWN, false },
        { "suspended", "resuming", RUNNING, false },
        { "rescued", NULL, RUNNING, false },
        { "shelved", NULL, SHUT_DOWN, false },
        { "resized", NULL, RUNNING, true },
        { "resized", NULL, SHUT_DOWN, false },
        { "resized", "resize_reverting", SHUT_DOWN, false },
        { "active", "powering-off", RUNNING, false },
        { "active", "migrating", RUNNING, true },
        { "active", "deleting", RUNNING, true },
        { "soft-delete", NULL, SHUT_DOWN, false },
        { "building", NULL, NO_STATE, true },
        { "dreaming", NULL, RUNNING, true },
    };
    unsigned i = model_below(n, sizeof odd / sizeof odd[0]);

    v->should_run = odd[i].should_run;
    v->power_state = odd[i].power_state;
    v->was_launched = strcmp(odd[i].vm_state, "building") != 0;
    set_state(v, odd[i].vm_state, odd[i].task_state);
    /* held until someone mends it */
    if (strcmp(odd[i].vm_state, "dreaming") == 0 ||
        (odd[i].task_state && strcmp(odd[i].task_state, "migrating") == 0))
        v->wake_ms = n->now_ms + 1 + model_below(n, 40 * 60000);
}

static void
init_vm(struct model_nova *n, struct model_vm *v)
{
    unsigned kind = model_below(n, 100);

    snprintf(v->id, sizeof v->id, "%08x-0000-4000-8000-%012x",
             model_below(n, 1u << 30), (unsigned) (v - n->vms));
    v->ram_mb = 512u << model_below(n, 3);
    v->was_launched = true;
    v->power_state = RUNNING;
    v->should_run = true;
    v->is_refused = model_chance(n, 3);
    set_state(v, "active", NULL);
    if (kind < 35) {
        v->should_run = false;
        v->power_state = SHUT_DOWN;
        set_state(v, kind < 25 ? "stopped" : "error", NULL);
    } else if (kind < 45) { /* an earlier failure, or a user's rebuild */
        set_state(v, kind < 42 ? "error" : "active",
                  kind < 42 ? NULL : "rebuilding");
    } else if (kind < 65) {
        init_odd_vm(n, v);
    }
}

static bool
is_migrating(const struct model_vm *v)
{
    return v->task_state && strcmp(v->task_state, "migrating") == 0;
}

/* How far its live migration is (N13). */
static void
init_live(struct model_nova *n, struct model_vm *v)
{
    static const struct {
        const char *status;
        bool may_be_away;
    } live[] = {
        { NULL, false },        { "accepted", false }, { "queued", false },
        { "preparing", false }, { "running", true },   { "error", true },
        { "completed", true },  { "failed", false },   { "cancelled", false },
    };
    unsigned i = model_below(n, sizeof live / sizeof live[0]);

    v->live = live[i].status;
    v->may_be_away = live[i].may_be_away && !n->is_dest_dead;
}

/* Metadata that a VM may have; none comes first. */
static char ours[] = "vmha:priority", theirs[] = "instanceha:restart_priority",
            opt[] = "HA_Enabled", first[] = "first", odd[] = "odd",
            late[] = "100", no[] = "false";
static struct pair wishes[] = {
    { ours, first }, { ours, odd }, { theirs, late }, { opt, no }
};
enum { N_WISHES = sizeof wishes / sizeof wishes[0] };

bool
model_opts_out(const struct model_vm *v)
{
    return v->wish == N_WISHES;
}

void
model_nova_init(struct model_nova *n, uint64_t seed, int64_t now_ms)
{
    memset(n, 0, sizeof *n);
    n->chance = seed;
    n->now_ms = now_ms;
    n->n_vms = model_below(n, MODEL_VMS + 1);
    n->is_disabled = model_chance(n, 15);
    n->is_forced_down = model_chance(n, 10);
    for (size_t i = 0; i < n->n_vms; i++)
        init_vm(n, &n->vms[i]);
    /* last, so that the other stories stay as they were */
    n->has_wishes = model_chance(n, 50);
    for (size_t i = 0; n->has_wishes && i < n->n_vms; i++) {
        n->vms[i].wish = model_below(n, N_WISHES + 1);
        n->vms[i].is_local = model_chance(n, 30);
    }
    n->is_dest_dead = model_chance(n, 25);
    for (size_t i = 0; i < n->n_vms; i++)
        if (is_migrating(&n->vms[i]))
            init_live(n, &n->vms[i]);
    n->can_park = model_chance(n, 50);
    n->is_watched = model_chance(n, 50);
}

static bool
is_in_flight(const struct model_record *r)
{
    return strcmp(r->status, "accepted") == 0 ||
           strcmp(r->status, "pre-migrating") == 0 ||
           (r->is_flipped && r->next_ms);
}

bool
model_in_flight(const struct model_nova *n, const struct model_vm *v)
{
    for (size_t i = 0; i < n->n_records; i++)
        if (n->records[i].vm == v && is_in_flight(&n->records[i]))
            return true;
    return false;
}

static void
end_record(struct model_nova *n, struct model_record *r, const char *status)
{
    r->status = status;
    r->updated_ms = n->now_ms;
    r->next_ms = 0;
}

/* N24, N30: it was stopped, or is to be parked; from ERROR it always runs. */
static bool
ends_stopped(const struct model_record *r)
{
    return r->is_stopping || strcmp(r->vm->vm_state, "stopped") == 0 ||
           (r->parks && strcmp(r->vm->vm_state, "error") != 0);
}

/* N26: it runs, or is stopped. */
static void
arrive(struct model_nova *n, struct model_record *r)
{
    struct model_vm *v = r->vm;
    bool stops = ends_stopped(r);

    v->place = ON_DEST;
    set_state(v, stops ? "stopped" : "active", NULL);
    v->power_state = stops ? SHUT_DOWN : RUNNING;
    end_record(n, r, "done");
    if (model_chance(n, 30)) {
        set_state(v, "active", stops ? "powering-off" : "rebuild_spawning");
        v->ready_ms = n->now_ms + 1 + model_below(n, 5000);
        v->stop_ms = stops ? v->ready_ms : 0;
    }
}

static void
go_on(struct model_nova *n, struct model_record *r)
{
    struct model_vm *v = r->vm;

    if (v->is_deleted) {
        end_record(n, r, "error");
        return;
    }
    if (strcmp(r->status, "accepted") == 0) {
        if (n->is_scarce && model_chance(n, 60)) { /* NoValidHost */
            set_state(v, "error", NULL);
            end_record(n, r, "error");
            return;
        }
        r->status = "pre-migrating";
        r->updated_ms = n->now_ms;
        r->next_ms = n->now_ms + 1 + model_below(n, 20000);
        return;
    }
    if (n->is_flaky && !r->is_stopping &&
        model_chance(n, 15)) { /* the claim fails */
        v->task_state = NULL;
        end_record(n, r, "failed");
    } else if (n->is_flaky && model_chance(n, 15)) { /* the spawn fails */
        set_state(v, "error", NULL);
        v->power_state = NO_STATE;
        v->is_left = n->is_watched && model_chance(n, 50);
        end_record(n, r, "failed");
    } else if (r->parks && !r->is_stopping && ends_stopped(r)) {
        /* still on its source, as Nova shows it, but for its power */
        r->is_stopping = true;
        set_state(v, "active", "powering-off");
        r->next_ms = n->now_ms + 1 + model_below(n, 5000);
    } else if (r->is_stopping && v->task_state) {
        set_state(v, "stopped", NULL);
        r->next_ms = n->now_ms + 1 + model_below(n, 2000);
    } else {
        arrive(n, r);
    }
}

/* Its migration ends, its resize is confirmed, unless it was reset since. */
static void
wake(struct model_vm *v)
{
    bool is_confirmed = strcmp(v->vm_state, "resized") == 0;
    bool is_migrated = is_migrating(v);

    if (is_confirmed && v->power_state == SHUT_DOWN)
        set_state(v, "stopped", NULL);
    else if (is_confirmed || is_migrated ||
             strcmp(v->vm_state, "dreaming") == 0)
        set_state(v, "active", NULL);
    v->wake_ms = 0;
    v->may_be_away &= !is_migrated;
}

void
model_nova_advance(struct model_nova *n, int64_t now_ms)
{
    n->now_ms = now_ms;
    for (size_t i = 0; i < n->n_records; i++)
        if (n->records[i].next_ms && n->records[i].next_ms <= now_ms)
            go_on(n, &n->records[i]);
    for (size_t i = 0; i < n->n_vms; i++) {
        struct model_vm *v = &n->vms[i];

        if (v->ready_ms && v->ready_ms <= now_ms) {
            v->task_state = NULL;
            v->ready_ms = 0;
        }
        if (v->wake_ms && v->wake_ms <= now_ms)
            wake(v);
        if (v->stop_ms && v->stop_ms <= now_ms) {
            set_state(v, "stopped", NULL);
            v->power_state = SHUT_DOWN;
            v->stop_ms = 0;
        }
        if (v->start_ms && v->start_ms <= now_ms) {
            if (!n->is_flaky || model_chance(n, 80))
                set_state(v, "active", NULL);
            v->task_state = NULL;
            v->start_ms = 0;
        }
    }
}

static void
earliest(int64_t *ret_ms, int64_t ms)
{
    if (ms && (*ret_ms == 0 || ms < *ret_ms))
        *ret_ms = ms;
}

int64_t
model_nova_next(const struct model_nova *n)
{
    int64_t next_ms = 0;

    for (size_t i = 0; i < n->n_records; i++)
        earliest(&next_ms, n->records[i].next_ms);
    for (size_t i = 0; i < n->n_vms; i++) {
        earliest(&next_ms, n->vms[i].ready_ms);
        earliest(&next_ms, n->vms[i].stop_ms);
        earliest(&next_ms, n->vms[i].start_ms);
        earliest(&next_ms, n->vms[i].wake_ms);
    }
    return next_ms;
}

static bool
is_evacuable(const struct model_vm *v)
{
    return v->was_launched && (strcmp(v->vm_state, "active") == 0 ||
                               strcmp(v->vm_state, "stopped") == 0 ||
                               strcmp(v->vm_state, "error") == 0);
}

static int
refuse(const struct model_nova *n, const struct model_vm *v,
       const char **ret_detail)
{
    *ret_detail = "";
    if (v->is_deleted)
        return 404;
    if (v->is_refused) {
        *ret_detail = "not supported";
        return 400;
    }
    if (v->place != ON_SOURCE || !n->is_forced_down) {
        *ret_detail = "Compute service of c1 is still in use.";
        return 400;
    }
    if (!is_evacuable(v)) {
        *ret_detail = "while it is in vm_state";
        return 409;
    }
    return 0;
}

int
model_evacuate(struct model_nova *n, struct model_vm *v, bool parks,
               const char **ret_detail)
{
    int status = refuse(n, v, ret_detail);
    struct model_record *r = &n->records[n->n_records];

    if (status)
        return status;
    if (model_in_flight(n, v))
        n->broken = "I2: a second evacuation while one is in flight";
    if (v->may_be_away)
        n->broken = "N13: it may run where it was migrated to";
    if (v->is_left)
        n->broken = "N29: its guest runs where its evacuation failed";
    if (n->n_records == MODEL_RECORDS) {
        n->broken = "I3: evacuated again and again";
        return 500;
    }
    v->task_state = "rebuilding";
    v->ready_ms = 0;
    *r = (struct model_record){
        .vm = v, .status = "accepted", .parks = parks, .created_ms = n->now_ms
    };
    r->next_ms = n->now_ms + 1 + model_below(n, 60000);
    snprintf(r->uuid, sizeof r->uuid, "%08x-1111-4000-8000-000000000000",
             (unsigned) n->n_records++);
    return 200;
}

void
model_evacuate_half(struct model_nova *n, struct model_vm *v)
{
    const char *detail;

    if (refuse(n, v, &detail) == 0)
        v->task_state = "rebuilding";
}

void
model_stop(struct model_nova *n, struct model_vm *v)
{
    if (v->place == ON_SOURCE)
        n->broken = "os-stop of a VM on the dead host";
    if (v->is_deleted || v->task_state || strcmp(v->vm_state, "active") != 0)
        return;
    v->task_state = "powering-off";
    v->stop_ms = n->now_ms + 1 + model_below(n, 5000);
}

void
model_start(struct model_nova *n, struct model_vm *v)
{
    if (v->place == ON_SOURCE)
        n->broken = "os-start of a VM on the dead host";
    if (!v->should_run && !v->is_deleted)
        n->broken = "a VM is started that its tenant had stopped";
    if (v->is_deleted || v->task_state || strcmp(v->vm_state, "stopped") != 0)
        return;
    v->task_state = "powering-on";
    v->start_ms = n->now_ms + 1 + model_below(n, 5000);
}

void
model_reset(struct model_nova *n, struct model_vm *v)
{
    if (model_in_flight(n, v))
        n->broken = "N12: a state is reset while an evacuation is in flight";
    if (v->place == ON_DEST)
        n->broken = "the state of a VM that arrived is reset";
    if (v->wake_ms && strcmp(v->vm_state, "resized") != 0)
        n->broken = "a VM that is held is reset";
    if (v->is_deleted)
        return;
    set_state(v, "error", NULL);
}

int
model_confirm(struct model_nova *n, struct model_vm *v)
{
    if (v->is_deleted)
        return 404;
    if (strcmp(v->vm_state, "resized") != 0 || v->task_state ||
        model_chance(n, 30)) /* the other host is down, too */
        return 409;
    /* or it never comes to it */
    v->wake_ms =
        model_chance(n, 70) ? n->now_ms + 1 + model_below(n, 20000) : 0;
    return 202;
}

struct server_fact
model_server(const struct model_vm *v)
{
    static const char *const hosts[] = { "c1", "c2", "c3" };

    return (struct server_fact){
        .id = v->id,
        .name = v->id + 30,
        .host = hosts[v->place],
        .vm_state = v->vm_state,
        .task_state = v->task_state,
        .fault = strcmp(v->vm_state, "error") == 0 ? "No valid host was found."
                                                   : NULL,
        .power_state = v->power_state,
        .ram_mb = v->ram_mb,
        .was_launched = v->was_launched,
        .image = v->is_local ? "image" : NULL,
        .metadata = { v->wish ? &wishes[v->wish - 1] : NULL, v->wish != 0 }
    };
}

void
model_delete(struct model_nova *n, struct model_vm *v)
{
    (void) n;
    v->is_deleted = true;
}

void
model_move(struct model_nova *n, struct model_vm *v)
{
    if (v->place == ON_SOURCE && !v->is_deleted && !model_in_flight(n, v)) {
        v->place = ON_OTHER;
        v->moved_ms = n->now_ms;
        v->task_state = NULL;
    }
}

void
model_flip(struct model_nova *n)
{
    for (size_t i = 0; i < n->n_records; i++) {
        struct model_record *r = &n->records[i];

        if (strcmp(r->status, "pre-migrating") == 0) {
            r->is_flipped = true;
            r->status = "completed";
            r->updated_ms = n->now_ms;
        }
    }
}
