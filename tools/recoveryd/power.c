/* Power a node on by its fencing devices. */
#include "power.h"

#include <sys/wait.h>

#include <glib.h>

#include "cleanup.h"
#include "xalloc.h"

enum { MAX_S = 120 }; /* for its devices */

struct job {
    struct job *next;
    power_fn *fn; /* NULL: forgotten */
    void *arg;
};

static struct job *jobs;

static void
job_end(struct job *j, const char *why)
{
    struct job **at = &jobs;

    while (*at != j)
        at = &(*at)->next;
    *at = j->next;
    if (j->fn)
        j->fn(why, j->arg);
    g_free(j);
}

static void
on_end(GPid pid, int status, gpointer arg)
{
    CLEANUP_FREE char *why = NULL;

    g_spawn_close_pid(pid);
    if (!WIFEXITED(status))
        why = xasprintf("powering it on: stonith_admin died of signal %d",
                        WTERMSIG(status));
    else if (WEXITSTATUS(status))
        why = xasprintf("powering it on failed (stonith_admin: %d): see the "
                        "fencer's log",
                        WEXITSTATUS(status));
    job_end(arg, why);
}

static gboolean
on_failure(gpointer arg)
{
    job_end(arg, "powering it on: stonith_admin cannot be run");
    return G_SOURCE_REMOVE;
}

void
power_on(const char *node, power_fn *fn, void *arg)
{
    CLEANUP_FREE char *program = xstrdup("stonith_admin");
    CLEANUP_FREE char *target = xasprintf("--unfence=%s", node);
    CLEANUP_FREE char *limit = xasprintf("--timeout=%d", MAX_S);
    char *argv[] = { program, target, limit, NULL };
    struct job *j = g_new0(struct job, 1);
    GPid pid;

    j->next = jobs;
    j->fn = fn;
    j->arg = arg;
    jobs = j;
    if (g_spawn_async(NULL, argv, NULL,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                          G_SPAWN_STDOUT_TO_DEV_NULL |
                          G_SPAWN_STDERR_TO_DEV_NULL,
                      NULL, NULL, &pid, NULL))
        g_child_watch_add(pid, on_end, j);
    else
        g_idle_add(on_failure, j);
}

void
power_forget(void)
{
    for (struct job *j = jobs; j; j = j->next)
        j->fn = NULL;
}
