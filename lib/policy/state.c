/* The table of states: what becomes of a VM of a dead host. */
#include "state.h"

#include <string.h>

#include "vm.h"

#define ANY  (-1)
#define NONE ""

enum { NOSTATE = 0, PAUSED = 3, SHUTDOWN = 4, SUSPENDED = 7 };

struct row {
    const char *vm_state;   /* NULL: any */
    const char *task_state; /* NULL: any; NONE; or the beginning of it */
    int power_state;        /* or ANY */
    int was_launched;       /* or ANY */
    struct state_rule rule;
};

#define STOPPED true, false
#define RUNS    false, false
#define UNCLEAR false, true

/* The first row that fits counts.
 *
 * An admin's calls do not ask for a lock, and no row does.  Of a VM that is on
 * its way into another state the row of that state counts: its owner asked for
 * it.  The way back (a start, a resume) has to be asked for again.
 */
/* clang-format off */
static const struct row rows[] = {
    { NULL, "deleting", ANY, ANY, { STATE_SKIP, STOPPED,
      "it is being deleted" } },
    { NULL, "soft-deleting", ANY, ANY, { STATE_SKIP, STOPPED,
      "it is being deleted" } },
    { "soft-delete", NULL, ANY, ANY, { STATE_SKIP, STOPPED,
      "it is deleted, and may be restored later" } },
    { "deleted", NULL, ANY, ANY, { STATE_SKIP, STOPPED,
      "it is deleted" } },
    { "building", NULL, ANY, ANY, { STATE_BLOCK, RUNS,
      "it was never launched: it was still being built" } },
    { NULL, NULL, ANY, false, { STATE_BLOCK, RUNS,
      "it was never launched" } },
    { NULL, "migrating", ANY, ANY, { STATE_HOLD, RUNS,
      "a live migration was under way: it may run on its destination" } },
    /* its image is its snapshot, for a while: not what Nova rebuilds from */
    { "shelved_offloaded", NULL, ANY, ANY, { STATE_HOLD, RUNS,
      "it was being unshelved" } },

    { "active", "powering-off", ANY, ANY, { STATE_EVACUATE, STOPPED,
      "it was being stopped" } },
    { "active", "pausing", ANY, ANY, { STATE_EVACUATE, STOPPED,
      "it was being paused; its memory is lost" } },
    { "active", "suspending", ANY, ANY, { STATE_EVACUATE, STOPPED,
      "it was being suspended; its memory is lost" } },
    { "active", "rescuing", ANY, ANY, { STATE_EVACUATE, STOPPED,
      "it was being rescued; its rescue disk is lost" } },
    { "active", "shelving", ANY, ANY, { STATE_EVACUATE, STOPPED,
      "it was being shelved" } },
    { "active", NULL, ANY, ANY, { STATE_EVACUATE, RUNS,
      "it ran" } },
    { "stopped", NULL, ANY, ANY, { STATE_EVACUATE, STOPPED,
      "it was stopped" } },

    /* Nova leaves the power state alone when it cannot place a VM, and when a
     * state is reset; a claim sets it to "unknown". */
    { "error", NULL, SHUTDOWN, ANY, { STATE_EVACUATE, STOPPED,
      "it was shut down before it failed" } },
    { "error", NULL, PAUSED, ANY, { STATE_EVACUATE, STOPPED,
      "it was paused before it failed; its memory is lost" } },
    { "error", NULL, SUSPENDED, ANY, { STATE_EVACUATE, STOPPED,
      "it was suspended before it failed; its memory is lost" } },
    { "error", NULL, NOSTATE, ANY, { STATE_EVACUATE, UNCLEAR,
      "it failed" } },
    { "error", NULL, ANY, ANY, { STATE_EVACUATE, RUNS,
      "it ran before it failed" } },

    { "paused", NULL, ANY, ANY, { STATE_RESET, STOPPED,
      "it was paused; its memory is lost" } },
    { "suspended", NULL, ANY, ANY, { STATE_RESET, STOPPED,
      "it was suspended; its memory is lost" } },
    { "rescued", NULL, ANY, ANY, { STATE_RESET, STOPPED,
      "it was rescued; its rescue disk is lost" } },
    { "shelved", NULL, ANY, ANY, { STATE_RESET, STOPPED,
      "it was shelved" } },
    { "resized", NONE, SHUTDOWN, ANY, { STATE_CONFIRM, STOPPED,
      "it was stopped, and resized to the host that failed" } },
    { "resized", NONE, ANY, ANY, { STATE_CONFIRM, RUNS,
      "it ran, and was resized to the host that failed" } },
    { "resized", NULL, SHUTDOWN, ANY, { STATE_RESET, STOPPED,
      "it was stopped, and resized to the host that failed" } },
    { "resized", NULL, ANY, ANY, { STATE_RESET, RUNS,
      "it ran, and was resized to the host that failed" } },

    { NULL, NULL, ANY, ANY, { STATE_HOLD, RUNS, NULL } },
};
/* clang-format on */

static bool
fits(const struct row *r, const struct server_fact *s)
{
    const char *task = s->task_state ? s->task_state : NONE;

    if ((r->vm_state && strcmp(r->vm_state, s->vm_state) != 0) ||
        (r->power_state != ANY && r->power_state != s->power_state) ||
        (r->was_launched != ANY && r->was_launched != s->was_launched))
        return false;
    if (!r->task_state)
        return true;
    return r->task_state[0]
               ? strncmp(task, r->task_state, strlen(r->task_state)) == 0
               : task[0] == '\0';
}

const struct state_rule *
state_rule_of(const struct server_fact *s)
{
    const struct row *r = rows;

    while (!fits(r, s))
        r++; /* the last one fits all */
    return &r->rule;
}

enum effect { LEAVES, STOPS, RUNS_IT };

static enum effect
effect_of(const char *action)
{
    /* nova/compute/instance_actions.py; others leave a VM as it was */
    static const struct {
        const char *name;
        enum effect effect;
    } table[] = {
        { "stop", STOPS },       { "pause", STOPS },      { "suspend", STOPS },
        { "rescue", STOPS },     { "shelve", STOPS },     { "create", RUNS_IT },
        { "start", RUNS_IT },    { "unpause", RUNS_IT },  { "resume", RUNS_IT },
        { "unrescue", RUNS_IT }, { "unshelve", RUNS_IT }, { "reboot", RUNS_IT },
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(action, table[i].name) == 0)
            return table[i].effect;
    return LEAVES;
}

bool
state_was_stopped_by(const struct action_fact *a, size_t n, int64_t since_ms)
{
    since_ms -= since_ms % 1000; /* as its times are cut */
    for (size_t i = 0; i < n; i++) {
        enum effect e = effect_of(a[i].name);

        if (e != LEAVES && !(a[i].is_by_nova && a[i].started_ms >= since_ms))
            return e == STOPS;
    }
    return false;
}
