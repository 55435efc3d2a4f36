/* One node attribute: by attrd_updater, as no library has it. */
#include "attribute.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "capture.h"
#include "cleanup.h"
#include "cluster-xml.h"
#include "xalloc.h"

enum {
    OUTPUT_MAX = 2 * CLUSTER_ATTRIBUTE_MAX,
    LIMIT_MS = 1000 * CLUSTER_ATTRIBUTE_TIMEOUT_S,
    NO_SUCH_OBJECT = 105, /* CRM_EX_NOSUCH */
};

struct attribute_job {
    struct attribute_job *next, **at;
    cluster_attribute_fn *fn;
    void *arg;
    char *name, *node;
    bool is_write;
    struct capture *run;
};

static void
job_free(struct attribute_job *j)
{
    *j->at = j->next;
    if (j->next)
        j->next->at = j->at;
    capture_forget(&j->run);
    free(j->name);
    free(j->node);
    free(j);
}

static int
take_value(const struct attribute_job *j, int status, const char *output,
           char **ret_value, struct vmha_error *err)
{
    if (status == -1)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "attrd_updater cannot be run");
    if (!WIFEXITED(status)) /* as it was late, most likely */
        return vmha_fail(err, VMHA_E_AGAIN, 0,
                         "attrd_updater died of signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) == NO_SUCH_OBJECT)
        return 0;
    if (WEXITSTATUS(status) != 0)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "attrd_updater ended with %d",
                         WEXITSTATUS(status));
    if (j->is_write)
        return 0;
    if (!output)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "attrd_updater printed more than %d bytes",
                         OUTPUT_MAX);
    return attribute_xml_read(output, strlen(output), ret_value, err);
}

static void
on_end(int status, const char *output, void *arg)
{
    struct attribute_job *j = arg;
    CLEANUP_FREE char *value = NULL;
    struct vmha_error err = { 0 };
    cluster_attribute_fn *fn = j->fn;
    void *fn_arg = j->arg;
    int rc = take_value(j, status, output, &value, &err);

    if (rc == -1)
        vmha_context(&err, "attribute %s of node %s", j->name, j->node);
    job_free(j);
    fn(value, rc == -1 ? &err : NULL, fn_arg);
}

/* VALUE NULL: it is read. */
static void
start(struct attribute_job **list, const char *node, const char *name,
      const char *value, cluster_attribute_fn *fn, void *arg)
{
    CLEANUP_FREE char *program = xstrdup("attrd_updater");
    CLEANUP_FREE char *what =
        value ? xasprintf("--update=%s", value) : xstrdup("--query");
    CLEANUP_FREE char *name_arg = xasprintf("--name=%s", name);
    CLEANUP_FREE char *node_arg = xasprintf("--node=%s", node);
    CLEANUP_FREE char *how = xstrdup(value ? "--private" : "--output-as=xml");
    char *argv[] = { program, what, name_arg, node_arg, how, NULL };
    struct attribute_job *j = xcalloc(1, sizeof *j);

    j->next = *list;
    j->at = list;
    if (j->next)
        j->next->at = &j->next;
    *list = j;
    j->fn = fn;
    j->arg = arg;
    j->name = xstrdup(name);
    j->node = xstrdup(node);
    j->is_write = value != NULL;
    capture_run(&j->run, argv, OUTPUT_MAX, LIMIT_MS, on_end, j);
}

void
attribute_read(struct attribute_job **list, const char *node, const char *name,
               cluster_attribute_fn *fn, void *arg)
{
    start(list, node, name, NULL, fn, arg);
}

void
attribute_set(struct attribute_job **list, const char *node, const char *name,
              const char *value, cluster_attribute_fn *fn, void *arg)
{
    start(list, node, name, value, fn, arg);
}

void
attribute_forget(struct attribute_job **list)
{
    while (*list)
        job_free(*list);
}
