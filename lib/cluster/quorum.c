/* Corosync's quorum service on the GLib loop. */
#include "quorum.h"

#include <stdint.h>
#include <stdlib.h>

#include <corosync/quorum.h>
#include <glib-unix.h>
#include <glib.h>

#include "log.h"
#include "timer.h"
#include "xalloc.h"

enum { RETRY_MS = 1000 };

struct quorum {
    quorum_change_fn *fn;
    void *arg;
    bool is_quorate;
    quorum_handle_t handle;
    guint watch; /* 0: not connected */
    struct timer *retry;
};

static void connect_now(void *arg);

static void
tell(struct quorum *q, bool is_quorate)
{
    if (q->is_quorate == is_quorate)
        return;
    q->is_quorate = is_quorate;
    q->fn(q->arg);
}

static void
on_quorum(quorum_handle_t handle, uint32_t is_quorate,
          struct quorum_ring_id ring, uint32_t n, const uint32_t *members)
{
    const void *context;

    (void) ring, (void) n, (void) members;
    if (quorum_context_get(handle, &context) == CS_OK)
        tell((struct quorum *) (uintptr_t) context, is_quorate);
}

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer arg)
{
    struct quorum *q = arg;

    (void) fd, (void) condition;
    if (quorum_dispatch(q->handle, CS_DISPATCH_ALL) == CS_OK)
        return G_SOURCE_CONTINUE;
    log_debug("quorum: connection lost, connecting again");
    (void) quorum_finalize(q->handle);
    q->watch = 0;
    timer_arm(&q->retry, RETRY_MS, connect_now, q);
    tell(q, false);
    return G_SOURCE_REMOVE;
}

/* Connect and subscribe; the first answer comes with the first dispatch. */
static cs_error_t
subscribe(struct quorum *q, int *ret_fd)
{
    quorum_model_v1_data_t model = { .quorum_notify_fn = on_quorum };
    uint32_t type;
    cs_error_t rc = quorum_model_initialize(&q->handle, QUORUM_MODEL_V1,
                                            (void *) &model, &type, q);

    if (rc != CS_OK)
        return rc;
    rc = quorum_trackstart(q->handle, CS_TRACK_CURRENT | CS_TRACK_CHANGES);
    if (rc == CS_OK)
        rc = quorum_fd_get(q->handle, ret_fd);
    if (rc != CS_OK)
        (void) quorum_finalize(q->handle);
    return rc;
}

static void
connect_now(void *arg)
{
    struct quorum *q = arg;
    int fd;

    if (subscribe(q, &fd) != CS_OK)
        timer_arm(&q->retry, RETRY_MS, connect_now, q);
    else
        q->watch =
            g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, q);
}

struct quorum *
quorum_new(quorum_change_fn *fn, void *arg)
{
    struct quorum *q = xcalloc(1, sizeof *q);

    q->fn = fn;
    q->arg = arg;
    timer_arm(&q->retry, 0, connect_now, q);
    return q;
}

void
quorum_free(struct quorum *q)
{
    if (!q)
        return;
    timer_stop(&q->retry);
    if (q->watch) {
        g_source_remove(q->watch);
        (void) quorum_finalize(q->handle);
    }
    free(q);
}

bool
quorum_is_quorate(const struct quorum *q)
{
    return q->is_quorate;
}
