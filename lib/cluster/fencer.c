/* The connection to the local fencer, on the GLib loop: its history. */
#include "fencer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <crm/common/results.h>
#include <crm/stonith-ng.h>

#include "log.h"
#include "timer.h"
#include "xalloc.h"

#ifndef T_STONITH_NOTIFY_FENCE /* gone since 3.0.0, the texts are the same */
#define T_STONITH_NOTIFY_DISCONNECT     "st_notify_disconnect"
#define T_STONITH_NOTIFY_FENCE          "st_notify_fence"
#define T_STONITH_NOTIFY_HISTORY        "st_notify_history"
#define T_STONITH_NOTIFY_HISTORY_SYNCED "st_notify_history_synced"
#endif

enum {
    RETRY_MS = 1000,
    FIRST_RETRY_MS = 100,
    READ_GAP_MS = 5, /* several notifications, one reading */
    /* stonith_send_command() waits 60 s longer than it is told, 2.1 and 3.x */
    READ_TIMEOUT_S = 3 - 60,
};

/* enum op_state of the fencer, which the history hands out as numbers. */
enum { OP_DONE = 2, OP_FAILED = 4 };

struct fencer {
    stonith_t *st;
    char *client;
    fencer_fn *fn;
    void *arg;
    bool is_connected;
    struct timer *retry, *next_read;
    struct cluster_view history; /* nothing but fencings */
};

/* libstonithd's notifications have no argument of ours. */
static struct fencer *the_fencer;

static void connect_now(void *arg);

/* The connection is gone, or useless; connect_now() cleans up, outside of
 * libstonithd's callbacks.
 */
static void
lose(struct fencer *f, const char *why)
{
    if (!f->is_connected)
        return;
    log_debug("fencer: %s, connecting again", why);
    f->is_connected = false;
    cluster_view_clear(&f->history);
    timer_stop(&f->next_read);
    timer_arm(&f->retry, FIRST_RETRY_MS, connect_now, f);
    f->fn(f->arg);
}

/* A manual acknowledgement ("stonith_admin --confirm") is told by the name of
 * who did it, a text that the fencer fills in.
 */
static bool
is_human(const stonith_history_t *h)
{
    return h->delegate && strcmp(h->delegate, "a human") == 0;
}

static void
add_fencing(struct cluster_view *v, const stonith_history_t *h)
{
    struct cluster_fencing *f = cluster_view_add_fencing(v);

    f->target = xstrdup(h->target ? h->target : "");
    f->action = cluster_fence_action(h->action);
    f->state = h->state == OP_DONE     ? FENCE_DONE
               : h->state == OP_FAILED ? FENCE_FAILED
                                       : FENCE_PENDING;
    f->completed_ns = (int64_t) h->completed * 1000000000 + h->completed_nsec;
    f->is_human = is_human(h);
}

static void
read_history(void *arg)
{
    struct fencer *f = arg;
    stonith_history_t *list = NULL;
    int rc = f->st->cmds->history(f->st, st_opt_sync_call, NULL, &list,
                                  READ_TIMEOUT_S);

    if (rc != pcmk_ok) {
        lose(f, pcmk_strerror(rc));
        return;
    }
    cluster_view_clear(&f->history);
    for (const stonith_history_t *h = list; h; h = h->next)
        add_fencing(&f->history, h);
    stonith_history_free(list);
    cluster_view_sort_fencings(&f->history);
    f->history.has_history = true;
    f->fn(f->arg);
}

void
fencer_refresh(struct fencer *f)
{
    if (f->is_connected && !f->next_read)
        timer_arm(&f->next_read, READ_GAP_MS, read_history, f);
}

static void
on_event(stonith_t *st, stonith_event_t *event)
{
    (void) st, (void) event;
    if (the_fencer)
        fencer_refresh(the_fencer);
}

static void
on_disconnect(stonith_t *st, stonith_event_t *event)
{
    (void) st, (void) event;
    if (the_fencer)
        lose(the_fencer, "connection lost");
}

/* Notifications first, history then: nothing falls between. */
static int
subscribe(stonith_t *st)
{
    static const struct {
        const char *event;
        void (*fn)(stonith_t *st, stonith_event_t *e);
    } events[] = {
        { T_STONITH_NOTIFY_DISCONNECT, on_disconnect },
        { T_STONITH_NOTIFY_FENCE, on_event },
        { T_STONITH_NOTIFY_HISTORY, on_event },
        { T_STONITH_NOTIFY_HISTORY_SYNCED, on_event },
    };

    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        int rc =
            st->cmds->register_notification(st, events[i].event, events[i].fn);

        if (rc < 0)
            return rc;
    }
    return pcmk_ok;
}

static void
disconnect(struct fencer *f)
{
    f->is_connected = false;
    if (!f->st)
        return;
    if (f->st->state != stonith_disconnected)
        (void) f->st->cmds->disconnect(f->st);
    stonith_api_delete(f->st);
    f->st = NULL;
}

static void
connect_now(void *arg)
{
    struct fencer *f = arg;
    int rc;

    disconnect(f);
    f->st = stonith_api_new();
    if (!f->st)
        abort(); /* out of memory is its only reason */
    rc = f->st->cmds->connect(f->st, f->client, NULL);
    if (rc == pcmk_ok)
        rc = subscribe(f->st);
    if (rc != pcmk_ok) {
        log_debug("fencer: %s, connecting again", pcmk_strerror(rc));
        timer_arm(&f->retry, RETRY_MS, connect_now, f);
        return;
    }
    f->is_connected = true;
    read_history(f);
}

struct fencer *
fencer_new(const char *client, fencer_fn *fn, void *arg)
{
    struct fencer *f = xcalloc(1, sizeof *f);

    assert(!the_fencer);
    f->client = xstrdup(client);
    f->fn = fn;
    f->arg = arg;
    the_fencer = f;
    timer_arm(&f->retry, 0, connect_now, f);
    return f;
}

void
fencer_free(struct fencer *f)
{
    if (!f)
        return;
    the_fencer = NULL;
    timer_stop(&f->retry);
    timer_stop(&f->next_read);
    disconnect(f);
    cluster_view_clear(&f->history);
    free(f->client);
    free(f);
}

void
fencer_fill(const struct fencer *f, struct cluster_view *view)
{
    view->has_history = f->history.has_history;
    for (size_t i = 0; i < f->history.n_fencings; i++) {
        struct cluster_fencing *copy = cluster_view_add_fencing(view);

        *copy = f->history.fencings[i];
        copy->target = xstrdup(copy->target);
    }
}
