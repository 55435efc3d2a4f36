/* Attributes without a cluster: a file for each (cluster-fake.c). */
#include "attribute-fake.h"

#include <stdlib.h>

#include <glib.h>

#include "cleanup.h"
#include "cluster.h"
#include "timer.h"
#include "xalloc.h"

struct attribute_job {
    struct attribute_job *next, **at;
    char *path;
    char *value; /* to be written, or NULL */
    cluster_attribute_fn *fn;
    void *arg;
    struct timer *answer;
};

static struct attribute_job *jobs; /* of the only cluster */

static void
job_free(struct attribute_job *j)
{
    *j->at = j->next;
    if (j->next)
        j->next->at = j->at;
    timer_stop(&j->answer);
    free(j->path);
    free(j->value);
    free(j);
}

static void
answer(void *arg)
{
    struct attribute_job *j = arg;
    cluster_attribute_fn *fn = j->fn;
    void *fn_arg = j->arg;
    char *value = NULL;

    if (j->value)
        (void) g_file_set_contents(j->path, j->value, -1, NULL);
    else
        (void) g_file_get_contents(j->path, &value, NULL, NULL);
    job_free(j);
    fn(value, NULL, fn_arg);
    g_free(value);
}

static void
start(const char *node, const char *name, const char *value,
      cluster_attribute_fn *fn, void *arg)
{
    struct attribute_job *j = xcalloc(1, sizeof *j);

    j->next = jobs;
    j->at = &jobs;
    if (j->next)
        j->next->at = &j->next;
    jobs = j;
    j->path = xasprintf("%s/attribute-%s-%s", getenv("VMHA_FAKE_CLUSTER"), node,
                        name);
    j->value = value ? xstrdup(value) : NULL;
    j->fn = fn;
    j->arg = arg;
    timer_arm(&j->answer, 0, answer, j);
}

void
cluster_attribute_read(struct cluster *c, const char *node, const char *name,
                       cluster_attribute_fn *fn, void *arg)
{
    (void) c;
    start(node, name, NULL, fn, arg);
}

void
cluster_attribute_set(struct cluster *c, const char *node, const char *name,
                      const char *value, cluster_attribute_fn *fn, void *arg)
{
    (void) c;
    start(node, name, value, fn, arg);
}

void
attribute_fake_forget(void)
{
    while (jobs)
        job_free(jobs);
}
