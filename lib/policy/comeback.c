/* The way back into service of a host that is alive again. */
#include "comeback.h"

#include <stdio.h>
#include <string.h>

#include "orphan.h"
#include "xalloc.h"

enum {
    ASK_AT_ONCE = 4,         /* VMs that are asked about or started together */
    TRIES_MAX = 5,           /* starts of one VM */
    POWER_AGAIN_MS = 600000, /* for a host to boot */
    POWER_RETRY_MS = 30000,  /* where the power device failed */
    FRESH_MS = 10000,        /* older readings allow no change */
    QUARANTINE_READ_MS = 60000, /* the operator may enable it by hand */
};

bool
comeback_is_on(const struct incident *inc)
{
    return inc->is_saved && inc->saved.phase == PHASE_RETURNING;
}

size_t
comeback_open_records(const struct incident *inc)
{
    size_t n = 0;

    for (size_t i = 0; i < inc->n_records; i++) {
        const struct vm_record *r = &inc->records[i];

        n += r->state == RECORD_IN_FLIGHT ||
             (r->state == RECORD_DONE && !r->is_completed);
    }
    return n;
}

/* Forced down by someone else: then it does not come up, and stays so. */
static bool
is_kept_down(const struct incident *inc)
{
    return inc->is_down && !inc->saved.has_forced_down;
}

static bool
has_vms_to_start(const struct incident *inc)
{
    for (size_t i = 0; i < inc->n_vms; i++)
        if (!vm_phase_is_final(inc->by_key[i]->phase))
            return true;
    return false;
}

bool
comeback_is_over(const struct incident *inc)
{
    const struct comeback *b = &inc->back;

    if (!comeback_is_on(inc) || inc->certainty != NODE_ALIVE ||
        b->is_uncounted || !inc->has_service || b->service_ms <= b->doubt_ms)
        return false;
    if (is_kept_down(inc))
        return inc->servers_asked_ms && !has_vms_to_start(inc);
    return b->up_ms && !b->is_ours && inc->servers_asked_ms > b->up_ms &&
           !has_vms_to_start(inc);
}

const char *
comeback_waits_for(const struct incident *inc)
{
    if (!comeback_is_on(inc) || inc->trouble)
        return inc->trouble;
    if (inc->certainty != NODE_ALIVE)
        return "the host is not up";
    if (inc->lacks_quorum)
        return certainty_text(NOT_QUORATE);
    if (comeback_open_records(inc))
        return "nova-compute must start on the host, to clean up what was "
               "evacuated";
    if (is_kept_down(inc))
        return "its service was forced down, and not by vmha";
    if (!inc->back.up_ms)
        return "nova-compute does not report to Nova yet";
    if (inc->back.is_quarantined && inc->back.is_ours)
        return "quarantined: it failed too often of late (vmha host release "
               "puts it into service)";
    return NULL;
}

/* --- quarantine ----------------------------------------------------------- */

void
comeback_on_flaps(struct incident *inc, const struct flaps *noted,
                  const struct recovery_rules *rules)
{
    struct comeback *b = &inc->back;
    struct flaps f = *noted;

    b->is_uncounted = b->is_quarantined = false;
    b->n_failures = 0;
    if (rules->quarantine_failures == 0)
        return;
    b->is_uncounted = !flaps_have(noted, inc->fencing_ns);
    flaps_add(&f, inc->fencing_ns);
    b->n_failures =
        flaps_count(&f, inc->fencing_ns, rules->quarantine_window_ms);
    b->is_quarantined = b->n_failures > rules->quarantine_failures;
}

/* --- power --------------------------------------------------------------- */

/* A VM that is being evacuated, or is next: those that found no room, or that
 * wait for their host, are not before their time, and those that the brake
 * holds not at all.
 */
static bool
may_move(const struct incident *inc, const struct vm *v, int64_t now_ms)
{
    return vm_phase_is_in_flight(v->phase) ||
           (v->phase == VM_WAITING && !v->is_tied && !inc->is_braked &&
            !orphan_may_run(v) && v->not_before_ms <= now_ms);
}

bool
comeback_wants_power(const struct incident *inc,
                     const struct recovery_rules *rules, int64_t now_ms)
{
    if (!rules->powers_on || inc->certainty != CERTAIN || inc->has_returned ||
        inc->is_released || !inc->is_saved ||
        (inc->saved.phase < PHASE_EVACUATING && !inc->is_braked) ||
        !inc->servers_asked_ms || inc->busy & BUSY_POWER ||
        inc->back.power_ms > now_ms)
        return false;
    for (size_t i = 0; i < inc->n_vms; i++)
        if (may_move(inc, inc->by_key[i], now_ms))
            return false;
    return true;
}

void
comeback_on_power(struct incident *inc, const char *why, int64_t now_ms)
{
    inc->back.power_ms = now_ms + (why ? POWER_RETRY_MS : POWER_AGAIN_MS);
    xstrset(&inc->trouble, why);
}

/* --- the service --------------------------------------------------------- */

void
comeback_on_service(struct incident *inc, const struct service_fact *s,
                    int64_t now_ms)
{
    struct comeback *b = &inc->back;

    inc->has_service = true;
    inc->is_down = s->is_forced_down;
    b->service_ms = s->asked_ms;
    b->is_ours = s->is_disabled && s->is_ours;
    if (s->is_forced_down) {
        b->up_ms = b->beat_ms = 0;
    } else if (!b->beat_ms) {
        b->beat_ms = s->updated_ms; /* by our PUT, or an old one: wait */
    } else if (s->is_up && s->updated_ms > b->beat_ms && !b->up_ms) {
        b->up_ms = now_ms;
    }
}

void
comeback_on_put(struct incident *inc, bool is_unknown, int64_t now_ms,
                const struct recovery_rules *rules)
{
    inc->has_service = false; /* what became of it is read */
    if (is_unknown)
        inc->back.doubt_ms = now_ms + rules->post_settle_ms;
}

/* --- VMs ------------------------------------------------------------------ */

static void
finish(struct incident *inc, struct vm *v, enum vm_phase p, const char *why,
       int64_t now_ms)
{
    v->phase = p;
    v->wants_read = false;
    vm_set_reason(v, why);
    inc->changed_ms = now_ms;
}

static void
start(struct vm *v, enum vm_home home)
{
    v->phase = VM_STARTING;
    v->home = home;
    v->wants_read = home == HOME_LOOK;
}

static void
finish_otherwise(struct incident *inc, struct vm *v, const char *vm_state,
                 int64_t now_ms)
{
    char text[160];

    snprintf(text, sizeof text,
             "its host is back, but it is '%.60s': its owner must start it",
             vm_state);
    finish(inc, v, VM_SKIPPED, text, now_ms);
}

/* nova-compute stops a VM whose guest died with the host, when it compares its
 * VMs with their guests: who stopped it tells what it should be.
 */
static void
sort_stopped(struct incident *inc, struct vm *v, int64_t now_ms)
{
    if (v->was_stopped && v->n_starts) /* we did */
        finish(inc, v, VM_RECOVERED, "stopped, on its own host", now_ms);
    else if (v->n_starts >= TRIES_MAX)
        finish(inc, v, VM_BLOCKED,
               "its host is back, but it does not start there", now_ms);
    else
        start(v, HOME_WHY);
}

void
comeback_on_actions(struct incident *inc, struct vm *v, bool is_known,
                    bool was_stopped, int64_t now_ms)
{
    if (v->phase != VM_STARTING || v->home != HOME_WHY)
        return;
    if (is_known)
        v->was_stopped = was_stopped;
    if (v->was_stopped)
        finish(inc, v, VM_RECOVERED, "stopped, on its own host", now_ms);
    else if (is_known)
        start(v, HOME_WAKE);
    else
        finish_otherwise(inc, v, "stopped", now_ms);
}

/* It is on its own host, and nothing works on it: what should it be? */
static void
sort_vm(struct incident *inc, struct vm *v, const struct server_fact *s,
        int64_t now_ms)
{
    bool is_active = strcmp(s->vm_state, "active") == 0;
    bool is_error = strcmp(s->vm_state, "error") == 0;
    bool is_stopped = strcmp(s->vm_state, "stopped") == 0;

    if (v->n_starts >= TRIES_MAX && v->was_stopped && !is_stopped)
        finish(inc, v, VM_BLOCKED, "its host is back, but it does not stop",
               now_ms);
    else if (is_stopped)
        sort_stopped(inc, v, now_ms);
    else if (is_active || is_error)
        start(v, v->was_stopped ? HOME_STOP : HOME_ASK);
    else
        finish_otherwise(inc, v, s->vm_state, now_ms);
}

static void
look_at(struct incident *inc, struct vm *v, const struct server_fact *s,
        int64_t asked_ms, int64_t now_ms)
{
    v->read_ms = asked_ms;
    xstrset(&v->state, s->vm_state);
    if (v->name[0] == '\0')
        xstrset(&v->name, s->name);
    if (!s->was_launched)
        finish(inc, v, VM_BLOCKED, "it was never launched", now_ms);
    else if (s->task_state || orphan_may_run(v))
        start(v, HOME_LOOK);
    else
        sort_vm(inc, v, s, now_ms);
}

bool
comeback_on_vm(struct incident *inc, struct vm *v, const struct server_fact *s,
               int64_t asked_ms, int64_t now_ms)
{
    /* one that its disk ties to the host was not evacuated: it stays ours */
    bool is_over = (v->phase == VM_SKIPPED && v->choice != CHOICE_STAY) ||
                   v->phase == VM_RECOVERED || v->phase == VM_GONE;

    if (!comeback_is_on(inc) || !inc->back.up_ms || asked_ms <= inc->back.up_ms)
        return false;
    if (is_over || asked_ms < v->read_ms ||
        (v->phase == VM_STARTING && v->home != HOME_LOOK))
        return true;
    if (s)
        look_at(inc, v, s, asked_ms, now_ms);
    else if (!vm_phase_is_final(v->phase))
        start(v, HOME_LOOK);
    return true;
}

static void
try_later(struct incident *inc, struct vm *v, int64_t now_ms,
          const struct recovery_rules *rules)
{
    v->home = HOME_CALL;
    v->not_before_ms = now_ms;
    if (v->n_starts == 0)
        return;
    v->not_before_ms += rules->retry_min_ms;
    if (v->n_starts >= TRIES_MAX)
        finish(inc, v, VM_BLOCKED,
               "its host is back, but it does not start there", now_ms);
}

void
comeback_on_guest(struct incident *inc, struct vm *v, enum guest_state g,
                  int64_t now_ms, const struct recovery_rules *rules)
{
    if (v->phase != VM_STARTING || v->home != HOME_ASK)
        return;
    switch (g) {
    case GUEST_RUNS:
        finish(inc, v, VM_RECOVERED, "runs on its own host", now_ms);
        break;
    case GUEST_IS_OFF: try_later(inc, v, now_ms, rules); break;
    case GUEST_UNKNOWN: /* look at it once more */
        start(v, HOME_LOOK);
        v->read_ms = now_ms;
        break;
    }
}

void
comeback_on_call(struct vm *v, const char *why, int64_t now_ms,
                 const struct recovery_rules *rules)
{
    v->n_starts++;
    v->wants_read = true;
    v->read_ms = now_ms;
    v->home = HOME_LOOK;
    v->not_before_ms = now_ms + (why ? rules->retry_min_ms : 0);
    vm_set_reason(v, why);
}

/* --- steps ---------------------------------------------------------------- */

static void
plan_vm(const struct incident *inc, struct vm *v,
        const struct recovery_rules *rules, int64_t now_ms, struct plan *p)
{
    int64_t due_ms =
        v->home == HOME_LOOK ? v->read_ms + rules->poll_ms : v->not_before_ms;
    static const enum step_kind steps[] = {
        [HOME_LOOK] = STEP_READ_VM,     [HOME_ASK] = STEP_ASK_GUEST,
        [HOME_CALL] = STEP_REBOOT_VM,   [HOME_STOP] = STEP_STOP_VM,
        [HOME_WHY] = STEP_READ_ACTIONS, [HOME_WAKE] = STEP_START_VM,
    };

    if (due_ms > now_ms)
        plan_wake(p, now_ms, due_ms);
    else
        plan_add(p, inc, now_ms, steps[v->home], v);
}

static void
plan_vms(const struct incident *inc, const struct recovery_rules *rules,
         int64_t now_ms, struct plan *p)
{
    unsigned n = 0;

    for (size_t i = 0; i < inc->n_vms; i++)
        n += inc->by_key[i]->is_reading;
    for (size_t i = 0; i < inc->n_vms; i++) {
        struct vm *v = inc->by_key[i];

        if (v->phase != VM_STARTING || v->is_reading)
            continue;
        if (!orphan_may_run(v) && n++ >= ASK_AT_ONCE) {
            plan_wake(p, now_ms, now_ms + rules->poll_ms);
            return;
        }
        plan_vm(inc, v, rules, now_ms, p);
    }
}

/* A reading that is due, unless one is under way. */
static void
plan_reading(const struct incident *inc, enum step_kind kind, enum busy busy,
             int64_t asked_ms, int64_t pause_ms, int64_t now_ms, struct plan *p)
{
    struct step *s;

    if (inc->busy & busy)
        return;
    if (asked_ms && asked_ms + pause_ms > now_ms) {
        plan_wake(p, now_ms, asked_ms + pause_ms);
        return;
    }
    s = plan_add(p, inc, now_ms, kind, NULL);
    if (s && kind == STEP_RECORDS)
        s->since_ms = plan_records_since(inc, now_ms);
}

/* VMs are listed between the moment when nova-compute works again and the one
 * when new VMs may come: what is listed was here before.
 */
static void
plan_service(const struct incident *inc, const struct recovery_rules *rules,
             int64_t now_ms, struct plan *p)
{
    const struct comeback *b = &inc->back;

    if (inc->is_down && inc->saved.has_forced_down) {
        if (!(inc->busy & BUSY_DOWN))
            plan_add(p, inc, now_ms, STEP_FORCE_UP, NULL);
    } else if (!b->up_ms || b->service_ms <= b->doubt_ms) {
        plan_reading(inc, STEP_FIND_SERVICE, BUSY_SERVICE, b->service_ms,
                     rules->poll_ms, now_ms, p);
    } else if (inc->servers_asked_ms <= b->up_ms) {
        plan_reading(inc, STEP_SERVERS, BUSY_SERVERS, 0, 0, now_ms, p);
    } else if (b->is_ours && b->is_quarantined) {
        plan_reading(inc, STEP_FIND_SERVICE, BUSY_SERVICE, b->service_ms,
                     QUARANTINE_READ_MS, now_ms, p);
    } else if (b->is_ours && b->service_ms + FRESH_MS < now_ms) {
        plan_reading(inc, STEP_FIND_SERVICE, BUSY_SERVICE, 0, 0, now_ms, p);
    } else if (b->is_ours && !b->is_uncounted && !(inc->busy & BUSY_DOWN)) {
        plan_add(p, inc, now_ms, STEP_ENABLE, NULL);
    }
}

void
plan_comeback(const struct incident *inc, const struct recovery_rules *rules,
              int64_t now_ms, struct plan *p)
{
    /* without quorum it may be dead for the others, who go on from here */
    if (inc->certainty != NODE_ALIVE || inc->lacks_quorum)
        return;
    if (!inc->has_service || !inc->service_id) {
        if (!(inc->busy & BUSY_SERVICE))
            plan_add(p, inc, now_ms, STEP_FIND_SERVICE, NULL);
        return;
    }
    if (!inc->records_asked_ms || comeback_open_records(inc)) {
        plan_reading(inc, STEP_RECORDS, BUSY_RECORDS, inc->records_asked_ms,
                     rules->poll_ms, now_ms, p);
        return;
    }
    if (!inc->servers_asked_ms)
        plan_reading(inc, STEP_SERVERS, BUSY_SERVERS, 0, 0, now_ms, p);
    plan_service(inc, rules, now_ms, p);
    if (inc->back.up_ms)
        plan_vms(inc, rules, now_ms, p);
}
