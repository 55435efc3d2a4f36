/* A scripted HTTP server on the test's own main loop. */
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <glib-unix.h>

#include "buf.h"
#include "scan.h"
#include "xalloc.h"

enum { MAX_REQUEST = 1 << 20 };

struct connection {
    struct connection *next;
    struct peer *peer;
    int fd;
    guint watch, timer;
    struct buf in;
    /* the answer under way */
    char *out;
    size_t out_len, out_sent;
    enum peer_end end;
};

struct rule {
    struct rule *next;
    char *match, *bytes;
    size_t len;
    unsigned delay_ms, left;
    bool is_sticky;
    enum peer_end end;
};

struct peer {
    int fd, plug; /* plug: the connection that jams it, or -1 */
    struct sockaddr_in address;
    guint watch;
    char *url;
    struct rule *rules;
    struct connection *connections;
    size_t n_connections;
    char **requests;
    size_t n_requests;
};

static void watch_input(struct connection *c);
static void serve(struct connection *c);

/* --- connections ---------------------------------------------------------- */

static void
stop_watch(guint *source)
{
    if (*source)
        g_source_remove(*source);
    *source = 0;
}

static void
connection_close(struct connection *c)
{
    stop_watch(&c->watch);
    stop_watch(&c->timer);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1; /* the memory goes with the peer */
}

static gboolean
on_writable(gint fd, GIOCondition condition, gpointer arg)
{
    struct connection *c = arg;
    const char *rest = c->out ? c->out + c->out_sent : "";
    ssize_t n =
        send(fd, rest, c->out_len - c->out_sent, MSG_NOSIGNAL | MSG_DONTWAIT);

    (void) condition;
    if (n < 0) {
        connection_close(c);
        return G_SOURCE_CONTINUE;
    }
    c->out_sent += (size_t) n;
    if (c->out_sent < c->out_len)
        return G_SOURCE_CONTINUE;
    stop_watch(&c->watch);
    if (c->end == PEER_RESET) {
        const struct linger at_once = { .l_onoff = 1 };

        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        connection_close(c);
    } else if (c->end == PEER_CLOSE) {
        connection_close(c);
    } else if (c->end == PEER_KEEP) {
        watch_input(c);
        serve(c);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean
start_answer(gpointer arg)
{
    struct connection *c = arg;

    c->timer = 0;
    c->watch = g_unix_fd_add(c->fd, G_IO_OUT, on_writable, c);
    return G_SOURCE_REMOVE;
}

/* Length of the first request in the buffer, 0 while it is not whole. */
static size_t
request_length(const struct buf *in)
{
    const char *text = buf_str(in), *end = strstr(text, "\r\n\r\n"), *length;
    uint64_t body = 0;

    if (!end)
        return 0;
    length = strcasestr(text, "\r\nContent-Length: ");
    if (length && length < end) {
        length += strlen("\r\nContent-Length: ");
        CLEANUP_FREE char *digits = xstrndup(length, strcspn(length, "\r"));
        if (scan_u64(digits, &body) == -1)
            return 0;
    }
    body += (size_t) (end - text) + 4;
    return body <= in->len ? body : 0;
}

static struct rule *
find_rule(struct peer *p, const char *request)
{
    for (struct rule *r = p->rules; r; r = r->next)
        if ((r->is_sticky || r->left) &&
            strncmp(request, r->match, strlen(r->match)) == 0)
            return r;
    return NULL;
}

/* Takes the first whole request out of the buffer and answers it. */
static void
serve(struct connection *c)
{
    struct peer *p = c->peer;
    size_t len = request_length(&c->in);
    struct rule *r;
    char *request;

    if (!len)
        return;
    request = xstrndup(c->in.data, len);
    c->in.len -= len;
    memmove(c->in.data, c->in.data + len, c->in.len + 1);
    p->requests = xrealloc(p->requests, p->n_requests + 1, sizeof *p->requests);
    p->requests[p->n_requests++] = request;
    r = find_rule(p, request);
    stop_watch(&c->watch);
    g_free(c->out);
    c->out_sent = 0;
    c->out_len = r ? r->len : 0;
    c->out = g_memdup2(r ? r->bytes : "", c->out_len);
    c->end = r ? r->end : PEER_CLOSE;
    if (r && !r->is_sticky)
        r->left--;
    c->timer = g_timeout_add(r ? r->delay_ms : 0, start_answer, c);
}

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer arg)
{
    struct connection *c = arg;
    char data[16384];
    ssize_t n = recv(fd, data, sizeof data, MSG_DONTWAIT);

    (void) condition;
    if (n <= 0 || buf_add(&c->in, data, (size_t) n) == -1) {
        connection_close(c);
        return G_SOURCE_CONTINUE;
    }
    serve(c);
    return G_SOURCE_CONTINUE;
}

static void
watch_input(struct connection *c)
{
    c->watch =
        g_unix_fd_add(c->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, c);
}

static gboolean
on_connect(gint fd, GIOCondition condition, gpointer arg)
{
    struct peer *p = arg;
    struct connection *c = xcalloc(1, sizeof *c);

    (void) condition;
    c->peer = p;
    c->in.max = MAX_REQUEST;
    c->fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    c->next = p->connections;
    p->connections = c;
    if (c->fd >= 0) {
        p->n_connections++;
        watch_input(c);
    }
    return G_SOURCE_CONTINUE;
}

/* --- the peer ------------------------------------------------------------- */

struct peer *
peer_new(void)
{
    struct peer *p = xcalloc(1, sizeof *p);
    struct sockaddr_in *a = &p->address;
    socklen_t len = sizeof *a;

    a->sin_family = AF_INET;
    a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    p->plug = -1;
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(p->fd, (struct sockaddr *) a, sizeof *a) == -1 ||
        listen(p->fd, 64) == -1 ||
        getsockname(p->fd, (struct sockaddr *) a, &len) == -1)
        abort();
    p->url = xasprintf("http://127.0.0.1:%u", ntohs(a->sin_port));
    p->watch = g_unix_fd_add(p->fd, G_IO_IN, on_connect, p);
    return p;
}

void
peer_forget_rules(struct peer *p)
{
    while (p->rules) {
        struct rule *r = p->rules;

        p->rules = r->next;
        free(r->match);
        free(r->bytes);
        free(r);
    }
}

void
peer_free(struct peer *p)
{
    while (p->connections) {
        struct connection *c = p->connections;

        p->connections = c->next;
        connection_close(c);
        buf_clear(&c->in);
        g_free(c->out);
        free(c);
    }
    peer_forget_rules(p);
    for (size_t i = 0; i < p->n_requests; i++)
        free(p->requests[i]);
    free(p->requests);
    stop_watch(&p->watch);
    close(p->fd);
    if (p->plug >= 0)
        close(p->plug);
    free(p->url);
    free(p);
}

void
peer_jam(struct peer *p)
{
    stop_watch(&p->watch);
    p->plug = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listen(p->fd, 0) == -1 || /* one fits in */
        connect(p->plug, (struct sockaddr *) &p->address, sizeof p->address) ==
            -1)
        abort();
}

const char *
peer_url(const struct peer *p)
{
    return p->url;
}

void
peer_rule(struct peer *p, const struct peer_rule *rule)
{
    struct rule **end = &p->rules, *r = xcalloc(1, sizeof *r);

    r->match = xstrdup(rule->match);
    r->len = rule->len ? rule->len : strlen(rule->bytes);
    r->bytes = xcalloc(1, r->len + 1);
    memcpy(r->bytes, rule->bytes, r->len);
    r->delay_ms = rule->delay_ms;
    r->left = rule->times;
    r->is_sticky = rule->times == 0;
    r->end = rule->end;
    while (*end)
        end = &(*end)->next;
    *end = r;
}

static void
add_json(struct peer *p, unsigned times, const char *match, int status,
         const char *headers, const char *body)
{
    CLEANUP_FREE char *bytes =
        xasprintf("HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
                  "Content-Length: %zu\r\n%s\r\n%s",
                  status, strlen(body), headers, body);

    peer_rule(p, &(struct peer_rule){
                     .match = match, .bytes = bytes, .times = times });
}

void
peer_json(struct peer *p, const char *match, int status, const char *headers,
          const char *body)
{
    add_json(p, 0, match, status, headers, body);
}

void
peer_json_once(struct peer *p, const char *match, int status,
               const char *headers, const char *body)
{
    add_json(p, 1, match, status, headers, body);
}

size_t
peer_n_requests(const struct peer *p)
{
    return p->n_requests;
}

const char *
peer_request(const struct peer *p, size_t i)
{
    return i < p->n_requests ? p->requests[i] : "";
}

size_t
peer_count(const struct peer *p, const char *match)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_requests; i++)
        n += strncmp(p->requests[i], match, strlen(match)) == 0;
    return n;
}

size_t
peer_n_connections(const struct peer *p)
{
    return p->n_connections;
}

/* --- the main loop of a test ---------------------------------------------- */

static gboolean
set_flag(gpointer arg)
{
    *(bool *) arg = true;
    return G_SOURCE_REMOVE;
}

bool
peer_wait(const bool *flag, unsigned deadline_ms)
{
    bool is_late = false;
    guint timer = g_timeout_add(deadline_ms, set_flag, &is_late);

    while (!*flag && !is_late)
        g_main_context_iteration(NULL, TRUE);
    if (!is_late)
        g_source_remove(timer);
    return *flag;
}

bool
peer_wait_count(const struct peer *p, const char *match, size_t n,
                unsigned deadline_ms)
{
    bool is_late = false;
    guint timer = g_timeout_add(deadline_ms, set_flag, &is_late);

    while (peer_count(p, match) < n && !is_late)
        g_main_context_iteration(NULL, TRUE);
    if (!is_late)
        g_source_remove(timer);
    return !is_late;
}

void
peer_linger(unsigned ms)
{
    static const bool never = false;

    peer_wait(&never, ms);
}
