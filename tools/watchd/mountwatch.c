/* The mounts that VMs need.
 *
 * The kernel tells when its table of mounts changes.  What is mounted is asked
 * by another process, as that may block for ever; while one does, no second one
 * is started.
 */
#include "mountwatch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib.h>

#include "buf.h"
#include "cleanup.h"
#include "clock.h"
#include "command.h"
#include "file.h"
#include "log.h"
#include "mounts.h"
#include "timer.h"
#include "xalloc.h"

enum { TABLE_MAX = 4 * 1024 * 1024 };

struct mounted {
    struct mountwatch *all;
    const struct mount_conf *conf;
    struct mount_rules rules;
    struct mount mount;
    enum mount_state table, answer; /* what the kernel says, what it answered */
    struct command *probe;
    struct timer *next, *late, *wake;
    bool was_lasting;
};

struct mountwatch {
    char *program;
    int table; /* the kernel's */
    guint source;
    struct mounted **items;
    size_t n;
    void (*changed)(void *arg);
    void *arg;
};

static struct watch_time
now(void)
{
    return (struct watch_time){ clock_mono_ms(), clock_wall_ms() / 1000 };
}

static const char *
describe(enum fault_why why)
{
    switch (why) {
    case WHY_DOWN: return "is not mounted";
    case WHY_HANG: return "does not answer";
    default: return "is not as it must be";
    }
}

/* --- its state ------------------------------------------------------------ */

static void
on_passed(void *arg)
{
    struct mounted *m = arg;
    struct watch_time t = now();
    int64_t wake_ms = mount_passed(&m->mount, &m->rules, &t);
    bool is_lasting = m->mount.is_lasting;

    if (wake_ms)
        timer_arm(&m->wake, wake_ms - t.mono_ms, on_passed, m);
    else
        timer_stop(&m->wake);
    if (is_lasting == m->was_lasting)
        return;
    m->was_lasting = is_lasting;
    if (is_lasting)
        log_error("mount='%s' %s", m->conf->path, describe(m->mount.why));
    else
        log_notice("mount='%s' is well again", m->conf->path);
    m->all->changed(m->all->arg);
}

static void
judge(struct mounted *m)
{
    enum mount_state state = m->table != MOUNT_OK ? m->table : m->answer;
    enum fault_why why = m->mount.why;
    struct watch_time t = now();

    if (state != m->mount.state)
        log_debug("mount='%s' state='%d'", m->conf->path, state);
    mount_seen(&m->mount, &m->rules, state, &t);
    on_passed(m);
    if (m->mount.is_lasting && why != m->mount.why)
        m->all->changed(m->all->arg);
}

/* --- asking it ------------------------------------------------------------ */

static void probe(void *arg);

static void
probe_later(struct mounted *m, int64_t delay_ms)
{
    if (m->conf->interval_ms && m->table == MOUNT_OK && !m->probe)
        timer_arm(&m->next, delay_ms, probe, m);
}

static void
on_late(void *arg)
{
    struct mounted *m = arg;

    command_kill(m->probe);
    m->answer = MOUNT_HANGS;
    judge(m);
}

/* What hung and ends is asked again at once: its answer is too old. */
static void
on_probed(const char *why, const char *output, void *arg)
{
    struct mounted *m = arg;
    bool was_late = !m->late;

    timer_stop(&m->late);
    if (why && !was_late)
        log_warning("mount='%s': %s %s", m->conf->path, why, output);
    if (!was_late) {
        m->answer = why ? MOUNT_WRONG : MOUNT_OK;
        judge(m);
    }
    probe_later(m, was_late ? 0 : (int64_t) m->conf->interval_ms);
}

static void
probe(void *arg)
{
    struct mounted *m = arg;
    CLEANUP_FREE char *program = xstrdup(m->all->program);
    CLEANUP_FREE char *path = xasprintf("--probe=%s", m->conf->path);
    CLEANUP_FREE char *writable = xstrdup("--writable");
    char *argv[] = { program, path, m->conf->is_writable ? writable : NULL,
                     NULL };

    timer_arm(&m->late, (int64_t) m->conf->timeout_ms, on_late, m);
    command_run(&m->probe, argv, m->conf->user, 0, on_probed, m);
}

/* --- the kernel's table --------------------------------------------------- */

static gboolean
on_table(gint fd, GIOCondition condition, gpointer arg)
{
    CLEANUP_BUF struct buf text = BUF_INIT(TABLE_MAX);
    struct mountwatch *mw = arg;
    struct vmha_error err;

    (void) condition;
    (void) lseek(fd, 0, SEEK_SET); /* it can be repositioned */
    if (file_read_fd(fd, &text, &err) == -1) {
        log_error("the kernel's table of mounts cannot be read: %s", err.text);
        return G_SOURCE_CONTINUE;
    }
    for (size_t i = 0; i < mw->n; i++) {
        struct mounted *m = mw->items[i];
        enum mount_state old = m->table;

        m->table = mount_look(&m->rules, buf_str(&text));
        if (m->table == MOUNT_OK && old != MOUNT_OK) {
            m->answer = MOUNT_OK;
            probe_later(m, 0);
        }
        if (m->table != MOUNT_OK)
            timer_stop(&m->next);
        judge(m);
    }
    return G_SOURCE_CONTINUE;
}

/* --- what is told --------------------------------------------------------- */

void
mountwatch_report(const struct mountwatch *mw, struct report *r)
{
    struct fault f;

    for (size_t i = mw->n; i-- > 0;)
        if (mw->items[i]->conf->on_failure == ON_FAILURE_DISABLE &&
            mount_fault(&mw->items[i]->mount, mw->items[i]->conf->path, &f))
            report_put_first(r, &f);
}

char *
mountwatch_trouble(const struct mountwatch *mw)
{
    for (size_t i = 0; i < mw->n; i++)
        if (mw->items[i]->mount.is_lasting)
            return xasprintf("mount %s %s", mw->items[i]->conf->path,
                             describe(mw->items[i]->mount.why));
    return NULL;
}

/* --- life ----------------------------------------------------------------- */

static struct mounted *
mounted_new(struct mountwatch *mw)
{
    struct mounted *m = xcalloc(1, sizeof *m);

    m->all = mw;
    m->table = MOUNT_DOWN; /* until it was read, which asks it, too */
    return m;
}

static void
mounted_free(struct mounted *m)
{
    timer_stop(&m->next);
    timer_stop(&m->late);
    timer_stop(&m->wake);
    command_forget(&m->probe, true);
    free(m);
}

static void
set_conf(struct mounted *m, const struct mount_conf *c)
{
    bool is_same = m->conf && param_same(mount_params, m->conf, c);

    m->conf = c;
    m->rules = (struct mount_rules){
        .path = c->path,
        .types = c->type,
        .is_writable = c->is_writable,
        .grace_ms = (int64_t) c->grace_ms,
        .stable_ms = (int64_t) c->stable_ms,
    };
    if (is_same)
        return;
    timer_stop(&m->next);
    m->table = MOUNT_DOWN;
}

static void
open_table(struct mountwatch *mw)
{
    mw->table = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (mw->table == -1)
        log_error("/proc/self/mountinfo: %s", strerror(errno));
    else
        mw->source =
            g_unix_fd_add(mw->table, G_IO_PRI | G_IO_ERR, on_table, mw);
}

struct mountwatch *
mountwatch_new(const struct processes_conf *conf, const char *program,
               void (*changed)(void *arg), void *arg)
{
    struct mountwatch *mw = xcalloc(1, sizeof *mw);

    mw->program = xstrdup(program);
    mw->changed = changed;
    mw->arg = arg;
    mw->table = -1;
    mountwatch_use(mw, conf);
    return mw;
}

/* The one at that path, which is no longer in the list. */
static struct mounted *
take(struct mountwatch *mw, const char *path)
{
    for (size_t i = 0; i < mw->n; i++)
        if (mw->items[i] && strcmp(mw->items[i]->conf->path, path) == 0)
            return TAKE(mw->items[i]);
    return NULL;
}

void
mountwatch_use(struct mountwatch *mw, const struct processes_conf *conf)
{
    struct mounted **items = xcalloc(conf->n_mounts + 1, sizeof *items);

    for (size_t i = 0; i < conf->n_mounts; i++) {
        struct mounted *m = take(mw, conf->mounts[i].path);

        items[i] = m ? m : mounted_new(mw);
        set_conf(items[i], &conf->mounts[i]);
    }
    for (size_t i = 0; i < mw->n; i++)
        if (mw->items[i])
            mounted_free(mw->items[i]);
    free(mw->items);
    mw->items = items;
    mw->n = conf->n_mounts;
    if (mw->n && mw->table == -1)
        open_table(mw);
    if (mw->table != -1)
        (void) on_table(mw->table, G_IO_PRI, mw);
}

void
mountwatch_free(struct mountwatch *mw)
{
    if (!mw)
        return;
    for (size_t i = 0; i < mw->n; i++)
        mounted_free(mw->items[i]);
    if (mw->source)
        g_source_remove(mw->source);
    if (mw->table != -1)
        close(mw->table);
    free(mw->items);
    free(mw->program);
    free(mw);
}
