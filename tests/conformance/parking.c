/* Conformance of what VMs are that arrive stopped, and how they are started. */
#include "parking.h"

#include "../unit/tap.h"
#include "ask.h"
#include "clock.h"

enum { START_MS = 60000, POLL_MS = 200 };

const char *
parking_state(const struct nova *nova, const char *before, bool was_in_error)
{
    if (was_in_error)
        return "active";
    return nova_can_park(nova) ? "stopped" : before;
}

struct seen {
    unsigned n_stops;
    /* last */
    bool was_started, was_stopped;
    bool is_asked; /* by a user */
    int64_t age_ms;
};

static void
on_actions(const struct nova_result *r, const struct nova_action *a, size_t n,
           void *arg)
{
    struct seen *seen = arg;

    take(r, n);
    for (size_t i = 0; i < n; i++)
        seen->n_stops += strcmp(a[i].name, "stop") == 0;
    seen->was_started = n && strcmp(a[0].name, "start") == 0;
    seen->was_stopped = n && strcmp(a[0].name, "stop") == 0;
    seen->is_asked = n && a[0].user && !a[0].has_failed;
    seen->age_ms = n ? clock_wall_ms() - a[0].started_ms : INT64_MAX;
}

static struct seen
ask_actions(struct nova *nova, const char *id)
{
    struct seen seen = { 0 };

    nova_instance_actions(nova, id, on_actions, &seen);
    wait_answer();
    succeeded();
    return seen;
}

static void
on_server(const struct nova_result *r, const struct nova_server *s, size_t n,
          void *arg)
{
    bool *is_active = arg;

    take(r, n);
    *is_active = n == 1 && !s->task_state && strcmp(s->vm_state, "active") == 0;
}

static bool
is_active_now(struct nova *nova, const char *id)
{
    bool is_active = false;

    nova_server_get(nova, id, on_server, &is_active);
    wait_answer();
    return is_active;
}

static void
start(struct nova *nova, const char *id)
{
    static const bool never = false;
    int64_t deadline = clock_mono_ms() + START_MS;

    nova_start(nova, id, on_done, NULL);
    wait_answer();
    succeeded();
    is_int(got.status, 202);
    while (!is_active_now(nova, id) && clock_mono_ms() < deadline)
        run_until(&never, POLL_MS);
    ok(is_active_now(nova, id));
    ok(ask_actions(nova, id).was_started);
    nova_start(nova, id, on_done, NULL);
    wait_answer();
    is_int(got.status, 409); /* it runs */
}

void
parking_check(struct nova *nova, const char *id, bool was_stopped, bool starts)
{
    is_int(ask_actions(nova, id).n_stops, was_stopped);
    if (starts && !is_active_now(nova, id))
        start(nova, id);
}

void
parking_check_actions(struct nova *nova, const char *id, const char *state)
{
    enum { RUN_MS = 24 * 3600 * 1000, ROUNDS_MS = 1000 }; /* whole seconds */
    struct seen seen = ask_actions(nova, id);

    is_int(seen.was_stopped, strcmp(state, "stopped") == 0);
    ok(seen.is_asked);
    ok(seen.age_ms > -ROUNDS_MS && seen.age_ms < RUN_MS);
}
