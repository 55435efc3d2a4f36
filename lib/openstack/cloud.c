/* A session with one OpenStack cloud. */
#include "cloud.h"

#include <string.h>

#include "clock.h"
#include "clouds-file.h"
#include "http.h"
#include "keystone-json.h"
#include "reply.h"
#include "secret.h"
#include "timer.h"
#include "xalloc.h"

enum {
    AUTH_TIMEOUT_MS = 30000,
    AUTH_RETRY_MS = 30000, /* in the background */
    RENEW_MIN_MS = 500,    /* however short a token lives */
    AUTH_MAX_ANSWER = 4 << 20,
    MAX_REFUSAL = 400,

    /* For calls that are to be sent now or never: a lost SYN is repeated after
     * a second.
     */
    PROMPT_CONNECT_MS = 3000,
};

struct cloud {
    struct http *http;
    char *path, *name;
    struct cloud_conf conf;

    /* the token, NULL when there is none (any more) */
    char *token;
    unsigned serial;    /* tokens so far */
    int64_t usable_end; /* monotonic */
    struct keystone_token facts;

    /* its renewal */
    struct timer *renewal;
    struct http_call *auth;
    char *auth_body;
    int64_t auth_start;

    struct call *calls;
};

struct call {
    struct cloud *cloud;
    struct call *prev, *next;
    char *service, *method, *path, *body, *microversion;
    int64_t deadline;
    cloud_fn *fn;
    void *arg;

    struct http_call *http; /* NULL while it waits for a token */
    unsigned serial;        /* of the token that it was sent with */
    bool was_rejected;      /* by a 401, for which we repeat it */
    bool is_prompt;

    /* fails the call when it fires */
    struct timer *failure;
    struct vmha_error err;
};

static void send_call(struct call *k);
static void start_auth(struct cloud *c);

/* --- how a call ends ------------------------------------------------------ */

static void
call_free(struct call *k)
{
    if (k->prev)
        k->prev->next = k->next;
    else
        k->cloud->calls = k->next;
    if (k->next)
        k->next->prev = k->prev;
    if (k->http)
        http_cancel(k->http);
    timer_stop(&k->failure);
    free(k->service);
    free(k->method);
    free(k->path);
    free(k->body);
    free(k->microversion);
    free(k);
}

/* The callback comes last: it may free the whole cloud. */
static void
call_end(struct call *k, const struct cloud_response *r)
{
    cloud_fn *fn = k->fn;
    void *arg = k->arg;

    call_free(k);
    fn(r, arg);
}

static void
on_failure(void *arg)
{
    struct call *k = arg;
    struct vmha_error err = k->err;

    call_end(k, &(struct cloud_response){
                    .status = k->was_rejected ? 401 : 0,
                    .was_sent = k->was_rejected,
                    .body = "",
                    .request_id = "",
                    .err = &err,
                });
}

static void
fail_later(struct call *k, int64_t delay_ms, const struct vmha_error *err)
{
    k->err = *err;
    timer_arm(&k->failure, delay_ms, on_failure, k);
}

/* --- the token ------------------------------------------------------------ */

static bool
is_waiting(const struct call *k)
{
    return !k->http;
}

static void
forget_token(struct cloud *c)
{
    secret_free(TAKE(c->token));
    keystone_token_clear(&c->facts);
    timer_stop(&c->renewal);
}

static bool
has_token(const struct cloud *c)
{
    return c->token && clock_mono_ms() < c->usable_end;
}

static void
on_renewal(void *arg)
{
    struct cloud *c = arg;

    if (!c->auth)
        start_auth(c);
}

/* Keystone's own words, unless they repeat a secret. */
static void
auth_refusal(const struct cloud *c, const struct http_response *r, char *text,
             size_t size)
{
    const char *secrets[] = { c->conf.password, c->conf.app_secret };

    reply_refusal(r->body, r->body_len, text, size);
    for (size_t i = 0; i < N_ELEMENTS(secrets); i++)
        if (secrets[i] && *secrets[i] && strstr(text, secrets[i]))
            *text = '\0';
}

static enum vmha_kind
auth_kind(int status)
{
    if (status == 401 || status == 403)
        return VMHA_E_PERMISSION;
    if (status == 429 || status >= 500)
        return VMHA_E_AGAIN;
    return VMHA_E_CONFIG; /* no such scope, or no Keystone there */
}

static int
read_auth_answer(struct cloud *c, const struct http_response *r,
                 struct keystone_token *ret_facts, struct vmha_error *err)
{
    char text[MAX_REFUSAL];

    if (r->err) {
        *err = *r->err;
        if (err->kind == VMHA_E_UNKNOWN)
            err->kind = VMHA_E_AGAIN; /* one token more does no harm */
        return -1;
    }
    if (r->status != 201 && r->status != 200) {
        auth_refusal(c, r, text, sizeof text);
        return vmha_fail(err, auth_kind(r->status), 0,
                         "Keystone at %s: HTTP %d: %s", c->conf.auth_url,
                         r->status, text);
    }
    if (!r->subject_token || !*r->subject_token)
        return vmha_fail(err, VMHA_E_INPUT, 0,
                         "Keystone at %s: an answer without a token",
                         c->conf.auth_url);
    if (keystone_token_parse(r->body, r->body_len, ret_facts, err) == -1)
        return vmha_context(err, "Keystone at %s", c->conf.auth_url);
    return 0;
}

static void
take_token(struct cloud *c, const char *token, struct keystone_token *facts)
{
    int64_t delay_ms;

    forget_token(c);
    c->token = xstrdup(token);
    c->serial++;
    c->facts = *facts;

    /* Renewed at 80 % of its life, so that no recovery waits for it. */
    c->usable_end = c->auth_start + facts->life_ms - facts->life_ms / 20;
    delay_ms = c->auth_start + facts->life_ms / 5 * 4 - clock_mono_ms();
    timer_arm(&c->renewal, delay_ms < RENEW_MIN_MS ? RENEW_MIN_MS : delay_ms,
              on_renewal, c);
}

static void
on_auth(const struct http_response *r, void *arg)
{
    struct cloud *c = arg;
    struct keystone_token facts = { 0 };
    struct vmha_error err = { 0 };
    bool is_good = read_auth_answer(c, r, &facts, &err) == 0;

    c->auth = NULL;
    keystone_request_free(&c->auth_body);
    if (is_good)
        take_token(c, r->subject_token, &facts);
    else if (err.kind == VMHA_E_AGAIN)
        timer_arm(&c->renewal, AUTH_RETRY_MS, on_renewal, c);
    for (struct call *k = c->calls; k; k = k->next) {
        if (!is_waiting(k) || k->is_prompt)
            continue;
        if (is_good)
            send_call(k);
        else
            fail_later(k, 0, &err);
    }
}

static struct http_tls
tls_of(const struct cloud_conf *c)
{
    return (struct http_tls){ c->is_unverified, c->ca_file, c->cert_file,
                              c->key_file };
}

static void
start_auth(struct cloud *c)
{
    const char *const headers[] = { "Content-Type: application/json",
                                    "Accept: application/json",
                                    "User-Agent: vmha", NULL };
    struct http_request req = {
        .method = "POST",
        .headers = headers,
        .timeout_ms = AUTH_TIMEOUT_MS,
        .max_body = AUTH_MAX_ANSWER,
    };
    CLEANUP_FREE char *url = NULL;
    struct cloud_conf fresh;
    struct vmha_error err;

    /* Credentials may have been changed.  Files that cannot be read now are
     * no reason to stop using what we have: ignoring.
     */
    if (clouds_file_read(c->path, c->name, &fresh, &err) == 0) {
        clouds_yaml_clear(&c->conf);
        c->conf = fresh;
    }
    url = keystone_token_url(c->conf.auth_url);
    c->auth_body = keystone_request(&c->conf);
    c->auth_start = clock_mono_ms();
    req.url = url;
    req.body = c->auth_body;
    req.body_len = strlen(c->auth_body);
    req.tls = tls_of(&c->conf);
    c->auth = http_send(c->http, &req, on_auth, c);
}

static void
stop_auth(struct cloud *c)
{
    if (c->auth)
        http_cancel(c->auth);
    c->auth = NULL;
    keystone_request_free(&c->auth_body);
}

/* --- calls ---------------------------------------------------------------- */

static enum vmha_kind
answer_kind(const struct call *k, int status)
{
    bool is_get = strcmp(k->method, "GET") == 0;

    if (status == 401 || status == 403)
        return VMHA_E_PERMISSION;
    if (status == 404)
        return VMHA_E_ABSENT;
    if (status == 429)
        return VMHA_E_AGAIN;
    if (status >= 500)
        return is_get ? VMHA_E_AGAIN : VMHA_E_UNKNOWN;
    if (status >= 400)
        return VMHA_E_REFUSED;
    return VMHA_E_CONFIG; /* a redirect: the endpoint is wrong */
}

static void
await_token(struct call *k)
{
    struct cloud *c = k->cloud;
    struct vmha_error err = { 0 };

    if (!c->auth && !has_token(c))
        start_auth(c);
    vmha_fail(&err, VMHA_E_AGAIN, 0,
              "%s %s: no token of Keystone at %s in time", k->method, k->path,
              c->conf.auth_url);
    fail_later(k, k->is_prompt ? 0 : k->deadline - clock_mono_ms(), &err);
}

static void
wait_for_token(struct call *k)
{
    k->http = NULL;
    if (has_token(k->cloud))
        send_call(k);
    else
        await_token(k);
}

/* A 401: the token ended early.  Repeat the call with another one; a call of
 * before may have fetched that already.
 */
static void
repeat_call(struct call *k)
{
    struct cloud *c = k->cloud;

    if (k->serial == c->serial)
        forget_token(c);
    if (k->is_prompt) {
        await_token(k);
        return;
    }
    k->was_rejected = true;
    wait_for_token(k);
}

static void
on_answer(const struct http_response *r, void *arg)
{
    struct call *k = arg;
    struct vmha_error err = { 0 };
    struct cloud_response out = {
        .status = r->status,
        .was_sent = r->was_sent, /* what a 401 rejected had no effect */
        .body = r->body,
        .body_len = r->body_len,
        .request_id = r->request_id,
        .took_ms = r->took_ms,
        .err = r->err,
    };

    k->http = NULL;
    if (r->status == 401 && !k->was_rejected) {
        repeat_call(k);
        return;
    }
    if (!r->err && (r->status < 200 || r->status > 299)) {
        char text[MAX_REFUSAL];

        reply_refusal(r->body, r->body_len, text, sizeof text);
        vmha_fail(&err, answer_kind(k, r->status), 0, "%s %s: HTTP %d: %s",
                  k->method, k->path, r->status, text);
        out.err = &err;
    }
    call_end(k, &out);
}

static void
send_http(struct call *k, const char *endpoint)
{
    struct cloud *c = k->cloud;
    CLEANUP_FREE char *url = xasprintf("%s%s", endpoint, k->path);
    CLEANUP_FREE char *version =
        xasprintf("OpenStack-API-Version: %s %s", k->service,
                  k->microversion ? k->microversion : "");
    char *token = xasprintf("X-Auth-Token: %s", c->token);
    const char *const headers[] = {
        token,
        "Accept: application/json",
        "User-Agent: vmha",
        "Content-Type: application/json",
        k->microversion ? version : NULL,
        NULL,
    };

    const struct http_request req = {
        .method = k->method,
        .url = url,
        .headers = headers,
        .body = k->body,
        .body_len = k->body ? strlen(k->body) : 0,
        .timeout_ms = k->deadline - clock_mono_ms(),
        .connect_ms = k->is_prompt ? PROMPT_CONNECT_MS : 0,
        .tls = tls_of(&c->conf),
    };

    k->serial = c->serial;
    k->http = http_send(c->http, &req, on_answer, k);
    secret_free(token);
}

static void
send_call(struct call *k)
{
    struct vmha_error err = { 0 };
    const char *endpoint =
        keystone_endpoint_url(&k->cloud->facts, &k->cloud->conf, k->service,
                              &err);

    timer_stop(&k->failure);
    if (endpoint)
        send_http(k, endpoint);
    else
        fail_later(k, 0, &err);
}

/* --- the session ---------------------------------------------------------- */

struct cloud *
cloud_new(const char *path, const char *name, struct vmha_error *err)
{
    struct cloud_conf conf;
    struct cloud *c;

    if (clouds_file_read(path, name, &conf, err) == -1)
        return NULL;
    c = xcalloc(1, sizeof *c);
    c->conf = conf;
    c->path = xstrdup(path);
    c->name = xstrdup(name);
    c->http = http_new();
    return c;
}

void
cloud_free(struct cloud *c)
{
    if (!c)
        return;
    stop_auth(c);
    while (c->calls)
        call_free(c->calls);
    forget_token(c);
    clouds_yaml_clear(&c->conf);
    http_free(c->http);
    free(c->path);
    free(c->name);
    free(c);
}

int
cloud_reload(struct cloud *c, struct vmha_error *err)
{
    struct cloud_conf conf;
    bool is_wanted = c->auth != NULL;

    if (clouds_file_read(c->path, c->name, &conf, err) == -1)
        return -1;
    clouds_yaml_clear(&c->conf);
    c->conf = conf;
    stop_auth(c);
    forget_token(c);
    if (is_wanted)
        start_auth(c);
    return 0;
}

void
cloud_call(struct cloud *c, const struct cloud_request *req, cloud_fn *fn,
           void *arg)
{
    struct call **end = &c->calls, *k = xcalloc(1, sizeof *k);

    /* At the end: those that wait for a token go in the order they came. */
    for (; *end; end = &(*end)->next)
        k->prev = *end;
    *end = k;
    k->cloud = c;
    k->service = xstrdup(req->service);
    k->method = xstrdup(req->method);
    k->path = xstrdup(req->path);
    xstrset(&k->body, req->body);
    xstrset(&k->microversion, req->microversion);
    k->deadline = clock_mono_ms() + req->timeout_ms;
    k->is_prompt = req->is_prompt;
    k->fn = fn;
    k->arg = arg;
    wait_for_token(k);
}

void
cloud_cancel(struct cloud *c, const void *arg)
{
    struct call *next;

    for (struct call *k = c->calls; k; k = next) {
        next = k->next;
        if (k->arg == arg)
            call_free(k);
    }
}

void
cloud_recall(struct cloud *c, const void *arg)
{
    struct vmha_error err = { 0 };

    for (struct call *k = c->calls; k; k = k->next) {
        if (k->arg != arg || !k->is_prompt || !k->http ||
            http_was_sent(k->http))
            continue;
        http_cancel(TAKE(k->http));
        vmha_fail(&err, VMHA_E_AGAIN, 0, "%s %s: taken back, was not sent",
                  k->method, k->path);
        fail_later(k, 0, &err);
    }
}

const char *
cloud_endpoint(struct cloud *c, const char *service)
{
    struct vmha_error err;

    return c->token ? keystone_endpoint_url(&c->facts, &c->conf, service, &err)
                    : NULL;
}

const char *
cloud_user_id(const struct cloud *c)
{
    return c->facts.user;
}
