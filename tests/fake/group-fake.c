/* group.h without Corosync: the members are sockets in a directory.
 *
 * Linked before libcluster.la, this file takes the place of group.c.  The
 * directory is named by VMHA_FAKE_GROUP; a process is a member while it has
 * its socket there.  Without the variable or the directory, Corosync counts as
 * not running (and does not come back); a directory that cannot be written
 * refuses us.  VMHA_FAKE_NODE is our node id (1).
 *
 * Unlike Corosync, it delivers the messages of two senders in any order.
 */
#include "group.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib.h>

#include "buf.h"
#include "cleanup.h"
#include "scan.h"
#include "xalloc.h"

enum { BUSY_MS = 1000, SOCKET_BYTES = 4 * GROUP_MESSAGE_MAX };

struct header {
    uint32_t node_id, pid;
};

/* A message to ourselves, which waits for the loop. */
struct own {
    struct group *g;
    struct own *next;
    guint source;
    size_t len;
    char data[];
};

struct group {
    char *dir;
    char *prefix; /* of the members' sockets: NAME and a dot */
    struct sockaddr_un self;
    group_fn *fn;
    void *arg;
    uint32_t node_id;
    int fd;
    guint watch;
    struct own *own; /* oldest first */
};

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer arg)
{
    static char message[sizeof(struct header) + GROUP_MESSAGE_MAX];
    struct group *g = arg;
    struct header h;
    ssize_t n = recv(fd, message, sizeof message, MSG_DONTWAIT);

    (void) condition;
    if (n < (ssize_t) sizeof h)
        return G_SOURCE_CONTINUE;
    memcpy(&h, message, sizeof h);
    g->fn(message + sizeof h, (size_t) n - sizeof h, h.node_id, h.pid, g->arg);
    return G_SOURCE_CONTINUE;
}

static int
set_address(struct sockaddr_un *to, const char *dir, const char *file)
{
    CLEANUP_BUF struct buf path = BUF_INIT(sizeof to->sun_path - 1);

    *to = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (buf_printf(&path, "%s/%s", dir, file) == -1)
        return -1;
    memcpy(to->sun_path, path.data, path.len);
    return 0;
}

static int
join(struct group *g, struct vmha_error *err)
{
    static unsigned n_groups; /* of this process */
    CLEANUP_FREE char *file =
        xasprintf("%s%u.%d.%u", g->prefix, g->node_id, getpid(), n_groups++);
    int size = SOCKET_BYTES;

    if (set_address(&g->self, g->dir, file) == -1)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "%s: the path is too long",
                         g->dir);
    g->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void) setsockopt(g->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (bind(g->fd, (struct sockaddr *) &g->self, sizeof g->self) == -1)
        return vmha_fail(err,
                         errno == EACCES ? VMHA_E_PERMISSION : VMHA_E_AGAIN,
                         errno, "joining fake group in '%s'", g->dir);
    g->watch = g_unix_fd_add(g->fd, G_IO_IN, on_readable, g);
    return 0;
}

struct group *
group_new(const char *name, bool once, group_fn *fn, void *arg,
          struct vmha_error *err)
{
    const char *dir = getenv("VMHA_FAKE_GROUP"), *node;
    struct group *g = xcalloc(1, sizeof *g);

    g->dir = xstrdup(dir ? dir : "/nonexistent");
    g->prefix = xasprintf("%s.", name);
    g->fn = fn;
    g->arg = arg;
    g->fd = -1;
    g->node_id = 1;
    node = getenv("VMHA_FAKE_NODE");
    if (node)
        (void) scan_uint(node, &g->node_id); /* else it stays 1 */
    if (join(g, err) == 0)
        return g;
    g->self.sun_path[0] = '\0';
    if (!once)
        return g;
    group_free(g);
    return NULL;
}

void
group_free(struct group *g)
{
    if (!g)
        return;
    while (g->own) {
        struct own *next = g->own->next;

        g_source_remove(g->own->source);
        free(g->own);
        g->own = next;
    }
    if (g->watch)
        g_source_remove(g->watch);
    if (g->self.sun_path[0])
        (void) unlink(g->self.sun_path); /* a peer may have done it */
    if (g->fd != -1)
        close(g->fd);
    free(g->dir);
    free(g->prefix);
    free(g);
}

static gboolean
deliver_own(gpointer arg)
{
    struct own *o = arg;
    struct group *g = o->g;

    g->own = o->next;
    g->fn(o->data, o->len, g->node_id, (uint32_t) getpid(), g->arg);
    free(o);
    return G_SOURCE_REMOVE;
}

/* Not by the socket: it could be full, and we are not reading now. */
static void
queue_own(struct group *g, const void *data, size_t len)
{
    struct own *o = xcalloc(1, sizeof *o + len), **last = &g->own;

    o->g = g;
    o->len = len;
    memcpy(o->data, data, len);
    while (*last)
        last = &(*last)->next;
    *last = o;
    o->source = g_idle_add(deliver_own, o);
}

static int
send_to(const struct group *g, const struct sockaddr_un *to, const void *data,
        size_t len, struct vmha_error *err)
{
    struct header h = { g->node_id, (uint32_t) getpid() };
    struct iovec iov[] = { { &h, sizeof h },
                           { (void *) (uintptr_t) data, len } };
    struct msghdr m = {
        .msg_name = (void *) (uintptr_t) to,
        .msg_namelen = sizeof *to,
        .msg_iov = iov,
        .msg_iovlen = 2,
    };

    for (int waited_ms = 0; waited_ms < BUSY_MS; waited_ms += 5) {
        if (sendmsg(g->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) != -1)
            return 0;
        if (errno == ECONNREFUSED)
            (void) unlink(to->sun_path); /* it died: no member any more */
        if (errno == ECONNREFUSED || errno == ENOENT)
            return 0;
        if (errno != EAGAIN && errno != ENOBUFS)
            break;
        (void) poll(NULL, 0, 5); /* the peer is busy: nothing tells when not */
    }
    return vmha_fail(err, VMHA_E_AGAIN, errno, "sending to '%s'", to->sun_path);
}

/* Call SEND for each other member, where not NULL.  How many there are, or
 * -1.
 */
static int
each_peer(const struct group *g, const void *data, size_t len,
          struct vmha_error *err)
{
    DIR *dir = opendir(g->dir);
    struct dirent *entry;
    int n = 0;

    while (dir && n != -1 && (entry = readdir(dir))) {
        struct sockaddr_un to;

        if (strncmp(entry->d_name, g->prefix, strlen(g->prefix)) != 0 ||
            set_address(&to, g->dir, entry->d_name) == -1 ||
            strcmp(to.sun_path, g->self.sun_path) == 0)
            continue;
        n = data && send_to(g, &to, data, len, err) == -1 ? -1 : n + 1;
    }
    if (dir)
        closedir(dir);
    return n;
}

int
group_send(struct group *g, const void *data, size_t len,
           struct vmha_error *err)
{
    if (len > GROUP_MESSAGE_MAX)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "message of %zu bytes, the limit is %d", len,
                         GROUP_MESSAGE_MAX);
    if (!g->watch)
        return vmha_fail(err, VMHA_E_AGAIN, 0, "not in the group");
    if (each_peer(g, data, len, err) == -1)
        return -1;
    queue_own(g, data, len);
    return 0;
}

uint32_t
group_node_id(const struct group *g)
{
    return g->watch ? g->node_id : 0;
}

size_t
group_size(const struct group *g)
{
    struct vmha_error unused;
    int others = each_peer(g, NULL, 0, &unused);

    return g->watch ? (size_t) others + 1 : 0;
}
