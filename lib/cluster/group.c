/* Messages between the programs of vmha: one Corosync process group. */
#include "group.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include <corosync/cpg.h>
#include <glib-unix.h>
#include <glib.h>

#include "clock.h"
#include "log.h"
#include "timer.h"
#include "xalloc.h"

enum {
    RETRY_MS = 1000,
    BUSY_MS = 1000, /* how long we wait while Corosync says "try again" */
    BUSY_STEP_MS = 5,
};

struct group {
    struct cpg_name name;
    bool once;
    group_fn *fn;
    void *arg;
    cpg_handle_t handle;
    uint32_t node_id;
    size_t n_members;
    guint watch; /* 0: not joined */
    struct timer *retry;
};

static void join_again(void *arg);

/* Corosync tells nobody when it is no longer busy; poll() waits a step. */
static bool
may_try_again(cs_error_t rc, int64_t deadline_ms)
{
    if (rc != CS_ERR_TRY_AGAIN || clock_mono_ms() >= deadline_ms)
        return false;
    (void) poll(NULL, 0, BUSY_STEP_MS);
    return true;
}

static void
on_message(cpg_handle_t handle, const struct cpg_name *name, uint32_t node_id,
           uint32_t pid, void *data, size_t len)
{
    void *context;
    struct group *g;

    (void) name;
    if (cpg_context_get(handle, &context) != CS_OK)
        return;
    g = context;
    if (len <= GROUP_MESSAGE_MAX)
        g->fn(data, len, node_id, pid, g->arg);
}

static void
on_members(cpg_handle_t handle, const struct cpg_name *name,
           const struct cpg_address *members, size_t n_members,
           const struct cpg_address *left, size_t n_left,
           const struct cpg_address *joined, size_t n_joined)
{
    void *context;

    (void) name, (void) members;
    (void) left, (void) n_left, (void) joined, (void) n_joined;
    if (cpg_context_get(handle, &context) == CS_OK)
        ((struct group *) context)->n_members = n_members;
}

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer arg)
{
    struct group *g = arg;
    cs_error_t rc = cpg_dispatch(g->handle, CS_DISPATCH_ALL);

    (void) fd, (void) condition;
    if (rc == CS_OK || rc == CS_ERR_TRY_AGAIN)
        return G_SOURCE_CONTINUE;
    log_debug("group: connection to Corosync lost (%s)", cs_strerror(rc));
    (void) cpg_finalize(g->handle);
    g->watch = 0;
    g->node_id = 0;
    g->n_members = 0;
    if (!g->once)
        timer_arm(&g->retry, RETRY_MS, join_again, g);
    return G_SOURCE_REMOVE;
}

static cs_error_t
enter(struct group *g, int *ret_fd)
{
    int64_t deadline_ms = clock_mono_ms() + (g->once ? BUSY_MS : 0);
    cs_error_t rc;

    do {
        rc = cpg_join(g->handle, &g->name);
    } while (may_try_again(rc, deadline_ms));
    if (rc == CS_OK)
        rc = cpg_local_get(g->handle, &g->node_id);
    if (rc == CS_OK)
        rc = cpg_fd_get(g->handle, ret_fd);
    return rc;
}

static cs_error_t
join(struct group *g)
{
    cpg_model_v1_data_t model = {
        .cpg_deliver_fn = on_message,
        .cpg_confchg_fn = on_members,
    };
    cs_error_t rc =
        cpg_model_initialize(&g->handle, CPG_MODEL_V1, (void *) &model, g);
    int fd;

    if (rc != CS_OK)
        return rc;
    rc = enter(g, &fd);
    if (rc != CS_OK) {
        (void) cpg_finalize(g->handle);
        g->node_id = 0;
        return rc;
    }
    g->watch = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, g);
    return CS_OK;
}

static void
join_again(void *arg)
{
    struct group *g = arg;

    if (join(g) != CS_OK)
        timer_arm(&g->retry, RETRY_MS, join_again, g);
}

struct group *
group_new(const char *name, bool once, group_fn *fn, void *arg,
          struct vmha_error *err)
{
    size_t len = strlen(name);
    struct group *g;
    cs_error_t rc;

    if (len == 0 || len > CPG_MAX_NAME_LENGTH) {
        vmha_fail(err, VMHA_E_INPUT, 0, "group '%s': name too long or empty",
                  name);
        return NULL;
    }
    g = xcalloc(1, sizeof *g);
    memcpy(g->name.value, name, len);
    g->name.length = (uint32_t) len;
    g->once = once;
    g->fn = fn;
    g->arg = arg;
    rc = join(g);
    if (rc == CS_OK)
        return g;
    if (!once) {
        timer_arm(&g->retry, RETRY_MS, join_again, g);
        return g;
    }
    vmha_fail(err, rc == CS_ERR_ACCESS ? VMHA_E_PERMISSION : VMHA_E_AGAIN, 0,
              "joining Corosync group '%s': %s", name, cs_strerror(rc));
    free(g);
    return NULL;
}

void
group_free(struct group *g)
{
    if (!g)
        return;
    timer_stop(&g->retry);
    if (g->watch) {
        g_source_remove(g->watch);
        (void) cpg_finalize(g->handle);
    }
    free(g);
}

int
group_send(struct group *g, const void *data, size_t len,
           struct vmha_error *err)
{
    struct iovec iov = { (void *) (uintptr_t) data, len };
    int64_t deadline_ms = clock_mono_ms() + BUSY_MS;
    cs_error_t rc;

    if (len > GROUP_MESSAGE_MAX)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "message of %zu bytes, the limit is %d", len,
                         GROUP_MESSAGE_MAX);
    if (!g->watch)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "not connected to Corosync");
    do {
        rc = cpg_mcast_joined(g->handle, CPG_TYPE_AGREED, &iov, 1);
    } while (may_try_again(rc, deadline_ms));
    if (rc != CS_OK)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "sending to Corosync: %s",
                         cs_strerror(rc));
    return 0;
}

uint32_t
group_node_id(const struct group *g)
{
    return g->node_id;
}

size_t
group_size(const struct group *g)
{
    return g->n_members;
}
