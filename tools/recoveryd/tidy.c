/* Have Pacemaker forget that a resource failed on a node. */
#include "tidy.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "child.h"
#include "cleanup.h"
#include "log.h"
#include "xalloc.h"

enum { LIMIT_MS = 30000 };

struct job {
    struct job *next;
    struct child *run;
    char *resource, *node;
};

static struct job *jobs; /* oldest first; only that one runs */

static void
drop_first(void)
{
    struct job *j = jobs;

    jobs = j->next;
    child_forget(&j->run);
    free(j->resource);
    free(j->node);
    free(j);
}

static void run_first(void);

static void
on_end(int status, void *arg)
{
    const struct job *j = arg;
    int code = status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;

    if (code != 0)
        log_warning("cleaning up '%s' on node='%s' failed (crm_resource: %d), "
                    "Pacemaker tries again after its failure-timeout",
                    j->resource, j->node, code);
    drop_first();
    if (jobs)
        run_first();
}

static void
run_first(void)
{
    CLEANUP_FREE char *program = xstrdup("crm_resource");
    CLEANUP_FREE char *verb = xstrdup("--cleanup");
    CLEANUP_FREE char *what = xasprintf("--resource=%s", jobs->resource);
    CLEANUP_FREE char *where = xasprintf("--node=%s", jobs->node);
    char *argv[] = { program, verb, what, where, NULL };

    child_run(&jobs->run, argv, -1, LIMIT_MS, on_end, jobs);
}

void
tidy_up(const char *resource, const char *node)
{
    struct job **end = &jobs, *j = xcalloc(1, sizeof *j);

    j->resource = xstrdup(resource);
    j->node = xstrdup(node);
    while (*end)
        end = &(*end)->next;
    *end = j;
    if (j == jobs)
        run_first();
}

void
tidy_forget(void)
{
    while (jobs)
        drop_first();
}
