/* ocf:vmha:gate: keeps nova-compute from starting on a host whose instances
 * are being recovered elsewhere.
 *
 * It holds nothing itself: what is ordered after it waits for its start.  The
 * start reads the cluster and succeeds or fails at once; it never waits for
 * the gate to open, which would hold up fencing elsewhere.  Once open it stays
 * open until it is stopped or the host goes down: /run is lost with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "cleanup.h"
#include "cluster.h"
#include "gate.h"
#include "journal-names.h"
#include "ocf.h"
#include "timer.h"
#include "xalloc.h"

enum { READ_MS = 8000 }; /* for the cluster to answer */

struct conf {
    char *node;
};

/* --- the state: a file, or none ------------------------------------------- */

static char *
state_file(struct vmha_error *err)
{
    const char *instance = ocf_instance(err);

    return instance ? xasprintf("%s/gate-%s", VMHA_RUNDIR, instance) : NULL;
}

static int
action_monitor(void *conf, struct vmha_error *err)
{
    CLEANUP_FREE char *path = state_file(err);
    struct stat st;

    (void) conf;
    if (!path)
        return -1;
    if (lstat(path, &st) == 0)
        return OCF_RUNNING;
    if (errno == ENOENT)
        return OCF_NOT_RUNNING;
    return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
}

static int
action_stop(void *conf, struct vmha_error *err)
{
    CLEANUP_FREE char *path = state_file(err);

    (void) conf;
    if (!path)
        return -1;
    if (unlink(path) == -1 && errno != ENOENT)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
    return 0;
}

static int
open_gate(struct vmha_error *err)
{
    CLEANUP_FREE char *path = state_file(err);

    if (!path)
        return -1;
    if (mkdir(VMHA_RUNDIR, 0755) == -1 && errno != EEXIST)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "%s", VMHA_RUNDIR);
    CLEANUP_CLOSE int fd =
        open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd == -1 ? vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path) : 0;
}

/* --- what the cluster says ------------------------------------------------ */

/* One reading of the cluster. */
struct look {
    const char *node;
    GMainLoop *loop;
    bool is_done, is_denied, has_node;
    struct gate_facts facts;
};

static const char *
value_of(const struct cluster_view *v, char *name)
{
    CLEANUP_FREE char *owned = name;
    const struct cluster_entry *e = cluster_view_entry(v, owned);

    return e ? e->value : NULL;
}

static void
read_fencing(const struct cluster_view *v, struct look *l)
{
    for (size_t i = 0; i < v->n_fencings; i++) {
        const struct cluster_fencing *f = &v->fencings[i];

        if (strcmp(f->target, l->node) != 0 || f->state != FENCE_DONE ||
            (f->action != FENCE_OFF && f->action != FENCE_REBOOT) ||
            f->completed_ns < l->facts.fencing_ns)
            continue;
        l->facts.has_fencing = true;
        l->facts.fencing_ns = f->completed_ns;
    }
}

static void
on_view(const struct cluster_view *v, void *arg)
{
    struct look *l = arg;
    const struct cluster_node *n;
    struct vmha_error unused;
    const char *text;

    if (v->is_denied && !l->is_done) {
        l->is_denied = true;
        g_main_loop_quit(l->loop);
    }
    if (l->is_done || !v->has_cib || !v->has_history)
        return;
    l->is_done = true;
    n = cluster_view_node(v, l->node);
    l->has_node = n != NULL;
    l->facts.has_intent = value_of(v, journal_intent_name(l->node)) != NULL;
    text = value_of(v, journal_host_name(l->node));
    l->facts.has_entry =
        text && journal_host_parse(text, &l->facts.entry, &unused) == 0;
    l->facts.is_entry_broken = text && !l->facts.has_entry;
    text = value_of(v, journal_seen_name(n ? n->segment : NULL));
    l->facts.has_seen =
        text && journal_time_parse(text, &l->facts.seen_ns) == 0;
    read_fencing(v, l);
    g_main_loop_quit(l->loop);
}

static void
on_deadline(void *arg)
{
    g_main_loop_quit(((struct look *) arg)->loop);
}

/* Read the cluster; -1: it did not answer, or does not know the host. */
static int
look(struct look *l, struct vmha_error *err)
{
    struct timer *deadline = NULL;
    struct cluster *c;

    l->loop = g_main_loop_new(NULL, FALSE);
    timer_arm(&deadline, READ_MS, on_deadline, l);
    c = cluster_new("vmha-gate", on_view, l);
    g_main_loop_run(l->loop);
    cluster_free(c);
    timer_stop(&deadline);
    g_main_loop_unref(l->loop);
    if (!l->is_done && l->is_denied)
        return vmha_fail(err, VMHA_E_AGAIN, 0,
                         "closed: the cluster does not let itself be read "
                         "(with ACLs the node needs read access)");
    if (!l->is_done)
        return vmha_fail(err, VMHA_E_AGAIN, 0,
                         "closed: the cluster cannot be read");
    if (!l->has_node)
        return vmha_fail(err, VMHA_E_CONFIG, 0,
                         "closed: the cluster has no node '%.64s'", l->node);
    return 0;
}

static int
action_start(void *arg, struct vmha_error *err)
{
    const struct conf *conf = arg;
    struct look l = { .node = conf->node ? conf->node : ocf_node() };
    const char *why;

    if (action_monitor(arg, err) == OCF_RUNNING)
        return 0;
    if (!l.node)
        return vmha_fail(err, VMHA_E_CONFIG, 0, "which node is this?");
    if (look(&l, err) == -1)
        return -1;
    why = gate_closed_by(&l.facts);
    if (why)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "closed: %s", why);
    return open_gate(err);
}

/* --- the agent ------------------------------------------------------------ */

/* clang-format off */
static const struct param params[] = {
    { .name = "node",
      FIELD_STRING(struct conf, node),
      .summary = "Pacemaker's name of the host",
      .text = "Pacemaker's name of the host. Given by the cluster." },
    { .name = NULL },
};

static const struct agent_action actions[] = {
    { .name = "start", .timeout_s = 20, .run = action_start,
      .text = "Succeeds when the host may start nova-compute, else fails at "
              "once, with the reason. It never waits for the gate to open: "
              "the cluster tries again (failure-timeout)." },
    { .name = "stop", .timeout_s = 20, .run = action_stop, .is_lenient = true,
      .text = "Closes the gate. Needs nothing, and does not stop what is "
              "ordered after it: the cluster does." },
    { .name = "monitor", .timeout_s = 20, .interval_s = 60,
      .run = action_monitor, .is_lenient = true,
      .text = "Tells whether the gate was opened since the host is up. It is "
              "never closed by what the journal says later." },
    { .name = "validate-all", .timeout_s = 20,
      .text = "Checks the parameters." },
    { .name = "meta-data", .timeout_s = 5,
      .text = "Prints the metadata." },
    { .name = NULL },
};
/* clang-format on */

static const struct agent agent = {
    .name = "gate",
    .version = PACKAGE_VERSION,
    .summary = "Lets nova-compute start when that is safe",
    .text = "A fenced host that comes back too early runs instances a second "
            "time. Run this resource as a clone on all compute hosts and "
            "order nova-compute, and whatever else starts instances, after "
            "it.\n\n"
            "It reads the cluster only and needs no credentials.",
    .params = params,
    .conf_size = sizeof(struct conf),
    .actions = actions,
};

OCF_AGENT(agent)
