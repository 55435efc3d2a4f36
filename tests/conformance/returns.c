/* Conformance of what a host that comes back is asked. */
#include "returns.h"

#include "../unit/tap.h"
#include "ask.h"
#include "clock.h"

enum { SYNC_MS = 120000, POLL_MS = 200 };

void
returns_refuse_up(struct nova *nova, const char *service_id)
{
    nova_service_force_up(nova, service_id, on_done, NULL);
    wait_answer();
    is_int(got.status, 400);
    has_str(got.detail, "evacuation migration records");
}

static void
on_evacuations(const struct nova_result *r, const struct nova_migration *m,
               size_t n, void *arg)
{
    size_t *n_completed = arg;

    take(r, n);
    *n_completed = 0;
    for (size_t i = 0; i < n; i++)
        *n_completed += strcmp(m[i].status, "completed") == 0;
}

static void
on_up(const struct nova_result *r, const struct nova_service *s, void *arg)
{
    bool *is_up = arg;

    take(r, 0);
    *is_up = s && s->is_up && !s->is_forced_down;
}

void
returns_take_up(struct nova *nova, const char *service_id, const char *host,
                const char *hook, size_t n_evacuated)
{
    static const bool never = false;
    int64_t deadline = clock_mono_ms() + SYNC_MS;
    size_t n_completed = 0;
    bool is_up = false;

    is_int(run_hook(hook, "back", host), 0);
    while (n_completed < n_evacuated && clock_mono_ms() < deadline) {
        run_until(&never, POLL_MS);
        nova_evacuations(nova, host, 0, on_evacuations, &n_completed);
        wait_answer();
    }
    is_int(n_completed, n_evacuated);
    nova_service_force_up(nova, service_id, on_done, NULL);
    wait_answer();
    succeeded();
    while (!is_up && clock_mono_ms() < deadline) {
        run_until(&never, POLL_MS);
        nova_service_find(nova, host, on_up, &is_up);
        wait_answer();
    }
    ok(is_up);
}

void
returns_ask_guest(struct nova *nova, const char *id, bool is_running)
{
    nova_guest_ask(nova, id, on_done, NULL);
    wait_answer();
    is_int(got.status, is_running ? 200 : 409);
}

static void
on_server(const struct nova_result *r, const struct nova_server *s, size_t n,
          void *arg)
{
    bool *is_stopped = arg;

    take(r, n);
    *is_stopped =
        n == 1 && !s->task_state && strcmp(s->vm_state, "stopped") == 0;
}

static bool
is_stopped_now(struct nova *nova, const char *id)
{
    bool is_stopped = false;

    nova_server_get(nova, id, on_server, &is_stopped);
    wait_answer();
    return is_stopped;
}

struct newest {
    bool is_stop, is_asked;
    int64_t age_ms;
};

static void
on_actions(const struct nova_result *r, const struct nova_action *a, size_t n,
           void *arg)
{
    struct newest *newest = arg;

    take(r, n);
    if (n)
        *newest =
            (struct newest){ strcmp(a[0].name, "stop") == 0, a[0].user != NULL,
                             clock_wall_ms() - a[0].started_ms };
}

void
returns_sync_power(struct nova *nova, const char *id)
{
    static const bool never = false;
    int64_t deadline = clock_mono_ms() + SYNC_MS;
    struct newest newest = { 0 };

    while (!is_stopped_now(nova, id) && clock_mono_ms() < deadline)
        run_until(&never, POLL_MS);
    ok(is_stopped_now(nova, id));
    nova_instance_actions(nova, id, on_actions, &newest);
    wait_answer();
    succeeded();
    ok(newest.is_stop);
    ok(!newest.is_asked);
    ok(newest.age_ms < SYNC_MS);
    nova_start(nova, id, on_done, NULL);
    wait_answer();
    succeeded();
}
