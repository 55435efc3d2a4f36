/* attribute.h without a cluster: a file for each attribute (cluster-fake.c). */
#include "attribute.h"

#include <stdlib.h>

#include <glib.h>

#include "cleanup.h"
#include "timer.h"
#include "xalloc.h"

struct attribute_read {
    struct attribute_read *next, **at;
    char *path;
    cluster_attribute_fn *fn;
    void *arg;
    struct timer *answer;
};

static void
read_free(struct attribute_read *r)
{
    *r->at = r->next;
    if (r->next)
        r->next->at = r->at;
    timer_stop(&r->answer);
    free(r->path);
    free(r);
}

static void
answer(void *arg)
{
    struct attribute_read *r = arg;
    cluster_attribute_fn *fn = r->fn;
    void *fn_arg = r->arg;
    char *value = NULL;

    (void) g_file_get_contents(r->path, &value, NULL, NULL);
    read_free(r);
    fn(value, NULL, fn_arg);
    g_free(value);
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
    r->path = xasprintf("%s/attribute-%s-%s", getenv("VMHA_FAKE_CLUSTER"), node,
                        name);
    r->fn = fn;
    r->arg = arg;
    timer_arm(&r->answer, 0, answer, r);
}

void
attribute_forget(struct attribute_read **list)
{
    while (*list)
        read_free(*list);
}
