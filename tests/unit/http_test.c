/* lib/openstack/http against a scripted peer. */
#include "http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../peer/peer.h"
#include "cleanup.h"
#include "clock.h"
#include "tap.h"
#include "xalloc.h"

/* What a call gave. */
struct got {
    bool is_done;
    unsigned times;
    int status;
    bool was_sent;
    char *body;
    size_t body_len;
    char *request_id, *token;
    int64_t took_ms;
    struct vmha_error err;
    struct http *free_it; /* in the callback */
};

static void
on_done(const struct http_response *r, void *arg)
{
    struct got *g = arg;

    g->is_done = true;
    g->times++;
    g->status = r->status;
    g->was_sent = r->was_sent;
    g->body_len = r->body_len;
    g->body = xcalloc(1, r->body_len + 1);
    memcpy(g->body, r->body, r->body_len);
    xstrset(&g->request_id, r->request_id);
    xstrset(&g->token, r->subject_token);
    g->took_ms = r->took_ms;
    if (r->err)
        g->err = *r->err;
    http_free(g->free_it);
}

static void
got_clear(struct got *g)
{
    free(g->body);
    free(g->request_id);
    free(g->token);
    *g = (struct got){ 0 };
}
#define CLEANUP_GOT CLEANUP(got_clear)

/* A peer and a client, until the end of the test. */
struct both {
    struct peer *peer;
    struct http *http;
};

static struct both
both_new(void)
{
    return (struct both){ peer_new(), http_new() };
}

static void
both_clear(struct both *b)
{
    http_free(b->http);
    peer_free(b->peer);
}
#define CLEANUP_BOTH CLEANUP(both_clear)

static struct http_call *
ask(const struct both *b, const char *method, const char *path,
    const char *body, int64_t timeout_ms, size_t max_body, struct got *g)
{
    CLEANUP_FREE char *url = xasprintf("%s%s", peer_url(b->peer), path);

    return http_send(b->http,
                     &(struct http_request){
                         .method = method,
                         .url = url,
                         .body = body,
                         .body_len = body ? strlen(body) : 0,
                         .timeout_ms = timeout_ms,
                         .max_body = max_body,
                     },
                     on_done, g);
}

static void
get(const struct both *b, const char *path, struct got *g)
{
    ask(b, "GET", path, NULL, 5000, 0, g);
    ok(!g->is_done);
    ok(peer_wait(&g->is_done, 10000));
}

static void
post(const struct both *b, const char *path, struct got *g)
{
    ask(b, "POST", path, "{}", 5000, 0, g);
    ok(peer_wait(&g->is_done, 10000));
}

static void
test_get(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, "GET /a?x=1 ", 200,
              "x-compute-request-id: req-1\r\nX-Subject-Token:  t0k \r\n",
              "{\"a\":1}");
    get(&b, "/a?x=1", &g);
    is_int(g.status, 200);
    ok(g.was_sent);
    is_str(g.body, "{\"a\":1}");
    is_str(g.request_id, "req-1");
    is_str(g.token, "t0k");
    is_int(g.err.kind, VMHA_OK);
}

static void
test_no_connection(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };
    int64_t start_ms = clock_mono_ms();
    struct http_call *c;

    peer_jam(b.peer);
    c = http_send(b.http,
                  &(struct http_request){ .method = "POST",
                                          .url = peer_url(b.peer),
                                          .body = "{}",
                                          .body_len = 2,
                                          .timeout_ms = 60000,
                                          .connect_ms = 200 },
                  on_done, &g);
    peer_linger(50);
    ok(!g.is_done && !http_was_sent(c));
    ok(peer_wait(&g.is_done, 10000));
    ok(!g.was_sent);
    is_int(g.err.kind, VMHA_E_AGAIN);
    has_str(g.err.text, "no connection within 200 ms");
    ok(clock_mono_ms() - start_ms >= 200);
}

static void
test_bodies_go_with_their_method(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };

    peer_json(b.peer, "P", 202, "", "");
    ask(&b, "PUT", "/p", "{\"x\":1}", 5000, 0, &g);
    ok(peer_wait(&g.is_done, 10000));
    is_int(g.status, 202);
    has_str(peer_request(b.peer, 0), "PUT /p HTTP/1.1\r\n");
    has_str(peer_request(b.peer, 0), "\r\n\r\n{\"x\":1}");
    post(&b, "/q", &h);
    has_str(peer_request(b.peer, 1), "POST /q HTTP/1.1\r\n");
    ok(!strstr(peer_request(b.peer, 1), "Expect"));
}

static void
test_connection_is_kept(void)
{
    CLEANUP_BOTH struct both b = both_new();

    peer_json(b.peer, "GET", 200, "", "{}");
    for (int i = 0; i < 3; i++) {
        CLEANUP_GOT struct got g = { 0 };

        get(&b, "/", &g);
    }
    is_int(peer_n_connections(b.peer), 1);
}

static void
test_calls_run_side_by_side(void)
{
    CLEANUP_BOTH struct both b = both_new();
    struct got g[20] = { 0 };

    peer_rule(b.peer, &(struct peer_rule){
                          .match = "GET",
                          .bytes = "HTTP/1.1 204 X\r\n\r\n",
                          .delay_ms = 200,
                      });
    for (size_t i = 0; i < N_ELEMENTS(g); i++)
        ask(&b, "GET", "/", NULL, 5000, 0, &g[i]);
    for (size_t i = 0; i < N_ELEMENTS(g); i++)
        ok(peer_wait(&g[i].is_done, 2000));
    is_int(peer_n_connections(b.peer), N_ELEMENTS(g));
    for (size_t i = 0; i < N_ELEMENTS(g); i++)
        got_clear(&g[i]);
}

/* --- was it sent? --------------------------------------------------------- */

static void
test_refused_connection_sent_nothing(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };
    struct sockaddr_in a = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t len = sizeof a;
    CLEANUP_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    /* Bound, but not listening: the port is ours and refuses. */
    is_int(bind(fd, (struct sockaddr *) &a, sizeof a), 0);
    is_int(getsockname(fd, (struct sockaddr *) &a, &len), 0);
    CLEANUP_FREE char *url =
        xasprintf("http://127.0.0.1:%u/", ntohs(a.sin_port));
    http_send(b.http,
              &(struct http_request){ .method = "POST",
                                      .url = url,
                                      .body = "{}",
                                      .body_len = 2,
                                      .timeout_ms = 3000 },
              on_done, &g);
    ok(peer_wait(&g.is_done, 10000));
    ok(!g.was_sent);
    is_int(g.status, 0);
    is_int(g.err.kind, VMHA_E_AGAIN);
    has_str(g.err.text, "POST http://127.0.0.1:");
}

static void
test_unknown_name_sent_nothing(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };

    http_send(b.http,
              &(struct http_request){ .method = "POST",
                                      .url = "http://no-such-host.invalid/",
                                      .body = "{}",
                                      .body_len = 2,
                                      .timeout_ms = 5000 },
              on_done, &g);
    ok(peer_wait(&g.is_done, 10000));
    ok(!g.was_sent);
    is_int(g.err.kind, VMHA_E_AGAIN);
}

static void
test_other_protocols_are_refused(void)
{
    static const char *const urls[] = { "file:///etc/passwd", "ftp://x/",
                                        "http://u:p@127.0.0.1:1/", "::" };
    CLEANUP_BOTH struct both b = both_new();

    for (size_t i = 0; i < N_ELEMENTS(urls); i++) {
        CLEANUP_GOT struct got g = { 0 };

        http_send(b.http,
                  &(struct http_request){
                      .method = "GET", .url = urls[i], .timeout_ms = 5000 },
                  on_done, &g);
        ok(peer_wait(&g.is_done, 10000));
        ok(!g.was_sent);
        is_int(g.err.kind, VMHA_E_CONFIG);
    }
}

static void
test_post_cut_before_answer_is_unknown(void)
{
    static const enum peer_end ends[] = { PEER_CLOSE, PEER_RESET };

    for (size_t i = 0; i < N_ELEMENTS(ends); i++) {
        CLEANUP_BOTH struct both b = both_new();
        CLEANUP_GOT struct got g = { 0 };
        const struct peer_rule cut = { .match = "POST",
                                       .bytes = "",
                                       .end = ends[i] };

        peer_rule(b.peer, &cut);
        post(&b, "/", &g);
        ok(g.was_sent);
        is_int(g.status, 0);
        is_int(g.err.kind, VMHA_E_UNKNOWN);
        is_int(peer_n_requests(b.peer), 1);
    }
}

static void
test_timeout_is_unknown(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };
    int64_t start = clock_mono_ms();

    peer_rule(b.peer, &(struct peer_rule){
                          .match = "POST", .bytes = "", .end = PEER_HANG });
    ask(&b, "POST", "/", "{}", 300, 0, &g);
    ok(peer_wait(&g.is_done, 10000));
    ok(clock_mono_ms() - start < 2000);
    ok(g.was_sent);
    is_int(g.err.kind, VMHA_E_UNKNOWN);
    has_str(g.err.text, "no whole answer within 300 ms");
}

static void
test_get_without_answer_may_be_repeated(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };

    peer_rule(b.peer, &(struct peer_rule){
                          .match = "GET", .bytes = "", .end = PEER_HANG });
    ask(&b, "GET", "/", NULL, 200, 0, &g);
    ok(peer_wait(&g.is_done, 10000));
    is_int(g.err.kind, VMHA_E_AGAIN);
}

/* Curl repeats a request on a new connection when a kept one breaks: never a
 * POST.
 */
static void
test_post_on_broken_kept_connection_goes_once(void)
{
    static const enum peer_end ends[] = { PEER_CLOSE, PEER_RESET };

    for (size_t i = 0; i < N_ELEMENTS(ends); i++) {
        CLEANUP_BOTH struct both b = both_new();
        CLEANUP_GOT struct got g = { 0 }, h = { 0 };
        const struct peer_rule cut = { .match = "POST",
                                       .bytes = "",
                                       .end = ends[i] };

        peer_json(b.peer, "GET", 200, "", "{}");
        peer_rule(b.peer, &cut);
        get(&b, "/", &g);
        post(&b, "/", &h);
        is_int(peer_count(b.peer, "POST"), 1);
        ok(h.was_sent);
        is_int(h.err.kind, VMHA_E_UNKNOWN);
    }
}

static void
test_bodyless_post_on_broken_connection_goes_once(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };

    peer_json(b.peer, "GET", 200, "", "{}");
    peer_rule(b.peer, &(struct peer_rule){
                          .match = "DELETE", .bytes = "", .end = PEER_CLOSE });
    get(&b, "/", &g);
    ask(&b, "DELETE", "/x", NULL, 5000, 0, &h);
    ok(peer_wait(&h.is_done, 10000));
    is_int(peer_count(b.peer, "DELETE"), 1);
    is_int(h.err.kind, VMHA_E_UNKNOWN);
}

/* --- answers that are none ------------------------------------------------ */

static const struct bad_answer {
    const char *what;
    struct peer_rule rule;
    enum vmha_kind kind;
    const char *text;
} bad_answers[] = {
    { "garbage instead of a status line",
      { "GET", "\x16\x03\x01garbage\r\n\r\n", .end = PEER_CLOSE },
      VMHA_E_INPUT,
      "not HTTP" },
    { "a body that ends early",
      { "GET", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
        .end = PEER_CLOSE },
      VMHA_E_AGAIN,
      "" },
    { "a chunk that ends early",
      { "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
        .end = PEER_CLOSE },
      VMHA_E_AGAIN,
      "" },
    { "a body announced above the limit",
      { "GET", "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\nabc",
        .end = PEER_HANG },
      VMHA_E_INPUT,
      "above 1000 bytes" },
    { "a status line without end",
      { "GET", "HTTP/1.1 200", .end = PEER_CLOSE },
      VMHA_E_AGAIN,
      "" },
    { "a head that ends early",
      { "GET", "HTTP/1.1 200 OK\r\nX-A: b\r\n", .end = PEER_CLOSE },
      VMHA_E_AGAIN,
      "" },
    { "a length that is none",
      { "GET", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc",
        .end = PEER_CLOSE },
      VMHA_E_INPUT,
      "" },
};

static void
test_bad_answers(void)
{
    for (size_t i = 0; i < N_ELEMENTS(bad_answers); i++) {
        const struct bad_answer *a = &bad_answers[i];
        CLEANUP_BOTH struct both b = both_new();
        CLEANUP_GOT struct got g = { 0 };

        peer_rule(b.peer, &a->rule);
        ask(&b, "GET", "/", NULL, 3000, 1000, &g);
        ok(peer_wait(&g.is_done, 10000));
        ok_msg(g.status == 0 && g.err.kind == a->kind, "%s: %d: %s", a->what,
               g.err.kind, g.err.text);
        has_str(g.err.text, a->text);
    }
}

static void
test_body_grows_above_limit(void)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    enum { SIZE = 2 << 20 };
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };
    CLEANUP_FREE char *bytes = xcalloc(1, SIZE);

    memset(bytes, 'x', SIZE);
    memcpy(bytes, head, strlen(head));
    peer_rule(b.peer, &(struct peer_rule){ .match = "GET",
                                           .bytes = bytes,
                                           .len = SIZE,
                                           .end = PEER_CLOSE });
    ask(&b, "GET", "/", NULL, 5000, 1 << 20, &g);
    ok(peer_wait(&g.is_done, 10000));
    is_int(g.status, 0);
    is_int(g.err.kind, VMHA_E_INPUT);
    has_str(g.err.text, "above 1048576 bytes");
}

static void
test_endless_head(void)
{
    enum { LINES = 40000 };
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };
    CLEANUP_FREE char *bytes = xcalloc(1, 64 + LINES * 10);
    size_t len;

    memcpy(bytes, "HTTP/1.1 200 OK\r\n", 17);
    len = 17;
    for (int i = 0; i < LINES; i++, len += 10)
        memcpy(bytes + len, "X-A: abc\r\n", 10);
    peer_rule(b.peer, &(struct peer_rule){ .match = "GET",
                                           .bytes = bytes,
                                           .len = len,
                                           .end = PEER_HANG });
    get(&b, "/", &g);
    is_int(g.status, 0);
    ok(g.err.kind != VMHA_OK);
}

static void
test_nul_in_body_is_kept(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };

    peer_rule(b.peer,
              &(struct peer_rule){
                  .match = "GET",
                  .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0b",
                  .len = 41 });
    get(&b, "/", &g);
    is_int(g.body_len, 3);
    is_int(memcmp(g.body, "a\0b", 3), 0);
}

static void
test_redirect_is_not_followed(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.peer, "GET /a", 302, "Location: /b\r\n", "");
    peer_json(b.peer, "GET /b", 200, "", "{}");
    get(&b, "/a", &g);
    is_int(g.status, 302);
    is_int(peer_n_requests(b.peer), 1);
}

static void
test_proxy_of_environment_is_ignored(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };

    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    peer_json(b.peer, "GET", 200, "", "{}");
    get(&b, "/", &g);
    unsetenv("http_proxy");
    is_int(g.status, 200);
}

/* --- ends ----------------------------------------------------------------- */

static void
test_cancelled_call_says_nothing(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };
    struct http_call *c;

    peer_rule(b.peer, &(struct peer_rule){ .match = "GET /slow",
                                           .bytes = "",
                                           .end = PEER_HANG });
    peer_json(b.peer, "GET", 200, "", "{}");
    c = ask(&b, "GET", "/slow", NULL, 5000, 0, &g);
    get(&b, "/", &h);
    http_cancel(c);
    http_cancel(ask(&b, "GET", "/", NULL, 5000, 0, &g));
    peer_linger(50);
    is_int(g.times, 0);
    is_int(h.status, 200);
}

static void
test_free_in_a_callback(void)
{
    struct peer *p = peer_new();
    struct both b = { p, http_new() };
    CLEANUP_GOT struct got g = { .free_it = b.http }, h = { 0 };

    peer_rule(p, &(struct peer_rule){
                     .match = "GET /slow", .bytes = "", .end = PEER_HANG });
    peer_json(p, "GET", 200, "", "{}");
    ask(&b, "GET", "/slow", NULL, 5000, 0, &h);
    ask(&b, "GET", "/", NULL, 5000, 0, &g);
    ok(peer_wait(&g.is_done, 10000));
    peer_linger(50);
    is_int(g.times, 1);
    is_int(h.times, 0);
    peer_free(p);
}

static void
test_time_is_ours(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };

    peer_rule(b.peer, &(struct peer_rule){ .match = "GET",
                                           .bytes = "HTTP/1.1 204 X\r\n\r\n",
                                           .delay_ms = 200 });
    get(&b, "/", &g);
    ok(g.took_ms >= 150 && g.took_ms < 2000);
}

TAP_MAIN(
    { "a GET and its answer", test_get },
    { "no connection: nothing was sent", test_no_connection },
    { "PUT and POST carry their bodies", test_bodies_go_with_their_method },
    { "a connection is kept", test_connection_is_kept },
    { "calls run side by side", test_calls_run_side_by_side },
    { "a refused connection sent nothing",
      test_refused_connection_sent_nothing },
    { "an unknown name sent nothing", test_unknown_name_sent_nothing },
    { "other protocols are refused", test_other_protocols_are_refused },
    { "a POST that is cut is unknown", test_post_cut_before_answer_is_unknown },
    { "a POST without an answer in time is unknown", test_timeout_is_unknown },
    { "a GET without an answer may be repeated",
      test_get_without_answer_may_be_repeated },
    { "a POST on a broken kept connection goes once",
      test_post_on_broken_kept_connection_goes_once },
    { "so does a request without a body",
      test_bodyless_post_on_broken_connection_goes_once },
    { "answers that are none", test_bad_answers },
    { "a body above its limit", test_body_grows_above_limit },
    { "a head above its limit", test_endless_head },
    { "NUL in a body is kept", test_nul_in_body_is_kept },
    { "a redirect is not followed", test_redirect_is_not_followed },
    { "the environment's proxy is ignored",
      test_proxy_of_environment_is_ignored },
    { "a cancelled call says nothing", test_cancelled_call_says_nothing },
    { "a callback may free the client", test_free_in_a_callback },
    { "the time of an answer", test_time_is_ours })
