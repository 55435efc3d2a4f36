/* Reading one node attribute: by attrd_updater, as no library has it. */
#include "attribute.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib.h>

#include "buf.h"
#include "cleanup.h"
#include "cluster-xml.h"
#include "timer.h"
#include "xalloc.h"

enum {
    OUTPUT_MAX = 2 * CLUSTER_ATTRIBUTE_MAX,
    NO_SUCH_OBJECT = 105, /* CRM_EX_NOSUCH */
};

struct attribute_read {
    struct attribute_read *next, **at;
    cluster_attribute_fn *fn;
    void *arg;
    char *name, *node;
    GPid pid; /* 0: it could not be run */
    int output;
    guint watch;
    struct timer *limit;
    bool is_late;
};

static void
read_free(struct attribute_read *r)
{
    *r->at = r->next;
    if (r->next)
        r->next->at = r->at;
    timer_stop(&r->limit);
    if (r->watch)
        g_source_remove(r->watch);
    if (r->output != -1)
        close(r->output);
    free(r->name);
    free(r->node);
    free(r);
}

/* All that the program has printed: less than a pipe holds, and it is gone. */
static int
read_output(const struct attribute_read *r, struct buf *b)
{
    char part[1024];
    ssize_t n;

    while ((n = read(r->output, part, sizeof part)) > 0)
        if (buf_add(b, part, (size_t) n) == -1)
            return -1;
    return n == 0 ? 0 : -1;
}

/* What has come of it: 0, or an error. */
static int
take_value(const struct attribute_read *r, int status, char **ret_value,
           struct vmha_error *err)
{
    CLEANUP_BUF struct buf output = BUF_INIT(OUTPUT_MAX);

    if (r->pid == 0)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "attrd_updater cannot be run");
    if (r->is_late)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "no answer within %d s",
                         CLUSTER_ATTRIBUTE_TIMEOUT_S);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_SUCH_OBJECT)
        return 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "attrd_updater ended with %d",
                         WIFEXITED(status) ? WEXITSTATUS(status)
                                           : -WTERMSIG(status));
    if (read_output(r, &output) == -1)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "attrd_updater printed more than %d bytes",
                         OUTPUT_MAX);
    return attribute_xml_read(buf_str(&output), output.len, ret_value, err);
}

static void
finish(struct attribute_read *r, int status)
{
    CLEANUP_FREE char *value = NULL;
    struct vmha_error err = { 0 };
    cluster_attribute_fn *fn = r->fn;
    void *arg = r->arg;
    int rc = take_value(r, status, &value, &err);

    if (rc == -1)
        vmha_context(&err, "attribute %s of node %s", r->name, r->node);
    read_free(r);
    fn(value, rc == -1 ? &err : NULL, arg);
}

static void
on_exit_of(GPid pid, int status, gpointer arg)
{
    struct attribute_read *r = arg;

    g_spawn_close_pid(pid);
    r->watch = 0;
    finish(r, status);
}

static gboolean
on_no_program(gpointer arg)
{
    struct attribute_read *r = arg;

    r->watch = 0;
    finish(r, 0);
    return G_SOURCE_REMOVE;
}

static void
on_limit(void *arg)
{
    struct attribute_read *r = arg;

    r->is_late = true;
    (void) kill(r->pid, SIGKILL); /* ours, and not reaped yet */
}

static void
start(struct attribute_read *r)
{
    CLEANUP_FREE char *program = xstrdup("attrd_updater");
    CLEANUP_FREE char *query = xstrdup("--query");
    CLEANUP_FREE char *name = xasprintf("--name=%s", r->name);
    CLEANUP_FREE char *node = xasprintf("--node=%s", r->node);
    CLEANUP_FREE char *format = xstrdup("--output-as=xml");
    char *argv[] = { program, query, name, node, format, NULL };
    const GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                              G_SPAWN_STDERR_TO_DEV_NULL;
    bool is_running =
        g_spawn_async_with_pipes(NULL, argv, NULL, flags, NULL, NULL, &r->pid,
                                 NULL, &r->output, NULL, NULL);

    if (!is_running) {
        r->pid = 0;
        r->output = -1;
        r->watch = g_idle_add(on_no_program, r);
        return;
    }
    /* What a child of it keeps open must not make us wait. */
    (void) g_unix_set_fd_nonblocking(r->output, TRUE, NULL);
    r->watch = g_child_watch_add(r->pid, on_exit_of, r);
    timer_arm(&r->limit, INT64_C(1000) * CLUSTER_ATTRIBUTE_TIMEOUT_S, on_limit,
              r);
}

void
attribute_read(struct attribute_read **list, const char *node, const char *name,
               cluster_attribute_fn *fn, void *arg)
{
    struct attribute_read *r = xcalloc(1, sizeof *r);

    r->next = *list;
    r->at = list;
    if (r->next)
        r->next->at = &r->next;
    *list = r;
    r->fn = fn;
    r->arg = arg;
    r->name = xstrdup(name);
    r->node = xstrdup(node);
    start(r);
}

void
attribute_forget(struct attribute_read **list)
{
    while (*list) {
        struct attribute_read *r = *list;

        if (r->pid) {
            (void) kill(r->pid, SIGKILL);
            (void) waitpid(r->pid, NULL, 0);
        }
        read_free(r);
    }
}
