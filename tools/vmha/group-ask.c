/* Ask the recovery daemons, on whatever node they run. */
#include "group-ask.h"

#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "group.h"
#include "timer.h"
#include "xalloc.h"

enum { MORE_MS = 1000, ALL_MS = 3000 };

#define GROUP          "vmha"
#define EVERY_INSTANCE "-"

struct ask {
    struct group *group;
    GMainLoop *loop;
    struct timer *deadline, *more;
    unsigned n_asked;

    /* the question under way; its id is empty when there is none */
    char id[WIRE_WORD_MAX];
    size_t want;
    ask_answer_fn *is_answer; /* NULL: any reply is one */
    bool has_gone_round;      /* our request came back: all members have it */
    struct replies replies;
};

static void
stop_waiting(void *arg)
{
    struct ask *a = arg;

    g_main_loop_quit(a->loop);
}

/* Corosync delivers our request to us in step with changes of membership, so
 * whoever is in the group at that moment gets it, and nobody else.
 */
static void
on_own_request(struct ask *a)
{
    size_t others = group_size(a->group) - 1;

    a->has_gone_round = true;
    if (a->want == 0 || a->want > others)
        a->want = others;
}

static bool
has_answer(const struct ask *a)
{
    for (size_t i = 0; a->is_answer && i < a->replies.n; i++)
        if (reply_is_whole(&a->replies.list[i]) &&
            a->is_answer(&a->replies.list[i]))
            return true;
    return false;
}

static void
on_message(const void *data, size_t len, uint32_t node_id, uint32_t pid,
           void *arg)
{
    struct ask *a = arg;
    struct vmha_error unused;
    struct wire w;
    size_t before = replies_whole(&a->replies);

    if (wire_parse(data, len, &w, &unused) == -1 || strcmp(w.id, a->id) != 0)
        return;
    if (!w.is_reply && pid == (uint32_t) getpid() &&
        node_id == group_node_id(a->group))
        on_own_request(a);
    replies_add(&a->replies, a->id, &w, node_id, pid);
    if (!a->is_answer && before == 0 && replies_whole(&a->replies) == 1)
        timer_arm(&a->more, MORE_MS, stop_waiting, a);
    if ((a->has_gone_round && replies_whole(&a->replies) >= a->want) ||
        has_answer(a))
        stop_waiting(a);
}

static int
enter(struct ask *a, struct vmha_error *err)
{
    a->group = group_new(GROUP, true, on_message, a, err);
    if (a->group)
        return 0;
    /* An ordinary user is not always told that he is refused. */
    if (err->kind == VMHA_E_PERMISSION || geteuid() != 0) {
        err->kind = VMHA_E_PERMISSION;
        return vmha_context(err, "only root may ask the cluster");
    }
    err->kind = VMHA_E_ABSENT;
    return vmha_context(err, "Corosync does not answer: run vmha on a cluster "
                             "node whose cluster is started");
}

struct ask *
ask_new(struct vmha_error *err)
{
    struct ask *a = xcalloc(1, sizeof *a);

    a->loop = g_main_loop_new(NULL, FALSE);
    if (enter(a, err) == 0)
        return a;
    ask_free(a);
    return NULL;
}

void
ask_free(struct ask *a)
{
    if (!a)
        return;
    timer_stop(&a->deadline);
    timer_stop(&a->more);
    group_free(a->group);
    g_main_loop_unref(a->loop);
    replies_clear(&a->replies);
    free(a);
}

void
ask_cleanup(struct ask **a)
{
    ask_free(*a);
}

void
ask_wait(struct ask *a, int64_t delay_ms)
{
    timer_arm(&a->deadline, delay_ms, stop_waiting, a);
    g_main_loop_run(a->loop);
    timer_stop(&a->deadline);
    timer_stop(&a->more);
}

static int
send_part(const void *data, size_t len, void *arg, struct vmha_error *err)
{
    return group_send(arg, data, len, err);
}

static int
check_replies(const struct ask *a, struct vmha_error *err)
{
    if (a->replies.n)
        return 0;
    if (group_node_id(a->group) == 0)
        return vmha_fail(err, VMHA_E_AGAIN, 0,
                         "the connection to Corosync was lost");
    if (a->has_gone_round && a->want == 0)
        return vmha_fail(err, VMHA_E_ABSENT, 0,
                         "no vmha-recoveryd runs in this cluster: look at its "
                         "resource with crm_mon -1rf or pcs status");
    return vmha_fail(err, VMHA_E_ABSENT, 0, "nobody answers");
}

/* Ask and wait; the replies are in A. */
static int
question(struct ask *a, const char *request, size_t want, int64_t wait_ms,
         struct vmha_error *err)
{
    CLEANUP_FREE char *id = xasprintf("%u-%d-%u", group_node_id(a->group),
                                      (int) getpid(), ++a->n_asked);

    memcpy(a->id, id, strlen(id) + 1); /* three numbers: it fits */
    a->want = want;
    a->has_gone_round = false;
    if (wire_format(false, id, EVERY_INSTANCE, request, strlen(request),
                    GROUP_MESSAGE_MAX, send_part, a->group, err) == -1)
        return -1;
    ask_wait(a, wait_ms);
    replies_finish(&a->replies);
    return check_replies(a, err);
}

static int
ask(struct ask *a, const char *request, size_t want, int64_t wait_ms,
    struct replies *ret_replies, struct vmha_error *err)
{
    int rc;

    if (a->group && group_node_id(a->group) == 0) {
        group_free(a->group);
        a->group = NULL;
    }
    if (!a->group && enter(a, err) == -1)
        return -1;
    rc = question(a, request, want, wait_ms, err);
    a->id[0] = '\0';
    if (rc == 0) {
        *ret_replies = a->replies;
        a->replies = (struct replies){ 0 };
    }
    replies_clear(&a->replies);
    return rc;
}

int
ask_all(struct ask *a, const char *request, size_t want,
        struct replies *ret_replies, struct vmha_error *err)
{
    a->is_answer = NULL;
    return ask(a, request, want, ALL_MS, ret_replies, err);
}

/* Members of the group that answer are daemons.  Others are not waited for: a
 * vmha that watches the status may be stopped, or wait for its pager.
 */
static int
count_daemons(struct ask *a, size_t *ret_n, struct vmha_error *err)
{
    CLEANUP_REPLIES struct replies replies = { 0 };

    if (ask_all(a, "{\"verb\":\"segment\"}", 0, &replies, err) == -1)
        return -1;
    *ret_n = replies.n;
    return 0;
}

int
ask_one(struct ask *a, const char *request, ask_answer_fn *is_answer,
        int64_t wait_ms, struct replies *ret_replies, struct vmha_error *err)
{
    size_t n_daemons;

    if (count_daemons(a, &n_daemons, err) == -1)
        return -1;
    a->is_answer = is_answer;
    return ask(a, request, n_daemons, wait_ms, ret_replies, err);
}
