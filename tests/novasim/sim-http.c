/* HTTP by libmicrohttpd in one thread: our loop polls its epoll descriptor,
 * and a request that must wait is suspended until a timer goes on with it.
 *
 *   read -> recv logged -> latency -> effect -> (hang) -> answer
 */
#include "sim-http.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "sim-answer.h"
#include "sim-json.h"
#include "sim-ledger.h"
#include "sim-log.h"
#include "sim-mishap.h"
#include "sim-routes.h"
#include "sim-shuffle.h"

enum {
    BODY_MAX = 8 << 20,
    SWEEP_MS = 200,
    SWAP_MS = 500,
    CONNECTIONS_MAX = 8000
};

struct exchange {
    struct sim_req req; /* first: a late copy is only this */
    struct MHD_Connection *conn;
    struct sim_mishap mishap;
    enum { READING, BUSY, READY, ABORT } phase;
    bool is_suspended, is_hanging;
    const char *end; /* how it ended, for the log; NULL: ok */
};

static struct MHD_Daemon *server;
static uint64_t last_seq;
static GHashTable *latencies;     /* class -> struct latency */
static GPtrArray *hanging;        /* struct exchange */
static struct exchange *swapping; /* waits for the answer of the next */

struct latency {
    int64_t ms, jitter;
};

void
sim_latency(const char *route_class, int64_t ms, int64_t jitter)
{
    struct latency *l = g_new0(struct latency, 1);

    *l = (struct latency){ ms, jitter };
    if (!latencies)
        latencies =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (g_str_equal(route_class, "*"))
        g_hash_table_remove_all(latencies);
    g_hash_table_insert(latencies, g_strdup(route_class), l);
}

static int64_t
latency_of(const struct sim_req *r)
{
    const struct latency *l = NULL;

    if (latencies)
        l = g_hash_table_lookup(latencies, sim_route_class(r));
    if (latencies && !l)
        l = g_hash_table_lookup(latencies, "*");
    return l ? l->ms + sim_random((uint32_t) l->jitter + 1) : 0;
}

/* --- requests --- */

static gint
by_name(gconstpointer a, gconstpointer b, gpointer data)
{
    (void) data;
    return strcmp(a, b);
}

void
sim_header(struct sim_req *r, const char *name, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    g_ptr_array_add(r->headers, g_strdup(name));
    g_ptr_array_add(r->headers, g_strdup_vprintf(fmt, ap));
    va_end(ap);
}

const char *
sim_query(const struct sim_req *r, const char *name)
{
    return g_tree_lookup(r->query, name);
}

static void
req_init(struct sim_req *r, const char *target)
{
    r->target = g_strdup(target);
    r->method = g_strdup("-");
    r->query = g_tree_new_full(by_name, NULL, g_free, g_free);
    r->in = g_string_new(NULL);
    r->out = g_string_new(NULL);
    r->headers = g_ptr_array_new_with_free_func(g_free);
    r->arrived_us = g_get_monotonic_time();
    sim_request_id(r->request_id);
}

static void
req_clear(struct sim_req *r)
{
    char *texts[] = { r->method,  r->target,         r->path,
                      r->host,    r->token,          r->subject_token,
                      r->version, r->legacy_version, r->content_type };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    for (size_t i = 0; i < SIM_ARGS; i++)
        g_free(r->args[i]);
    g_tree_destroy(r->query);
    g_string_free(r->in, TRUE);
    if (r->out)
        g_string_free(r->out, TRUE);
    g_ptr_array_unref(r->headers);
    json_object_put(r->body);
}

static gboolean
copy_param(gpointer key, gpointer value, gpointer data)
{
    g_tree_insert(data, g_strdup(key), g_strdup(value));
    return FALSE;
}

static struct sim_req *
req_copy(const struct sim_req *from)
{
    struct sim_req *r = g_new0(struct sim_req, 1);

    req_init(r, from->target);
    g_free(r->method);
    r->seq = from->seq;
    r->arrived_us = from->arrived_us;
    r->method = g_strdup(from->method);
    r->path = g_strdup(from->path);
    r->host = g_strdup(from->host);
    r->token = g_strdup(from->token);
    r->subject_token = g_strdup(from->subject_token);
    r->version = g_strdup(from->version);
    r->legacy_version = g_strdup(from->legacy_version);
    r->content_type = g_strdup(from->content_type);
    r->body = json_object_get(from->body);
    g_string_append_len(r->in, from->in->str, (gssize) from->in->len);
    g_tree_foreach(from->query, copy_param, r->query);
    return r;
}

static bool
is_control(const struct sim_req *r)
{
    return g_str_has_prefix(r->path, "/_sim/");
}

/* --- answers --- */

static enum MHD_Result
send_answer(struct exchange *x)
{
    struct sim_req *r = &x->req;
    struct MHD_Response *response = sim_answer(r, &x->mishap);
    enum MHD_Result ok;

    for (guint i = 0; i + 1 < r->headers->len; i += 2)
        MHD_add_response_header(response, r->headers->pdata[i],
                                r->headers->pdata[i + 1]);
    MHD_add_response_header(response, "Content-Type", "application/json");
    sim_log(r, "send", x->end ? x->end : "-");
    ok = MHD_queue_response(x->conn, (unsigned) r->status, response);
    MHD_destroy_response(response);
    return ok;
}

static int
socket_of(struct exchange *x)
{
    return MHD_get_connection_info(x->conn, MHD_CONNECTION_INFO_CONNECTION_FD)
        ->connect_fd;
}

/* Dissolving the association of a TCP socket sends RST (Linux). */
static void
reset_connection(struct exchange *x)
{
    struct sockaddr none = { .sa_family = AF_UNSPEC };

    (void) connect(socket_of(x), &none, sizeof none);
}

static void
wake(struct exchange *x)
{
    if (x->is_suspended)
        MHD_resume_connection(x->conn);
    x->is_suspended = false;
}

static void wait_ms(struct exchange *x, int64_t ms, void (*next)(void *));

/* No other request came. */
static void
end_swap(void *arg)
{
    if (swapping != arg)
        return;
    swapping->phase = READY;
    wake(swapping);
    swapping = NULL;
}

/* Mix up the answers of requests, as the mishaps say.  False: X waits. */
static bool
shuffle(struct exchange *x)
{
    sim_shuffle_give(&x->req);
    if (x->mishap.kind == MISHAP_AGAIN)
        sim_shuffle_keep(&x->req);
    if (swapping) {
        sim_shuffle_swap(&swapping->req, &x->req);
        end_swap(swapping);
    } else if (x->mishap.kind == MISHAP_SWAP) {
        swapping = x;
        x->phase = BUSY;
        wait_ms(x, x->mishap.ms < 0 ? SWAP_MS : x->mishap.ms, end_swap);
        return false;
    }
    return true;
}

static void
finish(struct exchange *x)
{
    x->phase = READY;
    switch (x->mishap.kind) {
    case MISHAP_STATUS: sim_answer_script(&x->req, &x->mishap); break;
    case MISHAP_RESET: reset_connection(x); __attribute__((fallthrough));
    case MISHAP_CLOSE: x->phase = ABORT; break;
    default:
        if (!x->req.status)
            x->phase = ABORT; /* nothing was done, so nothing to say */
        break;
    }
    if (x->phase == ABORT || is_control(&x->req) || shuffle(x))
        wake(x);
}

/* --- effect --- */

static void
late_effect(void *arg)
{
    struct sim_req *r = arg;

    sim_dispatch(r);
    sim_log(r, "late", "-");
    req_clear(r);
    g_free(r);
}

static void
end_hang(void *arg)
{
    struct exchange *x = arg;

    if (x->mishap.effect == EFFECT_NONE)
        sim_dispatch(&x->req);
    finish(x);
}

static void
wait_ms(struct exchange *x, int64_t ms, void (*next)(void *))
{
    if (!x->is_suspended)
        MHD_suspend_connection(x->conn);
    x->is_suspended = true;
    sim_after(ms, next, x);
}

/* A connection that is suspended does not notice that its peer has gone. */
static void
sweep(void *arg)
{
    char c;

    (void) arg;
    for (guint i = hanging->len; i-- > 0;) {
        struct exchange *x = hanging->pdata[i];
        ssize_t n = recv(socket_of(x), &c, 1, MSG_PEEK | MSG_DONTWAIT);

        if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
            continue;
        g_ptr_array_remove_index_fast(hanging, i);
        x->phase = ABORT;
        wake(x);
    }
    if (hanging->len)
        sim_after(SWEEP_MS, sweep, NULL);
}

static void
hang_for_ever(struct exchange *x)
{
    if (!hanging)
        hanging = g_ptr_array_new();
    if (!x->is_suspended)
        MHD_suspend_connection(x->conn);
    x->is_suspended = true;
    g_ptr_array_add(hanging, x);
    if (hanging->len == 1)
        sim_after(SWEEP_MS, sweep, NULL);
}

static void
take_effect(void *arg)
{
    struct exchange *x = arg;
    const struct sim_mishap *m = &x->mishap;

    if (m->effect == EFFECT_NOW)
        sim_dispatch(&x->req);
    else if (m->effect == EFFECT_LATE)
        sim_after(m->late_ms, late_effect, req_copy(&x->req));
    if (m->kind != MISHAP_HANG)
        finish(x);
    else if (m->ms < 0)
        hang_for_ever(x);
    else
        wait_ms(x, m->ms, end_hang);
}

static const char *const endings[MISHAP_KINDS] = {
    [MISHAP_STATUS] = "status",
    [MISHAP_HANG] = "hung",
    [MISHAP_RESET] = "reset",
    [MISHAP_CLOSE] = "close",
    [MISHAP_CUT] = "cut",
    [MISHAP_GARBAGE] = "garbage",
    [MISHAP_TRUNCATED] = "truncated",
    [MISHAP_WRONGTYPE] = "wrongtype",
    [MISHAP_HUGE] = "huge",
    [MISHAP_NUL] = "nul",
    [MISHAP_NEST] = "nest",
    [MISHAP_EMPTY] = "empty",
    [MISHAP_SWAP] = "swap",
    [MISHAP_AGAIN] = "again",
};

static void
arrive(struct exchange *x)
{
    struct sim_req *r = &x->req;
    char *summary;
    int64_t delay;

    x->phase = BUSY;
    r->seq = ++last_seq;
    r->body = in_parse(r->in->str, r->in->len);
    summary = sim_log_summary(r);
    sim_log(r, "recv", summary);
    g_free(summary);
    if (is_control(r)) {
        take_effect(x);
        return;
    }
    x->mishap = sim_mishap_take(r->method, r->target);
    x->end = endings[x->mishap.kind];
    delay = latency_of(r);
    if (delay)
        wait_ms(x, delay, take_effect);
    else
        take_effect(x);
}

/* --- libmicrohttpd's callbacks --- */

static void *
on_uri(void *cls, const char *uri, struct MHD_Connection *conn)
{
    struct exchange *x = g_new0(struct exchange, 1);

    (void) cls;
    req_init(&x->req, uri);
    x->conn = conn;
    return x;
}

static enum MHD_Result
on_param(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct sim_req *r = cls;

    (void) kind;
    g_tree_insert(r->query, g_strdup(key), g_strdup(value ? value : ""));
    return MHD_YES;
}

static char *
header_of(struct exchange *x, const char *name)
{
    return g_strdup(
        MHD_lookup_connection_value(x->conn, MHD_HEADER_KIND, name));
}

static void
read_head(struct exchange *x, const char *method, const char *url)
{
    struct sim_req *r = &x->req;

    g_free(r->method);
    r->method = g_strdup(method);
    r->path = g_strdup(url);
    r->host = header_of(x, "Host");
    r->token = header_of(x, "X-Auth-Token");
    r->subject_token = header_of(x, "X-Subject-Token");
    r->version = header_of(x, "OpenStack-API-Version");
    r->legacy_version = header_of(x, "X-OpenStack-Nova-API-Version");
    r->content_type = header_of(x, "Content-Type");
    MHD_get_connection_values(x->conn, MHD_GET_ARGUMENT_KIND, on_param, r);
}

static enum MHD_Result
on_request(void *cls, struct MHD_Connection *conn, const char *url,
           const char *method, const char *version, const char *data,
           size_t *size, void **ctx)
{
    struct exchange *x = *ctx;

    (void) cls, (void) conn, (void) version;
    if (!x->req.path) {
        read_head(x, method, url);
        return MHD_YES;
    }
    if (*size) {
        if (x->req.in->len + *size > BODY_MAX)
            return MHD_NO;
        g_string_append_len(x->req.in, data, (gssize) *size);
        *size = 0;
        return MHD_YES;
    }
    if (x->phase == READING)
        arrive(x);
    if (x->phase == READY)
        return send_answer(x);
    return x->phase == ABORT ? MHD_NO : MHD_YES;
}

static void
on_completed(void *cls, struct MHD_Connection *conn, void **ctx,
             enum MHD_RequestTerminationCode code)
{
    struct exchange *x = *ctx;

    (void) cls, (void) conn;
    if (!x)
        return;
    if (x->phase != READING)
        sim_log(&x->req, "done",
                x->end                                        ? x->end
                : code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "ok"
                                                              : "gone");
    req_clear(&x->req);
    g_free(x);
    *ctx = NULL;
}

/* --- server
 * ------------------------------------------------------------------------------
 */

static int
listen_on(const char *where)
{
    const char *colon = strrchr(where, ':');
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;
    char *addr;
    int fd, one = 1;

    if (!colon)
        sim_die("--listen %s: expected ADDR:PORT", where);
    addr = g_strndup(where, (gsize) (colon - where));
    if (*addr == '[' && g_str_has_suffix(addr, "]")) {
        addr[strlen(addr) - 1] = '\0';
        memmove(addr, addr + 1, strlen(addr));
    }
    if (getaddrinfo(addr, colon + 1, &hints, &found) != 0)
        sim_die("--listen %s: no such address", where);
    fd =
        socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, 512) < 0)
        sim_die("--listen %s: %s", where, strerror(errno));
    freeaddrinfo(found);
    g_free(addr);
    return fd;
}

unsigned
sim_http_start(const char *where)
{
    struct rlimit files;
    struct sockaddr_storage name;
    socklen_t len = sizeof name;
    char port[NI_MAXSERV];
    int fd = listen_on(where);

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    server =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
                         NULL, on_request, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
                         MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL,
                         MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                         MHD_OPTION_CONNECTION_LIMIT,
                         (unsigned) MIN(files.rlim_cur - 50, CONNECTIONS_MAX),
                         MHD_OPTION_END);
    if (!server)
        sim_die("libmicrohttpd does not start");
    getsockname(fd, (struct sockaddr *) &name, &len);
    getnameinfo((struct sockaddr *) &name, len, NULL, 0, port, sizeof port,
                NI_NUMERICSERV);
    return (unsigned) g_ascii_strtoull(port, NULL, 10);
}

static int
wait_limit(int64_t timers_ms)
{
    MHD_UNSIGNED_LONG_LONG http_ms;

    if (MHD_get_timeout(server, &http_ms) == MHD_YES &&
        (timers_ms < 0 || (int64_t) http_ms < timers_ms))
        timers_ms = (int64_t) http_ms;
    return (int) MIN(timers_ms, G_MAXINT);
}

void
sim_http_loop(void)
{
    struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
    sigset_t stop;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    fds[0].fd =
        MHD_get_daemon_info(server, MHD_DAEMON_INFO_EPOLL_FD)->listen_fd;
    fds[1].fd = signalfd(-1, &stop, SFD_CLOEXEC);
    while (!fds[1].revents) {
        /* timers first: libmicrohttpd looks for connections that they
         * resumed only while it runs */
        sim_run_timers();
        MHD_run(server);
        sim_log_flush();
        sim_ledger_flush();
        poll(fds, 2, wait_limit(sim_next_timer_ms()));
    }
}
