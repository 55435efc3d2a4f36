/* Life of the recovery daemon: start, decide whenever facts change, stop. */
#include "daemon.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hooks.h"
#include "life.h"
#include "log.h"
#include "metrics.h"
#include "power.h"
#include "tidy.h"
#include "xalloc.h"

enum {
    REFRESH_MS = 3000,     /* so it is read again while there is work */
    PROBE_MS = 60000,      /* is the cloud there? while nothing happens */
    PROBE_AGAIN_MS = 5000, /* ... and while it is not */
};

size_t
daemon_host_place(const struct daemon *d, const char *node)
{
    size_t low = 0, high = d->n_hosts;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(d->hosts[mid]->node, node) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct host *
daemon_host(const struct daemon *d, const char *node)
{
    size_t i = daemon_host_place(d, node);

    return i < d->n_hosts && strcmp(d->hosts[i]->node, node) == 0 ? d->hosts[i]
                                                                  : NULL;
}

/* --- deciding ---------------------------------------------------------- */

static void decide(void *arg);

void
daemon_kick(struct daemon *d)
{
    timer_arm(&d->decide_timer, 0, decide, d);
}

static bool
is_working(const struct host *h)
{
    return h->incident && !(h->incident->is_saved &&
                            (h->incident->saved.phase == PHASE_DONE ||
                             h->incident->saved.phase == PHASE_RELEASED));
}

static void
refresh(void *arg)
{
    struct daemon *d = arg;

    cluster_refresh(d->cluster);
}

/* A view that was not renewed in time proves nothing any more. */
static void
check_view_age(struct daemon *d, int64_t now_ms)
{
    if (now_ms - d->view_ms <= STALE_MS)
        return;
    for (size_t i = 0; i < d->n_hosts; i++)
        if (d->hosts[i]->incident)
            incident_on_certainty(d->hosts[i]->incident, NOT_CURRENT, 0);
}

static void
recall_calls(struct daemon *d)
{
    for (size_t i = 0; i < d->n_hosts; i++)
        if (d->hosts[i]->incident && plan_recalls(d->hosts[i]->incident))
            act_recall(d, d->hosts[i]);
}

/* The earlier of two times; 0 is never. */
static int64_t
earlier(int64_t a, int64_t b)
{
    if (!a || !b)
        return a ? a : b;
    return a < b ? a : b;
}

/* What is next for a host; when to ask again, or 0. */
static int64_t
act_for(struct daemon *d, struct host *h, int64_t now_ms)
{
    unsigned room =
        d->window.size > d->n_posting ? d->window.size - d->n_posting : 0;
    struct plan plan;

    orphans_look(d, h->incident);
    history_incident(d->history, h);
    plan_incident(h->incident, &d->rules, now_ms, room, &plan);
    act(d, h, &plan);
    for (size_t k = 0; k < plan.n; k++)
        if (plan.steps[k].kind == STEP_EVACUATE)
            groups_post(&d->groups, plan.steps[k].vm);
    return plan.wake_ms;
}

static void
decide(void *arg)
{
    struct daemon *d = arg;
    int64_t now_ms = clock_mono_ms(), expire_ms, wake_ms;
    bool has_work = !d->has_seen || arming_needs_views(d) ||
                    mend_needs_views(d) || d->partings;

    check_view_age(d, now_ms);
    groups_update(d, now_ms);
    expire_ms = arming_wake_ms(d);
    wake_ms = expire_ms ? now_ms + expire_ms : 0;
    brake_apply(d);
    wake_ms = earlier(wake_ms, turns_take(d, now_ms));
    recall_calls(d);
    reserved_count(d, now_ms);
    for (size_t i = 0; i < d->n_hosts; i++) {
        struct host *h = d->hosts[i];

        has_work |= host_needs_views(d, h) ||
                    (h->incident && d->is_sole_owner && is_working(h));
        if (h->incident && d->is_sole_owner)
            wake_ms = earlier(wake_ms, act_for(d, h, now_ms));
        if (d->is_sole_owner)
            wake_ms = earlier(wake_ms, tidings_look(d, h, now_ms));
    }
    wake_ms = earlier(wake_ms, queue_watch(d, now_ms));
    wake_ms = earlier(wake_ms, reserved_act(d));
    wake_ms = earlier(wake_ms, forget_update(d, now_ms));
    wake_ms = earlier(wake_ms, faults_update(d, now_ms));
    if (d->is_sole_owner) {
        wake_ms = earlier(wake_ms, mend(d, now_ms));
        wake_ms = earlier(wake_ms, witness_update(d, now_ms));
        wake_ms = earlier(wake_ms, scheduling_act(d, now_ms));
    }
    if (wake_ms)
        timer_arm(&d->decide_timer, wake_ms - now_ms, decide, d);
    if (has_work && !d->refresh_timer)
        timer_arm(&d->refresh_timer, REFRESH_MS, refresh, d);
}

static void
on_view(const struct cluster_view *v, void *arg)
{
    struct daemon *d = arg;

    observe(d, v);
    recall_calls(d);
    daemon_kick(d);
}

/* --- the cloud's health ------------------------------------------------ */

void
daemon_cloud_state(struct daemon *d, const char *why)
{
    if (why && !d->cloud_trouble)
        log_error("the cloud cannot be used: %s", why);
    else if (!why && d->cloud_trouble)
        log_notice("the cloud answers again");
    xstrset(&d->cloud_trouble, why);
}

static void probe(void *arg);

static void
on_probed(const struct nova_result *res, void *arg)
{
    struct daemon *d = arg;

    daemon_cloud_state(d, res->err ? res->err->text : NULL);
    timer_arm(&d->probe_timer, res->err ? PROBE_AGAIN_MS : PROBE_MS, probe, d);
}

static void
probe(void *arg)
{
    struct daemon *d = arg;

    nova_warm_up(d->nova, on_probed, d);
}

/* --- the agent's requests ---------------------------------------------- */

char *
daemon_health(const struct daemon *d)
{
    CLEANUP_FREE char *disarmed = arming_text(d), *braked = brake_summary(d);

    if (!d->has_view)
        return xstrdup("starting");
    if (!d->is_sole_owner)
        return xasprintf("degraded %s", d->rival);
    if (disarmed)
        return xasprintf("degraded %s", disarmed);
    if (braked)
        return xasprintf("degraded %s", braked);
    if (!d->conf.is_enabled)
        return xstrdup("degraded disabled by its parameter 'enabled', nothing "
                       "in the cloud is changed");
    if (d->cloud_trouble)
        return xasprintf("degraded %s", d->cloud_trouble);
    return xstrdup("ready");
}

static void
use_conf(struct daemon *d)
{
    d->select.takes_all = d->conf.takes_all;
    d->select.skips_errors = d->conf.skips_errors;
    d->select.skips_service_vms = d->conf.service_vms == SERVICE_VMS_SKIP;
    d->select.has_shared_storage = d->conf.has_shared_storage;
    d->select.ha_key = d->conf.ha_key;
    d->select.priority_key = d->conf.priority_key;
    d->rules = (struct recovery_rules){
        .post_settle_ms = (int64_t) d->conf.post_settle_ms,
        .poll_ms = (int64_t) d->conf.poll_interval_ms,
        .retry_min_ms = (int64_t) d->conf.retry_min_ms,
        .retry_max_ms = (int64_t) d->conf.retry_max_ms,
        .select = &d->select,
        .groups = &d->groups,
        .powers_on = d->conf.power_on == POWER_ON_AFTER_RECOVERY,
        .quarantine_failures = d->conf.quarantine_failures,
        .quarantine_window_ms = (int64_t) d->conf.quarantine_window_ms,
    };
    brake_use_conf(d);
    mend_use_conf(d);
    d->pool.method = (enum recovery_method) d->conf.recovery_method;
    d->groups.tries_tied = d->conf.affinity_groups == AFFINITY_EVACUATE;
    d->pool.joins_sets = d->conf.joins_aggregates;
    nova_set_timeout(d->nova, (int64_t) d->conf.request_timeout_ms);
    d->window.max = d->conf.max_posts;
    if (d->window.size > d->window.max)
        d->window.size = d->window.max;
}

static int
read_conf(struct daemon *d, struct vmha_error *err)
{
    CLEANUP_FREE char *path = xasprintf("%s/conf", d->args->rundir);
    CLEANUP(select_rules_clear) struct select_rules rules = { 0 };
    CLEANUP(recovery_conf_clear) struct recovery_conf conf = RECOVERY_CONF_INIT;

    if (recovery_conf_read(path, &conf, err) == -1 ||
        select_rules_parse(&rules, conf.exclude, conf.local_disk, err) == -1)
        return -1;
    recovery_conf_clear(&d->conf);
    d->conf = conf;
    conf = (struct recovery_conf) RECOVERY_CONF_INIT;
    select_rules_clear(&d->select);
    d->select = rules;
    rules = (struct select_rules){ 0 };
    return 0;
}

int
daemon_reload(struct daemon *d, struct vmha_error *err)
{
    if (read_conf(d, err) == -1 || cloud_reload(d->cloud, err) == -1)
        return -1;
    use_conf(d);
    metrics_start(d);
    probe(d);
    cluster_refresh(d->cluster);
    return 0;
}

static char *
on_control(const char *line, void *arg)
{
    struct daemon *d = arg;
    struct vmha_error err;

    if (strcmp(line, "health") == 0)
        return daemon_health(d);
    if (strcmp(line, "reload") != 0)
        return xasprintf("error unknown request '%.40s'", line);
    if (daemon_reload(d, &err) == -1)
        return xasprintf("error %s", err.text);
    return xstrdup("ok");
}

/* --- start and stop ---------------------------------------------------- */

/* Evacuations that run go on in Nova; the journal tells the next process what
 * it must read back.
 */
static void
daemon_clear(void *arg)
{
    struct daemon *d = arg;

    timer_stop(&d->decide_timer);
    timer_stop(&d->refresh_timer);
    timer_stop(&d->probe_timer);
    metrics_stop(d);
    nova_free(d->nova);
    cloud_free(d->cloud);
    cluster_free(d->cluster);
    power_forget();
    tidy_forget();
    pending_forget(&d->requests);
    pending_forget(&d->exams);
    pending_forget(&d->forecasts);
    pending_forget(&d->partings);
    pending_forget(&d->pending);
    faults_forget(d);
    reserved_forget(d);
    history_free(d->history);
    hooks_free(d->hooks);
    metrics_free(d->metrics);
    group_free(d->group);
    for (size_t i = 0; i < d->n_hosts; i++)
        host_free(d->hosts[i]);
    free(d->hosts);
    free(d->cloud_trouble);
    free(d->cib_problem);
    segment_forget(d);
    arming_clear(&d->arming);
    brake_clear(d);
    queue_clear(d);
    recovery_conf_clear(&d->conf);
    select_rules_clear(&d->select);
    groups_clear_all(&d->groups);
    free(d->instance);
}

static int
daemon_open(void *arg, struct vmha_error *err)
{
    struct daemon *d = arg;

    d->cloud = cloud_new(d->conf.clouds_yaml, d->conf.cloud, err);
    if (!d->cloud)
        return -1;
    d->nova = nova_new(d->cloud);
    d->metrics = metrics_new();
    d->hooks = hooks_new(d);
    nova_watch(d->nova, metrics_nova, d->metrics);
    window_init(&d->window, d->conf.max_posts);
    use_conf(d);
    d->group = group_new(DAEMON_GROUP, false, serve_message, d, err);
    if (!d->group)
        return -1;
    d->cluster = cluster_new("vmha-recoveryd", on_view, d);
    probe(d);
    return 0;
}

static int
configure(void *arg, bool *ret_is_debug, struct vmha_error *err)
{
    struct daemon *d = arg;

    if (read_conf(d, err) == -1)
        return -1;
    *ret_is_debug = d->conf.is_debug;
    return 0;
}

static void
begin(void *arg)
{
    struct daemon *d = arg;
    const struct archive_args archive = {
        .dir = d->args->statedir,
        .instance = d->instance,
        .file_max = d->args->history_max,
        .to_stderr = d->args->to_stderr,
    };

    d->history = history_new(d->args->program, &archive);
    history_start(d->history);
    metrics_start(d);
}

int
daemon_run(const struct daemon_args *args)
{
    struct daemon d = { .args = args, .instance = xstrdup(args->instance) };
    const struct life life = {
        .program = "vmha-recoveryd",
        .instance = args->instance,
        .rundir = args->rundir,
        .to_stderr = args->to_stderr,
        .configure = configure,
        .open = daemon_open,
        .begin = begin,
        .answer = on_control,
        .close = daemon_clear,
    };

    return life_run(&life, &d);
}
