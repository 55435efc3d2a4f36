/* Write the report into the cluster.
 *
 * The list first, then the public attribute: who sees that one change finds
 * the list that belongs to it.
 */
#include "writer.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "child.h"
#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "pace.h"
#include "timer.h"
#include "watch.h"
#include "xalloc.h"

struct writer {
    struct report wanted, told;        /* told: the seq in use, too */
    bool has_wanted, is_dirty, is_new; /* new: with another seq */
    struct child *run;
    struct timer *next;
    struct pace pace;
    char *trouble;
};

static void write_next(void *arg);

static void
kick(struct writer *w)
{
    if (!w->is_dirty || w->run || w->next)
        return;
    timer_arm(&w->next, pace_wait_ms(&w->pace, clock_mono_ms()), write_next, w);
}

/* It failed, or is over. */
static void
finish(struct writer *w, const char *why)
{
    if (why && !w->trouble)
        log_warning("%s, retrying", why);
    else if (!why && w->trouble)
        log_notice("the cluster takes the report again");
    xstrset(&w->trouble, why);
    if (why)
        w->is_dirty = true;
    kick(w);
}

static char *
why_failed(const char *program, int status)
{
    if (status == -1)
        return xasprintf("%s cannot be run", program);
    if (!WIFEXITED(status))
        return xasprintf("%s died of signal %d", program, WTERMSIG(status));
    if (WEXITSTATUS(status))
        return xasprintf("the cluster does not take the report (%s: %d)",
                         program, WEXITSTATUS(status));
    return NULL;
}

static void
on_head(int status, void *arg)
{
    CLEANUP_FREE char *why = why_failed("crm_attribute", status);

    finish(arg, why);
}

/* By crm_attribute, though it takes twice as long as attrd_updater: Pacemaker 3
 * does not put the latter's value into the CIB before it has learned from the
 * former that this is a Pacemaker Remote node (seen with 3.0.2).
 */
static void
write_head(struct writer *w)
{
    char text[REPORT_PUBLIC_MAX + 1];

    report_head_format(&w->told, text);

    CLEANUP_FREE char *program = xstrdup("crm_attribute");
    CLEANUP_FREE char *lifetime = xstrdup("--lifetime=reboot");
    CLEANUP_FREE char *name = xstrdup("--name=vmha-faults");
    CLEANUP_FREE char *value = xasprintf("--update=%s", text);
    char *argv[] = { program, lifetime, name, value, NULL };

    child_run(&w->run, argv, -1, WRITER_LIMIT_MS, on_head, w);
}

static void
on_list(int status, void *arg)
{
    CLEANUP_FREE char *why = why_failed("attrd_updater", status);

    if (why)
        finish(arg, why);
    else
        write_head(arg);
}

static void
write_list(struct writer *w)
{
    char text[REPORT_LIST_MAX + 1];

    report_list_format(&w->told, text);

    CLEANUP_FREE char *program = xstrdup("attrd_updater");
    CLEANUP_FREE char *name = xstrdup("--name=vmha-fault-list");
    CLEANUP_FREE char *value = xasprintf("--update=%s", text);
    CLEANUP_FREE char *private = xstrdup("--private");
    char *argv[] = { program, name, value, private, NULL };

    child_run(&w->run, argv, -1, WRITER_LIMIT_MS, on_list, w);
}

/* A seq that no daemon before us has used, as they change slower than time. */
static uint64_t
next_seq(const struct writer *w)
{
    uint64_t now_s = (uint64_t) clock_wall_ms() / 1000;

    return w->told.seq < now_s ? now_s : w->told.seq + 1;
}

static void
write_next(void *arg)
{
    struct writer *w = arg;
    uint64_t seq = w->is_new ? next_seq(w) : w->told.seq;

    pace_take(&w->pace, clock_mono_ms());
    w->told = w->wanted;
    w->told.seq = seq;
    w->is_dirty = w->is_new = false;
    write_list(w);
}

void
writer_tell(struct writer *w, const struct report *r)
{
    if (w->has_wanted && watch_same(&w->wanted, r))
        return;
    w->wanted = *r;
    w->has_wanted = w->is_dirty = w->is_new = true;
    kick(w);
}

void
writer_repeat(struct writer *w)
{
    if (!w->has_wanted || w->wanted.n == 0)
        return;
    w->is_dirty = true;
    kick(w);
}

const char *
writer_trouble(const struct writer *w)
{
    return w->trouble;
}

struct writer *
writer_new(void)
{
    struct writer *w = xcalloc(1, sizeof *w);

    w->pace = (struct pace){ 1, WRITER_GAP_MS, 0 };
    return w;
}

void
writer_free(struct writer *w)
{
    if (!w)
        return;
    timer_stop(&w->next);
    child_forget(&w->run);
    free(w->trouble);
    free(w);
}
