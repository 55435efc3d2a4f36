/* One VM that its living host reports as failed. */
#include "repair.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "pace.h"
#include "xalloc.h"

enum {
    POWER_RUNNING = 1,     /* Nova's power_state */
    LOOK_AGAIN_MS = 60000, /* at one that is left alone */
    VERIFY_MS = 60000,     /* for its fault to go, once Nova says it runs */
    LOOK_BUSY_MS = 5000,   /* ...while Nova works on it */
    PAUSE_MAX_MS = 300000,
    TROUBLE_MS = 2000,
    TROUBLE_MAX_MS = 60000,
};

static const char *const phases[N_REPAIR_PHASES] = {
    [REPAIR_NEW] = "new",
    [REPAIR_WAITING] = "waiting",
    [REPAIR_CALLING] = "restarting",
    [REPAIR_VERIFYING] = "verifying",
    [REPAIR_LEFT] = "left",
    [REPAIR_SPENT] = "spent",
};

/* What restarts a VM in this vm_state of Nova's (its compute/api.py: hard
 * reboots are allowed in active, stopped, paused, suspended and error; os-start
 * in stopped).  The others are left: somebody put them there.
 */
static const struct {
    const char *vm_state;
    enum repair_step step;
} needs[] = {
    { "active", REPAIR_REBOOT },
    { "error", REPAIR_REBOOT },
    { "stopped", REPAIR_START },
    { "resized", REPAIR_CONFIRM },
};

const char *
repair_phase_name(enum repair_phase p)
{
    return phases[p];
}

const char *
repair_reason(const struct repair *r)
{
    const char *hold = restart_hold(&r->around);

    if (hold && r->phase == REPAIR_WAITING)
        return hold;
    if (!r->reason && r->phase == REPAIR_WAITING && r->is_in_storm)
        return "many instances failed by this cause: a few are tried first";
    return r->reason;
}

struct repair *
repair_new(const char *node, const char *host, const struct fault *f)
{
    struct repair *r = xcalloc(1, sizeof *r);

    r->node = xstrdup(node);
    r->host = xstrdup(host);
    memcpy(r->id, f->name, UUID_MAX);
    r->why = f->why;
    r->since_s = f->since_s;
    r->is_reported = true;
    return r;
}

void
repair_free(struct repair *r)
{
    if (!r)
        return;
    free(r->node);
    free(r->host);
    free(r->name);
    free(r->reason);
    free(r);
}

/* --- what is next ------------------------------------------------------ */

/* STEP, once WHEN_MS has come. */
static enum repair_step
at(int64_t when_ms, enum repair_step step, int64_t now_ms, int64_t *ret_wake_ms)
{
    if (now_ms >= when_ms)
        return step;
    *ret_wake_ms = when_ms;
    return REPAIR_NOTHING;
}

struct restart_facts
repair_facts(const struct repair *r, const struct repair_rules *rules,
             int64_t now_ms)
{
    struct restart_facts f = r->around;

    f.is_waiting = r->phase == REPAIR_WAITING;
    f.need = r->need;
    f.is_counted = r->is_counted;
    f.n_calls = (int) r->n_calls;
    f.limit = (int) rules->limit;
    f.delay_ms = r->not_before_ms > now_ms ? r->not_before_ms - now_ms : 0;
    f.look_age_ms = now_ms - r->read_ms;
    return f;
}

static enum repair_step
next_for_waiting(const struct repair *r, const struct repair_rules *rules,
                 int64_t now_ms, int64_t *ret_wake_ms)
{
    struct restart_facts f = repair_facts(r, rules, now_ms);

    if (r->need == REPAIR_NOTHING)
        return at(r->read_ms + LOOK_BUSY_MS, REPAIR_READ, now_ms, ret_wake_ms);
    if (!r->is_counted)
        return REPAIR_READ_ACTIONS;
    if (now_ms < r->not_before_ms)
        return at(r->not_before_ms, REPAIR_NOTHING, now_ms, ret_wake_ms);
    return restart_call(&f);
}

enum repair_step
repair_next(const struct repair *r, const struct repair_rules *rules,
            int64_t now_ms, int64_t *ret_wake_ms)
{
    *ret_wake_ms = 0;
    if (r->is_busy)
        return REPAIR_NOTHING;
    if (now_ms < r->retry_ms)
        return at(r->retry_ms, REPAIR_NOTHING, now_ms, ret_wake_ms);
    switch (r->phase) {
    case REPAIR_NEW: return REPAIR_READ;
    case REPAIR_WAITING: return next_for_waiting(r, rules, now_ms, ret_wake_ms);
    case REPAIR_VERIFYING:
        return at(r->read_ms + (now_ms - r->call_ms > VERIFY_MS
                                    ? LOOK_BUSY_MS
                                    : rules->poll_ms),
                  REPAIR_READ, now_ms, ret_wake_ms);
    case REPAIR_LEFT:
        return at(r->read_ms + LOOK_AGAIN_MS, REPAIR_READ, now_ms, ret_wake_ms);
    case REPAIR_SPENT:
        return at(r->not_before_ms, REPAIR_READ, now_ms, ret_wake_ms);
    case REPAIR_CALLING:
    case N_REPAIR_PHASES: break;
    }
    return REPAIR_NOTHING;
}

bool
repair_is_over(const struct repair *r)
{
    bool is_ours = repair_is_running(r) || /* we have begun it */
                   (r->has_failed && r->phase != REPAIR_LEFT);

    return !r->is_busy && (r->was_mended || (!r->is_reported && !is_ours));
}

bool
repair_wants_turn(const struct repair *r, int64_t now_ms)
{
    return r->phase == REPAIR_WAITING && r->need != REPAIR_NOTHING &&
           r->is_counted && !restart_hold(&r->around) &&
           now_ms >= r->not_before_ms;
}

bool
repair_is_running(const struct repair *r)
{
    return r->phase == REPAIR_CALLING || r->phase == REPAIR_VERIFYING;
}

/* --- how often --------------------------------------------------------- */

/* Forget the restarts that have left the window. */
static void
drop_old_calls(struct repair *r, const struct repair_rules *rules,
               int64_t now_ms)
{
    unsigned n = 0;

    while (n < r->n_calls && r->calls_ms[n] <= now_ms - rules->window_ms)
        n++;
    r->n_calls -= n;
    memmove(r->calls_ms, r->calls_ms + n, r->n_calls * sizeof *r->calls_ms);
}

/* One more; the newest ones stay. */
static void
add_call(struct repair *r, int64_t when_ms)
{
    if (r->n_calls == RESTARTS_MAX)
        memmove(r->calls_ms, r->calls_ms + 1,
                --r->n_calls * sizeof *r->calls_ms);
    r->calls_ms[r->n_calls++] = when_ms;
}

/* It is to be restarted: now, later, or not any more? */
static void
wait_its_time(struct repair *r, const struct repair_rules *rules,
              int64_t now_ms)
{
    drop_old_calls(r, rules, now_ms);
    r->phase = REPAIR_WAITING;
    r->not_before_ms = 0;
    if (r->n_calls >= rules->limit) {
        r->phase = REPAIR_SPENT;
        r->not_before_ms = r->calls_ms[0] + rules->window_ms;
        free(r->reason);
        r->reason = xasprintf("was restarted %u times within %" PRId64 " s "
                              "(restart_limit), is left alone for a while",
                              r->n_calls, rules->window_ms / 1000);
        return;
    }
    if (!r->n_calls)
        return;
    r->not_before_ms =
        r->calls_ms[r->n_calls - 1] +
        pace_doubled_ms(rules->pause_ms, r->n_calls - 1, PAUSE_MAX_MS);
}

static void
set_failed(struct repair *r, const char *reason,
           const struct repair_rules *rules, int64_t now_ms)
{
    r->has_failed = true;
    xstrset(&r->reason, reason);
    wait_its_time(r, rules, now_ms);
}

static void
leave(struct repair *r, const char *reason)
{
    r->phase = REPAIR_LEFT;
    xstrset(&r->reason, reason);
}

/* --- the report -------------------------------------------------------- */

void
repair_on_report(struct repair *r, const struct fault *f,
                 const struct repair_rules *rules, int64_t now_ms)
{
    bool is_new = f && (f->since_s != r->since_s || f->why != r->why);

    r->is_reported = f != NULL;
    if (f) {
        r->why = f->why;
        r->since_s = f->since_s;
    }
    if (!f && r->phase == REPAIR_VERIFYING && r->is_up)
        r->was_mended = true;
    else if (is_new && r->phase == REPAIR_VERIFYING && r->is_up)
        set_failed(r, "failed again after it was restarted", rules, now_ms);
    else if (is_new && (r->phase == REPAIR_LEFT || r->phase == REPAIR_SPENT))
        r->phase = REPAIR_NEW;
}

/* --- what Nova says ---------------------------------------------------- */

/* Does the VM run, by what Nova says after the restart? */
static void
verify(struct repair *r, const struct server_fact *s,
       const struct repair_rules *rules, int64_t now_ms)
{
    CLEANUP_FREE char *reason = NULL;

    if (s->task_state) { /* for ever, where nova-compute is down */
        reason = xasprintf("Nova restarts it: task_state '%s'", s->task_state);
        xstrset(&r->reason, reason);
        return;
    }
    xstrset(&r->reason, NULL);
    if (strcmp(s->vm_state, "active") != 0 || s->power_state != POWER_RUNNING) {
        reason =
            xasprintf("its restart did not help: it is %s%s%s", s->vm_state,
                      s->fault ? ": " : "", s->fault ? s->fault : "");
        set_failed(r, reason, rules, now_ms);
        return;
    }
    if (!r->is_up)
        r->up_ms = now_ms;
    r->is_up = true;
    if (!r->is_reported)
        r->was_mended = true;
    else if (now_ms - r->up_ms >= VERIFY_MS)
        set_failed(r, "its restart did not help: its host still reports it",
                   rules, now_ms);
}

/* What would restart it?  REPAIR_NOTHING: nothing, it is left. */
static enum repair_step
need_of(const struct server_fact *s)
{
    for (size_t i = 0; i < N_ELEMENTS(needs); i++)
        if (strcmp(s->vm_state, needs[i].vm_state) == 0)
            return needs[i].step;
    return REPAIR_NOTHING;
}

/* Is it ours to restart at all?  Where not, it is left. */
static bool
is_ours(struct repair *r, const struct server_fact *s,
        const struct repair_rules *rules)
{
    CLEANUP_FREE char *reason = NULL;
    struct selection sel;

    if (!s) {
        leave(r, "Nova does not know it");
        return false;
    }
    xstrset(&r->name, s->name);
    if (!s->host || strcmp(s->host, r->host) != 0) {
        reason = xasprintf("Nova has it on '%s'", s->host ? s->host : "");
        leave(r, reason);
        return false;
    }
    if (!rules->limit) {
        leave(r, "restart_limit is 0");
        return false;
    }
    select_vm(rules->select, s, false, &sel);
    r->priority = sel.priority;
    if (sel.choice != CHOICE_RECOVER) {
        leave(r, sel.why);
        return false;
    }
    return true;
}

static void
judge(struct repair *r, const struct server_fact *s,
      const struct repair_rules *rules, int64_t now_ms)
{
    CLEANUP_FREE char *reason = NULL;
    enum repair_step need;

    if (!is_ours(r, s, rules))
        return;
    need = need_of(s);
    if (s->task_state) {
        reason = xasprintf("Nova works on it: task_state '%s'", s->task_state);
    } else if (need == REPAIR_NOTHING) {
        reason = xasprintf("vm_state '%s' is left as it is", s->vm_state);
        leave(r, reason);
        return;
    }
    if (need != r->need || r->phase == REPAIR_LEFT)
        r->is_counted = false; /* who stopped it is to be read (again) */
    r->need = s->task_state ? REPAIR_NOTHING : need;
    if (s->task_state)
        r->phase = REPAIR_WAITING;
    else
        wait_its_time(r, rules, now_ms);
    if (r->phase == REPAIR_WAITING && (reason || !r->has_failed))
        xstrset(&r->reason, reason);
}

void
repair_on_server(struct repair *r, const struct server_fact *s,
                 int64_t asked_ms, int64_t now_ms,
                 const struct repair_rules *rules)
{
    r->read_ms = asked_ms;
    r->n_troubles = 0;
    if (r->phase == REPAIR_VERIFYING && is_ours(r, s, rules)) {
        verify(r, s, rules, now_ms);
    } else if (r->phase != REPAIR_VERIFYING) {
        judge(r, s, rules, now_ms);
    }
}

/* The newest of what decides whether it should run was a user's stop. */
static bool
was_stopped_by_user(const struct action_fact *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(a[i].name, "stop") == 0)
            return !a[i].is_by_nova;
        if (strcmp(a[i].name, "start") == 0 ||
            strcmp(a[i].name, "reboot") == 0 ||
            strcmp(a[i].name, "create") == 0)
            return false;
    }
    return false;
}

static bool
is_restart(const struct action_fact *a)
{
    return a->is_ours &&
           (strcmp(a->name, "start") == 0 || strcmp(a->name, "reboot") == 0);
}

/* How long ago, by two clocks. */
static int64_t
age_of(const struct action_fact *a, int64_t wall_ms)
{
    return wall_ms > a->started_ms ? wall_ms - a->started_ms : 0;
}

void
repair_on_actions(struct repair *r, const struct action_fact *a, size_t n,
                  int64_t now_ms, int64_t wall_ms,
                  const struct repair_rules *rules)
{
    r->n_troubles = 0;
    if (r->phase != REPAIR_WAITING)
        return;
    r->is_counted = true;
    r->n_calls = 0;
    for (size_t i = n; i-- > 0;) /* oldest first */
        if (is_restart(&a[i]) && age_of(&a[i], wall_ms) < rules->window_ms)
            add_call(r, now_ms - age_of(&a[i], wall_ms));
    if (r->need == REPAIR_START && was_stopped_by_user(a, n))
        leave(r, "a user stopped it");
    else
        wait_its_time(r, rules, now_ms);
}

/* --- the call ---------------------------------------------------------- */

void
repair_on_calling(struct repair *r, enum repair_step step, int64_t now_ms)
{
    r->phase = REPAIR_CALLING;
    r->has_failed = r->is_up = false;
    r->call_ms = now_ms;
    xstrset(&r->reason, NULL);
    if (step == REPAIR_CONFIRM)
        return;
    add_call(r, now_ms);
}

/* It had no effect: it does not count, and is not repeated at once. */
static void
take_back(struct repair *r, int64_t now_ms)
{
    if (r->need != REPAIR_CONFIRM)
        r->n_calls--;
    r->phase = REPAIR_NEW;
    r->retry_ms = now_ms + TROUBLE_MS;
}

void
repair_on_call(struct repair *r, enum answer a, const char *detail,
               int64_t now_ms)
{
    switch (a) {
    case ANSWER_QUEUED:
    case ANSWER_UNKNOWN:
        r->read_ms = now_ms;
        r->phase = REPAIR_VERIFYING;
        if (r->need == REPAIR_CONFIRM) {
            r->phase = REPAIR_NEW; /* then it is active, or was stopped */
            r->retry_ms = now_ms + LOOK_BUSY_MS;
        }
        break;
    case ANSWER_NOT_SENT:
    case ANSWER_STATE: take_back(r, now_ms); break;
    case ANSWER_GONE:
    case ANSWER_IN_USE:
    case ANSWER_DENIED:
    case ANSWER_BLOCKED:
        take_back(r, now_ms);
        leave(r, detail);
        r->read_ms = now_ms;
        break;
    }
}

void
repair_on_trouble(struct repair *r, const char *what, int64_t now_ms)
{
    r->retry_ms =
        now_ms + pace_doubled_ms(TROUBLE_MS, r->n_troubles++, TROUBLE_MAX_MS);
    if (!repair_is_running(r) && !r->has_failed)
        xstrset(&r->reason, what);
}
