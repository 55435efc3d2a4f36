/* lib/openstack/cloud: tokens and calls. */
#include "cloud.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "../peer/peer-cloud.h"
#include "cleanup.h"
#include "tap.h"
#include "xalloc.h"

struct got {
    bool is_done;
    unsigned times;
    int status;
    bool was_sent;
    char *body, *request_id;
    struct vmha_error err;
    struct cloud *free_it; /* in the callback */
};

static void
got_clear(struct got *g)
{
    free(g->body);
    free(g->request_id);
    *g = (struct got){ 0 };
}
#define CLEANUP_GOT CLEANUP(got_clear)

static void
on_done(const struct cloud_response *r, void *arg)
{
    struct got *g = arg;

    g->is_done = true;
    g->times++;
    g->status = r->status;
    g->was_sent = r->was_sent;
    xstrset(&g->body, r->body);
    xstrset(&g->request_id, r->request_id);
    if (r->err)
        g->err = *r->err;
    cloud_free(g->free_it);
}

/* A session with a peer. */
struct both {
    struct peer_cloud p;
    struct cloud *cloud;
};

static struct both
both_new(void)
{
    struct both b = { .p = peer_cloud_new() };
    struct vmha_error err = { 0 };

    b.cloud = cloud_new(b.p.path, "c", &err);
    ok_msg(b.cloud != NULL, "%s", err.text);
    return b;
}

static void
both_clear(struct both *b)
{
    cloud_free(b->cloud);
    peer_cloud_clear(&b->p);
}
#define CLEANUP_BOTH CLEANUP(both_clear)

static void
ask(const struct both *b, const char *method, const char *path,
    int64_t timeout_ms, struct got *g)
{
    cloud_call(b->cloud,
               &(struct cloud_request){
                   .service = "compute",
                   .method = method,
                   .path = path,
                   .body = strcmp(method, "GET") == 0 ? NULL : "{}",
                   .microversion = "2.53",
                   .timeout_ms = timeout_ms,
               },
               on_done, g);
    ok(!g->is_done);
}

static void
call(const struct both *b, const char *method, const char *path, struct got *g)
{
    ask(b, method, path, 5000, g);
    ok(peer_wait(&g->is_done, 10000));
}

static void
test_call(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };
    struct peer *p = b.p.peer;

    is_str(cloud_endpoint(b.cloud, "compute"), NULL);
    peer_cloud_token(&b.p, "tok1", 3000, true);
    peer_json(p, "GET /v2.1/x?y=1 ", 200, "X-Compute-Request-Id: r\r\n", "{}");
    call(&b, "GET", "/x?y=1", &g);
    is_int(g.status, 200);
    ok(g.was_sent);
    is_str(g.body, "{}");
    is_str(g.request_id, "r");
    is_int(g.err.kind, VMHA_OK);
    has_str(peer_request(p, 0), "\"password\":\"s3cret\"");
    has_str(peer_request(p, 1), "X-Auth-Token: tok1\r\n");
    has_str(peer_request(p, 1), "OpenStack-API-Version: compute 2.53\r\n");
    has_str(cloud_endpoint(b.cloud, "compute"), "/v2.1");
    is_str(cloud_endpoint(b.cloud, "image"), NULL);
}

static void
test_calls_share_one_token_in_order(void)
{
    static const char *const paths[] = { "/0", "/1", "/2", "/3" };
    CLEANUP_BOTH struct both b = both_new();
    struct got g[4] = { 0 };
    struct peer *p = b.p.peer;

    peer_cloud_token(&b.p, "tok1", 3000, true);
    peer_json(p, "GET", 200, "", "{}");
    for (size_t i = 0; i < N_ELEMENTS(g); i++)
        ask(&b, "GET", paths[i], 5000, &g[i]);
    for (size_t i = 0; i < N_ELEMENTS(g); i++) {
        ok(peer_wait(&g[i].is_done, 10000));
        is_int(g[i].status, 200);
        got_clear(&g[i]);
    }
    is_int(peer_count(p, PEER_AUTH), 1);
}

/* --- 401 ------------------------------------------------------------------ */

static void
test_401_renews_and_repeats_once(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };
    struct peer *p = b.p.peer;

    peer_cloud_token(&b.p, "tok1", 3000, true);
    peer_cloud_token(&b.p, "tok2", 3000, true);
    peer_json_once(p, "POST /v2.1/x", 401, "", "{}");
    peer_json(p, "POST /v2.1/x", 202, "", "{}");
    call(&b, "POST", "/x", &g);
    is_int(g.status, 202);
    is_int(peer_count(p, PEER_AUTH), 2);
    has_str(peer_request(p, 3), "X-Auth-Token: tok2\r\n");
    call(&b, "POST", "/x", &h);
    is_int(h.status, 202);
    is_int(peer_count(p, PEER_AUTH), 2);
}

static void
test_401_reads_changed_credentials(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };
    struct peer *p = b.p.peer;

    peer_cloud_token(&b.p, "tok", 3000, false);
    peer_json_once(p, "GET /v2.1/x", 401, "", "{}");
    peer_json(p, "GET /v2.1/x", 200, "", "{}");
    peer_cloud_password(&b.p, "changed");
    call(&b, "GET", "/x", &g);
    is_int(g.status, 200);
    has_str(peer_request(p, 2), "\"password\":\"changed\"");
}

static void
test_second_401_is_final(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };
    struct peer *p = b.p.peer;

    peer_cloud_token(&b.p, "tok", 3000, false);
    peer_json(p, "POST /v2.1/x", 401, "",
              "{\"error\":{\"message\":\"not you\"}}");
    call(&b, "POST", "/x", &g);
    is_int(g.status, 401);
    is_int(g.err.kind, VMHA_E_PERMISSION);
    has_str(g.err.text, "POST /x: HTTP 401: not you");
    is_int(peer_count(p, "POST /v2.1/x"), 2);
}

static void
test_401_to_many_calls_renews_once(void)
{
    CLEANUP_BOTH struct both b = both_new();
    struct got g[5] = { 0 };
    struct peer *p = b.p.peer;
    const struct peer_rule late_401 = {
        .match = "GET /v2.1/x",
        .bytes = "HTTP/1.1 401 X\r\nContent-Length: 2\r\n\r\n{}",
        .delay_ms = 100,
        .times = 5,
    };

    peer_cloud_token(&b.p, "tok1", 3000, true);
    peer_cloud_token(&b.p, "tok2", 3000, true);
    peer_rule(p, &late_401);
    peer_json(p, "GET /v2.1/x", 200, "", "{}");
    for (size_t i = 0; i < N_ELEMENTS(g); i++)
        ask(&b, "GET", "/x", 5000, &g[i]);
    for (size_t i = 0; i < N_ELEMENTS(g); i++) {
        ok(peer_wait(&g[i].is_done, 10000));
        is_int(g[i].status, 200);
        got_clear(&g[i]);
    }
    is_int(peer_count(p, PEER_AUTH), 2);
}

/* The first POST was turned away, the second one never was: nothing is done. */
static void
test_401_then_no_token_says_401(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };
    struct peer *p = b.p.peer;

    peer_cloud_token(&b.p, "tok1", 3000, true);
    peer_json(p, PEER_AUTH, 503, "", "");
    peer_json(p, "POST /v2.1/x", 401, "", "{}");
    call(&b, "POST", "/x", &g);
    is_int(g.status, 401);
    is_int(g.err.kind, VMHA_E_AGAIN);
    is_int(peer_count(p, "POST /v2.1/x"), 1);
}

/* --- no token ------------------------------------------------------------- */

static void
test_keystone_refuses(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.p.peer, PEER_AUTH, 401, "",
              "{\"error\":{\"code\":401,\"title\":\"Unauthorized\","
              "\"message\":\"The request requires authentication.\"}}");
    call(&b, "POST", "/x", &g);
    is_int(g.status, 0);
    ok(!g.was_sent);
    is_int(g.err.kind, VMHA_E_PERMISSION);
    has_str(g.err.text, "HTTP 401: The request requires authentication.");
}

static void
test_keystone_answers(void)
{
    static const struct {
        int status;
        const char *headers, *body;
        enum vmha_kind kind;
    } table[] = {
        { 403, "", "{}", VMHA_E_PERMISSION },
        { 400, "", "{}", VMHA_E_CONFIG },
        { 404, "", "<html>", VMHA_E_CONFIG },
        { 302, "", "", VMHA_E_CONFIG },
        { 429, "", "", VMHA_E_AGAIN },
        { 500, "", "", VMHA_E_AGAIN },
        { 201, "", "{}", VMHA_E_INPUT },
        { 201, "X-Subject-Token: t\r\n", "{}", VMHA_E_INPUT },
        { 201, "X-Subject-Token: t\r\n", "no", VMHA_E_INPUT },
    };

    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_BOTH struct both b = both_new();
        CLEANUP_GOT struct got g = { 0 };

        peer_json(b.p.peer, PEER_AUTH, table[i].status, table[i].headers,
                  table[i].body);
        call(&b, "POST", "/x", &g);
        ok_msg(g.err.kind == table[i].kind, "%zu: %s", i, g.err.text);
        ok(!g.was_sent);
        has_str(g.err.text, "Keystone at http://127.0.0.1:");
    }
}

static void
test_keystone_repeats_the_secret(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };

    peer_json(b.p.peer, PEER_AUTH, 400, "",
              "{\"error\":{\"message\":\"'s3cret' is too short\"}}");
    call(&b, "GET", "/x", &g);
    is_int(g.err.kind, VMHA_E_CONFIG);
    ok(!strstr(g.err.text, "s3cret"));
}

static void
test_keystone_is_silent(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };

    peer_rule(b.p.peer, &(struct peer_rule){ .match = PEER_AUTH,
                                             .bytes = "",
                                             .end = PEER_HANG });
    ask(&b, "POST", "/x", 300, &g);
    ok(peer_wait(&g.is_done, 2000));
    ok(!g.was_sent);
    is_int(g.status, 0);
    is_int(g.err.kind, VMHA_E_AGAIN);
    has_str(g.err.text, "no token of Keystone");
}

static void
test_no_endpoint(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 };

    peer_cloud_token(&b.p, "tok", 3000, false);
    cloud_call(b.cloud,
               &(struct cloud_request){ .service = "placement",
                                        .method = "GET",
                                        .path = "/",
                                        .timeout_ms = 5000 },
               on_done, &g);
    ok(peer_wait(&g.is_done, 10000));
    is_int(g.err.kind, VMHA_E_CONFIG);
    has_str(g.err.text, "no public endpoint of 'placement'");
    ok(!g.was_sent);
}

/* --- renewal -------------------------------------------------------------- */

static void
test_token_is_renewed_before_its_end(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };
    struct peer *p = b.p.peer;

    peer_cloud_token(&b.p, "tok1", 1, true);
    peer_cloud_token(&b.p, "tok2", 3000, true);
    peer_json(p, "GET", 200, "", "{}");
    call(&b, "GET", "/x", &g);
    is_int(peer_count(p, PEER_AUTH), 1);
    ok(peer_wait_count(p, PEER_AUTH, 2, 5000));
    peer_linger(20); /* for its answer */
    call(&b, "GET", "/x", &h);
    is_int(peer_count(p, PEER_AUTH), 2);
    has_str(peer_request(p, 3), "X-Auth-Token: tok2\r\n");
}

/* Keystone is away at the time of the renewal: calls go on with the token that
 * still lives, and get another one when it has ended.
 */
static void
test_failed_renewal_keeps_the_token(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };
    struct peer *p = b.p.peer;

    peer_cloud_token(&b.p, "tok1", 3, true);
    peer_json_once(p, PEER_AUTH, 503, "", "");
    peer_cloud_token(&b.p, "tok2", 3000, true);
    peer_json(p, "GET", 200, "", "{}");
    call(&b, "GET", "/x", &g);
    ok(peer_wait_count(p, PEER_AUTH, 2, 5000));
    call(&b, "GET", "/x", &h);
    is_int(h.status, 200);
    is_int(peer_count(p, PEER_AUTH), 2);
    for (int i = 0; i < 500 && peer_count(p, PEER_AUTH) < 3; i++) {
        CLEANUP_GOT struct got k = { 0 };

        call(&b, "GET", "/x", &k);
        is_int(k.status, 200);
        peer_linger(10);
    }
    is_int(peer_count(p, PEER_AUTH), 3);
}

static void
test_reload(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 }, h = { 0 };
    struct peer *p = b.p.peer;
    struct vmha_error err = { 0 };

    peer_cloud_token(&b.p, "tok", 3000, false);
    peer_json(p, "GET", 200, "", "{}");
    call(&b, "GET", "/x", &g);
    chmod(b.p.path, 0644);
    is_int(cloud_reload(b.cloud, &err), -1);
    ok(cloud_endpoint(b.cloud, "compute") != NULL);
    peer_cloud_password(&b.p, "changed");
    is_int(cloud_reload(b.cloud, &err), 0);
    is_str(cloud_endpoint(b.cloud, "compute"), NULL);
    call(&b, "GET", "/x", &h);
    is_int(peer_count(p, PEER_AUTH), 2);
    has_str(peer_request(p, 2), "changed");
}

/* --- ends ----------------------------------------------------------------- */

static void
test_answers_and_kinds(void)
{
    static const struct {
        const char *method;
        int status;
        enum vmha_kind kind;
    } table[] = {
        { "GET", 204, VMHA_OK },         { "GET", 403, VMHA_E_PERMISSION },
        { "GET", 404, VMHA_E_ABSENT },   { "POST", 409, VMHA_E_REFUSED },
        { "POST", 400, VMHA_E_REFUSED }, { "POST", 429, VMHA_E_AGAIN },
        { "GET", 503, VMHA_E_AGAIN },    { "POST", 503, VMHA_E_UNKNOWN },
        { "POST", 500, VMHA_E_UNKNOWN }, { "POST", 504, VMHA_E_UNKNOWN },
        { "POST", 300, VMHA_E_CONFIG },
    };
    CLEANUP_BOTH struct both b = both_new();

    peer_cloud_token(&b.p, "tok", 3000, false);
    for (size_t i = 0; i < N_ELEMENTS(table); i++) {
        CLEANUP_GOT struct got g = { 0 };
        CLEANUP_FREE char *match = xasprintf("%s /v2.1/x", table[i].method);

        peer_json_once(b.p.peer, match, table[i].status, "",
                       "{\"x\":{\"message\":\"said so\"}}");
        call(&b, table[i].method, "/x", &g);
        is_int(g.status, table[i].status);
        ok_msg(g.err.kind == table[i].kind, "%d: %s", g.status, g.err.text);
        ok(g.err.kind == VMHA_OK || strstr(g.err.text, "said so"));
    }
}

static void
test_free_and_cancel(void)
{
    CLEANUP_BOTH struct both b = both_new();
    CLEANUP_GOT struct got g = { 0 }, h = { 0 }, k = { 0 };

    peer_cloud_token(&b.p, "tok", 3000, false);
    peer_rule(b.p.peer, &(struct peer_rule){ .match = "GET /v2.1/slow",
                                             .bytes = "",
                                             .end = PEER_HANG });
    peer_json(b.p.peer, "GET", 200, "", "{}");
    ask(&b, "GET", "/slow", 5000, &g);
    ask(&b, "GET", "/slow", 5000, &h);
    cloud_cancel(b.cloud, &h);
    k.free_it = b.cloud;
    ask(&b, "GET", "/x", 5000, &k);
    b.cloud = NULL;
    ok(peer_wait(&k.is_done, 10000));
    peer_linger(50);
    is_int(g.times + h.times, 0);
    is_int(k.times, 1);
}

static void
test_new_refuses(void)
{
    struct vmha_error err = { 0 };

    ok(!cloud_new("/nonexistent/clouds.yaml", "c", &err));
    is_int(err.kind, VMHA_E_CONFIG);
}

static void
test_memory_is_hidden(void)
{
    CLEANUP_BOTH struct both b = both_new(); /* reads clouds.yaml */
    struct rlimit core;

    ok(b.cloud != NULL);
    is_int(prctl(PR_GET_DUMPABLE), 0);
    is_int(getrlimit(RLIMIT_CORE, &core), 0);
    is_int(core.rlim_cur, 0);
}

TAP_MAIN(
    { "who reads credentials leaves no core file", test_memory_is_hidden },
    { "a call fetches its token", test_call },
    { "calls share one token", test_calls_share_one_token_in_order },
    { "a 401 renews and repeats once", test_401_renews_and_repeats_once },
    { "a 401 reads changed credentials", test_401_reads_changed_credentials },
    { "a second 401 is final", test_second_401_is_final },
    { "401 to many calls renews once", test_401_to_many_calls_renews_once },
    { "401, then no token", test_401_then_no_token_says_401 },
    { "Keystone refuses", test_keystone_refuses },
    { "Keystone's answers", test_keystone_answers },
    { "Keystone repeats the secret", test_keystone_repeats_the_secret },
    { "Keystone is silent", test_keystone_is_silent },
    { "a service without endpoint", test_no_endpoint },
    { "a token is renewed before its end",
      test_token_is_renewed_before_its_end },
    { "a failed renewal keeps the token", test_failed_renewal_keeps_the_token },
    { "reload", test_reload },
    { "answers and their kinds", test_answers_and_kinds },
    { "cancel, and free in a callback", test_free_and_cancel },
    { "a file that is not there", test_new_refuses })
