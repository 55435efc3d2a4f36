/* The worker process, as its parent sees it. */
#include "prober.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib.h>

#include "buf.h"
#include "child.h"
#include "cleanup.h"
#include "log.h"
#include "pace.h"
#include "pidfile.h"
#include "timer.h"
#include "xalloc.h"

enum {
    READY_MS = 5000,   /* to connect to libvirt */
    MONITOR_MS = 5000, /* to ask QEMU */
    AGENT_MS = 10000,  /* beyond the agent's own timeout: libvirt syncs first */
    FIRST_RETRY_MS = 100,
    RETRY_MAX_MS = 8000,
    LINE_MAX_BYTES = VMHA_ERROR_MAX + 64
};

struct prober {
    char *program, *uri;
    int64_t agent_timeout_ms;
    const struct prober_calls *calls;
    void *arg;

    int pidfd;   /* -1: no worker */
    int in, out; /* our ends of its pipes */
    guint out_source;
    bool is_ready;
    struct ask ask; /* ASK_NOBODY: it is free */
    struct buf line;
    struct timer *deadline, *retry;
    int64_t retry_ms;
};

static void start(void *arg);

/* --- the end of a worker -------------------------------------------------- */

/* Its end is seen by its pipe. */
static void
on_reaped(GPid pid, gint status, gpointer unused)
{
    (void) pid, (void) status, (void) unused;
}

/* Nothing of it reaches us from here on. */
static void
drop_worker(struct prober *p)
{
    struct vmha_error unused; /* it has ended already */

    if (p->pidfd == -1)
        return;
    (void) pidfile_signal(p->pidfd, SIGKILL, &unused);
    g_source_remove(p->out_source);
    close(p->in);
    close(p->out);
    close(p->pidfd);
    buf_clear(&p->line);
    timer_stop(&p->deadline);
    p->pidfd = -1;
    p->is_ready = false;
}

static void
retry_later(struct prober *p)
{
    timer_arm(&p->retry, p->retry_ms, start, p);
    p->retry_ms = pace_doubled_ms(p->retry_ms, 1, RETRY_MAX_MS);
}

/* It is over with this worker: what it was asked gets this answer. */
static void
fail(struct prober *p, const char *why, enum answer_kind kind)
{
    struct answer_text answer = { kind, 0 };
    struct ask a = p->ask;

    drop_worker(p);
    p->ask.kind = ASK_NOBODY;
    retry_later(p);
    p->calls->down(why, p->arg);
    if (a.kind != ASK_NOBODY)
        p->calls->answer(&a, &answer, p->arg);
}

/* The monitor of the VM hangs, or libvirt does. */
static void
on_deadline(void *arg)
{
    struct prober *p = arg;

    log_debug("worker: no answer about '%s' in time, ending it", p->ask.uuid);
    fail(p, "libvirt does not answer",
         p->ask.kind == ASK_MONITOR ? ANSWER_OVERDUE : ANSWER_NONE);
}

/* --- its lines ------------------------------------------------------------ */

static void
on_ready(struct prober *p)
{
    p->is_ready = true;
    timer_stop(&p->deadline);
    p->calls->ready(p->arg);
}

static void
on_answer(struct prober *p, const char *line)
{
    struct answer_text answer;
    struct vmha_error err;
    struct ask a = p->ask;

    if (a.kind == ASK_NOBODY || answer_parse(line, &answer, &err) == -1) {
        fail(p, "the worker talks nonsense", ANSWER_NONE);
        return;
    }
    timer_stop(&p->deadline);
    p->ask.kind = ASK_NOBODY;
    p->calls->answer(&a, &answer, p->arg);
}

static void
on_line(struct prober *p, const char *line)
{
    if (p->is_ready)
        on_answer(p, line);
    else if (strcmp(line, "ready") == 0)
        on_ready(p);
    else if (strncmp(line, "error ", 6) == 0)
        fail(p, line + 6, ANSWER_NONE);
    else
        fail(p, "the worker talks nonsense", ANSWER_NONE);
}

/* It says one line at a time, so nothing follows the newline. */
static gboolean
on_output(gint fd, GIOCondition condition, gpointer arg)
{
    struct prober *p = arg;
    char chunk[256];
    ssize_t n = read(fd, chunk, sizeof chunk);

    (void) condition;
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    if (n <= 0) {
        fail(p, "the connection for asking was lost", ANSWER_NONE);
        return G_SOURCE_CONTINUE; /* the source is removed already */
    }
    if (memchr(chunk, '\0', (size_t) n) ||
        buf_add(&p->line, chunk, (size_t) n) == -1) {
        fail(p, "the worker talks nonsense", ANSWER_NONE);
    } else if (p->line.data[p->line.len - 1] == '\n') {
        CLEANUP_FREE char *line = buf_take(&p->line);

        line[strcspn(line, "\n")] = '\0';
        on_line(p, line);
    }
    return G_SOURCE_CONTINUE;
}

/* --- its start ------------------------------------------------------------ */

static pid_t
run(struct prober *p, int in, int out)
{
    CLEANUP_FREE char *uri = xasprintf("--ask=%s", p->uri);
    CLEANUP_FREE char *limit =
        xasprintf("--agent-timeout=%u",
                  (unsigned) ((p->agent_timeout_ms + 999) / 1000));
    char *argv[] = { p->program, uri, limit, NULL };

    return child_start(argv, in, out);
}

/* 0, with the worker's pipes in our hands. */
static int
start_worker(struct prober *p)
{
    CLEANUP_CLOSE int in = -1, out = -1;
    int in_pipe[2], out_pipe[2];
    pid_t pid;

    if (pipe2(in_pipe, O_CLOEXEC) == -1)
        return -1;
    in = in_pipe[0];
    p->in = in_pipe[1];
    if (pipe2(out_pipe, O_CLOEXEC) == -1) {
        close(p->in);
        return -1;
    }
    out = out_pipe[1];
    p->out = out_pipe[0];
    pid = run(p, in, out);
    /* a child that is not waited for yet: the id is its own */
    p->pidfd = pid == -1 ? -1 : (int) syscall(SYS_pidfd_open, pid, 0);
    if (pid != -1)
        g_child_watch_add(pid, on_reaped, NULL);
    if (p->pidfd != -1)
        return 0;
    close(p->in); /* it ends with its input */
    close(p->out);
    return -1;
}

static void
start(void *arg)
{
    struct prober *p = arg;

    if (start_worker(p) == -1) {
        CLEANUP_FREE char *why =
            xasprintf("no worker can be started: %s", strerror(errno));

        retry_later(p);
        p->calls->down(why, p->arg);
        return;
    }
    p->out_source = g_unix_fd_add(p->out, G_IO_IN | G_IO_HUP, on_output, p);
    timer_arm(&p->deadline, READY_MS, on_deadline, p);
}

/* --- asking --------------------------------------------------------------- */

bool
prober_is_free(const struct prober *p)
{
    return p->is_ready && p->ask.kind == ASK_NOBODY;
}

static int64_t
limit_of(const struct prober *p, enum ask_kind kind)
{
    return kind == ASK_AGENT ? p->agent_timeout_ms + AGENT_MS : MONITOR_MS;
}

void
prober_ask(struct prober *p, const struct ask *a)
{
    char line[ASKING_LINE_MAX];
    size_t len;

    ask_format(a, line);
    len = strlen(line);
    line[len++] = '\n';
    p->ask = *a;
    timer_arm(&p->deadline, limit_of(p, a->kind), on_deadline, p);
    if (write(p->in, line, len) != (ssize_t) len)
        log_debug("worker: it does not listen"); /* its end is told soon */
}

/* --- life ----------------------------------------------------------------- */

void
prober_set_agent_timeout(struct prober *p, int64_t timeout_ms)
{
    p->agent_timeout_ms = timeout_ms;
}

void
prober_praise(struct prober *p)
{
    p->retry_ms = FIRST_RETRY_MS;
}

void
prober_restart(struct prober *p)
{
    drop_worker(p);
    p->ask.kind = ASK_NOBODY;
    retry_later(p);
}

struct prober *
prober_new(const char *program, const char *uri,
           const struct prober_calls *calls, void *arg)
{
    struct prober *p = xcalloc(1, sizeof *p);

    p->program = xstrdup(program);
    p->uri = xstrdup(uri);
    p->calls = calls;
    p->arg = arg;
    p->line = (struct buf) BUF_INIT(LINE_MAX_BYTES);
    p->pidfd = -1;
    prober_praise(p);
    timer_arm(&p->retry, 0, start, p);
    return p;
}

void
prober_free(struct prober *p)
{
    if (!p)
        return;
    timer_stop(&p->retry);
    drop_worker(p);
    free(p->program);
    free(p->uri);
    free(p);
}
