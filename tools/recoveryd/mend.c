/* Restart VMs that died on their living hosts: carry out what repair.h says. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon.h"
#include "log.h"
#include "metrics.h"
#include "request.h"
#include "xalloc.h"

/* --- requests ---------------------------------------------------------- */

/* A request under way; the repair may be gone when the answer comes. */
struct mending {
    struct pending base;
    char vm[UUID_MAX];
    enum repair_step step;
};

static struct mending *
mending_new(struct daemon *d, struct repair *r, enum repair_step step)
{
    struct mending *m = pending_new(d, &d->pending, r->node, sizeof *m);

    memcpy(m->vm, r->id, UUID_MAX);
    m->step = step;
    r->is_busy = true;
    return m;
}

/* The repair that it was for, or NULL. */
static struct repair *
finish(struct mending *m, const struct nova_result *res)
{
    struct repair *r = faults_find(m->base.d, m->base.node, m->vm);

    request_tell_cloud(m->base.d, res);
    daemon_kick(m->base.d);
    if (r)
        r->is_busy = false;
    return r;
}

/* --- what changes a repair --------------------------------------------- */

/* A new fact has come: tell of it, and whether it ended a restart. */
static void
settle(struct daemon *d, struct repair *r, bool was_running)
{
    bool has_ended = was_running && (r->was_mended || r->has_failed);

    if (has_ended)
        storm_note(&d->storm, r, r->was_mended, clock_mono_ms());
    if (r->was_mended && was_running)
        log_notice("restarted: vm='%s' node='%s'", r->id, r->node);
    else if (has_ended)
        log_warning("vm='%s' node='%s': %s", r->id, r->node, r->reason);
    if (has_ended && r->phase == REPAIR_SPENT)
        metrics_repair(d->metrics, "spent");
    history_repair(d->history, r);
}

void
mend_report(struct daemon *d, struct repair *r, const struct fault *f)
{
    bool was_running = repair_is_running(r);

    repair_on_report(r, f, &d->repair_rules, clock_mono_ms());
    settle(d, r, was_running);
}

static void
on_read(const struct nova_result *res, const struct nova_server *s, size_t n,
        void *arg)
{
    CLEANUP(pending_freep) struct mending *m = arg;
    struct repair *r = finish(m, res);
    bool was_running = r && repair_is_running(r);
    struct server_fact f;

    if (!r)
        return;
    if (res->err) {
        repair_on_trouble(r, res->err->text, clock_mono_ms());
        return;
    }
    if (n)
        f = server_fact_of(s);
    repair_on_server(r, n ? &f : NULL, m->base.asked_ms, clock_mono_ms(),
                     &m->base.d->repair_rules);
    settle(m->base.d, r, was_running);
}

static void
on_actions(const struct nova_result *res, const struct nova_action *a, size_t n,
           void *arg)
{
    CLEANUP(pending_freep) struct mending *m = arg;
    struct repair *r = finish(m, res);
    CLEANUP_FREE struct action_fact *facts = xcalloc(n, sizeof *facts);

    if (!r)
        return;
    if (res->err) {
        repair_on_trouble(r, res->err->text, clock_mono_ms());
        return;
    }
    for (size_t i = 0; i < n; i++)
        facts[i] = action_fact_of(m->base.d, &a[i]);
    repair_on_actions(r, facts, n, clock_mono_ms(), clock_wall_ms(),
                      &m->base.d->repair_rules);
    settle(m->base.d, r, false);
}

static void
on_called(const struct nova_result *res, void *arg)
{
    CLEANUP(pending_freep) struct mending *m = arg;
    struct repair *r = finish(m, res);
    enum answer a = answer_to_evacuate(res->status, res->was_sent, res->detail);

    if (!r)
        return;
    history_repair_answer(m->base.d->history, r, repair_step_name(m->step), res,
                          a);
    repair_on_call(r, a,
                   res->detail[0] || !res->err ? res->detail : res->err->text,
                   clock_mono_ms());
    settle(m->base.d, r, false);
}

/* --- steps ------------------------------------------------------------- */

static void
call(struct daemon *d, struct repair *r, enum repair_step step)
{
    struct host *h = daemon_host(d, r->node);
    struct restart_facts facts =
        repair_facts(r, &d->repair_rules, clock_mono_ms());

    log_notice("%s: vm='%s' node='%s': its host reports '%s'",
               repair_step_name(step), r->id, r->node, fault_why_name(r->why));
    history_repair_call(d->history, r, repair_step_name(step), &facts);
    repair_on_calling(r, step, clock_mono_ms());
    restart_rate_count(&h->watched.rate, clock_mono_ms());
    if (step == REPAIR_REBOOT)
        nova_reboot(d->nova, r->id, on_called, mending_new(d, r, step));
    else if (step == REPAIR_START)
        nova_start(d->nova, r->id, on_called, mending_new(d, r, step));
    else
        nova_confirm_resize(d->nova, r->id, on_called, mending_new(d, r, step));
}

static void
take_step(struct daemon *d, struct repair *r, enum repair_step step)
{
    switch (step) {
    case REPAIR_NOTHING: break;
    case REPAIR_READ:
        nova_server_get(d->nova, r->id, on_read, mending_new(d, r, step));
        break;
    case REPAIR_READ_ACTIONS:
        nova_instance_actions(d->nova, r->id, on_actions,
                              mending_new(d, r, step));
        break;
    case REPAIR_REBOOT:
    case REPAIR_START:
    case REPAIR_CONFIRM: call(d, r, step); break;
    }
}

/* --- may anything be changed? ------------------------------------------- */

/* Is it one of those that a failure of another host has brought here, or that
 * is still to come?  Two recoveries of one VM must not meet.
 */
static bool
is_in_incident(const struct daemon *d, const char *id)
{
    for (size_t i = 0; i < d->n_hosts; i++) {
        const struct incident *inc = d->hosts[i]->incident;
        const struct vm *v = inc ? incident_vm(inc, id) : NULL;

        if (v && v->phase != VM_RECOVERED && v->phase != VM_GONE &&
            v->phase != VM_SKIPPED)
            return true;
    }
    return false;
}

static bool
is_rate_full(const struct daemon *d, const struct repair *r, int64_t now_ms)
{
    return restart_rate_is_full(&daemon_host(d, r->node)->watched.rate,
                                &d->storm_rules, now_ms);
}

/* What stands in the way of restarts on host H, now. */
static struct restart_facts
facts_around(const struct daemon *d, const struct host *h,
             const struct repair *r, int64_t now_ms)
{
    return (struct restart_facts){
        .certainty = faults_certainty(d, h, now_ms),
        .is_in_incident = is_in_incident(d, r->id),
        .is_rate_full = is_rate_full(d, r, now_ms),
    };
}

static void
drop_what_is_over(struct daemon *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_repairs; i++) {
        if (repair_is_over(d->repairs[i])) {
            log_info("vm='%s' node='%s': its fault is gone", d->repairs[i]->id,
                     d->repairs[i]->node);
            history_repair_over(d->history, d->repairs[i]);
            metrics_repair(d->metrics, d->repairs[i]->was_mended
                                           ? "restarted"
                                           : "fault_gone");
            repair_free(d->repairs[i]);
        } else {
            d->repairs[n++] = d->repairs[i];
        }
    }
    d->n_repairs = n;
}

int64_t
mend(struct daemon *d, int64_t now_ms)
{
    int64_t wake_ms;

    drop_what_is_over(d);
    for (size_t i = 0; i < d->n_repairs; i++) {
        struct repair *r = d->repairs[i];

        r->around = facts_around(d, daemon_host(d, r->node), r, now_ms);
    }
    storm_turns(&d->storm, &d->storm_rules, d->repairs, d->n_repairs, now_ms,
                &wake_ms);
    for (size_t i = 0; i < d->n_repairs; i++) {
        struct repair *r = d->repairs[i];
        int64_t when_ms;

        /* those before it in this round count, too */
        r->around.is_rate_full = is_rate_full(d, r, now_ms);
        take_step(d, r, repair_next(r, &d->repair_rules, now_ms, &when_ms));
        if (when_ms && (!wake_ms || when_ms < wake_ms))
            wake_ms = when_ms;
    }
    return wake_ms;
}

bool
mend_needs_views(const struct daemon *d)
{
    for (size_t i = 0; i < d->n_repairs; i++)
        if (d->repairs[i]->phase != REPAIR_LEFT &&
            d->repairs[i]->phase != REPAIR_SPENT)
            return true;
    return false;
}

void
mend_use_conf(struct daemon *d)
{
    d->repair_select = d->select; /* its host lives: no disk is lost */
    d->repair_select.takes_all = d->conf.restarts_all;
    d->repair_select.skips_errors = false;
    d->repair_select.has_shared_storage = true;
    d->repair_rules = (struct repair_rules){
        .limit = d->conf.restart_limit,
        .window_ms = (int64_t) d->conf.restart_window_ms,
        .pause_ms = (int64_t) d->conf.restart_pause_ms,
        .poll_ms = (int64_t) d->conf.poll_interval_ms,
        .select = &d->repair_select,
    };
    d->storm_rules = (struct storm_rules){
        .max_restarts = d->conf.max_restarts,
        .min_vms = d->conf.restart_storm,
        .host_rate = d->conf.host_restarts,
    };
}
