/* Power a node on by its fencing devices. */
#include "power.h"

#include <sys/wait.h>

#include "child.h"
#include "cleanup.h"
#include "xalloc.h"

enum {
    MAX_S = 120,  /* for its devices */
    MARGIN_S = 30 /* and then it is killed */
};

struct job {
    struct job *next;
    struct child *run;
    power_fn *fn;
    void *arg;
};

static struct job *jobs;

static void
on_end(int status, void *arg)
{
    struct job **at = &jobs, *j = arg;
    CLEANUP_FREE char *why = NULL;

    while (*at != j)
        at = &(*at)->next;
    *at = j->next;
    if (status == -1)
        why = xstrdup("powering it on: stonith_admin cannot be run");
    else if (!WIFEXITED(status))
        why = xasprintf("powering it on: stonith_admin died of signal %d",
                        WTERMSIG(status));
    else if (WEXITSTATUS(status))
        why = xasprintf("powering it on failed (stonith_admin: %d): see the "
                        "fencer's log",
                        WEXITSTATUS(status));
    j->fn(why, j->arg);
    free(j);
}

void
power_on(const char *node, power_fn *fn, void *arg)
{
    CLEANUP_FREE char *program = xstrdup("stonith_admin");
    CLEANUP_FREE char *target = xasprintf("--unfence=%s", node);
    CLEANUP_FREE char *limit = xasprintf("--timeout=%d", MAX_S);
    char *argv[] = { program, target, limit, NULL };
    struct job *j = xcalloc(1, sizeof *j);

    j->next = jobs;
    j->fn = fn;
    j->arg = arg;
    jobs = j;
    child_run(&j->run, argv, -1, (MAX_S + MARGIN_S) * 1000, on_end, j);
}

void
power_forget(void)
{
    struct job *next;

    for (; jobs; jobs = next) {
        next = jobs->next;
        child_forget(&jobs->run);
        free(jobs);
    }
}
