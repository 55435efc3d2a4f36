/* The process that has the decision log's files, as the daemon sees it. */
#include "scribe.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib.h>

#include "buf.h"
#include "child.h"
#include "cleanup.h"
#include "log.h"
#include "xalloc.h"

/* Times are real ones: they are the disk's, whatever clock the daemon has. */
enum {
    ROOM_BYTES = 1024 * 1024, /* of lines that wait; the kernel doubles it */
    PATIENCE_MS = 100,        /* once, for a disk that is busy */
    AGAIN_MS = 5000,          /* before another process is started */
    REPLY_MS = 2500,          /* vmha waits for 3 s */
    REPLY_BYTES = 32 * 1024 * 1024,
};

struct question {
    struct question *next;
    struct scribe *scribe;
    int fd;
    guint source;
    guint deadline;
    struct buf reply;
    scribe_fn *fn;
    void *arg;
};

struct scribe {
    char *program;
    struct archive_args args;
    char *dir, *instance;
    int fd; /* -1: no process */
    guint watch;
    guint again;
    uint64_t n_lost; /* lines, since it was logged */
    struct question *questions;
};

/* --- the process ------------------------------------------------------------
 */

static gboolean start(gpointer arg);

static void
on_end(GPid pid, gint status, gpointer arg)
{
    struct scribe *s = arg;

    (void) pid;
    log_warning("history: the process that writes it has ended (%d), starting "
                "another",
                status);
    close(s->fd);
    s->fd = -1;
    s->watch = 0;
    s->again = g_timeout_add(AGAIN_MS, start, s);
}

static pid_t
run(const struct scribe *s, int in)
{
    CLEANUP_FREE char *dir = xasprintf("--archive=%s", s->dir);
    CLEANUP_FREE char *instance = xasprintf("--instance=%s", s->instance);
    CLEANUP_FREE char *bytes = xasprintf("--file-max=%u", s->args.file_max);
    CLEANUP_FREE char *to_stderr =
        xasprintf("--stderr=%s", s->args.to_stderr ? "true" : "false");
    char *argv[] = { s->program, dir, instance, bytes, to_stderr, NULL };

    return child_start(argv, in, -1);
}

static gboolean
start(gpointer arg)
{
    struct scribe *s = arg;
    int room = ROOM_BYTES, ends[2] = { -1, -1 };
    pid_t pid = -1;

    s->again = 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
        pid = run(s, ends[1]);
    if (ends[1] != -1)
        close(ends[1]);
    if (pid == -1) {
        log_warning("history: no process to write it: %s", strerror(errno));
        if (ends[0] != -1)
            close(ends[0]);
        s->again = g_timeout_add(AGAIN_MS, start, s);
        return G_SOURCE_REMOVE;
    }
    s->fd = ends[0];
    if (setsockopt(s->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) == -1)
        (void) setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    s->watch = g_child_watch_add(pid, on_end, s);
    return G_SOURCE_REMOVE;
}

struct scribe *
scribe_new(const char *program, const struct archive_args *args)
{
    struct scribe *s = xcalloc(1, sizeof *s);

    s->program = xstrdup(program);
    s->dir = xstrdup(args->dir);
    s->instance = xstrdup(args->instance);
    s->args = *args;
    s->fd = -1;
    (void) start(s);
    return s;
}

/* --- lines ------------------------------------------------------------------
 */

static bool
send_line(const struct scribe *s, const char *line, size_t len)
{
    return s->fd != -1 &&
           send(s->fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t) len;
}

void
scribe_write(struct scribe *s, const char *line, size_t len)
{
    struct pollfd room = { .fd = s->fd, .events = POLLOUT };
    bool is_sent = send_line(s, line, len);

    if (!is_sent && s->fd != -1 && errno == EAGAIN && !s->n_lost &&
        poll(&room, 1, PATIENCE_MS) == 1)
        is_sent = send_line(s, line, len);
    if (!is_sent) {
        if (s->n_lost++ == 0)
            log_warning("history: the disk does not take it; decisions are not "
                        "recorded");
        return;
    }
    if (s->n_lost)
        log_notice("history: decisions are recorded again, %" PRIu64
                   " lines were lost",
                   s->n_lost);
    s->n_lost = 0;
}

/* --- questions --------------------------------------------------------------
 */

static void
question_free(struct question *q)
{
    struct question **at = &q->scribe->questions;

    while (*at != q)
        at = &(*at)->next;
    *at = q->next;
    if (q->source)
        g_source_remove(q->source);
    if (q->deadline)
        g_source_remove(q->deadline);
    if (q->fd != -1)
        close(q->fd);
    buf_clear(&q->reply);
    free(q);
}

static void
finish(struct question *q, bool is_whole)
{
    q->fn(is_whole && q->reply.len ? buf_str(&q->reply) : NULL, q->arg);
    question_free(q);
}

static gboolean
on_deadline(gpointer arg)
{
    struct question *q = arg;

    q->deadline = 0;
    finish(q, false);
    return G_SOURCE_REMOVE;
}

static gboolean
on_reply(gint fd, GIOCondition condition, gpointer arg)
{
    struct question *q = arg;
    char chunk[64 * 1024];
    ssize_t n = read(fd, chunk, sizeof chunk);

    (void) condition;
    if (n == -1 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    if (n > 0 && buf_add(&q->reply, chunk, (size_t) n) == 0)
        return G_SOURCE_CONTINUE;
    q->source = 0;
    finish(q, n == 0);
    return G_SOURCE_REMOVE;
}

/* The descriptor goes with the request. */
static bool
send_request(const struct scribe *s, const char *request, int fd)
{
    char mark = ARCHIVE_ASKS;
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = { 0 };
    struct iovec parts[] = {
        { &mark, 1 },
        { (void *) (uintptr_t) request, strlen(request) },
    };
    struct msghdr msg = { .msg_iov = parts,
                          .msg_iovlen = N_ELEMENTS(parts),
                          .msg_control = control.bytes,
                          .msg_controllen = sizeof control.bytes };
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    return s->fd != -1 && strlen(request) < ARCHIVE_PACKET_MAX &&
           sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) != -1;
}

void
scribe_ask(struct scribe *s, const char *request, scribe_fn *fn, void *arg)
{
    struct question *q = xcalloc(1, sizeof *q);
    int ends[2] = { -1, -1 };

    *q = (struct question){ .next = s->questions,
                            .scribe = s,
                            .fn = fn,
                            .arg = arg,
                            .reply = BUF_INIT(REPLY_BYTES) };
    s->questions = q;
    if (!g_unix_open_pipe(ends, FD_CLOEXEC, NULL) ||
        !send_request(s, request, ends[1])) {
        q->deadline = g_timeout_add(0, on_deadline, q);
    } else {
        (void) g_unix_set_fd_nonblocking(ends[0], TRUE, NULL);
        q->source = g_unix_fd_add(ends[0], G_IO_IN | G_IO_HUP, on_reply, q);
        q->deadline = g_timeout_add(REPLY_MS, on_deadline, q);
    }
    q->fd = ends[0];
    if (ends[1] != -1)
        close(ends[1]);
}

void
scribe_free(struct scribe *s)
{
    if (!s)
        return;
    while (s->questions)
        finish(s->questions, false);
    if (s->again)
        g_source_remove(s->again);
    if (s->watch)
        g_source_remove(s->watch);
    if (s->fd != -1)
        close(s->fd);
    free(s->program);
    free(s->dir);
    free(s->instance);
    free(s);
}
