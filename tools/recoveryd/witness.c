/* Does a living host have the guest of a dead one?  It may have left that by
 * live migration, or been left by an evacuation that failed: the host that
 * Nova's record names is asked, and tells.
 *
 * The question is an attribute of that host's node, which its watch looks for
 * now and then (tools/watchd/witness.c); so is the answer.  Neither is in the
 * CIB.  No answer is no harm: the VM stays held.
 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon.h"
#include "live.h"
#include "log.h"
#include "orphan.h"
#include "xalloc.h"

enum {
    LOOK_MS = 3000,
    WRITE_AGAIN_MS = 30000, /* the cluster may have forgotten it */
    ASK_AGAIN_MS = 60000,   /* what is there may go */
};

static struct pending *
hearing_new(struct daemon *d, struct host *h)
{
    h->witness.is_busy = true;
    return pending_new(d, &d->pending, h->node, sizeof(struct pending));
}

/* It is over: the host that was asked, if it is still there. */
static struct host *
hearing_host(const struct pending *a)
{
    struct host *h = daemon_host(a->d, a->node);

    if (h)
        h->witness.is_busy = false;
    daemon_kick(a->d);
    return h;
}

/* --- the answer ----------------------------------------------------------- */

static bool
is_asked(const struct incident *inc, const struct vm *v, const struct host *h)
{
    return live_asks(inc, v, h->nova_host) || orphan_asks(v, h->nova_host);
}

/* Is its word news? */
static bool
hear(struct incident *inc, struct vm *v, const struct host *h, bool is_here)
{
    int word = v->live.word;

    if (orphan_asks(v, h->nova_host))
        return orphan_on_word(v, is_here);
    live_on_word(inc, v, is_here, clock_mono_ms());
    return v->live.word != word;
}

static void
tell(struct daemon *d, struct incident *inc, struct vm *v, const struct host *h,
     bool is_here)
{
    if (hear(inc, v, h, is_here))
        log_notice("vm='%s' of node='%s': node='%s' says that it has %s guest",
                   v->id, inc->node, h->node, is_here ? "its" : "no such");
    history_vm(d->history, inc, v);
}

static void
apply(struct daemon *d, const struct host *h, const struct sight *answer)
{
    for (size_t i = 0; i < d->n_hosts; i++) {
        struct incident *inc = d->hosts[i]->incident;

        for (size_t k = 0; inc && k < inc->n_vms; k++) {
            struct vm *v = inc->by_key[k];

            if (sight_has(&h->witness.question, v->id) && is_asked(inc, v, h))
                tell(d, inc, v, h, sight_has(answer, v->id));
        }
    }
}

static void
on_answer(const char *value, const struct vmha_error *read_err, void *arg)
{
    CLEANUP(pending_freep) struct pending *a = arg;
    struct host *h = hearing_host(a);
    struct vmha_error err;
    struct sight answer;

    if (!h || read_err || !value || !h->witness.is_open)
        return;
    if (sight_parse(value, &answer, &err) == -1) {
        log_warning("node='%s': " SIGHT_ANSWER ": %s", h->node, err.text);
        return;
    }
    if (answer.seq != h->witness.question.seq) /* to an older question */
        return;
    h->witness.is_open = false;
    h->witness.again_ms = clock_mono_ms() + ASK_AGAIN_MS;
    apply(a->d, h, &answer);
}

/* --- the question --------------------------------------------------------- */

static void
on_written(const char *value, const struct vmha_error *err, void *arg)
{
    CLEANUP(pending_freep) struct pending *a = arg;

    (void) value;
    (void) hearing_host(a);
    if (err)
        log_warning("node='%s' cannot be asked: %s", a->node, err->text);
}

static void
write_question(struct daemon *d, struct host *h, int64_t now_ms)
{
    struct witness *w = &h->witness;
    char text[SIGHT_TEXT_MAX + 1];

    w->write_ms = now_ms + WRITE_AGAIN_MS;
    w->look_ms = now_ms + LOOK_MS;
    sight_format(&w->question, text);
    cluster_attribute_set(d->cluster, h->node, SIGHT_QUESTION, text, on_written,
                          hearing_new(d, h));
}

static void
look(struct daemon *d, struct host *h, int64_t now_ms)
{
    h->witness.look_ms = now_ms + LOOK_MS;
    cluster_attribute_read(d->cluster, h->node, SIGHT_ANSWER, on_answer,
                           hearing_new(d, h));
}

/* Has it said that it has V's guest? */
static bool
is_here(const struct vm *v, const struct host *h)
{
    return orphan_asks(v, h->nova_host) ? v->orphan.is_here
                                        : v->live.word == WORD_HERE;
}

/* As many as fit of which it has said that, or has not. */
static void
collect(const struct daemon *d, const struct host *h, bool was_here,
        struct sight *ret)
{
    for (size_t i = 0; i < d->n_hosts; i++) {
        const struct incident *inc = d->hosts[i]->incident;

        for (size_t k = 0; inc && k < inc->n_vms; k++) {
            const struct vm *v = inc->by_key[k];

            if (is_asked(inc, v, h) && is_here(v, h) == was_here)
                (void) sight_add(ret, v->id);
        }
    }
}

/* A seq that no question before it had, ours or an earlier daemon's. */
static void
open_question(struct host *h, const struct sight *want)
{
    uint64_t seq = (uint64_t) clock_wall_ms(), last = h->witness.question.seq;

    log_info("asking node='%s' about %zu guests of failed hosts", h->node,
             want->n);
    h->witness.question = *want;
    h->witness.question.seq = seq > last ? seq : last + 1;
    h->witness.is_open = true;
    h->witness.write_ms = 0;
}

/* When to call again, or 0. */
static int64_t
ask(struct daemon *d, struct host *h, int64_t now_ms)
{
    bool is_alive = h->death.is_online && h->is_listed && !h->incident;
    struct witness *w = &h->witness;
    struct sight want = { 0 };

    if (is_alive) {
        collect(d, h, false, &want);
        collect(d, h, true, &want);
    }
    if (want.n == 0) {
        w->is_open = false;
        return 0;
    }
    if (!sight_same(&want, &w->question) ||
        (!w->is_open && now_ms >= w->again_ms))
        open_question(h, &want);
    if (w->is_busy)
        return 0;
    if (!w->is_open)
        return w->again_ms;
    if (now_ms >= w->write_ms)
        write_question(d, h, now_ms);
    else if (now_ms >= w->look_ms)
        look(d, h, now_ms);
    return w->look_ms;
}

int64_t
witness_update(struct daemon *d, int64_t now_ms)
{
    int64_t wake_ms = 0;

    for (size_t i = 0; i < d->n_hosts; i++) {
        int64_t due_ms = ask(d, d->hosts[i], now_ms);

        if (due_ms && (!wake_ms || due_ms < wake_ms))
            wake_ms = due_ms;
    }
    return wake_ms;
}
