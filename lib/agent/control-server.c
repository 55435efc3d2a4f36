/* A daemon's control socket on the GLib loop: lines in, one line back each. */
#include "control-server.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "buf.h"
#include "cleanup.h"
#include "timer.h"
#include "xalloc.h"

struct client {
    struct control_server *server; /* NULL: this place is free */
    int fd;
    guint source;
    struct timer *idle;
    struct buf line;
};

struct control_server {
    char *path;
    int fd;
    guint source;
    control_fn *fn;
    void *arg;
    struct client clients[CONTROL_CLIENTS_MAX];
};

static void
client_close(struct client *c)
{
    if (!c->server)
        return;
    g_source_remove(c->source);
    timer_stop(&c->idle);
    close(c->fd);
    buf_clear(&c->line);
    c->server = NULL;
}

static void
on_idle(void *arg)
{
    client_close(arg);
}

/* An answer fits the socket's buffer many times over, so a client that does
 * not read is cut off instead of waited for.
 */
static int
answer(struct client *c, const char *line)
{
    CLEANUP_FREE char *text = c->server->fn(line, c->server->arg);
    size_t len = strnlen(text, CONTROL_LINE_MAX - 1);

    for (size_t i = 0; i < len; i++)
        if (text[i] == '\n' || text[i] == '\r')
            text[i] = ' ';
    text[len] = '\n'; /* in the place of the NUL */
    return send(c->fd, text, len + 1, MSG_NOSIGNAL) == (ssize_t) len + 1 ? 0
                                                                         : -1;
}

/* Answer each whole line in the buffer and keep the rest. */
static int
answer_lines(struct client *c)
{
    char *start = c->line.data, *nl;
    size_t left = c->line.len;

    while ((nl = memchr(start, '\n', left))) {
        *nl = '\0';
        if (answer(c, start) == -1)
            return -1;
        left -= (size_t) (nl + 1 - start);
        start = nl + 1;
    }
    memmove(c->line.data, start, left);
    c->line.len = left;
    return 0;
}

static gboolean
on_client(gint fd, GIOCondition condition, gpointer arg)
{
    struct client *c = arg;
    char chunk[512];
    ssize_t n = recv(fd, chunk, sizeof chunk, 0);

    (void) condition; /* recv tells more */
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (n <= 0 || memchr(chunk, '\0', (size_t) n) ||
        buf_add(&c->line, chunk, (size_t) n) == -1 || answer_lines(c) == -1) {
        client_close(c);
        return G_SOURCE_CONTINUE; /* the source is removed already */
    }
    timer_arm(&c->idle, CONTROL_IDLE_MS, on_idle, c);
    return G_SOURCE_CONTINUE;
}

static gboolean
on_connection(gint listener, GIOCondition condition, gpointer arg)
{
    struct control_server *s = arg;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *c = s->clients;

    (void) condition;
    if (fd == -1) /* the client has gone again */
        return G_SOURCE_CONTINUE;
    while (c < s->clients + CONTROL_CLIENTS_MAX && c->server)
        c++;
    if (c == s->clients + CONTROL_CLIENTS_MAX) {
        close(fd);
        return G_SOURCE_CONTINUE;
    }
    *c = (struct client){ .server = s,
                          .fd = fd,
                          .line = BUF_INIT(CONTROL_LINE_MAX) };
    c->source = g_unix_fd_add(fd, G_IO_IN, on_client, c);
    timer_arm(&c->idle, CONTROL_IDLE_MS, on_idle, c);
    return G_SOURCE_CONTINUE;
}

static int
listen_at(const char *path, struct vmha_error *err)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    size_t len = strlen(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd == -1)
        return vmha_fail(err, VMHA_E_LOCAL, errno, "socket");
    if (len >= sizeof at.sun_path) {
        close(fd);
        return vmha_fail(err, VMHA_E_CONFIG, 0, "%s: the path is too long",
                         path);
    }
    memcpy(at.sun_path, path, len);
    (void) unlink(path); /* bind() reports what matters */
    mode_t old = umask(0177);
    int rc = bind(fd, (struct sockaddr *) &at, sizeof at);
    umask(old);
    if (rc == -1 || listen(fd, CONTROL_CLIENTS_MAX) == -1) {
        vmha_fail(err, VMHA_E_LOCAL, errno, "%s", path);
        close(fd);
        return -1;
    }
    return fd;
}

struct control_server *
control_server_new(const char *path, control_fn *fn, void *arg,
                   struct vmha_error *err)
{
    int fd = listen_at(path, err);

    if (fd == -1)
        return NULL;
    struct control_server *s = xcalloc(1, sizeof *s);
    s->path = xstrdup(path);
    s->fd = fd;
    s->fn = fn;
    s->arg = arg;
    s->source = g_unix_fd_add(fd, G_IO_IN, on_connection, s);
    return s;
}

void
control_server_free(struct control_server *s)
{
    if (!s)
        return;
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        client_close(&s->clients[i]);
    g_source_remove(s->source);
    close(s->fd);
    (void) unlink(s->path); /* it may have been removed with its directory */
    free(s->path);
    free(s);
}
