/* Life of the watch daemon: libvirt's events, and what happens to processes and
 * mounts, in, the report out.
 *
 * The connection for events is opened when a worker has found libvirt to
 * answer (prober.h), so that nothing here waits for it for long.
 */
#include "daemon.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <glib-unix.h>
#include <glib.h>

#include "asking.h"
#include "cleanup.h"
#include "clock.h"
#include "hostwatch.h"
#include "life.h"
#include "log.h"
#include "prober.h"
#include "sight.h"
#include "timer.h"
#include "virtlink.h"
#include "watch-conf.h"
#include "watch.h"
#include "witness.h"
#include "writer.h"
#include "xalloc.h"

enum {
    FIRST_MS = 3000,  /* start waits so long for libvirt, for its looks */
    FRESH_MS = 1000,  /* an answer of libvirt's, for a monitor that asks */
    ANSWER_MS = 8000, /* so long such a monitor waits for one */
};

struct watchd {
    const struct watchd_args *args;
    struct watch_conf conf;
    struct watch_rules rules;
    struct watch watch;
    struct report report; /* told last */
    struct virtlink *link;
    struct prober *prober;
    struct writer *writer;
    struct hostwatch *host;
    struct witness *witness;
    int64_t arrival_ms; /* a guest may have come last */
    int64_t look_ms;    /* a question was looked for last */
    bool is_connected, has_tried;
    int64_t heard_ms;   /* libvirt's last answer to the worker */
    int64_t depth_ms;   /* a monitor waits for one since; 0: none does */
    bool wants_libvirt; /* to be asked for it */
    bool is_known;      /* the domains were read once */
    char *trouble;      /* why it is not connected */
    char *unlisted;     /* why the old list of processes is in use, or NULL */
    struct timer *first, *wake, *ask;
};

static struct watch_time
now(void)
{
    return (struct watch_time){ clock_mono_ms(), clock_wall_ms() / 1000 };
}

/* --- the report ----------------------------------------------------------- */

static const struct fault *
find(const struct report *r, const struct fault *f)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->faults[i].name, f->name) == 0 &&
            r->faults[i].why == f->why)
            return &r->faults[i];
    return NULL;
}

static void
log_changes(const struct report *old, const struct report *new)
{
    for (size_t i = 0; i < new->n; i++)
        if (new->faults[i].kind == FAULT_VM && !find(old, &new->faults[i]))
            log_warning("vm='%s' fault='%s'", new->faults[i].name,
                        fault_why_name(new->faults[i].why));
    for (size_t i = 0; i < old->n; i++)
        if (old->faults[i].kind == FAULT_VM && !find(new, &old->faults[i]))
            log_notice("vm='%s' no longer: fault='%s'", old->faults[i].name,
                       fault_why_name(old->faults[i].why));
}

/* Not before the domains were read once: a report that is short of what is not
 * known yet would take back what an earlier daemon has told.  Only where the
 * host itself has failed this does not wait for libvirt, which may be what has
 * failed.
 */
static void
update(void *arg)
{
    struct watchd *d = arg;
    struct watch_time t = now();
    struct report r;
    int64_t wake_ms = watch_report(&d->watch, &d->rules, &t, &r);
    bool has_failed = d->host && hostwatch_report(d->host, &r);

    if (!d->is_known && !has_failed && d->report.n == 0)
        return;
    if (wake_ms)
        timer_arm(&d->wake, wake_ms - t.mono_ms, update, d);
    if (!watch_same(&d->report, &r))
        log_changes(&d->report, &r);
    d->report = r;
    writer_tell(d->writer, &r);
}

static void
schedule_update(struct watchd *d)
{
    if (d->is_connected)
        timer_arm(&d->wake, 0, update, d);
}

static void
on_host_changed(void *arg)
{
    struct watchd *d = arg;

    timer_arm(&d->wake, 0, update, d);
}

/* --- asking --------------------------------------------------------------- */

static void
ask_next(void *arg)
{
    struct watchd *d = arg;
    int64_t now_ms = clock_mono_ms(), wake_ms = 0;
    struct ask a;

    timer_stop(&d->ask);
    if (!d->is_connected || !prober_is_free(d->prober))
        return;
    if (d->wants_libvirt)
        a = asking_libvirt();
    else
        a = witness_next(d->witness);
    d->wants_libvirt = false;
    if (a.kind == ASK_NOBODY)
        a = asking_next(&d->watch, &d->rules, now_ms, &wake_ms);
    if (a.kind != ASK_NOBODY)
        prober_ask(d->prober, &a);
    else if (wake_ms)
        timer_arm(&d->ask, wake_ms - now_ms, ask_next, d);
}

static void
log_answer(const struct ask *a, const struct answer_text *answer)
{
    char ask_text[ASKING_LINE_MAX], answer_text[ASKING_LINE_MAX];

    ask_format(a, ask_text);
    answer_format(answer, answer_text);
    log_debug("%s: %s", ask_text, answer_text);
}

static void
on_answer(const struct ask *a, const struct answer_text *answer, void *arg)
{
    struct watch_time t = now();
    struct watchd *d = arg;

    if (answer->kind != ANSWER_NONE && answer->kind != ANSWER_OVERDUE)
        d->heard_ms = t.mono_ms;
    if (a->kind == ASK_GUEST)
        witness_on_answer(d->witness, a, answer->kind);
    else
        asking_answer(&d->watch, &d->rules, a, answer, &t);
    log_answer(a, answer);
    schedule_update(d);
    ask_next(d);
}

/* --- libvirt -------------------------------------------------------------- */

static void
set_trouble(struct watchd *d, const char *why)
{
    if (why && !d->trouble)
        log_error("libvirt cannot be reached: %s, retrying", why);
    xstrset(&d->trouble, why);
    d->has_tried = true;
}

static void
on_ready(void *arg)
{
    struct watchd *d = arg;
    struct vmha_error err;

    if (!d->is_connected && virtlink_open(d->link, d->conf.uri, &err) == -1) {
        set_trouble(d, err.text);
        prober_restart(d->prober);
        return;
    }
    if (!d->is_connected) {
        log_notice("connected to libvirt: domains='%zu'", d->watch.n);
        d->arrival_ms = clock_mono_ms();
    }
    d->is_connected = d->is_known = true;
    d->heard_ms = clock_mono_ms();
    set_trouble(d, NULL);
    prober_praise(d->prober);
    schedule_update(d);
    ask_next(d);
}

static void
on_down(const char *why, void *arg)
{
    struct watchd *d = arg;

    if (!d->is_connected)
        set_trouble(d, why);
}

static bool
knows(const char *uuid, void *arg)
{
    struct watchd *d = arg;

    return watch_find(&d->watch, uuid) != NULL;
}

static void
on_domain(const char *uuid, const struct domain_facts *facts, void *arg)
{
    struct watchd *d = arg;
    struct watch_vm *vm = watch_know(&d->watch, uuid);

    if (!vm)
        return;
    vm->is_seen = true;
    vm->has_agent = facts->has_agent &&
                    asking_wants_agent(d->conf.guest_agents, facts->flavor);
}

static void
on_event(const char *uuid, const char *event, void *arg)
{
    struct watch_time t = now();
    struct watchd *d = arg;

    log_debug("vm='%s' %s", uuid, event);
    if (watch_is_arrival(event))
        d->arrival_ms = t.mono_ms;
    watch_event(&d->watch, uuid, event, &t);
    schedule_update(d);
    timer_arm(&d->ask, 0, ask_next, d);
}

/* Errors may come by the thousand: those before the fault is told will do. */
static void
on_disk(const char *uuid, const char *device, const char *why, void *arg)
{
    struct fault f = { .kind = FAULT_VM, .why = WHY_IO };
    struct watchd *d = arg;

    if (fault_set_name(&f, uuid) == 0 && !find(&d->report, &f))
        log_warning("vm='%s' device='%s' error='%s'", uuid, device, why);
}

static void
on_begin(void *arg)
{
    struct watchd *d = arg;

    watch_begin(&d->watch);
}

static void
on_all_told(void *arg)
{
    struct watch_time t = now();
    struct watchd *d = arg;

    watch_end(&d->watch, &t);
}

static void
on_lost(const char *why, void *arg)
{
    struct watchd *d = arg;

    d->is_connected = false;
    set_trouble(d, why);
    prober_restart(d->prober);
}

static const struct virtlink_calls link_calls = {
    .knows = knows,
    .domain = on_domain,
    .event = on_event,
    .disk = on_disk,
    .begin = on_begin,
    .end = on_all_told,
    .lost = on_lost,
};

static const struct prober_calls prober_calls = {
    .ready = on_ready,
    .answer = on_answer,
    .down = on_down,
};

static void
look_for_questions(struct watchd *d)
{
    int64_t now_ms = clock_mono_ms();

    if (!d->is_connected || !sight_looks(d->arrival_ms, d->look_ms, now_ms))
        return;
    d->look_ms = now_ms;
    witness_look(d->witness);
}

/* --- configuration and the agent's requests --------------------------------
 */

static void
use_conf(struct watchd *d)
{
    const struct watch_conf *c = &d->conf;

    d->rules = (struct watch_rules){
        .reports = {
            [CAUSE_CRASH] = c->reports_crash,
            [CAUSE_PANIC] = c->reports_panic,
            [CAUSE_WATCHDOG] = c->reports_watchdog,
            [CAUSE_IO_PAUSE] = c->reports_io_pause,
            [CAUSE_IO_REPORT] = c->reports_io_error,
            [CAUSE_HANG] = c->reports_hang,
            [CAUSE_AGENT] = true,
            [CAUSE_GONE] = c->reports_gone,
        },
        .has_probes = c->probe_interval_ms > 0,
        .probe_ms = (int64_t) c->probe_interval_ms,
        .hang_ms = (int64_t) c->probe_timeout_ms,
        .agent_ms = (int64_t) c->agent_interval_ms,
        .agent_timeout_ms = (int64_t) c->agent_timeout_ms,
        .agent_misses = c->agent_misses,
    };
}

static int
read_conf(struct watchd *d, struct vmha_error *err)
{
    CLEANUP_FREE char *path = xasprintf("%s/conf", d->args->rundir);
    struct watch_conf conf = WATCH_CONF_INIT;

    if (watch_conf_read(path, &conf, err) == -1)
        return -1;
    watch_conf_clear(&d->conf);
    d->conf = conf;
    use_conf(d);
    return 0;
}

/* A list that is wrong must not end the watch. */
static void
reload_list(struct watchd *d)
{
    const char *path = watch_conf_processes(&d->conf);
    struct vmha_error err;

    xstrset(&d->unlisted, NULL);
    if (hostwatch_reload(d->host, path, &err) == 0) {
        log_notice("the list of processes was read again");
    } else {
        d->unlisted =
            xasprintf("the old list of processes is kept: %s", err.text);
        log_error("%s", d->unlisted);
    }
    on_host_changed(d);
}

static gboolean
on_hangup(gpointer arg)
{
    reload_list(arg);
    return G_SOURCE_CONTINUE;
}

/* The domains are read anew: other flavors may have agents to ping. */
static char *
reload(struct watchd *d)
{
    struct vmha_error err;

    if (read_conf(d, &err) == -1)
        return xasprintf("error %s", err.text);
    reload_list(d);
    prober_set_agent_timeout(d->prober, d->rules.agent_timeout_ms);
    d->is_connected = false;
    prober_restart(d->prober);
    return xstrdup("ok");
}

static char *
health(struct watchd *d)
{
    const char *unwritten = writer_trouble(d->writer);
    CLEANUP_FREE char *failed = hostwatch_trouble(d->host);

    if (!d->has_tried)
        return xstrdup("starting");
    writer_repeat(d->writer);
    look_for_questions(d);
    if (failed || d->unlisted)
        return xasprintf("degraded %s%s%s", failed ? failed : "",
                         failed && d->unlisted ? "; " : "",
                         d->unlisted ? d->unlisted : "");
    if (d->trouble)
        return xasprintf("degraded libvirt cannot be reached: %s", d->trouble);
    if (unwritten)
        return xasprintf("degraded %s", unwritten);
    return xstrdup("ready");
}

/* "starting": libvirt was asked, and has not answered so far. */
static char *
depth(struct watchd *d)
{
    int64_t now_ms = clock_mono_ms(), since_ms = d->depth_ms;

    d->depth_ms = 0;
    if (d->trouble || (d->is_connected && now_ms - d->heard_ms <= FRESH_MS))
        return health(d);
    if (since_ms && now_ms - since_ms >= ANSWER_MS)
        return xasprintf("degraded libvirt has not answered for %" PRId64 " s",
                         (now_ms - d->heard_ms) / 1000);
    d->depth_ms = since_ms ? since_ms : now_ms;
    d->wants_libvirt = true;
    ask_next(d);
    return xstrdup("starting");
}

static char *
on_control(const char *line, void *arg)
{
    if (strcmp(line, "libvirt") == 0)
        return depth(arg);
    if (strcmp(line, "health") == 0)
        return health(arg);
    if (strcmp(line, "reload") == 0)
        return reload(arg);
    return xasprintf("error unknown request '%.40s'", line);
}

/* --- start and stop ------------------------------------------------------- */

static void
on_first(void *arg)
{
    struct watchd *d = arg;

    if (!d->has_tried)
        set_trouble(d, "no answer yet");
}

static int
watchd_open(void *arg, struct vmha_error *err)
{
    struct watchd *d = arg;

    d->host = hostwatch_new(watch_conf_processes(&d->conf), d->args->rundir,
                            d->args->program, on_host_changed, d, err);
    if (!d->host)
        return -1;
    g_unix_signal_add(SIGHUP, on_hangup, d);
    virtlink_use_loop();
    d->writer = writer_new();
    d->witness = witness_new(ask_next, d);
    d->link = virtlink_new(&link_calls, d);
    d->prober = prober_new(d->args->program, d->conf.uri, &prober_calls, d);
    prober_set_agent_timeout(d->prober, d->rules.agent_timeout_ms);
    timer_arm(&d->first, FIRST_MS, on_first, d);
    return 0;
}

static void
watchd_clear(void *arg)
{
    struct watchd *d = arg;

    timer_stop(&d->first);
    timer_stop(&d->wake);
    timer_stop(&d->ask);
    hostwatch_free(d->host);
    prober_free(d->prober);
    virtlink_free(d->link);
    writer_free(d->writer);
    witness_free(d->witness);
    watch_clear(&d->watch);
    watch_conf_clear(&d->conf);
    free(d->trouble);
    free(d->unlisted);
}

static int
configure(void *arg, bool *ret_is_debug, struct vmha_error *err)
{
    struct watchd *d = arg;

    if (read_conf(d, err) == -1)
        return -1;
    *ret_is_debug = d->conf.is_debug;
    return 0;
}

int
watchd_run(const struct watchd_args *args)
{
    struct watchd d = { .args = args };
    const struct life life = {
        .program = "vmha-watchd",
        .instance = args->instance,
        .rundir = args->rundir,
        .to_stderr = args->to_stderr,
        .configure = configure,
        .open = watchd_open,
        .answer = on_control,
        .close = watchd_clear,
    };

    return life_run(&life, &d);
}
