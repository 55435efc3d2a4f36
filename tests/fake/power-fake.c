/* power.h on a cluster that is a directory: appends the node to its file
 * "power".  The answer is good, or FAKE_POWER's text.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "timer.h"
#include "xalloc.h"

#include "../../tools/recoveryd/power.h"

enum { ANSWER_MS = 100 };

struct job {
    struct job *next;
    struct timer *timer;
    power_fn *fn;
    void *arg;
};

static struct job *jobs;

static void
job_free(struct job *j)
{
    struct job **at = &jobs;

    while (*at != j)
        at = &(*at)->next;
    *at = j->next;
    timer_stop(&j->timer);
    free(j);
}

static void
answer(void *arg)
{
    struct job *j = arg;

    j->fn(getenv("FAKE_POWER"), j->arg);
    job_free(j);
}

void
power_on(const char *node, power_fn *fn, void *arg)
{
    CLEANUP_FREE char *path =
        xasprintf("%s/power", getenv("VMHA_FAKE_CLUSTER"));
    CLEANUP_FILE FILE *f = fopen(path, "ae");
    struct job *j = xcalloc(1, sizeof *j);

    if (f)
        fprintf(f, "%s\n", node);
    j->next = jobs;
    jobs = j;
    j->fn = fn;
    j->arg = arg;
    timer_arm(&j->timer, ANSWER_MS, answer, j);
}

void
power_forget(void)
{
    while (jobs)
        job_free(jobs);
}
