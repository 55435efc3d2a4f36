/* Reading one node attribute: by attrd_updater, as no library has it. */
#include "attribute.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "child.h"
#include "cleanup.h"
#include "cluster-xml.h"
#include "xalloc.h"

enum {
    OUTPUT_MAX = 2 * CLUSTER_ATTRIBUTE_MAX,
    LIMIT_MS = 1000 * CLUSTER_ATTRIBUTE_TIMEOUT_S,
    NO_SUCH_OBJECT = 105, /* CRM_EX_NOSUCH */
};

struct attribute_read {
    struct attribute_read *next, **at;
    cluster_attribute_fn *fn;
    void *arg;
    char *name, *node;
    struct child *child;
    int output; /* -1: none */
};

static void
read_free(struct attribute_read *r)
{
    *r->at = r->next;
    if (r->next)
        r->next->at = r->at;
    child_forget(&r->child);
    cleanup_closep(&r->output);
    free(r->name);
    free(r->node);
    free(r);
}

/* All that the program has printed: no more than a pipe holds, for it has
 * ended.  What a child of it keeps open does not make us wait.
 */
static int
read_output(const struct attribute_read *r, struct buf *b)
{
    char part[1024];
    ssize_t n;

    while ((n = read(r->output, part, sizeof part)) > 0)
        if (buf_add(b, part, (size_t) n) == -1)
            return -1;
    return n == 0 || errno == EAGAIN ? 0 : -1;
}

static int
take_value(const struct attribute_read *r, int status, char **ret_value,
           struct vmha_error *err)
{
    CLEANUP_BUF struct buf output = BUF_INIT(OUTPUT_MAX);

    if (status == -1 || r->output == -1)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "attrd_updater cannot be run");
    if (!WIFEXITED(status)) /* as it was late, most likely */
        return vmha_fail(err, VMHA_E_AGAIN, 0,
                         "attrd_updater died of signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) == NO_SUCH_OBJECT)
        return 0;
    if (WEXITSTATUS(status) != 0)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "attrd_updater ended with %d",
                         WEXITSTATUS(status));
    if (read_output(r, &output) == -1)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "attrd_updater printed more than %d bytes",
                         OUTPUT_MAX);
    return attribute_xml_read(buf_str(&output), output.len, ret_value, err);
}

static void
on_end(int status, void *arg)
{
    struct attribute_read *r = arg;
    CLEANUP_FREE char *value = NULL;
    struct vmha_error err = { 0 };
    cluster_attribute_fn *fn = r->fn;
    void *fn_arg = r->arg;
    int rc = take_value(r, status, &value, &err);

    if (rc == -1)
        vmha_context(&err, "attribute %s of node %s", r->name, r->node);
    read_free(r);
    fn(value, rc == -1 ? &err : NULL, fn_arg);
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
    int ends[2] = { -1, -1 };

    if (pipe2(ends, O_CLOEXEC) == 0)
        (void) fcntl(ends[0], F_SETFL, O_NONBLOCK);
    r->output = ends[0];
    child_run(&r->child, argv, ends[1], LIMIT_MS, on_end, r);
    cleanup_closep(&ends[1]);
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
    while (*list)
        read_free(*list);
}
