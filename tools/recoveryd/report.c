/* The status document: what the daemon knows, for people and programs. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../history/put.h"
#include "clock.h"
#include "comeback.h"
#include "daemon.h"
#include "orphan.h"
#include "xalloc.h"

enum { PROBLEMS_MAX = 500 }; /* VMs named one by one for each host */

/* A VM that people should know of: it waits after a failure, or ended so. */
static bool
is_problem(const struct incident *inc, const struct vm *v)
{
    return orphan_may_run(v) || v->phase == VM_BLOCKED || v->phase == VM_HELD ||
           v->phase == VM_SKIPPED || v->phase == VM_UNKNOWN ||
           ((v->phase == VM_WAITING || v->phase == VM_MOVING) &&
            incident_reason(inc, v));
}

static struct json_object *
problem(const struct incident *inc, const struct vm *v)
{
    int64_t now_ms = clock_mono_ms();
    struct json_object *o = json_object_new_object();

    put_text(o, "id", v->id);
    put_text(o, "name", v->name);
    put_text(o, "phase", vm_phase_name(v->phase));
    put_text(o, "state", v->state);
    put_text(o, "reason", incident_reason(inc, v));
    put_int(o, "attempts", v->attempts);
    put_time(o, "next_try_ms",
             capacity_is_awaited(v, now_ms)
                 ? clock_wall_ms() + v->not_before_ms - now_ms
                 : 0);
    return o;
}

static struct json_object *
problems(const struct incident *inc)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < inc->n_vms; i++)
        if (is_problem(inc, inc->by_key[i]) &&
            json_object_array_length(list) < PROBLEMS_MAX)
            json_object_array_add(list, problem(inc, inc->by_key[i]));
    return list;
}

struct json_object *
report_counts(const struct incident *inc)
{
    struct json_object *o = json_object_new_object();
    size_t n[N_VM_PHASES];

    incident_count(inc, n);
    put_int(o, "total", (int64_t) inc->n_vms);
    put_int(o, "recovered", (int64_t) n[VM_RECOVERED]);
    put_int(o, "in_flight",
            (int64_t) (n[VM_POSTING] + n[VM_MOVING] + n[VM_ARRIVED] +
                       n[VM_RESTORING] + n[VM_STARTING]));
    put_int(o, "waiting", (int64_t) (n[VM_WAITING] + n[VM_UNKNOWN]));
    put_int(o, "failed", (int64_t) n[VM_BLOCKED]);
    put_int(o, "held", (int64_t) n[VM_HELD]);
    put_int(o, "skipped", (int64_t) n[VM_SKIPPED]);
    put_int(o, "gone", (int64_t) n[VM_GONE]);
    return o;
}

struct json_object *
report_times(const struct incident *inc)
{
    struct json_object *o = json_object_new_object();

    put_time(o, "fenced_ms", inc->fenced_wall_ms);
    put_time(o, "down_ms", inc->down_wall_ms);
    put_time(o, "first_evacuate_ms", inc->first_post_wall_ms);
    put_time(o, "done_ms", inc->done_wall_ms);
    return o;
}

const char *
report_obstacle(const struct host *h)
{
    const struct incident *inc = h->incident;

    if (!inc)
        return certainty_text(h->certainty);
    if (comeback_is_on(inc))
        return comeback_waits_for(inc);
    if (inc->saved.phase >= PHASE_DONE)
        return inc->trouble;
    if (inc->has_returned)
        return "the host came back: VMs that are still on it wait for it";
    if (inc->certainty != CERTAIN)
        return certainty_text(inc->certainty);
    return h->brake_text ? h->brake_text : inc->trouble;
}

static struct json_object *
host_report(const struct host *h)
{
    struct json_object *o = json_object_new_object();
    const struct incident *inc = h->incident;

    put_text(o, "host", h->node);
    put_text(o, "service_host", h->nova_host);
    put_text(o, "phase", inc ? host_phase_name(inc->saved.phase) : "held");
    put_text(o, "reason", report_obstacle(h));
    if (inc) {
        json_object_object_add(o, "times", report_times(inc));
        json_object_object_add(o, "vms", report_counts(inc));
        json_object_object_add(o, "problems", problems(inc));
    }
    return o;
}

/* Those on ONLY, or (NULL) all. */
static struct json_object *
repairs(const struct daemon *d, const struct host *only)
{
    struct json_object *list = json_object_new_array();
    int64_t now_ms = clock_mono_ms();

    for (size_t i = 0; i < d->n_repairs && i < PROBLEMS_MAX; i++) {
        const struct repair *r = d->repairs[i];
        struct json_object *o;

        if (only && strcmp(r->node, only->node) != 0)
            continue;
        o = json_object_new_object();
        put_text(o, "id", r->id);
        put_text(o, "name", r->name);
        put_text(o, "host", r->node);
        put_text(o, "fault", fault_why_name(r->why));
        put_text(o, "phase", repair_phase_name(r->phase));
        put_text(o, "reason", repair_reason(r));
        put_int(o, "attempts", r->n_calls);
        put_time(o, "next_try_ms",
                 r->not_before_ms > now_ms
                     ? clock_wall_ms() + r->not_before_ms - now_ms
                     : 0);
        json_object_array_add(list, o);
    }
    return list;
}

static const char *
shut_text(const struct scheduling *s)
{
    if (scheduling_is_shut(s))
        return "shut";
    if (s->is_braked)
        return "too many hosts are shut (max_shut_hosts)";
    return s->is_known && s->is_disabled ? "disabled by others" : "open";
}

static struct json_object *
fault_of(const struct host *h, const struct fault *f)
{
    struct json_object *o = json_object_new_object();

    put_text(o, "host", h->node);
    put_text(o, "kind", fault_kind_name(f->kind));
    put_text(o, "name", f->name);
    put_text(o, "fault", fault_why_name(f->why));
    put_time(o, "since_ms",
             f->since_s < INT64_MAX / 1000 ? f->since_s * 1000 : 0);
    put_text(o, "scheduling", shut_text(&h->scheduling));
    return o;
}

/* Of processes and mounts of living hosts. */
static struct json_object *
faults(const struct daemon *d)
{
    struct json_object *list = json_object_new_array();
    size_t n = 0;

    for (size_t i = 0; i < d->n_hosts; i++) {
        const struct watched *w = &d->hosts[i]->watched;

        for (size_t k = 0; k < w->n_faults && n < PROBLEMS_MAX; k++, n++)
            json_object_array_add(list, fault_of(d->hosts[i], &w->faults[k]));
    }
    return list;
}

static void
put_health(struct json_object *o, const struct daemon *d)
{
    CLEANUP_FREE char *health = daemon_health(d);
    char *reason = strchr(health, ' ');

    if (reason)
        *reason++ = '\0';
    put_text(o, "state", health);
    put_text(o, "reason", reason);
}

/* null: armed. */
static void
put_disarmed(struct json_object *o, const struct daemon *d)
{
    struct json_object *told = NULL;
    struct disarm dis;

    if (arming_get(d, &dis)) {
        told = json_object_new_object();
        put_time(told, "since_ms", dis.since_s * 1000);
        put_time(told, "until_ms", dis.until_s * 1000);
        put_text(told, "reason", dis.reason);
    }
    json_object_object_add(o, "disarmed", told);
}

/* Nodes that are surely compute hosts. */
static int64_t
count_expected(const struct daemon *d)
{
    int64_t n = 0;

    for (size_t i = 0; i < d->n_hosts; i++)
        n += d->hosts[i]->is_expected;
    return n;
}

static struct json_object *
warnings(const struct daemon *d)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < d->n_warnings; i++)
        json_object_array_add(list, json_object_new_string(d->warnings[i]));
    return list;
}

struct json_object *
report_head(const struct daemon *d)
{
    struct json_object *o = json_object_new_object();
    char node[256] = "";

    (void) gethostname(node, sizeof node - 1); /* "" tells as well */
    put_int(o, "version", 1);
    put_text(o, "instance", d->instance);
    put_text(o, "node", node);
    put_text(o, "segment", d->conf.segment);
    return o;
}

char *
report_event(const struct daemon *d, const struct host *h, enum tiding t)
{
    struct json_object *o = report_head(d);
    bool has_recovery = h->incident || h->opening == OPEN_HELD;

    put_text(o, "event", tiding_name(t));
    put_int(o, "time_ms", clock_wall_ms());
    put_text(o, "host", h->node);
    put_text(o, "incident", h->incident ? incident_id(h->incident).text : NULL);
    json_object_object_add(o, "recovery", has_recovery ? host_report(h) : NULL);
    json_object_object_add(o, "repairs", repairs(d, h));
    return put_done(o);
}

char *
report_status(const struct daemon *d)
{
    struct json_object *o = report_head(d);
    struct json_object *hosts = json_object_new_array();

    put_health(o, d);
    put_disarmed(o, d);
    json_object_object_add(o, "quorate",
                           json_object_new_boolean(d->is_quorate));
    put_int(o, "time_ms", clock_wall_ms());
    put_int(o, "watched_hosts", count_expected(d));
    for (size_t i = 0; i < d->n_hosts; i++)
        if (d->hosts[i]->incident || d->hosts[i]->opening == OPEN_HELD)
            json_object_array_add(hosts, host_report(d->hosts[i]));
    json_object_object_add(o, "hosts", hosts);
    json_object_object_add(o, "repairs", repairs(d, NULL));
    json_object_object_add(o, "faults", faults(d));
    json_object_object_add(o, "warnings", warnings(d));
    return put_done(o);
}
