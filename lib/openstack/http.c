/* HTTP over curl's multi interface, driven by the GLib loop. */
#include "http.h"

#include <string.h>
#include <strings.h>

#include <curl/curl.h>
#include <glib-unix.h>

#include "buf.h"
#include "clock.h"
#include "secret.h"
#include "xalloc.h"

enum {
    CONNECT_MAX_MS = 10000,

    /* Servers close idle connections after 5 s (Apache's default) or more.
     * Using them up to that moment would lose requests in the race.
     */
    IDLE_MAX_S = 4,

    MAX_HEAD = 256 << 10, /* all header lines of an answer */
};

struct http {
    CURLM *multi;
    guint timer; /* curl's, 0 when off */
    struct http_call *calls;
    bool is_draining; /* a callback may be running, which may free us: */
    bool is_dead;     /* the memory goes when it returns */
};

struct http_call {
    struct http *http;
    struct http_call *prev, *next;
    CURL *easy;
    http_fn *fn;
    void *arg;
    int64_t start_ms;

    /* request */
    char *what; /* "GET http://..." for messages */
    bool is_get;
    struct curl_slist *headers;
    const char *body; /* borrowed */
    size_t body_len, body_read;
    int64_t timeout_ms, connect_ms;

    /* answer */
    struct buf answer;
    size_t head_len;
    bool has_head; /* with the empty line at its end, on which curl does not
                    * insist */
    char *request_id, *subject_token;
    char curl_text[CURL_ERROR_SIZE];
};

static void
call_free(struct http_call *c)
{
    struct http *h = c->http;

    curl_multi_remove_handle(h->multi, c->easy);
    curl_easy_cleanup(c->easy);
    for (struct curl_slist *s = c->headers; s; s = s->next)
        explicit_bzero(s->data, strlen(s->data));
    curl_slist_free_all(c->headers);
    if (c->prev)
        c->prev->next = c->next;
    else
        h->calls = c->next;
    if (c->next)
        c->next->prev = c->prev;
    free(c->what);
    free(c->request_id);
    secret_free(c->subject_token);
    buf_clear(&c->answer);
    free(c);
}

/* --- what curl calls ------------------------------------------------------ */

/* Curl sends a request again, unasked, when a kept connection breaks before
 * the first byte of the answer; the server may have served the first one.  So
 * the body of a request is given out once: see no_rewind.
 */
static size_t
on_read(char *to, size_t size, size_t n, void *arg)
{
    struct http_call *c = arg;
    size_t len = c->body_len - c->body_read;

    if (len > size * n)
        len = size * n;
    if (len)
        memcpy(to, c->body + c->body_read, len);
    c->body_read += len;
    return len;
}

static int
no_rewind(void *arg, curl_off_t offset, int origin)
{
    (void) arg;
    (void) offset;
    (void) origin;
    return CURL_SEEKFUNC_FAIL;
}

static size_t
on_write(char *data, size_t size, size_t n, void *arg)
{
    struct http_call *c = arg;

    return buf_add(&c->answer, data, size * n) == 0 ? size * n : 0;
}

/* The value of header NAME where LINE is one. */
static char *
header_value(const char *line, size_t len, const char *name)
{
    size_t skip = strlen(name);

    if (len <= skip || strncasecmp(line, name, skip) != 0 || line[skip] != ':')
        return NULL;
    for (skip++; skip < len && (line[skip] == ' ' || line[skip] == '\t');)
        skip++;
    while (len > skip && strchr("\r\n \t", line[len - 1]))
        len--;
    return xstrndup(line + skip, len - skip);
}

static void
keep_header(char **place, char *value)
{
    if (!value)
        return;
    secret_free(*place);
    *place = value;
}

static size_t
on_header(char *line, size_t size, size_t n, void *arg)
{
    struct http_call *c = arg;
    size_t len = size * n;

    c->head_len += len;
    if (c->head_len > MAX_HEAD)
        return 0;
    c->has_head = len <= 2;
    keep_header(&c->request_id,
                header_value(line, len, "X-Openstack-Request-Id"));
    keep_header(&c->request_id,
                header_value(line, len, "X-Compute-Request-Id"));
    keep_header(&c->subject_token, header_value(line, len, "X-Subject-Token"));
    return len;
}

/* --- how a call ends ------------------------------------------------------ */

static enum vmha_kind
failure_kind(const struct http_call *c, CURLcode rc, bool was_sent)
{
    if (was_sent && !c->is_get)
        return VMHA_E_UNKNOWN;
    switch (rc) {
    case CURLE_UNSUPPORTED_PROTOCOL: /* or an answer that is not HTTP */
        return was_sent ? VMHA_E_INPUT : VMHA_E_CONFIG;
    case CURLE_URL_MALFORMAT:
    case CURLE_LOGIN_DENIED: /* the URL holds a password */
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER: return VMHA_E_CONFIG;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_WRITE_ERROR: /* above a limit of ours */
    case CURLE_FILESIZE_EXCEEDED: return VMHA_E_INPUT;
    default: return VMHA_E_AGAIN;
    }
}

static void
describe_failure(const struct http_call *c, CURLcode rc, bool was_sent,
                 struct vmha_error *err)
{
    enum vmha_kind kind = failure_kind(c, rc, was_sent);

    if (rc == CURLE_OPERATION_TIMEDOUT)
        vmha_fail(err, kind, 0, "%s: no %s within %lld ms", c->what,
                  was_sent ? "whole answer" : "connection",
                  (long long) (was_sent ? c->timeout_ms : c->connect_ms));
    else if (rc == CURLE_WRITE_ERROR && c->head_len > MAX_HEAD)
        vmha_fail(err, kind, 0, "%s: the answer's head is above %d bytes",
                  c->what, MAX_HEAD);
    else if (rc == CURLE_WRITE_ERROR || rc == CURLE_FILESIZE_EXCEEDED)
        vmha_fail(err, kind, 0, "%s: the answer is above %zu bytes", c->what,
                  c->answer.max);
    else if (rc == CURLE_SEND_FAIL_REWIND)
        vmha_fail(err, kind, 0, "%s: the kept connection broke", c->what);
    else if (rc == CURLE_UNSUPPORTED_PROTOCOL && was_sent)
        vmha_fail(err, kind, 0, "%s: the answer is not HTTP", c->what);
    else
        vmha_fail(err, kind, 0, "%s: %s", c->what,
                  *c->curl_text ? c->curl_text : curl_easy_strerror(rc));
}

/* Bytes of this request that were handed to the network. */
bool
http_was_sent(const struct http_call *c)
{
    long sent = 0;

    curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &sent);
    return sent > 0;
}

/* The part of the call's time that came after the connection was ready.  Curl
 * counts real time, which tests let differ from ours.
 */
static int64_t
took_ms(const struct http_call *c)
{
    curl_off_t total = 0, before = 0;
    int64_t ms = clock_mono_ms() - c->start_ms;

    curl_easy_getinfo(c->easy, CURLINFO_TOTAL_TIME_T, &total);
    curl_easy_getinfo(c->easy, CURLINFO_PRETRANSFER_TIME_T, &before);
    if (total <= 0 || before > total)
        return ms;
    return (int64_t) ((double) ms * (double) (total - before) / (double) total);
}

static void
finish(struct http_call *c, CURLcode rc)
{
    struct vmha_error err = { 0 };
    struct http_response r = {
        .was_sent = http_was_sent(c),
        .request_id = c->request_id ? c->request_id : "",
        .subject_token = c->subject_token,
        .body = "",
        .took_ms = took_ms(c),
    };
    long status = 0;

    if (rc == CURLE_OK && !c->has_head)
        rc = CURLE_PARTIAL_FILE;
    if (rc == CURLE_OK) {
        curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
        r.status = (int) status;
        r.body = buf_str(&c->answer);
        r.body_len = c->answer.len;
    } else {
        describe_failure(c, rc, r.was_sent, &err);
        r.err = &err;
    }

    /* The call leaves before its callback, which may free everything. */
    struct buf answer = c->answer;
    char *request_id = TAKE(c->request_id);
    char *subject_token = TAKE(c->subject_token);
    http_fn *fn = c->fn;
    void *arg = c->arg;

    c->answer = (struct buf) BUF_INIT(0);
    call_free(c);
    fn(&r, arg);
    buf_clear(&answer);
    free(request_id);
    secret_free(subject_token);
}

/* Ends the calls that curl has finished. */
static void
drain(struct http *h)
{
    const CURLMsg *m;
    int left;

    h->is_draining = true;
    while (!h->is_dead && (m = curl_multi_info_read(h->multi, &left))) {
        void *call = NULL;
        CURLcode rc = m->data.result;

        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &call);
        finish(call, rc);
    }
    h->is_draining = false;
    if (h->is_dead)
        free(h);
}

/* --- curl on the GLib loop ------------------------------------------------ */

/* A socket's watch: curl keeps it for us beside the socket. */
struct watch {
    struct http *http;
    guint source;
};

static gboolean
on_socket_ready(gint fd, GIOCondition condition, gpointer arg)
{
    struct http *h = ((struct watch *) arg)->http;
    int running, events = 0;

    if (condition & G_IO_IN)
        events |= CURL_CSELECT_IN;
    if (condition & G_IO_OUT)
        events |= CURL_CSELECT_OUT;
    if (condition & (G_IO_ERR | G_IO_HUP | G_IO_NVAL))
        events |= CURL_CSELECT_IN | CURL_CSELECT_ERR;
    curl_multi_socket_action(h->multi, fd, events, &running);
    drain(h);
    return G_SOURCE_CONTINUE; /* the source may be gone: no harm */
}

static int
on_socket_change(CURL *easy, curl_socket_t fd, int what, void *arg,
                 void *socket_arg)
{
    struct http *h = arg;
    struct watch *w = socket_arg;
    GIOCondition events = G_IO_ERR | G_IO_HUP;

    (void) easy;
    if (w)
        g_source_remove(w->source);
    if (what == CURL_POLL_REMOVE) {
        free(w);
        return 0;
    }
    if (!w) {
        w = xcalloc(1, sizeof *w);
        w->http = h;
        curl_multi_assign(h->multi, fd, w);
    }
    if (what & CURL_POLL_IN)
        events |= G_IO_IN;
    if (what & CURL_POLL_OUT)
        events |= G_IO_OUT;
    w->source = g_unix_fd_add(fd, events, on_socket_ready, w);
    return 0;
}

static gboolean
on_time(gpointer arg)
{
    struct http *h = arg;
    int running;

    h->timer = 0;
    curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    drain(h);
    return G_SOURCE_REMOVE;
}

static int
on_timer_change(CURLM *multi, long timeout_ms, void *arg)
{
    struct http *h = arg;

    (void) multi;
    if (h->timer)
        g_source_remove(h->timer);
    h->timer =
        timeout_ms < 0 ? 0 : g_timeout_add((guint) timeout_ms, on_time, h);
    return 0;
}

struct http *
http_new(void)
{
    struct http *h = xcalloc(1, sizeof *h);

    h->multi = curl_multi_init();
    if (!h->multi)
        abort();
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket_change);
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer_change);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
    return h;
}

void
http_free(struct http *h)
{
    if (!h)
        return;
    while (h->calls)
        call_free(h->calls);
    curl_multi_cleanup(h->multi);
    if (h->timer)
        g_source_remove(h->timer);
    h->is_dead = true;
    if (!h->is_draining)
        free(h);
}

/* --- requests ------------------------------------------------------------- */

static void
set_connection(CURL *e, const struct http_request *req)
{
    const struct http_tls *tls = &req->tls;

    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(e, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long) IDLE_MAX_S);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(e, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Else the end of a call waits for a hanging name server. */
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, tls->is_unverified ? 0L : 1L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, tls->is_unverified ? 0L : 2L);
    if (tls->ca_file) {
        curl_easy_setopt(e, CURLOPT_CAINFO, tls->ca_file);
        curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    }
    if (tls->cert_file)
        curl_easy_setopt(e, CURLOPT_SSLCERT, tls->cert_file);
    if (tls->key_file)
        curl_easy_setopt(e, CURLOPT_SSLKEY, tls->key_file);
}

static void
set_deadlines(struct http_call *c, const struct http_request *req)
{
    c->timeout_ms = req->timeout_ms > 0 ? req->timeout_ms : 1; /* 0: none */
    c->connect_ms = req->connect_ms ? req->connect_ms : CONNECT_MAX_MS;
    if (c->connect_ms > c->timeout_ms)
        c->connect_ms = c->timeout_ms;
    curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS,
                     (long) clock_real_ms(c->timeout_ms));
    curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long) clock_real_ms(c->connect_ms));
}

static void
set_method(struct http_call *c, const struct http_request *req)
{
    CURL *e = c->easy;

    c->is_get = strcmp(req->method, "GET") == 0;
    if (c->is_get)
        return;
    curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, req->method);
    if (!req->body) {
        /* Nothing keeps curl from repeating it on another connection. */
        curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
        return;
    }
    c->body = req->body;
    c->body_len = req->body_len;
    curl_easy_setopt(e, CURLOPT_POST, 1L);
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) c->body_len);
    curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(e, CURLOPT_READDATA, c);
    curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, no_rewind);
}

static void
set_headers(struct http_call *c, const char *const *headers)
{
    /* No "100 Continue" round trip. */
    c->headers = curl_slist_append(NULL, "Expect:");
    for (; headers && *headers; headers++)
        c->headers = curl_slist_append(c->headers, *headers);
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
}

static void
set_answer(struct http_call *c, size_t max_body)
{
    c->answer.max = max_body ? max_body : HTTP_MAX_BODY;
    curl_easy_setopt(c->easy, CURLOPT_MAXFILESIZE_LARGE,
                     (curl_off_t) c->answer.max);
    curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->curl_text);
}

struct http_call *
http_send(struct http *h, const struct http_request *req, http_fn *fn,
          void *arg)
{
    struct http_call *c = xcalloc(1, sizeof *c);

    c->http = h;
    c->fn = fn;
    c->arg = arg;
    c->start_ms = clock_mono_ms();
    c->what = xasprintf("%s %s", req->method, req->url);
    c->next = h->calls;
    if (c->next)
        c->next->prev = c;
    h->calls = c;
    c->easy = curl_easy_init();
    if (!c->easy)
        abort();
    curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
    curl_easy_setopt(c->easy, CURLOPT_URL, req->url);
    set_connection(c->easy, req);
    set_deadlines(c, req);
    set_method(c, req);
    set_headers(c, req->headers);
    set_answer(c, req->max_body);
    curl_multi_add_handle(h->multi, c->easy);
    return c;
}

void
http_cancel(struct http_call *c)
{
    call_free(c);
}
