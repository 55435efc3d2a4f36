/* Run another program from the GLib loop, and read what it prints. */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "child.h"
#include "cleanup.h"
#include "xalloc.h"

struct capture {
    struct capture **place;
    struct child *child;
    int output; /* -1: none */
    size_t max;
    capture_fn *fn;
    void *arg;
};

static void
capture_free(struct capture *c)
{
    *c->place = NULL;
    child_forget(&c->child);
    cleanup_closep(&c->output);
    free(c);
}

/* All that the program has printed: no more than a pipe holds, for it has
 * ended.  What a child of it keeps open does not make us wait.
 */
static int
read_output(const struct capture *c, struct buf *b)
{
    char part[1024];
    ssize_t n;

    while ((n = read(c->output, part, sizeof part)) > 0)
        if (buf_add(b, part, (size_t) n) == -1)
            return -1;
    return n == 0 || errno == EAGAIN ? 0 : -1;
}

static void
on_end(int status, void *arg)
{
    struct capture *c = arg;
    CLEANUP_BUF struct buf output = BUF_INIT(c->max);
    capture_fn *fn = c->fn;
    void *fn_arg = c->arg;
    int rc;

    if (c->output == -1)
        status = -1;
    rc = status == -1 ? -1 : read_output(c, &output);
    capture_free(c);
    fn(status, rc == -1 ? NULL : buf_str(&output), fn_arg);
}

void
capture_run(struct capture **place, char *const argv[], size_t max,
            int64_t limit_ms, capture_fn *fn, void *arg)
{
    struct capture *c = xcalloc(1, sizeof *c);
    int ends[2] = { -1, -1 };

    *place = c;
    c->place = place;
    c->max = max;
    c->fn = fn;
    c->arg = arg;
    if (pipe2(ends, O_CLOEXEC) == 0)
        (void) fcntl(ends[0], F_SETFL, O_NONBLOCK);
    c->output = ends[0];
    child_run(&c->child, argv, ends[1], limit_ms, on_end, c);
    cleanup_closep(&ends[1]);
}

void
capture_forget(struct capture **c)
{
    if (*c)
        capture_free(*c);
}
